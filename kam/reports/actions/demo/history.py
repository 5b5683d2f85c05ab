"""What has happened to the made-up customers so far: the timeline and the first entries of the audit record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kam.accounts.models import Account, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.reports.actions.demo.accounts import HANDED_OVER_DAYS_AGO, PRICED_FROM
from kam.reports.actions.demo.people import People
from kam.reports.actions.demo.plan import Customer, tariff_code


def write_timelines(pairs: Sequence[tuple[Customer, Account]], people: People, zone: ZoneInfo) -> None:
    """Write what happened to each account before today: it was opened, and put on its tariff."""
    TimelineEntry.objects.bulk_create(
        (entry for one, account in pairs for entry in _entries(one, account, people, zone)), batch_size=1_000
    )


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
    """Return nine in the morning of a day."""
    return datetime.combine(day, time(9), tzinfo=zone)


def write_handover(pairs: Sequence[tuple[Customer, Account]], people: People, today: date, zone: ZoneInfo) -> None:
    """Write the handover of the manager who left to the first manager, on timelines and in the audit record."""
    day = today - timedelta(days=HANDED_OVER_DAYS_AGO)
    taker = people.stations[0].managers[0]
    for _, account in pairs:
        if account.manager_id != taker.pk:
            continue
        facts = {"part": "MANAGER", "from": _name(people.left), "to": _name(taker), "day": day.isoformat()}
        TimelineEntry.objects.create(
            account=account, at=at_nine(day, zone), by=people.supervisor, kind="account.handed_over", facts=facts
        )
        record(
            by=people.supervisor,
            at=at_nine(day, zone),
            action="account.handed_over",
            subject=account,
            account_id=account.pk,
            before=people.left.username,
            after=taker.username,
        )


def _name(user: User) -> str:
    return user.username


def write_intake(
    pairs: Sequence[tuple[Customer, Account]], people: People, first: date, until: date, at: datetime
) -> None:
    """Write on each timeline that readings were taken in."""
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            account=account,
            at=at,
            by=people.stations[one.station].staff,
            kind="readings.taken_in",
            facts={"from": first.isoformat(), "until": until.isoformat()},
        )
        for one, account in pairs
    )
