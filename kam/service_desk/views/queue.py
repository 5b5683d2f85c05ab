"""Requests by what is due next, and what colleagues ask of me."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.service_desk.models import KIND_LABELS, Request
from kam.service_desk.queries import queue as queries


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """My queue, or another view of the open requests, the most urgent first."""
    now, user = clock.now(), access.staff(request)
    rows = access.listed(request, Request.objects.all(), Right.REQUESTS_SEE)
    usual = "mine" if user.may(Right.REQUESTS_WORK) else "all"
    show = request.GET.get("show", usual)
    show = show if show in queries.SHOWS else usual
    found = queries.shown(rows, user, show, now).select_related("account", "owner")
    found = queries.narrowed(found, kind=request.GET.get("kind", ""), text=request.GET.get("q", "").strip()[:60])
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
