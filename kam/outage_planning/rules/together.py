"""Outages under way at the same time that together take every source of an account (OUT-4, OUT-8).

Each alone leaves the account a source; while both last it has none. That is an interruption from the later start to
the earlier restoration, plus the minutes of going over where it is the standby that comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kam.network.rules.impact import ChangeoverMinutes, Effect, Point, effect_of


@dataclass(frozen=True)
class Dead:
    """A supply point that an outage holds dead in `[starts_at, ends_at)`; `ends_at` None: it still does."""

    point_id: int
    outage_id: int
    starts_at: datetime
    ends_at: datetime | None

    def at(self, instant: datetime) -> bool:
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True)
class Together:
    """An account without supply because of several outages; `later`: the one whose start took the last source."""

    outage_ids: frozenset[int]
    later: int
    starts_at: datetime
    ends_at: datetime


def together(points: Mapping[int, Point], dead: Sequence[Dead], changeover: ChangeoverMinutes) -> list[Together]:
    """Return when an account with these points (by id) was without supply through no single outage, in order of time.

    What has not ended yet is left out: it is written when one of the outages is closed.
    """
    edges = sorted({edge for one in dead for edge in (one.starts_at, one.ends_at) if edge is not None})
    found: list[Together] = []
    begun: tuple[datetime, frozenset[int], int] | None = None
    for edge in edges:
        now = [one for one in dead if one.at(edge)]
        effect, minutes = _effect(points, {one.point_id for one in now}, changeover)
        outages = frozenset(one.outage_id for one in now)
        alone = any(
            _effect(points, {one.point_id for one in now if one.outage_id == outage}, changeover)[0]
            == Effect.SUPPLY_LOST
            for outage in outages
        )
        joint = effect == Effect.SUPPLY_LOST and not alone
        if joint and begun is None:
            begun = edge, outages, max(now, key=lambda one: (one.starts_at, one.outage_id)).outage_id
        elif not joint and begun is not None:
            over = edge + timedelta(minutes=minutes) if effect == Effect.SHORT_CHANGEOVER else edge
            found.append(Together(begun[1], begun[2], begun[0], _no_later(over, edge, points, dead, changeover)))
            begun = None
    return found


def _no_later(
    over: datetime, edge: datetime, points: Mapping[int, Point], dead: Iterable[Dead], changeover: ChangeoverMinutes
) -> datetime:
    """Return when supply was really back: the main source may return while the load is still going over."""
    for later in sorted({one.ends_at for one in dead if one.ends_at is not None and edge < one.ends_at < over}):
        if _effect(points, {one.point_id for one in dead if one.at(later)}, changeover)[0] < Effect.SHORT_CHANGEOVER:
            return later
    return over


def _effect(points: Mapping[int, Point], dead: set[int], changeover: ChangeoverMinutes) -> tuple[int, float]:
    lost = [point for pk, point in points.items() if pk in dead]
    left = [point for pk, point in points.items() if pk not in dead]
    found = effect_of(lost, left, changeover)
    return (0, 0.0) if found is None else (int(found[0]), found[1] or 0.0)
