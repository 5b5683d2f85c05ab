"""What a telephone needs to work without a network: the worker, the manifest, and what it takes along (VIS-7)."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.accounts.models import Account
from kam.core import access
from kam.core.rules import Reach, Right
from kam.lib import clock, encryption
from kam.visits.models import Visit
from kam.visits.queries.lists import at_hand

KEY_DAYS = 30  # entries that could not be sent for so long can still be read
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
WORKER = Path(__file__).resolve().parents[3] / "static" / "sw.js"


@login_not_required
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root because that is how far it may see; it holds no data and is for everybody."""
    return HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")


@login_not_required
@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """What the telephone installs: name, icon, and the page it opens with."""
    icon = {"src": staticfiles_storage.url("favicon.svg"), "sizes": "any", "type": "image/svg+xml"}
    told = {
        "name": settings.COMPANY_NAME or _("Key accounts"),
        "short_name": _("Visits"),
        "start_url": reverse("visits:phone"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#12302e",
        "theme_color": "#12302e",
        "icons": [icon],
    }
    return JsonResponse(told, content_type="application/manifest+json")


@require_GET
def pack(request: HttpRequest) -> JsonResponse:
    """Which pages to take along, with the key to seal them with, until when it holds, and the token for sending.

    `?keys=2026-11-20,…` asks for keys of earlier days too, for entries that still wait; a user gets its own alone.
    """
    access.check(request, Right.VISITS_WRITE)
    user, today = access.staff(request), clock.today()
    visits = at_hand(access.listed(request, Visit.objects.all(), Right.VISITS_WRITE), user, today)
    paths = [reverse("visits:phone"), *(reverse("visits:phone_log", args=[visit.uid]) for visit in visits)]
    numbers = [visit.account.account_no for visit in visits]
    if user.reach == Reach.OWN:
        numbers += [account.account_no for account in own_accounts(request)]
    paths += [reverse("visits:phone_new", args=[number]) for number in dict.fromkeys(numbers)]
    wanted = {today.isoformat(), *_days_asked(request, today)}
    began = int(request.session.get("began", clock.now().timestamp()))
    return JsonResponse(
        {
            "user": user.username,
            "current": today.isoformat(),
            "keys": {day: _key(user.pk, day) for day in sorted(wanted)},
            "expires_at": datetime.fromtimestamp(began + settings.SESSION_ABSOLUTE_SECONDS, UTC).isoformat(),
            "csrf": get_token(request),
            "paths": paths,
            "files": [staticfiles_storage.url(name) for name in ("visits.js", "phone.js", "phone-store.js")],
        }
    )


def own_accounts(request: HttpRequest) -> list[Account]:
    """The accounts that somebody may visit without a plan, as far as a telephone takes them along."""
    rows = access.listed(request, Account.objects.exclude(status=Account.Status.LEFT), Right.VISITS_WRITE)
    return list(rows.only("account_no", "name", "unit_id", "manager_id").order_by("name", "pk")[:40])


def _days_asked(request: HttpRequest, today: date) -> list[str]:
    asked = [day for day in request.GET.get("keys", "").split(",") if DAY.match(day)]
    oldest = (today - timedelta(days=KEY_DAYS)).isoformat()
    return [day for day in asked if oldest <= day <= today.isoformat()]


def _key(user_id: int, day: str) -> str:
    return base64.b64encode(encryption.derived(f"phone|{user_id}|{day}")).decode()
