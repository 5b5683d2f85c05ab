"""My day: what needs me first, for each role, with what exists so far."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kam.core import access
from kam.lib import clock
from kam.reports.queries.day import day_of


def home(request: HttpRequest) -> HttpResponse:
    """The work list of whoever is signed in."""
    user = access.staff(request)
    return render(request, "reports/home.html", {"day": day_of(user, clock.now()), "section": "home"})
