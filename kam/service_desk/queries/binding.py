"""Which promises and working hours hold on a day."""

from __future__ import annotations

from datetime import date

from kam.core.queries import NoRule, rule
from kam.lib import clock
from kam.service_desk.models import Pause, Promise, Request
from kam.service_desk.rules import working_time
from kam.service_desk.rules.promises import Base, Bound, Figure, Step, holding
from kam.service_desk.rules.working_time import Clock, Hours, hours_of


def hours(day: date) -> Hours:
    """Return the working hours in force on `day`, in the company's zone."""
    return hours_of(rule("desk.working_hours", day), clock.zone())


def province(day: date) -> str:
    """Return the code of the company's province; empty where none is set."""
    try:
        return str(rule("company.province", day))
    except NoRule:
        return ""


def figure_of(row: Promise) -> Figure:
    """Return a promise row as the rules take it."""
    return Figure(
        code=row.code,
        kind=row.kind,
        step=Step(row.step),
        clock=Clock(row.clock),
        figure=row.figure,
        source=row.source,
        place=row.place,
        supply=row.supply,
        province=row.province,
        base=Base(row.base),
        pausable=row.pausable,
        public=row.public,
    )


def bound_to(request: Request, day: date, *, supply: str = "") -> dict[Step, list[Bound]]:
    """Return the promises in force on `day` that hold for the request, by step. Two queries."""
    rows = [Bound(row.pk, figure_of(row)) for row in Promise.objects.in_force(day)]
    return holding(rows, kind=request.kind, place=request.place, supply=supply, province=province(day))


def pauses_of(request: Request) -> list[working_time.Pause]:
    """Return when the request's time stood still."""
    rows = Pause.objects.filter(request=request).order_by("begun_at")
    return [working_time.Pause(row.begun_at, row.ended_at) for row in rows]
