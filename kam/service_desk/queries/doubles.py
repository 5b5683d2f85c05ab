"""Open requests that a new one may repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.core.queries import rule
from kam.lib import clock
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Status

MOST = 10


def open_of(requests: QuerySet[Any], account: Account) -> list[Request]:
    """Return the account's open requests, the latest first."""
    rows = requests.filter(account=account, merged_into=None).exclude(status=Status.CLOSED)
    return list(rows.select_related("owner").order_by("-received_at", "-pk")[:MOST])


def likely(rows: list[Request], *, kind: str, at: datetime) -> list[Request]:
    """Return those of `rows` that a request of `kind` at `at` may repeat: the same kind, not long ago."""
    hours = int(rule("desk.double_hours", clock.day_of(at)))
    return [row for row in rows if row.kind == kind and row.received_at > at - timedelta(hours=hours)]
