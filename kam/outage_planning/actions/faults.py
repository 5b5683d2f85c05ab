"""A fault or an emergency trip: one form, everybody affected explained at once, news until supply is back (OUT-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.network.models import Line
from kam.outage_planning.actions import execution, notices, planning
from kam.outage_planning.models import Outage, OutageUpdate
from kam.outage_planning.queries import supply as queries
from kam.outage_planning.rules.lifecycle import Kind
from kam.outage_planning.rules.telling import NoticeKind
from kam.outage_planning.rules.texts_under_way import NEWS


def report(
    *,
    title: str,
    cause: str,
    reason: str,
    unit: Unit,
    lines: Sequence[Line],
    began_at: datetime,
    expected_at: datetime,
    by: User | None,
    at: datetime,
) -> Outage:
    """Note a fault of these lines and tell everybody affected what is known, in one transaction.

    Raises `execution.ImpossibleTime` where it would begin in the future or end before it begins.
    """
    if began_at > at or expected_at <= began_at:
        raise execution.ImpossibleTime
    with transaction.atomic():
        outage = planning.draft(
            kind=Kind.FAULT.value,
            title=title,
            reason=reason,
            unit=unit,
            crew=None,
            lines=lines,
            starts_at=began_at,
            ends_at=expected_at,
            by=by,
            at=at,
        )
        outage.cause = cause
        outage.save(update_fields=["cause"])
        outage = execution.begin(outage=outage, really_at=began_at, by=by, at=at)
        notices.tell(outage=outage, kind=NoticeKind.FAULT, facts={"expected": expected_at}, by=by, at=at)
    return outage


def news(*, outage: Outage, text: str, expected_at: datetime, by: User | None, at: datetime) -> OutageUpdate:
    """Tell whoever is still without supply how the repair goes and when supply is expected now.

    Raises `execution.NotUnderWay`, `execution.ImpossibleTime`.
    """
    if expected_at <= at:
        raise execution.ImpossibleTime
    with transaction.atomic():
        row = execution.under_way(outage)
        before = row.ends_at
        Outage.objects.filter(pk=row.pk).update(ends_at=expected_at)
        row.ends_at = expected_at
        update = OutageUpdate.objects.create(outage=row, at=at, by=by, text=text[:300], expected_at=expected_at)
        record(by=by, at=at, action="outage.news", subject=row, before=before, after=expected_at, text=text[:300])
        notices.tell(
            outage=row,
            kind=NoticeKind.FAULT,
            text=NEWS,
            accounts=queries.concerned(row),
            facts={"text": text.strip().rstrip("。."), "expected": expected_at},
            by=by,
            at=at,
        )
    return update
