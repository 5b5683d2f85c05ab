"""Addresses: how they are written, whether they can be one, and what of them may be shown."""

import re
import unicodedata
from dataclasses import dataclass

from kam.notifications.rules.states import Channel

_PHONE = re.compile(r"\+?\d{5,20}")
_MAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[a-z0-9.-]+\.[a-z0-9-]{2,}")


class BadAddress(Exception):
    """This cannot be an address of that channel. Does not say what was given: it may be a person's."""


@dataclass(frozen=True)
class Address:
    """One way to one person, in the order given. `text`: what this channel says, where it differs from the message.

    SMS, CALL: a phone number (CALL may be empty: the caller looks it up). MAIL: a mail address. CHAT: the name of a
    robot. APP: the id of a user. PAPER: empty.
    """

    channel: Channel
    address: str = ""
    text: str = ""

    def __repr__(self) -> str:
        return f"Address({self.channel})"


def normal(channel: Channel, text: str) -> str:
    """Return the address as it is stored and sent. Raises `BadAddress`."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if channel in (Channel.SMS, Channel.CALL):
        number = re.sub(r"[\s\-()]", "", plain)
        if _PHONE.fullmatch(number) or (not number and channel == Channel.CALL):
            return number
    elif channel == Channel.MAIL:
        if _MAIL.fullmatch(plain.lower()):
            return plain
    elif channel == Channel.APP:
        if plain.isascii() and plain.isdigit():
            return plain
    elif channel == Channel.CHAT:
        if 0 < len(plain) <= 60:
            return plain
    elif not plain:
        return ""
    raise BadAddress(channel)


def hint(channel: Channel, address: str) -> str:
    """Return what may be shown of a normal address: 138****5678, w***@example.cn, a robot's name."""
    if channel in (Channel.SMS, Channel.CALL):
        if len(address) >= 11:
            return f"{address[:3]}****{address[-4:]}"
        return f"****{address[-2:]}" if address else ""
    if channel == Channel.MAIL:
        name, _, domain = address.rpartition("@")
        return f"{name[:1]}***@{domain}"[:80]
    return address[:60] if channel == Channel.CHAT else ""
