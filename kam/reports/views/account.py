"""The account's page (360°) and its whole timeline."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.accounts.models import Account, TimelineEntry
from kam.core import access
from kam.core.rules import Right
from kam.credit.queries.account_page import credit_block, with_credit
from kam.equipment.queries import with_equipment
from kam.lib import clock
from kam.lib.pages import page_of
from kam.reports.queries.account_page import account_page, names_in

WITH = ("unit", "manager", "representative", "group")


@require_GET
def page(request: HttpRequest, account_no: str) -> HttpResponse:
    """Everything about one account that the reader may see."""
    accounts = with_credit(with_equipment(Account.objects.select_related(*WITH)), clock.today())
    account = access.fetch(request, accounts, Right.ACCOUNTS_SEE, account_no=account_no)
    context = {
        "section": "accounts",
        "account": account,
        "today": clock.today(),
        "page": account_page(account, user=access.staff(request), today=clock.today()),
        "credit": credit_block(account, clock.today()) if access.staff(request).may(Right.CREDIT_SEE) else None,
    }
    return render(request, "reports/account.html", context)


@require_GET
def timeline(request: HttpRequest, account_no: str) -> HttpResponse:
    """All that happened to the account, newest first."""
    account = access.fetch(request, Account.objects.all(), Right.ACCOUNTS_SEE, account_no=account_no)
    entries = access.listed(request, TimelineEntry.objects.all(), Right.ACCOUNTS_SEE).filter(account=account)
    page_now = page_of(entries.select_related("by").order_by("-at", "-pk"), request.GET.get("page"))
    context = {"section": "accounts", "account": account, "page": page_now, "names": names_in(page_now.rows)}
    return render(request, "reports/account_timeline.html", context)
