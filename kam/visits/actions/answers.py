"""What the customer says to the time of a visit, by the signed link. The last answer holds; all are in the history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from kam.accounts.actions import links
from kam.accounts.models import CustomerLink
from kam.visits.actions.base import NotOpen, locked, step_to, tell_of
from kam.visits.actions.telling import tell_colleague
from kam.visits.models import Answer, Visit, VisitMove
from kam.visits.rules.lifecycle import OPEN, Status


def suits(*, visit: Visit, link: CustomerLink, at: datetime) -> Visit:
    """The time suits the customer. Saying it twice is saying it once. Raises `NotOpen`."""
    with transaction.atomic():
        row = locked(visit)
        if row.status not in OPEN:
            raise NotOpen
        links.note_use(link=link, at=at)
        if row.status == Status.CONFIRMED and row.answer == Answer.CONFIRMED:
            return row
        changes: dict[str, Any] = {
            "answer": Answer.CONFIRMED,
            "answered_at": at,
            "answer_note": "",
            "proposed_at": None,
        }
        if row.status == Status.PLANNED:
            step_to(row, Status.CONFIRMED, by=None, at=at, facts={"by_link": True}, **changes)
        else:
            Visit.objects.filter(pk=row.pk).update(**changes)
        tell_of(row, "visit.confirmed", by=None, at=at, day=row.day.isoformat())
        tell_colleague(row.manager, "confirmed", row, by=None, at=at)
    return row


def propose(*, visit: Visit, link: CustomerLink, starts_at: datetime, note: str, at: datetime) -> Visit:
    """The customer would rather have another time; whoever leads the visit accepts it or finds a third.

    Raises `NotOpen`.
    """
    with transaction.atomic():
        row = locked(visit)
        if row.status not in OPEN:
            raise NotOpen
        links.note_use(link=link, at=at)
        if row.answer == Answer.PROPOSED and (row.proposed_at, row.answer_note) == (starts_at, note):
            return row
        changes: dict[str, Any] = {
            "answer": Answer.PROPOSED,
            "answered_at": at,
            "answer_note": note,
            "proposed_at": starts_at,
        }
        facts = {"proposed": starts_at.isoformat(), "by_link": True}
        if row.status == Status.CONFIRMED:
            step_to(row, Status.PLANNED, by=None, at=at, reason=note, facts=facts, **changes)
        else:
            Visit.objects.filter(pk=row.pk).update(**changes)
            for name, value in changes.items():
                setattr(row, name, value)
            VisitMove.objects.create(
                visit=row, from_status=row.status, to_status=row.status, at=at, reason=note, facts=facts
            )
        tell_of(row, "visit.proposed", by=None, at=at, day=row.day.isoformat())
        tell_colleague(row.manager, "proposed", row, by=None, at=at, question=note)
    return row
