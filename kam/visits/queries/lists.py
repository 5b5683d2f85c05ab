"""Lists of visits, narrowed by what a reader asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from kam.core.models import Unit, User
from kam.core.rules import Role
from kam.lib.typed import whole
from kam.visits.models import Visit, VisitCredit, VisitParticipant
from kam.visits.rules.lifecycle import OPEN, Status

SHOWN: dict[str, tuple[Status, ...]] = {
    "open": OPEN,
    "review": (Status.DONE,),
    "made": (Status.DONE, Status.REVIEWED),
    "missed": (Status.MISSED,),
    "cancelled": (Status.CANCELLED,),
    "all": tuple(Status),
}


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to.

    `credit`: "user:5" or "unit:7", exactly the visits behind that one's figure; "below:7", those behind the sum of
    the managers of a unit and all below it. `below`: that unit, for what its managers are still to make.
    """

    show: str = "open"
    text: str = ""
    since: date | None = None
    until: date | None = None
    manager: int | None = None
    credit: str = ""
    below: Unit | None = None
    whose: User | Unit | None = field(default=None, compare=False)


def narrowed(visits: QuerySet[Visit], wanted: Wanted) -> QuerySet[Visit]:
    """Return `visits` as asked for: what is to come in order, what has been with the latest first."""
    kind, _, text = wanted.credit.partition(":")
    pk = whole(text)
    if kind == "below" and wanted.below is not None:
        visits = visits.filter(pk__in=credits_below(wanted.below).values("visit_id"))
    elif wanted.credit and kind in ("user", "unit") and pk is not None:
        mine = Q(credits__user=pk) if kind == "user" else Q(credits__unit=pk, credits__user=None)
        visits = visits.filter(mine)
    else:
        visits = visits.filter(status__in=[status.value for status in SHOWN.get(wanted.show, OPEN)])
        if wanted.below is not None:
            theirs = User.objects.filter(unit__path__startswith=wanted.below.path, groups__name=Role.MANAGER.value)
            taking_part = VisitParticipant.objects.filter(user__in=theirs)
            visits = visits.filter(pk__in=taking_part.values("visit_id"))
    if wanted.text:
        visits = visits.filter(Q(account__name__contains=wanted.text) | Q(account__account_no__startswith=wanted.text))
    if wanted.since:
        visits = visits.filter(day__gte=wanted.since)
    if wanted.until:
        visits = visits.filter(day__lt=wanted.until)
    if wanted.manager:
        visits = visits.filter(participants__user=wanted.manager)
    order: Any = ("day", "starts_at", "pk") if wanted.show == "open" and not wanted.credit else ("-day", "-pk")
    return visits.select_related("account", "manager").order_by(*order)


def credits_below(unit: Unit) -> QuerySet[VisitCredit]:
    """Return what counted for the managers of `unit` and of all below it, by where they belonged on that day."""
    return VisitCredit.objects.filter(user__isnull=False, unit__path__startswith=unit.path)


def counted(wanted: Wanted) -> int | None:
    """Return how often the listed visits count together, where that is more than their number: one for each manager."""
    if wanted.below is None or not wanted.credit:
        return None
    rows = credits_below(wanted.below)
    rows = rows.filter(day__gte=wanted.since) if wanted.since else rows
    return (rows.filter(day__lt=wanted.until) if wanted.until else rows).count()


def at_hand(visits: QuerySet[Visit], user: User, today: date) -> list[Visit]:
    """Return those that `user` is to make today and tomorrow, and those of two weeks still to be written down."""
    mine = VisitParticipant.objects.filter(user=user).values("visit_id")
    near = visits.filter(
        status__in=[status.value for status in OPEN],
        pk__in=mine,
        day__gte=today - timedelta(days=14),
        day__lte=today + timedelta(days=1),
    )
    return list(near.select_related("account").order_by("day", "starts_at", "pk")[:30])
