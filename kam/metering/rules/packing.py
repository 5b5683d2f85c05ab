"""Load days as they are stored: little-endian single precision and one quality byte per interval (DESIGN D5)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from kam.metering.rules.readings import DayArrays, Floats, Marks


class PackedDay(NamedTuple):
    """One day in bytes; `kwh`, `kvarh_*`, `raw_kwh`: '<f4' with NaN where unknown, `quality`: one byte per interval."""

    day: date
    kwh: bytes
    kvarh_lag: bytes | None
    kvarh_lead: bytes | None
    quality: bytes
    raw_kwh: bytes | None


def pack(days: Iterable[DayArrays]) -> list[PackedDay]:
    """Return the days in bytes, in the order given."""
    return [
        PackedDay(
            one.day,
            one.kwh.astype("<f4").tobytes(),
            _packed(one.kvarh_lag),
            _packed(one.kvarh_lead),
            one.marks.tobytes(),
            _packed(one.raw_kwh),
        )
        for one in days
    ]


def unpack(packed: PackedDay, minutes: int) -> DayArrays:
    """Return a stored day as arrays of double precision; the marks are a read-only view."""
    kwh = floats(packed.kwh)
    assert kwh is not None
    return DayArrays(
        day=packed.day,
        minutes=minutes,
        kwh=kwh,
        kvarh_lag=floats(packed.kvarh_lag),
        kvarh_lead=floats(packed.kvarh_lead),
        marks=marks(packed.quality),
        raw_kwh=floats(packed.raw_kwh),
    )


def floats(packed: bytes | memoryview | None) -> Floats | None:
    """Return packed values in double precision, None for none."""
    return None if packed is None else np.frombuffer(packed, "<f4").astype(np.float64)


def marks(packed: bytes | memoryview) -> Marks:
    """Return quality bytes as a read-only array."""
    return np.frombuffer(packed, np.uint8)


def intervals_known(days: Sequence[PackedDay]) -> int:
    """Count the intervals of the days that have a value, read or estimated."""
    kwh = np.frombuffer(b"".join([day.kwh for day in days]), "<f4")
    return len(kwh) - int(np.count_nonzero(np.isnan(kwh)))


def intervals_changed(before: PackedDay, after: PackedDay) -> int:
    """Count the intervals of a day in which anything differs."""
    differs = marks(before.quality) != marks(after.quality)
    for old, new in (
        (before.kwh, after.kwh),
        (before.kvarh_lag, after.kvarh_lag),
        (before.kvarh_lead, after.kvarh_lead),
        (before.raw_kwh, after.raw_kwh),
    ):
        if old is None and new is None:
            continue
        nothing = np.full(len(differs), np.nan, "<f4")
        left = nothing if old is None else np.frombuffer(old, "<f4")
        right = nothing if new is None else np.frombuffer(new, "<f4")
        differs = differs | ~((left == right) | (np.isnan(left) & np.isnan(right)))
    return int(np.count_nonzero(differs))


def _packed(values: Floats | None) -> bytes | None:
    return None if values is None else values.astype("<f4").tobytes()
