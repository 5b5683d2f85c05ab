"""What a request is about: chosen among the outages, bills, meters and visits of its account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.service_desk.actions import linking
from kam.service_desk.forms.requests import AboutForm, FindForm, TextForm
from kam.service_desk.models import Request, RequestRef
from kam.service_desk.queries.linking import thing_at, things
from kam.service_desk.views.requests import attempt, work_on, wrong


@require_http_methods(["GET", "POST"])
def about(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what a request is about."""
    row = work_on(request, pk)
    if request.method != "POST":
        return _choose(request, row)
    form, by = AboutForm(request.POST), access.staff(request)
    thing = thing_at(by, row.account, form.cleaned_data["ref"]) if form.is_valid() else None
    if thing is None:
        if not form.errors:
            form.add_error("ref", _("This account has no such outage, bill, meter or visit."))
        return _choose(request, row, form)
    facts: dict[str, Any] = {"request": row, "ref": thing.ref, "text": thing.text, "by": by, "at": clock.now()}
    said = _("%(number)s is linked to %(thing)s.") % {"number": row.number, "thing": thing.text}
    return attempt(request, row, lambda: linking.link(**facts), said)


def _choose(request: HttpRequest, row: Request, form: AboutForm | None = None) -> HttpResponse:
    find = FindForm(request.GET)
    text = find.cleaned_data["q"].strip() if find.is_valid() else ""
    refs = access.listed(request, RequestRef.objects.all(), Right.REQUESTS_WORK).filter(request=row, ended_at=None)
    known = refs.values_list("ref", flat=True)
    context = {
        "section": "requests",
        "row": row,
        "groups": things(access.staff(request), row.account, text, known),
        "q": text,
        "form": form,
    }
    return render(request, "service_desk/about.html", context)


@require_POST
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a link off, with the reason."""
    link = access.fetch(request, RequestRef.objects.select_related("request"), Right.REQUESTS_WORK, pk=pk)
    row, form = work_on(request, link.request_id), TextForm(request.POST, auto_id="unlink_%s")
    if not form.is_valid():
        return wrong(request, row, "unlink_form", form)
    facts: dict[str, Any] = {
        "link": link,
        "reason": form.cleaned_data["text"],
        "by": access.staff(request),
        "at": clock.now(),
    }
    return attempt(request, row, lambda: linking.unlink(**facts), _("The link is off; that it was there stays known."))
