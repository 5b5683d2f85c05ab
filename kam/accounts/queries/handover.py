"""What a handover would do, before anybody does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from kam.accounts.models import Account, Assignment
from kam.core.models import User


@dataclass(frozen=True)
class Preview:
    """`stay` counts the accounts that remain: begun on that day or later, or out of the reader's reach."""

    account_ids: list[int]
    stay: int
    capacity_kva: Decimal
    important: int
    first: list[Account]


def preview(visible: QuerySet[Account], *, giver: User, part: str, held_from: date) -> Preview:
    """Count what `giver` would hand over in `part` on `held_from`, among the `visible` accounts."""
    held = Assignment.objects.filter(user=giver, part=part, held_until=None)
    going = visible.filter(pk__in=held.filter(held_from__lt=held_from).values("account_id"))
    rows = list(going.order_by("name", "pk").only("account_no", "name", "contract_kva", "importance"))
    return Preview(
        account_ids=[row.pk for row in rows],
        stay=held.count() - len(rows),
        capacity_kva=sum((row.contract_kva or Decimal(0) for row in rows), Decimal(0)),
        important=sum(row.importance != Account.Importance.NONE for row in rows),
        first=rows[:10],
    )
