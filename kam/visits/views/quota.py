"""How the quotas stand: made, planned, owed, the pace, who will miss it; accounts nobody has seen."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.accounts.models import Account
from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.typed import whole
from kam.visits.queries import company
from kam.visits.queries.quota import accounts as account_standings
from kam.visits.rules.quota import quarter_of, year_of

MOST = 60
MOST_ACCOUNTS = 200


@require_GET
def quota(request: HttpRequest) -> HttpResponse:
    """Quotas of everybody in reach, as of a day; `all=1` lists every manager."""
    access.check(request, Right.VISITS_SEE)
    user, today = access.staff(request), clock.today()
    at = _day(request.GET.get("at", "")) or today
    unit = None
    if (wanted := whole(request.GET.get("unit"))) is not None:
        rows = access.listed(request, Unit.objects.all(), Right.VISITS_SEE)
        unit = rows.filter(pk=wanted).first()
    found = company.company_figures(user, at, day_over=at < today, unit=unit)
    shown = found.managers if request.GET.get("all") == "1" else found.late
    context: dict[str, Any] = {
        "section": "visits",
        "found": found,
        "unit": unit,
        "at": at,
        "today": today,
        "year": year_of(at),
        "quarter": quarter_of(at),
        "shown": shown[:MOST] if request.GET.get("all") != "1" else shown[: MOST * 20],
        "more": len(shown) - MOST if request.GET.get("all") != "1" else 0,
        "everybody": request.GET.get("all") == "1",
        "own": found.managers[0] if not found.units and found.managers else None,
    }
    return render(request, "visits/quota.html", context)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


@require_GET
def unseen(request: HttpRequest) -> HttpResponse:
    """Accounts that nobody has seen for a quarter, the longest first."""
    rows = access.listed(request, Account.objects.select_related("unit", "manager"), Right.VISITS_SEE)
    today = clock.today()
    page = page_of(company.unseen(rows, today), request.GET.get("page"))
    context = {"section": "visits", "page": page, "today": today, "days": company.UNSEEN_DAYS}
    return render(request, "visits/unseen.html", context)


@require_GET
def of_accounts(request: HttpRequest) -> HttpResponse:
    """How the visits owed to single accounts stand, where the company asks for any."""
    rows = access.listed(request, Account.objects.all(), Right.VISITS_SEE)
    found = account_standings(clock.today(), day_over=False, rows=rows)
    late = sorted(found, key=lambda one: (-one.year.owed, one.name))
    context = {"section": "visits", "found": late[:MOST_ACCOUNTS], "count": len(found)}
    return render(request, "visits/quota_accounts.html", context)
