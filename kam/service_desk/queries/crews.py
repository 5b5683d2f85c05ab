"""Crews by how far they are from a fault, and what each is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from kam.core.models import User
from kam.lib import clock
from kam.lib.intervals import day_start
from kam.service_desk.models import CrewMember, CrewPost, FieldJob, Request
from kam.service_desk.rules.distance import Point, kilometres

FRESH = timedelta(hours=12)  # where a crew was longer ago says less than its base
KM_AN_HOUR = 40


@dataclass(frozen=True)
class Near:
    """A crew beside a fault: how far, how long on the road at 40 km/h, and the job it is on."""

    post: CrewPost
    km: float | None
    job: FieldJob | None

    @property
    def minutes(self) -> int | None:
        return None if self.km is None else round(self.km / KM_AN_HOUR * 60)


def site_of(request: Request) -> Point | None:
    """Return where the fault is: its own place, else where a crew arrived at this customer last."""
    if request.latitude is not None and request.longitude is not None:
        return Point(request.latitude, request.longitude)
    before = FieldJob.objects.filter(request__account=request.account_id, arrived_latitude__isnull=False)
    last = before.order_by("-arrived_at").first()
    if last is None or last.arrived_latitude is None or last.arrived_longitude is None:
        return None
    return Point(last.arrived_latitude, last.arrived_longitude)


def nearest(posts: QuerySet[Any], request: Request, now: datetime) -> list[Near]:
    """Return the crews on duty, free ones first, then the nearest. Three queries."""
    site = site_of(request)
    jobs = open_jobs()
    found = []
    for post in posts.filter(on_duty=True, crew__active=True).select_related("crew__unit"):
        km = None if site is None else kilometres(standing(post, now), site)
        found.append(Near(post, km, jobs.get(post.crew_id)))
    return sorted(found, key=lambda one: (one.job is not None, one.km is None, one.km or 0, one.post.crew.code))


def standing(post: CrewPost, now: datetime) -> Point:
    """Return where a crew is taken to be: where it was lately, else its base."""
    if (
        post.last_at is not None
        and post.last_latitude is not None
        and post.last_longitude is not None
        and now - post.last_at < FRESH
    ):
        return Point(post.last_latitude, post.last_longitude)
    return Point(post.base_latitude, post.base_longitude)


def open_jobs() -> dict[int, FieldJob]:
    """Return the job that each crew is on, by the crew's id."""
    rows = FieldJob.objects.filter(finished_at=None, called_off_at=None).select_related("request__account")
    return {row.crew_id: row for row in rows}


def my_jobs(user: User) -> list[FieldJob]:
    """Return the open jobs of the user's crews, the oldest first."""
    crews = CrewMember.objects.filter(user=user).values("crew_id")
    rows = FieldJob.objects.visible_to(user).filter(crew__in=crews, finished_at=None, called_off_at=None)
    return list(rows.select_related("request__account", "crew").order_by("sent_at"))


def my_jobs_over(user: User, day: date) -> list[FieldJob]:
    """Return the jobs of the user's crews that ended on `day`, the latest first."""
    crews = CrewMember.objects.filter(user=user).values("crew_id")
    start = day_start(day, clock.zone())
    over = Q(finished_at__gte=start) | Q(called_off_at__gte=start)
    rows = FieldJob.objects.visible_to(user).filter(over, crew__in=crews)
    return list(rows.select_related("request__account", "crew").order_by("-sent_at")[:30])
