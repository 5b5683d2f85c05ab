"""How good stored days are: counts of marks by month, and one word for a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import numpy as np

from kam.metering.rules.marks import Quality
from kam.metering.rules.packing import PackedDay

COUNTED = ("missing", "estimated", "negative", "over", "dead", "frozen", "duplicate", "conflict")
_MARKS = {name: np.uint8(Quality[name.upper()]) for name in COUNTED}


class DayState(StrEnum):
    """A stored day in one word, the worst that is true of it."""

    FULL = "full"  # every interval was read, nothing is doubtful
    ESTIMATED = "estimated"  # no gap is left, some of it is an estimate
    DOUBTFUL = "doubtful"  # negative, dead, frozen, above the contract, or given twice with other values
    GAPS = "gaps"  # some intervals have no value


@dataclass(frozen=True)
class MonthQuality:
    """Intervals of one month with each mark; `month` as YYYY-MM. `open`: intervals left without any value."""

    month: str
    intervals: int
    open: int
    marks: dict[str, int]


def by_month(days: Iterable[PackedDay]) -> list[MonthQuality]:
    """Count the marks of one meter's days, ascending, by calendar month."""
    found = []
    for month, group in groupby(days, key=lambda day: f"{day.day:%Y-%m}"):
        held = list(group)
        marks = np.frombuffer(b"".join([day.quality for day in held]), np.uint8)
        kwh = np.frombuffer(b"".join([day.kwh for day in held]), "<f4")
        counts = {name: int(np.count_nonzero(marks & mark)) for name, mark in _MARKS.items()}
        found.append(MonthQuality(month, len(marks), int(np.count_nonzero(np.isnan(kwh))), counts))
    return found


def added(months: Iterable[MonthQuality]) -> list[MonthQuality]:
    """Add the months of several meters, ascending."""
    sums: dict[str, MonthQuality] = {}
    for one in months:
        held = sums.get(one.month)
        sums[one.month] = (
            one
            if held is None
            else MonthQuality(
                one.month,
                held.intervals + one.intervals,
                held.open + one.open,
                {name: held.marks[name] + one.marks[name] for name in COUNTED},
            )
        )
    return [sums[month] for month in sorted(sums)]


_DOUBT = np.uint8(Quality.NEGATIVE | Quality.OVER | Quality.DEAD | Quality.FROZEN | Quality.CONFLICT)


def state_of(kwh: bytes, quality: bytes) -> DayState:
    """Say in one word how good a stored day is."""
    if np.isnan(np.frombuffer(kwh, "<f4")).any():
        return DayState.GAPS
    marks = np.frombuffer(quality, np.uint8)
    if (marks & _DOUBT).any():
        return DayState.DOUBTFUL
    return DayState.ESTIMATED if (marks & np.uint8(Quality.ESTIMATED)).any() else DayState.FULL


def names_of(mark: int) -> list[str]:
    """Return the marks that one quality byte holds, as names in small letters."""
    return [name for name in COUNTED if mark & int(_MARKS[name])]
