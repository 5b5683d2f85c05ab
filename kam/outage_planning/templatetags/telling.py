"""Consultations and notices in words and colours."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from django import template
from django.utils.translation import get_language, gettext_lazy

from kam.lib import clock
from kam.outage_planning.models import Answer, Notice
from kam.outage_planning.queries.consulting import windows_of
from kam.outage_planning.rules.consulting import Said, State, Window
from kam.outage_planning.rules.telling import TO_ACKNOWLEDGE, NoticeKind
from kam.outage_planning.rules.words import long_window

register = template.Library()

STATE_CLASSES = {
    State.ASKED: "info",
    State.AGREED: "done",
    State.COUNTERED: "soon",
    State.OBJECTED: "late",
    State.SETTLED: "done",
    State.SILENT: "done",
}
SAID_CLASSES = {Said.AGREE: "done", Said.OTHER: "soon", Said.OBJECT: "late"}
NOTICE_TITLES = {
    NoticeKind.ANNOUNCE: gettext_lazy("Notice: your supply goes off"),
    NoticeKind.MOVE: gettext_lazy("Notice: the time has changed"),
    NoticeKind.POSTPONE: gettext_lazy("Notice: the time no longer holds"),
    NoticeKind.CANCEL: gettext_lazy("Notice: it does not take place"),
    NoticeKind.EXTEND: gettext_lazy("Notice: it takes longer"),
    NoticeKind.ALL_CLEAR: gettext_lazy("Notice: supply is back"),
    NoticeKind.FAULT: gettext_lazy("Notice: a fault"),
    NoticeKind.STAGGER: gettext_lazy("Notice: please reduce your load"),
    NoticeKind.LIMIT: gettext_lazy("Notice: power is limited"),
    NoticeKind.OUTLOOK: gettext_lazy("Supply outlook"),
}
PROOFS = {
    "SMS": gettext_lazy("receipt of the text message"),
    "MAIL": gettext_lazy("taken by the mail server"),
    "CHAT": gettext_lazy("taken by the chat"),
    "APP": gettext_lazy("read in the app"),
    "CALL": gettext_lazy("told by telephone"),
    "PAPER": gettext_lazy("signed on paper"),
    "LINK": gettext_lazy("opened and confirmed"),
    "PHONE": gettext_lazy("told by telephone"),
}


class HasTime(Protocol):
    """Anything with a window: an outage, a consultation, a proposed time."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@register.simple_tag(name="window_words")
def shown_window(one: HasTime) -> str:
    """Write a window with its day, in the language of the page."""
    return long_window(one.starts_at, one.ends_at, clock.zone(), get_language() or "zh-hans")


@register.simple_tag
def move_query(one: HasTime) -> str:
    """Return the address's query that fills the form of a move with this time."""
    zone = clock.zone()
    times = {name: getattr(one, name).astimezone(zone).strftime("%Y-%m-%dT%H:%M") for name in ("starts_at", "ends_at")}
    return urlencode(times)


@register.simple_tag
def answer_windows(answer: Answer) -> tuple[Window, ...]:
    """Return the times that an answer proposes."""
    return windows_of(answer)


@register.filter
def state_class(status: str) -> str:
    """Return the colour of where a consultation stands."""
    return STATE_CLASSES.get(State(status), "")


@register.filter
def said_class(said: str) -> str:
    """Return the colour of an answer."""
    return SAID_CLASSES[Said(said)]


@register.filter
def notice_title(kind: str) -> str:
    """Return what a customer's page about a notice is headed."""
    return str(NOTICE_TITLES[NoticeKind(kind)])


@register.filter
def proof_words(channel: str) -> str:
    """Say what proves that a notice has come."""
    return str(PROOFS.get(channel, channel))


@register.filter
def can_acknowledge(notice: Notice) -> bool:
    """Tell whether this kind of notice is acknowledged at all."""
    return notice.kind in {kind.value for kind in TO_ACKNOWLEDGE}
