"""Supply that comes back in steps: until when each account was without it (OUT-8, DESIGN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kam.network.rules.impact import ChangeoverMinutes, Effect, Point, effect_of


@dataclass(frozen=True)
class PointBack:
    """A supply point during an outage. `lost`: it went dead; `back_at` None: it is still dead."""

    point: Point
    lost: bool
    back_at: datetime | None = None


@dataclass(frozen=True)
class Out:
    """An account without supply in `[starts_at, ends_at)`; `ends_at` None: it still is."""

    starts_at: datetime
    ends_at: datetime | None

    @property
    def minutes(self) -> float | None:
        return None if self.ends_at is None else (self.ends_at - self.starts_at).total_seconds() / 60


def without_supply(points: Sequence[PointBack], start: datetime, changeover: ChangeoverMinutes) -> Out | None:
    """Return how long an account with these points was without supply; None where it never was.

    Supply is back as soon as any state of its points gives it back: its main point itself, or another point that the
    load can go over to, plus the minutes of going over. A point that comes back never makes it worse.
    """
    ends: list[datetime] = []
    for at in [start, *sorted({one.back_at for one in points if one.lost and one.back_at is not None})]:
        dead = [one.point for one in points if one.lost and (one.back_at is None or one.back_at > at)]
        alive = [one.point for one in points if not (one.lost and (one.back_at is None or one.back_at > at))]
        found = effect_of(dead, alive, changeover)
        effect, minutes = (Effect.ONE_SOURCE_LEFT, 0.0) if found is None else found
        if at == start and effect < Effect.SHORT_CHANGEOVER:
            return None
        if effect == Effect.SHORT_CHANGEOVER:
            ends.append(at + timedelta(minutes=minutes or 0.0))
        elif effect < Effect.SHORT_CHANGEOVER:
            ends.append(at)
    return Out(start, min(ends, default=None))


def customer_minutes(outs: Iterable[Out], until: datetime) -> float:
    """Return the minutes without supply of all accounts together; what is still out counts until `until`."""
    return sum(((out.ends_at or until) - out.starts_at).total_seconds() / 60 for out in outs)


def out_at(outs: Mapping[int, Out], at: datetime) -> frozenset[int]:
    """Return the accounts that are without supply at an instant."""
    return frozenset(
        pk for pk, out in outs.items() if out.starts_at <= at and (out.ends_at is None or at < out.ends_at)
    )
