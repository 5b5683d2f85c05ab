"""One bill with every line explained, one payment, and files of bills."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.billing.actions import agreements, intake, ledger, posting, telling
from kam.billing.forms.money import (
    AmountForm,
    BillsFileForm,
    ContestForm,
    EmptyForm,
    InvoiceForm,
    ReasonForm,
    ToldForm,
)
from kam.billing.models import Bill, Payment
from kam.billing.queries.bills import CannotBill, check
from kam.billing.queries.pages import bills_for, told_about, write_offs_asked
from kam.billing.queries.receivables import penalties
from kam.billing.rules.bill_rows import NoColumn
from kam.billing.templatetags.money import refusal_words, row_problem_words, yuan
from kam.billing.views.acts import Act, act
from kam.core import access
from kam.core.models import IntakeBatch
from kam.core.queries import related
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.sheets import UnreadableTable


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One bill: its lines with their formulas, ours beside theirs, what settled it, its penalty."""
    bill = access.fetch(request, Bill.objects.select_related("account", "penalty_of"), Right.MONEY_SEE, pk=pk)
    return _page(request, bill)


def _page(request: HttpRequest, bill: Bill, name: str = "", bound: Any = None) -> HttpResponse:
    checked, why = None, None
    if bill.source == Bill.Source.IMPORTED and bill.kind == Bill.Kind.ENERGY:
        try:
            checked = check(bill)
        except CannotBill as cannot:
            why = cannot
    start = {"amount": bill.open_amount}
    version = {"version": bill.version, **start}
    contest = ContestForm(initial=version, auto_id="contest_%s")
    context = {
        "section": "money",
        "bill": bill,
        "account": bill.account,
        "about": related.about(access.staff(request), f"billing.Bill:{bill.pk}"),
        "today": clock.today(),
        "checked": checked,
        "cannot": why,
        "penalty": next(iter(penalties([bill], clock.today())), None),
        "allocations": bill.allocations.select_related("payment").order_by("value_on", "pk"),
        "write_offs": bill.write_offs.select_related("by", "proposed_by").order_by("on", "pk"),
        "disputes": bill.disputes.select_related("by", "decided_by").order_by("-pk"),
        "requests": write_offs_asked(bill),
        "notices": told_about(bill),
        "contest_form": bound if name == "contest" else contest,
        "write_off_form": bound if name == "write_off" else AmountForm(initial=start, auto_id="writeoff_%s"),
        "invoice_form": bound if name == "invoice" else InvoiceForm(auto_id="invoice_%s"),
        "cancel_form": bound if name == "cancel" else ReasonForm(auto_id="cancel_%s"),
        "acted": name,
        "bound": bound,
    }
    return render(request, "billing/bill.html", context)


@require_POST
def page_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell, remind, contest, propose to write off, decide, reverse."""
    bill = access.fetch(request, Bill.objects.select_related("account"), Right.MONEY_SEE, pk=pk)
    name, form = act(request, _acts(bill, access.staff(request), clock.now()))
    if form is not None:
        return _page(request, bill, name, form)
    return redirect("billing:bill", bill.pk)


def _acts(bill: Bill, by: Any, at: datetime) -> dict[str, Act]:
    post, approve = Right.MONEY_POST, Right.MONEY_APPROVE

    def tell(data: dict[str, Any]) -> str:
        telling.tell_bill(bill=bill, by=by, at=at)
        return _("The bill notice is owed; its proof will stand here.")

    def remind(data: dict[str, Any]) -> str:
        telling.remind(bill=bill, by=by, at=at)
        return _("The reminder is owed. It does not leave if the bill is paid before.")

    def invoice(data: dict[str, Any]) -> str:
        telling.deliver_invoice(bill=bill, by=by, at=at, **data)
        return _("The delivery of the invoice is owed; its proof will stand here.")

    def contest(data: dict[str, Any]) -> str:
        agreements.contest(bill=bill, by=by, at=at, **data)
        return _("Noted. What is contested is not asked for until it is decided.")

    def decide(data: dict[str, Any]) -> str:
        dispute = bill.disputes.filter(decided_at=None).first()
        if dispute is None:
            raise agreements.Decided
        agreements.decide_dispute(dispute=dispute, outcome=data["reason"], by=by, at=at)
        return _("The dispute is decided.")

    def write_off(data: dict[str, Any]) -> str:
        agreements.propose_write_off(bill=bill, by=by, at=at, **data)
        return _("Proposed. A second person decides.")

    def settle(approve: bool) -> Any:
        def run(data: dict[str, Any]) -> str:
            asked = bill.write_off_requests.filter(decided_at=None).first()
            if asked is None:
                raise agreements.Decided
            agreements.decide_write_off(request=asked, approve=approve, by=by, at=at)
            return _("Written off.") if approve else _("Not written off.")

        return run

    def cancel(data: dict[str, Any]) -> str:
        ledger.cancel_bill(bill=bill, by=by, at=at, **data)
        posting.money_changed(bill.account_id, at=at)
        return _("Bill %(number)s is reversed. What had settled it is credit.") % {"number": bill.number}

    def form_of(kind: Any, prefix: str) -> Any:
        return lambda data: kind(data, auto_id=f"{prefix}_%s")

    return {
        "tell": Act(post, EmptyForm, tell),
        "remind": Act(post, EmptyForm, remind),
        "invoice": Act(post, form_of(InvoiceForm, "invoice"), invoice),
        "contest": Act(post, form_of(ContestForm, "contest"), contest),
        "decide": Act(approve, form_of(ReasonForm, "decide"), decide),
        "write_off": Act(post, form_of(AmountForm, "writeoff"), write_off),
        "write_off_yes": Act(approve, EmptyForm, settle(True)),
        "write_off_no": Act(approve, EmptyForm, settle(False)),
        "cancel": Act(post, form_of(ReasonForm, "cancel"), cancel),
    }


@require_GET
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """One payment: what it settled, and how to put right what is wrong with it."""
    row = access.fetch(request, Payment.objects.select_related(*OF_PAYMENT), Right.MONEY_SEE, pk=pk)
    return _payment(request, row)


OF_PAYMENT = ("account", "by", "credit_note__corrects")


def _payment(request: HttpRequest, row: Payment, name: str = "", bound: Any = None) -> HttpResponse:
    context = {
        "section": "money",
        "payment": row,
        "account": row.account,
        "allocations": row.allocations.select_related("bill").order_by("pk"),
        "reverse_form": bound if name == "reverse" else ReasonForm(auto_id="reverse_%s"),
        "told_form": bound if name == "anew" else ToldForm(bills=bills_for(row), most=row.amount, auto_id="told_%s"),
        "acted": name,
    }
    return render(request, "billing/payment.html", context)


@require_POST
def payment_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Reverse a payment, or let it settle other bills."""
    row = access.fetch(request, Payment.objects.select_related(*OF_PAYMENT), Right.MONEY_SEE, pk=pk)
    by, at = access.staff(request), clock.now()

    def reverse(data: dict[str, Any]) -> str:
        posting.reverse(payment=row, by=by, at=at, **data)
        return _("¥ %(amount)s is taken back. What it had settled is open again.") % {"amount": yuan(row.amount)}

    def anew(data: dict[str, Any]) -> str:
        ledger.allocate_anew(payment=row, told=data["told"], reason=data["reason"], by=by, at=at)
        posting.money_changed(row.account_id, at=at)
        return _("The payment settles what you said now; the rest is credit.")

    acts = {
        "reverse": Act(Right.MONEY_POST, lambda data: ReasonForm(data, auto_id="reverse_%s"), reverse),
        "anew": Act(
            Right.MONEY_POST,
            lambda data: ToldForm(data, bills=bills_for(row), most=row.amount, auto_id="told_%s"),
            anew,
        ),
    }
    name, form = act(request, acts)
    if form is not None:
        return _payment(request, row, name, form)
    return redirect("billing:payment", row.pk)


@require_http_methods(["GET", "POST"])
def files(request: HttpRequest) -> HttpResponse:
    """Take a file of bills in; each number once."""
    access.check(request, Right.MONEY_POST)
    form = BillsFileForm(request.POST or None, request.FILES or None)
    outcome = None
    if request.method == "POST" and form.is_valid():
        order = {"day": False, "month": True}.get(form.cleaned_data["order"])
        try:
            outcome = with_file(
                form.cleaned_data["file"],
                lambda path, name: intake.take_in(
                    path=path,
                    columns={},
                    month_first=order,
                    create_accounts=False,
                    by=access.staff(request),
                    at=clock.now(),
                    file_name=name,
                ),
            )
        except (UnreadableTable, NoColumn) as refusal:
            form.add_error("file", refusal_words(refusal))
        else:
            n = outcome.stored
            messages.success(request, ngettext("%(n)s bill taken in.", "%(n)s bills taken in.", n) % {"n": f"{n:,}"})
    batches = access.listed(request, IntakeBatch.objects.all(), Right.MONEY_POST)
    context = {
        "section": "money",
        "form": form,
        "outcome": outcome,
        "rejects": [(one.row, one.column, row_problem_words(one)) for one in outcome.problems[:200]] if outcome else [],
        "page": page_of(
            batches.filter(kind=IntakeBatch.Kind.BILLS).select_related("by").order_by("-pk"), request.GET.get("page")
        ),
    }
    return render(request, "billing/bill_files.html", context)


def with_file(upload: Any, work: Any) -> Any:
    """Do `work(path, name)` with an uploaded file on disk, which is gone afterwards."""
    with NamedTemporaryFile(prefix="kam-money-") as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        return work(Path(file.name), upload.name)
