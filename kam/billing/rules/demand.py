"""Capacity and demand charge (基本电费), 发改办价格〔2016〕1583号; DOMAIN section 4.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from kam.lib.money import to_cents

TOLERANCE = Decimal("1.05")
FLOOR_SHARE = Decimal("0.4")
INCENTIVE_KWH_PER_KVA = Decimal(260)
INCENTIVE_FACTOR = Decimal("0.9")
_ONE = Decimal(1)


class Excess(StrEnum):
    """How a demand above 105 % of the contract value is charged; public texts differ (4.2)."""

    DOUBLE_ABOVE_LIMIT = "double_above_limit"  # contract value, and double the part above 105 %
    LIMIT_THEN_DOUBLE = "limit_then_double"  # 105 % of it at the single price, and double the part above


def incentive_factor(month_kwh: Decimal, contract_kva: Decimal) -> Decimal:
    """Return 0.9 where the month uses 260 kWh per contracted kVA or more, else 1; for the demand price.

    `month_kwh`: all metering points of the user. Source: 发改价格〔2023〕526号.
    """
    return INCENTIVE_FACTOR if month_kwh >= INCENTIVE_KWH_PER_KVA * contract_kva else _ONE


def capacity_charge(kva_in_service: Decimal, price: Decimal) -> Decimal:
    """Return the month's charge by capacity in yuan. `price`: yuan per kVA and month."""
    return to_cents(kva_in_service * price)


def actual_demand_charge(demand_kw: Decimal, price: Decimal, factor: Decimal = _ONE) -> Decimal:
    """Return the month's charge by actual maximum demand in yuan. `price`: yuan per kW and month."""
    return to_cents(demand_kw * price * factor)


def contract_demand_charge(
    declared_kw: Decimal,
    demand_kw: Decimal,
    kva_total: Decimal,
    price: Decimal,
    factor: Decimal = _ONE,
    *,
    excess: Excess = Excess.DOUBLE_ABOVE_LIMIT,
) -> Decimal:
    """Return the month's charge by contracted demand (合同最大需量核定值) in yuan.

    A declared value below 40 % of `kva_total` (transformers and high-voltage motors) is set to that.
    """
    chargeable = max(declared_kw, FLOOR_SHARE * kva_total)
    limit = TOLERANCE * chargeable
    if demand_kw > limit:
        once = chargeable if excess is Excess.DOUBLE_ABOVE_LIMIT else limit
        return to_cents((once + 2 * (demand_kw - limit)) * price * factor)
    return to_cents(chargeable * price * factor)


@dataclass(frozen=True)
class DemandMonth:
    """What a month's demand charge depends on: its maximum in kW and the incentive factor (1 or 0.9)."""

    demand_kw: Decimal
    factor: Decimal = _ONE


def best_declared(
    months: Sequence[DemandMonth],
    kva_total: Decimal,
    price: Decimal,
    *,
    excess: Excess = Excess.DOUBLE_ABOVE_LIMIT,
) -> Decimal:
    """Return the whole kW to declare that makes the months' charges least, the smallest of equals.

    Known with hindsight: give one month for its own best value, or a year for the best unchanging one. The
    sum is piecewise linear with corners at demand / 1.05, so only whole kW beside corners and the floor can
    be best. One month of 1,320 kW: 1,257 (DOMAIN section 4.4). Raises `ValueError` without months.
    """
    floor = (FLOOR_SHARE * kva_total).to_integral_value(ROUND_CEILING)
    corners = [month.demand_kw / TOLERANCE for month in months]
    if not corners:
        raise ValueError("no months")
    candidates = {floor} | {
        max(floor, corner.to_integral_value(rounding))
        for corner in corners
        for rounding in (ROUND_FLOOR, ROUND_CEILING)
    }

    def charge(declared_kw: Decimal) -> Decimal:
        return sum(
            (
                contract_demand_charge(declared_kw, m.demand_kw, kva_total, price, m.factor, excess=excess)
                for m in months
            ),
            Decimal(0),
        )

    return min(sorted(candidates), key=charge)


def break_even_kw(kva: Decimal, capacity_price: Decimal, demand_price: Decimal, factor: Decimal = _ONE) -> Decimal:
    """Return the maximum demand in kW, unrounded, at which capacity and actual demand cost the same."""
    return kva * capacity_price / (demand_price * factor)
