"""Readings for tests of reports: the real steel year, and a plain made-up load of fixed shape."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from kam.metering.models import LoadDay, Meter
from tests.metering.steel import steel_year


def store_steel(meter: Meter, real_data: Path) -> None:
    """Store the real steel year as the meter's readings."""
    profile = steel_year(real_data)
    parts = (profile.kwh, profile.kvarh_lag, profile.kvarh_lead)
    kwh, lag, lead = (part.reshape(-1, 96) for part in parts if part is not None)
    store_grid(meter, profile.days[0].item(), kwh, lag, lead)


def store_plain(meter: Meter, first: date, days: int) -> None:
    """Store 100 kW by day (8-18 h) and 20 kW else, with half as much lagging reactive energy."""
    day = np.where((np.arange(96) >= 32) & (np.arange(96) < 72), 25.0, 5.0)
    kwh = np.tile(day, (days, 1))
    store_grid(meter, first, kwh, kwh / 2, np.zeros_like(kwh))


def store_grid(meter: Meter, first: date, kwh: np.ndarray, lag: np.ndarray, lead: np.ndarray) -> None:
    """Store 2-D arrays, shape (days, 96)."""
    LoadDay.objects.bulk_create(
        LoadDay(
            meter=meter,
            day=first + timedelta(days=number),
            kwh=kwh[number].astype("<f4").tobytes(),
            kvarh_lag=lag[number].astype("<f4").tobytes(),
            kvarh_lead=lead[number].astype("<f4").tobytes(),
            quality=bytes(96),
        )
        for number in range(len(kwh))
    )
