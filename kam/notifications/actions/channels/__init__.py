"""The three ways over the network. Each sends one parcel and says what became of it; none touches the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from kam.notifications.actions.channels import chat, mail, sms
from kam.notifications.rules.answers import Answer, Parcel
from kam.notifications.rules.states import Channel

# Hands one parcel to a gateway; ends within the time limit and raises nothing that is to be expected.
Send = Callable[[Parcel], Answer]


@dataclass(frozen=True)
class Way:
    """How a channel is sent, whether it can be asked by reference, and how many sends a second it may get."""

    send: Send
    ask: Send | None
    per_second: float


def ways() -> dict[Channel, Way]:
    """Return the ways as the settings have them now."""
    return {
        Channel.SMS: Way(sms.send, sms.ask, settings.SMS_PER_SECOND),
        Channel.MAIL: Way(mail.send, None, settings.MAIL_PER_SECOND),
        Channel.CHAT: Way(chat.send, None, settings.CHAT_PER_SECOND),
    }
