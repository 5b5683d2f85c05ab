"""Receivables: what is open and how old, what waits for a person, and what is likely to come in."""

from __future__ import annotations

from io import BytesIO

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.billing.forms.money import ReceivablesFilter
from kam.billing.models import Bill
from kam.billing.queries import pages
from kam.billing.templatetags.money import age_words
from kam.core import access
from kam.core.actions import record
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.sheets import Column, write_xlsx

EXPORT_MOST = 50_000


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The work list of whoever collects: figures by age, what waits, then the accounts with something open."""
    bills = access.listed(request, Bill.objects.all(), Right.MONEY_SEE)
    today = clock.today()
    found = pages.totals(bills, today)
    form = _filter(request, found)
    narrowed = _narrowed(bills, form)
    context = {
        "section": "money",
        "found": found,
        "form": form,
        "page": page_of(pages.by_account(narrowed, today), request.GET.get("page")),
        "work": pages.work_for(access.staff(request), today),
        "today": today,
        "filtered": form.is_valid() and any(form.cleaned_data.values()),
    }
    return render(request, "billing/receivables.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The list as shown, as a workbook."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    bills = access.listed(request, Bill.objects.all(), Right.MONEY_SEE)
    now = clock.now()
    today = clock.day_of(now)
    form = ReceivablesFilter(request.POST, ages=_ages(pages.totals(bills, today)))
    rows = pages.by_account(_narrowed(bills, form), today)[:EXPORT_MOST]
    columns = [
        Column("number", _("account number")),
        Column("name", _("name")),
        Column("unit", _("supply station")),
        Column("manager", _("account manager")),
        Column("bills", _("open bills"), "integer"),
        Column("open", _("open, yuan"), "number"),
        Column("overdue", _("overdue, yuan"), "number"),
        Column("contested", _("contested, yuan"), "number"),
        Column("oldest", _("oldest due day"), "date"),
    ]
    file = BytesIO()
    count = write_xlsx(
        file,
        columns,
        (
            [
                row["account__account_no"],
                row["account__name"],
                row["account__unit__name"],
                row["account__manager__name"] or "",
                row["bills"],
                row["opened"],
                row["overdue"],
                row["contested"],
                row["oldest"],
            ]
            for row in rows
        ),
        title=_("Receivables"),
    )
    record(by=access.staff(request), at=now, action="money.exported", subject="receivables", rows=count)
    return attachment(file.getvalue(), f"receivables-{today:%Y%m%d}.xlsx")


@require_GET
def cash(request: HttpRequest) -> HttpResponse:
    """What is likely to come in, week by week, and from what that follows."""
    bills = access.listed(request, Bill.objects.all(), Right.MONEY_SEE)
    context = {"section": "money", "cash": pages.expected_cash(bills, clock.today())}
    return render(request, "billing/cash.html", context)


def attachment(content: bytes, name: str) -> HttpResponse:
    """Answer with a file that no browser opens by itself."""
    kinds = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}
    response = HttpResponse(content, content_type=kinds[name.rpartition(".")[2]])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _ages(found: pages.Totals) -> dict[str, str]:
    return {"late": _("overdue")} | {row.key: age_words(row) for row in found.ages}


def _filter(request: HttpRequest, found: pages.Totals) -> ReceivablesFilter:
    return ReceivablesFilter(request.GET or None, ages=_ages(found))


def _narrowed(bills: QuerySet[Bill], form: ReceivablesFilter) -> QuerySet[Bill]:
    if not form.is_valid():
        return bills
    text, age = form.cleaned_data["q"].strip(), form.cleaned_data["age"]
    if text:
        bills = bills.filter(account__name__icontains=text) | bills.filter(account__account_no__icontains=text)
    return bills.filter(pages.age_filter(age, clock.today())) if age else bills
