"""From readings in any order to the strict grid: what is given twice, what is missing, where the span begins
and ends.
"""

from dataclasses import dataclass

import numpy as np

from kam.metering.rules.marks import Quality
from kam.metering.rules.readings import QUANTITIES, Floats, Marks, Quantity, UnreadableFile, Whole

MAX_SPAN_DAYS = 20 * 366
"""A single meter's file that spans more than 20 years holds a wrong date; its grid would fill the memory."""


@dataclass(frozen=True)
class Laid:
    """Readings on the grid: `first` is the UTC second of slot 0, arrays have shape (n,), `duplicates` counts
    readings beyond the first.
    """

    first: int
    values: dict[Quantity, Floats]
    marks: Marks
    duplicates: int


def lay(readings: dict[Quantity, tuple[Whole, Floats]], step: int) -> Laid:
    """Put readings on the grid of `step` seconds; where an interval is given twice the later row wins.

    `readings`: per quantity UTC seconds of interval starts, all in one phase, and values, in file order; NaN
    gives nothing. The same value twice is marked DUPLICATE, another one CONFLICT. Raises UnreadableFile
    `span_too_long`.
    """
    given = {}
    for quantity, (starts, values) in readings.items():
        there = ~np.isnan(values)
        given[quantity] = (starts, values) if there.all() else (starts[there], values[there])
    edges = [(int(starts.min()), int(starts.max())) for starts, _ in given.values() if len(starts)]
    if not edges:
        empty = {quantity: np.zeros(0) for quantity in readings} | {"kwh": np.zeros(0)}
        return Laid(0, {q: empty[q] for q in QUANTITIES if q in empty}, np.zeros(0, dtype=np.uint8), 0)
    first, last = min(low for low, _ in edges), max(high for _, high in edges)
    if last - first > MAX_SPAN_DAYS * 86_400:
        raise UnreadableFile("span_too_long", f"{(last - first) // 86_400} d")
    size = (last - first) // step + 1
    marks = np.zeros(size, dtype=np.uint8)
    laid: dict[Quantity, Floats] = {}
    duplicates = 0
    for quantity, (starts, values) in given.items():
        laid[quantity], beyond = _lay_one((starts - first) // step, values, size, marks)
        duplicates = max(duplicates, beyond)
    return Laid(first, with_kwh(laid, size), finished(marks, laid), duplicates)


def with_kwh(values: dict[Quantity, Floats], size: int) -> dict[Quantity, Floats]:
    """Return the values with an energy array, all unknown if only reactive energy was given."""
    return values if "kwh" in values else {"kwh": np.full(size, np.nan), **values}


def finished(marks: Marks, values: dict[Quantity, Floats]) -> Marks:
    """Return marks in which a conflict is not also a duplicate, and intervals without energy are MISSING."""
    marks[(marks & Quality.CONFLICT) != 0] &= ~np.uint8(Quality.DUPLICATE)
    kwh = values.get("kwh")
    if kwh is None:
        marks |= np.uint8(Quality.MISSING)
    else:
        marks[np.isnan(kwh)] |= np.uint8(Quality.MISSING)
    return marks


def _lay_one(slots: Whole, values: Floats, size: int, marks: Marks) -> tuple[Floats, int]:
    steps = np.diff(slots)
    if (steps > 0).all():
        if len(slots) == size:
            return values, 0
        out = np.full(size, np.nan)
        out[slots] = values
        return out, 0
    order = np.argsort(slots, kind="stable")
    slots, values = slots[order], values[order]
    again = np.flatnonzero(np.diff(slots) == 0)
    same = values[again] == values[again + 1]
    marks[slots[again[same]]] |= np.uint8(Quality.DUPLICATE)
    marks[slots[again[~same]]] |= np.uint8(Quality.CONFLICT)
    latest = np.append(np.diff(slots) != 0, True)
    out = np.full(size, np.nan)
    out[slots[latest]] = values[latest]
    return out, len(again)
