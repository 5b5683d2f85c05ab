"""Crews: where they stand, who goes with them, sent out, there, finished, with time and place (SRV-2, SRV-8)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.lib.lifecycle import IllegalMove
from kam.outage_planning.models import Crew
from kam.service_desk.actions import deadlines
from kam.service_desk.actions.requests import IsDouble, locked
from kam.service_desk.actions.telling import tell
from kam.service_desk.models import CrewMember, CrewPost, FieldJob, Request
from kam.service_desk.rules.distance import Point, kilometres
from kam.service_desk.rules.lifecycle import TO_ANSWER
from kam.service_desk.rules.promises import Base, Step

BELIEVED = timedelta(days=7)  # of what a telephone says that had no network


class CrewBusy(Exception):
    """The crew is on another job, or is not on duty."""


class AlreadySent(Exception):
    """A crew is on its way to this request, or there."""


class NotThere(Exception):
    """A job is finished by who has arrived, and each step is recorded once."""


class NotInCrew(Exception):
    """What happens on the spot is recorded by who is there."""


def save_crew(
    *,
    crew: Crew | None,
    code: str,
    name: str,
    unit: Unit,
    base: str,
    latitude: float,
    longitude: float,
    on_duty: bool,
    members: Iterable[User],
    by: User,
    at: datetime,
) -> Crew:
    """Make or change a crew with its base and its people."""
    with transaction.atomic():
        row = crew or Crew(code=code)
        row.code, row.name, row.unit = code, name, unit
        row.save()
        CrewPost.objects.update_or_create(
            crew=row,
            defaults={
                "base": base,
                "base_latitude": latitude,
                "base_longitude": longitude,
                "on_duty": on_duty,
            },
        )
        wanted = {user.pk for user in members}
        CrewMember.objects.filter(crew=row).exclude(user_id__in=wanted).delete()
        known = set(CrewMember.objects.filter(crew=row).values_list("user_id", flat=True))
        CrewMember.objects.bulk_create(CrewMember(crew=row, user_id=pk) for pk in sorted(wanted - known))
        facts: dict[str, Any] = {"code": code, "unit": unit.code, "on_duty": on_duty, "members": sorted(wanted)}
        record(by=by, at=at, action="crew.edited", subject=row, **facts)
    return row


def send(*, request: Request, crew: Crew, by: User, at: datetime) -> FieldJob:
    """Send a crew out. Raises `CrewBusy`, `AlreadySent`, `IllegalMove` for what is answered, `IsDouble`."""
    with transaction.atomic():
        row = locked(request)
        if row.status not in TO_ANSWER:
            raise IllegalMove(row.status)
        post = CrewPost.objects.select_for_update().filter(crew=crew, on_duty=True, crew__active=True).first()
        busy = FieldJob.objects.filter(crew=crew, finished_at=None, called_off_at=None).exists()
        if post is None or busy:
            raise CrewBusy
        try:
            with transaction.atomic():
                job = FieldJob.objects.create(
                    request=row, crew=crew, sent_at=at, sent_by=by, distance_km=_distance(post, row)
                )
        except IntegrityError as error:
            raise AlreadySent from error
        deadlines.meet(row, Step.ACCEPT, at)
        facts = {"number": row.number, "crew": crew.code}
        record(by=by, at=at, action="request.crew_sent", subject=row, account_id=row.account_id, **facts)
        for member in CrewMember.objects.filter(crew=crew).select_related("user"):
            tell(member.user, "sent_out", row, by=by, at=at, key=str(job.pk))
    return job


def _distance(post: CrewPost, request: Request) -> float | None:
    if request.latitude is None or request.longitude is None:
        return None
    return kilometres(place_of(post), Point(request.latitude, request.longitude))


def place_of(post: CrewPost) -> Point:
    """Return where a crew was last, or its base."""
    if post.last_latitude is not None and post.last_longitude is not None:
        return Point(post.last_latitude, post.last_longitude)
    return Point(post.base_latitude, post.base_longitude)


def arrive(
    *,
    job: FieldJob,
    latitude: float | None,
    longitude: float | None,
    uid: uuid.UUID | None = None,
    told_at: datetime | None = None,
    by: User,
    at: datetime,
) -> FieldJob:
    """Note that the crew is there; the promise is judged by this. Raises `NotThere`, `NotInCrew`, `IsDouble`.

    `uid`: the same entry of a telephone twice is one. `told_at`: when it was written down there; believed between the
    sending of the crew and now, and within a week.
    """
    with transaction.atomic():
        request = (
            Request.objects.select_for_update(of=("self",)).select_related("account", "owner").get(pk=job.request_id)
        )
        row = _locked_job(job, by)
        if uid is not None and row.arrived_uid == uid:
            return row
        if request.merged_into_id is not None:
            raise IsDouble
        if not row.is_open or row.arrived_at is not None:
            raise NotThere
        when = believed(told_at, since=row.sent_at, at=at)
        row.arrived_at, row.arrived_by, row.arrived_uid = when, by, uid
        row.arrived_latitude, row.arrived_longitude = latitude, longitude
        row.save()
        _was_at(row.crew, latitude, longitude, when)
        deadlines.meet(request, Step.ARRIVE, when)
        deadlines.meet(request, Step.CONTACT, when)
        deadlines.begin(request, base=Base.ARRIVED, begun_at=when)
        facts = _facts(request, row, latitude, when, at)
        record(by=by, at=at, action="request.crew_there", subject=request, account_id=request.account_id, **facts)
    return row


def finish(
    *,
    job: FieldJob,
    cause: str,
    result: str,
    latitude: float | None,
    longitude: float | None,
    uid: uuid.UUID | None = None,
    told_at: datetime | None = None,
    by: User,
    at: datetime,
) -> FieldJob:
    """Note that supply is back; the owner then answers. Raises `NotThere`, `NotInCrew`, `IsDouble`.

    `uid`, `told_at`: as for the arrival, after which the time has to lie.
    """
    with transaction.atomic():
        request = (
            Request.objects.select_for_update(of=("self",)).select_related("account", "owner").get(pk=job.request_id)
        )
        row = _locked_job(job, by)
        if uid is not None and row.finished_uid == uid:
            return row
        if request.merged_into_id is not None:
            raise IsDouble
        if not row.is_open or row.arrived_at is None:
            raise NotThere
        when = believed(told_at, since=row.arrived_at, at=at)
        row.finished_at, row.finished_by, row.finished_uid = when, by, uid
        row.cause, row.result = cause, result
        row.finished_latitude, row.finished_longitude = latitude, longitude
        row.save()
        _was_at(row.crew, latitude, longitude, when)
        deadlines.meet(request, Step.RESTORE, when)
        facts = _facts(request, row, latitude, when, at)
        record(by=by, at=at, action="request.crew_finished", subject=request, account_id=request.account_id, **facts)
        tell(request.owner, "repaired", request, by=by, at=at, key=str(row.pk))
    return row


def call_off(*, job: FieldJob, reason: str, by: User, at: datetime) -> FieldJob:
    """Take a crew off a job that is not finished. Raises `NotThere`."""
    with transaction.atomic():
        request = Request.objects.select_for_update(of=("self",)).get(pk=job.request_id)
        row: FieldJob = FieldJob.objects.select_for_update(of=("self",)).select_related("crew").get(pk=job.pk)
        if not row.is_open:
            raise NotThere
        row.called_off_at, row.called_off_reason = at, reason[:300]
        row.save(update_fields=["called_off_at", "called_off_reason"])
        facts = {"number": request.number, "crew": row.crew.code, "reason": reason}
        record(by=by, at=at, action="request.crew_called_off", subject=request, account_id=request.account_id, **facts)
    return row


def believed(told_at: datetime | None, *, since: datetime, at: datetime) -> datetime:
    """Return when something was, as far as a telephone's word for it is taken; else `at`."""
    if told_at is None or not max(since, at - BELIEVED) <= told_at <= at:
        return at
    return told_at


def _facts(request: Request, row: FieldJob, latitude: float | None, when: datetime, at: datetime) -> dict[str, Any]:
    facts = {"number": request.number, "crew": row.crew.code, "placed": latitude is not None}
    # Written down without a network: the record says when it was, and when it was told.
    return facts if when == at else {**facts, "was_at": when.isoformat()}


def _locked_job(job: FieldJob, by: User) -> FieldJob:
    row: FieldJob = FieldJob.objects.select_for_update(of=("self",)).select_related("crew").get(pk=job.pk)
    if not CrewMember.objects.filter(crew=row.crew, user=by).exists():
        raise NotInCrew
    return row


def _was_at(crew: Crew, latitude: float | None, longitude: float | None, at: datetime) -> None:
    if latitude is not None and longitude is not None:
        CrewPost.objects.filter(crew=crew).update(last_latitude=latitude, last_longitude=longitude, last_at=at)
