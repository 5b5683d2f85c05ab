"""Requests in words: what is due when, how a promise is counted, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django import template
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kam.lib import clock
from kam.service_desk.models import KIND_LABELS, STATUS_LABELS, STEP_LABELS, Deadline, Promise
from kam.service_desk.rules.lifecycle import Kind, Status
from kam.service_desk.rules.promises import Step
from kam.service_desk.rules.working_time import Clock

register = template.Library()
STATUS_CLASSES = {"NEW": "late", "REOPENED": "late", "ASSIGNED": "soon", "IN_HAND": "info", "CLOSED": "done"}
KIND_ICONS = {
    "QUESTION": "help-circle",
    "COMPLAINT": "mood-sad",
    "FAULT": "bolt",
    "APPLICATION": "file-text",
    "PRAISE": "thumb-up",
    "SUGGESTION": "bulb",
}
GROUPS: Mapping[str, str | Lazy] = {
    "late": gettext_lazy("Late"),
    "today": gettext_lazy("Due today"),
    "week": gettext_lazy("Due within seven days"),
    "later": gettext_lazy("Later"),
    "waiting": gettext_lazy("Nothing runs: waits, or nothing is promised"),
}
PROMISES: Mapping[str, str | Lazy] = {
    "fault.arrive.town": gettext_lazy("Fault in town: crew there"),
    "fault.restore.town": gettext_lazy("Fault in town: supply restored"),
    "fault.arrive.country": gettext_lazy("Fault in the country: crew there"),
    "fault.restore.country": gettext_lazy("Fault in the country: supply restored"),
    "fault.arrive.remote": gettext_lazy("Fault in a remote area: crew there"),
    "fault.restore.remote": gettext_lazy("Fault in a remote area: supply restored"),
    "fault.accept": gettext_lazy("Fault: taken in hand"),
    "complaint.contact": gettext_lazy("Complaint: customer contacted"),
    "complaint.answer": gettext_lazy("Complaint: answered"),
    "question.answer": gettext_lazy("Question: answered"),
    "suggestion.answer": gettext_lazy("Suggestion: answered"),
    "praise.answer": gettext_lazy("Praise: answered"),
    "application.contact": gettext_lazy("Application: customer contacted"),
    "application.connect.lv": gettext_lazy("Application at low voltage: finished"),
    "application.connect.hv_single": gettext_lazy("Application at high voltage, one source: finished"),
    "application.connect.hv_dual": gettext_lazy("Application at high voltage, two sources: finished"),
    "application.connect.change": gettext_lazy("Change of supply: finished"),
    "request.accept": gettext_lazy("Request: taken in hand"),
    "request.call_back": gettext_lazy("Request: customer called back"),
}


@register.filter
def promise_words(code: str) -> str:
    """Name a promise; one that the company added is named by its code."""
    return str(PROMISES.get(code, code))


@register.filter
def request_status(status: str) -> str:
    """Return a status in words."""
    return str(STATUS_LABELS[Status(status)])


@register.filter
def request_status_class(status: str) -> str:
    """Return the colour of a status."""
    return STATUS_CLASSES.get(status, "info")


@register.filter
def kind_icon(kind: str) -> str:
    """Return the icon of a kind."""
    return KIND_ICONS.get(kind, "message")


@register.filter
def kind_words(kind: str) -> str:
    """Return a kind in words."""
    return str(KIND_LABELS[Kind(kind)]) if kind else str(_("every kind"))


@register.filter
def step_words(step: str) -> str:
    """Say what has to happen."""
    return str(STEP_LABELS[Step(step)]) if step else ""


@register.filter
def group_words(code: str) -> str:
    """Name a group of equally urgent requests."""
    return str(GROUPS[code])


@register.filter
def time_left(due_at: datetime | None, now: datetime) -> str:
    """Say how long there is: 25 minutes left, 3 hours late, 2 days left."""
    if due_at is None:
        return ""
    left = due_at - now
    late = left < timedelta(0)
    minutes = int(abs(left).total_seconds() // 60)
    if minutes < 120:
        if late:
            return ngettext("%(n)d minute late", "%(n)d minutes late", minutes) % {"n": minutes}
        return ngettext("%(n)d minute left", "%(n)d minutes left", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        if late:
            return ngettext("%(n)d hour late", "%(n)d hours late", hours) % {"n": hours}
        return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
    days = abs((clock.day_of(due_at) - clock.day_of(now)).days)
    if late:
        return ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


@register.filter
def due_class(due_at: datetime | None, now: datetime) -> str:
    """Return the colour of something due: late, soon (within a day), or plain."""
    if due_at is None:
        return ""
    if due_at <= now:
        return "late"
    return "soon" if due_at - now < timedelta(days=1) else "info"


@register.filter
def deadline_class(deadline: Deadline, now: datetime) -> str:
    """Return the colour of a deadline as it stands."""
    if deadline.met_at is not None:
        return "done" if deadline.met_at <= deadline.due_at else "late"
    return "" if deadline.stood_still else due_class(deadline.due_at, now)


@register.filter
def figure_words(promise: Promise) -> str:
    """Say what a promise allows: 30 minutes, 4 hours, 5 workdays."""
    n = promise.figure
    if promise.clock == Clock.WORKDAYS:
        return ngettext("%(n)d workday", "%(n)d workdays", n) % {"n": n}
    if n % 60 == 0:
        hours = n // 60
        if promise.clock == Clock.WORKING:
            return ngettext("%(n)d working hour", "%(n)d working hours", hours) % {"n": hours}
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    if promise.clock == Clock.WORKING:
        return ngettext("%(n)d working minute", "%(n)d working minutes", n) % {"n": n}
    return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}


@register.filter
def last_day(until: date) -> date:
    """Return the last day of a half-open period."""
    return until - timedelta(days=1)


@register.filter
def file_size(size: int) -> str:
    """Write a file's size: 340 KB, 2.1 MB."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} KB"


@register.filter
def stars(number: int) -> str:
    """Draw a rating."""
    return "★" * number + "☆" * (5 - number)
