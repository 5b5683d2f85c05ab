"""Company days (公司日) of a checked series, cut at the company's midnight, and what a later file changes in one."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kam.lib.intervals import day_start, intervals_in_day
from kam.metering.rules.marks import Quality
from kam.metering.rules.readings import Checked, DayArrays, Flags, Floats, Marks
from kam.metering.rules.stamps import DAY as SECONDS
from kam.metering.rules.stamps import transitions

_SEEN_BY_CHECKS = int(Quality.DUPLICATE | Quality.CONFLICT | Quality.OVER | Quality.DEAD | Quality.FROZEN)


def split_days(checked: Checked, zone: ZoneInfo) -> list[DayArrays]:
    """Cut a series into company days of 96 intervals (at 15 min; 92 or 100 where the clock changes).

    A first or last day that the series covers in part is filled up with NaN and MISSING. The grid must border on the
    company's midnight, as that of `intake.read` does; ValueError otherwise.
    """
    if not len(checked.kwh):
        return []
    days = []
    day = checked.start.astimezone(zone).date()
    step = timedelta(minutes=checked.minutes)
    lead, rest = divmod(checked.start - day_start(day, zone), step)
    if rest:
        raise ValueError(f"the series begins {rest} after a border of the company's grid")
    begin, size = -lead, len(checked.kwh)
    # Whole years without a clock change have days of one length; asking the calendar for each day would cost more than
    # all the rest.
    first, last = (int(instant.timestamp()) // SECONDS for instant in (checked.start, checked.until))
    changes = transitions(zone, first - 1, last + 1)[1]
    while begin < size:
        length = intervals_in_day(day, zone, checked.minutes) if changes else SECONDS // 60 // checked.minutes
        days.append(_day(checked, day, begin, begin + length))
        begin += length
        day += timedelta(days=1)
    return days


def _day(checked: Checked, day: date, begin: int, end: int) -> DayArrays:
    low, high = max(begin, 0), min(end, len(checked.kwh))
    before, after = low - begin, end - high
    raw = None
    if checked.raw_kwh is not None:
        given, used = checked.raw_kwh[low:high], checked.kwh[low:high]
        if (~np.isnan(given) & (given != used)).any():
            raw = _padded(given, before, after)
    marks = checked.marks[low:high]
    if before or after:
        marks = np.pad(marks, (before, after), constant_values=int(Quality.MISSING))
    return DayArrays(
        day=day,
        minutes=checked.minutes,
        kwh=_padded(checked.kwh[low:high], before, after),
        kvarh_lag=None if checked.kvarh_lag is None else _padded(checked.kvarh_lag[low:high], before, after),
        kvarh_lead=None if checked.kvarh_lead is None else _padded(checked.kvarh_lead[low:high], before, after),
        marks=marks,
        raw_kwh=raw,
    )


def _padded(values: Floats, before: int, after: int) -> Floats:
    return np.pad(values, (before, after), constant_values=np.nan) if before or after else values


def merge_day(old: DayArrays, new: DayArrays) -> DayArrays | None:
    """Return the stored day after a later file, or None where that changes nothing; stored values are single precision.

    Per interval what was read supersedes what was read before, an estimate fills only what was missing, and a value
    that was put aside (negative, absurd) supersedes an estimate for a gap. An estimate never displaces another one, so
    that a file taken in twice changes nothing although its estimates may lean on more days the second time. A day on
    another interval length supersedes the stored one whole.
    """
    if old.minutes != new.minutes or len(old.kwh) != len(new.kwh):
        return new
    rank_old, rank_new = _rank(old), _rank(new)
    raw_old, raw_new = _raw(old), _raw(new)
    read_anew = (rank_new == 2) & (rank_old == 2) & ~_same(old.kwh, new.kwh)
    put_aside = (rank_new == 1) & (rank_old == 1) & ~np.isnan(raw_new) & ~_same(raw_old, raw_new)
    wins = (rank_new > rank_old) | read_anew | put_aside
    agrees = (rank_new == 2) & (rank_old == 2) & ~read_anew
    # The same value in a longer file may be seen to be frozen: the same value adds marks and takes none back.
    marks = np.where(wins, new.marks, np.where(agrees, old.marks | (new.marks & _SEEN_BY_CHECKS), old.marks))
    kwh = np.where(wins, new.kwh, old.kwh)
    raw = np.where(wins, raw_new, raw_old)
    lag, lag_filled = _merged_reactive(old.kvarh_lag, new.kvarh_lag, old.marks, new.marks)
    lead, lead_filled = _merged_reactive(old.kvarh_lead, new.kvarh_lead, old.marks, new.marks)
    # Reactive energy that has now been read leaves no estimate in an interval whose energy was read all along.
    read_now = (rank_old == 2) & (rank_new == 2) & ((new.marks & Quality.ESTIMATED) == 0) & ~wins
    still_old = (lag_filled | lead_filled) & ~wins
    marks = np.where(read_now & still_old, marks & ~np.uint8(Quality.ESTIMATED), marks).astype(np.uint8)
    merged = replace(
        old,
        kwh=kwh,
        kvarh_lag=lag,
        kvarh_lead=lead,
        marks=marks,
        raw_kwh=raw if (~np.isnan(raw) & (raw != kwh)).any() else None,
    )
    return merged if _differs(old, merged) else None


def energy_estimated(day: DayArrays) -> Flags:
    """Return True for intervals whose energy is an estimate; ESTIMATED alone speaks of reactive energy only."""
    estimated: Flags = _rank(day) == 1
    return estimated


def _rank(day: DayArrays) -> Marks:
    """Return 2 where energy was read, 1 where it was estimated, 0 where it is unknown."""
    estimated = (day.marks & Quality.ESTIMATED) != 0
    aside = np.zeros_like(estimated)
    if day.raw_kwh is not None:
        aside = ~np.isnan(day.raw_kwh) & ~_same(day.raw_kwh, day.kwh)
    without = (day.marks & (Quality.MISSING | Quality.NEGATIVE)) != 0
    rank = np.where(estimated & (without | aside), 1, 2)
    return np.where(np.isnan(day.kwh), 0, rank).astype(np.uint8)


def _raw(day: DayArrays) -> Floats:
    if day.raw_kwh is not None:
        return day.raw_kwh
    return np.where(_rank(day) == 2, day.kwh, np.nan)


def _same(one: Floats, other: Floats) -> Flags:
    """Compare as stored, in single precision; unknown equals unknown."""
    left, right = one.astype(np.float32), other.astype(np.float32)
    same: Flags = (left == right) | (np.isnan(left) & np.isnan(right))
    return same


def _merged_reactive(
    old: Floats | None, new: Floats | None, old_marks: Marks, new_marks: Marks
) -> tuple[Floats | None, Flags]:
    """Return the merged array and where a value that was read took the place of another one or of an estimate."""
    nothing = np.zeros(len(old_marks), dtype=np.bool_)
    if new is None:
        return old, nothing
    if old is None:
        return new, nothing
    was_read = (new_marks & Quality.ESTIMATED) == 0
    wins = ~np.isnan(new) & (np.isnan(old) | was_read)
    return np.where(wins, new, old), wins & ((old_marks & Quality.ESTIMATED) != 0)


def _differs(old: DayArrays, new: DayArrays) -> bool:
    if (old.marks != new.marks).any():
        return True
    for before, after in ((old.kwh, new.kwh), (old.kvarh_lag, new.kvarh_lag), (old.kvarh_lead, new.kvarh_lead)):
        if (before is None) != (after is None):
            return True
        if before is not None and after is not None and not _same(before, after).all():
            return True
    return not _same(_raw(old), _raw(new)).all()
