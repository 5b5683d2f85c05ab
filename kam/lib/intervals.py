"""Metering intervals of company days: a day has 96 quarters, except where a clock change makes it 92 or 100."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

INTERVAL_MINUTES = (5, 10, 15, 30, 60)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant (aware, UTC) at which `day` begins in `zone`."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=16_384)
def intervals_in_day(day: date, zone: ZoneInfo, minutes: int) -> int:
    """Return how many intervals of `minutes` the day has; 23 and 25 hour days are counted, not assumed."""
    span = day_start(day + timedelta(days=1), zone) - day_start(day, zone)
    return int(span.total_seconds()) // (minutes * 60)
