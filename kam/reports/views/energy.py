"""Pages of energy use: the analysis of any period, and the reports that freeze it."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.access import exports
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.pages import page_of
from kam.lib.typed import day as typed_day
from kam.metering import queries as metering
from kam.reports.actions import energy as actions
from kam.reports.forms import OrderForm, PeriodForm
from kam.reports.models import EnergyReport
from kam.reports.queries import charts
from kam.reports.queries.document import xlsx_of
from kam.reports.queries.energy import BadPeriod, energy_figures, period_profile
from kam.reports.queries.words import headlines, problem_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _filtered(request: HttpRequest) -> QuerySet[EnergyReport]:
    reports = access.listed(request, EnergyReport.objects, Right.REPORTS_SEE)
    status = request.GET.get("status", "")
    if status in EnergyReport.Status.values:
        reports = reports.filter(status=status)
    if text := request.GET.get("q", "").strip():
        reports = reports.filter(account__account_no__startswith=text) | reports.filter(account__name__contains=text)
    return reports.select_related("account", "by").defer("figures").order_by("-id")


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """All reports in scope, newest first."""
    rows = _filtered(request)
    context = {"page": page_of(rows, request.GET.get("page")), "statuses": EnergyReport.Status.choices}
    return render(request, "reports/report_list.html", {**context, "section": "reports"})


@require_POST
def list_export(request: HttpRequest) -> FileResponse:
    """The reports as filtered, as a file."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    columns = [
        sheets.Column("account_no", _("Account number")),
        sheets.Column("name", _("Account")),
        sheets.Column("first", _("First day"), "date"),
        sheets.Column("last", _("Last day"), "date"),
        sheets.Column("version", _("Version"), "integer"),
        sheets.Column("language", _("Language")),
        sheets.Column("status", _("Status")),
        sheets.Column("at", _("Written"), "datetime"),
        sheets.Column("by", _("By")),
    ]
    rows = _filtered(request)[: exports.MOST]
    return exports.answer(request, name="reports", columns=columns, rows=map(_exported, rows))


def _exported(row: EnergyReport) -> list[Any]:
    last, at = row.period_until - timedelta(days=1), exports.shown_time(row.at)
    who = row.by.name if row.by else ""
    facts = [row.version, row.language, row.get_status_display()]
    return [row.account.account_no, row.account.name, row.period_from, last, *facts, at, who]


@require_GET
def analysis(request: HttpRequest, account_no: str) -> HttpResponse:
    """Figures and charts of an account over a period, computed from the readings as they are now."""
    account = access.fetch(request, Account.objects, Right.READINGS_SEE, account_no=account_no)
    span = metering.readings_span(account)
    form = PeriodForm(request.GET) if "first" in request.GET else PeriodForm(initial=_usual(span))
    begin, end = _usual_period(span)
    if form.is_bound and form.is_valid():
        begin, end = form.period
    context: dict[str, Any] = {"account": account, "form": form, "span": span, "section": "accounts"}
    if span and (not form.is_bound or form.is_valid()):
        try:
            facts = energy_figures(account, begin, end).as_json()
        except BadPeriod as problem:
            form = PeriodForm({"first": begin.isoformat(), "last": (end - timedelta(days=1)).isoformat()})
            form.is_valid()
            form.add_error(None, problem_text(problem.code, **problem.detail))
            context["form"] = form
        else:
            context |= _shown(facts, begin, end)
            context["order"] = OrderForm(
                initial={"first": begin, "last": end - timedelta(days=1), "language": get_language()}
            )
    context["presets"] = _presets(span)
    context["may_order"] = access.staff(request).may(Right.REPORTS_WRITE)
    return render(request, "reports/analysis.html", context)


def _shown(facts: dict[str, Any], begin: date, end: date) -> dict[str, Any]:
    lang = str(get_language())
    return {
        "f": facts,
        "headlines": headlines(facts),
        "charts": charts.of_figures(facts, lang=lang, target="web"),
        "band_names": charts.band_labels(),
        "begin": begin.isoformat(),
        "end": end.isoformat(),
    }


@require_GET
def load_charts(request: HttpRequest, account_no: str) -> HttpResponse:
    """The charts that need every interval, as JSON: the load curve with zoom and the load of each hour."""
    account = access.fetch(request, Account.objects, Right.READINGS_SEE, account_no=account_no)
    try:
        begin, end = (typed_day(request.GET.get(name, "")) for name in ("from", "until"))
        if begin is None or end is None:
            return JsonResponse({})
        profile = period_profile(account, begin, end)
    except (ValueError, BadPeriod):
        return JsonResponse({})  # nothing to draw; the page says so
    peak = profile.kw[~(profile.kw != profile.kw)].max()
    at = profile.starts_at(int((profile.kw == peak).argmax()))
    facts = {"max_demand_kw": float(peak), "max_demand_at": at.isoformat()}
    return JsonResponse(charts.of_profile(profile, facts, lang=str(get_language()), target="web"))


@require_POST
def order(request: HttpRequest, account_no: str) -> HttpResponse:
    """Ask for a report of the period."""
    account = access.fetch(request, Account.objects, Right.REPORTS_WRITE, account_no=account_no)
    form = OrderForm(request.POST)
    if form.is_valid():
        begin, end = form.period
        try:
            period_profile(account, begin, end)
        except BadPeriod as problem:
            form.add_error(None, problem_text(problem.code, **problem.detail))
        else:
            report = actions.order(
                account=account,
                period_from=begin,
                period_until=end,
                language=form.cleaned_data["language"],
                by=access.staff(request),
                at=clock.now(),
            )
            return redirect("reports:detail", report.pk)
    context = {"account": account, "order": form, "form": PeriodForm(), "may_order": True, "section": "accounts"}
    return render(request, "reports/analysis.html", context)


@require_GET
def detail(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report: its frozen figures, its PDF, where it stands."""
    reports = EnergyReport.objects.select_related("account", "by", "job")
    report = access.fetch(request, reports, Right.REPORTS_SEE, pk=report_id)
    context: dict[str, Any] = {"report": report, "account": report.account, "section": "reports"}
    if report.figures:
        context |= _shown(report.figures, report.period_from, report.period_until)
    if report.status == EnergyReport.Status.FAILED:
        context["problem"] = problem_text(report.problem)
    context["moves"] = report.moves.select_related("by").order_by("id")
    context["may_review"] = access.staff(request).may(Right.REPORTS_REVIEW) and report.status == "DRAFT"
    return render(request, "reports/report.html", context)


@require_GET
def pdf(request: HttpRequest, report_id: int) -> FileResponse:
    """The report's PDF as it was frozen."""
    report = access.fetch(request, EnergyReport.objects.select_related("account"), Right.REPORTS_SEE, pk=report_id)
    if not report.pdf:
        raise Http404
    return FileResponse(report.pdf.open(), as_attachment=True, filename=f"{_file_name(report)}.pdf")


@require_GET
def xlsx(request: HttpRequest, report_id: int) -> FileResponse:
    """The report's figures as a workbook."""
    report = access.fetch(request, EnergyReport.objects.select_related("account"), Right.REPORTS_SEE, pk=report_id)
    if not report.figures:
        raise Http404
    file = BytesIO()
    xlsx_of(report.figures, file, language=str(get_language()))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{_file_name(report)}.xlsx", content_type=XLSX)


def _file_name(report: EnergyReport) -> str:
    return f"{report.account.account_no}-{report.period_from:%Y%m%d}-{report.period_until:%Y%m%d}-v{report.version}"


@require_POST
def review(request: HttpRequest, report_id: int) -> HttpResponse:
    """Stand by a draft."""
    report = access.fetch(request, EnergyReport.objects, Right.REPORTS_REVIEW, pk=report_id)
    try:
        actions.review(report=report, by=access.staff(request), at=clock.now())
    except (IllegalMove, StaleRow):
        messages.error(request, _("Somebody else has moved this report on. Look at it again."))
    else:
        messages.success(request, _("The report is marked as reviewed."))
    return redirect("reports:detail", report.pk)


def _usual_period(span: tuple[date, date] | None) -> tuple[date, date]:
    """Return the last twelve months that have readings, or what there is."""
    first, until = span or (clock.today(), clock.today())
    month = until.replace(day=1)
    begin = month.replace(year=month.year - 1)
    return (begin, month) if first <= begin else (first, until)


def _usual(span: tuple[date, date] | None) -> dict[str, date]:
    begin, end = _usual_period(span)
    return {"first": begin, "last": end - timedelta(days=1)}


def _presets(span: tuple[date, date] | None) -> list[dict[str, str]]:
    """Return periods worth one tap: last month, last quarter, last twelve months, the years there are."""
    if span is None:
        return []
    first, until = span
    month = until.replace(day=1)
    wanted = [
        (_("last month"), _months_before(month, 1), month),
        (_("last 3 months"), _months_before(month, 3), month),
        (_("last 12 months"), _months_before(month, 12), month),
        *((str(year), date(year, 1, 1), date(year + 1, 1, 1)) for year in range(until.year, first.year - 1, -1)),
    ]
    return [
        {"name": name, "query": f"?first={begin.isoformat()}&last={(end - timedelta(days=1)).isoformat()}"}
        for name, begin, end in wanted
        if begin >= first and end <= until
    ]


def _months_before(month: date, count: int) -> date:
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)
