"""Better times for one outage, and for all drafts of a quarter together (OUT-9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from kam.lib import clock
from kam.network import queries as network_queries
from kam.network.rules.impact import impact
from kam.outage_planning.models import Crew, Outage, OutageLine
from kam.outage_planning.queries import planning
from kam.outage_planning.rules.lifecycle import Kind
from kam.outage_planning.rules.notice import consultation_latest
from kam.outage_planning.rules.schedule import Draft, Schedule, schedule
from kam.outage_planning.rules.windows import Found, Request, find_windows


def windows(
    outage: Outage,
    *,
    days_from: date,
    days_until: date,
    duration: timedelta,
    first_hour: int,
    last_hour: int,
    now: datetime,
) -> Found:
    """Return the five best times for an outage in `[days_from, days_until)`."""
    network = network_queries.network(clock.day_of(now), around=_lines([outage.pk]))
    request = _request(outage, network, days_from, days_until, duration, first_hour, last_hour, now)
    against = planning.context(network, clock.day_of(now), request.customers, days_from, days_until)
    return find_windows(request, planning.other_plans(days_from, days_until, without=[outage.pk]), against)


def quarter(
    drafts: QuerySet[Any], *, days_from: date, days_until: date, now: datetime, seconds: float = 30.0
) -> Schedule:
    """Place all `drafts` in `[days_from, days_until)` around what is agreed, never worse than they lie now."""
    rows = list(drafts.select_related("unit"))
    network = network_queries.network(clock.day_of(now), around=_lines([row.pk for row in rows]))
    requests = [_request(row, network, days_from, days_until, row.ends_at - row.starts_at, 6, 22, now) for row in rows]
    accounts = {pk for request in requests for pk in request.customers}
    against = planning.context(network, clock.day_of(now), accounts, days_from, days_until)
    others = planning.other_plans(days_from, days_until, without=[row.pk for row in rows])
    given = {row.pk: Draft(row.starts_at, row.crew_id) for row in rows}
    return schedule(requests, others, against, drafts=given, seconds=seconds)


def _request(
    outage: Outage,
    network: Any,
    days_from: date,
    days_until: date,
    duration: timedelta,
    first_hour: int,
    last_hour: int,
    now: datetime,
) -> Request:
    lines = _lines([outage.pk])
    found = impact(lines, network)
    crews = [outage.crew_id] if outage.crew_id else []
    if not crews:
        crews = list(
            Crew.objects.filter(active=True, unit_id=outage.unit_id).order_by("code").values_list("pk", flat=True)
        )
    return Request(
        outage_id=outage.pk,
        duration=duration,
        lines=lines,
        customers=planning.customers(found, clock.day_of(now)),
        days_from=days_from,
        days_until=days_until,
        earliest_start=_earliest(outage, found, now),
        stations=planning.stations_of(lines),
        crews=tuple(crews),
        first_hour=first_hour,
        last_hour=last_hour,
        is_planned=outage.kind == Kind.PLANNED,
    )


def _lines(outage_ids: list[int]) -> frozenset[int]:
    return frozenset(OutageLine.objects.filter(outage_id__in=outage_ids).values_list("line_id", flat=True))


def _earliest(outage: Outage, accounts: Any, now: datetime) -> datetime:
    """Return the earliest start for which the consultation, or the notice of this kind, would still be in time."""
    periods = planning.periods(clock.day_of(now), accounts)
    if outage.kind == Kind.PLANNED:
        start = now + timedelta(days=periods.consultation_days)
        while consultation_latest(start, clock.zone(), periods) < now:
            start += timedelta(hours=1)
        return start
    if outage.kind == Kind.STAGGER:
        return now + timedelta(minutes=periods.stagger_minutes)
    hours = periods.limit_hours if outage.kind == Kind.LIMIT else periods.temporary_hours
    return now + timedelta(hours=0 if outage.kind == Kind.FAULT else hours)
