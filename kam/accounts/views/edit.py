"""Make an account, edit one; two editors see what each of them wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kam.accounts.actions import profile
from kam.accounts.forms.account import AccountForm, NewAccountForm
from kam.accounts.models import Account, AccountGroup
from kam.accounts.views.staff import staff_choices
from kam.core import access
from kam.core.models import Unit, User
from kam.core.rules import Reach, Right
from kam.lib import clock
from kam.lib.typed import whole


def _choices(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return the stations the user reaches; groups belong to the company."""
    return {
        "units": Unit.objects.visible_to(user).order_by("path"),
        "groups": AccountGroup.objects.visible_to(user).order_by("name"),
    }


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make an account by hand; a manager who may not assign holds what it makes."""
    access.check(request, Right.ACCOUNTS_EDIT)
    user = access.staff(request)
    usual = {"unit": user.unit_id, "status": "CONFIRMED", "manager": user.pk if user.reach == Reach.OWN else None}
    form = NewAccountForm(request.POST or None, initial=usual, staff=staff_choices(user), **_choices(request, user))
    if not user.may(Right.ACCOUNTS_ASSIGN):
        del form.fields["manager"], form.fields["representative"]
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in profile.FIELDS}
        try:
            account = profile.create(
                account_no=form.cleaned_data["account_no"],
                fields=fields,
                manager=form.cleaned_data.get("manager") or (user if user.reach == Reach.OWN else None),
                representative=form.cleaned_data.get("representative"),
                by=user,
                at=clock.now(),
            )
        except profile.AccountNumberTaken:
            form.add_error("account_no", _("Another account has this number."))
        else:
            messages.success(request, _("%(name)s is now a key account.") % {"name": account.name})
            return redirect("reports:account", account.account_no)
    return render(request, "accounts/edit.html", {"section": "accounts", "form": form, "account": None})


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, account_no: str) -> HttpResponse:
    """Edit an account; where somebody saved meanwhile, both values stand side by side and the person chooses."""
    account = access.fetch(
        request, Account.objects.select_related("unit", "group"), Right.ACCOUNTS_EDIT, account_no=account_no
    )
    user = access.staff(request)
    initial = {name: getattr(account, name) for name in profile.FIELDS}
    choices = _choices(request, user)
    if request.method != "POST":
        return _answer(request, AccountForm(initial=initial, **choices), account, account.version, seen_of(account))
    posted = _with_choices(request, initial)
    form = AccountForm(posted, initial=initial, **choices)
    version = whole(posted.get("version")) or 0
    if not form.is_valid():
        return _answer(request, form, account, version, str(posted.get("seen", "")))
    fields = {name: form.cleaned_data[name] for name in profile.FIELDS}
    try:
        account = profile.edit(account_id=account.pk, version=version, fields=fields, by=user, at=clock.now())
    except profile.ChangedMeanwhile as conflict:
        now = conflict.now
        found = differences(form, now, str(posted.get("seen", "")))
        return _answer(request, form, now, now.version, seen_of(now), found)
    messages.success(request, _("%(name)s is saved.") % {"name": account.name})
    return redirect("reports:account", account.account_no)


def _with_choices(request: HttpRequest, now: dict[str, Any]) -> Any:
    """Return what was posted, with the stored value wherever the person chose the other editor's."""
    posted = request.POST.copy()
    for name in profile.FIELDS:
        if posted.get(f"keep_{name}") == "theirs":
            value = now[name]
            if isinstance(value, bool):
                posted.pop(name, None)
                if value:
                    posted[name] = "on"
            else:
                posted[name] = str(value.pk if isinstance(value, Model) else "" if value is None else value)
    return posted


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(profile.plain(value)).encode()).hexdigest()[:12]


def seen_of(account: Account) -> str:
    """Return what a person who opens the form sees, as digests that the form carries along."""
    return json.dumps({name: _digest(getattr(account, name)) for name in profile.FIELDS})


def differences(form: AccountForm, now: Account, seen: str) -> list[dict[str, Any]]:
    """Return each field that differs between what is stored now and what this person's form holds, both in words.

    What the person left as it was when the form was opened is `untouched`: there the other editor's value is right
    unless the person says otherwise.
    """
    try:
        opened = json.loads(seen)
    except (ValueError, RecursionError):
        opened = None
    opened = opened if isinstance(opened, Mapping) else {}
    found = []
    for name in profile.FIELDS:
        theirs, mine = getattr(now, name), form.cleaned_data[name]
        if profile.plain(theirs) != profile.plain(mine):
            found.append(
                {
                    "name": name,
                    "label": form.fields[name].label,
                    "theirs": _in_words(form, name, theirs),
                    "mine": _in_words(form, name, mine),
                    "untouched": opened.get(name) == _digest(mine),
                }
            )
    return found


def _in_words(form: AccountForm, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices = getattr(form.fields[name], "choices", None)
    if choices is not None and not isinstance(value, Model):
        return str(dict(choices).get(value, value) or "–")
    return str(value) if value not in (None, "") else "–"


def _answer(
    request: HttpRequest,
    form: AccountForm,
    account: Account,
    version: int,
    seen: str,
    conflicts: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    context = {"section": "accounts", "form": form, "account": account, "version": version, "seen": seen}
    context["conflicts"] = conflicts
    return render(request, "accounts/edit.html", context)
