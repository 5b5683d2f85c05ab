"""After the visit: the supervisor's look, a question back, the next step done, what was asked for."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction

from kam.core.models import User
from kam.lib import clock
from kam.service_desk.actions.requests import take
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Source
from kam.visits.actions.base import NotOpen, locked, record_of, step_to, tell_of
from kam.visits.actions.telling import tell_colleague
from kam.visits.models import Visit
from kam.visits.rules.lifecycle import COUNTS, Status


class SamePerson(Exception):
    """Nobody reviews a visit they led."""


def review(*, visit: Visit, by: User, at: datetime) -> Visit:
    """Stand by what was written. Raises `SamePerson`, `kam.lib.lifecycle.IllegalMove`."""
    with transaction.atomic():
        row = locked(visit)
        if row.manager_id == by.pk:
            raise SamePerson
        step_to(row, Status.REVIEWED, by=by, at=at, reviewed_by=by, reviewed_at=at)
        record_of(row, "visit.reviewed", by=by, at=at)
    return row


def ask_back(*, visit: Visit, question: str, by: User, at: datetime) -> Visit:
    """Ask whoever led the visit something; it stays to be reviewed. Raises `SamePerson`, `NotOpen`."""
    with transaction.atomic():
        row = locked(visit)
        if row.manager_id == by.pk:
            raise SamePerson
        if row.status != Status.DONE:
            raise NotOpen
        row.question, row.question_by, row.question_at, row.reply = question, by, at, ""
        row.save(update_fields=["question", "question_by", "question_at", "reply"])
        record_of(row, "visit.asked_back", by=by, at=at)
        tell_colleague(row.manager, "asked", row, by=by, at=at, question=question)
    return row


def reply(*, visit: Visit, text: str, by: User, at: datetime) -> Visit:
    """Answer the supervisor's question. Raises `NotOpen` where there is none."""
    with transaction.atomic():
        row = locked(visit)
        if row.status != Status.DONE or not row.question:
            raise NotOpen
        row.reply = text
        row.save(update_fields=["reply"])
        record_of(row, "visit.replied", by=by, at=at)
        if row.question_by is not None:
            tell_colleague(row.question_by, "replied", row, by=by, at=at, question=text)
    return row


def finish_next_step(*, visit: Visit, by: User, at: datetime) -> Visit:
    """Note that the next step is done."""
    with transaction.atomic():
        row = locked(visit)
        if row.next_step and row.next_step_done_at is None:
            row.next_step_done_at = at
            row.save(update_fields=["next_step_done_at"])
            tell_of(row, "visit.followed_up", by=by, at=at, day=row.day.isoformat())
    return row


def raise_request(
    *, visit: Visit, kind: str, text: str, due_day: date | None, owner: User | None, by: User, at: datetime
) -> Request:
    """Make what the customer asked for a request, with owner and deadline (VIS-3); the same words once a visit.

    Raises `NotOpen` before the visit took place.
    """
    with transaction.atomic():
        row = locked(visit)
        if row.status not in COUNTS:
            raise NotOpen
        ref = f"visits.Visit:{row.pk}"
        known: Request | None = Request.objects.filter(source=Source.VISIT.value, source_ref=ref, text=text).first()
        if known is not None:
            return known
        said_at = min(row.arrived_at or datetime.combine(row.day, time(12), tzinfo=clock.zone()), at)
        return take(
            account=row.account,
            kind=kind,
            text=text,
            source=Source.VISIT.value,
            ref=ref,
            owner=owner,
            due=datetime.combine(due_day, time(18), tzinfo=clock.zone()) if due_day else None,
            received_at=said_at,
            about=[(ref, f"{row.day:%Y-%m-%d}")],
            by=by,
            at=at,
        )
