"""Periods in which supply is guarded (保供电)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.outage_planning.actions import protected as actions
from kam.outage_planning.forms.planning import ProtectedForm
from kam.outage_planning.models import ProtectedPeriod


@require_http_methods(["GET", "POST"])
def periods(request: HttpRequest) -> HttpResponse:
    """The list, and the form for one more."""
    rows = access.listed(request, ProtectedPeriod.objects.select_related("unit"), Right.OUTAGES_SEE)
    units = access.listed(request, Unit.objects.all(), Right.OUTAGES_SEE).order_by("path")
    form = ProtectedForm(request.POST or None, units=units)
    if request.method == "POST":
        access.check(request, Right.OUTAGES_PLAN)
        if form.is_valid():
            row = actions.add(by=access.staff(request), at=clock.now(), **form.cleaned_data)
            messages.success(request, _("%(name)s is guarded; outages are planned around it.") % {"name": row.name})
            return redirect("outages:protected")
    context = {"section": "outages", "rows": rows.order_by("-days_from")[:100], "form": form, "today": clock.today()}
    return render(request, "outage_planning/protected.html", context)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a period off the list."""
    row = access.fetch(request, ProtectedPeriod.objects.all(), Right.OUTAGES_PLAN, pk=pk)
    actions.remove(period=row, by=access.staff(request), at=clock.now())
    messages.success(request, _("%(name)s is no longer guarded.") % {"name": row.name})
    return redirect("outages:protected")
