"""Acceptance bills (商业承兑汇票): how they stand, and what a discount costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from kam.lib.money import to_cents

YEAR_DAYS = Decimal(360)


class BillOfExchange(StrEnum):
    """How an acceptance bill stands. Only one that is held pays anything."""

    REGISTERED = "REGISTERED"  # looked at, not taken yet
    HELD = "HELD"  # taken: it settles bills
    DISCOUNTED = "DISCOUNTED"  # sold to a bank before its day
    PAID = "PAID"
    DISHONOURED = "DISHONOURED"  # the debts it settled are open again
    RETURNED = "RETURNED"  # not taken


MOVES: dict[str, frozenset[str]] = {
    BillOfExchange.REGISTERED: frozenset({BillOfExchange.HELD, BillOfExchange.RETURNED}),
    BillOfExchange.HELD: frozenset({BillOfExchange.DISCOUNTED, BillOfExchange.PAID, BillOfExchange.DISHONOURED}),
    BillOfExchange.DISCOUNTED: frozenset({BillOfExchange.PAID, BillOfExchange.DISHONOURED}),
    BillOfExchange.PAID: frozenset(),
    BillOfExchange.DISHONOURED: frozenset(),
    BillOfExchange.RETURNED: frozenset(),
}


def discount(face: Decimal, yearly_rate: Decimal, taken_on: date, due_on: date) -> Decimal:
    """Return the discount (贴现息) in yuan: face × rate × days / 360, rounded once. 0.03 is 3 % a year."""
    days = max((due_on - taken_on).days, 0)
    return to_cents(face * yearly_rate * days / YEAR_DAYS)
