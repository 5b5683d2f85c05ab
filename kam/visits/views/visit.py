"""One visit: who, when, what came of it, what is owed; its sheet, its pictures, its review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.models import Contact
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove
from kam.lib.typed import whole
from kam.service_desk.queries.linking import from_or_about
from kam.service_desk.rules.lifecycle import Source
from kam.visits.actions import reviewing, telling
from kam.visits.actions.base import NotOpen
from kam.visits.forms.plan import ReasonForm, WordsForm
from kam.visits.models import Photo, Visit
from kam.visits.queries.sheet import pdf_of, sheet_of
from kam.visits.rules.lifecycle import COUNTS, LOGGABLE, OPEN
from kam.visits.views.common import fetch_visit, people_of


@require_GET
def visit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of one visit."""
    return page(request, fetch_visit(request, Right.VISITS_SEE, pk=pk))


def page(request: HttpRequest, visit: Visit, *, problem: str = "", **forms: Any) -> HttpResponse:
    """Answer with the visit's page, with a problem or a form that was not in order."""
    user = access.staff(request)
    ref = telling.ref_of(visit)
    raised = from_or_about(user, Source.VISIT, ref)
    context: dict[str, Any] = {
        "section": "visits",
        "visit": visit,
        "account": visit.account,
        "people": visit.participants.select_related("user", "contact").order_by("side", "pk"),
        "topics": visit.topics.order_by("pk"),
        "photos": visit.photos.order_by("kind", "pk"),
        "moves": visit.moves.select_related("by").order_by("-pk")[:30],
        "requests": raised.select_related("owner").order_by("pk"),
        "contacts": people_of(request, visit.account)["contacts"],
        "is_open": visit.status in OPEN,
        "may_log": user.may(Right.VISITS_WRITE) and visit.status in LOGGABLE,
        "took_place": visit.status in COUNTS,
        "may_review": user.may(Right.VISITS_REVIEW) and visit.status == "DONE" and visit.manager_id != user.pk,
        "today": clock.today(),
        "problem": problem,
        "cancel_form": ReasonForm(),
        **forms,
    }
    return render(request, "visits/visit.html", context)


@require_POST
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the customer a link to confirm the time or to propose another."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    contact = None
    if (chosen := whole(request.POST.get("contact"))) is not None:
        rows = access.listed(request, Contact.objects.filter(account=visit.account, active=True), Right.VISITS_SEE)
        contact = rows.filter(pk=chosen).first()
    if contact is None:
        return page(request, visit, problem=_("Choose which contact is told."))
    try:
        telling.tell_customer(visit=visit, contact=contact, by=access.staff(request), at=clock.now())
    except telling.NoWay:
        return page(request, visit, problem=_("This contact has neither phone nor mail. Add one, or call."))
    except NotOpen:
        return page(request, visit, problem=_("This visit has taken place or is off: its time stands."))
    messages.success(request, _("%(name)s gets a link to confirm the time.") % {"name": contact.name})
    return redirect("visits:visit", pk)


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """What to read before the gate."""
    visit = fetch_visit(request, Right.VISITS_SEE, pk=pk)
    today = clock.today()
    context = {
        "section": "visits",
        "visit": visit,
        "account": visit.account,
        "sheet": sheet_of(visit, reader=access.staff(request), today=today),
    }
    return render(request, "visits/sheet.html", context)


@require_GET
def sheet_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet on paper."""
    visit = fetch_visit(request, Right.VISITS_SEE, pk=pk)
    today = clock.today()
    data = pdf_of(sheet_of(visit, reader=access.staff(request), today=today), language=str(get_language()), today=today)
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="visit-{visit.account.account_no}-{visit.day}.pdf"'
    return answer


@require_GET
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """One picture of a visit, as a download."""
    row = access.fetch(request, Photo.objects.all(), Right.VISITS_SEE, pk=pk)
    answer = FileResponse(
        row.file.open("rb"), as_attachment=True, filename=f"visit-{row.visit_id}-{pk}.jpg", content_type="image/jpeg"
    )
    answer["Content-Security-Policy"] = "sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Stand by what was written, with one tap."""
    visit = fetch_visit(request, Right.VISITS_REVIEW, pk=pk)
    try:
        reviewing.review(visit=visit, by=access.staff(request), at=clock.now())
    except reviewing.SamePerson:
        return page(request, visit, problem=_("A visit is reviewed by somebody who did not lead it."))
    except IllegalMove:
        return page(request, visit, problem=_("There is nothing to review: it was reviewed, or not written down yet."))
    messages.success(request, _("The visit is reviewed."))
    return redirect("visits:visit", pk)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whoever led the visit a question."""
    visit = fetch_visit(request, Right.VISITS_REVIEW, pk=pk)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return page(request, visit, ask_form=form)
    try:
        reviewing.ask_back(
            visit=visit, question=form.cleaned_data["text"][:300], by=access.staff(request), at=clock.now()
        )
    except reviewing.SamePerson:
        return page(request, visit, problem=_("A visit is reviewed by somebody who did not lead it."))
    except NotOpen:
        return page(request, visit, problem=_("There is nothing to review: it was reviewed, or not written down yet."))
    messages.success(request, _("%(name)s is asked.") % {"name": visit.manager})
    return redirect("visits:visit", pk)


@require_POST
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the supervisor's question."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return page(request, visit, reply_form=form)
    try:
        reviewing.reply(visit=visit, text=form.cleaned_data["text"], by=access.staff(request), at=clock.now())
    except NotOpen:
        return page(request, visit, problem=_("No question is open."))
    messages.success(request, _("The answer is with the supervisor."))
    return redirect("visits:visit", pk)


@require_POST
def followed_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the next step is done."""
    visit = fetch_visit(request, Right.VISITS_WRITE, pk=pk)
    reviewing.finish_next_step(visit=visit, by=access.staff(request), at=clock.now())
    messages.success(request, _("The next step is done."))
    return redirect("visits:visit", pk)
