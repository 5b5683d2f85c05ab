"""A customer's production plan and when an outage hurts it most and least (ACC-6)."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.actions import production
from kam.accounts.forms.production import PlanForm, PreferenceForm
from kam.accounts.models import Account, OutagePreference, ProductionPlan
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock


@require_GET
def page(request: HttpRequest, account_no: str) -> HttpResponse:
    """Both lists of one account."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_SEE, account_no=account_no)
    preferences = access.listed(request, OutagePreference.objects.all(), Right.ACCOUNTS_SEE).filter(account=account)
    plans = access.listed(request, ProductionPlan.objects.all(), Right.ACCOUNTS_SEE).filter(account=account)
    context = {
        "section": "accounts",
        "account": account,
        "preferences": preferences.order_by("level", "days_from", "from_minute", "id"),
        "plans": plans.order_by("days_from", "id"),
    }
    return render(request, "accounts/production.html", context)


@require_http_methods(["GET", "POST"])
def preference_create(request: HttpRequest, account_no: str) -> HttpResponse:
    """Note when an outage hurts."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_EDIT, account_no=account_no)
    return _preference(request, account, None)


@require_http_methods(["GET", "POST"])
def preference_edit(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Change when an outage hurts."""
    row = access.fetch(
        request,
        OutagePreference.objects.select_related("account"),
        Right.ACCOUNTS_EDIT,
        pk=pk,
        account__account_no=account_no,
    )
    return _preference(request, row.account, row)


@require_POST
def preference_drop(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Take a preference away."""
    rows = OutagePreference.objects.select_related("account")
    row = access.fetch(request, rows, Right.ACCOUNTS_EDIT, pk=pk, account__account_no=account_no)
    production.drop(row=row, by=access.staff(request), at=clock.now())
    messages.success(request, _("The hours are taken off the list."))
    return redirect("accounts:production", account_no)


@require_http_methods(["GET", "POST"])
def plan_create(request: HttpRequest, account_no: str) -> HttpResponse:
    """Note a production plan."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_EDIT, account_no=account_no)
    return _plan(request, account, None)


@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Change a production plan."""
    row = access.fetch(
        request,
        ProductionPlan.objects.select_related("account"),
        Right.ACCOUNTS_EDIT,
        pk=pk,
        account__account_no=account_no,
    )
    return _plan(request, row.account, row)


@require_POST
def plan_drop(request: HttpRequest, account_no: str, pk: int) -> HttpResponse:
    """Take a production plan away."""
    rows = ProductionPlan.objects.select_related("account")
    row = access.fetch(request, rows, Right.ACCOUNTS_EDIT, pk=pk, account__account_no=account_no)
    production.drop(row=row, by=access.staff(request), at=clock.now())
    messages.success(request, _("The plan is taken off the list."))
    return redirect("accounts:production", account_no)


def _preference(request: HttpRequest, account: Account, row: OutagePreference | None) -> HttpResponse:
    initial: dict[str, Any] = {}
    if row is not None:
        initial = {name: getattr(row, name) for name in production.PREFERENCE_FIELDS}
        initial["from_time"] = time(row.from_minute // 60, row.from_minute % 60)
        initial["until_time"] = time(row.until_minute // 60 % 24, row.until_minute % 60)
    form = PreferenceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in production.PREFERENCE_FIELDS}
        production.save_preference(
            account=account, preference=row, fields=fields, by=access.staff(request), at=clock.now()
        )
        messages.success(request, _("The hours are noted; outages planned from now on are weighed by them."))
        return redirect("accounts:production", account.account_no)
    return _answer(request, account, form, _("When an outage hurts"))


def _plan(request: HttpRequest, account: Account, row: ProductionPlan | None) -> HttpResponse:
    initial = {name: getattr(row, name) for name in production.PLAN_FIELDS} if row is not None else {}
    form = PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in production.PLAN_FIELDS}
        production.save_plan(account=account, plan=row, fields=fields, by=access.staff(request), at=clock.now())
        messages.success(request, _("The plan is noted."))
        return redirect("accounts:production", account.account_no)
    return _answer(request, account, form, _("Production plan"))


def _answer(request: HttpRequest, account: Account, form: Any, noun: str) -> HttpResponse:
    context = {"section": "accounts", "account": account, "form": form, "noun": noun}
    return render(request, "accounts/production_form.html", context)
