"""Plans, prepaid contracts and acceptance bills: lists, pages, and each step by who may take it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.billing.actions import acceptance, agreements, prepaid
from kam.billing.forms.money import EmptyForm, LimitForm, NoteForm, ReasonForm
from kam.billing.models import PLAN_LABELS, AcceptanceBill, PaymentPlan, PrepaidContract
from kam.billing.queries.pages import steps_of
from kam.billing.queries.plans import drift, watched, watches
from kam.billing.queries.prepaid import prepaid_state
from kam.billing.views.acts import Act, act
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of

PLAN_CHOICES = [(status.value, label) for status, label in PLAN_LABELS.items()]


@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """Payment plans, the broken ones first."""
    rows = access.listed(request, PaymentPlan.objects.select_related("account"), Right.MONEY_SEE)
    order = {"BROKEN": 0, "PROPOSED": 1, "ACTIVE": 2}
    wanted = request.GET.get("status", "")
    if wanted:
        rows = rows.filter(status=wanted)
    page = page_of(rows.order_by("-pk"), request.GET.get("page"))
    found = watches(list(page.rows), clock.today()) if page.rows else {}
    lines = sorted(((plan, found[plan.pk]) for plan in page.rows), key=lambda one: order.get(one[0].status, 9))
    context = {
        "section": "money",
        "page": page,
        "lines": lines,
        "wanted": wanted,
        "statuses": PLAN_CHOICES,
    }
    return render(request, "billing/plans.html", context)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: each instalment as it stands today."""
    row = access.fetch(
        request, PaymentPlan.objects.select_related("account", "proposed_by", "decided_by"), Right.MONEY_SEE, pk=pk
    )
    return _plan(request, row)


def _plan(request: HttpRequest, row: PaymentPlan, bound: Any = None) -> HttpResponse:
    context = {
        "section": "money",
        "plan": row,
        "account": row.account,
        "watch": watched(row, clock.today()),
        "drift": drift(row),
        "steps": steps_of(row),
        "labels": dict(PLAN_CHOICES),
        "bound": bound,
    }
    return render(request, "billing/plan.html", context)


@require_POST
def plan_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a plan in force, refuse it, end it, leave it as it is."""
    row = access.fetch(request, PaymentPlan.objects.select_related("account"), Right.MONEY_SEE, pk=pk)
    by, at = access.staff(request), clock.now()

    def decide(approve: bool) -> Any:
        def run(data: dict[str, Any]) -> str:
            agreements.decide_plan(plan=row, approve=approve, note=data["note"], by=by, at=at)
            return _("The plan is in force.") if approve else _("The plan is refused.")

        return run

    def end(data: dict[str, Any]) -> str:
        agreements.end_plan(plan=row, note=data["reason"], by=by, at=at)
        return _("The plan has ended. What is open is due as its bills say.")

    def keep(data: dict[str, Any]) -> str:
        agreements.keep_plan(plan=row, note=data["reason"], by=by, at=at)
        return _("The plan stays as it is.")

    acts = {
        "approve": Act(Right.MONEY_APPROVE, NoteForm, decide(True)),
        "refuse": Act(Right.MONEY_APPROVE, NoteForm, decide(False)),
        "end": Act(Right.MONEY_POST, ReasonForm, end),
        "keep": Act(Right.MONEY_POST, ReasonForm, keep),
    }
    _name, form = act(request, acts)
    if form is not None:
        row.refresh_from_db()
        return _plan(request, row, form)
    return redirect("billing:plan", row.pk)


@require_GET
def prepaid_list(request: HttpRequest) -> HttpResponse:
    """Prepaid accounts, who runs out first on top; acceptance bills by their day."""
    contracts = access.listed(request, PrepaidContract.objects.select_related("account"), Right.MONEY_SEE)
    bills = access.listed(request, AcceptanceBill.objects.select_related("account"), Right.MONEY_SEE)
    context = {
        "section": "money",
        "contracts": contracts.exclude(status="ENDED").order_by("runs_out_on", "pk")[:200],
        "page": page_of(bills.order_by("-due_on", "-pk"), request.GET.get("page")),
    }
    return render(request, "billing/prepaid_list.html", context)


@require_GET
def prepaid_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One prepaid account: its balance now, from every reading, and every step on record."""
    row = access.fetch(request, PrepaidContract.objects.select_related("account"), Right.MONEY_SEE, pk=pk)
    return _prepaid(request, row)


def _prepaid(request: HttpRequest, row: PrepaidContract, name: str = "", bound: Any = None) -> HttpResponse:
    found = prepaid_state(row, clock.today())
    top = max((yuan for _day, yuan in found.daily), default=0)
    context = {
        "section": "money",
        "contract": row,
        "account": row.account,
        "state": found,
        "bars": [
            {"day": day, "yuan": yuan, "x": 4 + number * 17, "height": float(yuan / top * 100) if top else 0.0}
            for number, (day, yuan) in enumerate(found.daily[-35:])
        ],
        "steps": steps_of(row),
        "limit_form": bound if name == "propose" else LimitForm(auto_id="limit_%s"),
        "bound": bound,
    }
    for bar in context["bars"]:
        bar["y"] = 110 - bar["height"]
    return render(request, "billing/prepaid.html", context)


@require_POST
def prepaid_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Look anew, propose a limit, decide it, lift it, end the contract."""
    row = access.fetch(request, PrepaidContract.objects.select_related("account"), Right.MONEY_SEE, pk=pk)
    name, form = act(request, _prepaid_acts(row, access.staff(request), clock.now()))
    if form is not None:
        row.refresh_from_db()
        return _prepaid(request, row, name, form)
    return redirect("billing:prepaid", row.pk)


def _prepaid_acts(row: PrepaidContract, by: Any, at: datetime) -> dict[str, Act]:
    def look(data: dict[str, Any]) -> str:
        prepaid.look(contract=row, at=at)
        return _("The balance is worked out anew.")

    def propose(data: dict[str, Any]) -> str:
        prepaid.propose_limit(contract=row, by=by, at=at, **data)
        return _("The limit is proposed. A second person decides.")

    def decide(approve: bool) -> Any:
        def run(data: dict[str, Any]) -> str:
            prepaid.decide_limit(contract=row, approve=approve, note=data["note"], by=by, at=at)
            return _("The load is limited.") if approve else _("The load is not limited.")

        return run

    def lift(data: dict[str, Any]) -> str:
        prepaid.lift_limit(contract=row, note=data["note"], by=by, at=at)
        return _("The limit is lifted.")

    def end(data: dict[str, Any]) -> str:
        prepaid.end(contract=row, note=data["reason"], by=by, at=at)
        return _("The contract has ended.")

    post, approve = Right.MONEY_POST, Right.MONEY_APPROVE
    return {
        "look": Act(post, EmptyForm, look),
        "propose": Act(post, lambda data: LimitForm(data, auto_id="limit_%s"), propose),
        "limit": Act(approve, NoteForm, decide(True)),
        "no_limit": Act(approve, NoteForm, decide(False)),
        "lift": Act(post, NoteForm, lift),
        "end": Act(post, ReasonForm, end),
    }


@require_GET
def acceptance_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One acceptance bill and what became of it."""
    row = access.fetch(request, AcceptanceBill.objects.select_related("account", "payment"), Right.MONEY_SEE, pk=pk)
    return _acceptance(request, row)


def _acceptance(request: HttpRequest, row: AcceptanceBill, bound: Any = None) -> HttpResponse:
    context = {"section": "money", "bill": row, "account": row.account, "steps": steps_of(row), "bound": bound}
    return render(request, "billing/acceptance.html", context)


@require_POST
def acceptance_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it, give it back, note what became of it."""
    row = access.fetch(request, AcceptanceBill.objects.select_related("account", "payment"), Right.MONEY_SEE, pk=pk)
    by, at = access.staff(request), clock.now()

    def step(do: Any, said: str, *, reason: bool = False) -> Any:
        def run(data: dict[str, Any]) -> str:
            do(bill=row, by=by, at=at, **({"reason": data["reason"]} if reason else {}))
            return said

        return run

    post = Right.MONEY_POST
    acts = {
        "take": Act(post, EmptyForm, step(acceptance.take, _("Taken: it has settled what it could."))),
        "discounted": Act(post, EmptyForm, step(acceptance.note_discounted, _("Noted as discounted."))),
        "paid": Act(post, EmptyForm, step(acceptance.note_paid, _("Noted as paid."))),
        "give_back": Act(post, ReasonForm, step(acceptance.give_back, _("Given back."), reason=True)),
        "dishonour": Act(
            post,
            ReasonForm,
            step(acceptance.dishonour, _("Dishonoured: the debts it had settled are open again."), reason=True),
        ),
    }
    _name, form = act(request, acts)
    if form is not None:
        row.refresh_from_db()
        return _acceptance(request, row, form)
    return redirect("billing:acceptance", row.pk)
