"""Words and marks of visits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.core.templatetags.kam import day, icon
from kam.service_desk.models import Request
from kam.visits.models import STATUS_LABELS, Visit, VisitMove
from kam.visits.queries.quota import Standing
from kam.visits.rules.lifecycle import OPEN, Status
from kam.visits.rules.quota import Progress
from kam.visits.rules.reasons import Found, Reason

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


STANDINGS = {
    "met": ("done", "circle-check", gettext_lazy("met")),
    "on_track": ("info", "trending-up", gettext_lazy("on track")),
    "at_risk": ("soon", "alert-triangle", gettext_lazy("behind")),
    "missed": ("late", "alert-circle", gettext_lazy("missed")),
}
STANDING_ICONS = """icon="circle-check" icon="trending-up" icon="alert-triangle" """


class Labelled(NamedTuple):
    label: str
    progress: Progress


@register.filter
def both(one: Standing) -> list[Labelled]:
    """Return quarter and year with their names."""
    return [Labelled(_("This quarter"), one.quarter), Labelled(_("This year"), one.year)]


@register.filter
def standing_chip(one: Standing | Progress) -> SafeString:
    """Draw how a quota stands, by a word and a colour."""
    tone, mark, words = STANDINGS[one.status.value]
    return format_html('<span class="kam-chip {}">{}{}</span>', tone, icon(mark), words)


WHY = {
    Reason.COMPLAINT: gettext_lazy("complaint open since %(fact)s"),
    Reason.STEP: gettext_lazy("promised by %(fact)s"),
    Reason.GRADE: gettext_lazy("credit grade fell, %(fact)s"),
    Reason.OUTAGE: gettext_lazy("outage on %(fact)s"),
    Reason.CONTRACT: gettext_lazy("supply contract ends on %(fact)s"),
    Reason.EQUIPMENT: gettext_lazy("equipment to be tested by %(fact)s"),
    Reason.USE: gettext_lazy("use of energy %(fact)s"),
    Reason.UNSEEN: gettext_lazy("not seen for %(fact)s days"),
    Reason.QUOTA: gettext_lazy("%(fact)s visits owed this quarter"),
    Reason.VIP: gettext_lazy("important customer"),
}


@register.filter
def reason_why(one: Found) -> str:
    """Say why an account should be visited."""
    if one.reason == Reason.UNSEEN and not one.fact:
        return _("never seen")
    return str(WHY[one.reason]) % {"fact": one.fact}


@register.filter
def next_day(value: date) -> date:
    return value + timedelta(days=1)


@register.filter
def exact(value: Fraction) -> str:
    return f"{float(value):.2f}"


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
