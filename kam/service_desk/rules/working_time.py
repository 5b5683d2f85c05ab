"""How much of a promise's time has passed: on the wall clock, in working hours, in workdays; pauses do not count.

Workdays are those of the State Council's calendar: a make-up Saturday counts, a day of a holiday break does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kam.metering.rules.daykinds import DayKind, kind_of

ZERO = timedelta(0)
_FOREVER = timedelta(days=3660)


class Clock(StrEnum):
    """How a promise counts."""

    ELAPSED = "ELAPSED"  # minutes, day and night
    WORKING = "WORKING"  # minutes of working hours
    WORKDAYS = "WORKDAYS"  # whole workdays after the day on which it began


@dataclass(frozen=True)
class Hours:
    """Working hours of a workday, as (from, until) in minutes of the day, in order; the company's zone."""

    spans: tuple[tuple[int, int], ...]
    zone: ZoneInfo

    @property
    def of_day(self) -> timedelta:
        """The working time of one workday."""
        return timedelta(minutes=sum(until - begin for begin, until in self.spans))


@dataclass(frozen=True)
class Pause:
    """Time that does not count, `[begin, until)`; without an end the clock stands still."""

    begin: datetime
    until: datetime | None = None


class NeverDue(Exception):
    """No time is left to count in: working hours are empty, or over ten years would be needed."""


def hours_of(spans: Sequence[Sequence[str]], zone: ZoneInfo) -> Hours:
    """Read working hours such as [["08:30", "12:00"], ["13:30", "17:30"]]."""
    found = []
    for begin, until in spans:
        first, last = (time.fromisoformat(text) for text in (begin, until))
        found.append((first.hour * 60 + first.minute, last.hour * 60 + last.minute))
    return Hours(tuple(sorted(found)), zone)


def is_workday(day: date) -> bool:
    """Tell whether offices are open on `day`."""
    return kind_of(day) == DayKind.WORKDAY


def counted_from(clock: Clock, begin: datetime, hours: Hours) -> datetime:
    """Return from when time counts: at once, or from the beginning of the next day where whole workdays are meant."""
    if clock != Clock.WORKDAYS:
        return begin
    return _midnight(begin.astimezone(hours.zone).date() + timedelta(days=1), hours.zone)


def amount(clock: Clock, figure: int, hours: Hours) -> timedelta:
    """Return the time that a promise of `figure` minutes (or workdays) allows."""
    return hours.of_day * figure if clock == Clock.WORKDAYS else timedelta(minutes=figure)


def passed(clock: Clock, begin: datetime, until: datetime, pauses: Sequence[Pause], hours: Hours) -> timedelta:
    """Return the time that has counted in `[begin, until)`, without the pauses."""
    first = counted_from(clock, begin, hours)
    return sum((end - start for start, end in _spans(clock, first, until, pauses, hours)), ZERO)


def due(clock: Clock, begin: datetime, figure: int, pauses: Sequence[Pause], hours: Hours) -> datetime | None:
    """Return when a promise of `figure` is due; None while a pause holds its clock.

    The first instant at which all of its time has passed: 5 workdays end with the working hours of the fifth.
    Raises `NeverDue`.
    """
    left = amount(clock, figure, hours)
    first = counted_from(clock, begin, hours)
    if left == ZERO:
        return first
    held = min((pause.begin for pause in pauses if pause.until is None), default=None)
    limit = first + _FOREVER if held is None else held
    for start, end in _spans(clock, first, limit, pauses, hours):
        if end - start >= left:
            return start + left
        left -= end - start
    if held is not None:
        return None
    raise NeverDue


def _spans(
    clock: Clock, begin: datetime, until: datetime, pauses: Sequence[Pause], hours: Hours
) -> Iterator[tuple[datetime, datetime]]:
    """Yield what counts in `[begin, until)`, in order."""
    gaps = sorted((pause.begin, pause.until or until) for pause in pauses)
    for start, end in _counting(clock, begin, until, hours):
        at = start
        for gap_begin, gap_end in gaps:
            if gap_end <= at or gap_begin >= end:
                continue
            if gap_begin > at:
                yield at, gap_begin
            at = max(at, gap_end)
        if at < end:
            yield at, end


def _counting(clock: Clock, begin: datetime, until: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    if until <= begin:
        return
    if clock == Clock.ELAPSED:
        yield begin, until
        return
    day = begin.astimezone(hours.zone).date()
    last = until.astimezone(hours.zone).date()
    while day <= last:
        if is_workday(day):
            midnight = datetime.combine(day, time(), tzinfo=hours.zone)
            for first, end in hours.spans:
                # Minutes are added on the wall clock, so that 08:30 stays 08:30 whatever the zone does that night.
                opens = (midnight + timedelta(minutes=first)).astimezone(UTC)
                closes = (midnight + timedelta(minutes=end)).astimezone(UTC)
                start, stop = max(opens, begin), min(closes, until)
                if start < stop:
                    yield start, stop
        day += timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
