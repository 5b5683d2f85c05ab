"""The file of an account's equipment, one piece with its tests, and what is due everywhere in reach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.rules import Right
from kam.equipment import actions
from kam.equipment.forms import EquipmentForm, RemoveForm, TestForm
from kam.equipment.models import Equipment, EquipmentTest
from kam.lib import clock
from kam.lib.pages import page_of

AHEAD = timedelta(days=60)


@require_GET
def of_account(request: HttpRequest, account_no: str) -> HttpResponse:
    """The equipment of one account, what is due first."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_SEE, account_no=account_no)
    rows = access.listed(request, Equipment.objects.all(), Right.ACCOUNTS_SEE).filter(account=account)
    context = {
        "section": "accounts",
        "account": account,
        "rows": rows.filter(removed_on=None).order_by("due_on", "kind", "pk")[:200],
        "removed": rows.exclude(removed_on=None).order_by("-removed_on", "pk")[:50],
        "today": clock.today(),
    }
    return render(request, "equipment/of_account.html", context)


@require_GET
def due(request: HttpRequest) -> HttpResponse:
    """What is overdue or due within sixty days, the longest due first."""
    today = clock.today()
    rows: Any = access.listed(request, Equipment.objects.select_related("account"), Right.ACCOUNTS_SEE)
    page = page_of(rows.due_before(today + AHEAD), request.GET.get("page"))
    return render(request, "equipment/due.html", {"section": "visits", "page": page, "today": today})


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, account_no: str) -> HttpResponse:
    """Note a piece of equipment."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_EDIT, account_no=account_no)
    form = EquipmentForm(request.POST or None, today=clock.today())
    if request.method == "POST" and form.is_valid():
        row = actions.add(account=account, fields=form.cleaned_data, by=access.staff(request), at=clock.now())
        messages.success(request, _("%(name)s is noted.") % {"name": row.name})
        return redirect("equipment:of_account", account_no)
    return render(
        request, "equipment/form.html", {"section": "accounts", "account": account, "form": form, "row": None}
    )


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One piece of equipment with its tests."""
    row = access.fetch(request, Equipment.objects.select_related("account"), Right.ACCOUNTS_SEE, pk=pk)
    return _page(request, row)


def _page(request: HttpRequest, row: Equipment, **forms: Any) -> HttpResponse:
    today = clock.today()
    tests = access.listed(request, EquipmentTest.objects.all(), Right.ACCOUNTS_SEE).filter(equipment=row)
    context = {
        "section": "accounts",
        "row": row,
        "tests": tests.select_related("by").order_by("-day", "-pk")[:50],
        "today": today,
        "test_form": TestForm(auto_id="test_%s", initial={"day": today}),
        "remove_form": RemoveForm(auto_id="remove_%s", initial={"day": today}),
        **forms,
    }
    return render(request, "equipment/page.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is noted of a piece of equipment."""
    row = _own(request, pk)
    initial = {name: getattr(row, name) for name in actions.FIELDS}
    form = EquipmentForm(request.POST or None, initial=initial, today=clock.today())
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            actions.edit(
                equipment=row,
                version=int(version) if version.isdecimal() and len(version) < 10 else 0,
                fields=form.cleaned_data,
                by=access.staff(request),
                at=clock.now(),
            )
        except actions.ChangedMeanwhile:
            form.add_error(None, _("Somebody changed it meanwhile. Look at what is there now, then save again."))
        except actions.OutOfUse:
            form.add_error(None, _("It is out of use."))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
            return redirect("equipment:page", pk)
    context = {"section": "accounts", "account": row.account, "form": form, "row": row}
    return render(request, "equipment/form.html", context)


@require_POST
def tested(request: HttpRequest, pk: int) -> HttpResponse:
    """Note a test that was made."""
    row, form = _own(request, pk), TestForm(request.POST, auto_id="test_%s")
    if form.is_valid():
        try:
            actions.note_test(equipment=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except actions.NotYet:
            form.add_error("day", _("This day is still to come."))
        except actions.OutOfUse:
            form.add_error(None, _("It is out of use."))
        else:
            row.refresh_from_db()
            messages.success(request, _("The test is noted; the next is due by %(day)s.") % {"day": row.due_on or "–"})
            return redirect("equipment:page", pk)
    return _page(request, row, test_form=form)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it out of use."""
    row, form = _own(request, pk), RemoveForm(request.POST, auto_id="remove_%s")
    if form.is_valid():
        try:
            actions.remove(equipment=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except actions.NotYet:
            form.add_error("day", _("This day is still to come."))
        except actions.OutOfUse:
            form.add_error(None, _("It is out of use."))
        else:
            messages.success(request, _("%(name)s is out of use; its tests stay known.") % {"name": row.name})
            return redirect("equipment:of_account", row.account.account_no)
    return _page(request, row, remove_form=form)


def _own(request: HttpRequest, pk: int) -> Equipment:
    row: Equipment = access.fetch(request, Equipment.objects.select_related("account"), Right.ACCOUNTS_EDIT, pk=pk)
    return row
