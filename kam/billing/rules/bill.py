"""A whole bill from a month's figures, each line with its formula; DOMAIN sections 3 and 4.

Where it is rounded, half up to the cent, and nowhere else:
1. energy: the sum of kWh × price over all bands, and the funds in it: kWh × funds (two roundings, T2)
2. capacity or demand charge: once, at the end of its formula
3. power-factor adjustment: base × percent, once
The total is the sum of these rounded lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kam.billing.rules.demand import (
    FLOOR_SHARE,
    TOLERANCE,
    actual_demand_charge,
    capacity_charge,
    contract_demand_charge,
    incentive_factor,
)
from kam.billing.rules.energy import PriceTable, energy_cost
from kam.billing.rules.power_factor import adjustment_percent, adjustment_yuan, billed_from, power_factor
from kam.metering.rules.tou import Band

ZERO = Decimal("0.00")
ASSESSED_FROM_KVA = Decimal(100)


class Code(StrEnum):
    """What a line of a bill is for. Imported bills use the same codes."""

    ENERGY = "energy"  # 电度电费, without funds
    FUNDS = "funds"  # 政府性基金及附加
    CAPACITY = "capacity"  # 容量电费
    DEMAND = "demand"  # 需量电费
    ADJUSTMENT = "adjustment"  # 功率因数调整电费
    PENALTY = "penalty"  # 违约金
    OTHER = "other"


class Charge(StrEnum):
    """How a two-part tariff charges its second part."""

    CAPACITY = "CAPACITY"
    ACTUAL_DEMAND = "ACTUAL_DEMAND"
    CONTRACT_DEMAND = "CONTRACT_DEMAND"


class NoDemand(ValueError):
    """The tariff charges demand, and the month has none measured."""


class NoPriceFor(LookupError):
    """The tariff has no price for the way in which the account's capacity is charged."""


@dataclass(frozen=True)
class Terms:
    """What the tariff and the contract say. Prices in yuan per kVA, kW and month."""

    prices: PriceTable
    two_part: bool = False
    charge: Charge = Charge.CAPACITY
    capacity_price: Decimal | None = None
    demand_price: Decimal | None = None
    contract_kva: Decimal = ZERO
    kva_in_service: Decimal | None = None  # without sealed capacity (减容/暂停); the contract's where not told
    declared_kw: Decimal | None = None
    standard: Decimal | None = None  # power factor; None: not assessed


@dataclass(frozen=True, eq=False)
class Month:
    """What was measured: kWh by band, kvarh of both directions added by amount, the month's largest kW."""

    bands: Mapping[Band, Decimal]
    kvarh: Decimal | None = None
    max_kw: Decimal | None = None

    @property
    def kwh(self) -> Decimal:
        return sum(self.bands.values(), Decimal(0))


@dataclass(frozen=True)
class Line:
    """One line: `figures` are what its formula is filled with, as text; `yuan` is rounded."""

    code: Code
    formula: str
    figures: dict[str, Any]
    yuan: Decimal

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code.value, "formula": self.formula, "figures": self.figures, "yuan": str(self.yuan)}


@dataclass(frozen=True)
class Draft:
    """A bill not yet issued."""

    lines: tuple[Line, ...]
    kwh: Decimal

    @property
    def total(self) -> Decimal:
        return sum((line.yuan for line in self.lines), ZERO)

    def of(self, code: Code) -> Decimal:
        return sum((line.yuan for line in self.lines if line.code == code), ZERO)


def bill(month: Month, terms: Terms) -> Draft:
    """Return the month's bill. Raises `NoPrice`, `NoPriceFor`, `NoDemand`."""
    cost = energy_cost(month.bands, terms.prices)
    lines = [
        Line(
            Code.ENERGY,
            "energy",
            {
                "bands": [
                    {"band": one.band.value, "kwh": plain(one.kwh), "price": plain(one.price), "yuan": plain(one.yuan)}
                    for one in cost.lines
                ],
                "total": str(cost.total_yuan),
                "funds": str(cost.funds_yuan),
            },
            cost.adjustable_yuan,
        )
    ]
    if cost.funds_yuan:
        lines.append(
            Line(
                Code.FUNDS,
                "funds",
                {"kwh": plain(cost.kwh), "price": plain(terms.prices.funds_yuan_kwh)},
                cost.funds_yuan,
            )
        )
    if terms.two_part:
        lines.append(_second_part(month, terms))
    adjustment = _adjustment(month, terms, sum((line.yuan for line in lines if line.code != Code.FUNDS), ZERO))
    if adjustment is not None:
        lines.append(adjustment)
    return Draft(tuple(lines), cost.kwh)


def _second_part(month: Month, terms: Terms) -> Line:
    if terms.charge == Charge.CAPACITY:
        if terms.capacity_price is None:
            raise NoPriceFor(terms.charge)
        kva = terms.contract_kva if terms.kva_in_service is None else terms.kva_in_service
        yuan = capacity_charge(kva, terms.capacity_price)
        return Line(Code.CAPACITY, "capacity", {"kva": plain(kva), "price": plain(terms.capacity_price)}, yuan)
    if terms.demand_price is None:
        raise NoPriceFor(terms.charge)
    if month.max_kw is None:
        raise NoDemand
    factor = incentive_factor(month.kwh, terms.contract_kva) if terms.contract_kva else Decimal(1)
    figures = {"max_kw": plain(month.max_kw), "price": plain(terms.demand_price), "factor": plain(factor)}
    if terms.contract_kva:
        figures["kwh_per_kva"] = f"{month.kwh / terms.contract_kva:.2f}"
    if terms.charge == Charge.ACTUAL_DEMAND:
        yuan = actual_demand_charge(month.max_kw, terms.demand_price, factor)
        return Line(Code.DEMAND, "actual_demand", figures, yuan)
    declared = terms.declared_kw or ZERO
    chargeable = max(declared, FLOOR_SHARE * terms.contract_kva)
    limit = TOLERANCE * chargeable
    over = max(month.max_kw - limit, ZERO)
    yuan = contract_demand_charge(declared, month.max_kw, terms.contract_kva, terms.demand_price, factor)
    figures |= {
        "declared_kw": plain(declared),
        "chargeable_kw": plain(chargeable),
        "limit_kw": plain(limit),
        "over_kw": plain(over),
    }
    return Line(Code.DEMAND, "contract_demand_over" if over else "contract_demand", figures, yuan)


def _adjustment(month: Month, terms: Terms, base: Decimal) -> Line | None:
    """Return the power-factor line; none where it is not assessed or there is no reactive reading."""
    if terms.standard is None or month.kvarh is None or month.kwh <= 0:
        return None
    if terms.contract_kva and terms.contract_kva < ASSESSED_FROM_KVA:
        return None
    found = billed_from(month.kwh, month.kvarh)
    percent = adjustment_percent(found, terms.standard)
    figures = {
        "kwh": plain(month.kwh),
        "kvarh": plain(month.kvarh),
        "exact": f"{power_factor(month.kwh, month.kvarh):.6f}",
        "billed": str(found),
        "standard": str(terms.standard),
        "percent": plain(percent),
        "base": str(base),
    }
    return Line(Code.ADJUSTMENT, "adjustment", figures, adjustment_yuan(base, percent))


def plain(value: Decimal) -> str:
    """Write a number without an exponent and without zeros behind its last digit."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Difference:
    """One line of our bill beside the imported one; None where one of them has no such line."""

    code: Code
    ours: Decimal | None
    theirs: Decimal | None

    @property
    def yuan(self) -> Decimal:
        """Theirs less ours."""
        return (self.theirs or ZERO) - (self.ours or ZERO)


def compared(ours: Draft, theirs: Mapping[str, Decimal]) -> list[Difference]:
    """Set our lines beside the imported ones by code (核); lines only one side has are there too.

    A bill imported without lines is compared by its total alone, which the caller has.
    """
    mine = {line.code: ours.of(line.code) for line in ours.lines}
    codes = [code for code in Code if code in mine or code.value in theirs]
    return [Difference(code, mine.get(code), theirs.get(code.value)) for code in codes]
