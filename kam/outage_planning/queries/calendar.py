"""What the calendar shows: outages of a period by day, by line and by station; days on which supply is guarded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from kam.lib import clock
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.outage_planning.models import Outage, OutageLine, ProtectedPeriod
from kam.outage_planning.queries import pages
from kam.outage_planning.rules.lifecycle import Status

MOST = 500
LONGEST = timedelta(days=100)


@dataclass(frozen=True)
class Entry:
    """An outage in the calendar. `first` and `last`: the company's days that it touches, both in it."""

    card: pages.Card
    first: date
    last: date

    @property
    def outage(self) -> Outage:
        return self.card.outage

    @property
    def late(self) -> bool:
        return self.card.late

    @property
    def draft(self) -> bool:
        return self.outage.status == Status.DRAFT

    @property
    def over(self) -> bool:
        return self.outage.status in (Status.RESTORED, Status.CLOSED)


@dataclass(frozen=True)
class Found:
    """Entries of a period, the earliest first; `more`: there are others that are not shown."""

    entries: list[Entry]
    more: bool


def entries(outages: QuerySet[Any], since: date, until: date, now: datetime) -> Found:
    """Return what happens on the days `[since, until)`, at most 500; cancelled ones are left out. Five queries."""
    zone = clock.zone()
    begin, end = (datetime.combine(day, time(), tzinfo=zone) for day in (since, until))
    near = outages.exclude(status=Status.CANCELLED).filter(starts_at__lt=end, ends_at__gt=begin)
    rows = list(near.order_by("starts_at", "pk")[: MOST + 1])
    return Found([_entry(card) for card in pages.cards(rows[:MOST], now)], len(rows) > MOST)


def _entry(card: pages.Card) -> Entry:
    row = card.outage
    last = clock.day_of(row.ends_at - timedelta(microseconds=1))
    return Entry(card, clock.day_of(row.starts_at), last)


@dataclass
class Day:
    """A day of the calendar. `guarded`: names of the periods in which no outage is planned."""

    on: date
    inside: bool = True
    holiday: bool = False
    guarded: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def days(found: Iterable[Entry], guards: Iterable[ProtectedPeriod], since: date, until: date) -> list[Day]:
    """Return the days `[since, until)` with what is on them."""
    made = {since + timedelta(days=n): Day(since + timedelta(days=n)) for n in range((until - since).days)}
    for on, day in made.items():
        day.holiday = kind_of(on) == DayKind.HOLIDAY
    for guard in guards:
        for on, day in made.items():
            if guard.days_from <= on < guard.days_until:
                day.guarded.append(guard.name)
    for entry in found:
        on = max(entry.first, since)
        while on <= entry.last and on in made:
            made[on].entries.append(entry)
            on += timedelta(days=1)
    return list(made.values())


def guards(rows: QuerySet[Any], since: date, until: date) -> list[ProtectedPeriod]:
    """Return the guarded periods that touch the days `[since, until)`."""
    return list(rows.filter(days_from__lt=until, days_until__gt=since).order_by("days_from", "pk")[:50])


@dataclass(frozen=True)
class Row:
    """A line or a station with its outages, one list for each day."""

    name: str
    pk: int
    days: list[list[Entry]]
    count: int


def by_line(found: Sequence[Entry], since: date, until: date) -> list[Row]:
    """Return the lines that have an outage, by code."""
    pairs = _lines(found).order_by("line__code", "pk").values_list("line_id", "line__name", "outage_id")
    return _rows(found, pairs, since, until)


def by_station(found: Sequence[Entry], since: date, until: date) -> list[Row]:
    """Return the units whose lines have an outage, by their place in the tree."""
    pairs = _lines(found).order_by("line__unit__path", "pk")
    return _rows(found, pairs.values_list("line__unit_id", "line__unit__name", "outage_id"), since, until)


def _lines(found: Sequence[Entry]) -> QuerySet[OutageLine]:
    return OutageLine.objects.filter(outage_id__in=[entry.outage.pk for entry in found])


def _rows(found: Sequence[Entry], pairs: Iterable[tuple[int, str, int]], since: date, until: date) -> list[Row]:
    by_pk = {entry.outage.pk: entry for entry in found}
    names: dict[int, str] = {}
    of: dict[int, dict[int, Entry]] = defaultdict(dict)
    for pk, name, outage_id in pairs:
        names[pk] = name
        of[pk][outage_id] = by_pk[outage_id]
    rows = []
    for pk, name in names.items():
        mine = list(of[pk].values())
        rows.append(Row(name, pk, [day.entries for day in days(mine, (), since, until)], len(mine)))
    return rows
