"""What a customer sees under the link in a bill notice: every line of the bill, and a button to say that it has it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kam.accounts.access import customer_page
from kam.accounts.models import CustomerLink
from kam.billing.actions import telling
from kam.billing.queries.pages import notice_of
from kam.lib import clock


@customer_page(telling.PURPOSE)
def bill(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """Show the bill; a POST says that the customer has it."""
    notice = None if rest else notice_of(link.ref, link.account_id)
    if notice is None:
        raise Http404
    if request.method == "POST":
        telling.received(link=link, notice=notice, at=clock.now())
        return redirect(request.get_full_path())
    return render(request, "billing/customer_bill.html", {"notice": notice, "bill": notice.bill, "link": link})
