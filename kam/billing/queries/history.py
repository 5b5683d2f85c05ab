"""How accounts have paid, in bulk: what grades and predictions are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from kam.billing.models import Bill

CHUNK = 5_000


class BillRecord(NamedTuple):
    """One bill as a grade sees it on a day `at`. Yuan."""

    bill_id: int
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal  # of today's ledger; all of it where it was settled only after `at`
    settled_on: date | None  # None where it was not settled by `at`
    contested_amount: Decimal

    def days_late(self, at: date) -> int:
        """Days from the due date to the payment, or to `at` where it is still open; 0 in time."""
        return max(((self.settled_on or at) - self.due_on).days, 0)


_FIELDS = (
    "account_id", "pk", "issued_on", "due_on", "amount", "open_amount", "settled_on", "contested_amount",
)  # fmt: skip


def payment_records(
    *, since: date, at: date, account_ids: Collection[int] | None = None, kind: str = Bill.Kind.ENERGY
) -> Iterator[tuple[int, list[BillRecord]]]:
    """Yield (account id, its bills issued in `[since, at]` in the order of issue), account by account.

    One query, streamed: 100,000 accounts × 24 months take what reading 2.4 million narrow rows takes, and no more
    memory than one account. Reversed bills are left out. Without `account_ids`, all accounts that have bills.
    """
    bills: QuerySet[Bill] = Bill.objects.filter(kind=kind, cancelled_on=None, issued_on__gte=since, issued_on__lte=at)
    if account_ids is not None:
        bills = bills.filter(account_id__in=account_ids)
    account: int | None = None
    held: list[BillRecord] = []
    rows = bills.order_by("account_id", "issued_on", "pk").values_list(*_FIELDS).iterator(chunk_size=CHUNK)
    for account_id, pk, issued_on, due_on, amount, left, settled_on, contested in rows:
        if account_id != account:
            if account is not None:
                yield account, held
            account, held = account_id, []
        later = settled_on is not None and settled_on > at
        held.append(
            BillRecord(
                pk, issued_on, due_on, amount, amount if later else left, None if later else settled_on, contested
            )
        )
    if account is not None:
        yield account, held
