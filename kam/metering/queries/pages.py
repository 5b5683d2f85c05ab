"""What the pages of meters and calendars show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Max, Min

from kam.lib.intervals import day_start
from kam.metering.models import LoadDay, LoadDayBefore, Meter
from kam.metering.rules.packing import PackedDay, intervals_changed, unpack
from kam.metering.rules.profile import Floats
from kam.metering.rules.quality import DayState, names_of, state_of
from kam.metering.rules.strips import Strip, specials, strips
from kam.metering.rules.tou import BandPeriod, Calendar, Problem, ProblemCode, problems


@dataclass(frozen=True)
class DayCell:
    """A day of a year's calendar; `state` is None where nothing is stored."""

    day: date
    state: DayState | None


def meter_years(meter: Meter) -> list[int]:
    """Return the years of the meter's readings, latest first."""
    span = LoadDay.objects.filter(meter=meter).aggregate(first=Min("day"), last=Max("day"))
    if span["first"] is None:
        return []
    return list(range(span["last"].year, span["first"].year - 1, -1))


def year_calendar(meter: Meter, year: int) -> list[tuple[date, list[DayCell]]]:
    """Return each month's first day with a cell for each of its days. One query."""
    rows = LoadDay.objects.filter(meter=meter, day__gte=date(year, 1, 1), day__lt=date(year + 1, 1, 1))
    states = {
        day: state_of(bytes(kwh), bytes(quality)) for day, kwh, quality in rows.values_list("day", "kwh", "quality")
    }
    months: list[tuple[date, list[DayCell]]] = [(date(year, month, 1), []) for month in range(1, 13)]
    day = date(year, 1, 1)
    while day.year == year:
        months[day.month - 1][1].append(DayCell(day, states.get(day)))
        day += timedelta(days=1)
    return months


@dataclass(frozen=True)
class IntervalLine:
    """One interval of a day: local start, what is used, what the file said where that differs, marks by name."""

    at: datetime
    kwh: float | None
    raw_kwh: float | None
    kvarh_lag: float | None
    kvarh_lead: float | None
    marks: list[str]


@dataclass(frozen=True)
class EarlierDay:
    """The day as it was before a correction, and how many intervals the correction changed."""

    row: LoadDayBefore
    energy_kwh: float
    intervals_changed: int


@dataclass(frozen=True)
class DayDetail:
    """A stored day for a page. `kw`, `raw_kw`: None where no value is; `raw_kw` is empty where nothing differs."""

    energy_kwh: float
    state: DayState
    lines: list[IntervalLine]
    kw: list[float | None]
    raw_kw: list[float | None]
    earlier: list[EarlierDay]


def day_detail(row: LoadDay, before: Sequence[LoadDayBefore], meter: Meter, zone: ZoneInfo) -> DayDetail:
    """Unpack a stored day with its earlier versions, latest first. No query."""
    packed = _packed(row)
    day = unpack(packed, meter.interval_minutes)
    start, step = day_start(row.day, zone), timedelta(minutes=meter.interval_minutes)
    kwh, lag, lead = (_known(values, len(day.kwh)) for values in (day.kwh, day.kvarh_lag, day.kvarh_lead))
    raw = _known(day.raw_kwh, len(day.kwh))
    lines = [
        IntervalLine(
            (start + index * step).astimezone(zone),
            kwh[index],
            raw[index] if raw[index] != kwh[index] else None,
            lag[index],
            lead[index],
            names_of(int(day.marks[index])),
        )
        for index in range(len(day.kwh))
    ]
    factor = 60 / meter.interval_minutes
    later, earlier = packed, []
    for old in before:
        was = _packed(old)
        energy = float(np.nansum(np.frombuffer(was.kwh, "<f4").astype(np.float64)))
        earlier.append(EarlierDay(old, energy, intervals_changed(was, later)))
        later = was
    return DayDetail(
        energy_kwh=float(np.nansum(day.kwh)),
        state=state_of(packed.kwh, packed.quality),
        lines=lines,
        kw=[None if value is None else value * factor for value in kwh],
        raw_kw=[] if day.raw_kwh is None else [None if value is None else value * factor for value in raw],
        earlier=earlier,
    )


def _packed(row: LoadDay | LoadDayBefore) -> PackedDay:
    optional = (None if part is None else bytes(part) for part in (row.kvarh_lag, row.kvarh_lead, row.raw_kwh))
    lag, lead, raw = optional
    return PackedDay(row.day, bytes(row.kwh), lag, lead, bytes(row.quality), raw)


def _known(values: Floats | None, size: int) -> list[float | None]:
    if values is None:
        return [None] * size
    return [None if np.isnan(value) else float(value) for value in values]


@dataclass(frozen=True, eq=False)
class DrawnVersion:
    """One version of a calendar for a page; `now`: it holds today."""

    calendar: Calendar
    now: bool
    strips: list[Strip]
    specials: list[BandPeriod]
    gaps: list[Problem]
    overlaps: list[Problem]


def drawn_versions(versions: Iterable[Calendar], today: date) -> list[DrawnVersion]:
    """Return versions with their strips and what is wrong with them. No query."""
    found = []
    for calendar in versions:
        told = problems(calendar)
        found.append(
            DrawnVersion(
                calendar=calendar,
                now=calendar.holds_on(today),
                strips=strips(calendar),
                specials=specials(calendar),
                gaps=[one for one in told if one.code is ProblemCode.GAP],
                overlaps=[one for one in told if one.code is ProblemCode.OVERLAP],
            )
        )
    return found
