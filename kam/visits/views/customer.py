"""The customer's page: the time of a visit suits, or another one would be better."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kam.accounts.access import customer_page
from kam.accounts.models import CustomerLink
from kam.lib import clock, ics
from kam.visits.actions import answers
from kam.visits.actions.base import NotOpen
from kam.visits.actions.telling import LINK
from kam.visits.forms.plan import ProposalForm
from kam.visits.models import Visit
from kam.visits.queries.feeds import event_for_customer
from kam.visits.queries.of_link import visit_of
from kam.visits.rules.lifecycle import OPEN


@customer_page(LINK)
def time_of_visit(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """Show when who comes; take the answer."""
    visit = visit_of(link)
    if visit is None:
        raise Http404
    if rest == "calendar.ics" and request.method in ("GET", "HEAD"):
        return _calendar(visit)
    if rest:
        raise Http404
    is_open = visit.status in OPEN and visit.ends_at > clock.now()
    form = ProposalForm(initial={"starts_at": visit.starts_at})
    if request.method == "POST" and is_open:
        try:
            if request.POST.get("answer") == "suits":
                visit = answers.suits(visit=visit, link=link, at=clock.now())
                return _page(request, visit, form, done="suits")
            form = ProposalForm(request.POST)
            if form.is_valid() and form.cleaned_data["starts_at"] <= clock.now():
                form.add_error("starts_at", _("This time is over. Choose one to come."))
            if form.is_valid():
                given = form.cleaned_data
                visit = answers.propose(
                    visit=visit, link=link, starts_at=given["starts_at"], note=given["note"], at=clock.now()
                )
                return _page(request, visit, form, done="proposed")
        except NotOpen:
            is_open = False
    return _page(request, visit, form, is_open=is_open)


def _page(
    request: HttpRequest, visit: Visit, form: ProposalForm, *, done: str = "", is_open: bool = True
) -> HttpResponse:
    context = {"visit": visit, "form": form, "done": done, "is_open": is_open}
    return render(request, "visits/customer.html", context)


def _calendar(visit: Visit) -> HttpResponse:
    domain = urlsplit(settings.PUBLIC_URL).hostname or "kam"
    event = event_for_customer(visit)
    data = ics.write([event], name=event.title, zone=settings.TIME_ZONE, site=settings.PUBLIC_URL, domain=domain)
    answer = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return answer
