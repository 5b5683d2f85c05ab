"""The dates of visits that return."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

MOST_DATES = 60


class Step(StrEnum):
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"


def dates_of(first: date, until: date, step: Step, every: int, exceptions: Collection[date] = ()) -> list[date]:
    """Return the dates from `first` on, before `until`, every so many weeks or months, without `exceptions`.

    The 31st falls on the last day of a shorter month, and on the 31st again afterwards. At most `MOST_DATES`.
    """
    found: list[date] = []
    left_out = frozenset(exceptions)
    turn = 0
    while len(found) < MOST_DATES:
        if step == Step.WEEKS:
            day = first + timedelta(weeks=every * turn)
        else:
            year, month = divmod(first.month - 1 + every * turn, 12)
            year, month = first.year + year, month + 1
            day = date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
        if day >= until:
            break
        if day not in left_out:
            found.append(day)
        turn += 1
    return found
