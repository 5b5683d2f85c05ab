"""For machines and for who watches over them: receipts in, metrics out, the status page."""

from __future__ import annotations

import hmac
import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.notifications import actions, queries
from kam.notifications.rules.signing import is_genuine

LARGEST_RECEIPT = 8192


@csrf_exempt
@login_not_required
@require_POST
def receipt(request: HttpRequest) -> HttpResponse:
    """A gateway's receipt: signed instead of signed in. Told twice is told once."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_RECEIPT:
        return HttpResponse(status=413)
    now = clock.now()
    genuine = is_genuine(
        request.headers.get("X-Signature", ""),
        settings.SMS_GATEWAY_SECRET,
        timestamp=request.headers.get("X-Timestamp", ""),
        method="POST",
        path=request.path,
        body=request.body,
        now_seconds=now.timestamp(),
    )
    if not genuine:
        return HttpResponse(status=403)
    try:
        told = json.loads(request.body)
        given = actions.Receipt(
            reference=str(told.get("reference") or ""),
            gateway_id=str(told.get("id") or ""),
            status=str(told["status"]),
            code=str(told.get("code") or ""),
            raw=request.body.decode(),
        )
    except (ValueError, KeyError, AttributeError):
        return HttpResponse(status=400)
    try:
        actions.record_receipt(receipt=given, at=now)
    except actions.UnknownReference:
        return HttpResponse(status=404)
    return HttpResponse(status=204)


@login_not_required
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for a token or for staff."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    known = settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if not known:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        access.check(request, Right.STATUS_SEE)
    text = queries.metrics_text(queries.health(at=clock.now()))
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """How sending and the processes fare."""
    access.check(request, Right.STATUS_SEE)
    now = clock.now()
    return render(
        request, "notifications/status.html", {"health": queries.health(at=now), "now": now, "section": "status"}
    )
