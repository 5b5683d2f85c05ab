"""One's own calendar addresses, and what calendar programs read there."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from kam.core import access, actions
from kam.core.access.limits import spent
from kam.core.access.sign_in import client_address
from kam.core.models import CalendarFeed
from kam.core.queries import calendar, company_name
from kam.lib import clock, encryption, ics

HOUR = 3600
READS_PER_HOUR = 120  # a calendar program asks every few minutes at most, and a person has several of them
WRONG_PER_HOUR = 20


@require_GET
def my_calendar(request: HttpRequest) -> HttpResponse:
    """The addresses that one has given to calendar programs."""
    return _page(request)


@require_POST
def feed_make(request: HttpRequest) -> HttpResponse:
    """Make an address, or make it anew; it is shown this once."""
    me, scope = access.staff(request), request.POST.get("scope", "")
    if calendar.name_of(me, scope) is None:
        raise Http404
    feed, token = actions.make_feed(scope=scope, by=me, at=clock.now())
    # Answered at once and not redirected: the address stands nowhere else, and nobody keeps it for a second page.
    path = reverse("calendar_feed", kwargs={"token": token})
    return _page(request, made=feed, address=request.build_absolute_uri(path))


@require_POST
def feed_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End an address."""
    feed = access.own(request, CalendarFeed.objects.all(), pk=pk)
    actions.revoke_feed(feed=feed, by=access.staff(request), at=clock.now())
    messages.success(request, _("The address is revoked. Programs that had it are told nothing any more."))
    return redirect("core:my_calendar")


def _page(request: HttpRequest, made: CalendarFeed | None = None, address: str = "") -> HttpResponse:
    me, asked = access.staff(request), request.GET.get("scope", "")
    feeds = CalendarFeed.objects.visible_to(me).filter(revoked_at=None).order_by("scope", "pk")[:50]
    named = [(feed, calendar.name_of(me, feed.scope)) for feed in feeds]
    scopes = {feed.scope for feed in feeds}
    wanted = calendar.name_of(me, asked) if asked and asked not in scopes else None
    context = {
        "feeds": named,
        "has_own": "" in scopes,
        "asked": asked if wanted else "",
        "wanted": wanted,
        "sources": calendar.sources_of(me),
        "made": made,
        "address": address,
        "section": "my_calendar",
    }
    return render(request, "core/my_calendar.html", context)


@login_not_required
@csrf_exempt
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar at a private address: what its owner may see at this moment. The same 404 for every failure."""
    now = clock.now()
    row = calendar.feed_at(token)
    if row is None:
        if spent("calendar.wrong", client_address(request), most=WRONG_PER_HOUR, seconds=HOUR, at=now):
            return _later()
        raise Http404
    if spent("calendar.read", str(row.pk), most=READS_PER_HOUR, seconds=HOUR, at=now):
        return _later()
    with override(row.owner.language):
        name = calendar.name_of(row.owner, row.scope)
        if name is None:
            raise Http404
        actions.note_read(feed=row, at=now)
        return _answer(request, _text(request, row, name, now))


def _text(request: HttpRequest, row: CalendarFeed, name: str, now: datetime) -> bytes:
    title = " ".join(part for part in (company_name(), name) if part)
    return ics.write(
        calendar.events_of(row, now),
        name=title,
        zone=settings.TIME_ZONE,
        site=request.build_absolute_uri("/"),
        # Not the host's name, which may change: programs would take every entry for another one.
        domain=f"{encryption.blind_index('calendar')[:16]}.kam",
    )


def _answer(request: HttpRequest, text: bytes) -> HttpResponse:
    etag = quote_etag(hashlib.sha256(text).hexdigest()[:32])
    asked = {part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")}
    response = HttpResponse(status=304) if etag in asked else HttpResponse(text, "text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Content-Disposition"] = 'inline; filename="kam.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _later() -> HttpResponse:
    response = HttpResponse("", "text/plain; charset=utf-8", status=429)
    response["Retry-After"] = str(HOUR)
    return response
