"""The life of a symposium (座谈会)."""

from enum import StrEnum


class SymposiumStatus(StrEnum):
    PLANNED = "PLANNED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"


SYMPOSIUM_STEPS: dict[str, frozenset[str]] = {
    SymposiumStatus.PLANNED: frozenset({SymposiumStatus.HELD, SymposiumStatus.CANCELLED}),
    SymposiumStatus.HELD: frozenset(),
    SymposiumStatus.CANCELLED: frozenset(),
}
