"""The hotline desk: find the caller, see what is open, take the request, on one screen and by keyboard."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kam.accounts.models import Account, Contact
from kam.accounts.queries.search import search
from kam.accounts.rules.contact_text import is_phone, normal_phone
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock, encryption
from kam.outage_planning.models import OutageImpact
from kam.service_desk.actions import requests
from kam.service_desk.forms.requests import TakeForm
from kam.service_desk.models import CannedText, Request
from kam.service_desk.queries import doubles
from kam.service_desk.queries.people import people_for
from kam.service_desk.rules.lifecycle import Source

WITH = ("unit", "manager", "representative")


@sensitive_post_parameters("q", "phone")
@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """One screen: search, the caller's account with what is open and out, the form of the request.

    What is searched for is posted: a caller's number must stand in no address and no log.
    """
    access.check(request, Right.REQUESTS_WORK)
    given = request.POST if request.method == "POST" else request.GET
    text = request.POST.get("q", "").strip()[:60]
    context: dict[str, Any] = {"section": "requests", "q": text, "now": clock.now()}
    account_no = given.get("account", "")
    if account_no:
        account = access.fetch(
            request, Account.objects.select_related(*WITH), Right.REQUESTS_WORK, account_no=account_no
        )
        return _with_account(request, account, context)
    if text:
        context |= {"hits": search(access.staff(request), text), "earlier": _earlier(request, text)}
    return render(request, "service_desk/desk.html", context)


def _earlier(request: HttpRequest, text: str) -> list[Request]:
    """Requests that came from this number, by whoever called."""
    phone = normal_phone(text)
    if not is_phone(phone):
        return []
    rows = access.listed(request, Request.objects.select_related("account"), Right.REQUESTS_SEE)
    return list(rows.filter(phone_index=encryption.blind_index(phone)).order_by("-received_at")[:5])


def _with_account(request: HttpRequest, account: Account, context: dict[str, Any]) -> HttpResponse:
    now, user = clock.now(), access.staff(request)
    contacts = access.listed(request, Contact.objects.all(), Right.REQUESTS_WORK).filter(account=account, active=True)
    visible = access.listed(request, Request.objects.all(), Right.REQUESTS_SEE)
    phone = normal_phone(context["q"])
    known = contacts.filter(phone_index=encryption.blind_index(phone)).first() if is_phone(phone) else None
    initial = {
        "contact": known.pk if known else None,
        "phone": "" if known or not is_phone(phone) else phone,
        "site": account.address,
        "place": "TOWN",
        "kind": "QUESTION",
    }
    saving = request.method == "POST" and "save" in request.POST
    form = TakeForm(
        request.POST if saving else None,
        initial=initial,
        contacts=contacts.order_by("role", "name"),
        people=people_for(account),
    )
    open_ones = doubles.open_of(visible, account)
    if saving and form.is_valid():
        fields = form.cleaned_data
        likely = doubles.likely(open_ones, kind=fields["kind"], at=now)
        if likely and not request.POST.get("new"):
            context |= {"likely": likely}
        else:
            row = requests.take(
                account=account,
                source=_source(request),
                by=user,
                at=now,
                latitude=None,
                longitude=None,
                **fields,
            )
            messages.success(request, _("%(number)s is taken. You stay answerable for it.") % {"number": row.number})
            return redirect("desk:request", row.pk)
    impacts = access.listed(request, OutageImpact.objects.select_related("outage"), Right.OUTAGES_SEE)
    canned = access.listed(request, CannedText.objects.all(), Right.REQUESTS_WORK).filter(active=True)
    context |= {
        "account": account,
        "form": form,
        "open_ones": open_ones,
        "outages": impacts.filter(
            account=account, outage__status__in=["ANNOUNCED", "UNDER_WAY", "AGREED", "CONSULTING"]
        ).order_by("outage__starts_at")[:5],
        "canned": canned.order_by("kind", "title")[:50],
        "source": _source(request),
    }
    return render(request, "service_desk/desk.html", context)


def _source(request: HttpRequest) -> str:
    """Return by which way the person at the desk hears it: the telephone, unless they say otherwise."""
    asked = request.POST.get("source", request.GET.get("source", ""))
    return Source.STAFF.value if asked == Source.STAFF.value else Source.HOTLINE.value
