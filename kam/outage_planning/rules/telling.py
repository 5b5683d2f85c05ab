"""What customers are told of an outage, by which text, and what makes such a notice fulfilled (OUT-2, 3, 5, 10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from kam.outage_planning.rules.lifecycle import Kind


class NoticeKind(StrEnum):
    """Why somebody is told."""

    ANNOUNCE = "ANNOUNCE"
    MOVE = "MOVE"  # the time has changed; counts as the announcement of the new time
    POSTPONE = "POSTPONE"  # the time that was told no longer holds; the new one is not fixed yet
    CANCEL = "CANCEL"
    EXTEND = "EXTEND"  # under way, and takes longer
    ALL_CLEAR = "ALL_CLEAR"  # 已恢复供电
    FAULT = "FAULT"  # explained as soon as possible, updates until restored
    STAGGER = "STAGGER"  # 错峰
    LIMIT = "LIMIT"  # 限电
    OUTLOOK = "OUTLOOK"  # supply and demand to come (OUT-7)


class AckHow(StrEnum):
    """How somebody let us know that the notice has come."""

    LINK = "LINK"
    PHONE = "PHONE"
    PAPER = "PAPER"


# Whoever has one of these for the plan as it stands has been told when the outage is.
ANNOUNCING = (NoticeKind.ANNOUNCE, NoticeKind.MOVE, NoticeKind.STAGGER, NoticeKind.LIMIT)
# Whoever had one of these knows of the outage, and is told of every change of it (OUT-10).
TELLING = (*ANNOUNCING, NoticeKind.POSTPONE, NoticeKind.FAULT)
# For these the gateway's word that it was taken is enough; nobody is called about supply that is back.
WITHOUT_PROOF = (NoticeKind.ALL_CLEAR,)
# What a customer confirms by link, and whose deadline is one of law or company.
TO_ACKNOWLEDGE = (*ANNOUNCING, NoticeKind.OUTLOOK)
# The call that is owed where a continuous producer has got its notice and has not acknowledged it.
CALL_KEY = "acknowledge"
TEXTS: dict[NoticeKind, str] = {
    NoticeKind.ANNOUNCE: "outage.announced",
    NoticeKind.MOVE: "outage.moved",
    NoticeKind.POSTPONE: "outage.postponed",
    NoticeKind.CANCEL: "outage.cancelled",
    NoticeKind.EXTEND: "outage.extended",
    NoticeKind.ALL_CLEAR: "outage.restored",
    NoticeKind.FAULT: "outage.fault",
    NoticeKind.STAGGER: "outage.stagger",
    NoticeKind.LIMIT: "outage.announced",
    NoticeKind.OUTLOOK: "outage.outlook",
}
# 1 goes first: a supply that has gone or comes back before a plan for next week.
PRIORITIES: dict[NoticeKind, int] = {
    NoticeKind.ANNOUNCE: 4,
    NoticeKind.MOVE: 3,
    NoticeKind.POSTPONE: 3,
    NoticeKind.CANCEL: 3,
    NoticeKind.EXTEND: 2,
    NoticeKind.ALL_CLEAR: 2,
    NoticeKind.FAULT: 1,
    NoticeKind.STAGGER: 1,
    NoticeKind.LIMIT: 2,
    NoticeKind.OUTLOOK: 5,
}
ANNOUNCED_AS: dict[Kind, NoticeKind] = {
    Kind.PLANNED: NoticeKind.ANNOUNCE,
    Kind.TEMPORARY: NoticeKind.ANNOUNCE,
    Kind.STAGGER: NoticeKind.STAGGER,
    Kind.LIMIT: NoticeKind.LIMIT,
    Kind.FAULT: NoticeKind.FAULT,
}


class Event(StrEnum):
    """What happened to a notice, for its history."""

    OWED = "OWED"
    PROVEN = "PROVEN"
    UNREACHED = "UNREACHED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    LATE = "LATE"  # its deadline went by without proof
    CALL_UNPROVED = "CALL_UNPROVED"  # T-8 d: given to the call list
    CALL_UNACKNOWLEDGED = "CALL_UNACKNOWLEDGED"  # T-5 d: given to the call list
    SUPERVISOR = "SUPERVISOR"  # T-3 d: the supervisor was told
    SUPERSEDED = "SUPERSEDED"  # the plan it tells of no longer holds


# Instants relative to the deadline and to the start (RELIABILITY R6, DESIGN 6); `notice.milestones` shows the same.
_CALL_BEFORE_DEADLINE = timedelta(days=1)  # T-8 d where the deadline is T-7 d
_CALL_BEFORE_START = timedelta(days=5)
_SUPERVISOR_BEFORE_START = timedelta(days=3)


def due_events(
    *, kind: Kind, starts_at: datetime, deadline: datetime | None, proven: bool, unacknowledged: bool, now: datetime
) -> list[Event]:
    """Return what is due for a notice of an outage to come, in order; what was done before is the caller's to know.

    The calls and the supervisor belong to planned outages: the others have no days for them.
    """
    found = []
    if kind == Kind.PLANNED and deadline is not None and not proven and now >= deadline - _CALL_BEFORE_DEADLINE:
        found.append(Event.CALL_UNPROVED)
    if deadline is not None and not proven and now > deadline:
        found.append(Event.LATE)
    if kind == Kind.PLANNED and unacknowledged:
        if now >= starts_at - _CALL_BEFORE_START:
            found.append(Event.CALL_UNACKNOWLEDGED)
        if now >= starts_at - _SUPERVISOR_BEFORE_START:
            found.append(Event.SUPERVISOR)
    return found


def is_late(deadline: datetime | None, owed_at: datetime, proven_at: datetime | None, now: datetime) -> bool:
    """Tell whether a notice is a promise not kept: first proof after the deadline, or none and the deadline over."""
    if deadline is None:
        return False
    return max(owed_at, proven_at or now) > deadline


def is_fulfilled(must_acknowledge: bool, proven_at: datetime | None, acknowledged_at: datetime | None) -> bool:
    """Tell whether a notice has done what it is for: a continuous producer's only once it is acknowledged (OUT-3)."""
    return acknowledged_at is not None or (not must_acknowledge and proven_at is not None)
