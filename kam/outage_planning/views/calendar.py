"""Outages in a calendar: month, week, by line, by station; a draft is put at another time there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
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
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.outage_planning.actions import placing, planning
from kam.outage_planning.forms.calendar import PlaceForm
from kam.outage_planning.models import KINDS, STATUS_LABELS, Outage, ProtectedPeriod
from kam.outage_planning.queries import calendar, clashes, pages
from kam.outage_planning.queries import planning as queries
from kam.outage_planning.rules.lifecycle import Kind
from kam.outage_planning.templatetags.outages import conflict_words, guard_words

VIEWS = ("month", "week", "lines", "stations")
WITH = ("unit", "crew")
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The calendar: a plain table of the period, which a script turns into one that can be leafed through."""
    view = request.GET.get("view", "month")
    view = view if view in VIEWS else "month"
    at = _day(request.GET.get("at", "")) or clock.today()
    since, until = _period(view, at)
    rows = _chosen(request)
    found = calendar.entries(rows, since, until, clock.now())
    guards = calendar.guards(access.listed(request, ProtectedPeriod.objects.all(), Right.OUTAGES_SEE), since, until)
    days = calendar.days(found.entries, guards, since, until)
    for day in days:
        day.inside = view != "month" or day.on.month == at.month
    context: dict[str, Any] = {
        "section": "outages",
        "view": view,
        "views": _tabs(),
        "at": at,
        "today": clock.today(),
        "previous": _step(view, at, -1),
        "following": _step(view, at, 1),
        "days": days,
        "weeks": [days[n : n + 7] for n in range(0, len(days), 7)],
        "found": found,
        "rows": _rows(view, found.entries, since, until),
        "kinds": KINDS,
        "units": access.listed(request, Unit.objects.all(), Right.OUTAGES_SEE).order_by("path"),
        "setup": _setup(request, view, at),
    }
    return render(request, "outage_planning/calendar.html", context)


def _tabs() -> list[tuple[str, str]]:
    return [
        ("month", pgettext("calendar", "Month")),
        ("week", pgettext("calendar", "Week")),
        ("lines", _("By line")),
        ("stations", _("By station")),
    ]


def _chosen(request: HttpRequest) -> QuerySet[Any]:
    """Return the outages that the filters of the page leave."""
    rows = access.listed(request, Outage.objects.select_related(*WITH), Right.OUTAGES_SEE)
    kind, unit = request.GET.get("kind", ""), request.GET.get("unit", "")
    if kind in {one.value for one in Kind}:
        rows = rows.filter(kind=kind)
    if unit.isdecimal() and len(unit) < 19:
        within = access.listed(request, Unit.objects.all(), Right.OUTAGES_SEE).filter(pk=unit).first()
        rows = rows.filter(unit__path__startswith=within.path) if within else rows.none()
    return rows


def _rows(view: str, found: list[calendar.Entry], since: date, until: date) -> list[calendar.Row]:
    if view == "lines":
        return calendar.by_line(found, since, until)
    return calendar.by_station(found, since, until) if view == "stations" else []


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if EARLIEST <= day < LATEST else None


def _period(view: str, at: date) -> tuple[date, date]:
    """Return the days that a view shows, `[since, until)`: whole weeks from Monday, or a month."""
    monday = at - timedelta(days=at.weekday())
    if view == "week":
        return monday, monday + timedelta(days=7)
    first = at.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    if view != "month":
        return first, following
    last = following - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=7 - last.weekday())


def _step(view: str, at: date, by: int) -> date:
    if view == "week":
        return at + timedelta(days=7 * by)
    first = at.replace(day=1)
    return (first + timedelta(days=31)).replace(day=1) if by > 0 else (first - timedelta(days=1)).replace(day=1)


def _setup(request: HttpRequest, view: str, at: date) -> dict[str, Any]:
    """Return what the script needs; times are the company's, whatever zone the reader's machine is set to."""
    kept = {name: request.GET[name] for name in ("kind", "unit") if request.GET.get(name)}
    return {
        "view": view,
        "at": at.isoformat(),
        "now": clock.now().astimezone(clock.zone()).strftime("%Y-%m-%dT%H:%M:%S"),
        "events": reverse("outages:calendar_events") + ("?" + urlencode(kept) if kept else ""),
        "language": str(get_language() or settings.LANGUAGE_CODE),
        "words": {
            "today": pgettext("calendar", "Today"),
            "none": _("No outage in this period"),
            "placed": _("The draft lies at its new time."),
            "failed": _("The server did not answer. The draft is back where it was; try again."),
        },
    }


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """The outages of a period as data, and the guarded days behind them; 400 where it is over 100 days."""
    since = _day(request.GET.get("start", "")) or clock.today().replace(day=1)
    until = _day(request.GET.get("end", "")) or since + timedelta(days=42)
    rows = _chosen(request)
    if not timedelta(0) < until - since <= calendar.LONGEST:
        return JsonResponse({"problem": _("At most 100 days are shown at once.")}, status=400)
    found = calendar.entries(rows, since, until, clock.now())
    may_plan = access.staff(request).may(Right.OUTAGES_PLAN)
    guarded = calendar.guards(access.listed(request, ProtectedPeriod.objects.all(), Right.OUTAGES_SEE), since, until)
    told = [_event(entry, may_plan) for entry in found.entries]
    behind = [
        {"start": row.days_from.isoformat(), "end": row.days_until.isoformat(), "title": row.name, "guard": True}
        for row in guarded
    ]
    return JsonResponse({"events": told + behind, "more": found.more})


def _event(entry: calendar.Entry, may_plan: bool) -> dict[str, Any]:
    row, zone = entry.outage, clock.zone()
    late = _("late") + " · " if entry.late else ""
    return {
        "id": str(row.pk),
        "title": late + row.title,
        "start": row.starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "end": row.ends_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "url": reverse("outages:outage", args=[row.pk]),
        "panel": reverse("outages:calendar_panel", args=[row.pk]),
        "place": reverse("outages:place", args=[row.pk]) if entry.draft and may_plan else "",
        "version": row.version,
        "kind": row.kind,
        "draft": entry.draft,
        "late": entry.late,
        "over": entry.over,
        "hint": f"{row.number} {row.get_kind_display()} · {row.get_status_display()}",
    }


@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """One outage beside the calendar, with the form that puts a draft at another time."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_SEE, pk=pk)
    now = clock.now()
    [card] = pages.cards([outage], now)
    found = pages.conflicts_of(outage, now) if outage.status in queries.OPEN_STATUSES else []
    numbers, names = clashes.named(found)
    context = {
        "card": card,
        "outage": outage,
        "conflicts": found,
        "numbers": numbers,
        "names": names,
        "labels": {status.value: label for status, label in STATUS_LABELS.items()},
        "form": PlaceForm(initial={"starts_at": outage.starts_at, "ends_at": outage.ends_at}),
    }
    return render(request, "outage_planning/calendar_panel.html", context)


@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft at another time; what that would break is asked about first."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _refuse(request, outage, form, [str(text) for texts in form.errors.values() for text in texts])
    given, posted = form.cleaned_data, request.POST.get("version", "")
    breaks, weighs = _against(outage, given["starts_at"], given["ends_at"], clock.now())
    if breaks and request.POST.get("sure") != "1":
        return _ask(request, outage, form, breaks, weighs)
    try:
        moved = placing.place(
            outage=outage,
            version=int(posted) if posted.isdecimal() and len(posted) < 10 else 0,
            by=access.staff(request),
            at=clock.now(),
            **given,
        )
    except planning.NotEditable:
        return _refuse(
            request, outage, form, [_("Customers know of this outage. Move it or cancel it, with a reason.")]
        )
    except planning.ChangedMeanwhile:
        told = _("Somebody saved this outage meanwhile. Look at it again before you write over it.")
        return _refuse(request, outage, form, [told])
    if _wants_data(request):
        return JsonResponse({"placed": True, "version": moved.version, "notes": weighs})
    messages.success(request, _("%(number)s lies at its new time.") % {"number": outage.number})
    at = clock.day_of(moved.starts_at).isoformat()
    return redirect(reverse("outages:calendar") + "?" + urlencode({"at": at}))


def _against(outage: Outage, starts_at: datetime, ends_at: datetime, now: datetime) -> tuple[list[str], list[str]]:
    """Return in words what the new time would break, and what is to be weighed."""
    found = clashes.conflicts_at(outage, starts_at, ends_at, now)
    numbers, names = clashes.named(found)
    periods = queries.periods(clock.day_of(now), queries.affected_ids(outage))
    late = [guard_words(guard.value) for guard in clashes.promises_at(Kind(outage.kind), starts_at, now, periods)]
    words = [(one.breaks, conflict_words(one, numbers, names)) for one in found]
    return late + [text for breaks, text in words if breaks], [text for breaks, text in words if not breaks]


def _wants_data(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refuse(request: HttpRequest, outage: Outage, form: PlaceForm, problems: list[str]) -> HttpResponse:
    if _wants_data(request):
        return JsonResponse({"placed": False, "problem": " ".join(problems)})
    context = {"section": "outages", "outage": outage, "form": form, "problems": problems, "refused": True}
    return render(request, "outage_planning/place.html", context)


def _ask(request: HttpRequest, outage: Outage, form: PlaceForm, breaks: list[str], weighs: list[str]) -> HttpResponse:
    if _wants_data(request):
        return JsonResponse({"placed": False, "ask": breaks, "weigh": weighs})
    context = {"section": "outages", "outage": outage, "form": form, "breaks": breaks, "weighs": weighs}
    return render(request, "outage_planning/place.html", context | {"version": request.POST.get("version", "")})
