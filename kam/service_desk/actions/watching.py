"""Warn the owner before a deadline, tell the supervisors after it; once each, however often it runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.core.queries import rule
from kam.core.rules import Role
from kam.lib import clock
from kam.service_desk.actions.telling import tell
from kam.service_desk.models import STEP_LABELS, Deadline
from kam.service_desk.rules.promises import Step
from kam.service_desk.rules.watching import warn_at

AT_ONCE = 500
AHEAD = timedelta(days=21)


def watch(*, at: datetime) -> tuple[int, int]:
    """Warn and escalate what is due; returns how many of each. A day without it is made up for by the next run."""
    share = float(rule("desk.warn_share", clock.day_of(at)))
    running = Deadline.objects.filter(met_at=None, stood_still=False, request__merged_into=None)
    late = list(
        running.filter(due_at__lte=at, escalated_at=None)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    soon = running.filter(due_at__gt=at, due_at__lte=at + AHEAD, warned_at=None).order_by("due_at", "pk")
    warn = [
        pk
        for pk, started_at, due_at in soon.values_list("pk", "started_at", "due_at")[: AT_ONCE * 4]
        if warn_at(started_at, due_at, share) <= at
    ][:AT_ONCE]
    return sum(_tell(pk, late=False, at=at) for pk in warn), sum(_tell(pk, late=True, at=at) for pk in late)


def _tell(pk: int, *, late: bool, at: datetime) -> bool:
    column = "escalated_at" if late else "warned_at"
    with transaction.atomic():
        # Two runs at once: only one of them changes the row.
        if not Deadline.objects.filter(pk=pk, met_at=None, stood_still=False, **{column: None}).update(**{column: at}):
            return False
        row = Deadline.objects.select_related(
            "request__account__unit", "request__owner", "request__first_owner", "request__account__manager"
        ).get(pk=pk)
        people = {row.request.owner, row.request.first_owner} if row.request.owner else {row.request.account.manager}
        if late:
            people |= set(supervisors(row.request.account.unit))
        for user in people:
            if user is None:
                continue
            with translation.override(user.language):
                facts = {
                    "step": str(STEP_LABELS[Step(row.step)]),
                    "due": date_format(row.due_at.astimezone(clock.zone()), "m-d H:i"),
                }
            tell(
                user,
                "late" if late else "warned",
                row.request,
                by=None,
                at=at,
                key=f"{pk}-{row.due_at:%m%d%H%M}",
                **facts,
            )
        if late:
            request = row.request
            facts = {"number": request.number, "step": row.step, "due_at": row.due_at.isoformat()}
            record(by=None, at=at, action="request.late", subject=request, account_id=request.account_id, **facts)
    return True


def supervisors(unit: Unit) -> list[User]:
    """Return the supervisors of a unit: those of the nearest unit above it that has any."""
    above = [int(part) for part in unit.path.split("/") if part]
    found = list(User.objects.holding(Role.SUPERVISOR).filter(unit_id__in=above).select_related("unit"))
    depth = max((user.unit.path.count("/") for user in found if user.unit), default=0)
    return [user for user in found if user.unit and user.unit.path.count("/") == depth]
