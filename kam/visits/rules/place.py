"""How far two places on the earth are from each other, and an order in which to drive to several."""

from __future__ import annotations

import math
from collections.abc import Sequence

EARTH_M = 6_371_008.8
Point = tuple[float, float]  # latitude, longitude, in degrees of WGS 84


def metres(one: Point, other: Point) -> float:
    """Return the great-circle distance."""
    phi, psi = math.radians(one[0]), math.radians(other[0])
    half = (
        math.sin((psi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(psi) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def route(places: Sequence[Point | None], start: Point | None = None) -> list[int]:
    """Return the order in which to go to `places` (indices): always the nearest that is left; unknown ones last.

    Without `start` it begins at the first known place. Good enough for the handful of visits of a day.
    """
    left = [index for index, place in enumerate(places) if place is not None]
    unknown = [index for index, place in enumerate(places) if place is None]
    order: list[int] = []
    here = start
    while left:
        at = here
        nearest = left[0] if at is None else min(left, key=lambda index: metres(at, _known(places[index])))
        left.remove(nearest)
        order.append(nearest)
        here = _known(places[nearest])
    return order + unknown


def _known(place: Point | None) -> Point:
    assert place is not None
    return place
