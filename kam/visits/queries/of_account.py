"""What an account's page shows of visits (ACC-10)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.core.models import User
from kam.visits.models import Visit

MOST = 6


def visits_of(account: Account) -> list[Visit]:
    """Return the visits ahead and the latest past ones, the latest day first. One query."""
    rows = Visit.objects.filter(account=account).exclude(status="CANCELLED").select_related("manager")
    return list(rows.order_by("-day", "-pk")[:MOST])


def linkable(user: User, account: Account) -> QuerySet[Any]:
    """Return the account's visits that `user` may see, the latest first: what a request can be about."""
    rows = Visit.objects.visible_to(user).filter(account=account).exclude(status="CANCELLED")
    return rows.select_related("manager").order_by("-day", "-pk")
