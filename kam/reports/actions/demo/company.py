"""Build the demonstration company, once; its rows in one transaction, so that there are all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from kam.accounts.actions import reindex
from kam.accounts.actions.search_index import add, entry
from kam.accounts.models import Account, SearchEntry
from kam.core.actions import record
from kam.core.models import Unit, User
from kam.credit.actions import risk
from kam.metering.models import Meter
from kam.reports.actions.demo import (
    accounts,
    equipment,
    grades,
    history,
    messages,
    money,
    network,
    outages,
    outages_agreed,
    outages_live,
    people,
    plan,
    readings,
    reports,
    requests,
    visits,
)

CHUNK = 2_000
DEFAULT_ACCOUNTS = 120
SAMPLE = 60  # accounts with readings in a company that is large
_MARK = people.DISTRICTS[0][0]


class NotInProduction(Exception):
    """Made-up customers and a known password have no place in a company's own system."""


@dataclass(frozen=True)
class Built:
    """What was built. `intervals`: readings stored."""

    accounts: int
    with_readings: int
    intervals: int
    reports: int


def exists() -> bool:
    """Tell whether the demonstration company is there."""
    return Unit.objects.filter(code=_MARK).exists()


def first_day(today: date) -> date:
    """Return where readings begin: two years and the days of the month before today."""
    return date(today.year - 2, today.month, 1)


def build(
    *,
    count: int,
    with_readings: int | None,
    first: date | None,
    today: date,
    zone: ZoneInfo,
    at: datetime,
    with_reports: bool = False,
) -> Built | None:
    """Build the company with `count` accounts and readings of `[first, today)` for the first `with_readings` of them.

    `with_readings` None: all of 120, 60 of more. `with_reports`: three energy reports are written too, once the
    rest is there: they have files. Returns None, and changes nothing, where it is there already.
    Raises `NotInProduction`.
    """
    if settings.PRODUCTION:
        raise NotInProduction
    if exists():
        return None
    sample = with_readings if with_readings is not None else count if count <= DEFAULT_ACCOUNTS else SAMPLE
    begin = first or first_day(today)
    with transaction.atomic():
        staff = people.hire(accounts=count, today=today)
        groups = accounts.make_groups()
        read: list[tuple[plan.Customer, Account]] = []
        units: dict[int, int] = {}
        for start in range(0, count, CHUNK):
            customers = [plan.customer(index, len(staff.stations)) for index in range(start, min(start + CHUNK, count))]
            rows = accounts.open_accounts(customers=customers, people=staff, groups=groups, today=today, at=at)
            pairs = list(zip(customers, rows, strict=True))
            history.write_timelines(pairs, staff, zone)
            units |= {account.pk: account.unit_id for account in rows}
            read += pairs[: max(sample - start, 0)]
        network.connect_points(staff.stations)
        history.hand_over_of_who_left(staff, today, zone)
        intervals = readings.take_in_readings(
            pairs=read, stations=staff.stations, first=begin, until=today, zone=zone, at=at - timedelta(hours=1)
        )
        planner = User.objects.get(username="zhoutao")
        outages.plan_outages(stations=staff.stations, by=planner, today=today, zone=zone, at=at)
        outages_agreed.agree_outages(
            planner=planner,
            caller=staff.stations[0].representative,
            supervisor=staff.supervisor,
            today=today,
            zone=zone,
            at=at,
        )
        outages_live.run_outages(by=planner, today=today, at=at)
        outages.write_interruptions(stations=staff.stations, today=today, zone=zone)
        credit, supervisor = (User.objects.get(username=name) for name in ("wuxia", "sunlei"))
        read_accounts = [account for _, account in read]
        money.write_money(accounts=read_accounts, by=credit, second=supervisor, today=today, at=at)
        grades.write_credit(accounts=read_accounts, by=credit, second=supervisor, today=today, at=at)
        manager = staff.stations[0].managers[0]
        messages.owe_messages(accounts=[account for _, account in read[:5]], by=manager, manager=manager, at=at)
        visited = list(Account.objects.filter(pk__in=[account.pk for _, account in read]).order_by("pk"))
        visits.place_accounts(visited)
        equipment.note_equipment(accounts=visited, today=today)
        visits.make_visits(
            stations=staff.stations, accounts=visited, by=staff.supervisor, today=today, zone=zone, at=at
        )
        own = list(Account.objects.filter(manager=manager).select_related("unit").order_by("account_no")[:7])
        requests.take_requests(stations=staff.stations, accounts=own, at=at)
        risk.warn_early(at=at)  # calls and complaints count
        held = set(Account.objects.filter(manager=manager).values_list("pk", flat=True)) if with_reports else set()
        mine = [account for _, account in read if account.pk in held]
        ordered = reports.order_reports(accounts=mine, by=manager, first=begin, today=today, at=at)
        record(by=None, at=at, action="demo.built", subject="demo", accounts=count, with_readings=len(read))
    _index(units)
    reports.write_reports(ordered, at=at)
    return Built(count, len(read), intervals, len(ordered))


def _index(units: dict[int, int]) -> None:
    """Make the accounts (ids, with the ids of their units) and their meters findable, in transactions of its own.

    Inside the large one SQLite's full-text index takes quadratic time: 100,000 accounts would need hours.
    """
    reindex(units)
    meters = Meter.objects.order_by("pk").values_list("pk", "account_id", "meter_no")
    # Read before they are written: PostgreSQL's COPY holds the connection, a query within it would wait for ever.
    found = list(meters.iterator(CHUNK))
    with transaction.atomic():
        add(
            entry(
                account_id=account_id,
                unit_id=units[account_id],
                kind=SearchEntry.Kind.METER,
                text=meter_no,
                ref=str(pk),
            )
            for pk, account_id, meter_no in found
            if account_id in units
        )
