"""My day: what needs me first, for each role, with what exists so far."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kam.core import access
from kam.lib import clock
from kam.reports.queries.day import day_of
from kam.reports.queries.day_of_credit import credit_figures, credit_groups


def home(request: HttpRequest) -> HttpResponse:
    """The work list of whoever is signed in."""
    user = access.staff(request)
    now = clock.now()
    day = day_of(user, now)
    day = replace(day, groups=[*credit_groups(user, now), *day.groups], figures=[*credit_figures(user), *day.figures])
    return render(request, "reports/home.html", {"day": day, "section": "home"})
