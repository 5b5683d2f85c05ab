"""Check a series of readings by stated rules (数据校核) and fill its gaps; the raw values stay beside what is used."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kam.lib.intervals import day_start
from kam.metering.rules.days import merge_day, split_days
from kam.metering.rules.marks import Quality
from kam.metering.rules.readings import Checked, Counts, DayArrays, Flags, Floats, Marks, Series, Whole
from kam.metering.rules.stamps import DAY, transitions

__all__ = ["Checked", "DayArrays", "check", "merge_day", "split_days"]

OVER_CONTRACT = 1.2
"""Energy above this multiple of contracted capacity times hours is marked OVER: short overloads of a transformer are
real.
"""

ABSURD_OVER_CONTRACT = 20.0
"""Above this multiple no installation survives; the value is put aside as a fault of the meter or of the transfer."""

DEAD_MINUTES = 120
"""Zero energy for so long while reactive energy runs is a dead meter (失压, 断相), not a customer at rest."""

FROZEN_MINUTES = 360
"""The same non-zero value for so long is a frozen register; real load does not repeat to the last digit."""

SHORT_GAP_MINUTES = 120
"""Gaps up to this are filled on a straight line between their neighbours, longer ones by like days."""

LIKE_DAYS = 4
"""A longer gap is filled with the mean of up to so many nearest days of the same kind at the same time of day."""

LONGEST_GAP_DAYS = 92
"""A gap beyond a quarter of a year stays unknown: what would fill it is no estimate any more, and a slip in one date
must not invent years of energy.
"""

NEAREST_DAYS = 64
"""So many days around a gap are looked at first; only where they leave a slot open are all the others."""

_NO_MODEL = np.uint8(
    Quality.MISSING | Quality.DEAD | Quality.FROZEN | Quality.OVER | Quality.NEGATIVE | Quality.ESTIMATED
)


def check(
    series: Series,
    *,
    contract_kva: float | None,
    kind_of: Callable[[date], str],
    zone: ZoneInfo,
    history: Sequence[DayArrays] = (),
) -> Checked:
    """Mark what is doubtful in a series and estimate what is missing inside it.

    `contract_kva`: contracted capacity (合同容量), None where unknown. `kind_of`: workday, rest or holiday of a company
    day. `history`: stored days of the same meter from which long gaps may also be filled. Nothing is estimated before
    the first reading or after the last. Marks and rules: the constants above. Source: ENE-1.
    """
    hours = series.minutes / 60
    marks = series.marks.copy()
    used = series.kwh
    negative = used < 0
    aside = negative
    over = np.zeros_like(negative)
    if contract_kva is not None and contract_kva > 0:
        over = used > OVER_CONTRACT * contract_kva * hours
        aside = negative | (used > ABSURD_OVER_CONTRACT * contract_kva * hours)
    reactive = _reactive_running(series)
    dead = _runs(used == 0, DEAD_MINUTES // series.minutes, reactive)
    frozen = _frozen(used, FROZEN_MINUTES // series.minutes)
    for flags, mark in (
        (negative, Quality.NEGATIVE),
        (over, Quality.OVER),
        (dead, Quality.DEAD),
        (frozen, Quality.FROZEN),
    ):
        if flags.any():
            marks[flags] |= np.uint8(mark)
    raw = None
    if aside.any():
        raw, used = used, np.where(aside, np.nan, used)
    like = _LikeDays(series, marks, kind_of, zone, history)
    missing = int(np.isnan(series.kwh).sum())
    used, filled = _estimated(used, series.minutes, like, "kwh")
    marks[filled] |= np.uint8(Quality.ESTIMATED)
    lag, lag_filled = _reactive(series.kvarh_lag, series.minutes, like, "kvarh_lag")
    lead, lead_filled = _reactive(series.kvarh_lead, series.minutes, like, "kvarh_lead")
    by_reactive = lag_filled | lead_filled
    marks[by_reactive] |= np.uint8(Quality.ESTIMATED)
    return Checked(
        meter_no=series.meter_no,
        start=series.start,
        minutes=series.minutes,
        kwh=used,
        kvarh_lag=lag,
        kvarh_lead=lead,
        raw_kwh=raw,
        marks=marks,
        counts=Counts(
            missing=missing,
            estimated=int(filled.sum()),
            reactive_estimated=int(by_reactive.sum()),
            negative=int(negative.sum()),
            dead=int(dead.sum()),
            over=int(over.sum()),
            frozen=int(frozen.sum()),
            duplicates=series.duplicates,
        ),
    )


def _reactive_running(series: Series) -> Flags | None:
    running: Flags | None = None
    for array in (series.kvarh_lag, series.kvarh_lead):
        if array is not None:
            running = array > 0 if running is None else running | (array > 0)
    return running


def _runs(wanted: Flags, least: int, also: Flags | None) -> Flags:
    """Return True inside runs of at least `least` intervals in which both arrays are True."""
    if also is None:
        return np.zeros_like(wanted)
    both = wanted & also
    out = np.zeros_like(both)
    if not both.any():
        return out
    edges = np.flatnonzero(np.diff(both, prepend=False, append=False))
    for low, high in edges.reshape(-1, 2).tolist():
        if high - low >= least:
            out[low:high] = True
    return out


def _frozen(values: Floats, least: int) -> Flags:
    """Return True inside runs of at least `least` intervals with the same non-zero value."""
    out = np.zeros(len(values), dtype=np.bool_)
    if len(values) < least:
        return out
    repeats = (values[1:] == values[:-1]) & (values[1:] != 0)
    if int(repeats.sum()) < least - 1:
        return out
    edges = np.flatnonzero(np.diff(repeats, prepend=False, append=False))
    for low, high in edges.reshape(-1, 2).tolist():
        if high - low + 1 >= least:
            out[low : high + 1] = True
    return out


def _reactive(values: Floats | None, minutes: int, like: "_LikeDays", name: str) -> tuple[Floats | None, Flags]:
    """Fill gaps of reactive energy as those of energy; a value below zero is no reading."""
    if values is None:
        return None, np.zeros(like.size, dtype=np.bool_)
    below = values < 0
    return _estimated(np.where(below, np.nan, values) if below.any() else values, minutes, like, name)


def _estimated(values: Floats, minutes: int, like: "_LikeDays", name: str) -> tuple[Floats, Flags]:
    """Return values with the gaps between first and last reading filled, and True where one was."""
    unknown = np.isnan(values)
    filled = np.zeros_like(unknown)
    if not unknown.any() or unknown.all():
        return values, filled
    known = np.flatnonzero(~unknown)
    inside = unknown.copy()
    inside[: known[0]] = False
    inside[known[-1] + 1 :] = False
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False)).reshape(-1, 2)
    lengths = edges[:, 1] - edges[:, 0]
    out = values.copy()
    short = np.zeros_like(inside)
    for low, high in edges[lengths * minutes <= SHORT_GAP_MINUTES].tolist():
        short[low:high] = True
    where = np.flatnonzero(short)
    out[where] = np.interp(where, known, values[known])
    endless = np.zeros_like(inside)
    for low, high in edges[lengths * minutes > LONGEST_GAP_DAYS * 24 * 60].tolist():
        endless[low:high] = True
    long = np.flatnonzero(inside & ~short & ~endless)
    if len(long):
        out[long] = like.means(values, long, name)
    filled[inside] = ~np.isnan(out[inside])
    return out, filled


@dataclass(frozen=True)
class _LikeDays:
    """Days of the series and of the meter's history, laid by time of day, from which long gaps are filled."""

    series: Series
    marks: Marks
    kind_of: Callable[[date], str]
    zone: ZoneInfo
    history: Sequence[DayArrays]

    @property
    def size(self) -> int:
        return len(self.series.kwh)

    def means(self, values: Floats, wanted: Whole, name: str) -> Floats:
        """Return for each slot of `wanted` the mean of the nearest like days at that time of day; NaN where there is
        none.

        Days count from day to day of the company; the hour that a clock change repeats is taken as one.
        """
        day, slot = self._places()
        first, last = int(day[0]), int(day[-1])
        stored = [
            d for d in self.history if d.minutes == self.series.minutes and not first <= d.day.toordinal() <= last
        ]
        grid = np.full((last - first + 1, DAY // 60 // self.series.minutes), np.nan)
        sound = (self.marks & _NO_MODEL) == 0 if name == "kwh" else (self.marks & np.uint8(Quality.NEGATIVE)) == 0
        model = sound & ~np.isnan(values)
        grid[day[model] - first, slot[model]] = values[model]
        rows = [(first + index, grid[index]) for index in np.flatnonzero(~np.isnan(grid).all(axis=1)).tolist()]
        rows += [row for d in stored if (row := self._stored_row(d, name)) is not None]
        if not rows:
            return np.full(len(wanted), np.nan)
        ordinals = np.array([ordinal for ordinal, _ in rows])
        levels = np.array([values_of_day for _, values_of_day in rows])
        kinds = np.array([self.kind_of(date.fromordinal(ordinal)) for ordinal, _ in rows])
        out = np.full(len(wanted), np.nan)
        for ordinal, places in _by_day(day[wanted]):
            slots = slot[wanted[places]]
            nearest = np.argsort(np.abs(ordinals - ordinal), kind="stable")
            nearest = nearest[ordinals[nearest] != ordinal]
            alike = kinds[nearest] == self.kind_of(date.fromordinal(ordinal))
            same_kind = _mean_of_nearest(levels, nearest[alike], slots)
            lacking = np.isnan(same_kind)
            if lacking.any():
                same_kind[lacking] = _mean_of_nearest(levels, nearest, slots[lacking])
            out[places] = same_kind
        return out

    def _places(self) -> tuple[Whole, Whole]:
        """Return for each interval of the series the ordinal of its company day and its slot by the clock."""
        step = self.series.minutes * 60
        utc = int(self.series.start.timestamp()) + np.arange(self.size) * step
        offset, changes = transitions(self.zone, int(utc[0]) // DAY, int(utc[-1]) // DAY + 1)
        offsets = np.full(self.size, offset)
        for change in changes:
            offsets[utc >= change.at] = change.after
        wall = utc + offsets
        return wall // DAY + date(1970, 1, 1).toordinal(), wall % DAY // step

    def _stored_row(self, stored: DayArrays, name: str) -> tuple[int, Floats] | None:
        """Return the sound values of a stored day by time of day; days with a clock change are laid by the clock as
        well.
        """
        values: Floats | None = getattr(stored, name)
        if values is None:
            return None
        step = timedelta(minutes=stored.minutes)
        sound = (stored.marks & _NO_MODEL) == 0
        row = np.full(DAY // 60 // stored.minutes, np.nan)
        if len(values) == len(row):
            return stored.day.toordinal(), np.where(sound, values, np.nan)
        begin = day_start(stored.day, self.zone)
        for index in np.flatnonzero(sound).tolist():
            clock = (begin + index * step).astimezone(self.zone)
            row[(clock.hour * 60 + clock.minute) // stored.minutes] = values[index]
        return stored.day.toordinal(), row


def _by_day(days: Whole) -> Iterator[tuple[int, Whole]]:
    borders = np.flatnonzero(np.diff(days)) + 1
    for places in np.split(np.arange(len(days)), borders):
        yield int(days[places[0]]), places


def _mean_of_nearest(levels: Floats, nearest: Whole, slots: Whole) -> Floats:
    """Return per slot the mean of the first LIKE_DAYS known values, days nearest first; NaN where there is none."""
    mean, count = _mean_of_first(levels[nearest[:NEAREST_DAYS]][:, slots])
    open_slots = count < LIKE_DAYS
    if open_slots.any() and len(nearest) > NEAREST_DAYS:
        mean[open_slots], _ = _mean_of_first(levels[nearest][:, slots[open_slots]])
    return mean


def _mean_of_first(levels: Floats) -> tuple[Floats, Whole]:
    known = ~np.isnan(levels)
    taken = known & (np.cumsum(known, axis=0) <= LIKE_DAYS)
    count = taken.sum(axis=0)
    total = np.where(taken, levels, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count
