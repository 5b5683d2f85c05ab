"""Plan visits, look through them, move and cancel them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.access import exports
from kam.core.models import Unit, User
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.lifecycle import IllegalMove
from kam.lib.pages import page_of
from kam.lib.typed import day as typed_day
from kam.lib.typed import whole
from kam.visits.actions import planning
from kam.visits.actions.base import ChangedMeanwhile, NotOpen
from kam.visits.forms.plan import MoveForm, PlanForm, ReasonForm
from kam.visits.models import Visit
from kam.visits.queries.lists import SHOWN, Wanted, counted, narrowed
from kam.visits.views.common import fetch_visit, people_of
from kam.visits.views.visit import page


@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """Visits in scope: what is to come first; with `credit`, exactly the visits behind a figure."""
    wanted = _wanted(request)
    visits = narrowed(access.listed(request, Visit.objects.all(), Right.VISITS_SEE), wanted)
    context: dict[str, Any] = {"section": "visits", "wanted": wanted, "shown": SHOWN, "today": clock.today()}
    context["page"] = page_of(visits, request.GET.get("page"))
    context["whose"] = wanted.below or _whose(request, wanted)
    context["counted"] = counted(wanted)
    return render(request, "visits/list.html", context)


@require_POST
def visit_export(request: HttpRequest) -> FileResponse:
    """The visits as filtered, as a file."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    columns = [
        sheets.Column("day", _("Day"), "date"),
        sheets.Column("starts_at", _("From"), "datetime"),
        sheets.Column("account_no", _("Account number")),
        sheets.Column("account", _("Account")),
        sheets.Column("purpose", _("Purpose")),
        sheets.Column("manager", _("Who leads it")),
        sheets.Column("status", _("Status")),
    ]
    visits = narrowed(access.listed(request, Visit.objects.all(), Right.VISITS_SEE), _wanted(request))
    return exports.answer(request, name="visits", columns=columns, rows=map(_exported, visits[: exports.MOST]))


def _exported(visit: Visit) -> list[Any]:
    facts = [visit.day, exports.shown_time(visit.starts_at), visit.account.account_no, visit.account.name]
    return [*facts, visit.get_purpose_display(), str(visit.manager), visit.get_status_display()]


def _wanted(request: HttpRequest) -> Wanted:
    return Wanted(
        show=request.GET.get("show", "open"),
        text=request.GET.get("q", "").strip()[:60],
        since=typed_day(request.GET.get("from", "")),
        until=typed_day(request.GET.get("until", "")),
        manager=whole(request.GET.get("manager")),
        credit=request.GET.get("credit", ""),
        below=_below(request),
    )


def _below(request: HttpRequest) -> Unit | None:
    """Return the unit whose managers' visits are asked for, where it is within reach."""
    kind, _sep, pk = request.GET.get("credit", "").partition(":")
    wanted = whole(pk if kind == "below" else request.GET.get("below"))
    if wanted is None:
        return None
    return access.listed(request, Unit.objects.all(), Right.VISITS_SEE).filter(pk=wanted).first()


def _whose(request: HttpRequest, wanted: Wanted) -> User | Unit | None:
    """Return whose figure or visits the list is about."""
    kind, _sep, text = wanted.credit.partition(":")
    pk = whole(text)
    if kind == "unit" and pk is not None:
        return access.listed(request, Unit.objects.all(), Right.VISITS_SEE).filter(pk=pk).first()
    user_id = pk if kind == "user" and pk is not None else wanted.manager
    if user_id is None:
        return None
    return access.listed(request, User.objects.all(), Right.VISITS_SEE).filter(pk=user_id).first()


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, account_no: str) -> HttpResponse:
    """Plan a visit to an account, or a series of them."""
    account = access.fetch(request, Account.objects.select_related("unit"), Right.VISITS_WRITE, account_no=account_no)
    user = access.staff(request)
    start = datetime.combine(_next_workday(clock.today()), time(9), tzinfo=clock.zone())
    usual = {"starts_at": start, "minutes": 60, "purpose": request.GET.get("purpose", "ROUTINE")}
    form = PlanForm(request.POST or None, initial=usual, **people_of(request, account))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        fields: dict[str, Any] = {
            "account": account,
            "manager": user,
            **{name: given[name] for name in ("purpose", "note", "starts_at")},
            "ends_at": form.ends_at,
            "colleagues": list(given["colleagues"]),
            "contacts": list(given["contacts"]),
            "by": user,
            "at": clock.now(),
        }
        if not given["step"]:
            visit = planning.plan(place=given["place"], **fields)
            messages.success(request, _("The visit stands in the calendar."))
            return redirect("visits:visit", visit.pk)
        series = planning.plan_series(
            **{name: given[name] for name in ("step", "every", "until_day", "exceptions")}, **fields
        )
        planned = series.visits.count()
        told = ngettext("%(n)s visit stands in the calendar.", "%(n)s visits stand in the calendar.", planned)
        messages.success(request, told % {"n": planned})
        return redirect(f"{reverse('visits:list')}?{urlencode({'q': account.account_no})}")
    return render(request, "visits/plan.html", {"section": "visits", "account": account, "form": form})


def _next_workday(today: date) -> date:
    day = today + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a visit another time; one of a series moves alone."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    minutes = round((visit.ends_at - visit.starts_at).total_seconds() / 60)
    form = MoveForm(request.POST or None, initial={"starts_at": visit.starts_at, "minutes": minutes})
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            planning.move(
                visit=visit,
                version=whole(version) or visit.version,
                starts_at=form.cleaned_data["starts_at"],
                ends_at=form.ends_at,
                reason=form.cleaned_data["reason"],
                by=access.staff(request),
                at=clock.now(),
            )
        except planning.ReasonMissing:
            form.add_error("reason", _("The customer knows of this visit. Say why it moves."))
        except NotOpen:
            form.add_error(None, _("This visit has taken place or is off: its time stands."))
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this visit meanwhile. Look at it again."))
        else:
            messages.success(request, _("The visit has its new time; the old one stays in its history."))
            return redirect("visits:visit", pk)
    return render(request, "visits/move.html", {"section": "visits", "visit": visit, "form": form})


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a visit, with the reason."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, visit, cancel_form=form)
    try:
        planning.cancel(visit=visit, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now())
    except NotOpen:
        return page(request, visit, problem=_("This visit has taken place or is off: its time stands."))
    messages.success(request, _("The visit is cancelled."))
    return redirect("visits:visit", pk)


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the customer said on the telephone that the time suits."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    try:
        planning.confirm(visit=visit, by=access.staff(request), at=clock.now())
    except IllegalMove:
        return page(request, visit, problem=_("This visit has taken place or is off: its time stands."))
    messages.success(request, _("The time is agreed with the customer."))
    return redirect("visits:visit", pk)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the time that the customer proposed."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    try:
        planning.accept(visit=visit, by=access.staff(request), at=clock.now())
    except NotOpen:
        return page(request, visit, problem=_("The customer's proposal is no longer there."))
    messages.success(request, _("The visit is set for the time the customer proposed, and the customer is told."))
    return redirect("visits:visit", pk)
