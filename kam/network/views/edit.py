"""Forms of the network: substations, lines, what feeds a supply point."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.network.actions import edit
from kam.network.forms import LineForm, PointForm, SubstationForm
from kam.network.models import Line, Substation, SupplyPoint


@require_http_methods(["GET", "POST"])
def substation_create(request: HttpRequest) -> HttpResponse:
    """Make a substation."""
    return _substation(request, None)


@require_http_methods(["GET", "POST"])
def substation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a substation."""
    return _substation(request, access.fetch(request, Substation.objects.all(), Right.NETWORK_EDIT, pk=pk))


def _substation(request: HttpRequest, row: Substation | None) -> HttpResponse:
    units = access.listed(request, Unit.objects.all(), Right.NETWORK_EDIT).order_by("path")
    form = SubstationForm(request.POST or None, initial=_initial(row, SubstationForm), units=units)
    if request.method == "POST" and form.is_valid():
        try:
            saved = edit.save_substation(substation=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except edit.CodeTaken:
            form.add_error("code", _("Another substation has this code."))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("network:substation", saved.pk)
    return _answer(request, form, row, _("Substation"))


@require_http_methods(["GET", "POST"])
def line_create(request: HttpRequest) -> HttpResponse:
    """Make a line."""
    return _line(request, None)


@require_http_methods(["GET", "POST"])
def line_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a line."""
    return _line(request, access.fetch(request, Line.objects.all(), Right.NETWORK_EDIT, pk=pk))


def _line(request: HttpRequest, row: Line | None) -> HttpResponse:
    form = LineForm(
        request.POST or None,
        initial=_initial(row, LineForm),
        units=access.listed(request, Unit.objects.all(), Right.NETWORK_EDIT).order_by("path"),
        substations=access.listed(request, Substation.objects.all(), Right.NETWORK_EDIT).order_by("code"),
        lines=access.listed(request, Line.objects.all(), Right.NETWORK_EDIT).order_by("code"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = edit.save_line(line=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except edit.CodeTaken:
            form.add_error("code", _("Another line has this code."))
        except edit.LineInCircle:
            form.add_error("parent", _("This line hangs on the one you are editing. Choose another."))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("network:line", saved.pk)
    return _answer(request, form, row, _("Line"))


@require_http_methods(["GET", "POST"])
def point_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what feeds a supply point."""
    point = access.fetch(request, SupplyPoint.objects.select_related("account"), Right.NETWORK_EDIT, pk=pk)
    lines = access.listed(request, Line.objects.all(), Right.NETWORK_EDIT).order_by("code")
    form = PointForm(request.POST or None, initial=_initial(point, PointForm), lines=lines)
    if request.method == "POST" and form.is_valid():
        edit.connect(point=point, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("%(name)s is saved.") % {"name": point.name})
        return redirect("reports:account", point.account.account_no)
    return _answer(request, form, point, f"{point.account.name} · {point.name}")


def _initial(row: Any, form: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields} if row is not None else {}


def _answer(request: HttpRequest, form: Any, row: Any, noun: str) -> HttpResponse:
    return render(request, "network/edit.html", {"section": "network", "form": form, "row": row, "noun": noun})
