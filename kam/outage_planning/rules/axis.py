"""Where times stand on a drawn axis of days: what is proposed, what each customer can live with, when it hurts (OUT-1).

Plain figures; a template turns them into SVG. Only days on which something is proposed are drawn, so that two times
three weeks apart still stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from kam.accounts.rules.preferences import Preference, spans
from kam.outage_planning.rules.consulting import Window

DAY_WIDTH, ROW_HEIGHT, HEAD_HEIGHT = 144, 28, 36
FEW_DAYS = {1: 216, 2: 180}  # wider where there is room
MOST_DAYS = 14


@dataclass(frozen=True)
class Line:
    """One customer: the times it can live with, and its preferences, of which the bad hours are drawn."""

    key: int
    windows: tuple[Window, ...]
    preferences: tuple[Preference, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A stretch of the axis, in pixels."""

    x: float
    width: float


@dataclass(frozen=True)
class Bad:
    """Hours in which an outage hurts the customer most, and why."""

    window: Window
    reason: str


@dataclass(frozen=True)
class Track:
    """One customer's row of the drawing, with the same in instants for the words beside it."""

    yes: tuple[Bar, ...]
    bad: tuple[Bar, ...]
    hurts: tuple[Bad, ...]


@dataclass(frozen=True)
class AxisDay:
    """A day and where it begins; `follows`: the day before is the one drawn before it."""

    day: date
    x: int
    follows: bool
    width: int = DAY_WIDTH

    @property
    def hours(self) -> tuple[tuple[int, int], ...]:
        """The hours that are written, and where."""
        return tuple((hour, self.x + hour * self.width // 24) for hour in (6, 12, 18))


@dataclass(frozen=True)
class Axis:
    """The whole drawing. `common`: when every customer that named a time can live with it and none is hurt most."""

    days: tuple[AxisDay, ...]
    left_out: int  # days that did not fit
    width: int
    proposed: tuple[Bar, ...]
    tracks: Mapping[int, Track]
    common: tuple[Window, ...]
    common_bars: tuple[Bar, ...]
    voices: int  # customers that named a time
    height: int = ROW_HEIGHT
    head_height: int = HEAD_HEIGHT


def axis(proposed: Window, lines: Sequence[Line], zone: tzinfo) -> Axis:
    """Lay out what is proposed and what each customer says."""
    named = [proposed, *(window for line in lines for window in line.windows)]
    touched = sorted({day for window in named for day in _days(window, zone)})
    drawn = touched[:MOST_DAYS]
    if not set(drawn) & set(_days(proposed, zone)):
        drawn = [*drawn[:-1], _days(proposed, zone)[0]]
    bounds = [(_midnight(day, zone), _midnight(day + timedelta(days=1), zone)) for day in drawn]
    wide = FEW_DAYS.get(len(drawn), DAY_WIDTH)
    tracks, hurts = {}, {}
    for line in lines:
        bad = tuple(_bad(line.preferences, bounds, zone))
        hurts[line.key] = bad
        tracks[line.key] = Track(
            _bars(line.windows, bounds, wide), _bars([one.window for one in bad], bounds, wide), bad
        )
    voiced = [line for line in lines if line.windows]
    common = tuple(_common(voiced, hurts))
    days = tuple(
        AxisDay(day, place * wide, place == 0 or drawn[place - 1] == day - timedelta(days=1), wide)
        for place, day in enumerate(drawn)
    )
    return Axis(
        days=days,
        left_out=len(touched) - len(drawn),
        width=wide * len(drawn),
        proposed=_bars([proposed], bounds, wide),
        tracks=tracks,
        common=common,
        common_bars=_bars(common, bounds, wide),
        voices=len(voiced),
    )


def _days(window: Window, zone: tzinfo) -> list[date]:
    day = window.starts_at.astimezone(zone).date()
    last = (window.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return [day + timedelta(days=place) for place in range(min((last - day).days, MOST_DAYS) + 1)]


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _bars(windows: Iterable[Window], bounds: Sequence[tuple[datetime, datetime]], wide: int) -> tuple[Bar, ...]:
    """Return the windows as stretches; over midnight between drawn neighbours they touch."""
    found = []
    for window in windows:
        for place, (begin, end) in enumerate(bounds):
            first, last = max(window.starts_at, begin), min(window.ends_at, end)
            if first < last:
                scale = wide / (end - begin).total_seconds()
                x = place * wide + (first - begin).total_seconds() * scale
                found.append(Bar(round(x, 1), round((last - first).total_seconds() * scale, 1)))
    return tuple(found)


def _bad(preferences: Iterable[Preference], bounds: Sequence[tuple[datetime, datetime]], zone: tzinfo) -> Iterable[Bad]:
    for one in preferences:
        if one.most:
            for begin, end in bounds:
                for first, last in spans(one, begin, end, zone):
                    cut = Window(max(first, begin), min(last, end)) if max(first, begin) < min(last, end) else None
                    if cut is not None:
                        yield Bad(cut, one.reason)


def _common(lines: Sequence[Line], hurts: Mapping[int, Sequence[Bad]]) -> Iterable[Window]:
    """Return the stretches that lie in a window of every line and in nobody's bad hours, the neighbours joined."""
    if not lines:
        return
    edges = sorted(
        {
            edge
            for line in lines
            for window in (*line.windows, *(one.window for one in hurts[line.key]))
            for edge in (window.starts_at, window.ends_at)
        }
    )
    begun: datetime | None = None
    for first, last in zip(edges, edges[1:], strict=False):
        part = Window(first, last)
        fits = all(
            any(window.holds(part) for window in line.windows)
            and not any(one.window.holds(part) for one in hurts[line.key])
            for line in lines
        )
        if fits and begun is None:
            begun = first
        if not fits and begun is not None:
            yield Window(begun, first)
            begun = None
    if begun is not None:
        yield Window(begun, edges[-1])
