"""The made-up customers' load: energy and reactive energy of every quarter, as the meter would have counted it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kam.metering.rules.daykinds import KINDS, DayKind
from kam.reports.actions.demo.habits import HABITS, Habit
from kam.reports.actions.demo.industries import Shape
from kam.reports.actions.demo.plan import Customer
from kam.reports.actions.demo.weather import HOURS, SLOTS, Floats, Season

_WORKDAY, _REST, _HOLIDAY = (KINDS.index(kind) for kind in (DayKind.WORKDAY, DayKind.REST, DayKind.HOLIDAY))
_COMFORT_CELSIUS = 24.0
_COMPENSATED_TANGENT = 0.24  # power factor 0.97
_POOR_TANGENT = 0.63  # 0.85
_CAPACITORS_FAIL_DAYS_AGO = 150


@dataclass
class Load:
    """Energy of `n` days of 96 quarters: kWh, kvarh lagging, kvarh leading; each of shape (n, 96)."""

    kwh: Floats
    lag: Floats
    lead: Floats


def load_of(customer: Customer, season: Season) -> Load:
    """Return the customer's load through the season, without faults of meter or network."""
    habit = HABITS[customer.industry.shape]
    dice = customer.rng(4)
    points = np.array(habit.curve)
    curve = np.interp(HOURS, points[:, 0], points[:, 1])
    # No two works begin at the same minute.
    curve = np.interp((HOURS + dice.uniform(-0.5, 0.5)) % 24, HOURS, curve)
    above = np.maximum(curve - habit.base, 0.0)
    level = np.minimum(curve, habit.base) + _activity(habit, customer, season, dice)[:, None] * above
    if customer.industry.shape is Shape.ARC_FURNACE:
        level = level * _heats(level.shape, dice)
    heat = np.maximum(season.celsius - _COMFORT_CELSIUS, 0.0) / 10
    level = level + habit.cooling * heat * (0.3 + 0.7 * level)
    level *= _noise(level.shape, habit.noise, dice)
    level *= _growth(season, dice)[:, None]
    top_kw = customer.kva * dice.uniform(*habit.fill)
    kwh = _counted(np.maximum(level, 0.003) * top_kw / 4)
    lag, lead = _reactive(kwh, customer, habit, dice)
    return Load(kwh, lag, lead)


def _activity(habit: Habit, customer: Customer, season: Season, dice: np.random.Generator) -> Floats:
    """Return per day how much of what is above the base is running, 1 on a good working day."""
    activity = np.choose(season.kinds, [1.0, habit.rest, habit.holiday])
    activity[season.saturday] = habit.saturday
    quiet = 1.0 - season.bustle
    activity = activity * season.bustle + np.minimum(activity, habit.festival) * quiet
    if customer.industry.shape is Shape.SCHOOL:
        activity[season.vacation] *= 0.25
    if customer.industry.shape in {Shape.CONTINUOUS, Shape.ARC_FURNACE}:
        # The yearly overhaul, once in spring and again a year later.
        first, length = int(dice.integers(60, 200)), int(dice.integers(5, 9))
        for begin in range(first, len(season.days), 365):
            activity[begin : begin + length] = 0.1
    # Orders are fuller in some weeks than in others.
    weeks = dice.normal(0, 0.035, len(season.days) // 7 + 2).repeat(7)[: len(season.days)]
    return np.asarray(activity * (1 + weeks + dice.normal(0, 0.015, len(season.days))))


def _heats(shape: tuple[int, int], dice: np.random.Generator) -> Floats:
    """Return the furnace's beat: about fifty minutes under power, a quarter of an hour to tap and charge."""
    minutes = np.arange(shape[0] * shape[1] * 3) * 5.0
    beat = 65.0 + 6.0 * np.sin(minutes / 1_300)
    under_power = (np.cumsum(5.0 / beat) % 1) < 0.78
    melting = np.where(under_power, 1.0, 0.12).reshape(-1, 3).mean(axis=1)
    return np.asarray(melting.reshape(shape) * dice.uniform(0.93, 1.05, shape))


def _noise(shape: tuple[int, int], size: float, dice: np.random.Generator) -> Floats:
    """Return factors around 1, half of which last for two hours."""
    quick = dice.normal(0, size, shape)
    slow = dice.normal(0, size, (shape[0], SLOTS // 8)).repeat(8, axis=1)
    return np.asarray(np.clip(1 + 0.7 * quick + 0.7 * slow, 0.5, 1.6))


def _growth(season: Season, dice: np.random.Generator) -> Floats:
    """Return the trend: most grow a few percent a year, some shrink, some add a line one day."""
    trend = (1 + dice.uniform(-0.06, 0.12)) ** season.years
    if dice.random() < 0.2:
        begins = dice.uniform(0.3, 0.9) * season.years[-1]
        trend = trend * np.where(season.years >= begins, 1.15, 1.0)
    return np.asarray(trend / trend[-1])


def _reactive(kwh: Floats, customer: Customer, habit: Habit, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """Return lagging and leading kvarh: most compensate, some never did well, at some the capacitors failed.

    Capacitors that cannot be switched in steps push back (leading) when little is running.
    """
    wanted = _COMPENSATED_TANGENT + dice.uniform(0, 0.12)
    if customer.index % 10 == 6:
        wanted = _POOR_TANGENT + dice.uniform(-0.08, 0.1)
    tangent = np.full(len(kwh), min(wanted, habit.tangent))
    if customer.index % 8 == 0:
        tangent[-_CAPACITORS_FAIL_DAYS_AGO:] = max(habit.tangent, 0.6)
    noise = 1 + dice.normal(0, 0.05, kwh.shape)
    needed = kwh * np.maximum(tangent[:, None] * noise, 0.0)
    if customer.index % 3 != 0:
        return _counted(needed), np.zeros_like(kwh)
    fixed = 0.10 * np.quantile(kwh, 0.9)
    return _counted(np.maximum(needed - fixed, 0.0)), _counted(np.maximum(fixed - needed, 0.0))


def _counted(energy: Floats) -> Floats:
    """Return energy as a meter's register shows it: two decimals."""
    return np.asarray(np.round(energy, 2))
