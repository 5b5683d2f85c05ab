"""Statuses of schemes and grades, and the steps between them (DESIGN 6)."""

from enum import StrEnum


class SchemeStatus(StrEnum):
    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    RELEASED = "RELEASED"
    REFUSED = "REFUSED"


# A refused proposal goes back to its draft; what was released stays as it was, and ends where the next begins.
SCHEME_STEPS: dict[str, frozenset[str]] = {
    SchemeStatus.DRAFT: frozenset({SchemeStatus.PROPOSED}),
    SchemeStatus.PROPOSED: frozenset({SchemeStatus.RELEASED, SchemeStatus.REFUSED}),
    SchemeStatus.REFUSED: frozenset({SchemeStatus.DRAFT}),
    SchemeStatus.RELEASED: frozenset(),
}


class GradeStatus(StrEnum):
    """A grade that is computed and not worse holds at once; a fall is proposed, and a person puts it in force."""

    PROPOSED = "PROPOSED"
    IN_FORCE = "IN_FORCE"
    SET_ASIDE = "SET_ASIDE"


GRADE_STEPS: dict[str, frozenset[str]] = {
    GradeStatus.PROPOSED: frozenset({GradeStatus.IN_FORCE, GradeStatus.SET_ASIDE}),
    GradeStatus.IN_FORCE: frozenset(),
    GradeStatus.SET_ASIDE: frozenset(),
}
