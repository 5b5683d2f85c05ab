"""Plan a visit or a series, move it, confirm it, cancel it; every change stays in the visit's history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, Contact
from kam.core.models import User
from kam.lib import clock
from kam.visits.actions.base import ChangedMeanwhile, NotOpen, locked, step_to, tell_of
from kam.visits.actions.telling import tell_again
from kam.visits.models import Visit, VisitMove, VisitParticipant, VisitSeries
from kam.visits.rules.lifecycle import OPEN, Status
from kam.visits.rules.series import Step, dates_of


class ReasonMissing(Exception):
    """A visit that the customer knows of is moved or cancelled with a reason."""


class NoDates(Exception):
    """The series has no date left."""


def plan(
    *,
    account: Account,
    manager: User,
    purpose: str,
    note: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str = "",
    colleagues: Sequence[User] = (),
    contacts: Sequence[Contact] = (),
    uid: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> Visit:
    """Plan one visit; the same `uid` gives the same visit."""
    with transaction.atomic():
        if uid is not None:
            known: Visit | None = Visit.objects.filter(uid=uid).first()
            if known is not None:
                return known
        visit = Visit.objects.create(
            uid=uid or uuid.uuid4(),
            account=account,
            manager=manager,
            purpose=purpose,
            note=note,
            starts_at=starts_at,
            ends_at=ends_at,
            day=clock.day_of(starts_at),
            place=place,
            created_by=by,
            created_at=at,
        )
        take_part(visit, colleagues=colleagues, contacts=contacts)
        VisitMove.objects.create(visit=visit, to_status=visit.status, at=at, by=by)
        tell_of(visit, "visit.planned", by=by, at=at, day=visit.day.isoformat(), purpose=purpose)
    return visit


def take_part(
    visit: Visit, *, colleagues: Sequence[User], contacts: Sequence[Contact], others: Sequence[str] = ()
) -> None:
    """Write anew who takes part: the leader always, colleagues, contacts, and people known by name alone."""
    VisitParticipant.objects.filter(visit=visit).delete()
    ours = {user.pk: user for user in (visit.manager, *colleagues)}
    side = VisitParticipant.Side
    rows = [VisitParticipant(visit=visit, side=side.OURS, user=user) for user in ours.values()]
    rows += [
        VisitParticipant(visit=visit, side=side.THEIRS, contact=contact, name=contact.name)
        for contact in {contact.pk: contact for contact in contacts}.values()
    ]
    rows += [VisitParticipant(visit=visit, side=side.THEIRS, name=name) for name in others if name]
    VisitParticipant.objects.bulk_create(rows)


def plan_series(
    *,
    account: Account,
    manager: User,
    purpose: str,
    note: str,
    starts_at: datetime,
    ends_at: datetime,
    step: str,
    every: int,
    until_day: date,
    exceptions: Sequence[date] = (),
    colleagues: Sequence[User] = (),
    contacts: Sequence[Contact] = (),
    by: User,
    at: datetime,
) -> VisitSeries:
    """Plan a visit for each date of a series, at the same hour of the company's day. Raises `NoDates`."""
    first = clock.day_of(starts_at)
    days = dates_of(first, until_day, Step(step), every, exceptions)
    if not days:
        raise NoDates
    zone, length = clock.zone(), ends_at - starts_at
    hour = starts_at.astimezone(zone).time()
    with transaction.atomic():
        series = VisitSeries.objects.create(
            account=account,
            step=step,
            every=every,
            first_day=first,
            until_day=until_day,
            exceptions=sorted(day.isoformat() for day in set(exceptions)),
            by=by,
            at=at,
        )
        for day in days:
            start = datetime.combine(day, hour, tzinfo=zone)
            visit = Visit.objects.create(
                account=account,
                manager=manager,
                purpose=purpose,
                note=note,
                starts_at=start,
                ends_at=start + length,
                day=day,
                series=series,
                series_day=day,
                created_by=by,
                created_at=at,
            )
            take_part(visit, colleagues=colleagues, contacts=contacts)
            VisitMove.objects.create(visit=visit, to_status=visit.status, at=at, by=by)
        tell(
            account=account,
            by=by,
            at=at,
            kind="visit.series_planned",
            subject=series,
            ref=f"visits.VisitSeries:{series.pk}",
            n=len(days),
            **{"from": days[0].isoformat(), "until": (days[-1] + timedelta(days=1)).isoformat()},
        )
    return series


def move(
    *,
    visit: Visit,
    version: int | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: User | None,
    at: datetime,
) -> Visit:
    """Give an open visit another time. One that the customer confirmed goes back to planned; who was told is told.

    `version` None: whatever it is now. Raises `NotOpen`, `ChangedMeanwhile`, `ReasonMissing`.
    """
    with transaction.atomic():
        row = locked(visit)
        if row.status not in OPEN:
            raise NotOpen
        if version is not None and row.version != version:
            raise ChangedMeanwhile
        if (row.starts_at, row.ends_at) == (starts_at, ends_at):
            return row
        if row.told_at and not reason.strip():
            raise ReasonMissing
        zone = clock.zone()
        before = row.starts_at
        facts = {
            "before": before.astimezone(zone).isoformat(),
            "after": starts_at.astimezone(zone).isoformat(),
        }
        times: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "day": clock.day_of(starts_at)}
        times |= {"version": row.version + 1, "answer": "", "answered_at": None, "proposed_at": None}
        if row.status == Status.CONFIRMED:
            step_to(row, Status.PLANNED, by=by, at=at, reason=reason, facts=facts, **times)
        else:
            for name, value in times.items():
                setattr(row, name, value)
            row.save(update_fields=list(times))
            VisitMove.objects.create(
                visit=row, from_status=row.status, to_status=row.status, at=at, by=by, reason=reason, facts=facts
            )
        tell_of(row, "visit.moved", by=by, at=at, reason=reason, **facts)
        if row.told_at:
            tell_again(row, "visit.moved", was=before, by=by, at=at)
            row.refresh_from_db()
    return row


def accept(*, visit: Visit, by: User, at: datetime) -> Visit:
    """Take the time that the customer proposed; the visit is confirmed by that. Raises `NotOpen`."""
    with transaction.atomic():
        row = locked(visit)
        if row.status not in OPEN or row.proposed_at is None:
            raise NotOpen
        zone = clock.zone()
        facts = {
            "before": row.starts_at.astimezone(zone).isoformat(),
            "after": row.proposed_at.astimezone(zone).isoformat(),
        }
        times: dict[str, Any] = {
            "starts_at": row.proposed_at,
            "ends_at": row.proposed_at + (row.ends_at - row.starts_at),
            "day": clock.day_of(row.proposed_at),
            "version": row.version + 1,
            "proposed_at": None,
        }
        if row.status == Status.CONFIRMED:
            step_to(row, Status.PLANNED, by=by, at=at)
        step_to(row, Status.CONFIRMED, by=by, at=at, reason=row.answer_note, facts=facts, **times)
        tell_of(row, "visit.moved", by=by, at=at, **facts)
        tell_again(row, "visit.confirmed", by=by, at=at)
    return row


def confirm(*, visit: Visit, by: User | None, at: datetime, note: str = "") -> Visit:
    """Note that the time suits the customer. Raises `kam.lib.lifecycle.IllegalMove`."""
    with transaction.atomic():
        row = locked(visit)
        if row.status == Status.CONFIRMED:
            return row
        step_to(row, Status.CONFIRMED, by=by, at=at, reason=note)
        tell_of(row, "visit.confirmed", by=by, at=at, day=row.day.isoformat())
    return row


def cancel(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """Cancel an open visit, with the reason. Raises `ReasonMissing`, `NotOpen`."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked(visit)
        if row.status not in OPEN:
            raise NotOpen
        ended: dict[str, Any] = {"cancel_reason": reason, "version": row.version + 1}
        step_to(row, Status.CANCELLED, by=by, at=at, reason=reason, **ended)
        tell_of(row, "visit.cancelled", by=by, at=at, day=row.day.isoformat(), reason=reason)
        if row.told_at:
            tell_again(row, "visit.cancelled", by=by, at=at)
    return row


def miss_what_is_over(*, at: datetime, grace_days: int) -> int:
    """Call every open visit missed whose day was over `grace_days` ago and that nobody logged; how many."""
    last = clock.day_of(at) - timedelta(days=grace_days)
    missed = 0
    for pk in list(Visit.objects.open().filter(day__lt=last).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = locked(Visit(pk=pk))
            if row.status not in OPEN:
                continue
            step_to(row, Status.MISSED, by=None, at=at)
            tell_of(row, "visit.missed", by=None, at=at, day=row.day.isoformat())
        missed += 1
    return missed
