"""The money of one account: its bills and payments, its statement, a payment taken, a plan, what is agreed."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.billing.actions import acceptance, agreements, issuing, posting, prepaid, telling
from kam.billing.forms.money import (
    AcceptanceForm,
    EmptyForm,
    MonthForm,
    PaymentForm,
    PlanForm,
    PrepaidForm,
    StatementForm,
)
from kam.billing.models import Bill, Payment
from kam.billing.queries import pages
from kam.billing.queries.bills import CannotBill, expected
from kam.billing.queries.plans import cash_cycle, trial
from kam.billing.queries.statement import statement
from kam.billing.templatetags.money import REFUSALS, problem_words, yuan
from kam.billing.views import documents
from kam.billing.views.acts import Act, act
from kam.billing.views.receivables import attachment
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.pdf import RenderFailed

BILLS, PAYMENTS = 24, 12


def _account(request: HttpRequest, account_no: str, right: Right = Right.MONEY_SEE) -> Account:
    rows = Account.objects.select_related("unit", "manager")
    return access.fetch(request, rows, right, account_no=account_no)


@require_GET
def page(request: HttpRequest, account_no: str) -> HttpResponse:
    """Everything about the account's money."""
    return _page(request, _account(request, account_no))


def _page(request: HttpRequest, account: Account, name: str = "", bound: Any = None) -> HttpResponse:
    today = clock.today()
    bills = access.listed(request, Bill.objects.all(), Right.MONEY_SEE).filter(account=account)
    paid = access.listed(request, Payment.objects.all(), Right.MONEY_SEE).filter(account=account)
    last_month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        coming = expected(account, today, today)
    except CannotBill:
        coming = None
    context = {
        "section": "money",
        "account": account,
        "money": pages.account_money(account, today),
        "bills": page_of(bills.order_by("-issued_on", "-pk"), request.GET.get("page"), size=BILLS),
        "payments": paid.order_by("-received_on", "-pk")[:PAYMENTS],
        "coming": coming,
        "today": today,
        "month_form": bound if name == "issue" else MonthForm(initial={"month": last_month}, auto_id="issue_%s"),
        "acceptance_form": bound if name == "acceptance" else AcceptanceForm(auto_id="acceptance_%s"),
        "prepaid_form": bound if name == "prepaid" else PrepaidForm(auto_id="prepaid_%s"),
        "acted": name,
        "problem": bound.non_field_errors() if bound is not None else [],
    }
    return render(request, "billing/account.html", context)


@require_POST
def page_act(request: HttpRequest, account_no: str) -> HttpResponse:
    """Demand, charge penalties, issue a bill, sign a prepaid contract, register an acceptance bill."""
    account = _account(request, account_no)
    by, at = access.staff(request), clock.now()
    name, form = act(request, _acts(account, by, at))
    if form is not None:
        return _page(request, account, name, form)
    return redirect("billing:account", account.account_no)


def _acts(account: Account, by: Any, at: datetime) -> dict[str, Act]:
    post = Right.MONEY_POST

    def demand(data: dict[str, Any]) -> str:
        notice = telling.demand(account=account, by=by, at=at)
        return _("A demand for ¥ %(amount)s is owed to the customer.") % {"amount": yuan(notice.amount)}

    def charge(data: dict[str, Any]) -> str:
        made = issuing.charge_penalties(account=account, by=by, at=at)
        total = sum(bill.amount for bill in made)
        return _("Late-payment penalty of ¥ %(amount)s is charged.") % {"amount": yuan(total)}

    def issue(data: dict[str, Any]) -> str:
        bill = issuing.issue_from_readings(account=account, month=data["month"], by=by, at=at)
        return _("Bill %(number)s of ¥ %(amount)s is issued.") % {"number": bill.number, "amount": yuan(bill.amount)}

    def sign(data: dict[str, Any]) -> str:
        prepaid.sign(account=account, by=by, at=at, **data)
        return _("The prepaid contract is noted; its balance is watched from now on.")

    def register(data: dict[str, Any]) -> str:
        rate = data.pop("discount_percent") / 100
        row = acceptance.register(account=account, discount_rate=rate, by=by, at=at, **data)
        return _("Acceptance bill %(number)s is registered. It pays nothing until it is taken.") % {
            "number": row.number
        }

    def form_of(kind: Any, prefix: str) -> Any:
        return lambda data: kind(data, auto_id=f"{prefix}_%s")

    return {
        "demand": Act(post, EmptyForm, demand),
        "charge": Act(post, EmptyForm, charge),
        "issue": Act(post, form_of(MonthForm, "issue"), issue),
        "prepaid": Act(post, form_of(PrepaidForm, "prepaid"), sign),
        "acceptance": Act(post, form_of(AcceptanceForm, "acceptance"), register),
    }


@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, account_no: str) -> HttpResponse:
    """Take a payment; it pays the oldest bills unless the payer says otherwise."""
    account = _account(request, account_no, Right.MONEY_POST)
    today = clock.today()
    owed = access.listed(request, Bill.objects.all(), Right.MONEY_SEE)
    bills = owed.filter(account=account, open_amount__gt=0, cancelled_on=None).order_by("due_on", "pk")[:60]
    start = {"received_on": today, "key": f"desk:{secrets.token_hex(12)}", "payer": account.name}
    form = PaymentForm(request.POST or None, bills=list(bills), today=today, initial=start)
    if request.method == "POST" and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if not name.startswith("bill_")}
        try:
            payment = posting.post(account=account, by=access.staff(request), at=clock.now(), **data)
        except REFUSALS as refusal:
            form.add_error(None, problem_words(refusal))
        else:
            if payment.reversed_on:
                messages.error(
                    request, _("This form's payment was taken back. Nothing was posted now; open the form anew.")
                )
                return redirect("billing:payment", payment.pk)
            said = _("¥ %(amount)s is posted.") % {"amount": yuan(payment.amount)}
            if payment.free_amount:
                said += " " + _("¥ %(free)s is kept as credit.") % {"free": yuan(payment.free_amount)}
            messages.success(request, said)
            return redirect("billing:payment", payment.pk)
    money = pages.account_money(account, today)
    context = {"section": "money", "account": account, "form": form, "money": money}
    return render(request, "billing/pay.html", context)


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, account_no: str) -> HttpResponse:
    """Make a payment plan that fits the customer's cash; it is tried out before it is proposed."""
    account = _account(request, account_no, Right.MONEY_POST)
    today = clock.today()
    money = pages.account_money(account, today)
    cycle = cash_cycle(account, today) or []
    start = {
        "starts_on": today,
        "total": money.open or None,
        "days": ", ".join(str(day) for day, _share in cycle),
        "shares": ", ".join(f"{share * 100:.0f}" for _day, share in cycle),
        "rounds": 3,
    }
    form = PlanForm(request.POST or None, initial=start)
    tried = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        terms = {"with_expected": data["with_expected"]}
        tried = trial(account, form.instalments(), start=data["starts_on"], **terms)
        if request.POST.get("do") == "propose":
            try:
                made = agreements.propose_plan(
                    account=account,
                    instalments=form.instalments(),
                    starts_on=data["starts_on"],
                    reason=data["reason"],
                    by=access.staff(request),
                    at=clock.now(),
                    **terms,
                )
            except REFUSALS as refusal:
                form.add_error(None, problem_words(refusal))
            else:
                messages.success(request, _("The plan is proposed. It holds once a second person puts it in force."))
                return redirect("billing:plan", made.pk)
    context = {"section": "money", "account": account, "form": form, "tried": tried, "cycle": cycle, "money": money}
    return render(request, "billing/plan_form.html", context)


@require_GET
def statement_page(request: HttpRequest, account_no: str) -> HttpResponse:
    """The account's statement: of this year so far unless told otherwise."""
    account = _account(request, account_no)
    form, first, last = _period(request)
    context = {
        "section": "money",
        "account": account,
        "form": form,
        "found": statement(account, first, last + timedelta(days=1)),
        "last": last,
    }
    return render(request, "billing/statement.html", context)


@require_GET
def statement_file(request: HttpRequest, account_no: str, kind: str) -> HttpResponse:
    """The statement as PDF or workbook."""
    account = _account(request, account_no)
    if kind not in ("pdf", "xlsx"):
        raise Http404
    _form, first, last = _period(request)
    found = statement(account, first, last + timedelta(days=1))
    name = f"statement-{account.account_no}-{first:%Y%m%d}-{last:%Y%m%d}.{kind}"
    if kind == "xlsx":
        file = BytesIO()
        documents.statement_xlsx(found, file)
        return attachment(file.getvalue(), name)
    try:
        return attachment(documents.statement_pdf(found, language=str(get_language()), at=clock.now()), name)
    except RenderFailed:
        messages.error(request, _("The PDF could not be made. Try again; the workbook has the same lines."))
        return redirect("billing:statement", account.account_no)


def _period(request: HttpRequest) -> tuple[StatementForm, date, date]:
    today = clock.today()
    first, last = today.replace(month=1, day=1), today
    form = StatementForm(
        request.GET if "days_from" in request.GET else None, initial={"days_from": first, "days_to": last}
    )
    if form.is_bound and form.is_valid():
        first, last = form.cleaned_data["days_from"], form.cleaned_data["days_to"]
    return form, first, last
