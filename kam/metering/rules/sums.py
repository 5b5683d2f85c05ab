"""An account's load from its meters: added up by interval, over the days on which each meter was in service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kam.metering.rules.profile import Floats, MixedIntervals, Profile, total


@dataclass(frozen=True, eq=False)
class MeterLoad:
    """One meter's load over the period, and its days in service `[first_day, until_day)`; no end: still in service."""

    profile: Profile
    first_day: date
    until_day: date | None


def account_load(loads: Sequence[MeterLoad]) -> Profile:
    """Add the meters of one account, all over the same days of one zone.

    An interval is absent where a meter in service gives no value: a sum over part of the meters would read as a drop.
    Before its first reading, and after its last once it is taken off, a meter counts nothing, so that a meter that was
    exchanged leaves no hole. Meters of different intervals are added on the longest. Raises `MixedIntervals` where one
    interval is no multiple of another.
    """
    minutes = max(load.profile.minutes for load in loads)
    parts = [replace(load, profile=coarser(load.profile, minutes)) for load in loads]
    if len(parts) == 1:
        return parts[0].profile
    in_service = [_in_service(part) for part in parts]
    summed = total([_quiet(part.profile, served) for part, served in zip(parts, in_service, strict=True)])
    nobody = ~np.logical_or.reduce(in_service)
    if not nobody.any():
        return summed
    kwh = summed.kwh.copy()
    kwh[nobody] = np.nan
    return replace(summed, kwh=kwh)


def coarser(profile: Profile, minutes: int) -> Profile:
    """Return the profile on longer intervals; one with an absent part is absent, marks are united."""
    if minutes == profile.minutes:
        return profile
    parts, rest = divmod(minutes, profile.minutes)
    if rest:
        raise MixedIntervals([profile.minutes, minutes])
    # Days are whole hours long also where a clock changes, so no interval lies across two days.
    return replace(
        profile,
        minutes=minutes,
        day_index=profile.day_index[::parts],
        minute_of_day=profile.minute_of_day[::parts],
        kwh=_summed(profile.kwh, parts),
        kvarh_lag=None if profile.kvarh_lag is None else _summed(profile.kvarh_lag, parts),
        kvarh_lead=None if profile.kvarh_lead is None else _summed(profile.kvarh_lead, parts),
        marks=None if profile.marks is None else np.bitwise_or.reduce(profile.marks.reshape(-1, parts), axis=1),
    )


def _summed(values: Floats, parts: int) -> Floats:
    sums: Floats = values.reshape(-1, parts).sum(axis=1)
    return sums


def _in_service(load: MeterLoad) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    days = load.profile.days
    served = days >= np.datetime64(load.first_day)
    if load.until_day is not None:
        served &= days < np.datetime64(load.until_day)
    of_interval: np.ndarray[tuple[int], np.dtype[np.bool_]] = served[load.profile.day_index]
    return of_interval


def _quiet(profile: Profile, served: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Profile:
    if served.all():
        return profile
    marks = None if profile.marks is None else np.where(served, profile.marks, 0).astype(np.uint8)
    return replace(
        profile,
        kwh=np.where(served, profile.kwh, 0.0),
        kvarh_lag=None if profile.kvarh_lag is None else np.where(served, profile.kvarh_lag, 0.0),
        kvarh_lead=None if profile.kvarh_lead is None else np.where(served, profile.kvarh_lead, 0.0),
        marks=marks,
    )
