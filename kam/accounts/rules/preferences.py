"""When an outage hurts a customer most or least (ACC-6): hours of weekdays, or of certain days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Preference:
    """Hours `[from_minute, until_minute)` of days in which an outage hurts `most`, or else least.

    `weekdays`: 1 (Monday) to 7, empty for all. `days_from`, `days_until`: only days in `[days_from, days_until)`.
    An `until_minute` at or before `from_minute` runs over midnight and belongs to the day on which it began.
    """

    most: bool
    weekdays: frozenset[int] = frozenset()
    from_minute: int = 0
    until_minute: int = DAY_MINUTES
    days_from: date | None = None
    days_until: date | None = None
    reason: str = ""

    def holds_on(self, day: date) -> bool:
        """Tell whether the hours of `day` are meant."""
        return (
            (not self.weekdays or day.isoweekday() in self.weekdays)
            and (self.days_from is None or self.days_from <= day)
            and (self.days_until is None or day < self.days_until)
        )


def minutes_within(preference: Preference, start: datetime, end: datetime, zone: tzinfo) -> float:
    """Return how many minutes of `[start, end)` lie in the preference's hours, as the clock of `zone` shows them."""
    return sum(
        max((min(until, end) - max(begin, start)).total_seconds(), 0) / 60
        for begin, until in spans(preference, start, end, zone)
    )


def spans(preference: Preference, start: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Return the preference's hours of the days that `[start, end)` touches, not cut to it."""
    until = preference.until_minute
    if until <= preference.from_minute:
        until += DAY_MINUTES
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    while day <= last:
        if preference.holds_on(day):
            yield _instant(day, preference.from_minute, zone), _instant(day, until, zone)
        day += timedelta(days=1)


def _instant(day: date, minute: int, zone: tzinfo) -> datetime:
    days, rest = divmod(minute, DAY_MINUTES)
    at = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=zone)
    return at.astimezone(UTC)
