"""Close a month: balance it to the cent, then let nothing be dated into it any more."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kam.billing.models import MonthClose
from kam.billing.queries.statement import Reconciled, reconcile
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock


class NotBalanced(Exception):
    """A cent was lost or made somewhere; `found` says on which accounts."""

    def __init__(self, found: Reconciled) -> None:
        super().__init__(f"{found.month:%Y-%m}")
        self.found = found


class NotOver(Exception):
    """The month is not over."""


def close_month(*, month: date, by: User | None, at: datetime) -> MonthClose:
    """Close the month with its figures; closed again, it stays as it is. Raises `NotOver`, `NotBalanced`."""
    first = month.replace(day=1)
    if first >= clock.day_of(at).replace(day=1):
        raise NotOver(f"{first:%Y-%m}")
    with transaction.atomic():
        held = MonthClose.objects.filter(month=first).first()
        if held is not None:
            return held
        found = reconcile(first)
        if not found.ok:
            raise NotBalanced(found)
        row = MonthClose.objects.create(month=first, figures=figures_of(found), by=by, at=at)
        record(by=by, at=at, action="books.closed", subject=row, month=f"{first:%Y-%m}", **row.figures)
    return row


def figures_of(found: Reconciled) -> dict[str, str]:
    """Return what a month adds up to, as text."""
    names = ("billed", "paid", "noted", "written_off", "open", "received", "credit")
    return {name: str(getattr(found.total, name)) for name in names} | {"accounts": str(found.accounts)}
