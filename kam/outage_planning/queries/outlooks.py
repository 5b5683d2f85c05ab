"""Whom an outlook is told to, and who has read it (OUT-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from kam.accounts.models import Account
from kam.outage_planning.models import Outlook, OutlookReader
from kam.outage_planning.queries.load_control import on_lines


def accounts_of(outlook: Outlook) -> QuerySet[Account]:
    """Return the key accounts that an outlook is for: of its unit with all below, as its scope narrows."""
    rows: QuerySet[Account] = Account.objects.filter(
        unit__path__startswith=outlook.unit.path, status=Account.Status.CONFIRMED
    )
    scope: dict[str, Any] = outlook.scope
    if scope.get("lines"):
        rows = on_lines(rows, scope["lines"])
    if scope.get("least_kva"):
        rows = rows.filter(contract_kva__gte=scope["least_kva"])
    if scope.get("continuous"):
        rows = rows.filter(continuous=True)
    return rows


def with_counts(outlooks: QuerySet[Any]) -> QuerySet[Any]:
    """Give each outlook `told` and `read`, the number of accounts."""
    rows: QuerySet[Any] = outlooks.annotate(
        told=Count("readers", filter=~Q(readers__message_key=""), distinct=True),
        read=Count("readers", filter=Q(readers__read_at__isnull=False), distinct=True),
    )
    return rows


def reader_of(ref: str, account_id: int) -> OutlookReader | None:
    """Return the account's part of the outlook that a link names; None where there is none."""
    number = ref.rpartition(":")[2]
    rows = OutlookReader.objects.filter(account_id=account_id, outlook_id=int(number) if number.isdigit() else 0)
    found: OutlookReader | None = rows.select_related("outlook").first()
    return found


@dataclass(frozen=True)
class Reading:
    """Who has read an outlook. `rows`: what the reader of the page may see, those who have not first."""

    rows: list[OutlookReader]
    told: int
    read: int

    @property
    def share(self) -> float | None:
        return self.read / self.told if self.told else None


def reading(readers: QuerySet[Any], *, most: int = 500) -> Reading:
    """Return how far an outlook was read. Two queries."""
    counts = readers.order_by().aggregate(
        told=Count("pk", filter=~Q(message_key="")), read=Count("pk", filter=Q(read_at__isnull=False))
    )
    rows = list(readers.select_related("account").order_by("account__name", "pk")[:most])
    rows.sort(key=lambda row: row.read_at is not None)
    return Reading(rows, counts["told"], counts["read"])
