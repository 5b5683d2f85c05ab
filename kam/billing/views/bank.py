"""Payments of a bank: a file taken in, the lines that a person has to look at, and months closed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kam.accounts.models import Account
from kam.billing.actions import bank, books
from kam.billing.forms.money import FileForm, LineForm, MonthForm, ReasonForm
from kam.billing.models import BankLine, MonthClose
from kam.billing.queries.pages import names_of
from kam.billing.queries.statement import reconcile
from kam.billing.rules.bill_rows import NoColumn
from kam.billing.templatetags.money import REFUSALS, problem_words, refusal_words, yuan
from kam.billing.views.acts import Act, act
from kam.billing.views.bills import with_file
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.sheets import UnreadableTable


@require_http_methods(["GET", "POST"])
def lines(request: HttpRequest) -> HttpResponse:
    """The file of a bank, and its lines that did not match by themselves."""
    access.check(request, Right.MONEY_POST)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = with_file(
                form.cleaned_data["file"],
                lambda path, name: bank.take_in_bank_file(
                    path=path, columns={}, by=access.staff(request), at=clock.now(), file_name=name
                ),
            )
        except (UnreadableTable, NoColumn) as refusal:
            form.add_error("file", refusal_words(refusal))
        else:
            messages.success(
                request,
                _("%(posted)s posted, %(open)s to look at, %(twice)s were here already, %(bad)s not understood.")
                % {
                    "posted": outcome.posted,
                    "open": outcome.left,
                    "twice": outcome.duplicates,
                    "bad": len(outcome.problems),
                },
            )
            return redirect("billing:bank")
    return _lines(request, form)


def _lines(request: HttpRequest, form: Any = None, line: BankLine | None = None, bound: Any = None) -> HttpResponse:
    rows = access.listed(request, BankLine.objects.all(), Right.MONEY_POST)
    wanted = request.GET.get("status", BankLine.Status.OPEN)
    if wanted not in BankLine.Status.values:
        wanted = BankLine.Status.OPEN
    page = page_of(
        rows.filter(status=wanted).select_related("account", "decided_by").order_by("-received_on", "-pk"),
        request.GET.get("page"),
    )
    context = {
        "section": "money",
        "form": form or FileForm(),
        "page": page,
        "wanted": wanted,
        "statuses": BankLine.Status.choices,
        "accounts": names_of(list(page.rows)),
        "bound_line": line,
        "bound": bound,
    }
    return render(request, "billing/bank.html", context)


@require_POST
def line_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a line to an account, or set it aside."""
    row = access.fetch(request, BankLine.objects.all(), Right.MONEY_POST, pk=pk)
    by, at = access.staff(request), clock.now()
    accounts = access.listed(request, Account.objects.all(), Right.MONEY_POST)

    def post(data: dict[str, Any]) -> str:
        account = data["account_no"]
        payment = bank.post_line(line=row, account=account, by=by, at=at)
        return _("¥ %(amount)s is posted to %(name)s.") % {"amount": yuan(payment.amount), "name": account.name}

    def aside(data: dict[str, Any]) -> str:
        bank.set_aside(line=row, note=data["reason"], by=by, at=at)
        return _("Set aside.")

    acts = {
        "post": Act(Right.MONEY_POST, lambda data: LineForm(data, accounts=accounts), post),
        "aside": Act(Right.MONEY_POST, ReasonForm, aside),
    }
    _name, form = act(request, acts)
    if form is not None:
        return _lines(request, line=row, bound=form)
    return redirect("billing:bank")


@require_http_methods(["GET", "POST"])
def closes(request: HttpRequest) -> HttpResponse:
    """Months whose books are closed; close the next one once it balances to the cent."""
    access.check(request, Right.MONEY_APPROVE)
    if access.staff(request).unit_ids is not None:
        # The books are the whole company's.
        raise PermissionDenied
    form = MonthForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        month = form.cleaned_data["month"]
        try:
            if request.POST.get("do") == "close":
                books.close_month(month=month, by=access.staff(request), at=clock.now())
                messages.success(request, _("The month is closed. Nothing is dated into it any more."))
                return redirect("billing:closes")
            found = reconcile(month)
        except REFUSALS as refusal:
            form.add_error("month", problem_words(refusal))
            found = reconcile(month)
    rows = access.listed(request, MonthClose.objects.select_related("by"), Right.MONEY_APPROVE)
    context = {
        "section": "money",
        "form": form,
        "found": found,
        "page": page_of(rows.order_by("-month"), request.GET.get("page")),
    }
    return render(request, "billing/closes.html", context)
