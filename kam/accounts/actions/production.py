"""What a customer is going to produce, and when an outage hurts it most and least (ACC-6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, OutagePreference, ProductionPlan
from kam.core.models import User

PREFERENCE_FIELDS = ("level", "weekdays", "from_minute", "until_minute", "days_from", "days_until", "reason")
PLAN_FIELDS = ("horizon", "days_from", "days_until", "load_change_kw", "bearing", "text")


def save_preference(
    *, account: Account, preference: OutagePreference | None, fields: dict[str, Any], by: User | None, at: datetime
) -> OutagePreference:
    """Note when an outage hurts, or change what was noted. `fields`: `PREFERENCE_FIELDS`."""
    row = preference or OutagePreference(account=account)
    _save(row, fields, PREFERENCE_FIELDS, "preference", by, at)
    return row


def save_plan(
    *, account: Account, plan: ProductionPlan | None, fields: dict[str, Any], by: User | None, at: datetime
) -> ProductionPlan:
    """Note a production plan, or change one. `fields`: `PLAN_FIELDS`."""
    row = plan or ProductionPlan(account=account)
    _save(row, fields, PLAN_FIELDS, "plan", by, at)
    return row


def drop(*, row: OutagePreference | ProductionPlan, by: User, at: datetime) -> None:
    """Take a preference or plan away; what it said stays on the audit record."""
    noun, names = ("preference", PREFERENCE_FIELDS) if isinstance(row, OutagePreference) else ("plan", PLAN_FIELDS)
    with transaction.atomic():
        before = {name: str(getattr(row, name)) for name in names}
        tell(account=row.account, by=by, at=at, kind=f"production.{noun}_dropped", subject=row, before=before)
        row.delete()


def _save(
    row: OutagePreference | ProductionPlan,
    fields: dict[str, Any],
    names: tuple[str, ...],
    noun: str,
    by: User | None,
    at: datetime,
) -> None:
    is_new = row.pk is None
    changed = {name: str(fields[name]) for name in names if is_new or getattr(row, name) != fields[name]}
    if not changed:
        return
    for name in changed:
        setattr(row, name, fields[name])
    with transaction.atomic():
        row.save()
        kind = f"production.{noun}_{'noted' if is_new else 'edited'}"
        tell(account=row.account, by=by, at=at, kind=kind, subject=row, changes=changed)
