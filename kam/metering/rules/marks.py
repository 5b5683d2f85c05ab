"""Quality marks (数据质量标记): one byte per stored interval that says how far its figures can be trusted."""

from enum import IntFlag


class Quality(IntFlag):
    """Marks of one interval; they fit in one byte and combine.

    `MISSING | ESTIMATED` is a gap that was filled, `MISSING` alone one that could not be. `NEGATIVE` and
    `OVER` stand beside `ESTIMATED` where the raw value was put aside. `ESTIMATED` with none of the three: the
    energy was read and only reactive energy was filled in. Source: issue of readings (ENE-1), section "Checks
    by stated rules".
    """

    GOOD = 0
    MISSING = 1
    ESTIMATED = 2
    DUPLICATE = 4
    CONFLICT = 8
    NEGATIVE = 16
    OVER = 32
    DEAD = 64
    FROZEN = 128
