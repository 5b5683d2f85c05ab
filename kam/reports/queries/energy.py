"""The figures of an energy-use analysis report (用电分析报告, ENE-2): one account, one period of whole days.

Everything that a page, a PDF, a workbook or a script says of the period comes from `EnergyFigures`; its numbers are
rounded once, here, and are frozen with the report. Formulas and sources: docs/report.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np

from kam.accounts.models import Account
from kam.billing import queries as billing
from kam.billing.models import Tariff
from kam.billing.queries import TariffLookup
from kam.billing.rules import power_factor as pf
from kam.billing.rules.energy import EnergyCost, NoPrice, as_kwh, energy_cost
from kam.core import queries as core
from kam.lib import clock
from kam.lib.money import to_cents
from kam.metering import queries as metering
from kam.metering.rules.load import LoadFigures, MonthFigures, analyse
from kam.metering.rules.profile import NoReadings, Profile
from kam.metering.rules.tou import BANDS, Band
from kam.reports.rules import advice, carbon, unusual

MAX_DAYS = 3 * 366
# What scripts rely on: manage.py energy_report --json.
CONTRACT = (
    *("energy_kwh", "kvarh_lag", "kvarh_lead", "max_demand_kw", "max_demand_15min_kw", "max_demand_at"),
    *("load_factor", "power_factor", "completeness", "estimated_share", "bands", "energy_cost_yuan"),
    *("average_price_yuan", "co2_t", "advice"),
)
CONTRACT_MONTH = (
    *("month", "energy_kwh", "max_demand_kw", "load_factor", "power_factor", "power_factor_billed"),
    *("pf_adjustment_percent", "bands", "energy_cost_yuan"),
)


class BadPeriod(ValueError):
    """The period cannot be reported on; `code` says why, `detail` holds the days for the message."""

    def __init__(self, code: str, **detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class EnergyFigures:
    """Figures of `[period_from, period_until)`; energies kWh and kvarh, power kW, money yuan, shares 0..1.

    Texts stay out: findings, advice and assumptions are codes with figures, put into words by the templates.
    """

    account_no: str
    account_name: str
    industry: str
    voltage_kv: float | None
    contract_kva: float | None
    period_from: str
    period_until: str
    days: int
    interval_minutes: int
    meters: list[str]
    energy_kwh: float
    kvarh_lag: float | None
    kvarh_lead: float | None
    max_demand_kw: float
    max_demand_at: str
    max_demand_15min_kw: float
    max_demand_15min_at: str
    mean_kw: float
    base_load_kw: float | None
    load_factor: float | None
    power_factor: float | None
    completeness: float
    estimated_share: float
    bands: dict[str, float]
    unbanded_kwh: float
    energy_cost_yuan: float | None
    average_price_yuan: float | None
    cost_lines: list[dict[str, Any]]
    pf_adjustment_yuan: float | None
    co2_t: float
    co2_factor: dict[str, Any]
    capacity_used: float | None
    months: list[dict[str, Any]]
    before: dict[str, Any] | None
    year_before: dict[str, Any] | None
    typical: dict[str, dict[str, Any]]
    duration: dict[str, list[float | None]]
    daily_kwh: list[float | None]
    daily_max_kw: list[float | None]
    findings: list[dict[str, Any]]
    advice: list[dict[str, Any]]
    tariff: dict[str, Any] | None
    calendar: dict[str, Any] | None
    assumptions: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as they are frozen with a report."""
        return asdict(self)

    def contract(self) -> dict[str, Any]:
        """Return what `manage.py energy_report --json` prints."""
        return {
            "account_no": self.account_no,
            "from": self.period_from,
            "until": self.period_until,
            **{key: getattr(self, key) for key in CONTRACT},
            "months": [{key: month[key] for key in CONTRACT_MONTH} for month in self.months],
        }


def energy_figures(account: Account, period_from: date, period_until: date) -> EnergyFigures:
    """Analyse the account's readings in `[period_from, period_until)`. Raises `BadPeriod`."""
    profile = period_profile(account, period_from, period_until)
    return figures_of(account, profile, period_from, period_until)


def period_profile(account: Account, period_from: date, period_until: date) -> Profile:
    """Return the account's load over the period, refusing what cannot be reported on. Raises `BadPeriod`."""
    if period_until <= period_from:
        raise BadPeriod("until_before_from")
    if (period_until - period_from).days > MAX_DAYS:
        raise BadPeriod("too_long", days=str(MAX_DAYS))
    span = metering.readings_span(account)
    if span is None:
        raise BadPeriod("no_readings")
    first, until = span
    if period_from < first or period_until > until:
        raise BadPeriod("beyond_readings", first=first.isoformat(), until=until.isoformat())
    try:
        profile = metering.account_profile(account, period_from, period_until)
    except NoReadings as error:
        raise BadPeriod("no_readings") from error
    if np.isnan(profile.kwh).all():
        raise BadPeriod("no_readings")
    return profile


def figures_of(account: Account, profile: Profile, period_from: date, period_until: date) -> EnergyFigures:
    """Compute all figures of a profile that covers the period."""
    calendars = metering.calendar_lookup(account)
    tariffs = billing.tariff_lookup(account)
    load = analyse(profile, calendars)
    months = [_Month.of(figures, tariffs) for figures in load.months]
    cost = _period_cost(months)
    co2 = carbon.co2_t(load.energy_kwh, period_from.year, _region())
    kva = float(account.contract_kva) if account.contract_kva else None
    return EnergyFigures(
        account_no=account.account_no,
        account_name=account.name,
        industry=account.industry,
        voltage_kv=float(account.voltage_kv) if account.voltage_kv is not None else None,
        contract_kva=kva,
        period_from=period_from.isoformat(),
        period_until=period_until.isoformat(),
        days=(period_until - period_from).days,
        interval_minutes=load.minutes,
        meters=metering.meter_numbers(account),
        energy_kwh=_fine(load.energy_kwh),
        kvarh_lag=_maybe_fine(load.kvarh_lag),
        kvarh_lead=_maybe_fine(load.kvarh_lead),
        max_demand_kw=_fine(load.max_demand_kw),
        max_demand_at=load.max_demand_at.isoformat(),
        max_demand_15min_kw=_fine(load.max_demand_15min_kw),
        max_demand_15min_at=load.max_demand_15min_at.isoformat(),
        mean_kw=_fine(load.mean_kw),
        base_load_kw=_maybe_fine(load.base_load_kw),
        load_factor=_maybe(load.load_factor, 6),
        power_factor=_maybe(load.power_factor, 8),
        completeness=round(load.completeness, 6),
        estimated_share=round(load.estimated_share, 6),
        bands=_bands(load.bands),
        unbanded_kwh=_fine(load.unbanded_kwh),
        energy_cost_yuan=float(cost.total_yuan) if cost else None,
        average_price_yuan=float(cost.average_price) if cost and cost.average_price is not None else None,
        cost_lines=_cost_lines(months),
        pf_adjustment_yuan=_sum_known([month.adjustment_yuan for month in months]),
        co2_t=round(float(co2.tonnes), 2),
        co2_factor={
            "kg_per_kwh": float(co2.factor),
            "year": co2.year,
            "region": co2.region,
            "source": co2.source,
        },
        capacity_used=round(load.max_demand_15min_kw / kva, 4) if kva else None,
        months=[month.as_json() for month in months],
        before=_compared(account, load, *_period_before(period_from, period_until)),
        year_before=_compared(account, load, _year_back(period_from), _year_back(period_until)),
        typical={
            kind.value: {
                "days": day.days,
                **{name: _list(getattr(day, name), 2) for name in ("mean_kw", "p10_kw", "p90_kw")},
            }
            for kind, day in load.typical.items()
        },
        duration={"share": _list(load.duration.share, 5), "kw": _list(load.duration.kw, 2)},
        daily_kwh=_list(load.daily_kwh, 2),
        daily_max_kw=_list(load.daily_max_kw, 2),
        findings=_plain(
            unusual.findings(profile, load, contract_kva=kva, power_factor_standard=_standard(tariffs, period_from))
        ),
        advice=_advice(account, months, tariffs, period_from),
        tariff=_tariff_json(tariffs, period_from),
        calendar=calendars.described(period_from),
        assumptions=[*calendars.assumptions(period_from), *tariffs.assumptions(period_from)],
    )


@dataclass(frozen=True)
class _Month:
    """A month's load with its tariff: the version that holds on the first day that the period has of it."""

    load: MonthFigures
    tariff: Tariff | None
    charge: str
    cost: EnergyCost | None
    billed: Decimal | None
    percent: Decimal | None
    adjustment_yuan: Decimal | None

    @classmethod
    def of(cls, figures: MonthFigures, tariffs: TariffLookup) -> _Month:
        day = date.fromisoformat(figures.month + "-01")
        tariff, assignment = tariffs.tariff(day), tariffs.assignment(day)
        cost = _cost(figures.bands, tariff)
        billed = percent = adjustment = None
        kvarh = (figures.kvarh_lag or 0.0) + (figures.kvarh_lead or 0.0)
        if figures.power_factor is not None and figures.energy_kwh > 0:
            billed = pf.billed_from(as_kwh(figures.energy_kwh), as_kwh(kvarh))
            if tariff is not None and tariff.power_factor_standard is not None:
                percent = pf.adjustment_percent(billed, tariff.power_factor_standard)
        if percent is not None and cost is not None:
            adjustment = to_cents(cost.adjustable_yuan * percent / 100)
        return cls(figures, tariff, assignment.charge if assignment else "", cost, billed, percent, adjustment)

    def as_json(self) -> dict[str, Any]:
        load = self.load
        return {
            "month": load.month,
            "days": load.days,
            "days_in_month": load.days_in_month,
            "energy_kwh": _fine(load.energy_kwh),
            "max_demand_kw": _maybe_fine(load.max_demand_kw),
            "max_demand_at": load.max_demand_at.isoformat() if load.max_demand_at else None,
            "max_demand_15min_kw": _maybe_fine(load.max_demand_15min_kw),
            "load_factor": _maybe(load.load_factor, 6),
            "power_factor": _maybe(load.power_factor, 8),
            "power_factor_billed": _number(self.billed),
            "pf_adjustment_percent": _number(self.percent),
            "pf_adjustment_yuan": _number(self.adjustment_yuan),
            "kvarh_lag": _maybe_fine(load.kvarh_lag),
            "kvarh_lead": _maybe_fine(load.kvarh_lead),
            "bands": _bands(load.bands),
            "energy_cost_yuan": _number(self.cost.total_yuan if self.cost else None),
            "average_price_yuan": _number(self.cost.average_price if self.cost else None),
            "completeness": round(load.completeness, 6),
            "estimated_share": round(load.estimated_share, 6),
        }

    def as_use(self) -> advice.MonthUse:
        """Return the month as the rules of advice take it."""
        load = self.load
        return advice.MonthUse(
            month=load.month,
            days=load.days,
            days_in_month=load.days_in_month,
            kwh=as_kwh(load.energy_kwh),
            demand_kw=None if load.max_demand_15min_kw is None else as_kwh(load.max_demand_15min_kw),
            kvarh_lag=None if load.kvarh_lag is None else as_kwh(load.kvarh_lag),
            kvarh_lead=None if load.kvarh_lead is None else as_kwh(load.kvarh_lead),
            energy_yuan=self.cost.adjustable_yuan if self.cost else None,
        )


def _cost(bands: Mapping[Band, float], tariff: Tariff | None) -> EnergyCost | None:
    """Return the energy cost of the bands; None without a tariff, or where the tariff lacks a price for one of them."""
    if tariff is None:
        return None
    try:
        return energy_cost({band: as_kwh(kwh) for band, kwh in bands.items()}, billing.price_table(tariff))
    except NoPrice:
        return None


def _period_cost(months: list[_Month]) -> EnergyCost | None:
    """Join the months' unrounded lines and round the period's sum once; None where a month has no cost."""
    costs = [month.cost for month in months]
    if any(cost is None for cost in costs):
        return None
    lines = tuple(line for cost in costs if cost for line in cost.lines)
    return EnergyCost(
        lines=lines,
        kwh=sum((line.kwh for line in lines), Decimal(0)),
        total_yuan=to_cents(sum((line.yuan for line in lines), Decimal(0))),
        funds_yuan=sum((cost.funds_yuan for cost in costs if cost), Decimal(0)),
    )


def _cost_lines(months: list[_Month]) -> list[dict[str, Any]]:
    """Return energy, price and cost by band and price; a price that changed in the period makes a line of its own."""
    kwh: dict[tuple[Band, Decimal], Decimal] = {}
    for month in months:
        for line in month.cost.lines if month.cost else ():
            kwh[line.band, line.price] = kwh.get((line.band, line.price), Decimal(0)) + line.kwh
    ordered = sorted(kwh.items(), key=lambda item: BANDS.index(item[0][0]))
    return [
        {
            "band": band.value,
            "kwh": float(round(sum_kwh, 2)),
            "price": str(price),
            "yuan": float(to_cents(sum_kwh * price)),
        }
        for (band, price), sum_kwh in ordered
    ]


def _standard(tariffs: TariffLookup, day: date) -> float | None:
    tariff = tariffs.tariff(day)
    return None if tariff is None else _number(tariff.power_factor_standard)


def _region() -> str:
    try:
        return str(core.rule("reports.carbon.region", clock.today()))
    except core.NoRule:
        return carbon.NATIONAL


def _advice(account: Account, months: list[_Month], tariffs: TariffLookup, period_from: date) -> list[dict[str, Any]]:
    """Return what the rules advise, largest saving first; what could not be judged follows with its code `why`."""
    tariff, row = tariffs.tariff(period_from), tariffs.assignment(period_from)
    two_part = tariff is not None and tariff.basis == Tariff.Basis.TWO_PART
    terms = advice.CapacityTerms(
        contract_kva=account.contract_kva,
        capacity_price=tariff.capacity_yuan_kva if tariff and two_part else None,
        demand_price=tariff.demand_yuan_kw if tariff and two_part else None,
        method=advice.Method(row.charge) if row and two_part else None,
        declared_kw=row.contract_demand_kw if row else None,
    )
    used = [month.as_use() for month in months]
    standard = tariff.power_factor_standard if tariff else None
    given = [
        _plain(advice.power_factor_advice(used, standard=standard, terms=terms)),
        _plain(advice.capacity_advice(used, terms=terms)),
    ]
    return sorted(given, key=lambda item: -(item.get("saving_yuan_per_year") or 0.0))


def _tariff_json(tariffs: TariffLookup, day: date) -> dict[str, Any] | None:
    tariff, row = tariffs.tariff(day), tariffs.assignment(day)
    if tariff is None:
        return None
    return {
        "code": tariff.code,
        "name": tariff.name,
        "basis": tariff.basis,
        "charge": row.charge if row and tariff.basis == Tariff.Basis.TWO_PART else "",
        "contract_demand_kw": _number(row.contract_demand_kw) if row else None,
        "capacity_yuan_kva": _number(tariff.capacity_yuan_kva),
        "demand_yuan_kw": _number(tariff.demand_yuan_kw),
        "power_factor_standard": _number(tariff.power_factor_standard),
        "funds_yuan_kwh": str(tariff.funds_yuan_kwh),
        "valid_from": tariff.valid_from.isoformat(),
        "source": tariff.source,
    }


def _period_before(period_from: date, period_until: date) -> tuple[date, date]:
    """Return the period that ends where this one begins: as many months where these are whole months, else days."""
    if period_from.day == 1 and period_until.day == 1:
        count = (period_until.year - period_from.year) * 12 + period_until.month - period_from.month
        index = period_from.year * 12 + period_from.month - 1 - count
        return date(index // 12, index % 12 + 1, 1), period_from
    return period_from - (period_until - period_from), period_from


def _year_back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return date(day.year - 1, 3, 1)


def _compared(account: Account, load: LoadFigures, period_from: date, period_until: date) -> dict[str, Any] | None:
    """Return energy, demand and months of another period, and the change against it; None without readings there."""
    try:
        profile = metering.account_profile(account, period_from, period_until)
        other = analyse(profile, lambda day: None)
    except NoReadings:
        return None
    return {
        "from": period_from.isoformat(),
        "until": period_until.isoformat(),
        "energy_kwh": _fine(other.energy_kwh),
        "max_demand_kw": _fine(other.max_demand_kw),
        "load_factor": _maybe(other.load_factor, 6),
        "power_factor": _maybe(other.power_factor, 8),
        "completeness": round(other.completeness, 6),
        "months": [{"month": m.month, "energy_kwh": _fine(m.energy_kwh)} for m in other.months],
        "energy_change": round(load.energy_kwh / other.energy_kwh - 1, 6) if other.energy_kwh else None,
        "demand_change": round(load.max_demand_kw / other.max_demand_kw - 1, 6) if other.max_demand_kw else None,
    }


def _plain(value: Any) -> Any:
    """Turn dataclasses of rules into JSON: Decimals become floats, enums their values, instants ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _bands(bands: Mapping[Band, float]) -> dict[str, float]:
    return {band.value: _fine(bands.get(band, 0.0)) for band in BANDS}


def _fine(value: float) -> float:
    """Round energy and power: two decimals, more below 100, where two would lose figures that matter."""
    return round(value, 2 if abs(value) >= 100 else 5)


def _maybe_fine(value: float | None) -> float | None:
    return None if value is None else _fine(value)


def _maybe(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _sum_known(values: list[Decimal | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(sum(known, Decimal(0))) if known else None


def _list(values: Any, places: int) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), places) for value in values]
