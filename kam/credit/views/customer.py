"""The customer's page of its grade: what it is made of, and an objection that a person answers."""

from __future__ import annotations

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kam.accounts.access import customer_page
from kam.accounts.models import CustomerLink
from kam.credit.actions import corrections
from kam.credit.actions.telling import PURPOSE
from kam.credit.forms.account import ContestForm
from kam.credit.queries.of_customer import grade_of_link
from kam.lib import clock


@customer_page(PURPOSE)
def grade(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """Show the grade with every indicator; POST takes an objection."""
    page = grade_of_link(link)
    if page is None or rest:
        raise Http404
    form = ContestForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and page.contest is None:
        with suppress(corrections.AskedAlready):  # sent twice: the page shows what was said
            corrections.contest_by_link(link=link, grade=page.grade, at=clock.now(), **form.cleaned_data)
        return redirect(request.path)
    return render(request, "credit/customer.html", {"page": page, "form": form, "account": link.account})
