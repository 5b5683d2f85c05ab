"""What an account owes at this moment, and what came in since a day: for guards, measures and their success."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Sum

from kam.billing.models import Allocation, Bill, Payment
from kam.lib.money import to_cents

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Owed:
    """Overdue and not contested on a day: how much, how many bills, since when."""

    amount: Decimal
    bills: int
    oldest_due: date | None


def owed(account_id: int, day: date) -> Owed:
    """Return what the account owes on `day` and may be asked; penalty bills are money, and give no debt its age."""
    rows = Bill.objects.owed().filter(account_id=account_id, due_on__lt=day, open_amount__gt=F("contested_amount"))
    found = rows.aggregate(
        sum=Sum(F("open_amount") - F("contested_amount")),
        n=Count("pk"),
        oldest=Min("due_on", filter=~Q(kind=Bill.Kind.PENALTY)),
    )
    return Owed(to_cents(Decimal(found["sum"] or 0)), found["n"], found["oldest"])


def owed_by(account_ids: Collection[int], day: date) -> dict[int, Decimal]:
    """Return what each of the accounts owes on `day` that may be asked for; who owes nothing is not in it."""
    rows = Bill.objects.owed().filter(account_id__in=account_ids, due_on__lt=day, open_amount__gt=F("contested_amount"))
    sums = rows.order_by().values("account_id").annotate(sum=Sum(F("open_amount") - F("contested_amount")))
    return {pk: to_cents(Decimal(amount)) for pk, amount in sums.values_list("account_id", "sum")}


def owed_of(account: OuterRef, day: date) -> QuerySet[Any, Any]:
    """Return, to stand inside another query, the sum that an account of it owes on `day` and may be asked for."""
    rows = Bill.objects.owed().filter(account_id=account, due_on__lt=day, open_amount__gt=F("contested_amount"))
    sums = rows.order_by().values("account_id").annotate(sum=Sum(F("open_amount") - F("contested_amount")))
    found: QuerySet[Any, Any] = sums.values("sum")
    return found


def collected_since(account_id: int, start: date, until: date | None) -> Decimal:
    """Return what was paid in `[start, until)` of bills overdue when it began; credit notes are no payment."""
    money = Allocation.objects.standing().exclude(payment__channel=Payment.Channel.NOTE)
    rows = money.filter(bill__account_id=account_id, bill__due_on__lt=start, value_on__gte=start)
    if until is not None:
        rows = rows.filter(value_on__lt=until)
    return to_cents(Decimal(rows.aggregate(sum=Sum("amount"))["sum"] or 0))
