"""Figures of a load profile: energy, demand, load factor, duration, typical days, months, bands (ENE-1).

All figures are floats, unrounded: kWh, kvarh, kW. Round at the edge; money is made of Decimals elsewhere.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from kam.metering.rules.daykinds import KINDS, DayKind, kinds
from kam.metering.rules.marks import Quality
from kam.metering.rules.profile import DAY_MINUTES, Floats, NoReadings, Profile
from kam.metering.rules.tou import BANDS, NO_BAND, Band, Calendar, bands_at

BLOCK_MINUTES = 15
DURATION_POINTS = 500
NIGHT_UNTIL_MINUTE = 360
BASE_LOAD_PERCENT = 5

CalendarFor = Callable[[date], Calendar | None]


@dataclass(frozen=True)
class Peak:
    """Largest mean power over one interval or block, and the instant at which that began."""

    kw: float
    at: datetime


@dataclass(frozen=True, eq=False)
class TypicalDay:
    """Load of the days of one kind by local time. `mean_kw`, `p10_kw`, `p90_kw`: shape (1440 / minutes,)."""

    days: int
    mean_kw: Floats
    p10_kw: Floats
    p90_kw: Floats


@dataclass(frozen=True, eq=False)
class Duration:
    """Load duration curve: `kw` descending, reached or exceeded during `share` (0..1) of the time present."""

    share: Floats
    kw: Floats


@dataclass(frozen=True)
class MonthFigures:
    """One calendar month, or the part of it inside the period (`days` of `days_in_month`).

    `bands` in kWh by band, all five always there; `unbanded_kwh` is energy outside any calendar.
    `completeness` is the share (0..1) of the part's intervals that have a value. Power factor is None without
    reactive data.
    """

    month: str
    days: int
    days_in_month: int
    energy_kwh: float
    max_demand_kw: float | None
    max_demand_at: datetime | None
    max_demand_15min_kw: float | None
    load_factor: float | None
    power_factor: float | None
    kvarh_lag: float | None
    kvarh_lead: float | None
    bands: Mapping[Band, float]
    unbanded_kwh: float
    completeness: float
    estimated_share: float


@dataclass(frozen=True, eq=False)
class LoadFigures:
    """Everything that a report says of the load of one period, see the functions of this module."""

    days_from: date
    days_until: date
    minutes: int
    energy_kwh: float
    kvarh_lag: float | None
    kvarh_lead: float | None
    mean_kw: float
    max_demand_kw: float
    max_demand_at: datetime
    max_demand_15min_kw: float
    max_demand_15min_at: datetime
    load_factor: float | None
    power_factor: float | None
    base_load_kw: float | None
    completeness: float
    estimated_share: float
    bands: Mapping[Band, float]
    unbanded_kwh: float
    months: tuple[MonthFigures, ...]
    typical: Mapping[DayKind, TypicalDay]
    duration: Duration
    daily_kwh: Floats
    daily_max_kw: Floats


def analyse(profile: Profile, calendar_for: CalendarFor) -> LoadFigures:
    """Return all figures of the profile. `calendar_for` gives a day's time-of-use table, None for none.

    Raises `NoReadings` where no interval, or no whole block of 15 minutes, has a value.
    """
    peak = maximum_demand(profile)
    block = maximum_demand_15min(profile)
    bands = bands_in(profile, calendar_for)
    present = int(np.count_nonzero(~np.isnan(profile.kwh)))
    energy_kwh = float(np.nansum(profile.kwh))
    mean_kw = energy_kwh / present * (60 / profile.minutes)
    lag, lead = _sum(profile.kvarh_lag), _sum(profile.kvarh_lead)
    return LoadFigures(
        days_from=profile.days[0].item(),
        days_until=(profile.days[-1] + 1).item(),
        minutes=profile.minutes,
        energy_kwh=energy_kwh,
        kvarh_lag=lag,
        kvarh_lead=lead,
        mean_kw=mean_kw,
        max_demand_kw=peak.kw,
        max_demand_at=peak.at,
        max_demand_15min_kw=block.kw,
        max_demand_15min_at=block.at,
        load_factor=mean_kw / peak.kw if peak.kw > 0 else None,
        power_factor=power_factor(energy_kwh, lag, lead),
        base_load_kw=base_load(profile),
        completeness=present / len(profile.kwh),
        estimated_share=estimated_share(profile),
        bands=by_band(profile.kwh, bands),
        unbanded_kwh=float(np.nansum(profile.kwh[bands == NO_BAND])),
        months=by_month(profile, bands),
        typical=typical_days(profile),
        duration=duration_curve(profile),
        daily_kwh=daily(profile.kwh, profile, np.add),
        daily_max_kw=daily(profile.kw, profile, np.fmax),
    )


def power_factor(kwh: float, kvarh_lag: float | None, kvarh_lead: float | None) -> float | None:
    """Mean power factor (平均功率因数) of sums: kWh / sqrt(kWh² + (|lag| + |lead|)²), unrounded.

    Reverse reactive energy counts by its amount (DOMAIN section 3.2). None without reactive data or energy.
    """
    if (kvarh_lag is None and kvarh_lead is None) or kwh <= 0:
        return None
    return float(kwh / np.hypot(kwh, abs(kvarh_lag or 0.0) + abs(kvarh_lead or 0.0)))


def maximum_demand(profile: Profile) -> Peak:
    """Return the largest mean power of one metering interval, the first of equals. Raises `NoReadings`."""
    return _found(_peak(profile, profile.kw, profile.minutes))


def maximum_demand_15min(profile: Profile) -> Peak:
    """Return the largest mean power over fixed 15-minute blocks of the hour (最大需量).

    Blocks with an absent interval do not count. Energy inside an interval is spread evenly, so with intervals
    of 30 or 60 minutes the figure is that of the interval: a lower bound of what a demand meter would show.
    Raises `NoReadings` where no block is whole.
    """
    return _found(_peak(profile, blocks_kw(profile), max(profile.minutes, BLOCK_MINUTES)))


def _found(peak: Peak | None) -> Peak:
    if peak is None:
        raise NoReadings
    return peak


def blocks_kw(profile: Profile) -> Floats:
    """Return mean power in kW per 15-minute block; per interval where intervals are longer."""
    if profile.minutes >= BLOCK_MINUTES:
        return profile.kw
    # 10-minute intervals straddle the blocks; in pieces of 5 minutes they do not. Days are whole hours long.
    pieces = np.repeat(profile.kwh / (profile.minutes / 5), profile.minutes // 5)
    sums: Floats = pieces.reshape(-1, 3).sum(axis=1) * 4
    return sums


def _peak(profile: Profile, kw: Floats, minutes: int) -> Peak | None:
    """Find the peak of `kw`, whose entries are each `minutes` long."""
    if not len(kw) or np.isnan(kw).all():
        return None
    index = int(np.nanargmax(kw))
    interval, rest = divmod(index * minutes, profile.minutes)
    # A block of 15 may begin inside an interval of 10 minutes; clocks change on the hour, never inside it.
    return Peak(float(kw[index]), profile.starts_at(interval) + timedelta(minutes=rest))


def bands_in(profile: Profile, calendar_for: CalendarFor) -> npt.NDArray[np.uint8]:
    """Return the band of each interval: shape (n,), indexes into `BANDS`, `NO_BAND` where nothing says."""
    found = np.full(len(profile.kwh), NO_BAND, np.uint8)
    calendars: dict[int, Calendar] = {}
    number_of_day = np.zeros(len(profile.days), np.intp)
    for position, day in enumerate(profile.days.tolist()):
        if (calendar := calendar_for(day)) is not None:
            calendars[id(calendar)] = calendar
            number_of_day[position] = id(calendar)
    for number, calendar in calendars.items():
        chosen = number_of_day[profile.day_index] == number
        found[chosen] = bands_at(profile.days, profile.day_index[chosen], profile.minute_of_day[chosen], calendar)
    return found


def by_band(kwh: Floats, bands: npt.NDArray[np.uint8]) -> dict[Band, float]:
    """Return the kWh of every band, zero where it does not occur; absent intervals count nothing."""
    sums = np.bincount(bands, weights=np.nan_to_num(kwh), minlength=len(BANDS))
    return {band: float(sums[index]) for index, band in enumerate(BANDS)}


def by_month(profile: Profile, bands: npt.NDArray[np.uint8]) -> tuple[MonthFigures, ...]:
    """Return the figures of each calendar month that the profile touches, by the local start of intervals."""
    months = profile.days.astype("datetime64[M]")
    firsts = np.flatnonzero(np.concatenate(([True], months[1:] != months[:-1])))
    lasts = [*firsts[1:], len(profile.days)]
    edges = profile.day_edges
    return tuple(
        _month(profile, bands, months[first].item(), int(last - first), slice(edges[first], edges[last]))
        for first, last in zip(firsts, lasts, strict=True)
    )


def _month(profile: Profile, bands: npt.NDArray[np.uint8], month: date, days: int, span: slice) -> MonthFigures:
    kwh = profile.kwh[span]
    present = int(np.count_nonzero(~np.isnan(kwh)))
    energy_kwh = float(np.nansum(kwh))
    lag = _sum(None if profile.kvarh_lag is None else profile.kvarh_lag[span])
    lead = _sum(None if profile.kvarh_lead is None else profile.kvarh_lead[span])
    peak_kw = at = block_kw = load_factor = None
    if present:
        index = int(np.nanargmax(kwh))
        peak_kw, at = float(kwh[index]) * 60 / profile.minutes, profile.starts_at(int(span.start) + index)
        load_factor = energy_kwh / present * (60 / profile.minutes) / peak_kw if peak_kw > 0 else None
        hours = slice(span.start * profile.minutes // 15, span.stop * profile.minutes // 15)
        blocks = blocks_kw(profile)[hours if profile.minutes < BLOCK_MINUTES else span]
        block_kw = None if np.isnan(blocks).all() else float(np.nanmax(blocks))
    return MonthFigures(
        month=f"{month:%Y-%m}",
        days=days,
        days_in_month=monthrange(month.year, month.month)[1],
        energy_kwh=energy_kwh,
        max_demand_kw=peak_kw,
        max_demand_at=at,
        max_demand_15min_kw=block_kw,
        load_factor=load_factor,
        power_factor=power_factor(energy_kwh, lag, lead),
        kvarh_lag=lag,
        kvarh_lead=lead,
        bands=by_band(kwh, bands[span]),
        unbanded_kwh=float(np.nansum(kwh[bands[span] == NO_BAND])),
        completeness=present / len(kwh),
        estimated_share=_estimated(None if profile.marks is None else profile.marks[span], present),
    )


def estimated_share(profile: Profile) -> float:
    """Return the share (0..1) of intervals with a value whose value is an estimate."""
    return _estimated(profile.marks, int(np.count_nonzero(~np.isnan(profile.kwh))))


def _estimated(marks: npt.NDArray[np.uint8] | None, present: int) -> float:
    if marks is None or not present:
        return 0.0
    return int(np.count_nonzero(marks & int(Quality.ESTIMATED))) / present


def duration_curve(profile: Profile, points: int = DURATION_POINTS) -> Duration:
    """Return the load duration curve thinned to at most `points`, both ends kept."""
    kw = np.sort(profile.kw[~np.isnan(profile.kwh)])[::-1]
    chosen = np.unique(np.linspace(0, len(kw) - 1, min(points, len(kw))).round().astype(np.intp))
    return Duration(share=(chosen + 1) / len(kw), kw=kw[chosen])


def typical_days(profile: Profile) -> dict[DayKind, TypicalDay]:
    """Return mean, 10th and 90th percentile by local time for each kind of day that the profile holds.

    On the day a clock goes back, the second of two equal local times counts; slots without value are NaN.
    """
    grid = np.full((len(profile.days), DAY_MINUTES // profile.minutes), np.nan)
    grid[profile.day_index, profile.minute_of_day // profile.minutes] = profile.kw
    kind_of_day = kinds(profile.days)
    return {
        kind: _typical(grid[kind_of_day == index])
        for index, kind in enumerate(KINDS)
        if not np.isnan(grid[kind_of_day == index]).all()
    }


def _typical(grid: Floats) -> TypicalDay:
    ordered = np.sort(grid, axis=0)  # NaN goes last
    counts = np.count_nonzero(~np.isnan(grid), axis=0)
    with np.errstate(invalid="ignore"):
        mean = np.nansum(grid, axis=0) / np.where(counts, counts, np.nan)
    return TypicalDay(
        days=int(np.count_nonzero(~np.isnan(grid).all(axis=1))),
        mean_kw=mean,
        p10_kw=_percentile(ordered, counts, 0.1),
        p90_kw=_percentile(ordered, counts, 0.9),
    )


def _percentile(ordered: Floats, counts: npt.NDArray[np.intp], share: float) -> Floats:
    """Percentile of each column by linear interpolation; numpy's own is far slower where NaN may occur."""
    at = np.maximum(counts - 1, 0) * share
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    columns = np.arange(ordered.shape[1])
    below, above = ordered[low, columns], ordered[high, columns]
    between: Floats = below + (above - below) * (at - low)
    return between


def base_load(profile: Profile) -> float | None:
    """Return the base load in kW: 5th percentile of the load at night (00-06 h) and on days off."""
    off_day = kinds(profile.days) != KINDS.index(DayKind.WORKDAY)
    quiet = (profile.minute_of_day < NIGHT_UNTIL_MINUTE) | off_day[profile.day_index]
    kw = profile.kw[quiet]
    kw = kw[~np.isnan(kw)]
    return float(np.percentile(kw, BASE_LOAD_PERCENT)) if len(kw) else None


def daily(values: Floats, profile: Profile, reduce: np.ufunc) -> Floats:
    """Reduce intervals to days with `np.add` or `np.fmax`: shape (n_days,), NaN on days without any value.

    Absent intervals are left out, so a sum over a gappy day is a lower bound; see `completeness`.
    """
    empty = np.isnan(values)
    edges = profile.day_edges
    filled = np.where(empty, 0.0, values) if reduce is np.add else values
    result: Floats = reduce.reduceat(filled, edges[:-1])
    absent = np.logical_and.reduceat(empty, edges[:-1])
    return np.where(absent, np.nan, result)


def _sum(values: Floats | None) -> float | None:
    if values is None or np.isnan(values).all():
        return None
    return float(np.nansum(values))
