"""A time-of-use table as strips of 24 hours, one per set of months and kinds of day that share the same hours."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from kam.metering.rules.daykinds import DayKind
from kam.metering.rules.tou import ALL_KINDS, ALL_MONTHS, BANDS, DAY_MINUTES, NO_BAND, Band, BandPeriod, Calendar

# The sharper band wins where periods overlap, as in `tou`.
_WEAKEST_FIRST = (Band.FLAT, Band.VALLEY, Band.DEEP_VALLEY, Band.PEAK, Band.SHARP)


@dataclass(frozen=True)
class Segment:
    """Minutes `[start_minute, end_minute)` of the day in one band; None is a gap."""

    band: Band | None
    start_minute: int
    end_minute: int

    @property
    def minutes(self) -> int:
        return self.end_minute - self.start_minute


@dataclass(frozen=True)
class Strip:
    """A day of `months` and `kinds`; both ascending."""

    months: tuple[int, ...]
    kinds: tuple[DayKind, ...]
    segments: tuple[Segment, ...]


def strips(calendar: Calendar) -> list[Strip]:
    """Return the different days of the table, those with the most months first; named holidays and dates left out."""
    months_of: dict[tuple[Segment, ...], dict[DayKind, list[int]]] = {}
    for month in sorted(ALL_MONTHS):
        for kind in DayKind:
            months_of.setdefault(_segments(calendar, month, kind), {}).setdefault(kind, []).append(month)
    found: list[Strip] = []
    for segments, by_kind in months_of.items():
        kinds_of: dict[tuple[int, ...], list[DayKind]] = {}
        for kind, months in by_kind.items():
            kinds_of.setdefault(tuple(months), []).append(kind)
        found += [Strip(months, tuple(kinds), segments) for months, kinds in kinds_of.items()]
    return sorted(found, key=lambda strip: (strip.months[0], len(strip.kinds) != len(ALL_KINDS), strip.kinds))


def specials(calendar: Calendar) -> list[BandPeriod]:
    """Return the periods of named holidays and single dates, which override the strips."""
    return [period for period in calendar.periods if period.is_special]


def _segments(calendar: Calendar, month: int, kind: DayKind) -> tuple[Segment, ...]:
    minutes = np.full(DAY_MINUTES, NO_BAND if calendar.default_band is None else BANDS.index(calendar.default_band))
    held = [p for p in calendar.periods if not p.is_special and month in p.months and kind in p.kinds]
    for period in sorted(held, key=lambda p: _WEAKEST_FIRST.index(p.band)):
        for start, end in period.spans:
            minutes[start:end] = BANDS.index(period.band)
    segments = []
    at = 0
    for band, run in groupby(minutes.tolist()):
        length = len(list(run))
        segments.append(Segment(None if band == NO_BAND else BANDS[band], at, at + length))
        at += length
    return tuple(segments)
