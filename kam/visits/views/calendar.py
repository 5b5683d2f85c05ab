"""Visits in a calendar: my own and the team's, by month and week; an open one is dragged to another time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.rules import Reach, Right
from kam.lib import clock
from kam.visits.actions import planning
from kam.visits.actions.base import ChangedMeanwhile, NotOpen
from kam.visits.forms.calendar import PlaceForm
from kam.visits.models import Visit
from kam.visits.rules.lifecycle import OPEN, Status
from kam.visits.views.common import fetch_visit

LONGEST = timedelta(days=100)
MOST = 500
# The colours that the calendar's script has, by what it calls kinds.
COLOURS = {Status.PLANNED: "TEMPORARY", Status.CONFIRMED: "PLANNED", Status.MISSED: "LIMIT"}


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The calendar: a plain list of the month, which a script turns into one that can be leafed through."""
    view = request.GET.get("view", "month")
    view = view if view in ("month", "week") else "month"
    at = _day(request.GET.get("at", "")) or clock.today()
    first = at.replace(day=1) if view == "month" else at - timedelta(days=at.weekday())
    until = (first + timedelta(days=31)).replace(day=1) if view == "month" else first + timedelta(days=7)
    team = _is_team(request)
    rows = _rows(request, team, first, until)
    kept = {"team": "1" if team else "0"}
    context: dict[str, Any] = {
        "section": "visits",
        "view": view,
        "views": [("month", pgettext("calendar", "Month")), ("week", pgettext("calendar", "Week"))],
        "at": at,
        "today": clock.today(),
        "team": team,
        "visits": list(rows),
        "previous": first - timedelta(days=1),
        "following": until,
        "setup": {
            "view": view,
            "at": at.isoformat(),
            "stack": 1,
            "now": clock.now().astimezone(clock.zone()).strftime("%Y-%m-%dT%H:%M:%S"),
            "events": reverse("visits:calendar_events") + "?" + urlencode(kept),
            "language": str(get_language() or settings.LANGUAGE_CODE),
            "words": {
                "today": pgettext("calendar", "Today"),
                "none": _("No visit in this period"),
                "placed": _("The visit has its new time."),
                "failed": _("The server did not answer. The visit is back where it was; try again."),
            },
        },
    }
    return render(request, "visits/calendar.html", context)


def _is_team(request: HttpRequest) -> bool:
    usual = "1" if access.staff(request).reach == Reach.UNIT else "0"
    return request.GET.get("team", usual) == "1"


def _rows(request: HttpRequest, team: bool, since: date, until: date) -> QuerySet[Any]:
    visits = Visit.objects.exclude(status=Status.CANCELLED).filter(day__gte=since, day__lt=until)
    if not team:
        visits = visits.joined_by(access.staff(request))
    rows = access.listed(request, visits, Right.VISITS_SEE).select_related("account", "manager")
    return rows.order_by("day", "starts_at", "pk")[:MOST]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """The visits of a period as data; 400 where it is over 100 days."""
    access.check(request, Right.VISITS_SEE)
    since = _day(request.GET.get("start", "")) or clock.today().replace(day=1)
    until = _day(request.GET.get("end", "")) or since + timedelta(days=42)
    if not timedelta(0) < until - since <= LONGEST:
        return JsonResponse({"problem": _("At most 100 days are shown at once.")}, status=400)
    may_write = access.staff(request).may(Right.VISITS_WRITE)
    team = _is_team(request)
    return JsonResponse({"events": [_event(row, may_write, team) for row in _rows(request, team, since, until)]})


def _event(row: Visit, may_write: bool, team: bool) -> dict[str, Any]:
    zone = clock.zone()
    start, end = (moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for moment in (row.starts_at, row.ends_at))
    if not row.is_open:  # it stands on the day it took place
        start, end = f"{row.day.isoformat()}{start[10:]}", f"{row.day.isoformat()}{end[10:]}"
    return {
        "id": row.pk,
        "title": f"{row.account.name} · {row.manager}" if team else row.account.name,
        "start": start,
        "end": max(end, start),
        "kind": COLOURS.get(Status(row.status), "FAULT"),
        "draft": row.status == Status.PLANNED,
        "late": row.is_open and row.day < clock.today(),
        "over": False,
        "hint": f"{row.get_status_display()} · {row.get_purpose_display()}",
        "url": reverse("visits:visit", args=[row.pk]),
        "panel": reverse("visits:calendar_panel", args=[row.pk]),
        "version": row.version,
        "place": reverse("visits:place", args=[row.pk]) if may_write and row.status in OPEN else "",
    }


@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit beside the calendar, with the form that gives it another time."""
    visit = fetch_visit(request, Right.VISITS_SEE, pk=pk)
    form = PlaceForm(initial={"starts_at": visit.starts_at, "ends_at": visit.ends_at})
    context = {"visit": visit, "account": visit.account, "form": form, "today": clock.today()}
    return render(request, "visits/calendar_panel.html", context)


@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an open visit another time; where the customer was told, the script asks first and the reason says so."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _refuse(request, visit, " ".join(str(text) for texts in form.errors.values() for text in texts))
    given, posted = form.cleaned_data, request.POST.get("version", "")
    wants_data = request.headers.get("Accept", "").startswith("application/json")
    if visit.told_at and request.POST.get("sure") != "1" and wants_data:
        ask = _("The customer knows of this visit and gets a message with the new time.")
        return JsonResponse({"placed": False, "ask": [ask], "weigh": []})
    try:
        moved = planning.move(
            visit=visit,
            version=int(posted) if posted.isdecimal() and len(posted) < 10 else 0,
            reason=_("moved in the calendar"),
            by=access.staff(request),
            at=clock.now(),
            **given,
        )
    except NotOpen:
        return _refuse(request, visit, _("This visit has taken place or is off: its time stands."))
    except ChangedMeanwhile:
        return _refuse(request, visit, _("Somebody changed this visit meanwhile. Look at it again."))
    if wants_data:
        return JsonResponse({"placed": True, "version": moved.version, "notes": []})
    messages.success(request, _("The visit has its new time; the old one stays in its history."))
    return redirect(reverse("visits:calendar") + "?" + urlencode({"at": moved.day.isoformat()}))


def _refuse(request: HttpRequest, visit: Visit, problem: str) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"placed": False, "problem": problem})
    messages.error(request, problem)
    return redirect("visits:visit", visit.pk)
