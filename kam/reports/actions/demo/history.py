"""What has happened to the made-up customers so far: the timeline and the first entries of the audit record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kam.accounts.actions.team import hand_over
from kam.accounts.models import Account, Assignment, TimelineEntry
from kam.reports.actions.demo.accounts import PRICED_FROM
from kam.reports.actions.demo.people import People
from kam.reports.actions.demo.plan import Customer, tariff_code
from kam.reports.actions.demo.rows import insert

HANDED_OVER_DAYS_AGO = 200


def write_timelines(pairs: Sequence[tuple[Customer, Account]], people: People, zone: ZoneInfo) -> None:
    """Write what happened to each account before today: it was opened, and put on its tariff."""
    insert(entry for one, account in pairs for entry in _entries(one, account, people, zone))


def _entries(one: Customer, account: Account, people: People, zone: ZoneInfo) -> Iterator[TimelineEntry]:
    yield TimelineEntry(account=account, at=account.created_at, by=people.supervisor, kind="account.created", facts={})
    yield TimelineEntry(
        account=account,
        at=at_nine(max(PRICED_FROM, account.created_at.astimezone(zone).date()), zone),
        by=people.supervisor,
        kind="tariff.assigned",
        facts={"code": tariff_code(one), "valid_from": PRICED_FROM.isoformat(), "before": ""},
    )


def at_nine(day: date, zone: ZoneInfo) -> datetime:
    """Return nine in the morning of a day, in UTC as everything that is stored."""
    return datetime.combine(day, time(9), tzinfo=zone).astimezone(UTC)


def hand_over_of_who_left(people: People, today: date, zone: ZoneInfo) -> None:
    """Let the manager who left hand everything to the first manager, by the action that staff use."""
    day = today - timedelta(days=HANDED_OVER_DAYS_AGO)
    hand_over(
        giver=people.left,
        taker=people.stations[0].managers[0],
        part=Assignment.Part.MANAGER,
        held_from=day,
        only=None,
        by=people.supervisor,
        at=at_nine(day, zone),
    )
