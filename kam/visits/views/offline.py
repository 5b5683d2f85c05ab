"""What a telephone needs to work without a network: the worker, the manifest, and what it takes along (VIS-7)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.accounts.models import Account
from kam.core import access
from kam.core.access.phone import pack_of
from kam.core.rules import Reach, Right
from kam.lib import clock
from kam.visits.models import Visit
from kam.visits.queries.lists import at_hand

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
    """Which pages of visits to take along, with what it takes to seal and to send (kam.core.access.phone)."""
    access.check(request, Right.VISITS_WRITE)
    user, today = access.staff(request), clock.today()
    visits = at_hand(access.listed(request, Visit.objects.all(), Right.VISITS_WRITE), user, today)
    paths = [reverse("visits:phone"), *(reverse("visits:phone_log", args=[visit.uid]) for visit in visits)]
    numbers = [visit.account.account_no for visit in visits]
    if user.reach == Reach.OWN:
        numbers += [account.account_no for account in own_accounts(request)]
    paths += [reverse("visits:phone_new", args=[number]) for number in dict.fromkeys(numbers)]
    return pack_of(request, user, scopes=[reverse("visits:phone")], paths=paths, scripts=["visits.js"])


def own_accounts(request: HttpRequest) -> list[Account]:
    """The accounts that somebody may visit without a plan, as far as a telephone takes them along."""
    rows = access.listed(request, Account.objects.exclude(status=Account.Status.LEFT), Right.VISITS_WRITE)
    return list(rows.only("account_no", "name", "unit_id", "manager_id").order_by("name", "pk")[:40])
