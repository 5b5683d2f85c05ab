"""What an account's page shows of requests (ACC-10)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from kam.accounts.models import Account
from kam.service_desk.models import Rating, Request
from kam.service_desk.rules.lifecycle import Status

MOST = 6


@dataclass(frozen=True)
class AccountRequests:
    """Open requests by what is due next, the latest closed ones, and how the customer rates what was done."""

    open: list[Request]
    closed: list[Request]
    stars: float | None
    ratings: int


def requests_of(account: Account) -> AccountRequests:
    """Return what is known of an account's last forty requests. One query."""
    latest = Rating.objects.filter(request=OuterRef("pk")).order_by("-round").values("stars")[:1]
    rows = list(
        Request.objects.filter(account=account, merged_into=None)
        .select_related("owner", "application")
        .annotate(stars=Subquery(latest))
        .order_by("-received_at", "-pk")[:40]
    )
    stars = [row.stars for row in rows if row.stars is not None]
    open_ones = [row for row in rows if row.status != Status.CLOSED]
    return AccountRequests(
        open=sorted(open_ones, key=lambda row: (row.next_due_at is None, row.next_due_at or row.received_at))[:MOST],
        closed=[row for row in rows if row.status == Status.CLOSED][:MOST],
        stars=sum(stars) / len(stars) if stars else None,
        ratings=len(stars),
    )
