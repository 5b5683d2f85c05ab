"""The supply outlook: what was told, to whom, who has read it; and the customer's page of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.access import customer_page
from kam.accounts.models import Account, CustomerLink
from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.network.models import Line
from kam.outage_planning.actions import outlooks, rounds
from kam.outage_planning.actions.load_control import NobodyChosen
from kam.outage_planning.forms.sudden import OutlookForm
from kam.outage_planning.models import Outlook, OutlookReader
from kam.outage_planning.queries import outlooks as queries
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.words import days_words


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Outlooks, the latest first, with how many have read each."""
    rows = access.listed(request, Outlook.objects.select_related("unit", "by"), Right.OUTAGES_SEE)
    context = {
        "section": "outages",
        "page": page_of(queries.with_counts(rows).order_by("-at", "-pk"), request.GET.get("page")),
    }
    return render(request, "outage_planning/outlooks.html", context)


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Write an outlook and tell it to the chosen accounts."""
    today = clock.today()
    form = OutlookForm(
        request.POST or None,
        initial={"unit": access.staff(request).unit_id, "days_from": today},
        lines=access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN).order_by("code"),
        units=access.listed(request, Unit.objects.all(), Right.OUTAGES_PLAN).order_by("path"),
    )
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = dict(form.cleaned_data)
        scope = {
            "lines": [line.pk for line in given.pop("lines")],
            "least_kva": given.pop("least_kva"),
            "continuous": given.pop("continuous"),
        }
        try:
            outlook = outlooks.tell(scope=scope, by=access.staff(request), at=clock.now(), **given)
        except NobodyChosen:
            form.add_error(None, _("No key account is in this choice."))
        else:
            total = outlook.readers.count()
            text = ngettext("%(n)s key account is told.", "%(n)s key accounts are told.", total)
            messages.success(request, text % {"n": total})
            return redirect("outages:outlook", outlook.pk)
    return render(request, "outage_planning/outlook_form.html", {"section": "outages", "form": form})


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One outlook, who has read it and who has not."""
    outlook = access.fetch(request, Outlook.objects.select_related("unit", "by"), Right.OUTAGES_SEE, pk=pk)
    readers = access.listed(request, OutlookReader.objects.all(), Right.OUTAGES_SEE).filter(outlook=outlook)
    accounts = access.listed(request, Account.objects.all(), Right.OUTAGES_SEE)
    context = {
        "section": "outages",
        "outlook": outlook,
        "found": queries.reading(readers),
        "telling": telling.progress_of(telling.round_of_outlook(outlook), accounts),
        "again": reverse("outages:outlook_again", args=[outlook.pk]),
    }
    return render(request, "outage_planning/outlook.html", context)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try those again that could not be told."""
    outlook = access.fetch(request, Outlook.objects.all(), Right.OUTAGES_PLAN, pk=pk)
    row = telling.round_of_outlook(outlook)
    if row is None or not rounds.again(row=row, by=access.staff(request), at=clock.now()):
        messages.info(request, _("Nothing waits to be tried again."))
    return redirect("outages:outlook", pk)


@customer_page(outlooks.READ)
def customer(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """The outlook as the customer reads it; reading is said with a button."""
    if rest:
        raise Http404
    reader = _reader(link)
    if request.method == "POST":
        reader = outlooks.read(reader=reader, link=link, by=None, at=clock.now())
    outlook = reader.outlook
    context = {
        "outlook": outlook,
        "reader": reader,
        "customer": link.account.name,
        "period": days_words(outlook.days_from, outlook.days_until, link.language),
    }
    return render(request, "outage_planning/customer_outlook.html", context)


def _reader(link: CustomerLink) -> OutlookReader:
    reader = queries.reader_of(link.ref, link.account_id)
    if reader is None:
        raise Http404
    return reader
