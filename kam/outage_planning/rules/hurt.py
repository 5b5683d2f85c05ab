"""How much an outage hurts one customer: 0 to 100, with the reason of every point (OUT-9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from kam.accounts.rules.preferences import Preference, minutes_within
from kam.network.rules.impact import Effect, Mark


class Reason(StrEnum):
    """Why an outage hurts more or less."""

    SUPPLY_LOST = "SUPPLY_LOST"
    SHORT_CHANGEOVER = "SHORT_CHANGEOVER"
    ONE_SOURCE_LEFT = "ONE_SOURCE_LEFT"
    CONTINUOUS = "CONTINUOUS"
    IMPORTANT = "IMPORTANT"
    PUBLIC = "PUBLIC"  # government, media
    BAD_HOURS = "BAD_HOURS"
    GOOD_HOURS = "GOOD_HOURS"
    HIGH_LOAD = "HIGH_LOAD"
    LOW_LOAD = "LOW_LOAD"


# Points of the effect itself, and how far everything else counts with it.
_EFFECTS = {
    Effect.SUPPLY_LOST: (Reason.SUPPLY_LOST, 35, 1.0),
    Effect.SHORT_CHANGEOVER: (Reason.SHORT_CHANGEOVER, 15, 0.6),
    Effect.ONE_SOURCE_LEFT: (Reason.ONE_SOURCE_LEFT, 5, 0.2),
}
_CONTINUOUS, _IMPORTANT, _PUBLIC, _BAD, _GOOD, _LOAD = 20, 15, 5, 25, 30, 10


@dataclass(frozen=True)
class Point:
    """One reason with its points, below zero where it makes the outage easier; `text`: the customer's own words."""

    reason: Reason
    points: int
    text: str = ""


@dataclass(frozen=True)
class Hurt:
    """The score and what it is made of, the heaviest reason first."""

    score: int
    points: tuple[Point, ...]


def hurt(
    effect: Effect,
    marks: Iterable[Mark],
    preferences: Iterable[Preference],
    start: datetime,
    end: datetime,
    zone: tzinfo,
    *,
    load_share: float | None = None,
) -> Hurt:
    """Return how much an outage in `[start, end)` hurts.

    `load_share`: load of the window on like days over the mean load, None where unknown. Own hours count by the share
    of the window that lies in them.
    """
    reason, base, weight = _EFFECTS[effect]
    held = set(marks)
    points = [Point(reason, base)]
    if Mark.CONTINUOUS in held:
        points.append(Point(Reason.CONTINUOUS, round(_CONTINUOUS * weight)))
    if Mark.IMPORTANT in held:
        points.append(Point(Reason.IMPORTANT, round(_IMPORTANT * weight)))
    if held & {Mark.GOVERNMENT, Mark.MEDIA}:
        points.append(Point(Reason.PUBLIC, round(_PUBLIC * weight)))
    minutes = max((end - start).total_seconds() / 60, 1)
    for most, told, most_points in ((True, Reason.BAD_HOURS, _BAD), (False, Reason.GOOD_HOURS, -_GOOD)):
        shares = [
            (minutes_within(one, start, end, zone) / minutes, one.reason) for one in preferences if one.most == most
        ]
        share, text = max(shares, default=(0.0, ""))
        if share > 0:
            points.append(Point(told, round(most_points * weight * min(share, 1)), text))
    if load_share is not None and abs(load_share - 1) >= 0.1:
        told = Reason.HIGH_LOAD if load_share > 1 else Reason.LOW_LOAD
        points.append(Point(told, round(_LOAD * weight * max(-1.0, min(load_share - 1, 1.0)))))
    kept = sorted((point for point in points if point.points), key=lambda point: -abs(point.points))
    return Hurt(max(0, min(100, sum(point.points for point in kept))), tuple(kept))
