"""What a customer says to a proposed outage, which of its answers counts, and when silence is settled (OUT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where the consultation of one account about one window stands."""

    ASKED = "ASKED"
    AGREED = "AGREED"
    COUNTERED = "COUNTERED"  # other windows are proposed; the planner settles
    OBJECTED = "OBJECTED"  # no outage then, with a reason; the planner settles
    SETTLED = "SETTLED"  # settled by the planner, with a reason that stays
    SILENT = "SILENT"  # the answer period is over and the tries are documented
    ENDED = "ENDED"  # the window is no longer proposed: moved, cancelled, or the account is not affected any more


class Said(StrEnum):
    """What an answer says."""

    AGREE = "AGREE"
    OTHER = "OTHER"
    OBJECT = "OBJECT"


class Through(StrEnum):
    """How an answer came."""

    LINK = "LINK"
    PHONE = "PHONE"
    VISIT = "VISIT"


class TryHow(StrEnum):
    """How somebody tried to get an answer."""

    PHONE = "PHONE"
    VISIT = "VISIT"
    MESSAGE = "MESSAGE"


class TryResult(StrEnum):
    """What came of a try."""

    NOT_REACHED = "NOT_REACHED"
    NO_DECISION = "NO_DECISION"  # reached, and will not or cannot say yet
    REFUSED = "REFUSED"  # reached, and wants to say nothing


S = State
_ANSWERED = {S.AGREED, S.COUNTERED, S.OBJECTED}
# A customer may change its mind until the cut-off, also after the planner has settled.
STATES: dict[str, frozenset[str]] = {
    S.ASKED: frozenset(_ANSWERED | {S.SILENT, S.ENDED}),
    S.AGREED: frozenset({S.COUNTERED, S.OBJECTED, S.ENDED}),
    S.COUNTERED: frozenset({S.AGREED, S.OBJECTED, S.SETTLED, S.ENDED}),
    S.OBJECTED: frozenset({S.AGREED, S.COUNTERED, S.SETTLED, S.ENDED}),
    S.SETTLED: frozenset(_ANSWERED | {S.ENDED}),
    S.SILENT: frozenset(_ANSWERED | {S.ENDED}),
    S.ENDED: frozenset(),
}
# With these nothing is owed to the account any more before the outage is agreed.
DONE = (S.AGREED, S.SETTLED, S.SILENT)
TO_SETTLE = (S.COUNTERED, S.OBJECTED)
STATE_OF = {Said.AGREE: S.AGREED, Said.OTHER: S.COUNTERED, Said.OBJECT: S.OBJECTED}


@dataclass(frozen=True)
class Window:
    """A time `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime

    def holds(self, other: Window) -> bool:
        """Tell whether `other` lies wholly inside this one."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


@dataclass(frozen=True)
class Spoken:
    """One answer as the rule looks at it."""

    pk: int
    at: datetime
    said: Said
    through: Through
    windows: tuple[Window, ...] = ()


def deciding(answers: Iterable[Spoken], cut_off: datetime) -> Spoken | None:
    """Return the answer that counts: the last one, by link only until `cut_off`; None where there is none.

    What a colleague notes from a call or a visit counts later too: that is how somebody who was silent is heard.
    """
    counted = [one for one in answers if one.through != Through.LINK or one.at <= cut_off]
    return max(counted, key=lambda one: (one.at, one.pk), default=None)


def agreed_windows(asked: Window, answer: Spoken | None) -> tuple[Window, ...]:
    """Return the times to which a customer has said yes: the proposed one, or those that it proposed itself."""
    if answer is None or answer.said == Said.OBJECT:
        return ()
    return (asked,) if answer.said == Said.AGREE else answer.windows


def is_agreed(window: Window, agreed: Iterable[Window]) -> bool:
    """Tell whether a time lies inside one that a customer agreed to."""
    return any(one.holds(window) for one in agreed)


def counted_tries(tries: Iterable[datetime], answer_by: datetime, apart: timedelta) -> int:
    """Return how many tries count: made after the answer period, and each `apart` from the one counted before.

    Two calls within a minute are one try.
    """
    number, last = 0, None
    for at in sorted(at for at in tries if at >= answer_by):
        if last is None or at - last >= apart:
            number, last = number + 1, at
    return number


def is_silent(tries: Sequence[datetime], answer_by: datetime, now: datetime, *, least: int, apart: timedelta) -> bool:
    """Tell whether an account that has not answered counts as settled at `now` (DESIGN 6)."""
    return now >= answer_by and counted_tries(tries, answer_by, apart) >= least


def answer_until(asked_at: datetime, starts_at: datetime, days: int) -> datetime:
    """Return until when a customer may answer: `days` after it was asked, and never past half the time that is left.

    A consultation that began late by an exception must leave time to settle and to announce.
    """
    return min(asked_at + timedelta(days=days), asked_at + (starts_at - asked_at) / 2)


def reminders_due(asked_at: datetime, answer_by: datetime, now: datetime, days_before: Iterable[float]) -> list[float]:
    """Return which reminders (days before the end of the answer period) are due at `now`, the earliest first.

    One that would fall on the day of the question itself is left out; nothing is due once the period is over.
    """
    if now >= answer_by:
        return []
    found = []
    for days in sorted(days_before, reverse=True):
        at = answer_by - timedelta(days=days)
        if asked_at + timedelta(days=1) <= at <= now:
            found.append(days)
    return found
