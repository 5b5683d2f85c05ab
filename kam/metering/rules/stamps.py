"""From written stamps to instants: whole columns at once, each distinct piece of text is read only once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from kam.metering.rules.readings import Flags, Whole

NONE = -(1 << 62)
"""Stands for "not readable" in arrays of whole numbers."""

DAY = 86_400
FEW = 4096
"""Up to so many cells a dictionary is quicker than the set-up of a columnar query."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""A stamp outside these years is a slip of the pen, and would stretch the grid over centuries."""

_EPOCH = date(1970, 1, 1).toordinal()
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
_CLOCK = re.compile(
    r"(\d{1,2})(?::|时|点)(\d{2})?(?:(?::|分)(\d{2}(?:\.\d+)?)?)?秒?\s*([AaPp][Mm])?\s*(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_CLOCK_COMPACT = re.compile(r"\d{1,6}")


def parse_date(text: str, day_first: bool) -> int | None:
    """Return days since 1970-01-01, or None for what is no date between FIRST_YEAR and LAST_YEAR."""
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _YEAR_LAST.fullmatch(text):
        first, second, year = (int(part) for part in found.groups())
        day, month = (first, second) if day_first else (second, first)
        year += 2000 if year < 100 else 0
    else:
        return None
    if not FIRST_YEAR <= year < LAST_YEAR:
        return None
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def parse_clock(text: str) -> tuple[int, int | None] | None:
    """Return (seconds after midnight 0..86,400, offset from UTC in seconds or None), or None for what is no
    clock.
    """
    if found := _CLOCK.fullmatch(text):
        hour, minute, second = int(found[1]), int(found[2] or 0), round(float(found[3] or 0))
        if found[4]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
        offset = _offset(found[5])
    elif _CLOCK_COMPACT.fullmatch(text):
        # A spreadsheet drops the leading zeros of 0015: "15" is a quarter past midnight.
        digits = text.zfill(4).ljust(6, "0") if len(text) <= 4 else text.zfill(6)
        hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:])
        offset = None
    else:
        return None
    seconds = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 60 or seconds > DAY:
        return None
    return seconds, offset


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return seconds if text[0] == "+" else -seconds


@dataclass(frozen=True)
class Stamped:
    """Stamps of n rows: `day` (days since 1970) and `second` of the clock as written, `offset` in seconds;
    NONE where absent.
    """

    day: Whole
    second: Whole
    offset: Whole

    @property
    def readable(self) -> Flags:
        """True where both day and clock were understood."""
        known: Flags = (self.day != NONE) & (self.second != NONE)
        return known

    @property
    def wall(self) -> Whole:
        """Seconds since 1970-01-01 00:00 on the clock as written; meaningless where not readable."""
        return self.day * DAY + self.second


def mapped(column: pl.Series, parse: Callable[[str], int | None]) -> Whole:
    """Return `parse` of each cell, called once per distinct text; NONE for null and for what it refuses."""
    if len(column) <= FEW:
        known: dict[str | None, int | None] = {None: None}
        cells = column.to_list()
        for text in cells:
            if text not in known:
                known[text] = parse(text)
        return np.array([NONE if known[text] is None else known[text] for text in cells], dtype=np.int64)
    distinct = column.drop_nulls().unique()
    if distinct.is_empty():
        return np.full(len(column), NONE, dtype=np.int64)
    values = [NONE if (value := parse(text)) is None else value for text in distinct.to_list()]
    looked_up = column.replace_strict(distinct, pl.Series(values, dtype=pl.Int64), default=NONE, return_dtype=pl.Int64)
    return looked_up.fill_null(NONE).to_numpy()


def halves(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Split stamps into date and clock text; the clock is null where only a date stands."""
    text = column.str.strip_chars()
    head = next((t for t in text.head(50).to_list() if t), "")
    if "T" in head or "t" in head:
        text = text.str.replace(r"[Tt]", " ")
    if "日" in head and "日 " not in head:
        text = text.str.replace("日", "日 ", literal=True)
    if re.fullmatch(r"\d{12}|\d{14}", head):
        return text.str.slice(0, 8), text.str.slice(8)
    parts = text.str.splitn(" ", 2).struct.unnest()
    return parts.to_series(0), parts.to_series(1).str.strip_chars()


def dated(column: pl.Series, *, day_first: bool) -> Stamped:
    """Read the dates of a wide file; a clock behind the date (`2018-01-01 00:00:00`) says nothing."""

    def parse(text: str) -> int | None:
        words = re.split(r"[T ]", text.strip(), maxsplit=1)
        return parse_date(words[0], day_first)

    day = mapped(column, parse)
    return Stamped(day, np.zeros_like(day), np.full_like(day, NONE))


def stamped(dates: pl.Series, clocks: pl.Series, *, day_first: bool) -> Stamped:
    """Read dates and clocks (text, same length); without a clock the stamp is midnight, as spreadsheets write it."""
    day = mapped(dates, lambda text: parse_date(text, day_first))
    second = mapped(clocks, lambda text: None if (clock := parse_clock(text)) is None else clock[0])
    if clocks.null_count():
        second = np.where(clocks.is_null().to_numpy() & (day != NONE), 0, second)
    distinct = clocks.drop_nulls().unique().to_list()
    if not any((clock := parse_clock(text)) is not None and clock[1] is not None for text in distinct):
        return Stamped(day, second, np.full_like(day, NONE))
    offset = mapped(clocks, lambda text: None if (clock := parse_clock(text)) is None else clock[1])
    return Stamped(day, second, offset)


def day_order(dates: Sequence[str]) -> tuple[bool, bool]:
    """Decide how `1/2/2018` is meant from the distinct dates of the file in their order: (day first, whether
    that is certain).

    A first field above 12 shows day-first, a second one month-first; where neither is seen (or both), the
    reading under which more dates follow one another day by day wins. Year-first dates are certain either
    way.
    """
    pairs = [(int(f[1]), int(f[2])) for text in dates if (f := _YEAR_LAST.fullmatch(text))]
    if not pairs:
        return True, True
    first_above = sum(first > 12 for first, _ in pairs)
    second_above = sum(second > 12 for _, second in pairs)
    if bool(first_above) != bool(second_above):
        return bool(first_above), True
    regular = [_steps_of_a_day(dates, day_first=reading) for reading in (True, False)]
    return regular[0] >= regular[1], regular[0] != regular[1]


def _steps_of_a_day(dates: Sequence[str], *, day_first: bool) -> int:
    days = [parse_date(text, day_first) for text in dates]
    return sum(
        later - earlier == 1
        for earlier, later in zip(days, days[1:], strict=False)
        if earlier is not None and later is not None
    )


@dataclass(frozen=True)
class Transition:
    """A clock change: at the UTC second `at` the offset goes from `before` to `after` (seconds)."""

    at: int
    before: int
    after: int


@lru_cache(maxsize=64)
def transitions(zone: ZoneInfo, first_day: int, last_day: int) -> tuple[int, tuple[Transition, ...]]:
    """Return the offset at the start of `first_day` (days since 1970) and the clock changes up to the end of
    `last_day`.
    """
    previous = _offset_at(zone, first_day * DAY)
    first = previous
    found = []
    for day in range(first_day, last_day + 2):
        offset = _offset_at(zone, day * DAY)
        if offset != previous:
            low, high = (day - 1) * DAY, day * DAY
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset_at(zone, middle) == previous else (low, middle)
            found.append(Transition(high, previous, offset))
            previous = offset
    return first, tuple(found)


def _offset_at(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds())


def to_utc(wall: Whole, zone: ZoneInfo, *, ends: bool, group: Whole | None = None) -> tuple[Whole, Flags]:
    """Turn clock readings of `zone` into UTC seconds; the second array is True where the clock change removed
    the hour.

    An hour that the change repeats: within a `group` (a meter's channel) the first time a stamp stands in the
    file it is the earlier one, the second time the later. With `ends` the stamps end their intervals, so that
    a stamp on the very edge of a removed hour is good, and the repeated hour may be closed by its last stamp
    (`03:00` twice) as well as by its first.
    """
    if not len(wall):
        return wall, np.zeros(0, dtype=np.bool_)
    first, changes = transitions(zone, int(wall.min()) // DAY - 1, int(wall.max()) // DAY + 1)
    offset = np.full(wall.shape, first, dtype=np.int64)
    removed = np.zeros(wall.shape, dtype=np.bool_)
    for change in changes:
        before_ends, after_starts = change.at + change.before, change.at + change.after
        if after_starts > before_ends:
            offset[wall >= after_starts] = change.after
            removed |= (wall < after_starts) & ((wall > before_ends) if ends else (wall >= before_ends))
            continue
        offset[wall >= before_ends] = change.after
        twice = np.flatnonzero((wall >= after_starts) & (wall < before_ends + (1 if ends else 0)))
        for index, later in _occurrences(wall, twice, group, after_starts, before_ends):
            offset[index] = change.after if later else change.before
    return wall - offset, removed


def _occurrences(
    wall: Whole, indexes: Whole, group: Whole | None, opening: int, closing: int
) -> list[tuple[int, bool]]:
    """Tell for each stamp of a repeated hour, in file order, whether it is the later one.

    The stamp `closing` (03:00) is repeated only in files that close the first hour with it; others open with
    02:00 twice.
    """
    keys = [(0 if group is None else int(group[i]), int(wall[i])) for i in indexes]
    total: dict[tuple[int, int], int] = {}
    for key in keys:
        total[key] = total.get(key, 0) + 1
    seen: dict[tuple[int, int], int] = {}
    told = []
    for index, key in zip(indexes.tolist(), keys, strict=True):
        nth = seen.get(key, 0)
        seen[key] = nth + 1
        if key[1] == closing:
            closes_twice = total[key] > 1 and total.get((key[0], opening), 0) < 2
            told.append((index, nth > 0 or not closes_twice))
        else:
            told.append((index, nth > 0))
    return told
