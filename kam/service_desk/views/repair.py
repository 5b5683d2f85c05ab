"""Crews and faults: the nearest free crew, the crew's page on the telephone, time and place on the spot."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.core import access
from kam.core.access.phone import by_script, pack_of
from kam.core.models import Unit, User
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove
from kam.outage_planning.models import Crew
from kam.service_desk.actions import repair, requests
from kam.service_desk.forms.repair import CrewForm, FinishForm, SendForm, SiteForm, SpotForm
from kam.service_desk.forms.requests import TextForm
from kam.service_desk.models import CrewPost, FieldJob, Request
from kam.service_desk.queries import crews as queries
from kam.service_desk.views.requests import work_on

JOB = ("request__account", "request__contact", "crew")


@require_GET
def crews(request: HttpRequest) -> HttpResponse:
    """Crews with what they do now, and faults that no crew is at."""
    now = clock.now()
    posts = access.listed(request, CrewPost.objects.select_related("crew__unit"), Right.REQUESTS_SEE)
    faults = access.listed(request, Request.objects.select_related("account"), Right.REQUESTS_SEE)
    waiting = faults.filter(kind="FAULT", merged_into=None, status__in=["NEW", "ASSIGNED", "IN_HAND", "REOPENED"])
    waiting = waiting.exclude(field_jobs__finished_at__isnull=False).exclude(
        pk__in=FieldJob.objects.visible_to(access.staff(request)).filter(called_off_at=None).values("request_id")
    )
    jobs = queries.open_jobs()
    context = {
        "section": "requests",
        "crews": [(post, jobs.get(post.crew_id)) for post in posts.order_by("crew__unit__name", "crew__code")[:100]],
        "faults": waiting.order_by("next_due_at", "pk")[:50],
        "mine": queries.my_jobs(access.staff(request)),
        "now": now,
    }
    return render(request, "service_desk/crews.html", context)


@require_http_methods(["GET", "POST"])
def crew_create(request: HttpRequest) -> HttpResponse:
    """Make a crew."""
    access.check(request, Right.CREWS_EDIT)
    return _crew_form(request, None, {})


@require_http_methods(["GET", "POST"])
def crew_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a crew."""
    crew = access.fetch(request, Crew.objects.select_related("unit"), Right.CREWS_EDIT, pk=pk)
    posts = access.listed(request, CrewPost.objects.all(), Right.CREWS_EDIT).filter(crew=crew)
    post = posts.first()
    initial: dict[str, Any] = {"code": crew.code, "name": crew.name, "unit": crew.unit_id}
    initial["members"] = list(crew.members.values_list("user_id", flat=True))
    if post is not None:
        initial |= {
            "base": post.base,
            "latitude": post.base_latitude,
            "longitude": post.base_longitude,
            "on_duty": post.on_duty,
        }
    return _crew_form(request, crew, initial)


def _crew_form(request: HttpRequest, crew: Crew | None, initial: dict[str, Any]) -> HttpResponse:
    units = access.listed(request, Unit.objects.all(), Right.CREWS_EDIT)
    people = access.listed(request, User.objects.all(), Right.CREWS_EDIT).filter(is_active=True)
    choices = {"units": units.order_by("path"), "people": people.order_by("name")[:300]}
    form = CrewForm(request.POST or None, initial=initial, crew=crew, **choices)
    if request.method == "POST" and form.is_valid():
        try:
            saved = repair.save_crew(crew=crew, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except IntegrityError:
            form.add_error("code", _("Another crew has this code."))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("desk:crews")
    return render(request, "service_desk/crew.html", {"section": "requests", "form": form, "crew": crew})


@require_http_methods(["GET", "POST"])
def dispatch(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a crew for a request: free ones first, the nearest on top."""
    row = work_on(request, pk)
    posts = access.listed(request, CrewPost.objects.all(), Right.REQUESTS_WORK)
    problem = ""
    if request.method == "POST":
        crews = access.listed(request, Crew.objects.all(), Right.REQUESTS_WORK).filter(active=True)
        form = SendForm(request.POST, crews=crews)
        if form.is_valid():
            try:
                job = repair.send(request=row, crew=form.cleaned_data["crew"], by=access.staff(request), at=clock.now())
            except repair.CrewBusy:
                problem = _("This crew has been sent elsewhere meanwhile. Choose another.")
            except repair.AlreadySent:
                problem = _("A crew is on its way, or there. Call it off first.")
            except (IllegalMove, requests.IsDouble):
                problem = _("Somebody took this request further meanwhile. Look at it again.")
            else:
                messages.success(request, _("%(crew)s is sent.") % {"crew": job.crew.name})
                return redirect("desk:request", row.pk)
        else:
            problem = _("Choose a crew.")
    now = clock.now()
    context = {
        "section": "requests",
        "row": row,
        "near": queries.nearest(posts, row, now),
        "placed": queries.site_of(row) is not None,
        "site_form": SiteForm(initial={"latitude": row.latitude, "longitude": row.longitude}),
        "problem": problem,
        "now": now,
    }
    return render(request, "service_desk/dispatch.html", context)


@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where a fault is, so that crews can be ordered by distance."""
    row, form = work_on(request, pk), SiteForm(request.POST)
    if form.is_valid():
        requests.put_on_map(request=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("The place is noted."))
    else:
        messages.error(request, _("Give latitude and longitude in degrees."))
    return redirect("desk:dispatch", row.pk)


@require_POST
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a crew off a job."""
    job = access.fetch(request, FieldJob.objects.select_related(*JOB), Right.REQUESTS_WORK, pk=pk)
    form = TextForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason why the crew is called off."))
    else:
        try:
            repair.call_off(job=job, reason=form.cleaned_data["text"], by=access.staff(request), at=clock.now())
        except repair.NotThere:
            messages.warning(request, _("The job is over already."))
        else:
            messages.success(request, _("%(crew)s is called off.") % {"crew": job.crew.name})
    return redirect("desk:request", job.request_id)


@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """The crew's page on the telephone."""
    row = access.fetch(request, FieldJob.objects.select_related(*JOB), Right.REQUESTS_SEE, pk=pk)
    return _job_page(request, row)


def _job_page(request: HttpRequest, row: FieldJob, **more: Any) -> HttpResponse:
    context = {
        "section": "requests",
        "job": row,
        "in_crew": row.crew.members.filter(user=access.staff(request)).exists(),
        "place_form": SpotForm(auto_id="place_%s"),
        "finish_form": FinishForm(),
        "now": clock.now(),
        **more,
    }
    return render(request, "service_desk/job.html", context)


@require_GET
def field(request: HttpRequest) -> HttpResponse:
    """The jobs of my crews: those that are open, and those of today that are over."""
    user, now = access.staff(request), clock.now()
    access.check(request, Right.REQUESTS_WORK)
    context = {
        "section": "requests",
        "open": queries.my_jobs(user),
        "over": queries.my_jobs_over(user, clock.today()),
        "now": now,
    }
    return render(request, "service_desk/field.html", context)


@require_GET
def field_pack(request: HttpRequest) -> JsonResponse:
    """Which pages of my crews' jobs to take along on the telephone."""
    user = access.staff(request)
    access.check(request, Right.REQUESTS_WORK)
    home = reverse("desk:field")
    paths = [home, *(reverse("desk:job", args=[job.pk]) for job in queries.my_jobs(user))]
    return pack_of(request, user, scopes=[home, home.replace("field", "jobs")], paths=paths, scripts=["place.js"])


@require_POST
def arrive(request: HttpRequest, pk: int) -> HttpResponse:
    """The crew is there."""
    row = access.fetch(request, FieldJob.objects.select_related(*JOB), Right.REQUESTS_WORK, pk=pk)
    form = SpotForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {"latitude": None, "longitude": None}
    try:
        repair.arrive(job=row, by=access.staff(request), at=clock.now(), **given)
    except repair.NotInCrew:
        return _against(request, row, _("Only this crew's people record what happens on the spot."))
    except (repair.NotThere, requests.IsDouble):
        return _against(request, row, _("It is noted already, or the job is over."))
    messages.success(request, _("Noted: you are there."))
    return HttpResponse(status=201) if by_script(request) else redirect("desk:job", row.pk)


@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Supply is back."""
    row = access.fetch(request, FieldJob.objects.select_related(*JOB), Right.REQUESTS_WORK, pk=pk)
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _job_page(request, row, finish_form=form)
    try:
        repair.finish(job=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
    except repair.NotInCrew:
        problem = _("Only this crew's people record what happens on the spot.")
        return _against(request, row, problem, finish_form=form)
    except (repair.NotThere, requests.IsDouble):
        problem = _("First note that you are there.") if row.is_open else _("It is noted already, or the job is over.")
        return _against(request, row, problem, finish_form=form)
    messages.success(request, _("Noted: supply is back. The owner answers the customer."))
    return HttpResponse(status=201) if by_script(request) else redirect("desk:job", row.pk)


def _against(request: HttpRequest, row: FieldJob, problem: str, **more: Any) -> HttpResponse:
    """Say what stands against it; a telephone that sends later is told by the status that it is a conflict."""
    answered = _job_page(request, row, problem=problem, **more)
    answered.status_code = 409 if by_script(request) else 200
    return answered
