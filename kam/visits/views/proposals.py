"""Whom to visit next, and a day planned from it."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.models import User
from kam.core.rules import Reach, Right, Role
from kam.lib import clock
from kam.lib.typed import day as typed_day
from kam.visits.actions.days import HOURS, TooManyForADay, plan_day
from kam.visits.queries.proposals import by_district, proposals


@require_GET
def proposed(request: HttpRequest) -> HttpResponse:
    """Accounts that should be visited, the most urgent first, by district."""
    access.check(request, Right.VISITS_SEE)
    user = access.staff(request)
    accounts = access.listed(request, Account.objects.all(), Right.VISITS_SEE)
    manager: User | None = user if user.reach == Reach.OWN else None
    people = []
    if user.reach == Reach.UNIT:
        staff = access.listed(request, User.objects.holding(Role.MANAGER), Right.VISITS_SEE)
        people = list(staff.order_by("name", "pk")[:300])
        wanted = request.GET.get("manager", "")
        manager = next((one for one in people if str(one.pk) == wanted), None)
        if manager is not None:
            accounts = accounts.filter(manager=manager)
    rows = proposals(accounts, manager, reader=user, at=clock.now())
    context = {
        "section": "visits",
        "rows": rows,
        "districts": by_district(rows),
        "people": people,
        "manager": manager,
        "day": _next_workday(clock.today()),
        "most": len(HOURS),
    }
    return render(request, "visits/next.html", context)


@require_POST
def plan_them(request: HttpRequest) -> HttpResponse:
    """Make the ticked accounts a day's visits."""
    access.check(request, Right.VISITS_WRITE)
    user = access.staff(request)
    numbers = request.POST.getlist("account")
    rows = access.listed(request, Account.objects.filter(account_no__in=numbers), Right.VISITS_WRITE)
    chosen = list(rows.order_by("pk"))
    day = typed_day(request.POST.get("day", ""))
    if day is None:
        messages.error(request, _("Choose the day."))
        return redirect("visits:next")
    try:
        made = plan_day(accounts=chosen, day=day, manager=user, by=user, at=clock.now()) if chosen else []
    except TooManyForADay:
        messages.error(request, _("Five visits fit into a day. Tick five at most."))
        return redirect("visits:next")
    if not made:
        messages.error(request, _("Tick whom you want to visit."))
        return redirect("visits:next")
    told = ngettext("%(n)s visit stands in the calendar.", "%(n)s visits stand in the calendar.", len(made))
    messages.success(request, told % {"n": len(made)})
    return redirect("visits:list")


def _next_workday(today: date) -> date:
    day = today + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day
