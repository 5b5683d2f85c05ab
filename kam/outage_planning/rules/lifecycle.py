"""Kinds of outage, their statuses and the steps between them (DESIGN 6)."""

from enum import StrEnum


class Kind(StrEnum):
    PLANNED = "PLANNED"  # 计划检修
    TEMPORARY = "TEMPORARY"  # 临时检修
    STAGGER = "STAGGER"  # 错峰
    LIMIT = "LIMIT"  # 限电
    FAULT = "FAULT"  # 故障或事故拉闸


class Status(StrEnum):
    DRAFT = "DRAFT"
    CONSULTING = "CONSULTING"
    AGREED = "AGREED"
    ANNOUNCED = "ANNOUNCED"
    UNDER_WAY = "UNDER_WAY"
    RESTORED = "RESTORED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


Steps = dict[str, frozenset[str]]
S = Status

# A move of the time leads back: to CONSULTING outside what was agreed, to AGREED inside it.
_PLANNED: Steps = {
    S.DRAFT: frozenset({S.CONSULTING, S.CANCELLED}),
    S.CONSULTING: frozenset({S.AGREED, S.DRAFT, S.CANCELLED}),
    S.AGREED: frozenset({S.ANNOUNCED, S.CONSULTING, S.CANCELLED}),
    S.ANNOUNCED: frozenset({S.UNDER_WAY, S.AGREED, S.CONSULTING, S.CANCELLED}),
    S.UNDER_WAY: frozenset({S.RESTORED}),
    S.RESTORED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}
# Nobody is consulted, everybody is told; a move leads back to the draft.
_SHORT: Steps = {
    S.DRAFT: frozenset({S.ANNOUNCED, S.CANCELLED}),
    S.ANNOUNCED: frozenset({S.UNDER_WAY, S.DRAFT, S.CANCELLED}),
    S.UNDER_WAY: frozenset({S.RESTORED}),
    S.RESTORED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}
# It has happened before anybody could be told; the draft is a form that is being filled in.
_FAULT: Steps = {
    S.DRAFT: frozenset({S.UNDER_WAY, S.CANCELLED}),
    S.UNDER_WAY: frozenset({S.RESTORED}),
    S.RESTORED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}
STEPS: dict[Kind, Steps] = {
    Kind.PLANNED: _PLANNED,
    Kind.TEMPORARY: _SHORT,
    Kind.STAGGER: _SHORT,
    Kind.LIMIT: _SHORT,
    Kind.FAULT: _FAULT,
}

OPEN = (S.DRAFT, S.CONSULTING, S.AGREED, S.ANNOUNCED, S.UNDER_WAY)
EDITABLE = (S.DRAFT,)
# Whoever was told before is told of every change.
TOLD = (S.ANNOUNCED, S.UNDER_WAY)


def statuses_of(kind: Kind) -> tuple[Status, ...]:
    """Return the statuses that an outage of this kind can have, in the order of its life."""
    return tuple(status for status in Status if status in STEPS[kind])
