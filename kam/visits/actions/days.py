"""A day's visits from proposals, planned together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction

from kam.accounts.models import Account
from kam.core.models import User
from kam.lib import clock
from kam.visits.actions.planning import plan
from kam.visits.models import Purpose, Visit
from kam.visits.rules.place import route

# An hour each and half an hour to the next; noon is free.
HOURS = (time(9), time(10, 30), time(13, 30), time(15), time(16, 30))
LENGTH = timedelta(hours=1)


class TooManyForADay(Exception):
    """A day holds five visits."""


def plan_day(*, accounts: Sequence[Account], day: date, manager: User, by: User, at: datetime) -> list[Visit]:
    """Plan visits to `accounts` on one day, in the order of a short drive. Raises `TooManyForADay`."""
    if len(accounts) > len(HOURS):
        raise TooManyForADay
    places = [
        None if one.latitude is None or one.longitude is None else (float(one.latitude), float(one.longitude))
        for one in accounts
    ]
    made = []
    with transaction.atomic():
        for hour, index in zip(HOURS, route(places), strict=False):
            start = datetime.combine(day, hour, tzinfo=clock.zone())
            made.append(
                plan(
                    account=accounts[index],
                    manager=manager,
                    purpose=Purpose.ROUTINE.value,
                    note="",
                    starts_at=start,
                    ends_at=start + LENGTH,
                    by=by,
                    at=at,
                )
            )
    return made
