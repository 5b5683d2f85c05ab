"""The only place that reads the clock. Surfaces call it once and pass the instant down."""

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return timezone.now()


def zone() -> ZoneInfo:
    """Return the company's zone (`TIME_ZONE`), in which days and months are taken."""
    return ZoneInfo(settings.TIME_ZONE)


def today() -> date:
    """Return the company's date."""
    return now().astimezone(zone()).date()


def day_of(at: datetime) -> date:
    """Return the company's date at the aware instant `at`."""
    return at.astimezone(zone()).date()


def monotonic() -> float:
    """Return seconds that only ever grow, to measure how long something took."""
    return time.monotonic()
