"""What stands in somebody's queue, by what is due next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from kam.accounts.models import own_manager_ids
from kam.core.models import User
from kam.lib import clock
from kam.service_desk.models import Handover, Helper, Request
from kam.service_desk.rules.lifecycle import TO_ANSWER, Kind, Status

SHOWS = ("mine", "all", "new", "late", "call_back", "closed")
MOST = 20


@dataclass(frozen=True)
class Group:
    """Requests that are equally urgent; `code`: late, today, week, later, waiting."""

    code: str
    rows: list[Request]


def shown(requests: QuerySet[Any], user: User, show: str, now: datetime) -> QuerySet[Any]:
    """Return the requests of one view of the list, the most urgent first.

    mine: owned, or owned by somebody the user stands in for. call_back: answered, the customer not heard yet.
    """
    rows = requests.filter(merged_into=None)
    open_ones = [status.value for status in Status if status != Status.CLOSED]
    if show == "closed":
        return rows.filter(status=Status.CLOSED).order_by("-closed_at", "-pk")
    rows = rows.filter(status__in=open_ones)
    if show == "mine":
        rows = rows.filter(owner_id__in=own_manager_ids(user))
    elif show == "new":
        rows = rows.filter(Q(status=Status.NEW) | Q(status=Status.REOPENED))
    elif show == "late":
        rows = rows.filter(next_due_at__lte=now)
    elif show == "call_back":
        rows = rows.filter(status=Status.ANSWERED)
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def narrowed(rows: QuerySet[Any], *, kind: str, text: str) -> QuerySet[Any]:
    """Return those of one kind, and those whose number, title or customer carries a text."""
    if kind in set(Kind):
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(title__icontains=text)
            | Q(account__name__icontains=text)
            | Q(account__account_no=text)
        )
    return rows


def by_urgency(rows: Iterable[Request], now: datetime) -> list[Group]:
    """Group rows that come by what is due next: late, today, in seven days, later, waiting for others."""
    today = clock.day_of(now)
    found: dict[str, list[Request]] = {code: [] for code in ("late", "today", "week", "later", "waiting")}
    for row in rows:
        if row.next_due_at is None:
            code = "waiting"
        elif row.next_due_at <= now:
            code = "late"
        elif clock.day_of(row.next_due_at) == today:
            code = "today"
        else:
            code = "week" if clock.day_of(row.next_due_at) <= today + timedelta(days=7) else "later"
        found[code].append(row)
    return [Group(code, held) for code, held in found.items() if held]


@dataclass(frozen=True)
class Asked:
    """What colleagues ask of one person: requests to take over, parts to do."""

    handovers: list[Handover]
    parts: list[Helper]


def asked_of(user: User) -> Asked:
    """Return what colleagues ask of `user` and is not decided or done. Two queries."""
    handovers = Handover.objects.visible_to(user).filter(taker=user, decided_at=None)
    parts = Helper.objects.visible_to(user).filter(user=user, done_at=None)
    return Asked(
        list(handovers.select_related("request__account", "giver").order_by("at", "pk")[:MOST]),
        list(parts.select_related("request__account", "by").order_by("at", "pk")[:MOST]),
    )


def counts(requests: QuerySet[Any], user: User, now: datetime) -> dict[str, int]:
    """Return how many requests each view of the list holds, but the closed ones. One query."""
    open_ones = requests.filter(merged_into=None).exclude(status=Status.CLOSED)
    answering = Q(status__in=[status.value for status in TO_ANSWER])
    found: dict[str, int] = open_ones.aggregate(
        all=Count("pk"),
        mine=Count("pk", filter=Q(owner_id__in=own_manager_ids(user))),
        new=Count("pk", filter=Q(status__in=[Status.NEW.value, Status.REOPENED.value])),
        late=Count("pk", filter=Q(next_due_at__lte=now)),
        call_back=Count("pk", filter=Q(status=Status.ANSWERED)),
        answering=Count("pk", filter=answering),
    )
    return found
