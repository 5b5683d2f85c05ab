"""Time-of-use calendars: their versions as strips of 24 hours, what is wrong with them, and a new version."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.metering.actions import calendars as actions
from kam.metering.forms.calendars import CalendarForm
from kam.metering.models import TouCalendar
from kam.metering.queries import calendars, drawn_versions
from kam.metering.rules.tou import Band, Calendar
from kam.metering.rules.tou_text import written
from kam.metering.templatetags.readings import problem_words


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every calendar with the table that holds today."""
    access.listed(request, TouCalendar.objects.all(), Right.TARIFFS_SEE)
    today = clock.today()
    shown = []
    for versions in calendars().values():
        held = next((one for one in versions if one.holds_on(today)), versions[-1])
        shown.append({"drawn": drawn_versions([held], today)[0], "versions": len(versions)})
    return render(request, "metering/calendars.html", {"section": "calendars", "calendars": shown})


@require_GET
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One calendar with all its versions, the latest first."""
    access.fetch(request, TouCalendar.objects.all(), Right.TARIFFS_SEE, code=code)
    drawn = drawn_versions(reversed(calendars()[code]), clock.today())
    return render(request, "metering/calendar.html", {"section": "calendars", "code": code, "versions": drawn})


def add(request: HttpRequest, code: str) -> HttpResponse:
    """Let a new version hold from a day; hours in no band are refused, overlaps are explained."""
    access.fetch(request, TouCalendar.objects.all(), Right.RULES_EDIT, code=code)
    latest = calendars()[code][-1]
    start = {
        "name": latest.name,
        "periods": written(latest.periods),
        "default_band": latest.default_band.value if latest.default_band else "",
    }
    form = CalendarForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        calendar = Calendar(
            code=code,
            name=data["name"],
            valid_from=data["valid_from"],
            valid_until=None,
            source=data["source"],
            periods=data["periods"],
            default_band=Band(data["default_band"]) if data["default_band"] else None,
        )
        try:
            actions.add_version(calendar=calendar, by=access.staff(request), at=clock.now())
        except actions.CalendarHasGaps as refusal:
            for gap in refusal.gaps[:10]:
                form.add_error("periods", problem_words(gap))
        except actions.VersionExists:
            form.add_error("valid_from", _("A version of this calendar begins on that very day already."))
        else:
            messages.success(
                request, _("%(name)s holds from %(day)s.") % {"name": calendar.name, "day": calendar.valid_from}
            )
            return redirect("metering:calendar", code)
    context = {"section": "calendars", "form": form, "code": code, "latest": latest}
    return render(request, "metering/calendar_add.html", context)
