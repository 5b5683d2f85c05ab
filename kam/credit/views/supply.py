"""Cases on the supply: opened from the account's credit page, taken on step by step on a page of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.models import Account
from kam.billing.models import Bill
from kam.core import access
from kam.core.rules import Right
from kam.credit.actions import supply
from kam.credit.actions.supply_words import calls_of
from kam.credit.forms.account import NoticeForm, WordForm
from kam.credit.models import CreditMove, SupplyCase, SupplyLetter
from kam.credit.queries.letter import letter_pdf
from kam.credit.queries.supply import first_hour, next_steps, periods
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.supply import BEFORE_CUT, Step
from kam.credit.templatetags.credit import guard_words
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.pdf import RenderFailed


@require_POST
def open_case(request: HttpRequest, account_no: str) -> HttpResponse:
    """Begin a case for what the account owes."""
    account = access.fetch(request, Account.objects.all(), Right.CREDIT_WORK, account_no=account_no)
    kind = MeasureKind.LIMIT if request.POST.get("kind") == MeasureKind.LIMIT else MeasureKind.DISCONNECT
    try:
        case = supply.open_case(account=account, kind=kind, by=access.staff(request), at=clock.now())
    except supply.NothingOwed:
        messages.error(request, _("Nothing is overdue that may be asked for."))
        return redirect("credit:account", account.account_no)
    except supply.OpenAlready:
        messages.info(request, _("The account has a case on its supply already."))
        return redirect("credit:account", account.account_no)
    messages.success(request, _("The case is opened. Nothing has been told to the customer yet."))
    return redirect("credit:case", case.pk)


@require_GET
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: where it stands, what comes next and what stands against it, every step so far."""
    case = access.fetch(request, SupplyCase.objects.select_related(*WITH), Right.CREDIT_SEE, pk=pk)
    return _page(request, case)


WITH = ("account__unit", "opened_by", "submitted_by", "approved_by")


def _page(request: HttpRequest, case: SupplyCase, **more: Any) -> HttpResponse:
    now = clock.now()
    moves = access.listed(request, CreditMove.objects.all(), Right.CREDIT_SEE)
    bills = access.listed(request, Bill.objects.owed(), Right.CREDIT_SEE).filter(
        account=case.account_id, due_on__lt=clock.today()
    )
    rules = periods(clock.day_of(now))
    letters = access.listed(request, SupplyLetter.objects.all(), Right.CREDIT_SEE)
    context = {
        "section": "credit",
        "case": case,
        "account": case.account,
        "steps": next_steps(case, now, access.staff(request)),
        "path": _path(case),
        "moves": moves.filter(subject=f"credit.SupplyCase:{case.pk}").select_related("by").order_by("pk"),
        "bills": bills.defer("lines").order_by("due_on", "pk")[:20],
        "rules": rules,
        "call": next(iter(calls_of(case)), None),
        "letter": letters.filter(case=case, notice=case.notices).select_related("message").first(),
        "may_stop": case.status in BEFORE_CUT,
        "notice_form": NoticeForm(initial={"cut_at": first_hour(now, rules)}, auto_id="notice_%s"),
        "now": now,
    }
    return render(request, "credit/case.html", context | more)


def _path(case: SupplyCase) -> list[tuple[str, bool, bool]]:
    """Return the whole way as (step, passed, here)."""
    way = [Step.OPENED, Step.DEMANDED, Step.SUBMITTED, Step.APPROVED, Step.NOTICED]
    way += [Step.REPORTED] if case.important else []
    way += [Step.WARNED, Step.CUT, Step.CLEARED, Step.RECONNECTED]
    if case.status in (Step.STOPPED, Step.REFUSED):
        return [(step.value, False, False) for step in way[:1]] + [(case.status, True, True)]
    here = way.index(Step(case.status)) if Step(case.status) in way else 0
    return [(step.value, place < here, place == here) for place, step in enumerate(way)]


@require_POST
def step(request: HttpRequest, pk: int, to: str) -> HttpResponse:
    """Take the case one step on; the guards are asked again at this moment."""
    rights = {"approve": Right.CREDIT_APPROVE, "refuse": Right.CREDIT_APPROVE, "clear": Right.CREDIT_APPROVE}
    case = access.fetch(request, SupplyCase.objects.select_related(*WITH), rights.get(to, Right.CREDIT_WORK), pk=pk)
    if to == "notice":
        form = NoticeForm(request.POST, auto_id="notice_%s")
        if not form.is_valid():
            return _page(request, case, notice_form=form, problem=_("Name the time at which supply is to be cut."))
        return _take(request, case, supply.give_notice, cut_at=form.cleaned_data["cut_at"])
    if to in PLAIN:
        return _take(request, case, PLAIN[to])
    if to not in WORDED:
        return _page(request, case, problem=_("There is no such step."))
    word_form = WordForm(request.POST)
    if not word_form.is_valid():
        return _page(request, case, problem=_("Fill the line beside the button: who was told, which receipt, or why."))
    call, name, extra = WORDED[to]
    return _take(request, case, call, **{name: word_form.cleaned_data["word"]}, **extra)


PLAIN: dict[str, Callable[..., Any]] = {
    "demand": supply.demand,
    "demanded": supply.demanded,
    "call": supply.call,
    "cut": supply.cut,
    "reconnect": supply.reconnect,
}
WORDED: dict[str, tuple[Callable[..., Any], str, dict[str, Any]]] = {
    "submit": (supply.submit, "reason", {}),
    "approve": (supply.approve, "reason", {"grant": True}),
    "refuse": (supply.approve, "reason", {"grant": False}),
    "report": (supply.report, "receipt", {}),
    "clear": (supply.clear, "how", {}),
    "renew": (supply.renew, "reason", {}),
    "stop": (supply.stop, "reason", {}),
}


def _take(request: HttpRequest, case: SupplyCase, call: Callable[..., Any], **facts: Any) -> HttpResponse:
    try:
        call(case=case, by=access.staff(request), at=clock.now(), **facts)
    except supply.GuardsRefuse as refused:
        return _page(request, case, problem=" ".join(guard_words(one.value) for one in refused.guards))
    except supply.NothingOwed:
        return _page(request, case, problem=_("Nothing is overdue that may be asked for."))
    except supply.LevelMissing:
        return _page(request, case, problem=_("Only who may approve orders a reconnection without payment."))
    except supply.ReasonMissing:
        return _page(request, case, problem=_("Say why."))
    except (IllegalMove, StaleRow):
        return _page(request, case, problem=_("The case does not stand where this step begins. Look at it again."))
    messages.success(request, DONE[call]())
    return redirect("credit:case", case.pk)


DONE: dict[Callable[..., Any], Callable[[], str]] = {
    supply.demand: lambda: _("A demand for payment is owed to the customer; its proof takes the case on."),
    supply.demanded: lambda: _("The demand is on record."),
    supply.submit: lambda: _("Submitted. The head of the unit decides."),
    supply.approve: lambda: _("Decided."),
    supply.give_notice: lambda: _("The notice is on its way; it must be proven seven days before the time."),
    supply.report: lambda: _("The administration has its copy."),
    supply.call: lambda: _("The call is on the call list. Who is reached there takes the step."),
    supply.cut: lambda: _("Noted: the supply is cut."),
    supply.clear: lambda: _("The clock to reconnect runs: 24 hours."),
    supply.reconnect: lambda: _("Noted: the supply is back. The customer is told."),
    supply.renew: lambda: _("The notice is taken back; give another with its own days."),
    supply.stop: lambda: _("The case is stopped."),
}


@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The numbered copy of a notice for the administration, as PDF to print, seal and have signed for."""
    row = access.fetch(
        request, SupplyLetter.objects.select_related("message", "case__account"), Right.CREDIT_SEE, pk=pk
    )
    try:
        content = letter_pdf(row)
    except RenderFailed:
        messages.error(request, _("The PDF could not be made. Try again."))
        return redirect("credit:case", row.case_id)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="letter-{row.year}-{row.sequence}.pdf"'
    return response
