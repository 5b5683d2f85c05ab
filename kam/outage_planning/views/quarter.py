"""All drafts of a quarter placed together, looked at, and taken over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.core import access
from kam.core.models import Job
from kam.core.rules import Right
from kam.lib import clock
from kam.outage_planning.actions import planning, quarter
from kam.outage_planning.forms.planning import PeriodForm
from kam.outage_planning.models import Crew, Outage
from kam.outage_planning.rules.lifecycle import Status


@require_http_methods(["GET", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """Choose the days; the drafts are placed in the background."""
    drafts = access.listed(request, Outage.objects.all(), Right.OUTAGES_PLAN).filter(status=Status.DRAFT)
    first = clock.today() + timedelta(days=31)
    form = PeriodForm(request.POST or None, initial={"days_from": first, "days_until": first + timedelta(days=91)})
    if request.method == "POST" and form.is_valid():
        ids = list(drafts.order_by("starts_at").values_list("pk", flat=True)[: quarter.MOST])
        job = quarter.order(outages=ids, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        return redirect("outages:quarter_result", job.pk)
    context = {"section": "outages", "form": form, "drafts": drafts.count()}
    return render(request, "outage_planning/quarter.html", context)


@require_GET
def result(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far the job is, then what it proposes."""
    access.check(request, Right.OUTAGES_PLAN)
    job = access.own(request, Job.objects.filter(kind=quarter.TASK), pk=job_id)
    rows = access.listed(request, Outage.objects.all(), Right.OUTAGES_PLAN).filter(pk__in=job.args["outages"])
    by_id = {row.pk: row for row in rows}
    crews = {row.pk: row.name for row in access.listed(request, Crew.objects.all(), Right.OUTAGES_PLAN)}
    placed = [
        {
            "outage": by_id[one["outage"]],
            "starts_at": datetime.fromisoformat(one["starts_at"]),
            "crew": crews.get(one["crew"]),
        }
        for one in job.result.get("placed", [])
        if one["outage"] in by_id
    ]
    unplaced = [
        {"outage": by_id[one["outage"]], "rule": one["rule"]}
        for one in job.result.get("unplaced", [])
        if one["outage"] in by_id
    ]
    context = {
        "section": "outages",
        "job": job,
        "placed": sorted(placed, key=lambda one: one["starts_at"]),
        "unplaced": unplaced,
    }
    return render(request, "outage_planning/quarter_result.html", context)


@require_POST
def take_over(request: HttpRequest, job_id: int) -> HttpResponse:
    """Put every draft where the proposal says."""
    access.check(request, Right.OUTAGES_PLAN)
    job = access.own(request, Job.objects.filter(kind=quarter.TASK), pk=job_id)
    try:
        number = quarter.take_over(job=job, by=access.staff(request), at=clock.now())
    except (planning.NotEditable, planning.ChangedMeanwhile):
        messages.error(request, _("One of these outages is no longer a draft. Have them placed again."))
        return redirect("outages:quarter_result", job.pk)
    messages.success(request, _("%(n)s drafts lie at their new times.") % {"n": number})
    return redirect("outages:board")
