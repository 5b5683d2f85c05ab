"""One account's credit: its grade with everything behind it, and what people set beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.rules import Right
from kam.credit.actions import corrections, measures, telling
from kam.credit.forms.account import AnswerForm, FactForm, MeasureForm, OverrideForm, ReasonForm
from kam.credit.models import ConductFact, GradeContest, GradeOverride, Measure
from kam.credit.queries.account_page import credit_page
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow


@require_GET
def account_page(request: HttpRequest, account_no: str) -> HttpResponse:
    """The account's grade: every indicator with its value, points, evidence, and what would lift it."""
    account = access.fetch(
        request, Account.objects.select_related("unit", "manager"), Right.CREDIT_SEE, account_no=account_no
    )
    return _page(request, account)


def _page(request: HttpRequest, account: Account, **more: Any) -> HttpResponse:
    today = clock.today()
    page = credit_page(account, today)
    usual = {"valid_from": today, "valid_until": today + timedelta(days=90)}
    context = {
        "section": "credit",
        "account": account,
        "page": page,
        "today": today,
        "fact_form": FactForm(initial={"day": today}, auto_id="fact_%s"),
        "override_form": OverrideForm(initial=usual, grades=page.grades, auto_id="override_%s"),
        "measure_form": MeasureForm(kinds=page.allowed, auto_id="measure_%s"),
        "answer_form": AnswerForm(auto_id="answer_%s"),
    }
    return render(request, "credit/account.html", context | more)


def _account(request: HttpRequest, account_no: str, right: Right) -> Account:
    return access.fetch(request, Account.objects.select_related("unit", "manager"), right, account_no=account_no)


@require_POST
def fact_note(request: HttpRequest, account_no: str) -> HttpResponse:
    """Note conduct that no bill tells of."""
    account = _account(request, account_no, Right.CREDIT_WORK)
    form = FactForm(request.POST, auto_id="fact_%s")
    if not form.is_valid():
        return _page(request, account, fact_form=form, opened="fact")
    corrections.note_fact(account=account, by=access.staff(request), at=clock.now(), **form.cleaned_data)
    messages.success(request, _("Noted. The account is graded anew."))
    return redirect("credit:account", account.account_no)


@require_POST
def fact_mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that something was put right today."""
    fact = access.fetch(request, ConductFact.objects.select_related("account"), Right.CREDIT_WORK, pk=pk)
    try:
        corrections.mend_fact(fact=fact, day=clock.today(), by=access.staff(request), at=clock.now())
        messages.success(request, _("Put right as of today. The account is graded anew."))
    except corrections.AlreadyMended:
        messages.info(request, _("This was put right, or taken back, before."))
    return redirect("credit:account", fact.account.account_no)


@require_POST
def fact_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop counting what was noted by mistake."""
    fact = access.fetch(request, ConductFact.objects.select_related("account"), Right.CREDIT_WORK, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason why it is taken back."))
        return redirect("credit:account", fact.account.account_no)
    try:
        corrections.take_back_fact(
            fact=fact, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now()
        )
        messages.success(request, _("It no longer counts; it stays on record. The account is graded anew."))
    except corrections.AlreadyMended:
        messages.info(request, _("This was put right, or taken back, before."))
    return redirect("credit:account", fact.account.account_no)


@require_POST
def override_propose(request: HttpRequest, account_no: str) -> HttpResponse:
    """Ask for another grade for a time; a second person decides."""
    account = _account(request, account_no, Right.CREDIT_WORK)
    grades = credit_page(account, clock.today()).grades
    form = OverrideForm(request.POST, grades=grades, auto_id="override_%s")
    if form.is_valid():
        try:
            corrections.propose_override(account=account, by=access.staff(request), at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Proposed. Until a second person approves it, the computed grade holds."))
            return redirect("credit:account", account.account_no)
        except corrections.BadPeriod:
            form.add_error("valid_until", _("It begins today or later and ends within a year."))
        except corrections.AskedAlready:
            form.add_error(None, _("Another proposal waits for its decision."))
        except corrections.UnknownGrade:
            form.add_error("grade", _("The scheme in force has no such grade."))
    return _page(request, account, override_form=form, opened="override")


@require_POST
def override_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse another grade that somebody else proposed."""
    row = access.fetch(request, GradeOverride.objects.select_related("account__unit"), Right.CREDIT_APPROVE, pk=pk)
    grant = request.POST.get("grant") == "1"
    try:
        corrections.decide_override(override=row, grant=grant, by=access.staff(request), at=clock.now())
    except corrections.SamePerson:
        return _page(request, row.account, problem=_("Who proposed it does not approve it."))
    except corrections.Decided:
        return _page(request, row.account, problem=_("This was decided before."))
    messages.success(request, _("The other grade is approved.") if grant else _("The other grade is refused."))
    return redirect("credit:account", row.account.account_no)


@require_POST
def contest_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide a customer's objection."""
    row = access.fetch(request, GradeContest.objects.select_related("account__unit"), Right.CREDIT_WORK, pk=pk)
    form = AnswerForm(request.POST, auto_id="answer_%s")
    if not form.is_valid():
        return _page(request, row.account, answer_form=form)
    try:
        corrections.answer_contest(contest=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("Answered. The customer reads it under its link."))
    except corrections.Decided:
        messages.info(request, _("This was decided before."))
    return redirect("credit:account", row.account.account_no)


@require_POST
def tell(request: HttpRequest, account_no: str) -> HttpResponse:
    """Send the customer a link to its grade, where it may object."""
    account = _account(request, account_no, Right.CREDIT_WORK)
    try:
        telling.tell_grade(account=account, by=access.staff(request), at=clock.now())
        messages.success(request, _("The customer gets a link to its grade and may object there."))
    except telling.NoGrade:
        messages.error(request, _("No grade is in force yet."))
    return redirect("credit:account", account.account_no)


@require_POST
def measure_propose(request: HttpRequest, account_no: str) -> HttpResponse:
    """Propose a measure that the grade gives."""
    account = _account(request, account_no, Right.CREDIT_WORK)
    kinds = credit_page(account, clock.today()).allowed
    form = MeasureForm(request.POST, kinds=kinds, auto_id="measure_%s")
    if form.is_valid():
        try:
            measures.propose(account=account, by=access.staff(request), at=clock.now(), **form.cleaned_data)
            messages.success(request, _("Proposed. A second person puts it in force."))
            return redirect("credit:account", account.account_no)
        except measures.NotForThisGrade:
            form.add_error("kind", _("The grade does not give this measure."))
        except measures.NeedsAgreement:
            form.add_error("agreement", _("Name the contract or agreement that says so."))
        except measures.OpenAlready:
            form.add_error("kind", _("The account has this measure already, or it waits for its second person."))
    return _page(request, account, measure_form=form, opened="measure")


@require_POST
def measure_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a proposed measure in force, or refuse it."""
    row = access.fetch(request, Measure.objects.select_related("account__unit"), Right.CREDIT_APPROVE, pk=pk)
    grant = request.POST.get("grant") == "1"
    try:
        measures.decide(
            measure=row,
            grant=grant,
            reason=request.POST.get("reason", "")[:300],
            by=access.staff(request),
            at=clock.now(),
        )
    except measures.SamePerson:
        return _page(request, row.account, problem=_("Who proposed a measure does not put it in force."))
    except measures.NotForThisGrade:
        return _page(request, row.account, problem=_("The grade has changed and no longer gives this measure."))
    except (IllegalMove, StaleRow):
        return _page(request, row.account, problem=_("This was decided before."))
    messages.success(request, _("The measure is in force.") if grant else _("The measure is refused."))
    return redirect("credit:account", row.account.account_no)


@require_POST
def measure_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a measure, with the reason."""
    row = access.fetch(request, Measure.objects.select_related("account__unit"), Right.CREDIT_WORK, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row.account, problem=_("Give the reason why the measure ends."))
    try:
        measures.end(measure=row, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now())
    except (IllegalMove, StaleRow):
        return _page(request, row.account, problem=_("Only a measure in force is ended."))
    messages.success(request, _("The measure has ended."))
    return redirect("credit:account", row.account.account_no)
