"""How far two places on the earth are from each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Point:
    """A place in degrees of WGS 84."""

    latitude: float
    longitude: float


def kilometres(one: Point, other: Point) -> float:
    """Return the great-circle distance."""
    phi, psi = math.radians(one.latitude), math.radians(other.latitude)
    half = (
        math.sin((psi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(psi) * math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
