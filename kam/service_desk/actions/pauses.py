"""Let a request's time stand still with a reason, and run on (FIELD 10)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import User
from kam.service_desk.actions import deadlines
from kam.service_desk.actions.requests import locked
from kam.service_desk.models import Pause, Request
from kam.service_desk.rules.lifecycle import TO_ANSWER


class NotPausable(Exception):
    """Only what still has to be answered and runs is paused."""


class NotPaused(Exception):
    """Its time runs already."""


def pause(*, request: Request, reason: str, text: str, by: User | None, at: datetime) -> Pause:
    """Hold the clocks that may stand while others are waited for. Raises `NotPausable`, `IsDouble`."""
    with transaction.atomic():
        row = locked(request)
        if row.status not in TO_ANSWER or row.paused:
            raise NotPausable
        return hold(row, reason=reason, text=text, by=by, at=at)


def hold(row: Request, *, reason: str, text: str, by: User | None, at: datetime) -> Pause:
    """Pause a locked request that runs; in the caller's transaction."""
    written = Pause.objects.create(request=row, reason=reason, text=text, begun_at=at, begun_by=by)
    row.paused = True
    row.save(update_fields=["paused"])
    deadlines.hold(row, at)
    facts = {"number": row.number, "reason": reason}
    record(by=by, at=at, action="request.paused", subject=row, account_id=row.account_id, **facts)
    return written


def resume(*, request: Request, by: User | None, at: datetime) -> Request:
    """Let time run on: what was due is due later by the working time that stood still. Raises `NotPaused`."""
    with transaction.atomic():
        row = locked(request)
        if not row.paused:
            raise NotPaused
        run_on(row, by=by, at=at)
    return row


def run_on(row: Request, *, by: User | None, at: datetime) -> None:
    """End the open pause of a locked request; in the caller's transaction."""
    Pause.objects.filter(request=row, ended_at=None).update(ended_at=at, ended_by=by)
    row.paused = False
    row.save(update_fields=["paused"])
    deadlines.run_again(row)
    record(by=by, at=at, action="request.resumed", subject=row, account_id=row.account_id, number=row.number)
