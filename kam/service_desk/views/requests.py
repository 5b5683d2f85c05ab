"""One request: where it stands, what is promised, everything that happened, and the next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.actions import RevealRefused
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.service_desk.actions import attachments, call_backs, handovers, merging, pauses, requests
from kam.service_desk.actions import linking as linking_actions
from kam.service_desk.forms import requests as form_of
from kam.service_desk.models import Attachment, CannedText, Handover, Helper, Request
from kam.service_desk.queries import doubles, linking
from kam.service_desk.queries.people import people_for
from kam.service_desk.queries.request_page import request_page
from kam.service_desk.rules.lifecycle import TO_ANSWER

WITH = ("account__unit", "account__manager", "contact", "first_owner", "owner", "merged_into", "application")


@require_GET
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request."""
    row = access.fetch(request, Request.objects.select_related(*WITH), Right.REQUESTS_SEE, pk=pk)
    return page_of_request(request, row)


def page_of_request(request: HttpRequest, row: Request, **more: Any) -> HttpResponse:
    """Answer with the page of a request, `more` replacing a form that was filled in wrongly."""
    found = request_page(row)
    works = access.staff(request).may(Right.REQUESTS_WORK) and row.merged_into_id is None
    people = people_for(row.account)
    visible = access.listed(request, Request.objects.all(), Right.REQUESTS_SEE)
    canned = access.listed(request, CannedText.objects.all(), Right.REQUESTS_SEE).filter(active=True)
    context = {
        "section": "requests",
        "row": row,
        "found": found,
        "linked": linking.linked(access.staff(request), found.refs),
        "works": works,
        "to_answer": row.status in TO_ANSWER,
        "now": clock.now(),
        "note_form": form_of.NoteForm(auto_id="note_%s"),
        "answer_form": form_of.AnswerForm(auto_id="answer_%s", initial={"send_link": True, "answer": row.answer}),
        "handover_form": form_of.PersonForm(auto_id="handover_%s", people=people.exclude(pk=row.owner_id or 0)),
        "help_form": form_of.PersonForm(auto_id="help_%s", people=people.exclude(pk=row.owner_id or 0)),
        "owner_form": form_of.OwnerForm(auto_id="owner_%s", people=people),
        "pause_form": form_of.PauseForm(auto_id="pause_%s"),
        "call_form": form_of.CallForm(auto_id="call_%s"),
        "file_form": form_of.FileForm(auto_id="file_%s"),
        "others": [one for one in doubles.open_of(visible, row.account) if one.pk != row.pk] if works else [],
        "canned": canned.filter(kind__in=["", row.kind]).order_by("title")[:30] if works else [],
        **more,
    }
    return render(request, "service_desk/request.html", context)


def work_on(request: HttpRequest, pk: int) -> Request:
    """Return the request for somebody who may work on it."""
    row: Request = access.fetch(request, Request.objects.select_related(*WITH), Right.REQUESTS_WORK, pk=pk)
    return row


def attempt(request: HttpRequest, row: Request, act: Callable[[], object], said: str, **more: Any) -> HttpResponse:
    """Do `act` and say so, or show the page with what stands against it."""
    try:
        act()
    except (IllegalMove, StaleRow):
        problem = _("Somebody took this request further meanwhile. Look at it again.")
    except requests.IsDouble:
        problem = _("This request is part of another one. Work on that one.")
    except requests.ReasonMissing:
        problem = _("Give the reason that the customer gave.")
    except handovers.SamePerson:
        problem = _("This person has it, or helps with it, already.")
    except handovers.OnItsWay:
        problem = _("A colleague is being asked already. Wait for the answer.")
    except handovers.NotAsked:
        problem = _("Somebody else was asked.")
    except handovers.Decided:
        problem = _("It was decided before.")
    except pauses.NotPausable:
        problem = _("Its time stands still already, or it is answered.")
    except pauses.NotPaused:
        problem = _("Its time runs already.")
    except merging.NotDoubles:
        problem = _("Only two open requests of one account become one.")
    except merging.NotMerged:
        problem = _("This request is part of no other.")
    except call_backs.TriedTooLittle as little:
        problem = _("Tried on %(tries)d days. It closes unheard after %(needed)d.") % {
            "tries": little.tries,
            "needed": little.needed,
        }
    except linking_actions.LinkedAlready:
        problem = _("It is linked to this already.")
    except linking_actions.NotLinked:
        problem = _("This link was taken off before.")
    except attachments.TooManyFiles:
        problem = _("No more files: the request has fifty, or you sent 200 MB today.")
    else:
        messages.success(request, said)
        return redirect("desk:request", row.pk)
    row.refresh_from_db()
    return page_of_request(request, row, problem=problem, **more)


def wrong(request: HttpRequest, row: Request, name: str, form: forms.Form) -> HttpResponse:
    """Show the page with the form as it was filled in and what is wrong with it."""
    return page_of_request(request, row, **{name: form, "wrong": name, "wrong_form": form})


@require_POST
def in_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request in hand."""
    row = work_on(request, pk)
    facts: dict[str, Any] = {"request": row, "by": access.staff(request), "at": clock.now()}
    said = _("%(number)s is in your hands.") % {"number": row.number}
    return attempt(request, row, lambda: requests.take_in_hand(**facts), said)


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a new or reopened request to somebody."""
    row = work_on(request, pk)
    form = form_of.OwnerForm(request.POST, auto_id="owner_%s", people=people_for(row.account))
    if not form.is_valid():
        return wrong(request, row, "owner_form", form)
    owner = form.cleaned_data["owner"]
    said = _("%(number)s is given to %(owner)s.") % {"number": row.number, "owner": owner}
    facts: dict[str, Any] = {"request": row, "owner": owner, "by": access.staff(request), "at": clock.now()}
    return attempt(request, row, lambda: requests.assign(**facts), said)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what was done or heard."""
    row, form = work_on(request, pk), form_of.NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return wrong(request, row, "note_form", form)
    facts: dict[str, Any] = {"request": row, "by": access.staff(request), "at": clock.now(), **form.cleaned_data}
    return attempt(request, row, lambda: requests.note(**facts), _("Noted."), note_form=form)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the customer."""
    row, form = work_on(request, pk), form_of.AnswerForm(request.POST, auto_id="answer_%s")
    if not form.is_valid():
        return wrong(request, row, "answer_form", form)
    by, at = access.staff(request), clock.now()

    def act() -> None:
        requests.answer(request=row, text=form.cleaned_data["answer"], by=by, at=at)
        if form.cleaned_data["send_link"] and not call_backs.ask_by_link(request=row, by=by, at=at):
            messages.warning(request, _("Nobody can be written to: call the customer to hear whether it is good."))

    said = _("%(number)s is answered. It closes once the customer has been heard.") % {"number": row.number}
    return attempt(request, row, act, said, answer_form=form)


@require_POST
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a colleague to take the request over."""
    row = work_on(request, pk)
    form = form_of.PersonForm(request.POST, auto_id="handover_%s", people=people_for(row.account))
    if not form.is_valid():
        return wrong(request, row, "handover_form", form)
    taker, reason = form.cleaned_data["user"], form.cleaned_data["reason"]
    facts: dict[str, Any] = {
        "request": row,
        "taker": taker,
        "reason": reason,
        "by": access.staff(request),
        "at": clock.now(),
    }
    said = _("%(name)s is asked. Until they accept, it stays where it is.") % {"name": taker}
    return attempt(request, row, lambda: handovers.offer(**facts), said, handover_form=form)


@require_POST
def handover_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline a request that a colleague hands over."""
    offer = access.fetch(request, Handover.objects.select_related("request"), Right.REQUESTS_WORK, pk=pk)
    row, form = work_on(request, offer.request_id), form_of.DecideForm(request.POST)
    if not form.is_valid():
        return wrong(request, row, "decide_form", form)
    accept = form.cleaned_data["accept"] == "1"
    facts: dict[str, Any] = {"handover": offer, "accept": accept, "answer": form.cleaned_data["answer"]}
    said = _("The request is yours now.") if accept else _("Declined. It stays with the giver.")
    by, at = access.staff(request), clock.now()
    return attempt(request, row, lambda: handovers.decide(by=by, at=at, **facts), said)


@require_POST
def ask_help(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a colleague for a part of the work."""
    row = work_on(request, pk)
    form = form_of.PersonForm(request.POST, auto_id="help_%s", people=people_for(row.account))
    if not form.is_valid():
        return wrong(request, row, "help_form", form)
    user, ask = form.cleaned_data["user"], form.cleaned_data["reason"]
    facts: dict[str, Any] = {"request": row, "user": user, "ask": ask, "by": access.staff(request), "at": clock.now()}
    return attempt(
        request, row, lambda: handovers.ask_help(**facts), _("%(name)s is asked.") % {"name": user}, help_form=form
    )


@require_POST
def tell_part(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell what came of my part."""
    helper = access.fetch(request, Helper.objects.select_related("request"), Right.REQUESTS_WORK, pk=pk)
    row, form = work_on(request, helper.request_id), form_of.TextForm(request.POST, auto_id="part_%s")
    if not form.is_valid():
        return wrong(request, row, "part_form", form)
    facts: dict[str, Any] = {
        "helper": helper,
        "text": form.cleaned_data["text"],
        "by": access.staff(request),
        "at": clock.now(),
    }
    return attempt(request, row, lambda: handovers.tell_part(**facts), _("The owner knows of your part."))


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Let time stand still, with the reason."""
    row, form = work_on(request, pk), form_of.PauseForm(request.POST, auto_id="pause_%s")
    if not form.is_valid():
        return wrong(request, row, "pause_form", form)
    facts: dict[str, Any] = {"request": row, "by": access.staff(request), "at": clock.now(), **form.cleaned_data}
    said = _("Its time stands still, where a promise allows it.")
    return attempt(request, row, lambda: pauses.pause(**facts), said, pause_form=form)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let time run on."""
    row = work_on(request, pk)
    facts: dict[str, Any] = {"request": row, "by": access.staff(request), "at": clock.now()}
    said = _("Its time runs on; what was due is due later by the working time that stood still.")
    return attempt(request, row, lambda: pauses.resume(**facts), said)


@require_POST
def call_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what the customer said."""
    row, form = work_on(request, pk), form_of.CallForm(request.POST, auto_id="call_%s")
    if not form.is_valid():
        return wrong(request, row, "call_form", form)
    outcome = form.cleaned_data["outcome"]
    facts = {
        "request": row,
        "reached": outcome != "not_reached",
        "content": None if outcome == "not_reached" else outcome == "content",
        "stars": form.cleaned_data["stars"],
        "words": form.cleaned_data["words"],
        "by": access.staff(request),
        "at": clock.now(),
    }
    said = {
        "content": _("The customer is content. The request is closed."),
        "not_content": _("The request is open again; promises count anew."),
        "not_reached": _("Noted. Try again on another day."),
    }
    return attempt(request, row, lambda: call_backs.note_call(**facts), said[outcome], call_form=form)


@require_POST
def send_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the customer the page to rate the answer, again."""
    row = work_on(request, pk)
    by, at = access.staff(request), clock.now()

    def act() -> None:
        if not call_backs.ask_by_link(request=row, by=by, at=at):
            messages.warning(request, _("Nobody can be written to: call the customer to hear whether it is good."))

    return attempt(request, row, act, _("The page is on its way; earlier ones no longer open."))


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a request whose customer could not be reached."""
    row, form = work_on(request, pk), form_of.TextForm(request.POST, auto_id="close_%s")
    if not form.is_valid():
        return wrong(request, row, "close_form", form)
    facts: dict[str, Any] = {
        "request": row,
        "reason": form.cleaned_data["text"],
        "by": access.staff(request),
        "at": clock.now(),
    }
    return attempt(request, row, lambda: call_backs.close_unheard(**facts), _("Closed without having been heard."))


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a request again."""
    row, form = work_on(request, pk), form_of.TextForm(request.POST, auto_id="reopen_%s")
    if not form.is_valid():
        return wrong(request, row, "reopen_form", form)
    facts: dict[str, Any] = {
        "request": row,
        "reason": form.cleaned_data["text"],
        "by": access.staff(request),
        "at": clock.now(),
    }
    said = _("The request is open again; promises count anew.")
    return attempt(request, row, lambda: requests.reopen(**facts), said)


@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make this and another request of the account one."""
    row = work_on(request, pk)
    form = form_of.NumberForm(request.POST, auto_id="merge_%s")
    if not form.is_valid():
        return wrong(request, row, "merge_form", form)
    number = form.cleaned_data["number"].strip()
    others = access.listed(request, Request.objects.all(), Right.REQUESTS_WORK).filter(account=row.account)
    other = others.filter(number=number).first()
    if other is None:
        return page_of_request(request, row, problem=_("This account has no request of that number."))
    by, at = access.staff(request), clock.now()
    said = _("They are one now, under the earlier number. It can be undone.")
    return attempt(request, row, lambda: merging.merge(one=row, other=other, by=by, at=at), said)


@require_POST
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a double out again."""
    row = work_on(request, pk)
    facts: dict[str, Any] = {"request": row, "by": access.staff(request), "at": clock.now()}
    return attempt(request, row, lambda: merging.unmerge(**facts), _("It goes on by itself again."))


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a file."""
    row, form = work_on(request, pk), form_of.FileForm(request.POST, request.FILES, auto_id="file_%s")
    if not form.is_valid():
        return wrong(request, row, "file_form", form)
    facts: dict[str, Any] = {
        "request": row,
        "file": form.cleaned_data["file"],
        "by": access.staff(request),
        "at": clock.now(),
    }
    said = _("%(name)s is added.") % {"name": form.cleaned_data["file"].name}
    return attempt(request, row, lambda: attachments.attach(**facts), said)


@require_GET
def attachment(request: HttpRequest, pk: int) -> FileResponse:
    """A file of a request, only ever as a download."""
    row = access.fetch(request, Attachment.objects.all(), Right.REQUESTS_SEE, pk=pk)
    answered = FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.media_type)
    answered["Content-Security-Policy"] = "sandbox"
    answered["Cache-Control"] = "private, no-store"
    return answered


@require_POST
@sensitive_variables("number")
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the caller's number in full, after the look is on the record."""
    row = access.fetch(request, Request.objects.select_related(*WITH), Right.CONTACT_REVEAL, pk=pk)
    try:
        number = requests.reveal(request=row, by=access.staff(request), at=clock.now())
    except RevealRefused as refused:
        problem = _("You have looked at %(n)s numbers in this hour, the most that is allowed. Ask your supervisor.")
        return page_of_request(request, row, problem=problem % {"n": refused.limit})
    return page_of_request(request, row, number=number)
