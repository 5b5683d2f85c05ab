"""What waits in credit; falls confirmed or set aside; lists of grades, warnings and risks."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.actions import record
from kam.core.models import Unit
from kam.core.rules import Right
from kam.credit.actions import grading
from kam.credit.forms.account import ReasonForm
from kam.credit.forms.work import GradesForm
from kam.credit.models import BillRisk, CreditGrade, EarlyWarning, Standing
from kam.credit.queries import work as queries
from kam.credit.queries.charts import calibration_chart
from kam.credit.queries.risk import newest_model
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.pages import page_of
from kam.lib.sheets import Column, write_xlsx
from kam.lib.typed import whole

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """What waits for a person, the most urgent first."""
    access.check(request, Right.CREDIT_SEE)
    found = queries.work(access.staff(request), clock.now())
    return render(request, "credit/work.html", {"section": "credit", "work": found, "reason_form": ReasonForm()})


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Put the ticked falls in force."""
    rows = access.listed(request, CreditGrade.objects.all(), Right.CREDIT_WORK)
    wanted = [pk for text in request.POST.getlist("grade")[:500] if (pk := whole(text)) is not None]
    done = grading.confirm_falls(grades=list(rows.filter(pk__in=wanted)), by=access.staff(request), at=clock.now())
    if done:
        text = ngettext("%(n)d fall is in force.", "%(n)d falls are in force.", done) % {"n": done}
        messages.success(request, text)
    else:
        messages.info(request, _("Tick the falls that you have looked at."))
    return redirect("credit:work")


@require_POST
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the grade in force as it is, with a reason."""
    row = access.fetch(request, CreditGrade.objects.select_related("account"), Right.CREDIT_WORK, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason why the fall is set aside."))
        return redirect("credit:account", row.account.account_no)
    try:
        grading.set_aside(grade=row, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now())
        messages.success(request, _("The grade in force stays as it is."))
    except (IllegalMove, StaleRow):
        messages.error(request, _("This was decided before."))
    return redirect("credit:account", row.account.account_no)


@require_GET
def grades(request: HttpRequest) -> HttpResponse:
    """The grades of all accounts in reach, the worst first."""
    rows, form = _asked(request)
    ordered = rows.select_related("account__unit").order_by("-rank", "account__name", "account_id")
    context = {"section": "credit", "form": form, "page": page_of(ordered, request.GET.get("page"))}
    return render(request, "credit/grades.html", context)


@require_GET
def grades_xlsx(request: HttpRequest) -> FileResponse:
    """The list as shown, as a workbook; on the audit record."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    rows, _form = _asked(request)
    columns = [
        Column("account_no", _("Account number")),
        Column("name", _("Name")),
        Column("unit", _("Supply station")),
        Column("grade", _("Grade")),
        Column("points", _("Points"), "number"),
        Column("since", _("Since"), "date"),
        Column("until", _("Override until"), "date"),
    ]
    found = rows.select_related("account__unit").order_by("-rank", "account__name", "account_id")
    file = BytesIO()
    count = write_xlsx(
        file,
        columns,
        (
            (
                row.account.account_no,
                row.account.name,
                row.account.unit.name,
                row.grade,
                row.points,
                row.since,
                row.override_until,
            )
            for row in found[:100_000].iterator(2_000)
        ),
        title=_("Credit grades"),
    )
    file.seek(0)
    record(by=access.staff(request), at=clock.now(), action="credit.exported", subject="credit.grades", count=count)
    return FileResponse(file, as_attachment=True, filename="credit-grades.xlsx", content_type=XLSX)


def _asked(request: HttpRequest) -> tuple[QuerySet[Standing], GradesForm]:
    rows = access.listed(request, Standing.objects.all(), Right.CREDIT_SEE)
    units = access.listed(request, Unit.objects.all(), Right.CREDIT_SEE).order_by("path")
    form = GradesForm(request.GET or None, units=units)
    return (queries.graded(rows, form.cleaned_data) if form.is_valid() else rows), form


@require_GET
def warnings(request: HttpRequest) -> HttpResponse:
    """Accounts whose behaviour changes for the worse, with the reasons."""
    rows = access.listed(request, EarlyWarning.objects.all(), Right.CREDIT_SEE)
    ordered = rows.select_related("account__unit", "account__manager").order_by("-score", "account_id")
    context = {"section": "credit", "page": page_of(ordered, request.GET.get("page"))}
    return render(request, "credit/warnings.html", context)


@require_GET
def risk(request: HttpRequest) -> HttpResponse:
    """Open bills by their risk of being paid late, and how well that is predicted."""
    rows = access.listed(request, BillRisk.objects.all(), Right.CREDIT_SEE)
    ordered = rows.filter(bill__open_amount__gt=0, bill__cancelled_on=None)
    ordered = ordered.select_related("bill__account").defer("bill__lines").order_by("-probability", "bill_id")
    model = newest_model()
    charts = (
        {"calibration": calibration_chart(model.judged["bins"], lang=str(get_language()), target="web")}
        if model
        else {}
    )
    context = {
        "section": "credit",
        "page": page_of(ordered, request.GET.get("page")),
        "model": model,
        "charts": charts,
        "today": clock.today(),
    }
    return render(request, "credit/risk.html", context)
