"""The public promises about outages (社会承诺): was each one kept, late, or is it still open (SRV-9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kam.outage_planning.rules.guards import Guard


class Promise(StrEnum):
    """What the company promises, in the order in which the page shows it."""

    CONSULTED = "CONSULTED"  # each affected account is asked 30 days before
    NOTICE = "NOTICE"  # and told 7 days before
    ACKNOWLEDGED = "ACKNOWLEDGED"  # continuous producers have acknowledged before it begins
    TEMPORARY = "TEMPORARY"  # a temporary outage or a limit is told 24 hours before
    STAGGER = "STAGGER"  # peak staggering is told 30 minutes before
    OFTEN = "OFTEN"  # no more planned outages in a year than allowed
    RESTORED = "RESTORED"  # supply is back when it was announced to be
    FAULT = "FAULT"  # a fault is explained as soon as possible


class State(StrEnum):
    """How a promise stands."""

    KEPT = "KEPT"
    LATE = "LATE"  # not kept, or an exception was granted
    OPEN = "OPEN"


# An exception that a second person grants is counted as the promise not kept.
WAIVED_BY: dict[Promise, Guard] = {
    Promise.CONSULTED: Guard.CONSULTATION_LATE,
    Promise.NOTICE: Guard.NOTICE_LATE,
    Promise.TEMPORARY: Guard.NOTICE_LATE,
    Promise.STAGGER: Guard.NOTICE_LATE,
    Promise.ACKNOWLEDGED: Guard.NOT_ACKNOWLEDGED,
}


@dataclass(frozen=True)
class Owed:
    """One thing promised to one account (or of one outage): by when, when it was done, whether it was waived."""

    promise: Promise
    outage_id: int
    account_id: int | None
    due_at: datetime
    done_at: datetime | None
    waived: bool = False
    minutes: float | None = None  # from the start of a fault to the first word about it

    def state(self, now: datetime) -> State:
        """Return how it stands at `now`: done by its time, late, or still to be done."""
        if self.waived:
            return State.LATE
        if self.done_at is not None:
            return State.KEPT if self.done_at <= self.due_at else State.LATE
        return State.OPEN if now <= self.due_at else State.LATE


@dataclass(frozen=True)
class Tally:
    """How one promise was kept: owed = kept + late + open. `minutes`: mean until the first word, for faults."""

    promise: Promise
    kept: int
    late: int
    open: int
    waived: int
    minutes: float | None = None

    @property
    def owed(self) -> int:
        return self.kept + self.late + self.open

    @property
    def share(self) -> float | None:
        """Kept of those that are decided; None where nothing is."""
        decided = self.kept + self.late
        return self.kept / decided if decided else None


def tally(promise: Promise, owed: Iterable[Owed], now: datetime) -> Tally:
    """Count how a promise stands."""
    counts = dict.fromkeys(State, 0)
    waived, minutes = 0, []
    for one in owed:
        counts[one.state(now)] += 1
        waived += one.waived
        if one.minutes is not None:
            minutes.append(one.minutes)
    mean = sum(minutes) / len(minutes) if minutes else None
    return Tally(promise, counts[State.KEPT], counts[State.LATE], counts[State.OPEN], waived, mean)


def explained_by(begun_at: datetime, minutes: float) -> datetime:
    """Return by when a fault is explained."""
    return begun_at + timedelta(minutes=minutes)
