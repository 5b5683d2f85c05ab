"""How well promises are kept over a period, and the requests behind each number (SRV-9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from kam.core.models import Unit
from kam.lib import clock
from kam.lib.intervals import day_start
from kam.service_desk.models import Deadline, Promise
from kam.service_desk.rules.promises import Given, Score, Verdict, scores


def given_in(deadlines: QuerySet[Any], days_from: date, days_until: date, *, unit: Unit | None = None) -> QuerySet[Any]:
    """Return the promises that began to count on days of `[days_from, days_until)`, of a unit with all below.

    Doubles owe nothing of their own; what was agreed with one customer alone is no promise.
    """
    zone = clock.zone()
    rows = deadlines.filter(
        promise__isnull=False,
        request__merged_into=None,
        started_at__gte=day_start(days_from, zone),
        started_at__lt=day_start(days_until, zone),
    )
    return rows if unit is None else rows.filter(request__account__unit__path__startswith=unit.path)


def of_verdict(rows: QuerySet[Any], verdict: str, now: datetime) -> QuerySet[Any]:
    """Return those of `rows` that are kept, late or open at `now`; all of them for any other word."""
    late_unmet = Q(met_at=None, stood_still=False, due_at__lt=now)
    if verdict == Verdict.KEPT:
        return rows.filter(met_at__lte=F("due_at"))
    if verdict == Verdict.LATE:
        return rows.filter(Q(met_at__gt=F("due_at")) | late_unmet)
    if verdict == Verdict.OPEN:
        return rows.filter(met_at=None).exclude(late_unmet)
    return rows


def scores_of(rows: QuerySet[Any], now: datetime, *, public: bool = False) -> list[Score]:
    """Count by promise, those that nobody was given included. Two queries. `public`: those told to customers alone."""
    promises = Promise.objects.filter(public=True) if public else Promise.objects.all()
    codes = set(promises.values_list("code", flat=True))
    if public:
        rows = rows.filter(promise__public=True)
    found = rows.values_list("promise__code", "due_at", "met_at", "stood_still")
    return scores((Given(*row) for row in found.iterator(5_000)), codes, now)


def late_rows(deadlines: QuerySet[Any], now: datetime) -> QuerySet[Deadline]:
    """Return what is late and not met, the longest first."""
    late = deadlines.filter(met_at=None, stood_still=False, due_at__lt=now, request__merged_into=None)
    return late.order_by("due_at", "pk")
