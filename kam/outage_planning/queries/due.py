"""What outages ask of a member of staff today: answers to settle, tries and calls to make, exceptions to decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from kam.core.models import User
from kam.lib import clock
from kam.outage_planning.models import Consultation, Notice, Outage, OutageOverride
from kam.outage_planning.queries import planning
from kam.outage_planning.rules.consulting import TO_SETTLE, State
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.notice import latest_notice


def _asked(user: User) -> QuerySet[Any]:
    rows: QuerySet[Any] = Consultation.objects.visible_to(user).filter(
        outage__status=Status.CONSULTING.value, version=F("outage__version")
    )
    return rows.select_related("outage", "account")


def to_settle(user: User) -> QuerySet[Any]:
    """Return counter-proposals and objections that wait for the planner, the nearest outage first."""
    states = [state.value for state in TO_SETTLE]
    return _asked(user).filter(status__in=states).order_by("outage__starts_at", "pk")


def to_try(user: User, at: datetime) -> QuerySet[Any]:
    """Return who has not answered although the period is over: two documented tries are owed."""
    return _asked(user).filter(status=State.ASKED.value, answer_by__lte=at).order_by("answer_by", "pk")


def unanswered(user: User) -> QuerySet[Any]:
    """Return who has not answered yet, the nearest end of the answer period first."""
    return _asked(user).filter(status=State.ASKED.value).order_by("answer_by", "pk")


def unacknowledged(user: User, at: datetime, days: int) -> QuerySet[Any]:
    """Return announcements to continuous producers, not acknowledged, of outages that begin within `days`."""
    rows: QuerySet[Any] = Notice.objects.visible_to(user).filter(
        pk__in=Notice.objects.unacknowledged().values("pk"),
        outage__status=Status.ANNOUNCED.value,
        outage__starts_at__lte=at + timedelta(days=days),
    )
    return rows.select_related("outage", "account").order_by("outage__starts_at", "pk")


def unproven(user: User, at: datetime) -> QuerySet[Any]:
    """Return announcements without proof whose deadline is within a day or over, of outages to come."""
    rows: QuerySet[Any] = Notice.objects.visible_to(user).filter(
        Q(deadline__lte=at + timedelta(days=1)),
        superseded_at=None,
        proven_at=None,
        version=F("outage__version"),
        outage__status=Status.ANNOUNCED.value,
        outage__starts_at__gt=at,
    )
    return rows.select_related("outage", "account").order_by("deadline", "pk")


def unsent(user: User, at: datetime, most: int) -> list[tuple[Outage, datetime]]:
    """Return agreed outages whose notices must be out within nine days, with the last instant. Three queries."""
    held = planning.periods(clock.day_of(at))
    rows: QuerySet[Any] = Outage.objects.visible_to(user).filter(
        status=Status.AGREED.value, starts_at__lte=at + timedelta(days=held.notice_days + 9)
    )
    found = []
    for outage in rows.order_by("starts_at", "pk")[:most]:
        latest = latest_notice(outage.starts_at, clock.zone(), held, Kind(outage.kind))
        if latest is not None:
            found.append((outage, latest))
    return found


def to_decide(user: User) -> QuerySet[Any]:
    """Return exceptions that somebody else asked for and nobody has decided, for plans as they stand."""
    rows: QuerySet[Any] = OutageOverride.objects.visible_to(user).filter(
        approved_by=None, refused=False, version=F("outage__version")
    )
    over = [Status.CLOSED.value, Status.CANCELLED.value]
    return (
        rows.exclude(proposed_by=user)
        .exclude(outage__status__in=over)
        .select_related("outage", "proposed_by")
        .order_by("outage__starts_at", "pk")
    )
