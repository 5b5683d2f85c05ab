"""Kinds of request, its statuses and the steps between them (DESIGN 6)."""

from enum import StrEnum


class Kind(StrEnum):
    """What a customer asks for."""

    QUESTION = "QUESTION"  # 咨询
    COMPLAINT = "COMPLAINT"  # 投诉
    FAULT = "FAULT"  # 故障报修
    APPLICATION = "APPLICATION"  # 业扩与变更用电
    PRAISE = "PRAISE"  # 表扬
    SUGGESTION = "SUGGESTION"  # 意见建议


class Source(StrEnum):
    """By which way a request reached the company."""

    HOTLINE = "HOTLINE"
    VISIT = "VISIT"
    SYMPOSIUM = "SYMPOSIUM"
    LINK = "LINK"  # a signed page
    MAIL = "MAIL"
    API = "API"
    STAFF = "STAFF"  # somebody of the company noted it


class Status(StrEnum):
    NEW = "NEW"  # nobody has it yet
    ASSIGNED = "ASSIGNED"
    IN_HAND = "IN_HAND"
    ANSWERED = "ANSWERED"
    CALLED_BACK = "CALLED_BACK"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


S = Status
# Nothing closes but by a call-back; whoever is not content opens it again, also after it was closed.
STEPS: dict[str, frozenset[str]] = {
    S.NEW: frozenset({S.ASSIGNED}),
    S.ASSIGNED: frozenset({S.IN_HAND}),
    S.IN_HAND: frozenset({S.ANSWERED}),
    S.ANSWERED: frozenset({S.CALLED_BACK, S.REOPENED}),
    S.CALLED_BACK: frozenset({S.CLOSED, S.REOPENED}),
    S.CLOSED: frozenset({S.REOPENED}),
    S.REOPENED: frozenset({S.ASSIGNED, S.IN_HAND}),
}
OPEN = (S.NEW, S.ASSIGNED, S.IN_HAND, S.ANSWERED, S.CALLED_BACK, S.REOPENED)
# The owner still has to find an answer.
TO_ANSWER = (S.NEW, S.ASSIGNED, S.IN_HAND, S.REOPENED)
TO_CALL_BACK = (S.ANSWERED,)
