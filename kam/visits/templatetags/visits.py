"""Words and marks of visits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.core.templatetags.kam import day, icon
from kam.service_desk.models import Request
from kam.visits.models import STATUS_LABELS, Visit, VisitMove
from kam.visits.rules.lifecycle import OPEN, Status

register = template.Library()

CHIPS = {
    Status.PLANNED: ("info", "calendar"),
    Status.CONFIRMED: ("done", "calendar-check"),
    Status.DONE: ("done", "check"),
    Status.REVIEWED: ("done", "checks"),
    Status.MISSED: ("late", "alert-circle"),
    Status.CANCELLED: ("", "ban"),
}
ICONS = """icon="calendar" icon="calendar-check" icon="check" icon="checks" icon="alert-circle" icon="ban" """
SHOWN = {
    "open": gettext_lazy("to come or to write down"),
    "review": gettext_lazy("to review"),
    "made": gettext_lazy("made"),
    "missed": gettext_lazy("missed"),
    "cancelled": gettext_lazy("cancelled"),
    "all": gettext_lazy("all of them"),
}


@register.simple_tag
def visit_chip(visit: Visit, today: date | None = None) -> SafeString:
    """Draw where a visit stands; one whose day is over and that nobody wrote down says so."""
    status = Status(visit.status)
    tone, mark = CHIPS[status]
    words = str(STATUS_LABELS[status])
    if today is not None and status in OPEN and visit.day < today:
        tone, mark, words = "late", "alert-circle", _("to be written down")
    return format_html('<span class="kam-chip {}">{}{}</span>', tone, icon(mark), words)


@register.filter
def shown_words(key: str) -> str:
    return str(SHOWN.get(key, key))


@register.filter
def status_words(status: str) -> str:
    return str(STATUS_LABELS[Status(status)]) if status in set(Status) else status


@register.simple_tag
def move_words(move: VisitMove) -> str:
    """Say what changed besides the status: the time, what the customer proposed, a correction."""
    facts: dict[str, Any] = move.facts
    if facts.get("after"):
        return _("%(before)s → %(after)s") % {"before": _moment(facts.get("before")), "after": _moment(facts["after"])}
    if facts.get("proposed"):
        return _("customer proposes %(at)s") % {"at": _moment(facts["proposed"])}
    if "corrected" in facts:
        return _("corrected")
    return _("by the customer") if facts.get("by_link") else ""


def _moment(text: Any) -> str:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return f"{day(at)} {at:%H:%M}"


@register.simple_tag
def request_link(request: Request) -> SafeString:
    """Draw a request's title, as a link where requests have pages."""
    try:
        url = reverse("desk:request", args=[request.pk])
    except NoReverseMatch:
        return format_html("{} {}", request.number, request.title)
    return format_html('<a href="{}">{} {}</a>', url, request.number, request.title)
