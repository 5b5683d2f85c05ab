"""Reliability of a period, from every interruption that is stored (OUT-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.core import queries as core
from kam.lib import clock
from kam.lib.intervals import day_start
from kam.outage_planning.models import Interruption
from kam.outage_planning.rules.reliability import (
    SUSTAINED_MINUTES,
    Event,
    Indices,
    by_cause,
    daily_saidi,
    indices,
    major_days,
    sustained,
    threshold,
    without_shortage,
)

YEARS_OF_MED = 5


@dataclass(frozen=True)
class Reliability:
    """The indices of `[days_from, days_until)`: all, planned and not, RS-3, by cause, and without major event days."""

    days_from: date
    days_until: date
    served: int
    all: Indices
    planned: Indices
    unplanned: Indices
    rs3: Indices
    causes: list[tuple[str, Indices]]
    momentary: int
    major: list[date]
    t_med_min: float | None
    t_med_days: int
    without_major: Indices | None


def in_period(rows: QuerySet[Interruption], days_from: date, days_until: date) -> QuerySet[Interruption]:
    """Return the interruptions that began in `[days_from, days_until)`, days taken in the company's zone."""
    zone = clock.zone()
    return rows.filter(started_at__gte=day_start(days_from, zone), started_at__lt=day_start(days_until, zone))


def events_in(rows: QuerySet[Interruption], days_from: date, days_until: date) -> list[Event]:
    """Return the events that began in `[days_from, days_until)`, days taken in the company's zone. One query."""
    began = in_period(rows, days_from, days_until)
    fields = ("event_id", "started_at", "ended_at", "customers", "cause", "planned")
    return [Event(*row) for row in began.order_by("started_at", "id").values_list(*fields).iterator(chunk_size=5_000)]


def reliability(
    rows: QuerySet[Interruption], days_from: date, days_until: date, *, served: int, with_major: bool = True
) -> Reliability:
    """Return the indices of a period for `served` customers. Raises `NobodyServed`.

    Days for the threshold of major event days are those of the five years that end with the period, as far as there
    are interruptions.
    """
    zone = clock.zone()
    over = _number("reliability.sustained_minutes", days_from, SUSTAINED_MINUTES)
    every = events_in(rows, days_from, days_until)
    counted = sustained(every, over)
    minutes = (day_start(days_until, zone) - day_start(days_from, zone)).total_seconds() / 60

    def of(events: Sequence[Event]) -> Indices:
        return indices(events, served=served, period_minutes=minutes)

    major: list[date] = []
    t_med, t_days, without = None, 0, None
    if with_major:
        first = _years_before(days_until, YEARS_OF_MED)
        longer = counted if first >= days_from else sustained(events_in(rows, first, days_until), over)
        daily = daily_saidi(longer, served=served, day_of=clock.day_of)
        t_med, t_days = threshold(daily.values()), len(daily)
        major = [day for day in major_days(daily, t_med) if days_from <= day < days_until]
        chosen = set(major)
        without = of([event for event in counted if clock.day_of(event.started_at) not in chosen])
    return Reliability(
        days_from=days_from,
        days_until=days_until,
        served=served,
        all=of(counted),
        planned=of([event for event in counted if event.planned]),
        unplanned=of([event for event in counted if not event.planned]),
        rs3=of(without_shortage(counted, _causes(days_from))),
        causes=by_cause(counted, served=served, period_minutes=minutes),
        momentary=len(every) - len(counted),
        major=major,
        t_med_min=t_med,
        t_med_days=t_days,
        without_major=without,
    )


@dataclass(frozen=True)
class MonthOf:
    """One month of the trend."""

    month: date
    planned_min: float
    unplanned_min: float

    @property
    def saidi_min(self) -> float:
        return self.planned_min + self.unplanned_min


def trend(rows: QuerySet[Interruption], until: date, *, served: int, months: int = 12) -> list[MonthOf]:
    """Return the SAIDI (minutes) of the last `months` months up to the one that holds the day before `until`."""
    last = (until - timedelta(days=1)).replace(day=1)
    firsts = [_months_before(last, back) for back in range(months - 1, -1, -1)]
    sums = {first: [0.0, 0.0] for first in firsts}
    over = _number("reliability.sustained_minutes", last, SUSTAINED_MINUTES)
    for event in sustained(events_in(rows, firsts[0], _months_before(last, -1)), over):
        month = clock.day_of(event.started_at).replace(day=1)
        sums[month][0 if event.planned else 1] += event.customer_minutes / served
    return [MonthOf(month, *minutes) for month, minutes in sums.items()]


@dataclass(frozen=True)
class GroupOf:
    """The indices of one station, line or account; per customer of the whole, so that groups add up."""

    pk: int
    name: str
    found: Indices


def by_group(
    rows: QuerySet[Interruption], field: str, days_from: date, days_until: date, *, served: int, most: int = 50
) -> list[GroupOf]:
    """Return indices by "unit", "line" or "account", the most customer minutes first. One query."""
    zone = clock.zone()
    began = rows.filter(started_at__gte=day_start(days_from, zone), started_at__lt=day_start(days_until, zone))
    fields = (f"{field}_id", f"{field}__name", "event_id", "started_at", "ended_at", "customers", "cause", "planned")
    found: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for pk, name, *row in began.exclude(**{field: None}).values_list(*fields).iterator(chunk_size=5_000):
        found[pk, name].append(Event(*row))
    over = _number("reliability.sustained_minutes", days_from, SUSTAINED_MINUTES)
    minutes = (day_start(days_until, zone) - day_start(days_from, zone)).total_seconds() / 60
    groups = [
        GroupOf(pk, name, indices(counted, served=served, period_minutes=minutes))
        for (pk, name), events in found.items()
        if (counted := sustained(events, over))
    ]
    return sorted(groups, key=lambda group: -group.found.customer_minutes)[:most]


def customers_served(day: date, accounts: QuerySet[Account] | None = None) -> int:
    """Return how many customers indices are for: the rule's figure, or the key accounts that are there.

    `accounts`: of a part of the company only, for which the rule has no figure.
    """
    if accounts is not None:
        return accounts.filter(status=Account.Status.CONFIRMED).count()
    told = int(_number("reliability.customers_served", day, 0))
    return told or Account.objects.filter(status=Account.Status.CONFIRMED).count()


def day_of_first(rows: QuerySet[Interruption]) -> date | None:
    """Return the day of the first interruption that is stored."""
    first: datetime | None = rows.order_by("started_at").values_list("started_at", flat=True).first()
    return clock.day_of(first) if first else None


def _number(key: str, day: date, otherwise: float) -> float:
    try:
        return float(core.rule(key, day))
    except core.NoRule:
        return otherwise


def _causes(day: date) -> list[str]:
    try:
        found: Any = core.rule("reliability.shortage_causes", day)
    except core.NoRule:
        return []
    return [str(cause) for cause in found]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _months_before(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
