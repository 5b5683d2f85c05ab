"""What an account's page shows of visits (ACC-10)."""

from __future__ import annotations

from kam.accounts.models import Account
from kam.visits.models import Visit

MOST = 6


def visits_of(account: Account) -> list[Visit]:
    """Return the visits ahead and the latest past ones, the latest day first. One query."""
    rows = Visit.objects.filter(account=account).exclude(status="CANCELLED").select_related("manager")
    return list(rows.order_by("-day", "-pk")[:MOST])
