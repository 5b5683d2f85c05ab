"""SAIDI, SAIFI, CAIDI, ASAI of a period: figures, trend, by cause, station, line and account; as a workbook too."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.sheets import Column, write_xlsx
from kam.network.models import Line
from kam.outage_planning.forms.reliability import PeriodForm
from kam.outage_planning.models import Interruption
from kam.outage_planning.queries import reliability as queries
from kam.outage_planning.rules.reliability import Indices
from kam.outage_planning.templatetags.outages import cause_words

BAR_HEIGHT = 100


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The indices of a period."""
    rows, form = _asked(request)
    context: dict[str, Any] = {"section": "reliability", "form": form}
    if form.is_valid():
        given = form.cleaned_data
        period = given["days_from"], given["days_until"]
        found = queries.reliability(rows, *period, served=given["served"])
        months = queries.trend(rows, period[1], served=given["served"])
        top = max((month.saidi_min for month in months), default=0) or 1
        context |= {
            "found": found,
            "kinds": [(_("scheduled"), found.planned), (_("not scheduled"), found.unplanned), (_("all"), found.all)],
            "groups": [
                (title, queries.by_group(rows, field, *period, served=given["served"]))
                for title, field in ((_("By unit"), "unit"), (_("By line"), "line"), (_("By account"), "account"))
            ],
            "months": months,
            "bars": [_bar(place, month, top) for place, month in enumerate(months)],
        }
    return render(request, "outage_planning/reliability.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """The same figures as a workbook."""
    rows, form = _asked(request)
    if not form.is_valid():
        return render(request, "outage_planning/reliability.html", {"section": "reliability", "form": form})
    given = form.cleaned_data
    found = queries.reliability(rows, given["days_from"], given["days_until"], served=given["served"])
    heads = (
        _("what"),
        _("interruptions"),
        _("customers"),
        _("customer minutes"),
        "SAIDI (min)",
        "SAIFI",
        "CAIDI (min)",
        "ASAI",
    )
    kinds = ("text", "integer", "integer", "number", "number", "number", "number", "number")
    columns = [Column(head, head, kind) for head, kind in zip(heads, kinds, strict=True)]  # type: ignore[arg-type]
    file = BytesIO()
    write_xlsx(file, columns, _lines(found), title=_("Reliability"))
    file.seek(0)
    name = f"reliability-{given['days_from']}-{given['days_until']}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)


def _asked(request: HttpRequest) -> tuple[QuerySet[Interruption], PeriodForm]:
    """Return the rows that are asked for and the form, filled with the year until today where nothing was asked."""
    rows = access.listed(request, Interruption.objects.all(), Right.RELIABILITY_SEE)
    today = clock.today()
    usual = {
        "days_from": today.replace(month=1, day=1).isoformat(),
        "days_until": today.isoformat() if today.timetuple().tm_yday > 1 else today.replace(day=2).isoformat(),
        "served": str(queries.customers_served(today) or 1),
    }
    form = PeriodForm(
        {**usual, **{name: value for name, value in request.GET.items() if value}},
        units=access.listed(request, Unit.objects.all(), Right.RELIABILITY_SEE).order_by("path"),
        lines=access.listed(request, Line.objects.all(), Right.RELIABILITY_SEE).order_by("code"),
    )
    if form.is_valid():
        unit, line = form.cleaned_data["unit"], form.cleaned_data["line"]
        if unit is not None:
            rows = rows.filter(unit__path__startswith=unit.path)
        if line is not None:
            rows = rows.filter(line=line)
    return rows, form


def _lines(found: queries.Reliability) -> Iterator[tuple[Any, ...]]:
    def line(name: str, one: Indices) -> tuple[Any, ...]:
        return (
            name,
            one.interruptions,
            one.customer_interruptions,
            one.customer_minutes,
            one.saidi_min,
            one.saifi,
            one.caidi_min,
            one.asai,
        )

    yield line(_("all"), found.all)
    yield line(_("scheduled"), found.planned)
    yield line(_("not scheduled"), found.unplanned)
    yield line(_("without lack of generation (RS-3)"), found.rs3)
    if found.without_major is not None:
        yield line(_("without major event days"), found.without_major)
    for cause, one in found.causes:
        yield line(cause_words(cause) or _("cause not told"), one)


def _bar(place: int, month: queries.MonthOf, top: float) -> dict[str, Any]:
    planned, unplanned = (value / top * BAR_HEIGHT for value in (month.planned_min, month.unplanned_min))
    return {
        "x": 8 + place * 49,
        "text_x": 28 + place * 49,
        "planned_y": 120 - planned,
        "planned": planned,
        "unplanned_y": 120 - planned - unplanned,
        "unplanned": unplanned,
        "label": month.month.month,
    }
