"""Promises given for a request: begun, kept, held still and running again. In the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from kam.lib import clock
from kam.service_desk.models import Deadline, Promise, Request
from kam.service_desk.queries import binding
from kam.service_desk.rules.promises import Base, Step, strictest
from kam.service_desk.rules.working_time import due


def begin(request: Request, *, base: Base, begun_at: datetime, supply: str = "") -> None:
    """Give every promise that counts from `base` and was not given in this round."""
    day = clock.day_of(begun_at)
    given = set(Deadline.objects.filter(request=request, round=request.round).values_list("step", flat=True))
    hours = binding.hours(day)
    rows = []
    for step, held in binding.bound_to(request, day, supply=supply).items():
        held = [row for row in held if row.figure.base == base]
        if not held or step.value in given:
            continue
        row, due_at = strictest(held, begun_at, [], hours)
        rows.append(
            Deadline(
                request=request,
                promise_id=row.promise_id,
                step=step.value,
                round=request.round,
                started_at=begun_at,
                due_at=due_at,
                stood_still=request.paused and row.figure.pausable,
            )
        )
    Deadline.objects.bulk_create(rows)
    refresh(request)


def agree(request: Request, *, step: Step, due_at: datetime, at: datetime) -> None:
    """Note a deadline that was agreed with this customer."""
    Deadline.objects.create(
        request=request, promise=None, step=step.value, round=request.round, started_at=at, due_at=due_at
    )
    refresh(request)


def meet(request: Request, step: Step, at: datetime) -> None:
    """Note that a step has happened; the first time counts."""
    running = Deadline.objects.filter(request=request, step=step.value, round=request.round, met_at=None)
    running.update(met_at=at, stood_still=False)
    refresh(request)


def hold(request: Request, at: datetime) -> None:
    """Let the clocks that may stand stand still; what is late already stays late."""
    open_ones = Deadline.objects.filter(request=request, met_at=None, due_at__gt=at, promise__pausable=True)
    open_ones.update(stood_still=True)
    refresh(request)


def run_again(request: Request) -> None:
    """Let the clocks run on after a pause has ended: each is due later by the working time that did not count."""
    pauses = binding.pauses_of(request)
    rows = Deadline.objects.filter(request=request, met_at=None, stood_still=True).select_related("promise")
    for row in rows:
        assert isinstance(row.promise, Promise), "only promises stand still"
        figure = binding.figure_of(row.promise)
        hours = binding.hours(clock.day_of(row.started_at))
        due_at = due(figure.clock, row.started_at, figure.figure, pauses, hours)
        assert due_at is not None, "every pause has ended"
        row.due_at, row.stood_still, row.warned_at = due_at, False, None
        row.save(update_fields=["due_at", "stood_still", "warned_at"])
    refresh(request)


def refresh(request: Request) -> None:
    """Repeat in the request's row what is due next."""
    running = Deadline.objects.filter(request=request, round=request.round, met_at=None, stood_still=False)
    first = running.order_by("due_at", "pk").first()
    request.next_step = first.step if first else ""
    request.next_due_at = first.due_at if first else None
    Request.objects.filter(pk=request.pk).update(next_step=request.next_step, next_due_at=request.next_due_at)
