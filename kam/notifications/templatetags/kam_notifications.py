"""Words and marks of messages."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kam.notifications.models import CHANNEL_LABELS, DELIVERY_LABELS, MESSAGE_LABELS
from kam.notifications.rules.states import Channel, DeliveryState, MessageState

register = template.Library()
# What an app above has put where a text holds something that is only filled in while it is sent.
PERSONAL = re.compile(r"⟦\w+:\d+⟧")

CHIPS = {
    DeliveryState.DELIVERED.value: "done",
    DeliveryState.SENT.value: "info",
    DeliveryState.PENDING.value: "info",
    DeliveryState.UNKNOWN.value: "soon",
    DeliveryState.FAILED.value: "late",
    DeliveryState.DEAD.value: "late",
    MessageState.OPEN.value: "info",
    MessageState.PROVEN.value: "done",
    MessageState.HANDED_OVER.value: "done",
    MessageState.UNREACHED.value: "late",
}
TITLES: dict[str, Any] = {
    "general.notice": gettext_lazy("general notice"),
    "outage.consult": gettext_lazy("outage: asking the customer"),
    "outage.consult_again": gettext_lazy("outage: asking about a new time"),
    "outage.consult_reminder": gettext_lazy("outage: reminder of the answer"),
    "outage.postponed": gettext_lazy("outage: put off"),
    "outage.unsent": gettext_lazy("outage: notices not sent"),
    "outage.unacknowledged": gettext_lazy("outage: not acknowledged"),
    "outage.gap": gettext_lazy("outage: notices missing"),
    "outage.extended": gettext_lazy("outage: takes longer"),
    "outage.announced": gettext_lazy("outage: announcement"),
    "outage.moved": gettext_lazy("outage: moved"),
    "outage.cancelled": gettext_lazy("outage: cancelled"),
    "outage.restored": gettext_lazy("outage: supply restored"),
    "outage.fault": gettext_lazy("outage by fault"),
    "outage.stagger": gettext_lazy("load control"),
    "report.ready": gettext_lazy("energy report is ready"),
    "visit.proposed": gettext_lazy("visit: time proposed"),
    "visit.moved": gettext_lazy("visit: moved"),
    "visit.confirmed": gettext_lazy("visit: time agreed"),
    "visit.cancelled": gettext_lazy("visit: cancelled"),
    "symposium.invite": gettext_lazy("symposium: invitation"),
    "visit.digest": gettext_lazy("visits: the week"),
    "visit.heard": gettext_lazy("visit: the customer's answer"),
    "visit.asked": gettext_lazy("visit: question back"),
    "visit.replied": gettext_lazy("visit: question answered"),
}
STATES: dict[str, Any] = {
    **{one.value: label for one, label in MESSAGE_LABELS.items()},
    **{one.value: label for one, label in DELIVERY_LABELS.items()},
}
CHANNEL_ICONS = {
    Channel.SMS.value: "message",
    Channel.MAIL.value: "mail",
    Channel.CHAT.value: "messages",
    Channel.APP.value: "bell",
    Channel.CALL.value: "phone",
    Channel.PAPER.value: "file-text",
}
# What a code of a step means. Codes of gateways without a line here are shown as they are.
CODES: dict[str, Any] = {
    "owed": gettext_lazy("owed"),
    "next": gettext_lazy("next channel"),
    "last": gettext_lazy("last resort"),
    "here": gettext_lazy("done here"),
    "by_hand": gettext_lazy("by hand"),
    "retry": gettext_lazy("tried again by hand"),
    "proven": gettext_lazy("arrived by another channel"),
    "handed_over": gettext_lazy("handed over, no proof asked for"),
    "given_up": gettext_lazy("given up by a person"),
    "withdrawn": gettext_lazy("withdrawn"),
    "called": gettext_lazy("told by telephone"),
    "read": gettext_lazy("read in the app"),
    "signed": gettext_lazy("signed on paper"),
    "no.receipt": gettext_lazy("no receipt in time"),
    "no.address": gettext_lazy("no usable address"),
    "not.configured": gettext_lazy("this channel is not set up"),
    "poison": gettext_lazy("stopped after five attempts that never ended"),
    "crashed": gettext_lazy("a process ended during the attempt"),
    "timeout": gettext_lazy("no answer in time"),
    "dropped": gettext_lazy("the line was cut"),
    "connect": gettext_lazy("no connection"),
    "login": gettext_lazy("our access was refused"),
    "asked.absent": gettext_lazy("asked: the gateway does not know it"),
    "asked.accepted": gettext_lazy("asked: the gateway has it"),
    "asked.delivered": gettext_lazy("asked: delivered"),
    "asked.failed": gettext_lazy("asked: failed"),
    "asked.nothing": gettext_lazy("asked: no answer"),
    "http.202": gettext_lazy("taken by the gateway"),
    "http.200": gettext_lazy("taken by the gateway"),
    "http.429": gettext_lazy("the gateway asks to slow down"),
    "smtp.250": gettext_lazy("taken by the mail server"),
    "robot.yes": gettext_lazy("taken by the chat"),
    "robot.no": gettext_lazy("not taken by the chat"),
}


CARES = {
    "backup": gettext_lazy("back-up of the database"),
    "restore_drill": gettext_lazy("restore tried out"),
    "audit_verify": gettext_lazy("audit chain checked"),
}


@register.filter
def care_name(name: str) -> str:
    """Name a piece of care for the data."""
    return str(CARES[name])


@register.filter
def chip(status: str) -> str:
    """Return the class of a status chip; empty for what is neither good nor bad."""
    return CHIPS.get(status, "")


@register.filter
def channel_icon(channel: str) -> str:
    """Return the icon of a channel."""
    return CHANNEL_ICONS.get(channel, "send")


@register.filter
def channel_name(channel: str) -> Any:
    """Return the channel in words."""
    return CHANNEL_LABELS.get(Channel(channel), channel)


@register.filter
def kind_name(kind: str) -> Any:
    """Return what a message is about in words; a kind that nobody put into words is shown as it is."""
    return TITLES.get(kind, kind)


@register.filter
def state_name(status: str) -> Any:
    """Return a status of a delivery or a message in words."""
    return STATES.get(status, status)


@register.filter
def code_words(code: str) -> Any:
    """Put a code into words; one that nobody put into words is shown as it is, behind what is known of it."""
    if code in CODES:
        return CODES[code]
    if code.startswith("receipt."):
        return _("receipt: %(code)s") % {"code": code.removeprefix("receipt.")}
    if code.startswith(("http.", "smtp.")):
        return _("the gateway answered %(code)s") % {"code": code.partition(".")[2]}
    return code


@register.filter
def span(seconds: float | None) -> str:
    """Say a length of time in its largest fitting unit: 40 s, 12 min, 5 h, 3 days."""
    if seconds is None:
        return "–"
    whole = max(int(seconds), 0)
    if whole < 120:
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    if whole < 7200:
        return ngettext("%(n)d minute", "%(n)d minutes", whole // 60) % {"n": whole // 60}
    if whole < 172_800:
        return ngettext("%(n)d hour", "%(n)d hours", whole // 3600) % {"n": whole // 3600}
    return ngettext("%(n)d day", "%(n)d days", whole // 86_400) % {"n": whole // 86_400}


@register.filter
def until(instant: Any, now: Any) -> str:
    """Say how long is left to an instant, or how long it is over."""
    if instant is None:
        return ""
    seconds = (instant - now).total_seconds()
    if seconds < 0:
        return _("%(span)s over") % {"span": span(-seconds)}
    return _("%(span)s left") % {"span": span(seconds)}


@register.filter
def shown(text: str) -> str:
    """Return a message's text for staff: a personal address, which only the customer may use, is told and not shown."""
    return PERSONAL.sub(_("[the customer's personal link]"), text)
