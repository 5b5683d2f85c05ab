"""Drafts of a quarter placed together: asked for as a job, taken over as a whole."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from kam.core.actions import start_job
from kam.core.models import Job, User
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Crew, Outage
from kam.outage_planning.rules.lifecycle import Status

TASK = "kam.outage_planning.tasks.place_drafts"
MOST = 300


def order(*, outages: list[int], days_from: date, days_until: date, by: User, at: datetime) -> Job:
    """Have these drafts placed in `[days_from, days_until)`; the same question asked twice at once is one job."""
    args: dict[str, Any] = {
        "outages": sorted(outages)[:MOST],
        "from": days_from.isoformat(),
        "until": days_until.isoformat(),
    }
    key = f"place-{by.pk}-{at:%Y%m%d%H%M}-{days_from}-{days_until}"
    return start_job(key=key, kind=TASK, by=by, at=at, args=args)


def take_over(*, job: Job, by: User, at: datetime) -> int:
    """Put every draft where the job's result says, all or none; returns how many.

    Raises `planning.NotEditable` where one of them is no longer a draft.
    """
    with transaction.atomic():
        wanted = {one["outage"]: one for one in job.result.get("placed", [])}
        rows = Outage.objects.filter(pk__in=wanted).select_related("unit", "crew").prefetch_related("lines")
        for row in rows:
            if row.status != Status.DRAFT:
                raise planning.NotEditable
            start = datetime.fromisoformat(wanted[row.pk]["starts_at"])
            crew = wanted[row.pk]["crew"]
            planning.edit(
                outage=row,
                version=row.version,
                kind=row.kind,
                title=row.title,
                reason=row.reason,
                unit=row.unit,
                crew=Crew.objects.get(pk=crew) if crew else row.crew,
                lines=list(row.lines.all()),
                starts_at=start,
                ends_at=start + (row.ends_at - row.starts_at),
                by=by,
                at=at,
            )
    return len(wanted)
