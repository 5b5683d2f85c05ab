"""Advice with money (用能建议): power-factor compensation, and capacity against demand billing.

Figures of the period are judged month by month and scaled to a year; `is_scaled` says so. What cannot be judged
is `NoAdvice` with a code why. Nothing here is text: pages put words to kinds, codes and figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kam.billing.rules import demand
from kam.billing.rules.demand import DemandMonth, Excess
from kam.billing.rules.power_factor import (
    adjustment_percent,
    adjustment_yuan,
    billed_from,
    compensation_kvar,
    power_factor,
)
from kam.lib.money import to_cents

YEAR_DAYS = 365
TARGET = Decimal("0.95")  # best reduction under standard 0.90; beyond it compensation earns nothing more
LEADING_SHARE_LIMIT = Decimal("0.1")


class Kind(StrEnum):
    POWER_FACTOR = "power_factor"
    CAPACITY_OR_DEMAND = "capacity_or_demand"


class Why(StrEnum):
    """Why there is no advice."""

    NO_READINGS = "no_readings"
    NO_REACTIVE = "no_reactive"
    NOT_ASSESSED = "not_assessed"  # no power-factor standard applies
    NO_ENERGY_COST = "no_energy_cost"
    NO_CAPACITY_PRICE = "no_capacity_price"
    NO_CONTRACT_CAPACITY = "no_contract_capacity"
    AT_TARGET = "at_target"


class Caution(StrEnum):
    """What the reader of an advice must know."""

    OVER_COMPENSATED = "over_compensated"  # much leading energy: fixed capacitors would make it worse
    CHOICE_ASSUMED = "choice_assumed"  # how the account is billed now is not known, capacity assumed
    HINDSIGHT = "hindsight"  # the best declared value is known only afterwards
    PART_MONTHS = "part_months"  # months not wholly inside the period count by their days


class Method(StrEnum):
    """How capacity is charged; values match the account's choice in billing."""

    CAPACITY = "CAPACITY"
    ACTUAL_DEMAND = "ACTUAL_DEMAND"
    CONTRACT_DEMAND = "CONTRACT_DEMAND"


@dataclass(frozen=True)
class MonthUse:
    """A month's use inside the period (`days` of `days_in_month`).

    `demand_kw`: maximum over 15 minutes, None without readings. `kvarh_*`: None without reactive data.
    `energy_yuan`: energy charge without government funds, None where no price is known.
    """

    month: str
    days: int
    days_in_month: int
    kwh: Decimal
    demand_kw: Decimal | None
    kvarh_lag: Decimal | None = None
    kvarh_lead: Decimal | None = None
    energy_yuan: Decimal | None = None

    @property
    def part(self) -> Decimal:
        """Share of the month that lies inside the period, 0..1."""
        return Decimal(self.days) / self.days_in_month

    @property
    def kvarh(self) -> Decimal | None:
        """Absolute sum of both directions; None without reactive data."""
        if self.kvarh_lag is None and self.kvarh_lead is None:
            return None
        return abs(self.kvarh_lag or Decimal(0)) + abs(self.kvarh_lead or Decimal(0))


@dataclass(frozen=True)
class CapacityTerms:
    """What capacity and demand cost the account: yuan per kVA or kW and month, contracted capacity, present choice.

    `method` None: not known, capacity is assumed. `declared_kw` only with contracted demand.
    """

    contract_kva: Decimal | None
    capacity_price: Decimal | None
    demand_price: Decimal | None
    method: Method | None = None
    declared_kw: Decimal | None = None
    excess: Excess = Excess.DOUBLE_ABOVE_LIMIT


@dataclass(frozen=True)
class NoAdvice:
    kind: Kind
    why: Why


@dataclass(frozen=True)
class PowerFactorMonth:
    """One month: power factor exact and billed, kvar missing at its maximum demand, base and adjustment in yuan."""

    month: str
    power_factor: Decimal
    billed: Decimal
    percent: Decimal
    kvar_to_standard: Decimal
    kvar_to_target: Decimal
    base_yuan: Decimal
    adjustment_yuan: Decimal
    at_standard_yuan: Decimal
    at_target_yuan: Decimal


@dataclass(frozen=True)
class PowerFactorAdvice:
    """Compensate to the target. Kvar of the worst month; yuan a year saved against today's adjustment.

    `saving_to_standard_yuan_per_year` is the part won by reaching the standard alone.
    """

    kind: Kind
    saving_yuan_per_year: Decimal
    saving_to_standard_yuan_per_year: Decimal
    standard: Decimal
    target: Decimal
    kvar_to_standard: Decimal
    kvar_to_target: Decimal
    leading_share: Decimal
    months: tuple[PowerFactorMonth, ...]
    period_days: int
    is_scaled: bool
    cautions: tuple[Caution, ...]


def power_factor_advice(
    months: Sequence[MonthUse], *, standard: Decimal | None, terms: CapacityTerms
) -> PowerFactorAdvice | NoAdvice:
    """Say what compensating to 0.95 needs and saves (DOMAIN section 3).

    Sized at each month's maximum demand, at the power factor of the whole month. The base is the energy charge
    without funds and the capacity or demand charge as billed now, zero where the tariff has none.
    """
    kind = Kind.POWER_FACTOR
    if standard is None:
        return NoAdvice(kind, Why.NOT_ASSESSED)
    used = [m for m in months if m.kwh > 0 and m.demand_kw is not None]
    if not used:
        return NoAdvice(kind, Why.NO_READINGS)
    judged = [m for m in used if m.kvarh is not None]
    if not judged:
        return NoAdvice(kind, Why.NO_REACTIVE)
    judged = [m for m in judged if m.energy_yuan is not None]
    if not judged:
        return NoAdvice(kind, Why.NO_ENERGY_COST)
    rows = tuple(_power_factor_month(m, standard, terms) for m in judged)
    if all(row.billed >= TARGET for row in rows):
        return NoAdvice(kind, Why.AT_TARGET)
    days = sum(m.days for m in judged)
    lead = sum((abs(m.kvarh_lead or Decimal(0)) for m in judged), Decimal(0))
    both = sum((m.kvarh or Decimal(0) for m in judged), Decimal(0))
    leading_share = lead / both if both else Decimal(0)
    cautions = [Caution.OVER_COMPENSATED] if leading_share > LEADING_SHARE_LIMIT else []
    if any(m.part < 1 for m in judged):
        cautions.append(Caution.PART_MONTHS)
    return PowerFactorAdvice(
        kind=kind,
        saving_yuan_per_year=_per_year(sum(r.adjustment_yuan - r.at_target_yuan for r in rows), days),
        saving_to_standard_yuan_per_year=_per_year(sum(r.adjustment_yuan - r.at_standard_yuan for r in rows), days),
        standard=standard,
        target=TARGET,
        kvar_to_standard=max(row.kvar_to_standard for row in rows),
        kvar_to_target=max(row.kvar_to_target for row in rows),
        leading_share=leading_share,
        months=rows,
        period_days=days,
        is_scaled=not _is_year(days),
        cautions=tuple(cautions),
    )


def _power_factor_month(month: MonthUse, standard: Decimal, terms: CapacityTerms) -> PowerFactorMonth:
    kvarh, demand_kw = month.kvarh or Decimal(0), month.demand_kw or Decimal(0)
    exact, billed = power_factor(month.kwh, kvarh), billed_from(month.kwh, kvarh)
    percent = adjustment_percent(billed, standard)
    base = (month.energy_yuan or Decimal(0)) + _present_charge(month, terms)
    # never worse than today: a month above the standard keeps its reduction
    at_standard = adjustment_percent(max(billed, standard), standard)
    at_target = adjustment_percent(max(billed, TARGET), standard)
    return PowerFactorMonth(
        month=month.month,
        power_factor=exact,
        billed=billed,
        percent=percent,
        kvar_to_standard=compensation_kvar(demand_kw, exact, standard),
        kvar_to_target=compensation_kvar(demand_kw, exact, TARGET),
        base_yuan=base,
        adjustment_yuan=adjustment_yuan(base, percent),
        at_standard_yuan=adjustment_yuan(base, at_standard),
        at_target_yuan=adjustment_yuan(base, at_target),
    )


@dataclass(frozen=True)
class CapacityMonth:
    """One month's charge in yuan each way; `best_declared_kw` is the best value for this month alone."""

    month: str
    demand_kw: Decimal
    factor: Decimal
    kwh_per_kva: Decimal
    capacity_yuan: Decimal
    actual_demand_yuan: Decimal
    best_declared_kw: Decimal
    contract_demand_yuan: Decimal
    break_even_kw: Decimal
    cheapest: Method


@dataclass(frozen=True)
class CapacityAdvice:
    """Change how capacity is charged, the same way all year. `totals_yuan` are of the period, not scaled.

    `best_declared_kw`: the best unchanging value; `totals_yuan[CONTRACT_DEMAND]` holds it all the time, while
    months show each month's own best. A saving of zero means that the present choice is the cheapest.
    """

    kind: Kind
    saving_yuan_per_year: Decimal
    present: Method
    present_yuan: Decimal
    best: Method
    best_yuan: Decimal
    best_declared_kw: Decimal
    totals_yuan: dict[Method, Decimal]
    monthly_contract_yuan: Decimal
    contract_kva: Decimal
    capacity_price: Decimal
    demand_price: Decimal
    months: tuple[CapacityMonth, ...]
    period_days: int
    is_scaled: bool
    cautions: tuple[Caution, ...]


def capacity_advice(months: Sequence[MonthUse], *, terms: CapacityTerms) -> CapacityAdvice | NoAdvice:
    """Compare charging by capacity, by actual and by contracted demand (DOMAIN sections 4.2-4.4).

    A month partly inside the period counts by its days, its kWh per kVA judged at the month's pace.
    """
    kind = Kind.CAPACITY_OR_DEMAND
    if terms.capacity_price is None or terms.demand_price is None:
        return NoAdvice(kind, Why.NO_CAPACITY_PRICE)
    kva = terms.contract_kva
    if kva is None or kva <= 0:
        return NoAdvice(kind, Why.NO_CONTRACT_CAPACITY)
    used = [m for m in months if m.demand_kw is not None]
    if not used:
        return NoAdvice(kind, Why.NO_READINGS)
    peaks = [_demand_month(m, kva) for m in used]
    declared = demand.best_declared(peaks, kva, terms.demand_price, excess=terms.excess)
    rows = tuple(_capacity_month(m, kva, terms.capacity_price, terms.demand_price, terms) for m in used)

    def over(charge: Callable[[MonthUse], Decimal]) -> Decimal:
        return to_cents(sum((charge(m) for m in used), Decimal(0)))

    totals = {
        Method.CAPACITY: over(lambda m: _charge(Method.CAPACITY, m, terms, None)),
        Method.ACTUAL_DEMAND: over(lambda m: _charge(Method.ACTUAL_DEMAND, m, terms, None)),
        Method.CONTRACT_DEMAND: over(lambda m: _charge(Method.CONTRACT_DEMAND, m, terms, declared)),
    }
    present = _present_method(terms)
    present_yuan = over(lambda m: _present_charge(m, terms))
    best = min(Method, key=lambda method: (totals[method], method is not present))
    cautions = [Caution.CHOICE_ASSUMED] if terms.method is None else []
    if best is Method.CONTRACT_DEMAND:
        cautions.append(Caution.HINDSIGHT)
    if any(m.part < 1 for m in used):
        cautions.append(Caution.PART_MONTHS)
    days = sum(m.days for m in used)
    return CapacityAdvice(
        kind=kind,
        saving_yuan_per_year=_per_year(max(present_yuan - totals[best], Decimal(0)), days),
        present=present,
        present_yuan=present_yuan,
        best=best,
        best_yuan=totals[best],
        best_declared_kw=declared,
        totals_yuan=totals,
        monthly_contract_yuan=to_cents(sum((row.contract_demand_yuan for row in rows), Decimal(0))),
        contract_kva=kva,
        capacity_price=terms.capacity_price,
        demand_price=terms.demand_price,
        months=rows,
        period_days=days,
        is_scaled=not _is_year(days),
        cautions=tuple(cautions),
    )


def _capacity_month(
    month: MonthUse, kva: Decimal, capacity_price: Decimal, demand_price: Decimal, terms: CapacityTerms
) -> CapacityMonth:
    peak = _demand_month(month, kva)
    declared = demand.best_declared([peak], kva, demand_price, excess=terms.excess)
    charges = {
        Method.CAPACITY: _charge(Method.CAPACITY, month, terms, None),
        Method.ACTUAL_DEMAND: _charge(Method.ACTUAL_DEMAND, month, terms, None),
        Method.CONTRACT_DEMAND: _charge(Method.CONTRACT_DEMAND, month, terms, declared),
    }
    return CapacityMonth(
        month=month.month,
        demand_kw=peak.demand_kw,
        factor=peak.factor,
        kwh_per_kva=month.kwh / kva,
        capacity_yuan=charges[Method.CAPACITY],
        actual_demand_yuan=charges[Method.ACTUAL_DEMAND],
        best_declared_kw=declared,
        contract_demand_yuan=charges[Method.CONTRACT_DEMAND],
        break_even_kw=demand.break_even_kw(kva, capacity_price, demand_price, peak.factor),
        cheapest=min(Method, key=charges.__getitem__),
    )


def _demand_month(month: MonthUse, kva: Decimal) -> DemandMonth:
    factor = demand.incentive_factor(month.kwh / month.part, kva)
    return DemandMonth(month.demand_kw or Decimal(0), factor)


def _present_method(terms: CapacityTerms) -> Method:
    if terms.method is Method.CONTRACT_DEMAND and terms.declared_kw is None:
        return Method.ACTUAL_DEMAND  # contracted demand without a value cannot be billed as such
    return terms.method or Method.CAPACITY


def _present_charge(month: MonthUse, terms: CapacityTerms) -> Decimal:
    return _charge(_present_method(terms), month, terms, terms.declared_kw)


def _charge(method: Method, month: MonthUse, terms: CapacityTerms, declared_kw: Decimal | None) -> Decimal:
    """The month's charge in yuan for its days inside the period; zero where the tariff has no such price."""
    kva = terms.contract_kva
    if kva is None or kva <= 0 or terms.capacity_price is None or terms.demand_price is None:
        return Decimal(0)
    peak = _demand_month(month, kva)
    if method is Method.CAPACITY:
        whole = demand.capacity_charge(kva, terms.capacity_price)
    elif method is Method.ACTUAL_DEMAND or declared_kw is None:
        whole = demand.actual_demand_charge(peak.demand_kw, terms.demand_price, peak.factor)
    else:
        whole = demand.contract_demand_charge(
            declared_kw, peak.demand_kw, kva, terms.demand_price, peak.factor, excess=terms.excess
        )
    return to_cents(whole * month.part)


def _per_year(yuan: Decimal | int, days: int) -> Decimal:
    amount = Decimal(yuan)
    return to_cents(amount if _is_year(days) else amount * YEAR_DAYS / days)


def _is_year(days: int) -> bool:
    return days in (365, 366)
