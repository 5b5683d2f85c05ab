"""Business applications: taken, step by step, documents, survey, schemes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kam.accounts.models import Account, Contact
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove
from kam.network.models import Line
from kam.service_desk.actions import applications, attachments, requests
from kam.service_desk.forms import applications as form_of
from kam.service_desk.models import Application, ApplicationDocument, Appointment, Scheme
from kam.service_desk.queries.application_page import application_page
from kam.service_desk.queries.people import people_for
from kam.service_desk.rules.lifecycle import Source
from kam.service_desk.templatetags.desk_words import documents_list

WITH = ("request__account__unit", "request__contact", "request__owner")


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, account_no: str) -> HttpResponse:
    """Take a business application."""
    account = access.fetch(
        request, Account.objects.select_related("unit", "manager"), Right.REQUESTS_WORK, account_no=account_no
    )
    contacts = access.listed(request, Contact.objects.all(), Right.REQUESTS_WORK).filter(account=account, active=True)
    form = form_of.ApplicationForm(
        request.POST or None,
        initial={"kva_before": account.contract_kva, "site": account.address},
        contacts=contacts.order_by("role", "name"),
        people=people_for(account),
    )
    if request.method == "POST" and form.is_valid():
        row = applications.apply(
            account=account, source=Source.STAFF.value, by=access.staff(request), at=clock.now(), **form.cleaned_data
        )
        messages.success(
            request, _("%(number)s is taken; tell the customer all documents at once.") % {"number": row.request.number}
        )
        return redirect("desk:application", row.pk)
    context = {"section": "requests", "form": form, "account": account}
    return render(request, "service_desk/application_form.html", context)


@require_http_methods(["GET"])
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One application."""
    row = access.fetch(request, Application.objects.select_related(*WITH), Right.REQUESTS_SEE, pk=pk)
    return _page(request, row)


def _page(request: HttpRequest, row: Application, **more: Any) -> HttpResponse:
    lines = access.listed(request, Line.objects.all(), Right.REQUESTS_SEE).order_by("name")
    context = {
        "section": "requests",
        "found": application_page(row),
        "row": row.request,
        "works": access.staff(request).may(Right.REQUESTS_WORK) and row.request.merged_into_id is None,
        "appointment_form": form_of.AppointmentForm(people=people_for(row.request.account)),
        "survey_form": form_of.SurveyForm(auto_id="survey_%s"),
        "scheme_form": form_of.SchemeForm(auto_id="scheme_%s", lines=lines[:500]),
        "now": clock.now(),
        **more,
    }
    return render(request, "service_desk/application.html", context)


def _work(request: HttpRequest, pk: int) -> Application:
    row: Application = access.fetch(request, Application.objects.select_related(*WITH), Right.REQUESTS_WORK, pk=pk)
    return row


def _attempt(request: HttpRequest, row: Application, act: Callable[[], object], said: str, **more: Any) -> HttpResponse:
    try:
        act()
    except applications.DocumentsMissing as missing:
        problem = _("These documents are not there, or not good: %(names)s") % {"names": documents_list(missing.codes)}
    except applications.SchemeMissing:
        problem = _("Add a supply scheme first; the customer chooses among them.")
    except applications.SurveyMissing:
        problem = _("Note first what the survey found.")
    except applications.NotOpen:
        problem = _("That is over, or it is not its turn yet.")
    except (IllegalMove, requests.IsDouble):
        problem = _("Somebody took this request further meanwhile. Look at it again.")
    except attachments.TooManyFiles:
        problem = _("No more files: the request has fifty, or you sent 200 MB today.")
    else:
        messages.success(request, said)
        return redirect("desk:application", row.pk)
    return _page(request, row, problem=problem, **more)


@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish the step at hand."""
    row, form = _work(request, pk), form_of.StepForm(request.POST)
    if not form.is_valid():
        return _page(request, row, problem=_("That is over, or it is not its turn yet."))
    by, at = access.staff(request), clock.now()
    return _attempt(
        request,
        row,
        lambda: applications.finish_step(application=row, by=by, at=at, **form.cleaned_data),
        _("The step is done."),
    )


@require_POST
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A document came in, as a file or on paper."""
    paper = access.fetch(request, ApplicationDocument.objects.all(), Right.REQUESTS_WORK, pk=pk)
    row, form = _work(request, paper.application_id), form_of.DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, wrong_form=form)
    by, at, file = access.staff(request), clock.now(), form.cleaned_data["file"]

    def act() -> None:
        stored = attachments.attach(request=row.request, file=file, by=by, at=at) if file else None
        applications.give_document(document=paper, attachment=stored, by=by, at=at)

    return _attempt(request, row, act, _("It is there; look at it and say whether it is good."))


@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether a document is good."""
    paper = access.fetch(request, ApplicationDocument.objects.all(), Right.REQUESTS_WORK, pk=pk)
    row, form = _work(request, paper.application_id), form_of.JudgeForm(request.POST)
    if not form.is_valid():
        return _page(request, row, wrong_form=form)
    accepted, said = form.cleaned_data["accepted"] == "1", _("Noted.")
    facts: dict[str, Any] = {"document": paper, "accepted": accepted, "note": form.cleaned_data["note"]}
    by, at = access.staff(request), clock.now()
    return _attempt(request, row, lambda: applications.judge_document(by=by, at=at, **facts), said)


@require_POST
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose when somebody comes for the survey."""
    row = _work(request, pk)
    form = form_of.AppointmentForm(request.POST, people=people_for(row.request.account))
    if not form.is_valid():
        return _page(request, row, appointment_form=form, wrong_form=form)
    by, at = access.staff(request), clock.now()

    def act() -> None:
        _appointment, sent = applications.propose(application=row, by=by, at=at, **form.cleaned_data)
        if not sent:
            messages.warning(request, _("Nobody can be written to: agree the time by telephone."))

    return _attempt(request, row, act, _("The time is proposed."), appointment_form=form)


@require_POST
def appointment_agreed(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer said on the telephone that the time suits."""
    ahead = access.fetch(request, Appointment.objects.all(), Right.REQUESTS_WORK, pk=pk)
    row = _work(request, ahead.application_id)
    facts: dict[str, Any] = {"appointment": ahead, "agreed": True, "words": "", "link": None}
    by, at = access.staff(request), clock.now()
    said = _("Confirmed.")
    return _attempt(request, row, lambda: applications.answer_appointment(by=by, at=at, **facts), said)


@require_POST
def surveyed(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what the survey found."""
    ahead = access.fetch(request, Appointment.objects.all(), Right.REQUESTS_WORK, pk=pk)
    row, form = _work(request, ahead.application_id), form_of.SurveyForm(request.POST, auto_id="survey_%s")
    if not form.is_valid():
        return _page(request, row, survey_form=form, wrong_form=form)
    by, at = access.staff(request), clock.now()
    return _attempt(
        request,
        row,
        lambda: applications.note_survey(appointment=ahead, by=by, at=at, **form.cleaned_data),
        _("The survey is noted."),
    )


@require_POST
def scheme_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a supply scheme."""
    row = _work(request, pk)
    lines = access.listed(request, Line.objects.all(), Right.REQUESTS_WORK)
    form = form_of.SchemeForm(request.POST, auto_id="scheme_%s", lines=lines)
    if not form.is_valid():
        return _page(request, row, scheme_form=form, wrong_form=form)
    by, at = access.staff(request), clock.now()
    return _attempt(
        request,
        row,
        lambda: applications.add_scheme(application=row, by=by, at=at, **form.cleaned_data),
        _("The scheme is added."),
        scheme_form=form,
    )


@require_POST
def scheme_choose(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer said on the telephone which scheme it is."""
    scheme = access.fetch(request, Scheme.objects.all(), Right.REQUESTS_WORK, pk=pk)
    row = _work(request, scheme.application_id)
    by, at = access.staff(request), clock.now()
    said = _("Chosen: %(title)s.") % {"title": scheme.title}
    return _attempt(request, row, lambda: applications.choose_scheme(scheme=scheme, by=by, at=at), said)


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the customer the page of the application, or the schemes to choose from."""
    row = _work(request, pk)
    by, at = access.staff(request), clock.now()
    schemes = request.POST.get("what") == "schemes"

    def act() -> None:
        act_of = applications.offer_schemes if schemes else applications.send_progress
        if not act_of(application=row, by=by, at=at):
            messages.warning(request, _("Nobody can be written to: tell the customer by telephone."))

    return _attempt(request, row, act, _("The page is on its way; earlier ones no longer open."))
