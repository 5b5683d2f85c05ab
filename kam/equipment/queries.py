"""Questions about equipment: what is due, for one account and for many."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from kam.accounts.models import Account, AccountQuerySet
from kam.core.queries import rule
from kam.equipment.models import Equipment

MOST = 8


def months_of(kind: str, day: date) -> int | None:
    """Return the company's months between two tests of a kind; None where it asks for none."""
    found = rule("equipment.test_months", day).get(kind)
    return int(found) if found else None


def due_of(account: Account, *, today: date, days: int = 60) -> list[Equipment]:
    """Return what of an account is overdue or due within `days`, the longest due first. One query."""
    return list(Equipment.objects.filter(account=account).due_before(today + timedelta(days=days))[:MOST])


def first_due(accounts: Any, *, until: date, most: int) -> list[tuple[int, date, int]]:
    """Return accounts with equipment due before `until`: account, the earliest day, how many; one query."""
    rows = Equipment.objects.filter(account__in=accounts).due_before(until).order_by()
    due = rows.values_list("account_id").annotate(first=Min("due_on"), n=Count("pk")).order_by("first", "account_id")
    return list(due[:most])


def with_equipment(accounts: AccountQuerySet) -> AccountQuerySet:
    """Add `equipment_count` and `equipment_due_on` to accounts, in the same query."""
    used = Equipment.objects.filter(account=OuterRef("pk"), removed_on=None).order_by().values("account")
    return accounts.annotate(
        equipment_count=Coalesce(Subquery(used.annotate(n=Count("pk")).values("n")), 0),
        equipment_due_on=Subquery(used.annotate(first=Min("due_on")).values("first")),
    )
