"""Texts with places to fill in, and how many parts of a text message they take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kam.notifications.rules.states import Channel

_PLACE = re.compile(r"\{([a-z_]*)\}")
# The 128 signs of GSM 03.38, and those that take two places.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = set("^{}\\[~]|€\f")


class Form(StrEnum):
    """What shape of text a channel takes."""

    SHORT = "SHORT"  # text message, chat, in the app
    LONG = "LONG"  # mail, paper
    SPOKEN = "SPOKEN"  # read out on the telephone


FORM_OF = {
    Channel.SMS: Form.SHORT,
    Channel.CHAT: Form.SHORT,
    Channel.APP: Form.SHORT,
    Channel.MAIL: Form.LONG,
    Channel.PAPER: Form.LONG,
    Channel.CALL: Form.SPOKEN,
}


class BadText(Exception):
    """A text with places that nobody fills, or with a brace that is no place. `places`: their names, sorted."""

    def __init__(self, places: list[str]) -> None:
        super().__init__(", ".join(places))
        self.places = places


def places(text: str) -> set[str]:
    """Return the names of the places to fill in: {company}. Raises `BadText` where a brace stands alone."""
    if re.search(r"[{}]", _PLACE.sub("", text)):
        raise BadText(["{ }"])
    return set(_PLACE.findall(text))


def filled(text: str, facts: Mapping[str, str]) -> str:
    """Return the text with its places filled. Raises `BadText` where a fact is missing.

    Facts are put in as they are, once: a brace inside a fact is no place.
    """
    missing = sorted(name for name in places(text) if name not in facts)
    if missing:
        raise BadText(missing)
    return _PLACE.sub(lambda found: facts[found.group(1)], text)


@dataclass(frozen=True)
class SmsSize:
    """How long a text is and how many parts of a text message it takes; Chinese has 70 signs in one, 67 in each."""

    signs: int
    parts: int
    chinese: bool


def sms_size(text: str) -> SmsSize:
    """Count signs and parts as GSM 03.38 and UCS-2 do."""
    if all(sign in _GSM or sign in _GSM_TWO for sign in text):
        signs = sum(2 if sign in _GSM_TWO else 1 for sign in text)
        alone, each, chinese = 160, 153, False
    else:
        signs = len(text.encode("utf-16-be")) // 2
        alone, each, chinese = 70, 67, True
    return SmsSize(signs, 1 if signs <= alone else -(-signs // each), chinese)
