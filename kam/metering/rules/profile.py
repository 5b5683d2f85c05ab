"""A load profile (负荷曲线) as flat arrays: whole local days, each as long as it really is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from kam.lib.intervals import day_start, intervals_in_day
from kam.metering.rules.daykinds import Days

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.uint8]

DAY_MINUTES = 1440


class NoReadings(ValueError):
    """The period holds no reading at all."""


class MixedIntervals(ValueError):
    """Days of different interval lengths in one profile; analyse the parts by themselves."""


class DayRow(Protocol):
    """One stored day: arrays as long as the day, NaN where no value is known."""

    @property
    def day(self) -> date: ...
    @property
    def minutes(self) -> int: ...
    @property
    def kwh(self) -> Floats: ...
    @property
    def kvarh_lag(self) -> Floats | None: ...
    @property
    def kvarh_lead(self) -> Floats | None: ...
    @property
    def marks(self) -> Marks | None: ...


@dataclass(frozen=True, eq=False)
class Profile:
    """Energy per interval over consecutive local days.

    `days`: datetime64[D], shape (n_days,), ascending. The other arrays have shape (n,), one entry per
    interval in order of time: `day_index` into `days`, `minute_of_day` the local start minute (on the day a
    clock goes back, the repeated minutes occur twice), `kwh` and `kvarh_*` the energy of the interval, NaN
    where absent.
    """

    days: Days
    day_index: npt.NDArray[np.intp]
    minute_of_day: npt.NDArray[np.int16]
    minutes: int
    kwh: Floats
    kvarh_lag: Floats | None
    kvarh_lead: Floats | None
    marks: Marks | None
    zone: ZoneInfo

    @property
    def kw(self) -> Floats:
        """Mean active power of each interval in kW."""
        return self.kwh * (60 / self.minutes)

    @property
    def kvarh(self) -> Floats | None:
        """Reactive energy of each interval, the absolute sum of both directions; None without any."""
        parts = [np.abs(part) for part in (self.kvarh_lag, self.kvarh_lead) if part is not None]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    def starts_at(self, index: int) -> datetime:
        """Return the instant at which interval `index` begins, aware, in the profile's zone."""
        day_number = int(self.day_index[index])
        slot = int(index) - int(np.searchsorted(self.day_index, day_number))
        begin = day_start(self.days[day_number].item(), self.zone)
        return (begin + timedelta(minutes=slot * self.minutes)).astimezone(self.zone)

    @property
    def day_edges(self) -> npt.NDArray[np.intp]:
        """Position of the first interval of each day, and the total count: shape (n_days + 1,)."""
        return np.searchsorted(self.day_index, np.arange(len(self.days) + 1))


def from_days(
    rows: Iterable[DayRow],
    zone: ZoneInfo,
    *,
    days_from: date | None = None,
    days_until: date | None = None,
) -> Profile:
    """Join stored days into a profile of every day in [days_from, days_until); absent days become NaN.

    Without bounds the first and last stored day are taken. Raises `NoReadings` where no row lies inside the
    bounds, `MixedIntervals` where rows differ in interval length, `ValueError` where a row's arrays do not
    have the day's length in `zone`.
    """
    by_day = {
        row.day: row
        for row in rows
        if (days_from is None or row.day >= days_from) and (days_until is None or row.day < days_until)
    }
    if not by_day:
        raise NoReadings
    lengths = {row.minutes for row in by_day.values()}
    if len(lengths) > 1:
        raise MixedIntervals(sorted(lengths))
    minutes = lengths.pop()
    first = days_from or min(by_day)
    until = days_until or max(by_day) + timedelta(days=1)
    days = np.arange(np.datetime64(first, "D"), np.datetime64(until, "D"))
    counts = np.array([intervals_in_day(day, zone, minutes) for day in days.tolist()], np.intp)
    edges = np.concatenate(([0], np.cumsum(counts)))
    kwh = np.full(int(edges[-1]), np.nan)
    has_lag = any(row.kvarh_lag is not None for row in by_day.values())
    has_lead = any(row.kvarh_lead is not None for row in by_day.values())
    lag = np.full(len(kwh), np.nan) if has_lag else None
    lead = np.full(len(kwh), np.nan) if has_lead else None
    has_marks = any(row.marks is not None for row in by_day.values())
    marks = np.zeros(len(kwh), np.uint8) if has_marks else None
    for day, row in by_day.items():
        position = (day - first).days
        span = slice(edges[position], edges[position + 1])
        if len(row.kwh) != counts[position]:
            raise ValueError(f"{day}: {len(row.kwh)} intervals, the day has {counts[position]}")
        kwh[span] = row.kwh
        if lag is not None and row.kvarh_lag is not None:
            lag[span] = row.kvarh_lag
        if lead is not None and row.kvarh_lead is not None:
            lead[span] = row.kvarh_lead
        if marks is not None and row.marks is not None:
            marks[span] = row.marks
    return Profile(
        days=days,
        day_index=np.repeat(np.arange(len(days)), counts),
        minute_of_day=_minutes_of_days(days, counts, minutes, zone),
        minutes=minutes,
        kwh=kwh,
        kvarh_lag=lag,
        kvarh_lead=lead,
        marks=marks,
        zone=zone,
    )


def from_grid(
    days: Sequence[date] | Days,
    minutes: int,
    kwh: Floats,
    zone: ZoneInfo,
    *,
    kvarh_lag: Floats | None = None,
    kvarh_lead: Floats | None = None,
    marks: Marks | None = None,
) -> Profile:
    """Build a profile of regular 24 h days from 2-D arrays, shape (n_days, 1440 / minutes).

    For zones and periods without clock changes. Raises `ValueError` where a shape does not fit.
    """
    day_array = np.asarray(days, "datetime64[D]")
    slots = DAY_MINUTES // minutes
    if kwh.shape != (len(day_array), slots):
        raise ValueError(f"shape {kwh.shape}, expected {(len(day_array), slots)}")
    return Profile(
        days=day_array,
        day_index=np.repeat(np.arange(len(day_array)), slots),
        minute_of_day=np.tile(np.arange(0, DAY_MINUTES, minutes, dtype=np.int16), len(day_array)),
        minutes=minutes,
        kwh=kwh.ravel(),
        kvarh_lag=None if kvarh_lag is None else kvarh_lag.ravel(),
        kvarh_lead=None if kvarh_lead is None else kvarh_lead.ravel(),
        marks=None if marks is None else marks.ravel(),
        zone=zone,
    )


def between(profile: Profile, days_from: date, days_until: date) -> Profile:
    """Return the part of the profile in [days_from, days_until). Raises `NoReadings` where none is left."""
    low, high = np.searchsorted(profile.days, np.array([days_from, days_until], "datetime64[D]"))
    if high <= low:
        raise NoReadings
    span = slice(*np.searchsorted(profile.day_index, [low, high]))
    return replace(
        profile,
        days=profile.days[low:high],
        day_index=profile.day_index[span] - low,
        minute_of_day=profile.minute_of_day[span],
        kwh=profile.kwh[span],
        kvarh_lag=None if profile.kvarh_lag is None else profile.kvarh_lag[span],
        kvarh_lead=None if profile.kvarh_lead is None else profile.kvarh_lead[span],
        marks=None if profile.marks is None else profile.marks[span],
    )


def total(profiles: Sequence[Profile]) -> Profile:
    """Add the profiles of one account's meters, all of the same days, zone and interval length.

    An interval is absent where any meter's is: a sum over part of the meters would read as a drop. Reactive
    energy counts only where every meter gives it. Marks are united. Raises `ValueError`, `MixedIntervals`.
    """
    first, *others = profiles
    for other in others:
        if other.minutes != first.minutes:
            raise MixedIntervals([first.minutes, other.minutes])
        if other.zone != first.zone or not np.array_equal(other.days, first.days):
            raise ValueError("profiles of different days")
    marks = [p.marks for p in profiles if p.marks is not None]
    return replace(
        first,
        kwh=np.sum([p.kwh for p in profiles], axis=0),
        kvarh_lag=_sum_all([p.kvarh_lag for p in profiles]),
        kvarh_lead=_sum_all([p.kvarh_lead for p in profiles]),
        marks=np.bitwise_or.reduce(marks) if marks else None,
    )


def _sum_all(parts: Sequence[Floats | None]) -> Floats | None:
    given = [part for part in parts if part is not None]
    return np.sum(given, axis=0) if len(given) == len(parts) else None


def _minutes_of_days(days: Days, counts: npt.NDArray[np.intp], minutes: int, zone: ZoneInfo) -> npt.NDArray[np.int16]:
    regular = DAY_MINUTES // minutes
    plain = np.arange(0, DAY_MINUTES, minutes, dtype=np.int16)
    return np.concatenate(
        [
            plain if count == regular else _minutes_of_day(day, minutes, zone)
            for day, count in zip(days.tolist(), counts.tolist(), strict=True)
        ]
    )


@lru_cache(maxsize=256)
def _minutes_of_day(day: date, minutes: int, zone: ZoneInfo) -> npt.NDArray[np.int16]:
    begin = day_start(day, zone)
    slots = range(intervals_in_day(day, zone, minutes))
    local = [(begin + timedelta(minutes=slot * minutes)).astimezone(zone) for slot in slots]
    return np.array([at.hour * 60 + at.minute for at in local], np.int16)
