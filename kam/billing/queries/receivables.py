"""What is open, how old it is, and what penalty it bears, on any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from kam.billing.models import Allocation, Bill, WriteOff
from kam.billing.queries.money_rules import ageing_buckets, penalty_minimum, penalty_rates
from kam.billing.rules.ageing import Ageing, ageing
from kam.billing.rules.penalty import Penalty, Rates, Settled, penalty
from kam.lib.money import to_cents

ZERO = Decimal("0.00")
CHUNK = 500


def issued_by(bills: QuerySet[Bill], at: date) -> QuerySet[Bill]:
    """Narrow to bills that were there on `at`: issued, and not reversed yet."""
    return bills.filter(Q(cancelled_on=None) | Q(cancelled_on__gt=at), issued_on__lte=at)


def open_on(bills: QuerySet[Bill], at: date) -> Iterator[tuple[Bill, Decimal]]:
    """Yield the bills of which something was open at the end of `at` as the books say, with what was open."""
    # Settled by value, but booked only later: into a month that was closed, or after a reversal.
    booked_later = Allocation.objects.filter(on__gt=at, value_on__lte=at).values("bill_id")
    there = issued_by(bills, at).filter(
        Q(open_amount__gt=0) | Q(settled_on__gt=at) | Q(cancelled_on__gt=at) | Q(pk__in=booked_later)
    )
    rows = there.order_by("due_on", "pk").iterator(chunk_size=CHUNK)
    for chunk in _chunks(rows, CHUNK):
        gone = settled_on_day([bill.pk for bill in chunk], at)
        for bill in chunk:
            left = bill.amount - gone.get(bill.pk, ZERO)
            if left > 0:
                yield bill, left


def settled_on_day(bill_ids: Collection[int], at: date) -> dict[int, Decimal]:
    """Return how much of each bill was paid or given up by the end of `at`, as the books say."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    standing = Q(reversed_on=None) | Q(reversed_on__gt=at)
    for rows in (Allocation.objects.all(), WriteOff.objects.all()):
        sums = rows.filter(standing, bill_id__in=bill_ids, on__lte=at).order_by().values("bill_id")
        for bill_id, amount in sums.annotate(sum=Sum("amount")).values_list("bill_id", "sum"):
            found[bill_id] += to_cents(amount)
    return found


def ageing_of(bills: QuerySet[Bill], at: date, buckets: Sequence[int] | None = None) -> Ageing:
    """Return the ages of what is open of `bills` at the end of `at`."""
    opened = ((bill.due_on, left) for bill, left in open_on(bills, at))
    return ageing(opened, at, buckets or ageing_buckets(at))


@dataclass(frozen=True)
class BillPenalty:
    """One bill and the penalty that follows from it; `charged`: how much of it stands on penalty bills already."""

    bill: Bill
    penalty: Penalty
    charged: Decimal

    @property
    def to_charge(self) -> Decimal:
        return max(self.penalty.yuan - self.charged, ZERO)


def penalties(bills: Iterable[Bill], at: date) -> list[BillPenalty]:
    """Return what each of `bills` bears until `at`, in the order given; bills without penalty are left out.

    Five queries for each 500 bills. Penalty bills bear none.
    """
    rates, minimum = penalty_rates(), penalty_minimum(at)
    found = []
    for chunk in _chunks((bill for bill in bills if bill.kind != Bill.Kind.PENALTY and not bill.cancelled_on), CHUNK):
        ids = [bill.pk for bill in chunk]
        settled = _settled(ids)
        charged = dict(
            Bill.objects.standing()
            .filter(penalty_of_id__in=ids, issued_on__lte=at)
            .order_by()
            .values("penalty_of_id")
            .annotate(sum=Sum("amount"))
            .values_list("penalty_of_id", "sum")
        )
        for bill in chunk:
            one = _penalty(bill, settled[bill.pk], at, rates, minimum)
            if one.exact:
                found.append(BillPenalty(bill, one, to_cents(charged.get(bill.pk, ZERO))))
    return found


def _penalty(bill: Bill, settled: Sequence[Settled], at: date, rates: Sequence[Rates], minimum: Decimal) -> Penalty:
    return penalty(
        bill.amount,
        bill.due_on,
        settled,
        until=at,
        rates=rates,
        residential=bill.residential,
        minimum=minimum,
    )


def _settled(bill_ids: Collection[int]) -> dict[int, list[Settled]]:
    """Return what settled each bill, by the day from which it counts against a penalty; reversed rows never did."""
    found: dict[int, list[Settled]] = defaultdict(list)
    paid = Allocation.objects.standing().filter(bill_id__in=bill_ids).values_list("bill_id", "value_on", "amount")
    given_up = WriteOff.objects.standing().filter(bill_id__in=bill_ids).values_list("bill_id", "on", "amount")
    for rows in (paid, given_up):
        for bill_id, on, amount in rows:
            found[bill_id].append(Settled(on, amount))
    return found


def account_penalties(account_id: int, at: date) -> list[BillPenalty]:
    """Return the penalties of one account's bills that were due before `at`, the oldest first."""
    bills = Bill.objects.standing().filter(account_id=account_id, due_on__lt=at).order_by("due_on", "pk")
    late = bills.filter(Q(open_amount__gt=0) | Q(settled_on__gt=F("due_on")))
    return penalties(late, at)


def _chunks(rows: Iterable[Bill], size: int) -> Iterator[list[Bill]]:
    chunk: list[Bill] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
