"""A bill from the readings of a month, beside the imported one; and what this month will come to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from kam.accounts.models import Account
from kam.billing.models import Bill, Tariff
from kam.billing.queries.tariffs import TariffLookup, price_table, tariff_lookup
from kam.billing.rules.bill import Charge, Difference, Draft, Month, NoDemand, NoPriceFor, Terms, bill, compared
from kam.billing.rules.energy import NoPrice, as_kwh
from kam.metering.queries import account_profile
from kam.metering.queries.calendars import calendar_lookup
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.metering.rules.load import MonthFigures, bands_in, by_month, daily
from kam.metering.rules.profile import NoReadings, Profile

LOOK_BACK_DAYS = 35


class CannotBill(Exception):
    """A bill cannot be made from readings. Codes: `no_readings`, `no_tariff`, `tariff_changes`, `no_price`,

    `no_demand`, `unbanded`; `detail` says where.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass(frozen=True, eq=False)
class MonthBill:
    """A bill computed from readings of `[days_from, days_until)`; `completeness` is the share of intervals read."""

    account: Account
    days_from: date
    days_until: date
    draft: Draft
    tariff: Tariff
    completeness: float
    estimated_share: float
    assumptions: list[dict[str, str]]


def month_bill(
    account: Account, month: date, until: date | None = None, lookup: TariffLookup | None = None
) -> MonthBill:
    """Return the bill of the calendar month of `month`, or of its days before `until`. Raises `CannotBill`."""
    begin = month.replace(day=1)
    end = min(until or next_month(begin), next_month(begin))
    try:
        profile = account_profile(account, begin, end)
    except NoReadings:
        raise CannotBill("no_readings") from None
    bands = bands_in(profile, calendar_lookup(account))
    (figures,) = by_month(profile, bands)
    lookup = lookup or tariff_lookup(account)
    tariff = lookup.tariff(begin)
    if tariff is None:
        raise CannotBill("no_tariff")
    last = lookup.tariff(end - timedelta(days=1))
    if last is None or last.pk != tariff.pk:
        raise CannotBill("tariff_changes", f"{last.valid_from if last else end}")
    draft = _draft(_month(figures), terms_of(account, tariff, lookup, begin), figures)
    return MonthBill(
        account,
        begin,
        end,
        draft,
        tariff,
        figures.completeness,
        figures.estimated_share,
        lookup.assumptions(begin),
    )


def _draft(month: Month, terms: Terms, figures: MonthFigures) -> Draft:
    if figures.unbanded_kwh:
        raise CannotBill("unbanded", f"{figures.unbanded_kwh:.1f}")
    try:
        return bill(month, terms)
    except NoPrice as missing:
        raise CannotBill("no_price", missing.band.value) from missing
    except NoPriceFor as missing:
        raise CannotBill("no_price", str(missing)) from missing
    except NoDemand as missing:
        raise CannotBill("no_demand") from missing


def _month(figures: MonthFigures) -> Month:
    reactive = [abs(value) for value in (figures.kvarh_lag, figures.kvarh_lead) if value is not None]
    peak = figures.max_demand_15min_kw if figures.max_demand_15min_kw is not None else figures.max_demand_kw
    return Month(
        bands={band: as_kwh(kwh) for band, kwh in figures.bands.items()},
        kvarh=as_kwh(sum(reactive)) if reactive else None,
        max_kw=None if peak is None else as_kwh(peak),
    )


def terms_of(account: Account, tariff: Tariff, lookup: TariffLookup, day: date) -> Terms:
    """Return what tariff and contract say for the account on a day."""
    held = lookup.assignment(day)
    return Terms(
        prices=price_table(tariff),
        two_part=tariff.basis == Tariff.Basis.TWO_PART,
        charge=Charge(held.charge) if held else Charge.CAPACITY,
        capacity_price=tariff.capacity_yuan_kva,
        demand_price=tariff.demand_yuan_kw,
        contract_kva=account.contract_kva or Decimal(0),
        declared_kw=held.contract_demand_kw if held else None,
        standard=tariff.power_factor_standard,
    )


@dataclass(frozen=True)
class Checked:
    """An imported bill beside ours (核): each line's difference, and the whole one (theirs less ours)."""

    bill: Bill
    ours: MonthBill
    lines: list[Difference]
    difference: Decimal
    kwh_difference: Decimal | None


def check(row: Bill) -> Checked:
    """Compute the bill's month from our readings and set it beside the imported one. Raises `CannotBill`."""
    ours = month_bill(row.account, row.period_from)
    theirs: dict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for line in row.lines:
        theirs[line["code"]] += Decimal(str(line["yuan"]))
    return Checked(
        row,
        ours,
        compared(ours.draft, theirs) if theirs else [],
        row.amount - ours.draft.total,
        None if row.kwh is None else row.kwh - ours.draft.kwh,
    )


@dataclass(frozen=True, eq=False)
class Expected:
    """This month so far, and what the whole of it is expected to come to."""

    so_far: MonthBill
    days_read: int
    kwh: Decimal
    yuan: Decimal


def expected(account: Account, month: date, until: date) -> Expected:
    """Return the amount of the days of `month` before `until`, and the bill expected for all of it.

    The days still to come are taken as the account's mean working day and mean day off of the last five weeks; the
    split into bands, the power factor and the demand as so far. Raises `CannotBill`.
    """
    begin, end = month.replace(day=1), next_month(month)
    lookup = tariff_lookup(account)
    so_far = month_bill(account, begin, until, lookup)
    profile = account_profile(account, until - timedelta(days=LOOK_BACK_DAYS), until)
    per_kind = kwh_per_kind(profile)
    rest = sum((per_kind[kind_of(day) == DayKind.WORKDAY] for day in _days(so_far.days_until, end)), 0.0)
    bands = bands_in(profile, calendar_lookup(account))
    figures = next(one for one in by_month(profile, bands) if one.month == f"{begin:%Y-%m}")
    factor = 1 + rest / figures.energy_kwh if figures.energy_kwh else 1.0
    whole = Month(
        bands={band: as_kwh(kwh * factor) for band, kwh in figures.bands.items()},
        kvarh=as_kwh(sum(abs(v) for v in (figures.kvarh_lag, figures.kvarh_lead) if v is not None) * factor)
        if figures.kvarh_lag is not None or figures.kvarh_lead is not None
        else None,
        max_kw=_month(figures).max_kw,
    )
    draft = _draft(whole, terms_of(account, so_far.tariff, lookup, begin), figures)
    return Expected(so_far, (so_far.days_until - begin).days, draft.kwh, draft.total)


def kwh_per_kind(profile: Profile) -> dict[bool, float]:
    """Return the mean kWh of a working day (True) and of a day off (False)."""
    sums = daily(profile.kwh, profile, np.add)
    found: dict[bool, list[float]] = {True: [], False: []}
    for day, kwh in zip(profile.days.tolist(), sums.tolist(), strict=True):
        if kwh == kwh:  # a day without any reading is NaN
            found[kind_of(day) == DayKind.WORKDAY].append(kwh)
    every = found[True] + found[False]
    mean = sum(every) / len(every) if every else 0.0
    return {kind: sum(values) / len(values) if values else mean for kind, values in found.items()}


def next_month(day: date) -> date:
    """Return the first day of the month after `day`'s."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _days(first: date, until: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((until - first).days)]


def lines_of(draft: Draft) -> list[dict[str, Any]]:
    """Return the lines as a bill keeps them."""
    return [line.as_json() for line in draft.lines]
