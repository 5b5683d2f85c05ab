"""Time-of-use calendars (分时电价时段): which band an interval falls in, and what is wrong with a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt

from kam.metering.rules.daykinds import DayKind, Days, Holiday, holiday_of, kind_of

DAY_MINUTES = 1440
ALL_MONTHS = frozenset(range(1, 13))
ALL_KINDS = frozenset(DayKind)


class Band(StrEnum):
    SHARP = "sharp"  # 尖
    PEAK = "peak"  # 峰
    FLAT = "flat"  # 平
    VALLEY = "valley"  # 谷
    DEEP_VALLEY = "deep_valley"  # 深谷


BANDS = tuple(Band)
NO_BAND = 255
# Where periods overlap, the sharper band wins: notices list sharp hours inside peak hours, deep valley inside
# valley.
_WEAKEST_FIRST = (Band.FLAT, Band.VALLEY, Band.DEEP_VALLEY, Band.PEAK, Band.SHARP)


class BadPeriod(ValueError):
    """A period with minutes outside the day, or with no month or day kind at all."""


@dataclass(frozen=True)
class BandPeriod:
    """One line of a table: `band` holds in [start_minute, end_minute) of the local day.

    `end_minute` at or below `start_minute` runs over midnight; the morning part belongs to the same day (a
    notice describes each day of its months by itself), so month and kind are those of the day looked at.
    `holidays` limits the period to the breaks named, `dates` to single days (hot days); both beat general
    periods.
    """

    band: Band
    start_minute: int
    end_minute: int
    months: frozenset[int] = ALL_MONTHS
    kinds: frozenset[DayKind] = ALL_KINDS
    holidays: frozenset[Holiday] | None = None
    dates: frozenset[date] | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.start_minute < DAY_MINUTES and 0 <= self.end_minute <= DAY_MINUTES):
            raise BadPeriod(f"minutes {self.start_minute}-{self.end_minute}")
        if not self.months or not self.months <= ALL_MONTHS or not self.kinds:
            raise BadPeriod("months or kinds")

    @property
    def is_special(self) -> bool:
        return self.holidays is not None or self.dates is not None

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The minutes of the local day it covers, as one or two half-open spans."""
        if self.end_minute > self.start_minute:
            return ((self.start_minute, self.end_minute),)
        return ((self.start_minute, DAY_MINUTES), (0, self.end_minute))

    def holds_on(self, day: date) -> bool:
        return (
            day.month in self.months
            and kind_of(day) in self.kinds
            and (self.holidays is None or holiday_of(day) in self.holidays)
            and (self.dates is None or day in self.dates)
        )


@dataclass(frozen=True, eq=False)
class Calendar:
    """A table of one place and time, `[valid_from, valid_until)`; None as end means still in force.

    `default_band` fills the hours that no period names (many notices list peak and valley, the rest is flat).
    """

    code: str
    name: str
    valid_from: date
    valid_until: date | None
    source: str
    periods: tuple[BandPeriod, ...]
    default_band: Band | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    @cached_property
    def _specials(self) -> tuple[BandPeriod, ...]:
        return tuple(period for period in self.periods if period.is_special)

    @cached_property
    def _templates(self) -> dict[tuple[object, ...], npt.NDArray[np.uint8]]:
        return {}

    def minutes_of(self, day: date) -> npt.NDArray[np.uint8]:
        """Return the band of every minute of `day`: shape (1440,), indexes into `BANDS`, `NO_BAND` in gaps.

        Days of equal month, kind and special periods share one array: do not write to it.
        """
        key = (day.month, kind_of(day), *(period.holds_on(day) for period in self._specials))
        template = self._templates.get(key)
        if template is None:
            template = self._templates[key] = self._paint(day)
        return template

    def _paint(self, day: date) -> npt.NDArray[np.uint8]:
        default = NO_BAND if self.default_band is None else BANDS.index(self.default_band)
        minutes = np.full(DAY_MINUTES, default, np.uint8)
        held = [period for period in self.periods if period.holds_on(day)]
        for period in sorted(held, key=lambda p: (p.is_special, _WEAKEST_FIRST.index(p.band))):
            for start, end in period.spans:
                minutes[start:end] = BANDS.index(period.band)
        minutes.flags.writeable = False
        return minutes


def bands_of(days: Days, minutes: int, calendar: Calendar) -> npt.NDArray[np.uint8]:
    """Return the bands of regular 24 h days: shape (n_days, 1440 / minutes), indexes into `BANDS`.

    `NO_BAND` marks gaps. `days`: datetime64[D], shape (n_days,). An interval takes the band at its start,
    also where it is longer than the way to the next band edge (60-minute readings against edges on the half
    hour).
    """
    templates, row_of_day = _rows(days, calendar)
    at_slots: npt.NDArray[np.uint8] = templates[:, ::minutes][row_of_day]
    return at_slots


def bands_at(
    days: Days, day_index: npt.NDArray[np.intp], minute_of_day: npt.NDArray[np.int16], calendar: Calendar
) -> npt.NDArray[np.uint8]:
    """Return the band at each instant given as (index into `days`, local minute): shape (n,), as `bands_of`.

    For days of 23 or 25 hours, whose slots do not tell the local minute by themselves.
    """
    templates, row_of_day = _rows(days, calendar)
    at: npt.NDArray[np.uint8] = templates[row_of_day[day_index], minute_of_day]
    return at


def _rows(days: Days, calendar: Calendar) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    templates: list[npt.NDArray[np.uint8]] = []
    row_of: dict[int, int] = {}
    rows = np.empty(len(days), np.intp)
    for position, day in enumerate(days.astype("datetime64[D]").tolist()):
        template = calendar.minutes_of(day)
        row = row_of.setdefault(id(template), len(templates))
        if row == len(templates):
            templates.append(template)
        rows[position] = row
    return (np.array(templates) if templates else np.zeros((0, DAY_MINUTES), np.uint8)), rows


class ProblemCode(StrEnum):
    GAP = "gap"
    OVERLAP = "overlap"


@dataclass(frozen=True)
class Problem:
    """Minutes of a day that no period (gap) or several periods (overlap, the sharper band wins) claim.

    `kind` is None where every kind of day has the same problem. `bands` are those in dispute, sharpest first.
    """

    code: ProblemCode
    months: frozenset[int]
    kind: DayKind | None
    start_minute: int
    end_minute: int
    bands: tuple[Band, ...]

    @property
    def minutes(self) -> int:
        return self.end_minute - self.start_minute


def problems(calendar: Calendar) -> list[Problem]:
    """Return the gaps and overlaps of the table, gaps first, months with the same problem together.

    Periods of named holidays or single dates are left out: they exist to override. A `default_band` leaves no
    gap. Source: ENE-2; the collected Jiangsu table has both faults (DATA section 13).
    """
    found: dict[tuple[ProblemCode, int, int, tuple[Band, ...]], dict[DayKind, set[int]]] = {}
    for month in sorted(ALL_MONTHS):
        for kind in DayKind:
            for code, start, end, bands in _faults(calendar, month, kind):
                found.setdefault((code, start, end, bands), {}).setdefault(kind, set()).add(month)
    result: list[Problem] = []
    for (code, start, end, bands), months_of in found.items():
        months = {frozenset(value) for value in months_of.values()}
        if len(months_of) == len(ALL_KINDS) and len(months) == 1:
            result.append(Problem(code, months.pop(), None, start, end, bands))
        else:
            result.extend(Problem(code, frozenset(ms), kind, start, end, bands) for kind, ms in months_of.items())
    return sorted(result, key=lambda p: (p.code is not ProblemCode.GAP, sorted(p.months), p.start_minute))


def _faults(calendar: Calendar, month: int, kind: DayKind) -> Iterator[tuple[ProblemCode, int, int, tuple[Band, ...]]]:
    claims: list[list[Band]] = [[] for _ in range(DAY_MINUTES)]
    for period in calendar.periods:
        if period.is_special or month not in period.months or kind not in period.kinds:
            continue
        for start, end in period.spans:
            for minute in range(start, end):
                claims[minute].append(period.band)
    states = [(len(claim) > 1, len(claim) == 0, tuple(sorted(set(claim), key=BANDS.index))) for claim in claims]
    for (overlaps, empty, bands), run in groupby(range(DAY_MINUTES), key=states.__getitem__):
        minutes = list(run)
        if overlaps:
            yield ProblemCode.OVERLAP, minutes[0], minutes[-1] + 1, bands
        elif empty and calendar.default_band is None:
            yield ProblemCode.GAP, minutes[0], minutes[-1] + 1, ()
