"""What a gateway's answer means for the delivery."""

from dataclasses import dataclass
from enum import StrEnum

from kam.notifications.rules.files import File


class Verdict(StrEnum):
    """What became of one attempt or one question."""

    ACCEPTED = "ACCEPTED"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"  # this message will never be taken
    LATER = "LATER"  # it surely was not taken; try again
    UNKNOWN = "UNKNOWN"  # it may have been taken
    ABSENT = "ABSENT"  # asked by its reference, the gateway does not know it


@dataclass(frozen=True)
class Answer:
    """A verdict with a short code for people and the log ("http.503", "timeout"); never personal data."""

    verdict: Verdict
    code: str
    gateway_id: str = ""
    wait_seconds: float | None = None  # what the gateway asked for (Retry-After)


@dataclass(frozen=True)
class Parcel:
    """All that a channel needs to send; `reference` is the delivery's idempotency key."""

    address: str
    subject: str
    text: str
    reference: str
    files: tuple[File, ...] = ()

    def __repr__(self) -> str:
        # A traceback or a log line that shows a parcel must not show whom it is for.
        return f"Parcel({self.reference})"


OURS = frozenset({401, 403})  # our key is wrong or blocked: no fault of this message, so it is not given up
MOMENTARY = frozenset({408, 409, 423, 425, 429})


def of_send(status: int, gateway_id: str, wait_seconds: float | None = None) -> Answer:
    """Judge the HTTP status of an attempt to send. A success without an id is asked for before it is believed."""
    code = f"http.{status}"
    if 200 <= status < 300:
        return Answer(Verdict.ACCEPTED if gateway_id else Verdict.UNKNOWN, code, gateway_id)
    if status in OURS or status in MOMENTARY or status >= 500 or status < 400:
        return Answer(Verdict.LATER, code, wait_seconds=wait_seconds)
    return Answer(Verdict.REFUSED, code)


SAID = {"accepted": Verdict.ACCEPTED, "delivered": Verdict.DELIVERED, "failed": Verdict.REFUSED}


def of_question(status: int, said: str, gateway_id: str) -> Answer:
    """Judge the answer to the question by reference. `said`: accepted, delivered or failed."""
    if status == 404:
        return Answer(Verdict.ABSENT, "asked.absent")
    if 200 <= status < 300 and said in SAID:
        return Answer(SAID[said], f"asked.{said}", gateway_id)
    return Answer(Verdict.UNKNOWN, f"asked.{status}")
