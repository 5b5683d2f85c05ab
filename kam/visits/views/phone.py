"""Pages for the telephone: today's visits, arrive, write down. Every entry carries its own mark (`uid`)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.access.phone import by_script
from kam.core.rules import Reach, Right
from kam.lib import clock
from kam.lib.pictures import PHOTO_BYTES, NotAPhoto, clean_photo
from kam.lib.typed import whole
from kam.visits.actions import log, on_the_spot, reviewing
from kam.visits.actions.base import ChangedMeanwhile, NotOpen
from kam.visits.forms.log import LogForm, PlaceForm, photo_uid
from kam.visits.models import Photo, Visit
from kam.visits.queries.lists import at_hand
from kam.visits.queries.sheet import sheet_of
from kam.visits.rules.lifecycle import OPEN
from kam.visits.views.common import fetch_visit, people_of
from kam.visits.views.offline import own_accounts


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """My visits of today and tomorrow, and those that are still to be written down."""
    user, day = access.staff(request), clock.today()
    visits = at_hand(access.listed(request, Visit.objects.all(), Right.VISITS_WRITE), user, day)
    own = own_accounts(request) if user.reach == Reach.OWN else []
    context = {"section": "visits", "today": day, "visits": visits, "accounts": own}
    return render(request, "visits/phone/today.html", context)


@require_POST
def arrive(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Note the arrival, with the place where the person agreed."""
    visit = fetch_visit(request, Right.VISITS_WRITE, uid=uid)
    form = PlaceForm(request.POST)
    valid = form.is_valid()
    if visit.status in OPEN:
        on_the_spot.arrive(
            visit=visit,
            arrived_at=form.cleaned_data.get("arrived_at") if valid else None,
            place=form.place if valid else None,
            by=access.staff(request),
            at=clock.now(),
        )
        messages.success(request, _("Your arrival is noted."))
    return HttpResponse(status=201) if by_script(request) else redirect("visits:phone_log", uid)


@require_http_methods(["GET", "POST"])
def write_down(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Write down a planned visit; what was written is corrected by the same form."""
    visit = fetch_visit(request, Right.VISITS_WRITE, uid=uid)
    return _log(request, visit.account, visit)


@require_http_methods(["GET", "POST"])
def write_down_new(request: HttpRequest, account_no: str) -> HttpResponse:
    """Write down a visit that nobody had planned."""
    account = access.fetch(request, Account.objects.select_related("unit"), Right.VISITS_WRITE, account_no=account_no)
    return _log(request, account, None)


def _log(request: HttpRequest, account: Account, visit: Visit | None) -> HttpResponse:
    day = clock.today()
    choices: dict[str, Any] = {**people_of(request, account), "today": day}
    if request.method != "POST":
        form = LogForm(initial=_usual(visit, account), **choices)
        return _answer(request, account, visit, form)
    form = LogForm(request.POST, request.FILES, **choices)
    if not form.is_valid():
        return _answer(request, account, visit, form)
    try:
        pictures = [_read(file) for file in form.cleaned_data["photos"]]
        signature = clean_photo(form.cleaned_data["signature"]) if form.cleaned_data["signature"] else b""
    except NotAPhoto:
        form.add_error("photos", _("One of the photos cannot be read. Take JPEG, PNG or WebP of at most 15 MB."))
        return _answer(request, account, visit, form)
    try:
        visit = _store(request, account, visit, form)
    except log.LoggedAlready:
        form.add_error(None, _("Somebody has written down this visit already. Open it and correct it there."))
        return _answer(request, account, visit, form, status=409)
    except ChangedMeanwhile:
        form.add_error(None, _("Somebody changed this visit meanwhile. Open it anew; what you typed is still here."))
        return _answer(request, account, visit, form, status=409)
    except NotOpen:
        form.add_error(None, _("This visit is reviewed: what was written stands."))
        return _answer(request, account, visit, form, status=409)
    _keep_pictures(request, visit, form.cleaned_data["uid"], pictures, signature)
    messages.success(request, _("The visit is written down."))
    return HttpResponse(status=201) if by_script(request) else redirect("visits:visit", visit.pk)


def _store(request: HttpRequest, account: Account, visit: Visit | None, form: LogForm) -> Visit:
    user, at, given = access.staff(request), clock.now(), form.cleaned_data
    entry = form.entry(arrived_at=given["arrived_at"])
    with transaction.atomic():
        if visit is None:
            stored = log.log_unplanned(account=account, manager=user, entry=entry, by=user, at=at)
        elif visit.status == "DONE" and visit.log_uid != entry.uid and (version := whole(request.POST.get("version"))):
            stored = log.correct(visit=visit, version=version, entry=entry, by=user, at=at)
        else:
            stored = log.log(visit=visit, entry=entry, by=user, at=at)
        if form.place is not None and stored.arrived_at is None:
            on_the_spot.arrive(visit=stored, arrived_at=given["arrived_at"], place=form.place, by=user, at=at)
        if given["request_text"]:
            reviewing.raise_request(
                visit=stored,
                kind=given["request_kind"],
                text=given["request_text"],
                due_day=given["request_due"],
                owner=user,
                by=user,
                at=at,
            )
    return stored


def _keep_pictures(
    request: HttpRequest, visit: Visit, entry: uuid.UUID, pictures: list[bytes], signature: bytes
) -> None:
    user, at = access.staff(request), clock.now()
    try:
        for picture in pictures:
            uid = photo_uid(entry, picture)
            on_the_spot.add_photo(visit=visit, uid=uid, picture=picture, by=user, at=at)
    except on_the_spot.TooManyPhotos:
        messages.warning(request, _("Twelve photos are kept at most. The others were left out."))
    if signature:
        uid = photo_uid(entry, signature)
        on_the_spot.add_photo(visit=visit, uid=uid, picture=signature, kind=Photo.Kind.SIGNATURE, by=user, at=at)


def _read(file: Any) -> bytes:
    return clean_photo(file.read(PHOTO_BYTES + 1))


@require_POST
def photo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Add one picture to a visit; `uid` in the form is the picture's own mark. Answers 204, 400 or 409."""
    visit = fetch_visit(request, Right.VISITS_WRITE, uid=uid)
    if "photo" not in request.FILES:
        raise Http404
    try:
        mark = uuid.UUID(request.POST.get("uid", ""))
        picture = _read(request.FILES["photo"])
        on_the_spot.add_photo(visit=visit, uid=mark, picture=picture, by=access.staff(request), at=clock.now())
    except (ValueError, NotAPhoto):
        return HttpResponse(_("This is no photo that can be read."), status=400, content_type="text/plain")
    except on_the_spot.TooManyPhotos:
        return HttpResponse(_("Twelve photos are kept at most."), status=409, content_type="text/plain")
    return HttpResponse(status=204)


def _usual(visit: Visit | None, account: Account) -> dict[str, Any]:
    usual: dict[str, Any] = {"uid": uuid.uuid4(), "day": clock.today(), "purpose": "ROUTINE"}
    if visit is None:
        return usual
    people = list(visit.participants.all())
    usual |= {
        "purpose": visit.purpose,
        "contacts": [one.contact_id for one in people if one.contact_id],
        "colleagues": [one.user_id for one in people if one.user_id and one.user_id != visit.manager_id],
        "others": ", ".join(one.name for one in people if one.side == "THEIRS" and not one.contact_id),
    }
    if visit.status == "DONE":
        usual |= {
            "day": visit.day,
            "satisfaction": visit.satisfaction,
            "next_step": visit.next_step,
            "next_step_day": visit.next_step_day,
            **{f"topic_{topic.topic}": topic.text for topic in visit.topics.all()},
        }
    elif visit.day <= clock.today():
        usual["day"] = visit.day
    return usual


def _answer(
    request: HttpRequest, account: Account, visit: Visit | None, form: LogForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"section": "visits", "account": account, "visit": visit, "form": form}
    if visit is not None and visit.status in OPEN and request.method == "GET":
        context["sheet"] = sheet_of(visit, reader=access.staff(request), today=clock.today())
    return render(request, "visits/phone/log.html", context, status=status)
