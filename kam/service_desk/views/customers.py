"""Pages for the customer by signed link: rate the answer, follow the application. GET changes nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kam.accounts.access import customer_page
from kam.accounts.models import CustomerLink
from kam.lib import clock
from kam.service_desk.actions import applications, attachments, call_backs, requests
from kam.service_desk.forms.requests import CheckedFile
from kam.service_desk.models import Application
from kam.service_desk.queries.application_page import application_page
from kam.service_desk.queries.for_customer import application_of, appointment_of, document_of, request_of, scheme_of


class RateForm(forms.Form):
    """Content with stars, or not content with the reason."""

    content = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
    stars = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, choices=[(str(n), str(n)) for n in range(1, 6)]
    )
    words = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("content") == "1" and not given.get("stars"):
            self.add_error("stars", _("Please choose one to five stars."))
        if given.get("content") == "0" and not given.get("words", "").strip():
            self.add_error("words", _("Please write what is still wrong, so that we can put it right."))
        return given


@customer_page(call_backs.PURPOSE)
def rate(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """The answer, and whether the customer is content with it."""
    row = request_of(link)
    if row is None or rest:
        raise Http404
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done = call_backs.answer_by_link(
            link=link,
            request=row,
            content=given["content"] == "1",
            stars=given["stars"],
            words=given["words"],
            at=clock.now(),
        )
        context = {"row": row, "done": done, "given": given}
        return render(request, "service_desk/customer_rated.html", context)
    return render(request, "service_desk/customer_rate.html", {"row": row, "form": form})


@customer_page(applications.PURPOSE)
def progress(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """How far the application is; confirm the survey, choose a scheme, send a document."""
    row = application_of(link)
    if row is None or rest:
        raise Http404
    problem = ""
    if request.method == "POST":
        problem = _answer(request, link, row)
        if not problem:
            return redirect(request.path + "?said=1")
    context = {
        "found": application_page(row),
        "row": row.request,
        "problem": problem,
        "said": request.GET.get("said") == "1",
        "now": clock.now(),
    }
    return render(request, "service_desk/customer_progress.html", context)


class FileForm(forms.Form):
    file = CheckedFile(label=_("File"))


def _answer(request: HttpRequest, link: CustomerLink, row: Application) -> str:
    """Do what the customer says; return what stands against it, in words."""
    at, what = clock.now(), request.POST.get("what", "")
    try:
        if what in ("agree", "decline"):
            words = request.POST.get("words", "").strip()[:300]
            ahead = appointment_of(row, request.POST.get("appointment", ""))
            if ahead is None:
                return str(_("This appointment has been moved. Please look at the new one."))
            if what == "decline" and not words:
                return str(_("Please write which times suit you."))
            applications.answer_appointment(
                appointment=ahead, agreed=what == "agree", words=words, link=link, by=None, at=at
            )
        elif what == "choose":
            scheme = scheme_of(row, request.POST.get("scheme", ""))
            if scheme is None:
                return str(_("Please choose one of the schemes."))
            applications.choose_scheme(scheme=scheme, link=link, by=None, at=at)
        elif what == "document":
            return _document(request, row, at)
        else:
            return str(_("Please choose one of the answers."))
    except applications.NotOpen:
        return str(_("This was answered before, or has changed since. Please call us."))
    except requests.IsDouble:
        return str(_("This application goes on under another number. Please call us."))
    return ""


def _document(request: HttpRequest, row: Application, at: Any) -> str:
    paper = document_of(row, request.POST.get("document", ""))
    form = FileForm(request.POST, request.FILES)
    if paper is None:
        return str(_("Please choose one of the documents."))
    if not form.is_valid():
        return " ".join(str(error) for error in form.errors.get("file", []))
    try:
        stored = attachments.attach(request=row.request, file=form.cleaned_data["file"], by=None, at=at)
    except attachments.TooManyFiles:
        return str(_("No more files can be taken today. Please call us."))
    applications.give_document(document=paper, attachment=stored, by=None, at=at)
    return ""
