"""The customer's electrical equipment (用电设施): its kinds, and by when it is to be tested again. Plain Python."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a file of equipment holds (ACC-8)."""

    TRANSFORMER = "TRANSFORMER"
    SWITCHGEAR = "SWITCHGEAR"
    BREAKER = "BREAKER"
    PROTECTION = "PROTECTION"
    CAPACITOR = "CAPACITOR"
    CABLE = "CABLE"
    ARRESTER = "ARRESTER"
    METERING = "METERING"
    STANDBY = "STANDBY"
    OTHER = "OTHER"


class Result(StrEnum):
    """How a test ended."""

    PASSED = "PASSED"
    DEFECT = "DEFECT"  # usable, something is to be mended
    FAILED = "FAILED"


# Months between two tests where the company has not said otherwise; DL/T 596 allows one to three years for most and
# asks for arresters every year before the thunder season, relays of transformers every two (DOMAIN 6.3).
USUAL_MONTHS: Mapping[str, int] = {
    Kind.TRANSFORMER.value: 36,
    Kind.SWITCHGEAR.value: 36,
    Kind.BREAKER.value: 36,
    Kind.PROTECTION.value: 24,
    Kind.CAPACITOR.value: 36,
    Kind.CABLE.value: 36,
    Kind.ARRESTER.value: 12,
    Kind.METERING.value: 12,
    Kind.STANDBY.value: 12,
}


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_due(*, installed_on: date | None, tested_on: date | None, months: int | None) -> date | None:
    """Return by when it is to be tested again; None where no interval holds for it or no day is known.

    What failed or has a defect is due at its usual time all the same: mending it is the defect's own matter.
    """
    last = max((day for day in (installed_on, tested_on) if day is not None), default=None)
    return months_later(last, months) if last is not None and months else None
