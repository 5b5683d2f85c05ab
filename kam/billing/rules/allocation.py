"""How a payment settles bills: as it was told, then the oldest first; what is left is the customer's credit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


class TooMuch(ValueError):
    """More was told to go on a bill than is open on it, or than there is to give."""


class UnknownBill(LookupError):
    """The bill is not one of the account's open bills."""


@dataclass(frozen=True)
class Open:
    """What is open on one bill."""

    bill_id: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Share:
    """So much goes on this bill."""

    bill_id: int
    amount: Decimal


def oldest_first(bills: Sequence[Open]) -> list[Open]:
    """Order by due date, then by which was made first."""
    return sorted(bills, key=lambda one: (one.due_on, one.bill_id))


def allocate(
    amount: Decimal, bills: Sequence[Open], told: Mapping[int, Decimal] | None = None
) -> tuple[list[Share], Decimal]:
    """Return what goes on which bill, and what is left over; shares and rest add up to `amount` exactly.

    `told`: by bill, as the payer said; nothing else is settled then. Raises `TooMuch`, `UnknownBill`.
    """
    left = amount
    shares: list[Share] = []
    if told is not None:
        by_id = {one.bill_id: one for one in bills}
        for bill_id, wanted in told.items():
            if bill_id not in by_id:
                raise UnknownBill(bill_id)
            if wanted > by_id[bill_id].amount or wanted > left or wanted < 0:
                raise TooMuch(bill_id)
            if wanted:
                shares.append(Share(bill_id, wanted))
                left -= wanted
        return shares, left
    for one in oldest_first(bills):
        take = min(left, one.amount)
        if take > 0:
            shares.append(Share(one.bill_id, take))
            left -= take
    return shares, left
