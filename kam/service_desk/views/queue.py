"""Requests by what is due next, and what colleagues ask of me."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.access import exports
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.pages import page_of
from kam.service_desk.models import KIND_LABELS, Request
from kam.service_desk.queries import queue as queries


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """My queue, or another view of the open requests, the most urgent first."""
    now, user = clock.now(), access.staff(request)
    rows = access.listed(request, Request.objects.all(), Right.REQUESTS_SEE)
    show, found = _asked_for(request, rows, now)
    page = page_of(found, request.GET.get("page"))
    context = {
        "section": "requests",
        "page": page,
        "groups": queries.by_urgency(page.rows, now) if show != "closed" else [],
        "show": show,
        "counts": queries.counts(rows, user, now),
        "asked": queries.asked_of(user) if user.may(Right.REQUESTS_WORK) else None,
        "kinds": {kind.value: label for kind, label in KIND_LABELS.items()},
        "now": now,
    }
    return render(request, "service_desk/queue.html", context)


def _asked_for(request: HttpRequest, rows: QuerySet[Request], now: datetime) -> tuple[str, QuerySet[Request]]:
    user = access.staff(request)
    usual = "mine" if user.may(Right.REQUESTS_WORK) else "all"
    show = request.GET.get("show", usual)
    show = show if show in queries.SHOWS else usual
    found = queries.shown(rows, user, show, now).select_related("account", "owner")
    kind, text = request.GET.get("kind", ""), request.GET.get("q", "").strip()[:60]
    return show, queries.narrowed(found, kind=kind, text=text)


@require_POST
def export(request: HttpRequest) -> FileResponse:
    """The requests as filtered, as a file."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    columns = [
        sheets.Column("number", _("Request number")),
        sheets.Column("kind", _("Kind")),
        sheets.Column("title", _("In short")),
        sheets.Column("account_no", _("Account number")),
        sheets.Column("account", _("Account")),
        sheets.Column("status", _("Status")),
        sheets.Column("owner", _("Owner")),
        sheets.Column("received_at", _("Received"), "datetime"),
        sheets.Column("step", _("Next step")),
        sheets.Column("due_at", _("Due"), "datetime"),
        sheets.Column("closed_at", _("Closed"), "datetime"),
    ]
    rows = access.listed(request, Request.objects.all(), Right.REQUESTS_SEE)
    _show, found = _asked_for(request, rows, clock.now())
    return exports.answer(request, name="requests", columns=columns, rows=map(_exported, found[: exports.MOST]))


def _exported(row: Request) -> list[Any]:
    facts = [row.number, row.get_kind_display(), row.title, row.account.account_no, row.account.name]
    facts += [row.get_status_display(), str(row.owner) if row.owner else ""]
    due = exports.shown_time(row.next_due_at)
    return [
        *facts,
        exports.shown_time(row.received_at),
        row.get_next_step_display(),
        due,
        exports.shown_time(row.closed_at),
    ]
