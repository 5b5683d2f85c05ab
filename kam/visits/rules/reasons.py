"""Why an account should be visited next: reasons with weights, added up (VIS-6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What speaks for a visit; each has a dated rule with its weight, `visits.reason.<value>`."""

    COMPLAINT = "complaint"  # an open complaint
    STEP = "step"  # a step promised at the last visit is due
    GRADE = "grade"  # the credit grade fell
    OUTAGE = "outage"  # an outage is ahead
    CONTRACT = "contract"  # the supply contract ends soon
    EQUIPMENT = "equipment"  # equipment is to be tested
    USE = "use"  # use of energy dropped
    UNSEEN = "unseen"  # nobody has been there for long
    QUOTA = "quota"  # the manager owes visits
    VIP = "vip"  # an important customer


@dataclass(frozen=True)
class Found:
    """One reason found. `strength`: 0 to 1, how much of the weight it has; `fact`: the figure or day that shows it."""

    reason: Reason
    strength: float
    fact: str = ""


def score(found: Iterable[Found], weights: Mapping[Reason, float]) -> float:
    """Add up the weights of the reasons, each by its strength."""
    return sum(weights.get(one.reason, 0.0) * min(max(one.strength, 0.0), 1.0) for one in found)


def unseen_strength(days: int | None, after: int) -> float:
    """Return how strongly an account is unseen: a third at the limit, all of it after a year or when never seen."""
    if days is None or days >= 365:
        return 1.0
    if days < after:
        return 0.0
    return 1 / 3 + 2 / 3 * (days - after) / max(365 - after, 1)
