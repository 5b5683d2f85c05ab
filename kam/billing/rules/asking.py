"""When a customer may be asked for money: by day, on working days, and only who owes (CRE-7)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kam.metering.rules.daykinds import DayKind, kind_of


class Kind(StrEnum):
    """What a customer is told about money; the value is the key of the text."""

    READING = "money.reading"  # 分旬抄见: the amount so far
    BILL = "money.bill"  # bill notice
    INVOICE = "money.invoice"
    REMINDER = "money.reminder"  # before the due date
    DEMAND = "money.demand"  # 催交, after it
    PLAN = "money.plan"  # an instalment is due
    PREPAID = "money.prepaid"  # balance warning
    DISHONOUR = "money.dishonour"


# These ask for money. Nobody gets one who owes nothing at the moment of sending.
ASKS = (Kind.REMINDER, Kind.DEMAND, Kind.PLAN)


def may_ask(at: datetime, zone: ZoneInfo, first: time, last: time) -> bool:
    """Tell whether `at` lies in the hours of a working day; a holiday's make-up Saturday is one."""
    local = at.astimezone(zone)
    return kind_of(local.date()) == DayKind.WORKDAY and first <= local.time() < last


def next_asking(at: datetime, zone: ZoneInfo, first: time, last: time) -> datetime:
    """Return `at` where one may ask then, else the beginning of the next hours in which one may."""
    if may_ask(at, zone, first, last):
        return at
    local = at.astimezone(zone)
    day = local.date()
    if local.time() >= first:
        day += timedelta(days=1)
    while kind_of(day) != DayKind.WORKDAY:
        day += timedelta(days=1)
    return datetime.combine(day, first, zone).astimezone(at.tzinfo)
