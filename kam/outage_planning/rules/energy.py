"""Energy not served, estimated from the load on like days (OUT-9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from kam.metering.rules.daykinds import KINDS, DayKind, kind_of
from kam.metering.rules.load import typical_days
from kam.metering.rules.profile import Profile

SLOTS, SLOT_MINUTES = 96, 15
Floats = npt.NDArray[np.float64]
# Price in yuan/kWh of a local day's quarter hours: shape (96,).
PricesOf = Callable[[date], Floats]


@dataclass(frozen=True)
class LikeDays:
    """Mean load by kind of day: kW in each quarter hour of the local day, shape (96,)."""

    kw: Mapping[DayKind, Floats]

    def of(self, day: date) -> Floats:
        """Return the load of days like `day`; where none of its kind is known, of the kind that is."""
        kind = kind_of(day)
        if kind in self.kw:
            return self.kw[kind]
        # A holiday is more like a rest day than like a workday.
        order = [DayKind.REST, DayKind.HOLIDAY, DayKind.WORKDAY] if kind != DayKind.WORKDAY else list(KINDS)
        return next(self.kw[other] for other in order if other in self.kw)

    @cached_property
    def mean_kw(self) -> float:
        """Mean over all kinds of day, each by its own."""
        return float(np.mean([load.mean() for load in self.kw.values()]))


def like_days(profile: Profile) -> LikeDays | None:
    """Return the mean load of each kind of day in a profile; None without any readings.

    Quarter hours that no day of a kind has a value for take that kind's mean.
    """
    found: dict[DayKind, Floats] = {}
    for kind, day in typical_days(profile).items():
        kw = day.mean_kw
        if not np.isnan(kw).all():
            filled = np.where(np.isnan(kw), np.nanmean(kw), kw)
            found[kind] = _quarters(filled)
    return LikeDays(found) if found else None


def _quarters(kw: Floats) -> Floats:
    if len(kw) >= SLOTS:
        finer: Floats = (
            kw.reshape(SLOTS, -1).mean(axis=1)
            if len(kw) % SLOTS == 0
            else np.interp(np.arange(SLOTS) / SLOTS, np.arange(len(kw)) / len(kw), kw)
        )
        return finer
    if SLOTS % len(kw) == 0:
        return np.repeat(kw, SLOTS // len(kw))
    return np.interp(np.arange(SLOTS) / SLOTS, np.arange(len(kw)) / len(kw), kw)


@dataclass(frozen=True)
class NotServed:
    """Energy that is not supplied, and what it would have brought; `yuan` None without prices."""

    kwh: float
    yuan: float | None


def not_served(
    like: LikeDays, start: datetime, end: datetime, zone: tzinfo, prices: PricesOf | None = None
) -> NotServed:
    """Return the energy of `[start, end)` on days like its own: the sum over quarter hours, parts of them included."""
    kwh, yuan = 0.0, 0.0
    for day, slots, hours in _days(start, end, zone):
        energy = like.of(day)[slots] * hours
        kwh += float(energy.sum())
        if prices is not None:
            yuan += float((energy * prices(day)[slots]).sum())
    return NotServed(kwh, yuan if prices is not None else None)


@lru_cache(maxsize=4_096)  # the customers of one window ask for the same one after another
def _days(start: datetime, end: datetime, zone: tzinfo) -> tuple[tuple[date, npt.NDArray[np.intp], Floats], ...]:
    """Return for each local day of `[start, end)` the quarter hours touched and how many hours of each."""
    found: dict[date, dict[int, float]] = {}
    at, until = start.astimezone(UTC), end.astimezone(UTC)
    while at < until:
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        into = timedelta(minutes=minute % SLOT_MINUTES, seconds=local.second, microseconds=local.microsecond)
        # Clocks change on quarter hours, so a slot of the world's clock is one of the wall's.
        step = min(at + timedelta(minutes=SLOT_MINUTES) - into, until)
        slots = found.setdefault(local.date(), {})
        slot = minute // SLOT_MINUTES
        slots[slot] = slots.get(slot, 0.0) + (step - at).total_seconds() / 3600
        at = step
    return tuple(
        (day, np.fromiter(slots, np.intp, len(slots)), np.fromiter(slots.values(), np.float64, len(slots)))
        for day, slots in found.items()
    )
