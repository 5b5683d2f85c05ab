"""What goes wrong at meters and lines, so that every check has something to find. NaN is no reading."""

from __future__ import annotations

import numpy as np

from kam.metering.rules.daykinds import KINDS, DayKind
from kam.reports.actions.demo.load import Load
from kam.reports.actions.demo.plan import Customer
from kam.reports.actions.demo.weather import SLOTS, Season

_LATEST_DAYS_AGO, _EARLIEST_DAYS_AGO = 8, 110
_SHORTEST = 14
_EIGHT_OCLOCK = 32


def add_faults(load: Load, customer: Customer, season: Season) -> None:
    """Put the customer's faults into its load; which it has follows from its number, when from its dice.

    A span shorter than two weeks stays as it is.
    """
    if len(season.days) < _SHORTEST:
        return
    dice = customer.rng(5)
    kwh, lag, lead = load.kwh.reshape(-1), load.lag.reshape(-1), load.lead.reshape(-1)

    def some_day() -> int:
        """Return the first slot of a recent working day."""
        count = len(season.days)
        lowest, highest = max(count - _EARLIEST_DAYS_AGO, 1), max(count - _LATEST_DAYS_AGO, 2)
        day = int(dice.integers(lowest, highest))
        while season.kinds[day] != KINDS.index(DayKind.WORKDAY) and day < count - 2:
            day += 1
        return day * SLOTS

    number = customer.index
    if number % 6 == 2:  # supply interrupted: nothing is used, and nothing is missing
        start = some_day() + _EIGHT_OCLOCK
        for values in (kwh, lag, lead):
            values[start : start + int(dice.integers(12, 40))] = 0.0
    if number % 9 == 4:  # the meter's energy element is dead while the reactive one runs on
        start = some_day() + _EIGHT_OCLOCK
        kwh[start : start + 56] = 0.0
        lag[start : start + 56] = np.maximum(lag[start : start + 56], 0.01)
    if number % 4 == 1:  # the terminal was out of reach: an hour, and a night
        for length in (4, 38):
            start = some_day() + int(dice.integers(0, SLOTS))
            for values in (kwh, lag, lead):
                values[start : start + length] = np.nan
    if number % 12 == 9:  # two days lost
        start = some_day()
        for values in (kwh, lag, lead):
            values[start : start + 2 * SLOTS] = np.nan
    if number % 11 == 5:  # a transmission error no contract can carry
        kwh[some_day() + 44] = customer.kva * 9.0
    if number % 13 == 7:  # the terminal repeats itself
        start = some_day() + 20
        kwh[start : start + 30] = kwh[start]
    if number % 17 == 8:
        kwh[some_day() + 50] *= -1
