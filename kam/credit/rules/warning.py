"""Early warning: what in an account's payments, use and words changes for the worse, with reasons (SRV-5).

Weights are ours; each reason says the figure and what it is compared with, so that a person can judge it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    SLOWER = "SLOWER"  # the last three bills were paid later than those before
    OVERDUE = "OVERDUE"  # something is overdue that never was
    RISK = "RISK"  # a large open bill is likely to be late
    USE_DROPS = "USE_DROPS"  # energy of the last month against the same month before, or the months before
    PLAN_BROKEN = "PLAN_BROKEN"
    OUTSIDE = "OUTSIDE"  # a sign from outside stands


@dataclass(frozen=True)
class Seen:
    """What is looked at. `days`: after the due date of the bills settled, oldest first. `kwh`: of 15 months."""

    days: Sequence[int] = ()
    overdue_days: int = 0
    risk: float = 0.0
    kwh: Sequence[float | None] = ()
    plan_broken: bool = False
    outside: int = 0
    signs: Sequence[tuple[float, str, float, float]] = ()  # of other apps: (weight, code, figure, compared with)


@dataclass(frozen=True)
class Warned:
    """A warning: 1 to 100, and its reasons, the gravest first: (reason, figure, compared with)."""

    score: int
    reasons: tuple[tuple[str, float, float], ...]


def warning(seen: Seen) -> Warned | None:
    """Return the warning, or None where nothing has changed for the worse."""
    found: list[tuple[float, str, float, float]] = list(seen.signs)
    recent, before = seen.days[-3:], seen.days[-12:-3]
    if len(recent) == 3 and len(before) >= 3:
        now, then = sum(recent) / 3, sum(before) / len(before)
        if now - then >= 5 and now > -2:
            found.append((min(10 + 2 * (now - then), 40), Reason.SLOWER, now, then))
    if seen.overdue_days > 0 and not any(day > 0 for day in seen.days):
        found.append((min(15 + seen.overdue_days, 40), Reason.OVERDUE, float(seen.overdue_days), 0.0))
    if seen.risk >= 0.6:
        found.append((40 * seen.risk, Reason.RISK, seen.risk, 0.0))
    drop = use_drop(seen.kwh)
    if drop is not None:
        found.append((min(60 * (1 - drop[0] / drop[1]), 45), Reason.USE_DROPS, *drop))
    if seen.plan_broken:
        found.append((40, Reason.PLAN_BROKEN, 1.0, 0.0))
    if seen.outside:
        found.append((min(15.0 * seen.outside, 45), Reason.OUTSIDE, float(seen.outside), 0.0))
    if not found:
        return None
    found.sort(key=lambda one: -one[0])
    score = min(round(sum(weight for weight, *_ in found)), 100)
    return Warned(max(score, 1), tuple((reason, now, then) for _, reason, now, then in found))


def use_drop(kwh: Sequence[float | None]) -> tuple[float, float] | None:
    """Return (last month, what it is compared with) where use fell by three tenths or more; None where it did not.

    Against the same month of the year before where it is known, else the mean of the three months before: a shop that
    closes every February gives no warning in February.
    """
    if not kwh or kwh[-1] is None:
        return None
    last = kwh[-1]
    year_before = kwh[-13] if len(kwh) >= 13 else None
    months = [one for one in kwh[-4:-1] if one is not None]
    base = year_before if year_before else sum(months) / 3 if len(months) == 3 else None
    if not base or last > 0.7 * base:
        return None
    return last, base
