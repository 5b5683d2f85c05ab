"""What pages for the telephone share: which of them to take along, and the keys that seal them (VIS-7, SRV-8)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token

from kam.core.models import User
from kam.lib import clock, encryption

KEY_DAYS = 30  # entries that could not be sent for so long can still be read
BELIEVED = timedelta(days=7)  # a telephone without a network sends later; what it says of the past counts for so long
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
SCRIPTS = ("phone.js", "phone-store.js")


def by_script(request: HttpRequest) -> bool:
    """Tell whether phone.js sends: it takes 201 alone for stored, because a redirect may lead to the sign-in page."""
    return request.headers.get("X-Phone") == "1"


def pack_of(
    request: HttpRequest, user: User, *, scopes: Sequence[str], paths: Sequence[str], scripts: Sequence[str]
) -> JsonResponse:
    """Answer which pages to take along, with the key to seal them with, until when it holds, and the token for sending.

    `scopes`: what was taken along under these and is not among `paths` any more is let go. `?keys=2026-11-20,…` asks
    for keys of earlier days too, for entries that still wait; a user gets its own alone.
    """
    today = clock.today()
    wanted = {today.isoformat(), *_days_asked(request, today)}
    began = int(request.session.get("began", clock.now().timestamp()))
    return JsonResponse(
        {
            "user": user.username,
            "current": today.isoformat(),
            "keys": {day: _key(user.pk, day) for day in sorted(wanted)},
            "expires_at": datetime.fromtimestamp(began + settings.SESSION_ABSOLUTE_SECONDS, UTC).isoformat(),
            "csrf": get_token(request),
            "scopes": list(scopes),
            "paths": list(paths),
            "files": [staticfiles_storage.url(name) for name in (*scripts, *SCRIPTS)],
        }
    )


def _days_asked(request: HttpRequest, today: date) -> list[str]:
    asked = [day for day in request.GET.get("keys", "").split(",") if DAY.match(day)]
    oldest = (today - timedelta(days=KEY_DAYS)).isoformat()
    return [day for day in asked if oldest <= day <= today.isoformat()]


def _key(user_id: int, day: str) -> str:
    return base64.b64encode(encryption.derived(f"phone|{user_id}|{day}")).decode()
