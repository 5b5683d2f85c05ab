"""What days have in common for everybody in the city: kind of day, quiet of Spring Festival, heat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from kam.metering.rules.daykinds import KINDS, DayKind, Holiday, holiday_of, kind_of
from kam.reports.actions.demo.plan import SEED

Floats = npt.NDArray[np.float64]
SLOTS = 96
HOURS: Floats = np.arange(SLOTS) / 4
SATURDAY = 5
_BEFORE_FESTIVAL, _AFTER_FESTIVAL = 7, 12  # days in which works close, and come back


@dataclass(frozen=True)
class Season:
    """`n` whole days one after the other; arrays have shape (n,), `celsius` (n, 96).

    `kinds` indexes `daykinds.KINDS`; `bustle` is 0 within the Spring Festival break, 1 on ordinary days; `years` are
    years since the first day; `vacation` is true when schools are closed.
    """

    days: list[date]
    kinds: npt.NDArray[np.int64]
    saturday: npt.NDArray[np.bool_]
    bustle: Floats
    years: Floats
    vacation: npt.NDArray[np.bool_]
    celsius: Floats


def season(first: date, count: int) -> Season:
    """Return `count` days from `first`; a day's weather is the same whatever the span around it."""
    days = [first + timedelta(days=number) for number in range(count)]
    bustle = np.array([_bustle(day) for day in days])
    return Season(
        days=days,
        kinds=np.array([KINDS.index(kind_of(day)) for day in days]),
        saturday=np.array([kind_of(day) is DayKind.REST and day.weekday() == SATURDAY for day in days]),
        bustle=bustle,
        years=np.arange(count) / 365,
        vacation=np.array([(7, 10) <= (day.month, day.day) < (9, 1) for day in days]) | (bustle < 0.95),
        celsius=np.stack([_celsius(day) for day in days]),
    )


def _bustle(day: date) -> float:
    """Return how many of 1 are at work: fewer before the festival, none in it, coming back slowly after it."""
    if day.month > 3:
        return 1.0
    if holiday_of(day) is Holiday.SPRING_FESTIVAL:
        return 0.0
    for distance in range(1, _AFTER_FESTIVAL + 1):
        if holiday_of(day - timedelta(days=distance)) is Holiday.SPRING_FESTIVAL:
            return distance / (_AFTER_FESTIVAL + 1)
        if distance <= _BEFORE_FESTIVAL and holiday_of(day + timedelta(days=distance)) is Holiday.SPRING_FESTIVAL:
            return distance / (_BEFORE_FESTIVAL + 1)
    return 1.0


def _celsius(day: date) -> Floats:
    """Return the air's temperature of a day in 96 quarters: a coast at 23 degrees of latitude."""
    dice = np.random.default_rng([SEED, 9, day.toordinal()])
    of_year = day.timetuple().tm_yday
    # Neighbouring days are alike: each is the mean of its week's dice and its own.
    week = np.random.default_rng([SEED, 10, day.toordinal() // 6]).normal(0, 2.0)
    mean = 22.5 - 7.5 * np.cos(2 * np.pi * (of_year - 20) / 365) + week + dice.normal(0, 1.0)
    swing = 3.2 + dice.random()
    return np.asarray(mean - swing * np.cos(2 * np.pi * (HOURS - 3.0) / 24))
