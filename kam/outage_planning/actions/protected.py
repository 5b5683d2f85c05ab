"""Periods in which supply is guarded (保供电)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.outage_planning.models import ProtectedPeriod


def add(
    *, name: str, unit: Unit, days_from: date, days_until: date, source: str, by: User | None, at: datetime
) -> ProtectedPeriod:
    """Guard supply in a unit, with all below, in `[days_from, days_until)`."""
    with transaction.atomic():
        row = ProtectedPeriod.objects.create(
            name=name, unit=unit, days_from=days_from, days_until=days_until, source=source
        )
        record(
            by=by,
            at=at,
            action="outage.protected_added",
            subject=row,
            name=name,
            unit=unit.pk,
            days_from=days_from,
            days_until=days_until,
        )
    return row


def remove(*, period: ProtectedPeriod, by: User, at: datetime) -> None:
    """Take a guarded period away; what it was stays on the audit record."""
    with transaction.atomic():
        record(
            by=by,
            at=at,
            action="outage.protected_removed",
            subject=period,
            name=period.name,
            days_from=period.days_from,
            days_until=period.days_until,
        )
        period.delete()
