"""Visits with fixed values, for tests."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kam.visits.actions import log, planning
from kam.visits.models import Visit

SHANGHAI = ZoneInfo("Asia/Shanghai")


def hour(day: date, at: int = 9) -> datetime:
    return datetime.combine(day, time(at), tzinfo=SHANGHAI)


def planned(account: Any, manager: Any, day: date, *colleagues: Any, **changes: Any) -> Visit:
    """A regular visit at nine, planned a week ahead."""
    fields: dict[str, Any] = {
        "purpose": "ROUTINE",
        "note": "",
        "starts_at": hour(day),
        "ends_at": hour(day, 10),
        "by": manager,
        "at": hour(day) - timedelta(days=7),
    }
    return planning.plan(account=account, manager=manager, colleagues=colleagues, **{**fields, **changes})


def entry(day: date, *colleagues: Any, **changes: Any) -> log.Entry:
    return log.Entry(**{"uid": uuid.uuid4(), "day": day, "purpose": "ROUTINE", "colleagues": colleagues, **changes})


def made(account: Any, manager: Any, day: date, *colleagues: Any, **changes: Any) -> Visit:
    """A visit that took place on `day` and was written down in the evening."""
    visit = planned(account, manager, day, *colleagues)
    return log.log(visit=visit, entry=entry(day, *colleagues, **changes), by=manager, at=hour(day, 20))
