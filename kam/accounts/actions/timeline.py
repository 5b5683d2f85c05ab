"""One line on an account's timeline, beside the audit entry of the same change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kam.accounts.models import Account, TimelineEntry
from kam.core.actions import record
from kam.core.models import User


def tell(
    *, account: Account, by: User | None, at: datetime, kind: str, subject: Any = None, ref: str = "", **facts: Any
) -> None:
    """Put one change on the timeline and on the audit record. `facts` hold no personal data."""
    record(by=by, at=at, action=kind, subject=subject or account, account_id=account.pk, **facts)
    TimelineEntry.objects.create(account=account, at=at, by=by, kind=kind, facts=facts, ref=ref)
