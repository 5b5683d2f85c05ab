"""Tiers for executives: the page, the lists behind its numbers, two pages for the board, a workbook."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.accounts.rules import industry
from kam.core import access
from kam.core.actions import record
from kam.core.models import Unit, User
from kam.core.rules import Right
from kam.credit.forms.tiers import TiersForm
from kam.credit.models import Position
from kam.credit.queries import tiers as queries
from kam.credit.queries.charts import cash_chart, trend_chart
from kam.credit.queries.document import pdf_of, xlsx_of
from kam.credit.rules.history import months_before
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.typed import whole

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def tiers(request: HttpRequest) -> HttpResponse:
    """How many, how much money, who moved; each number opens its list."""
    form, page = _asked(request)
    context: dict[str, Any] = {"section": "tiers", "form": form, "page": page}
    if page is not None:
        lang = str(get_language())
        charts = {
            "trend": trend_chart(page, lang=lang, target="web"),
            "cash": cash_chart(page.weeks, lang=lang, target="web"),
        }
        context["charts"] = {name: option for name, option in charts.items() if option is not None}
        context["scope"] = form.scope_query
    return render(request, "credit/tiers.html", context)


@require_GET
def tiers_pdf(request: HttpRequest) -> HttpResponse | FileResponse:
    """Two pages for the board."""
    form, page = _asked(request)
    if page is None:
        return render(request, "credit/tiers.html", {"section": "tiers", "form": form, "page": None})
    file = BytesIO(pdf_of(page, scope=form.scope_words, language=str(get_language()), at=clock.now()))
    _note(request, "pdf", page.as_of)
    return FileResponse(
        file, as_attachment=True, filename=f"credit-tiers-{page.as_of}.pdf", content_type="application/pdf"
    )


@require_GET
def tiers_xlsx(request: HttpRequest) -> HttpResponse | FileResponse:
    """The figures as a workbook."""
    form, page = _asked(request)
    if page is None:
        return render(request, "credit/tiers.html", {"section": "tiers", "form": form, "page": None})
    file = BytesIO()
    xlsx_of(page, file, language=str(get_language()))
    file.seek(0)
    _note(request, "xlsx", page.as_of)
    return FileResponse(file, as_attachment=True, filename=f"credit-tiers-{page.as_of}.xlsx", content_type=XLSX)


def _note(request: HttpRequest, kind: str, as_of: date) -> None:
    record(
        by=access.staff(request), at=clock.now(), action="credit.exported", subject="tiers", format=kind, as_of=as_of
    )


def _asked(request: HttpRequest) -> tuple[TiersForm, queries.TiersPage | None]:
    access.check(request, Right.TIERS_SEE)
    days = queries.prepared_days()
    form = TiersForm(request.GET or None, days=days, units=_units(request))
    if not days:
        return form, None
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    as_of = given.get("as_of") or days[0]
    before = given.get("before") or usual_before(days, as_of)
    if before is not None and before >= as_of:
        before = usual_before(days, as_of)
    found = queries.tiers_page(
        access.staff(request), as_of, before, days, given.get("unit"), given.get("industry") or ""
    )
    return form, found


def usual_before(days: list[date], as_of: date) -> date | None:
    """Return the day that is compared with where none is chosen: a year before, else the oldest there is."""
    earlier = [day for day in days if day < as_of]
    wanted = months_before(as_of, 12)
    return max((day for day in earlier if day <= wanted), default=min(earlier, default=None))


def _units(request: HttpRequest) -> Any:
    return access.listed(request, Unit.objects.all(), Right.TIERS_SEE).order_by("path")


@require_GET
def tier_list(request: HttpRequest) -> HttpResponse:
    """The accounts behind a number, the greatest debts first; each opens its bills."""
    rows = access.listed(request, Position.objects.all(), Right.TIERS_SEE)
    days = queries.prepared_days()
    form = TiersForm(request.GET or None, days=days, units=_units(request))
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    as_of = given.get("as_of") or (days[0] if days else clock.today())
    manager = request.GET.get("manager")
    was = request.GET.get("from")
    found = queries.listed(
        rows,
        as_of=as_of,
        grade=request.GET.get("grade"),
        unit=given.get("unit"),
        section=given.get("industry") or "",
        manager=0 if manager == "" else whole(manager),
        begin=given.get("before") if was is not None else None,
        was=was,
        overdue=request.GET.get("overdue") == "1",
    )
    ordered = found.select_related("account", "unit", "manager").order_by("-overdue", "-receivable", "pk")
    context = {
        "section": "tiers",
        "page": page_of(ordered, request.GET.get("page")),
        "as_of": as_of,
        "title": _title(request, given, as_of),
        "may_see_credit": access.staff(request).may(Right.CREDIT_SEE),
    }
    return render(request, "credit/tier_list.html", context)


def _title(request: HttpRequest, given: dict[str, Any], as_of: date) -> str:
    parts = []
    grade, was = request.GET.get("grade"), request.GET.get("from")
    if was is not None and given.get("before"):
        parts.append(
            _("%(from)s on %(begin)s → %(to)s on %(end)s")
            % {
                "from": was or _("not there"),
                "begin": given["before"],
                "to": (grade or _("not there")) if grade is not None else _("any"),
                "end": as_of,
            }
        )
    elif grade is not None:
        parts.append(_("Grade %(grade)s on %(day)s") % {"grade": grade or _("none"), "day": as_of})
    if given.get("unit"):
        parts.append(str(given["unit"]))
    if given.get("industry"):
        parts.append(industry.name_of(given["industry"], chinese=str(get_language()).startswith("zh")))
    if (manager := whole(request.GET.get("manager"))) is not None:
        seen = access.listed(request, User.objects.all(), Right.TIERS_SEE).filter(pk=manager).first()
        parts += [str(seen)] if seen else []
    if request.GET.get("overdue") == "1":
        parts.append(_("with something overdue"))
    return " · ".join(parts) or _("All accounts on %(day)s") % {"day": as_of}
