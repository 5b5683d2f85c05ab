"""Rows of a file of interruptions: which columns, which instants, what is wrong with a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from kam.metering.rules.stamps import day_order, parse_clock, parse_date
from kam.outage_planning.rules.reliability import Event

PLANNED_WORDS = ("planned", "scheduled", "计划", "计划停电", "计划检修")
CUSTOMERS_MOST = 2_000_000_000
_EPOCH = date(1970, 1, 1)
_PARTS = re.compile(r"[T\s]+|(?<=日)", re.IGNORECASE)


class NoColumn(Exception):
    """The table has no column of this name. `name`: what was asked for; `header`: what there is."""

    def __init__(self, name: str, header: Sequence[str]) -> None:
        super().__init__(name)
        self.name, self.header = name, tuple(header)


@dataclass(frozen=True)
class Columns:
    """What the columns are called; `cause` may be absent."""

    id: str
    start: str
    end: str
    customers: str
    cause: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a row is refused: `missing`, `not_a_time`, `ends_before_start`, `not_a_count`, `too_long`."""

    row: int
    column: str
    code: str
    value: str = ""


def understand(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    columns: Columns,
    *,
    planned_values: Collection[str],
    zone: ZoneInfo,
) -> tuple[list[Event], list[Problem]]:
    """Return the events in the order of the file, and why the other rows are none. Raises `NoColumn`.

    `zone`: of times that have no offset of their own. `planned_values`: causes that mean planned, in any case.
    """
    names = (columns.id, columns.start, columns.end, columns.customers, *([columns.cause] if columns.cause else []))
    places = [_place(header, name) for name in names]
    table = [(number, tuple(cells[at].strip() if at < len(cells) else "" for at in places)) for number, cells in rows]
    days = dict.fromkeys(_PARTS.split(text, maxsplit=1)[0] for _, row in table for text in row[1:3] if text)
    day_first, _ = day_order(list(days))
    planned = {value.strip().casefold() for value in planned_values}
    good: list[Event] = []
    problems: list[Problem] = []
    for number, row in table:
        found = _event(number, row, columns, planned, zone, day_first)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            good.append(found)
    return good, problems


def without_duplicates(events: Sequence[Event], *, keep_last: bool) -> list[Event]:
    """Return one event per id and start: the row that stands last in the file, or first."""
    found: dict[tuple[str, datetime], Event] = {}
    for event in events:
        key = (event.event_id, event.started_at)
        if keep_last or key not in found:
            found[key] = event
    return list(found.values())


def _place(header: Sequence[str], name: str) -> int:
    wanted = name.strip().casefold()
    for at, cell in enumerate(header):
        if cell.strip().casefold() == wanted:
            return at
    raise NoColumn(name, header)


def _event(
    number: int, row: tuple[str, ...], columns: Columns, planned: set[str], zone: ZoneInfo, day_first: bool
) -> Event | Problem:
    for name, text in zip((columns.id, columns.start, columns.end, columns.customers), row, strict=False):
        if not text:
            return Problem(number, name, "missing")
    event_id, start_text, end_text, customers_text = row[:4]
    if len(event_id) > 80:
        return Problem(number, columns.id, "too_long", event_id[:40])
    start, end = (_instant(text, zone, day_first) for text in (start_text, end_text))
    if start is None:
        return Problem(number, columns.start, "not_a_time", start_text[:40])
    if end is None:
        return Problem(number, columns.end, "not_a_time", end_text[:40])
    if end < start:
        return Problem(number, columns.end, "ends_before_start", end_text[:40])
    customers = _count(customers_text)
    if customers is None:
        return Problem(number, columns.customers, "not_a_count", customers_text[:40])
    cause = row[4][:120] if len(row) > 4 else ""
    return Event(event_id, start, end, customers, cause, cause.casefold() in planned)


def _instant(text: str, zone: ZoneInfo, day_first: bool) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        found = _written(text, day_first)
        if found is None:
            return None
        at = found
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def _written(text: str, day_first: bool) -> datetime | None:
    """Read what is not ISO: `3/7/2026 8:05`, `2026年3月7日 8:05:00`, with an offset or without."""
    words = _PARTS.split(text.strip(), maxsplit=1)
    days = parse_date(words[0], day_first)
    if days is None:
        return None
    clock = parse_clock(words[1].strip()) if len(words) > 1 and words[1].strip() else (0, None)
    if clock is None:
        return None
    seconds, offset = clock
    day = _EPOCH + timedelta(days=days)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    return at.replace(tzinfo=None) if offset is None else at - timedelta(seconds=offset)


def _count(text: str) -> int | None:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or number > CUSTOMERS_MOST or number != number.to_integral_value():
        return None
    return int(number)
