"""The real steel year (DATA section 1) as a profile, read here without our own intake."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from kam.metering.rules.profile import Profile, from_grid

SHANGHAI = ZoneInfo("Asia/Shanghai")


def steel_year(real_data: Path) -> Profile:
    """Read by order: the last quarter of a day is labelled 00:00 of the same day and stands last."""
    file = real_data / "steel_industry" / "Steel_industry_data.csv.gz"
    rows = pl.read_csv(file, infer_schema_length=0)
    kwh, lag, lead = (rows[:, column].cast(pl.Float64).to_numpy().reshape(365, 96) for column in (1, 2, 3))
    days = np.arange(np.datetime64("2018-01-01"), np.datetime64("2019-01-01"))
    return from_grid(days, 15, kwh, SHANGHAI, kvarh_lag=lag, kvarh_lead=lead)
