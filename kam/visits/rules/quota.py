"""Visit quotas (走访制度): what is owed in a period, scaled by the days on duty, and how it stands (VIS-1, VIS-4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property


class Kind(StrEnum):
    """Whose quota it is."""

    MANAGER = "manager"  # 客户经理
    STATION = "station"  # 供电所
    ACCOUNT = "account"  # 户


class Status(StrEnum):
    """How a quota stands, from best to worst."""

    MET = "met"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    MISSED = "missed"


Span = tuple[date, date | None]  # half-open; no end means open
ALWAYS: Span = (date.min, None)
WORST = list(Status)
LONGEST_QUARTER = 92


@dataclass(frozen=True)
class Quota:
    """So many visits a year and a quarter, in `[valid_from, valid_until)`."""

    per_year: int
    per_quarter: int
    valid_from: date = date.min
    valid_until: date | None = None


@dataclass(frozen=True)
class Period:
    """A year or a quarter, `[start, until)`."""

    start: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.start).days

    @property
    def last(self) -> date:
        return self.until - timedelta(days=1)


def year_of(day: date) -> Period:
    """Return the calendar year of `day`."""
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def quarter_of(day: date) -> Period:
    """Return the calendar quarter of `day`."""
    first = 3 * ((day.month - 1) // 3) + 1
    return Period(date(day.year, first, 1), date(day.year + first // 10, (first + 3) % 12, 1))


def within(spans: Sequence[Span], period: Period) -> list[tuple[date, date]]:
    """Return the days of `period` that lie in any of `spans`, as half-open parts in order that do not touch."""
    cut = sorted(
        (max(start, period.start), min(until or period.until, period.until))
        for start, until in spans
        if start < period.until and (until is None or until > period.start)
    )
    joined: list[tuple[date, date]] = []
    for start, until in cut:
        if start >= until:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((start, until))
    return joined


def days_on(on: Sequence[Span], off: Sequence[Span], period: Period) -> int:
    """Count the days of `period` on duty: in one of `on` and in none of `off`."""
    days = 0
    for start, until in within(on, period):
        part = Period(start, until)
        days += part.days - sum((end - begin).days for begin, end in within(off, part))
    return days


def owed_in(quotas: Sequence[Quota], on: Sequence[Span], off: Sequence[Span], period: Period) -> Fraction:
    """Return the exact quota of a year or a quarter: each day on duty owes its share of the quota of that day.

    `quotas` must not overlap. Worked in the test: entry on 1 July of 365 days owes 10 · 184 / 365 = 5.04 (VIS-1).
    """
    yearly = period.days > LONGEST_QUARTER
    total = Fraction(0)
    for quota in quotas:
        count = quota.per_year if yearly else quota.per_quarter
        for start, until in within([(quota.valid_from, quota.valid_until)], period):
            total += Fraction(count * days_on(on, off, Period(start, until)), period.days)
    return total


def whole(exact: Fraction) -> int:
    """Round half up: a scaled quota is told in whole visits."""
    return math.floor(exact + Fraction(1, 2))


@dataclass(frozen=True)
class Progress:
    """One quota in one period, as it stands on `at`.

    `duty`: days of the period on duty; `left`: those of them in which visits can still be made, `at` itself among
    them while it is not over.
    """

    period: Period
    at: date
    exact: Fraction
    made: int
    planned: int
    duty: int
    left: int

    @cached_property
    def required(self) -> int:
        return whole(self.exact)

    @property
    def owed(self) -> int:
        """How many are still to be made."""
        return max(self.required - self.made, 0)

    @property
    def to_plan(self) -> int:
        """How many of those are in nobody's calendar yet."""
        return max(self.owed - self.planned, 0)

    @property
    def scaled(self) -> bool:
        return self.duty < self.period.days

    @property
    def per_week(self) -> float:
        """Visits a week from now on that would just do; 0 where nothing is owed or no time is left."""
        return self.owed * 7 / self.left if self.left else 0.0

    @property
    def due_by_now(self) -> Fraction:
        """What an even pace would have made by now."""
        return self.exact * (self.duty - self.left) / self.duty if self.duty else Fraction(0)

    @property
    def forecast(self) -> int:
        """Made, and the larger of what is planned and what the pace so far would add."""
        gone = self.duty - self.left
        pace = self.made * self.left // gone if gone else 0
        return self.made + max(self.planned, pace)

    @cached_property
    def status(self) -> Status:
        if self.made >= self.required:
            return Status.MET
        if not self.left:
            return Status.MISSED
        # Half a visit of grace, so that nobody is late on the second of January.
        if self.made + self.planned >= self.required or self.made >= self.due_by_now - Fraction(1, 2):
            return Status.ON_TRACK
        return Status.AT_RISK


@dataclass(frozen=True)
class Frame:
    """What one period asks of somebody, before any visit is counted."""

    period: Period
    at: date
    exact: Fraction
    duty: int
    left: int

    def progress(self, made: int, planned: int) -> Progress:
        """Put what was made and what is planned beside it."""
        return Progress(self.period, self.at, self.exact, made, planned, self.duty, self.left)


def frame(
    quotas: Sequence[Quota], on: Sequence[Span], off: Sequence[Span], period: Period, *, at: date, day_over: bool
) -> Frame:
    """Return what `period` asks of somebody on duty in `on` without `off`, as of `at`, which lies in it.

    `day_over`: on `at` itself no visit can be made any more.
    """
    left_from = at + timedelta(days=1) if day_over else at
    left = days_on(on, off, Period(left_from, period.until)) if left_from < period.until else 0
    return Frame(period, at, owed_in(quotas, on, off, period), days_on(on, off, period), left)


def worst(statuses: Sequence[Status]) -> Status:
    """Return the worst of several."""
    return max(statuses, key=WORST.index, default=Status.MET)
