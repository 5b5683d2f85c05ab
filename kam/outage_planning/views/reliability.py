"""SAIDI, SAIFI, CAIDI, ASAI of a period: figures, trend, by cause, station, line and account; as a workbook too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.accounts.models import Account
from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.sheets import Column, write_xlsx
from kam.lib.typed import whole
from kam.network.models import Line
from kam.outage_planning.forms.reliability import PeriodForm
from kam.outage_planning.models import Interruption
from kam.outage_planning.queries import reliability as queries
from kam.outage_planning.queries.load_control import on_lines
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
            "kinds": [
                (_("scheduled"), "1", found.planned),
                (_("not scheduled"), "0", found.unplanned),
                (_("all"), None, found.all),
            ],
            "groups": _groups(request, rows, period, given["served"]),
            "months": months,
            "bars": [_bar(place, month, top) for place, month in enumerate(months)],
        }
    return render(request, "outage_planning/reliability.html", context)


def _groups(request: HttpRequest, rows: QuerySet[Interruption], period: tuple[date, date], served: int) -> list[Any]:
    """Return (title, parameter, [(value, group)]): each group is a link to the page of itself."""
    # An account is named to who sees the account, not to who only sees its unit.
    seen = access.listed(request, Account.objects.all(), Right.RELIABILITY_SEE)
    by_unit, by_line, by_account = (
        queries.by_group(of, field, *period, served=served)
        for field, of in (("unit", rows), ("line", rows), ("account", rows.filter(account__in=seen)))
    )
    numbers = {row.pk: row.account_no for row in seen.filter(pk__in=[group.pk for group in by_account])}
    return [
        (_("By unit"), "unit", [(group.pk, group) for group in by_unit]),
        (_("By line"), "line", [(group.pk, group) for group in by_line]),
        (_("By account"), "account", [(numbers[group.pk], group) for group in by_account]),
    ]


@require_GET
def interruptions(request: HttpRequest) -> HttpResponse:
    """The interruptions behind a number, the latest first."""
    rows, form = _asked(request)
    context: dict[str, Any] = {"section": "reliability", "form": form}
    if form.is_valid():
        given = form.cleaned_data
        rows = queries.in_period(rows, given["days_from"], given["days_until"])
        if request.GET.get("planned") in ("0", "1"):
            rows = rows.filter(planned=request.GET["planned"] == "1")
        if "cause" in request.GET:
            rows = rows.filter(cause=request.GET["cause"])
        rows = rows.select_related("line", "unit", "account", "outage").order_by("-started_at", "-pk")
        page_shown = page_of(rows, request.GET.get("page"))
        seen = access.listed(request, Account.objects.all(), Right.RELIABILITY_SEE)
        wanted = [row.account_id for row in page_shown.rows if row.account_id is not None]
        context |= {"page": page_shown, "named": set(seen.filter(pk__in=wanted).values_list("pk", flat=True))}
    return render(request, "outage_planning/interruptions.html", context)


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
    served, period = given["served"], (given["days_from"], given["days_until"])
    groups = [
        (f"{title}: {group.name}", group.found)
        for title, _name, of in _groups(request, rows, period, served)
        for _value, group in of
    ]
    months = queries.trend(rows, given["days_until"], served=served)
    write_xlsx(file, columns, _lines(found, groups, months), title=_("Reliability"))
    file.seek(0)
    name = f"reliability-{given['days_from']}-{given['days_until']}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)


def _asked(request: HttpRequest) -> tuple[QuerySet[Interruption], PeriodForm]:
    """Return the rows that are asked for and the form, filled with the year until today where nothing was asked."""
    rows = access.listed(request, Interruption.objects.all(), Right.RELIABILITY_SEE)
    today = clock.today()
    asked = {name: str(value) for name, value in request.GET.items() if value}
    usual = {
        "days_from": today.replace(month=1, day=1).isoformat(),
        "days_until": today.isoformat() if today.timetuple().tm_yday > 1 else today.replace(day=2).isoformat(),
        "served": str(queries.customers_served(today, _part(request, asked)) or 1),
    }
    form = PeriodForm(
        {**usual, **asked},
        units=access.listed(request, Unit.objects.all(), Right.RELIABILITY_SEE).order_by("path"),
        lines=access.listed(request, Line.objects.all(), Right.RELIABILITY_SEE).order_by("code"),
        accounts=access.listed(request, Account.objects.all(), Right.RELIABILITY_SEE),
    )
    if form.is_valid():
        unit, line, account = (form.cleaned_data[name] for name in ("unit", "line", "account"))
        if account is not None:
            rows = rows.filter(account=account)
        if unit is not None:
            rows = rows.filter(unit__path__startswith=unit.path)
        if line is not None:
            rows = rows.filter(line=line)
    return rows, form


def _part(request: HttpRequest, asked: Mapping[str, str]) -> QuerySet[Account] | None:
    """Return the accounts of the part of the company that is asked for; None for the whole."""
    seen = access.listed(request, Account.objects.all(), Right.RELIABILITY_SEE)
    if asked.get("account"):
        return seen.filter(account_no=asked["account"].strip())
    if (line := whole(asked.get("line"))) is not None:
        return on_lines(seen, [line])
    if (unit_id := whole(asked.get("unit"))) is not None:
        unit = access.listed(request, Unit.objects.all(), Right.RELIABILITY_SEE).filter(pk=unit_id).first()
        return seen.filter(unit__path__startswith=unit.path) if unit is not None else None
    return None


def _lines(
    found: queries.Reliability, groups: Iterable[tuple[str, Indices]], months: Iterable[queries.MonthOf]
) -> Iterator[tuple[Any, ...]]:
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
    for name, one in groups:
        yield line(name, one)
    for month in months:
        for kind, minutes in ((_("scheduled"), month.planned_min), (_("not scheduled"), month.unplanned_min)):
            yield (f"{month.month:%Y-%m} {kind}", None, None, None, minutes, None, None, None)


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
