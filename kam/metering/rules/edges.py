"""Where the intervals of a long file lie: their length, and whether a stamp begins or ends one."""

from zoneinfo import ZoneInfo

import numpy as np

from kam.metering.rules.readings import Stamps, UnreadableFile, Whole
from kam.metering.rules.stamps import DAY, NONE, Stamped, to_utc

STEPS_LOOKED_AT = 200_000


def interval_of(wall: Whole) -> int:
    """Return the minutes between stamps that stand next to each other most often. Raises UnreadableFile."""
    steps = np.diff(np.unique(wall[:STEPS_LOOKED_AT]))
    if not len(steps):
        raise UnreadableFile("interval_unknown", "1")
    sizes, counts = np.unique(steps, return_counts=True)
    common = int(sizes[counts.argmax()])
    if common % 60:
        raise UnreadableFile("unsupported_interval", f"{common / 60:g}")
    return common // 60


def midnight_after_its_day(stamps: Stamped, step: int) -> bool:
    """Tell whether 00:00 mostly follows the last interval of its own date (as in UCI steel), not of the day before."""
    day, second = stamps.day[stamps.readable], stamps.second[stamps.readable]
    midnight = np.flatnonzero(second[1:] == 0) + 1
    after_last = midnight[second[midnight - 1] == DAY - step]
    own = int((day[after_last] == day[after_last - 1]).sum())
    return own * 2 > len(after_last)


def edge_of(stamps: Stamped, step: int, zone: ZoneInfo) -> tuple[Stamps, bool]:
    """Return whether stamps begin or end their interval, and whether the file shows it.

    24:00 can only end one. Otherwise the first and the last stamp tell, on the written clock or, where stamps carry an
    offset (UTC, say), on that of the zone.
    """
    wall = stamps.wall[stamps.readable]
    if (stamps.second[stamps.readable] == DAY).any():
        return "end", True
    found = _edge_of_span(wall, step)
    if found is None and (stamps.offset != NONE).any():
        utc = wall - np.where(stamps.offset == NONE, 0, stamps.offset)[stamps.readable]
        found = _edge_of_span(_on_clock_of(utc, zone), step)
    if found is not None:
        return found, True
    # A file that opens one interval past midnight most likely begins with the first interval of a day.
    return ("end" if int(wall.min()) % DAY == step else "start"), False


def _edge_of_span(wall: Whole, step: int) -> Stamps | None:
    first, last = int(wall.min()) % DAY, int(wall.max()) % DAY
    if first == 0 and last == DAY - step:
        return "start"
    if first == step and last == 0:
        return "end"
    return None


def _on_clock_of(utc: Whole, zone: ZoneInfo) -> Whole:
    """Return the first and last of the instants on the clock of the zone."""
    edges = np.array([utc.min(), utc.max()])
    shift, _ = to_utc(edges, zone, ends=False)
    return edges + (edges - shift)
