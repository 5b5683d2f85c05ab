"""The page for who stands on site: it begins, supply comes back step by step, it takes longer, it is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.pages import page_of
from kam.outage_planning.actions import execution, planning
from kam.outage_planning.forms.execution import BeginForm, ExtendForm, NewsForm, RestoreForm
from kam.outage_planning.models import LostPoint, Outage, OutageImpact, OutageUpdate, RestorationStep
from kam.outage_planning.queries import supply
from kam.outage_planning.queries.planning import is_chosen
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.templatetags.outages import guard_words


@require_GET
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """An outage under way, for a phone: what waits for supply, what comes next."""
    return on_site(
        request, access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_RUN, pk=pk)
    )


def on_site(request: HttpRequest, outage: Outage, **more: Any) -> HttpResponse:
    now = clock.now()
    seen = access.listed(request, LostPoint.objects.all(), Right.OUTAGES_RUN)
    lines = supply.lines_out(outage, seen) if outage.status == Status.UNDER_WAY else []
    steps = access.listed(request, RestorationStep.objects.all(), Right.OUTAGES_RUN).filter(outage=outage)
    updates = access.listed(request, OutageUpdate.objects.all(), Right.OUTAGES_RUN).filter(outage=outage)
    overrun = outage.status == Status.UNDER_WAY and outage.ends_at < now
    later = max(outage.ends_at, now) + timedelta(hours=1)
    is_call = is_chosen(outage)
    begins = outage.status == Status.ANNOUNCED and not is_call
    context = {
        "section": "outages",
        "outage": outage,
        "lines": lines,
        "waiting": sum(line.waiting for line in lines),
        "overrun": overrun,
        "begins": begins,
        "is_call": is_call,
        "begin_form": BeginForm(initial={"really_at": now}),
        "restore_form": RestoreForm(initial={"back_at": now}),
        "extend_form": ExtendForm(initial={"ends_at": later}, prefix="extend"),
        "news_form": NewsForm(initial={"expected_at": outage.ends_at}, prefix="news"),
        "steps": steps.select_related("by").order_by("-at", "-pk")[:50],
        "updates": updates.select_related("by").order_by("-at", "-pk")[:20],
        "chosen": {"lines": request.POST.getlist("lines"), "points": request.POST.getlist("points")},
    }
    return render(request, "outage_planning/site.html", context | more)


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines are dead."""
    outage = access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_RUN, pk=pk)
    form = BeginForm(request.POST)
    if not form.is_valid():
        return on_site(request, outage, begin_form=form, problem=_("Say since when the lines are dead."))
    try:
        execution.begin(outage=outage, by=access.staff(request), at=clock.now(), **form.cleaned_data)
    except execution.ImpossibleTime:
        return on_site(request, outage, begin_form=form, problem=_("That time is still to come."))
    except execution.TooEarly:
        told = _("Customers were told a later time. Move it first, or report a fault if it cannot wait.")
        return on_site(request, outage, begin_form=form, problem=told)
    except planning.GuardsRefuse as refused:
        told = " ".join(guard_words(guard.value) for guard in refused.guards)
        return on_site(request, outage, begin_form=form, problem=told)
    except (IllegalMove, StaleRow):
        return on_site(request, outage, problem=_("Only an announced outage begins. Look at it again."))
    messages.success(request, _("%(number)s has begun.") % {"number": outage.number})
    return redirect("outages:site", outage.pk)


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Supply is back at the chosen lines and points, or everywhere."""
    outage = access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_RUN, pk=pk)
    seen = access.listed(request, LostPoint.objects.all(), Right.OUTAGES_RUN).filter(outage=outage)
    form = RestoreForm(request.POST, lines=supply.lines_of(outage), points=seen)
    if not form.is_valid():
        return on_site(request, outage, restore_form=form, problem=_("Say since when supply is back."))
    given = form.cleaned_data
    everywhere = "everywhere" in request.POST
    # A line stands for all its points, also those of customers whom the reader does not see.
    chosen = {point.pk for point in given["points"]} | supply.points_on(outage, given["lines"])
    try:
        execution.restore(
            outage=outage,
            points=None if everywhere else chosen,
            back_at=given["back_at"],
            note=given["note"],
            by=access.staff(request),
            at=clock.now(),
        )
    except execution.NothingToRestore:
        return on_site(request, outage, restore_form=form, problem=_("Choose what is back."))
    except execution.ImpossibleTime:
        return on_site(request, outage, restore_form=form, problem=_("Before it began, or still to come."))
    except execution.NotUnderWay:
        return on_site(request, outage, problem=_("This outage is not under way. Look at it again."))
    outage.refresh_from_db()
    if outage.status == Status.RESTORED:
        messages.success(request, _("Supply is back everywhere. Whoever was told of the outage is told of it."))
    else:
        left = supply.still_dead(outage)
        told = ngettext("Noted. %(n)s supply point still waits.", "Noted. %(n)s supply points still wait.", left)
        messages.success(request, told % {"n": left})
    return redirect("outages:site", outage.pk)


@require_POST
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """It takes longer: everybody concerned is told until when and why."""
    outage = access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_RUN, pk=pk)
    form = ExtendForm(request.POST, prefix="extend")
    if not form.is_valid():
        return on_site(request, outage, extend_form=form, problem=_("Say until when it takes longer, and why."))
    try:
        execution.extend(outage=outage, by=access.staff(request), at=clock.now(), **form.cleaned_data)
    except execution.NotLater:
        return on_site(
            request, outage, extend_form=form, problem=_("The new end lies before the one that customers know.")
        )
    except execution.NotUnderWay:
        return on_site(request, outage, problem=_("This outage is not under way. Look at it again."))
    messages.success(request, _("%(number)s takes longer; everybody concerned is told.") % {"number": outage.number})
    return redirect("outages:site", outage.pk)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a restored outage and write what it came to."""
    outage = access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_PLAN, pk=pk)
    try:
        execution.close(
            outage=outage, by=access.staff(request), at=clock.now(), note=request.POST.get("note", "")[:300]
        )
    except (planning.GuardsRefuse, IllegalMove, StaleRow):
        return on_site(request, outage, problem=_("Only a restored outage is closed. Look at it again."))
    messages.success(request, _("%(number)s is closed; its interruptions count.") % {"number": outage.number})
    return redirect("outages:result", outage.pk)


@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Planned against actual, as a whole and by account."""
    outage = access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_SEE, pk=pk)
    impacts = access.listed(request, OutageImpact.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    steps = access.listed(request, RestorationStep.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    context = {
        "section": "outages",
        "outage": outage,
        "found": supply.comparison(outage),
        "page": page_of(
            impacts.select_related("account").order_by("-out_until", "account__name"), request.GET.get("page")
        ),
        "steps": steps.select_related("by").order_by("at", "pk")[:50],
    }
    return render(request, "outage_planning/result.html", context)
