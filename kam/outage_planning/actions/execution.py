"""An outage under way: it begins, supply comes back in steps, it takes longer, it is closed (DESIGN 6, OUT-8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import User
from kam.outage_planning.actions import notices, planning
from kam.outage_planning.actions.wording import Facts
from kam.outage_planning.models import LostPoint, Outage, OutageMove, OutageUpdate, RestorationStep
from kam.outage_planning.queries import supply as queries
from kam.outage_planning.queries.planning import is_chosen
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.telling import NoticeKind
from kam.outage_planning.rules.texts_under_way import LIFTED


class NotUnderWay(Exception):
    """The outage has not begun, or is over."""


class NothingToRestore(Exception):
    """None of these supply points waits for its supply."""


class ImpossibleTime(Exception):
    """Before the outage began, or in the future."""


class TooEarly(Exception):
    """Customers were told a later time: it is moved first, or reported as a fault."""


class NotLater(Exception):
    """An extension ends later than what customers were told."""


def begin(*, outage: Outage, really_at: datetime, by: User | None, at: datetime) -> Outage:
    """Note that the lines are dead since `really_at`, and which supply points that took out.

    Raises `ImpossibleTime`, `TooEarly`, `planning.GuardsRefuse`, `kam.lib.lifecycle.IllegalMove`,
    `kam.lib.lifecycle.StaleRow`.
    """
    if really_at > at:
        raise ImpossibleTime
    if outage.kind != Kind.FAULT and really_at < outage.starts_at:
        raise TooEarly
    return planning.advance(outage=outage, to=Status.UNDER_WAY, by=by, at=at, really_at=really_at)


def restore(
    *, outage: Outage, points: Collection[int] | None, back_at: datetime, note: str, by: User | None, at: datetime
) -> RestorationStep:
    """Note that supply is back at these lost points (ids; None: at all that wait) since `back_at`.

    Accounts whose points are all back are told. With the last point the outage is restored. Raises `NotUnderWay`,
    `ImpossibleTime`, `NothingToRestore`.
    """
    with transaction.atomic():
        row = under_way(outage)
        if row.actual_from is None or not row.actual_from <= back_at <= at:
            raise ImpossibleTime
        waiting = LostPoint.objects.filter(outage=row, step=None)
        if points is not None:
            waiting = waiting.filter(pk__in=points)
        ids = list(waiting.values_list("pk", flat=True))
        if not ids and queries.still_dead(row):
            raise NothingToRestore
        step = RestorationStep.objects.create(outage=row, at=back_at, by=by, noted_at=at, note=note[:300])
        for start in range(0, len(ids), 500):
            LostPoint.objects.filter(pk__in=ids[start : start + 500]).update(step=step)
        record(by=by, at=at, action="outage.supply_back", subject=row, points=len(ids), back_at=back_at, note=note)
        back = _wholly_back(row, step)
        notices.put_on_timelines(row, back, "outage.supply_back", by=by, at=at, back_at=back_at.isoformat())
        told = queries.concerned(row)
        over = not queries.still_dead(row)
        if over:
            row = planning.advance(outage=row, to=Status.RESTORED, by=by, at=at)
        whom = told if over else told & set(back)
        if whom:
            text = LIFTED if is_chosen(row) else ""
            facts: Facts = {"restored": back_at}
            notices.tell(outage=row, kind=NoticeKind.ALL_CLEAR, accounts=whom, text=text, facts=facts, by=by, at=at)
    return step


def extend(*, outage: Outage, ends_at: datetime, reason: str, by: User | None, at: datetime) -> Outage:
    """Say that it takes longer, until when and why. Raises `NotUnderWay`, `NotLater`, `planning.ReasonMissing`.

    What was promised when it began stays on the row, and is not kept.
    """
    if not reason.strip():
        raise planning.ReasonMissing
    with transaction.atomic():
        row = under_way(outage)
        if ends_at <= max(row.ends_at, at):
            raise NotLater
        before = row.ends_at
        Outage.objects.filter(pk=row.pk).update(ends_at=ends_at)
        row.ends_at = ends_at
        OutageMove.objects.create(
            outage=row,
            from_status=row.status,
            to_status=row.status,
            at=at,
            by=by,
            reason=reason[:300],
            facts={"ends_at": before.isoformat(), "extended_to": ends_at.isoformat()},
        )
        OutageUpdate.objects.create(outage=row, at=at, by=by, text=reason[:300], expected_at=ends_at)
        record(by=by, at=at, action="outage.extended", subject=row, before=before, after=ends_at, reason=reason)
        notices.tell(
            outage=row,
            kind=NoticeKind.EXTEND,
            accounts=queries.concerned(row),
            facts={"was": before, "expected": ends_at, "reason": reason.strip()},
            by=by,
            at=at,
        )
    return row


def close(*, outage: Outage, by: User | None, at: datetime, note: str = "") -> Outage:
    """Close a restored outage: what it really came to is written, for the page and for reliability.

    Raises `kam.lib.lifecycle.IllegalMove`, `kam.lib.lifecycle.StaleRow`.
    """
    return planning.advance(outage=outage, to=Status.CLOSED, by=by, at=at, reason=note)


def under_way(outage: Outage) -> Outage:
    """Return the row, locked. Raises `NotUnderWay`."""
    row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
    if row.status != Status.UNDER_WAY:
        raise NotUnderWay
    return row


def _wholly_back(outage: Outage, step: RestorationStep) -> list[int]:
    """Return the accounts that this step gave their last dead supply point back."""
    touched = LostPoint.objects.filter(step=step).values_list("account_id", flat=True)
    waiting = LostPoint.objects.filter(outage=outage, step=None).values("account_id")
    rows = LostPoint.objects.filter(outage=outage, account_id__in=touched).exclude(account_id__in=waiting)
    return sorted(set(rows.values_list("account_id", flat=True)))
