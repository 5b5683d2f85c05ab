"""Energy bought in advance (购电制): what is left, the day on which it runs out, and who is warned at which level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal("0.00")


class Level(StrEnum):
    """How near the end is. `OUT`: nothing is left."""

    FINE = "FINE"
    FIRST = "FIRST"
    SECOND = "SECOND"
    LAST = "LAST"
    OUT = "OUT"


class PrepaidStatus(StrEnum):
    """What is done about it. A limit is a step of two people, and only where the contract allows it."""

    RUNNING = "RUNNING"
    LIMIT_PROPOSED = "LIMIT_PROPOSED"
    LIMITED = "LIMITED"
    ENDED = "ENDED"


PREPAID_MOVES: dict[str, frozenset[str]] = {
    PrepaidStatus.RUNNING: frozenset({PrepaidStatus.LIMIT_PROPOSED, PrepaidStatus.ENDED}),
    PrepaidStatus.LIMIT_PROPOSED: frozenset({PrepaidStatus.RUNNING, PrepaidStatus.LIMITED}),
    PrepaidStatus.LIMITED: frozenset({PrepaidStatus.RUNNING}),
    PrepaidStatus.ENDED: frozenset(),
}
ORDER = (Level.FINE, Level.FIRST, Level.SECOND, Level.LAST, Level.OUT)


@dataclass(frozen=True)
class Balance:
    """What is left: what was paid and not spent on bills, less what has been used since the last bill."""

    credit: Decimal
    open_bills: Decimal
    used: Decimal
    used_until: date | None  # first day without readings; None: nothing is read since the last bill

    @property
    def yuan(self) -> Decimal:
        return self.credit - self.open_bills - self.used


def daily_cost(costs: Sequence[tuple[date, Decimal]], days: int = 28) -> dict[bool, Decimal]:
    """Return the mean cost of a day of the last `days`, by whether it is a weekend: what the forecast goes by."""
    last = sorted(costs)[-days:]
    found: dict[bool, Decimal] = {}
    for weekend in (False, True):
        kept = [yuan for day, yuan in last if (day.weekday() >= 5) is weekend] or [yuan for _, yuan in last]
        if kept:
            found[weekend] = sum(kept, ZERO) / len(kept)
    return found


def runs_out_on(yuan: Decimal, per_day: Mapping[bool, Decimal], first: date, most: int = 400) -> date | None:
    """Return the day on which nothing is left, counting the days from `first`; None where it lasts over `most` days."""
    left = yuan
    if left <= 0:
        return first
    for number in range(most):
        day = first + timedelta(days=number)
        left -= per_day.get(day.weekday() >= 5, ZERO)
        if left <= 0:
            return day
    return None


def level_of(yuan: Decimal, runs_out: date | None, at: date, days: Mapping[str, int]) -> Level:
    """Return the level of warning. `days`: how many days before the end each begins: {"FIRST": 10, "SECOND": 5, …}."""
    if yuan <= 0:
        return Level.OUT
    if runs_out is None:
        return Level.FINE
    left = (runs_out - at).days
    for level in (Level.LAST, Level.SECOND, Level.FIRST):
        if left <= days[level.value]:
            return level
    return Level.FINE
