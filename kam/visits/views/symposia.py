"""Symposia: the list, one of them, its guests, its minutes and material."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.access import customer_page
from kam.accounts.models import Account, CustomerLink
from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.typed import whole
from kam.lib.uploads import MAX_BYTES, RefusedFile, accept
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Source
from kam.visits.actions import symposia as actions
from kam.visits.forms.plan import ReasonForm
from kam.visits.forms.symposium import AnswerForm, GuestsForm, HoldForm, MaterialForm, RequestForm, SymposiumForm
from kam.visits.models import Symposium, SymposiumFile, SymposiumGuest
from kam.visits.queries.of_link import guest_of

MOST_GUESTS = 300


@require_GET
def symposium_list(request: HttpRequest) -> HttpResponse:
    """Symposia, the latest first."""
    rows = access.listed(request, Symposium.objects.select_related("unit", "organiser"), Right.VISITS_SEE)
    page = page_of(rows.order_by("-starts_at", "-pk"), request.GET.get("page"))
    return render(request, "visits/symposia.html", {"section": "visits", "page": page})


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Call a symposium."""
    user = access.staff(request)
    units = access.listed(request, Unit.objects.all(), Right.VISITS_WRITE).order_by("path")
    form = SymposiumForm(request.POST or None, initial={"unit": user.unit_id, "minutes": 120}, units=units)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        row = actions.call(
            **{name: given[name] for name in ("title", "unit", "starts_at", "place", "agenda")},
            ends_at=form.ends_at,
            by=user,
            at=clock.now(),
        )
        messages.success(request, _("The symposium is called. Choose whom to invite."))
        return redirect("visits:symposium", row.pk)
    return render(request, "visits/symposium_form.html", {"section": "visits", "form": form})


@require_GET
def symposium_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One symposium."""
    return _page(request, _fetch(request, Right.VISITS_SEE, pk))


def _fetch(request: HttpRequest, right: Right, pk: int) -> Symposium:
    row: Symposium = access.fetch(request, Symposium.objects.select_related("unit", "organiser"), right, pk=pk)
    return row


def _page(request: HttpRequest, row: Symposium, *, problem: str = "", **forms: Any) -> HttpResponse:
    guests = access.listed(request, SymposiumGuest.objects.filter(symposium=row), Right.VISITS_SEE)
    raised = Request.objects.visible_to(access.staff(request)).filter(
        source=Source.SYMPOSIUM.value, source_ref=f"visits.Symposium:{row.pk}"
    )
    context: dict[str, Any] = {
        "section": "visits",
        "symposium": row,
        "guests": list(guests.select_related("account", "contact").order_by("account__name", "pk")[:MOST_GUESTS]),
        "files": row.files.order_by("pk"),
        "requests": raised.select_related("account", "owner").order_by("pk"),
        "problem": problem,
        "is_open": row.status == "PLANNED",
        "guests_form": GuestsForm(choices=Account.Importance.choices),
        "hold_form": HoldForm(initial={"minutes": row.minutes}),
        "file_form": MaterialForm(),
        "request_form": RequestForm(),
        "cancel_form": ReasonForm(),
        **forms,
    }
    return render(request, "visits/symposium.html", context)


def _closed() -> str:
    return _("The symposium has been held or is cancelled.")


@require_POST
def add_guests(request: HttpRequest, pk: int) -> HttpResponse:
    """Put accounts on the list of guests."""
    row = _fetch(request, Right.VISITS_WRITE, pk)
    form = GuestsForm(request.POST, choices=Account.Importance.choices)
    if not form.is_valid():
        return _page(request, row, guests_form=form)
    given = form.cleaned_data
    rows = access.listed(request, Account.objects.filter(status="CONFIRMED"), Right.VISITS_WRITE)
    chosen = rows.filter(account_no__in=given["numbers"]) if given["numbers"] else rows.none()
    if given["importance"]:
        chosen = chosen | rows.filter(importance=given["importance"])
    try:
        added = actions.add_guests(
            symposium=row,
            accounts=list(chosen.order_by("pk")[:MOST_GUESTS]),
            by=access.staff(request),
            at=clock.now(),
        )
    except actions.NotPlanned:
        return _page(request, row, problem=_closed())
    told = ngettext("%(n)s account is on the list.", "%(n)s accounts are on the list.", added)
    messages.success(request, told % {"n": added})
    return redirect("visits:symposium", pk)


@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send everybody who was not invited yet a link to answer by."""
    row = _fetch(request, Right.VISITS_WRITE, pk)
    try:
        invited, unreached = actions.invite(symposium=row, by=access.staff(request), at=clock.now())
    except actions.NotPlanned:
        return _page(request, row, problem=_closed())
    told = ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", invited)
    messages.success(request, told % {"n": invited})
    if unreached:
        lack = ngettext("%(n)s has no contact to write to.", "%(n)s have no contact to write to.", unreached)
        messages.warning(request, lack % {"n": unreached})
    return redirect("visits:symposium", pk)


@require_POST
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Note who came and what was said."""
    row = _fetch(request, Right.VISITS_WRITE, pk)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, row, hold_form=form)
    came = {guest: True for text in request.POST.getlist("came") if (guest := whole(text)) is not None}
    try:
        actions.hold(
            symposium=row,
            minutes=form.cleaned_data["minutes"],
            attended=came,
            by=access.staff(request),
            at=clock.now(),
        )
    except actions.NotPlanned:
        return _page(request, row, problem=_closed())
    messages.success(request, _("Minutes and attendance are noted."))
    return redirect("visits:symposium", pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a symposium."""
    row = _fetch(request, Right.VISITS_WRITE, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, cancel_form=form)
    try:
        actions.cancel(symposium=row, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now())
    except actions.NotPlanned:
        return _page(request, row, problem=_closed())
    messages.success(request, _("The symposium is cancelled."))
    return redirect("visits:symposium", pk)


@require_POST
def add_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Add material."""
    row = _fetch(request, Right.VISITS_WRITE, pk)
    form = MaterialForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.add_file(
                symposium=row,
                accepted=accept(file.name, file.read(MAX_BYTES + 1)),
                by=access.staff(request),
                at=clock.now(),
            )
        except RefusedFile:
            form.add_error("file", _("This file is not taken: PDF, pictures, XLSX, DOCX or text of at most 15 MB."))
        else:
            messages.success(request, _("The material is kept."))
            return redirect("visits:symposium", pk)
    return _page(request, row, file_form=form)


@require_GET
def material(request: HttpRequest, pk: int) -> FileResponse:
    """Material, as a download."""
    row = access.fetch(request, SymposiumFile.objects.all(), Right.VISITS_SEE, pk=pk)
    answer = FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.media_type)
    answer["Content-Security-Policy"] = "sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
def raise_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Make what a guest asked for a request."""
    guest = access.fetch(
        request,
        SymposiumGuest.objects.select_related("symposium__unit", "symposium__organiser", "account__manager"),
        Right.VISITS_WRITE,
        pk=pk,
    )
    form = RequestForm(request.POST)
    if not form.is_valid():
        return _page(request, guest.symposium, request_form=form)
    given = form.cleaned_data
    actions.raise_request(
        guest=guest,
        kind=given["kind"],
        text=given["text"],
        due_day=given["due"],
        by=access.staff(request),
        at=clock.now(),
    )
    messages.success(request, _("It is a request now, with an owner and a deadline."))
    return redirect("visits:symposium", guest.symposium_id)


@customer_page(actions.INVITE)
def invitation(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """The customer's page: come or not, how many, what to talk about."""
    guest = guest_of(link)
    if guest is None or rest:
        raise Http404
    symposium = guest.symposium
    is_open = symposium.status == "PLANNED" and symposium.ends_at > clock.now()
    form = AnswerForm(request.POST or None, initial={"people": guest.people or 1, "note": guest.note})
    done = False
    if request.method == "POST" and is_open and form.is_valid():
        given = form.cleaned_data
        try:
            guest = actions.answer(
                guest=guest,
                link=link,
                coming=given["coming"] == "yes",
                people=given["people"],
                note=given["note"],
                at=clock.now(),
            )
            done = True
        except actions.NotPlanned:
            is_open = False
    context = {"guest": guest, "symposium": symposium, "form": form, "is_open": is_open, "done": done}
    return render(request, "visits/invitation.html", context)
