"""A meter's readings: which days are good, one day in full, and what was there before a correction."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.core import access
from kam.core.queries import related
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.typed import day as typed_day
from kam.lib.typed import whole
from kam.metering.models import LoadDay, LoadDayBefore, Meter
from kam.metering.queries import day_detail, meter_years, year_calendar


@require_GET
def page(request: HttpRequest, meter_id: int) -> HttpResponse:
    """A year of the meter, one cell for each day, and its corrections."""
    meter = access.fetch(request, Meter.objects.select_related("account"), Right.READINGS_SEE, pk=meter_id)
    years = meter_years(meter)
    wanted = whole(request.GET.get("year"))
    year = wanted if wanted in years else (years[0] if years else None)
    before = access.listed(request, LoadDayBefore.objects.select_related("batch", "replaced_by"), Right.READINGS_SEE)
    context = {
        "section": "readings",
        "meter": meter,
        "about": related.about(access.staff(request), f"metering.Meter:{meter.pk}"),
        "years": years,
        "year": year,
        "months": year_calendar(meter, year) if year else [],
        "corrections": before.filter(meter=meter)
        .defer("kwh", "kvarh_lag", "kvarh_lead", "quality", "raw_kwh")
        .order_by("-replaced_at", "-day")[:50],
    }
    return render(request, "metering/meter.html", context)


@require_GET
def day(request: HttpRequest, meter_id: int, day: str) -> HttpResponse:
    """One day: what is used against what the file said, interval by interval."""
    meter = access.fetch(request, Meter.objects.select_related("account"), Right.READINGS_SEE, pk=meter_id)
    on = typed_day(day)
    if on is None:
        raise Http404
    rows = access.listed(request, LoadDay.objects.select_related("batch"), Right.READINGS_SEE)
    before = access.listed(request, LoadDayBefore.objects.select_related("batch"), Right.READINGS_SEE)
    row = rows.filter(meter=meter, day=on).first()
    if row is None:
        raise Http404
    detail = day_detail(row, list(before.filter(meter=meter, day=on).order_by("-replaced_at")), meter, clock.zone())
    return render(request, "metering/day.html", {"section": "readings", "meter": meter, "row": row, "detail": detail})
