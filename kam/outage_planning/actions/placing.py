"""Put a draft at another time, all else as it is: what dragging it in the calendar and taking a window do."""

from __future__ import annotations

from datetime import datetime

from kam.core.models import User
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Outage


def place(*, outage: Outage, version: int, starts_at: datetime, ends_at: datetime, by: User, at: datetime) -> Outage:
    """Give a draft another time. Raises `planning.NotEditable`, `planning.ChangedMeanwhile`."""
    return planning.edit(
        outage=outage,
        version=version,
        kind=outage.kind,
        title=outage.title,
        reason=outage.reason,
        unit=outage.unit,
        crew=outage.crew,
        lines=list(outage.lines.all()),
        starts_at=starts_at,
        ends_at=ends_at,
        by=by,
        at=at,
    )
