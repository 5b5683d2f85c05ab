"""The life of a visit (DESIGN 6)."""

from enum import StrEnum


class Status(StrEnum):
    PLANNED = "PLANNED"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"
    REVIEWED = "REVIEWED"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


S = Status
# What was missed or cancelled may still turn out to have taken place: it is logged late, and the history says so.
STEPS: dict[str, frozenset[str]] = {
    S.PLANNED: frozenset({S.CONFIRMED, S.DONE, S.MISSED, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.PLANNED, S.DONE, S.MISSED, S.CANCELLED}),
    S.DONE: frozenset({S.REVIEWED}),
    S.REVIEWED: frozenset(),
    S.MISSED: frozenset({S.PLANNED, S.DONE}),
    S.CANCELLED: frozenset({S.DONE}),
}
OPEN = (S.PLANNED, S.CONFIRMED)
COUNTS = (S.DONE, S.REVIEWED)
LOGGABLE = tuple(status for status in Status if S.DONE in STEPS[status])
