"""Work-chat robots (企业微信、钉钉、飞书) through Apprise, which knows each maker's ways."""

from __future__ import annotations

import ipaddress
import logging
import socket
from urllib.parse import urlsplit

import apprise
from django.conf import settings

from kam.notifications.rules.answers import Answer, Parcel, Verdict

# Apprise writes addresses of robots, which are secrets, into its log.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def send(parcel: Parcel) -> Answer:
    """Post the message to the robot whose address the parcel carries."""
    robot = apprise.Apprise.instantiate(parcel.address, suppress_exceptions=True)
    if robot is None:
        return Answer(Verdict.REFUSED, "robot.address")
    if settings.CHAT_REFUSE_PRIVATE and leads_inside(parcel.address):
        return Answer(Verdict.REFUSED, "robot.private")
    taken = robot.notify(body=parcel.text, title=parcel.subject)
    # Apprise tells no more than yes or no; a chat that shows a line twice is a lesser evil than one that lacks it.
    return Answer(Verdict.ACCEPTED, "robot.yes") if taken else Answer(Verdict.LATER, "robot.no")


def leads_inside(url: str) -> bool:
    """Tell whether the address names a host of this machine or the internal network.

    A maker's own short form ("wecombot://key") names a key where the host would be, which no resolver knows.
    """
    host = urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
