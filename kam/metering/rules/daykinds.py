"""Kinds of day: workday, rest day, public holiday (工作日, 休息日, 法定节假日), make-up workdays included."""

from datetime import date
from enum import StrEnum
from functools import lru_cache

import chinese_calendar
import holidays
import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]


class DayKind(StrEnum):
    WORKDAY = "workday"
    REST = "rest"
    HOLIDAY = "holiday"


KINDS = tuple(DayKind)


class Holiday(StrEnum):
    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    OTHER = "other"


# Words that both calendars use in their English names; the first that occurs decides, so that a National Day
# which is also Mid-Autumn counts as National Day, the one that tariffs name.
_WORDS = (
    ("national", Holiday.NATIONAL_DAY),
    ("spring festival", Holiday.SPRING_FESTIVAL),
    ("chinese new year", Holiday.SPRING_FESTIVAL),
    ("new year", Holiday.NEW_YEAR),
    ("tomb", Holiday.QINGMING),
    ("labour", Holiday.LABOUR_DAY),
    ("labor", Holiday.LABOUR_DAY),
    ("dragon", Holiday.DRAGON_BOAT),
    ("mid-autumn", Holiday.MID_AUTUMN),
)


def kind_of(day: date) -> DayKind:
    """Return the kind of `day` in mainland China.

    Through the last year that chinesecalendar knows, the State Council's yearly notice decides, so a make-up
    Saturday is a workday and every day of a holiday break is a holiday. Years beyond come from the statutory
    holidays alone: moved workdays are not known yet.
    """
    return _facts(day)[0]


def holiday_of(day: date) -> Holiday | None:
    """Return which public holiday's break `day` belongs to, None on any other day."""
    return _facts(day)[1]


def kinds(days: Days) -> npt.NDArray[np.uint8]:
    """Return the kinds of `days` (datetime64[D], any shape) as indexes into `KINDS`."""
    if days.size == 0:
        return np.zeros(days.shape, np.uint8)
    numbers = days.astype("datetime64[D]").astype(np.int64)
    first = int(numbers.min())
    table = np.concatenate([_year_kinds(year) for year in range(_year(first), _year(int(numbers.max())) + 1)])
    offset = first - int(np.datetime64(f"{_year(first):04d}-01-01", "D").astype(np.int64))
    return table[numbers - first + offset]


def _year(day_number: int) -> int:
    return int(np.datetime64(day_number, "D").astype("datetime64[Y]").astype(np.int64)) + 1970


@lru_cache(maxsize=64)
def _year_kinds(year: int) -> npt.NDArray[np.uint8]:
    first, until = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    return np.array([KINDS.index(kind_of(date.fromordinal(n))) for n in range(first, until)], np.uint8)


@lru_cache(maxsize=16_384)
def _facts(day: date) -> tuple[DayKind, Holiday | None]:
    try:
        is_off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # the year is outside what the package was published with
        name = _statutory(day.year).get(day)
        is_off = name is not None or day.weekday() >= 5
    if not is_off:
        return DayKind.WORKDAY, None
    if name is None:
        return DayKind.REST, None
    return DayKind.HOLIDAY, _named(name)


def _named(name: str) -> Holiday:
    lowered = name.lower()
    return next((holiday for word, holiday in _WORDS if word in lowered), Holiday.OTHER)


@lru_cache(maxsize=64)
def _statutory(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("CN", years=[year], language="en_US").items())
