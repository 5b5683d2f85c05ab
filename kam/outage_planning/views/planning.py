"""The planner's board, an outage's form and page, its next step, exceptions, and better times."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.access import exports
from kam.core.models import Unit
from kam.core.queries import related
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.pages import page_of
from kam.lib.typed import whole
from kam.network.models import Line, Substation
from kam.outage_planning.actions import overrides, placing, planning
from kam.outage_planning.forms.calendar import PlaceForm
from kam.outage_planning.forms.consulting import AcknowledgeForm
from kam.outage_planning.forms.planning import MoveForm, OutageForm, ReasonForm, WindowForm
from kam.outage_planning.models import (
    STATUS_LABELS,
    Consultation,
    Crew,
    Notice,
    Outage,
    OutageImpact,
    OutageMove,
    OutageOverride,
)
from kam.outage_planning.queries import consulting, pages, proposals, telling
from kam.outage_planning.rules.guards import WAIVABLE, Guard
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.templatetags.outages import guard_words
from kam.outage_planning.views.drafting import picker

WITH = ("unit", "crew", "created_by")


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Open outages by status, with what is due next and how many days are left."""
    rows = access.listed(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_SEE)
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.filter(title__icontains=text) | rows.filter(number__icontains=text)
    waiting = access.listed(request, OutageOverride.objects.all(), Right.OUTAGES_SEE).filter(
        approved_by=None, refused=False
    )
    context = {
        "section": "outages",
        "columns": pages.board(rows, clock.now()),
        "labels": {status.value: label for status, label in STATUS_LABELS.items()},
        "waiting": waiting.select_related("outage")[:20],
    }
    return render(request, "outage_planning/board.html", context)


@require_GET
def past(request: HttpRequest) -> HttpResponse:
    """Closed and cancelled outages, the latest first."""
    context = {"section": "outages", "page": page_of(_over(request), request.GET.get("page"))}
    return render(request, "outage_planning/past.html", context)


def _over(request: HttpRequest) -> QuerySet[Outage]:
    rows = access.listed(request, Outage.objects.select_related("unit"), Right.OUTAGES_SEE)
    return rows.filter(status__in=[Status.CLOSED, Status.CANCELLED]).order_by("-starts_at", "-pk")


@require_POST
def past_export(request: HttpRequest) -> FileResponse:
    """Closed and cancelled outages, planned against actual, as a file."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    columns = [
        sheets.Column("number", _("Number")),
        sheets.Column("title", _("What for")),
        sheets.Column("kind", _("Kind")),
        sheets.Column("unit", _("Unit")),
        sheets.Column("starts_at", _("From"), "datetime"),
        sheets.Column("ends_at", _("Until"), "datetime"),
        sheets.Column("actual_from", _("Actually from"), "datetime"),
        sheets.Column("actual_until", _("Actually until"), "datetime"),
        sheets.Column("status", _("Status")),
    ]
    rows = map(_exported, _over(request)[: exports.MOST])
    return exports.answer(request, name="outages", columns=columns, rows=rows)


def _exported(row: Outage) -> list[Any]:
    times = [exports.shown_time(at) for at in (row.starts_at, row.ends_at, row.actual_from, row.actual_until)]
    return [row.number, row.title, row.get_kind_display(), row.unit.name, *times, row.get_status_display()]


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Draft an outage."""
    form = OutageForm(request.POST or None, initial=_usual(request), **_choices(request))
    if request.method == "POST" and form.is_valid():
        outage = planning.draft(by=access.staff(request), at=clock.now(), **_fields(request, form))
        messages.success(request, _("%(number)s is drafted. Nobody outside has been told.") % {"number": outage.number})
        return redirect("outages:outage", outage.pk)
    context = {"section": "outages", "form": form, "picker": picker(form)}
    return render(request, "outage_planning/form.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    names = ("kind", "title", "reason", "starts_at", "ends_at", "unit", "crew")
    initial = {name: getattr(outage, name) for name in names} | {"lines": outage.lines.all()}
    form = OutageForm(request.POST or None, initial=initial, **_choices(request))
    if request.method == "POST" and form.is_valid():
        posted = request.POST.get("version", "")
        try:
            planning.edit(
                outage=outage,
                version=whole(posted) or 0,
                by=access.staff(request),
                at=clock.now(),
                **_fields(request, form),
            )
        except planning.NotEditable:
            form.add_error(None, _("Customers know of this outage. Move it or cancel it, with a reason."))
        except planning.ChangedMeanwhile:
            form.add_error(None, _("Somebody saved this outage meanwhile. Look at it again before you write over it."))
        else:
            messages.success(
                request, _("%(number)s is saved and its impacts computed anew.") % {"number": outage.number}
            )
            return redirect("outages:outage", outage.pk)
    context = {"section": "outages", "form": form, "outage": outage, "picker": picker(form)}
    return render(request, "outage_planning/form.html", context)


@require_GET
def outage_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One outage: where it stands, what comes next, what it does to whom, what it runs into."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_SEE, pk=pk)
    return _page(request, outage)


def _page(request: HttpRequest, outage: Outage, **more: Any) -> HttpResponse:
    impacts = access.listed(request, OutageImpact.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    rows = impacts.select_related("account").order_by("-hurt", "-effect", "account__name")
    moves = access.listed(request, OutageMove.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    exceptions = access.listed(request, OutageOverride.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    page = page_of(rows, request.GET.get("page"))
    found = pages.outage_page(outage, clock.now())
    granted = planning.granted(outage)
    asked = access.listed(request, Consultation.objects.all(), Right.OUTAGES_SEE)
    notices = access.listed(request, Notice.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    compared = consulting.comparison(outage, asked, clock.now())
    context = {
        "section": "outages",
        "outage": outage,
        "about": related.about(access.staff(request), f"outage_planning.Outage:{outage.pk}"),
        "compared": compared,
        "axis": consulting.on_axis(outage, compared) if compared.total else None,
        "proofs": telling.proofs(notices),
        "untold": len(telling.untold(outage)),
        "telling": telling.progress_of(
            telling.round_of(outage), access.listed(request, Account.objects.all(), Right.OUTAGES_SEE)
        ),
        "chosen": any(row.cut_kw is not None for row in page.rows),
        "again": reverse("outages:tell_again", args=[outage.pk]),
        "announces_here": outage.kind in planning.ANNOUNCED_HERE,
        "ack_form": AcknowledgeForm(),
        "now": clock.now(),
        "page": page,
        "found": found,
        "elsewhere": max(found.accounts - page.count, 0),
        "labels": {status.value: label for status, label in STATUS_LABELS.items()},
        "granted": granted,
        "waivable": [guard for guard in found.guards if guard in WAIVABLE and guard.value not in granted],
        "moves": moves.select_related("by").order_by("-at", "-pk")[:50],
        "overrides": exceptions.select_related("proposed_by", "approved_by").order_by("-pk")[:20],
        "reason_form": ReasonForm(),
        "today": clock.today(),
    }
    return render(request, "outage_planning/outage.html", context | more)


@require_POST
def consult(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the consultation."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    try:
        planning.advance(outage=outage, to=Status.CONSULTING, by=access.staff(request), at=clock.now())
    except planning.GuardsRefuse as refused:
        return _page(request, outage, problem=" ".join(guard_words(guard.value) for guard in refused.guards))
    except (IllegalMove, StaleRow):
        return _page(request, outage, problem=_("The outage is no longer a draft of this kind. Look at it again."))
    messages.success(request, _("The consultation about %(number)s has begun.") % {"number": outage.number})
    return redirect("outages:outage", outage.pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an outage, with a reason."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, outage, reason_form=form, problem=_("Give the reason why it is cancelled."))
    try:
        planning.cancel(outage=outage, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now())
    except (IllegalMove, StaleRow):
        return _page(request, outage, problem=_("What is under way or over cannot be cancelled."))
    messages.success(request, _("%(number)s is cancelled.") % {"number": outage.number})
    return redirect("outages:outage", outage.pk)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an outage that customers know of another time; everybody is asked or told again."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    # A customer's own time is only proposed by the address; the form checks and saves it.
    initial = {name: request.GET.get(name) or getattr(outage, name) for name in ("starts_at", "ends_at")}
    form = MoveForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        posted = request.POST.get("version", "")
        try:
            moved = planning.move_time(
                outage=outage,
                version=whole(posted) or 0,
                by=access.staff(request),
                at=clock.now(),
                **form.cleaned_data,
            )
        except planning.NotEditable:
            form.add_error(None, _("Only what customers know of and what has not begun is moved."))
        except (planning.ChangedMeanwhile, StaleRow):
            form.add_error(None, _("Somebody saved this outage meanwhile. Look at it again before you write over it."))
        else:
            messages.success(request, _("%(number)s lies at its new time.") % {"number": moved.number})
            return redirect("outages:outage", outage.pk)
    context = {"section": "outages", "form": form, "outage": outage, "accounts": outage.impacts.count()}
    return render(request, "outage_planning/move.html", context)


@require_POST
def recompute(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute anew what an outage does: the network or the readings may have changed."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    if outage.status in (Status.DRAFT, Status.CONSULTING):
        number = planning.recompute(outage=outage, by=access.staff(request), at=clock.now())
        messages.success(request, _("Computed anew: %(n)s accounts.") % {"n": number})
    return redirect("outages:outage", outage.pk)


@require_POST
def override_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for an exception from a rule, with a reason."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    form = ReasonForm(request.POST)
    rule = request.POST.get("rule", "")
    if not form.is_valid() or rule not in {guard.value for guard in WAIVABLE}:
        return _page(request, outage, reason_form=form, problem=_("Give the reason why the exception is needed."))
    try:
        overrides.propose(
            outage=outage,
            rule=Guard(rule),
            reason=form.cleaned_data["reason"],
            by=access.staff(request),
            at=clock.now(),
        )
    except overrides.AskedAlready:
        return _page(request, outage, problem=_("This exception was asked for already."))
    messages.success(request, _("Asked for. A second person decides; until then the rule holds."))
    return redirect("outages:outage", outage.pk)


@require_POST
def override_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant or refuse an exception that somebody else asked for."""
    override = access.fetch(request, OutageOverride.objects.select_related("outage"), Right.OUTAGES_APPROVE, pk=pk)
    grant = request.POST.get("grant") == "1"
    try:
        overrides.decide(override=override, grant=grant, by=access.staff(request), at=clock.now())
    except overrides.SamePerson:
        return _page(request, override.outage, problem=_("Who asked for an exception does not grant it."))
    except overrides.Decided:
        return _page(request, override.outage, problem=_("It was decided before, or the plan has changed since."))
    messages.success(request, _("The exception is granted.") if grant else _("The exception is refused."))
    return redirect("outages:outage", override.outage_id)


@require_GET
def windows(request: HttpRequest, pk: int) -> HttpResponse:
    """The five best times for an outage."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    today = clock.today()
    hours = round((outage.ends_at - outage.starts_at).total_seconds() / 3600, 1)
    usual = {
        "days_from": (today + timedelta(days=30)).isoformat(),
        "days_until": (today + timedelta(days=75)).isoformat(),
        "hours": str(hours),
        "first_hour": "6",
        "last_hour": "22",
    }
    form = WindowForm({**usual, **{name: value for name, value in request.GET.items() if value}})
    context: dict[str, Any] = {"section": "outages", "outage": outage, "form": form}
    if form.is_valid():
        given = form.cleaned_data
        duration = timedelta(hours=float(given.pop("hours")))
        found = proposals.windows(outage, duration=duration, now=clock.now(), **given)
        warnings = [one for window in found.windows for one in window.warnings]
        others = {pk for window in found.windows for pk in window.joined} | {
            pk for one in warnings for pk in one.other_ids
        }
        concerned = {pk for one in warnings for pk in one.account_ids[:20]}
        numbers = access.listed(request, Outage.objects.all(), Right.OUTAGES_SEE).filter(pk__in=others)
        names = access.listed(request, Account.objects.all(), Right.OUTAGES_SEE).filter(pk__in=concerned)
        context |= {
            "found": found,
            "numbers": dict(numbers.values_list("pk", "number")),
            "names": dict(names.values_list("pk", "name")),
            "as_drafted": pages.weight_of(outage),
        }
    return render(request, "outage_planning/windows.html", context)


@require_POST
def take_window(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft at a proposed time."""
    outage = access.fetch(request, Outage.objects.select_related(*WITH), Right.OUTAGES_PLAN, pk=pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _page(request, outage, problem=_("This time can no longer be taken. Look for one again."))
    try:
        placing.place(
            outage=outage, version=outage.version, by=access.staff(request), at=clock.now(), **form.cleaned_data
        )
    except (planning.NotEditable, planning.ChangedMeanwhile):
        return _page(request, outage, problem=_("Customers know of this outage. Move it or cancel it, with a reason."))
    messages.success(request, _("%(number)s lies at its new time.") % {"number": outage.number})
    return redirect("outages:outage", outage.pk)


def _usual(request: HttpRequest) -> dict[str, Any]:
    day = clock.today() + timedelta(days=38)
    user = access.staff(request)
    return {
        "kind": "PLANNED",
        "unit": user.unit_id,
        "lines": request.GET.getlist("line"),
        "substations": request.GET.getlist("substation"),
        "starts_at": f"{day.isoformat()}T08:00",
        "ends_at": f"{day.isoformat()}T16:00",
    }


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {
        "lines": access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN).order_by("code"),
        "substations": access.listed(request, Substation.objects.all(), Right.OUTAGES_PLAN).order_by("code"),
        "units": access.listed(request, Unit.objects.all(), Right.OUTAGES_PLAN).order_by("path"),
        "crews": access.listed(request, Crew.objects.filter(active=True), Right.OUTAGES_PLAN).order_by("code"),
    }


def _fields(request: HttpRequest, form: OutageForm) -> dict[str, Any]:
    """Return what actions take: a substation stands for the lines that leave it."""
    given = dict(form.cleaned_data)
    chosen = {line.pk: line for line in given.pop("lines")}
    leaving = access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN).filter(
        substation__in=given.pop("substations")
    )
    return {**given, "lines": list(({line.pk: line for line in leaving} | chosen).values())}
