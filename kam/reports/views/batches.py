"""Reports for a whole unit and month."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.reports import queries
from kam.reports.actions import energy as actions
from kam.reports.forms import BatchForm
from kam.reports.models import EnergyReport, ReportBatch
from kam.reports.queries.words import problem_text


def batch_list(request: HttpRequest) -> HttpResponse:
    """Batches so far, and the form for another."""
    batches = access.listed(request, ReportBatch.objects, Right.REPORTS_BATCH)
    units = access.listed(request, Unit.objects, Right.REPORTS_BATCH).order_by("path")
    last_month = (clock.today().replace(day=1) - date.resolution).replace(day=1)
    form = BatchForm(request.POST or None, units=units, initial={"month": last_month, "language": get_language()})
    if request.method == "POST" and form.is_valid():
        month, unit, by = form.cleaned_data["month"], form.cleaned_data["unit"], access.staff(request)
        until = (month.replace(day=28) + 4 * date.resolution).replace(day=1)
        if queries.have_readings(by, unit, month, until):
            batch = actions.order_batch(
                unit=unit,
                period_from=month,
                period_until=until,
                language=form.cleaned_data["language"],
                by=by,
                at=clock.now(),
            )
            return redirect("reports:batch", batch.pk)
        form.add_error("month", _("No account of this unit has readings of this month. Choose another month."))
    rows = batches.select_related("unit", "by", "job").order_by("-id")
    context = {"form": form, "page": page_of(rows, request.GET.get("page")), "section": "reports"}
    return render(request, "reports/batch_list.html", context)


def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a batch is: the reports written, the accounts without one and why."""
    batches = ReportBatch.objects.select_related("unit", "by", "job")
    row = access.fetch(request, batches, Right.REPORTS_BATCH, pk=batch_id)
    reports = access.listed(request, EnergyReport.objects, Right.REPORTS_SEE).filter(batch=row)
    shown = reports.select_related("account").defer("figures").order_by("id")
    problems = [{**problem, "text": problem_text(problem["code"])} for problem in row.problems]
    context = {"batch": row, "page": page_of(shown, request.GET.get("page")), "problems": problems, "job": row.job}
    return render(request, "reports/batch.html", {**context, "section": "reports"})
