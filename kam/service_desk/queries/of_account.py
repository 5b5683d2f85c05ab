"""What an account's page shows of requests (ACC-10)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Count

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
    """Return what is known of an account's requests. Two queries."""
    rows = list(
        Request.objects.filter(account=account, merged_into=None)
        .select_related("owner", "application")
        .order_by("-received_at", "-pk")[:40]
    )
    rated = Rating.objects.filter(request__account=account).aggregate(stars=Avg("stars"), n=Count("pk"))
    open_ones = [row for row in rows if row.status != Status.CLOSED]
    return AccountRequests(
        open=sorted(open_ones, key=lambda row: (row.next_due_at is None, row.next_due_at or row.received_at))[:MOST],
        closed=[row for row in rows if row.status == Status.CLOSED][:MOST],
        stars=rated["stars"],
        ratings=rated["n"],
    )
