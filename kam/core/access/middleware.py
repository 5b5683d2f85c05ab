"""What every request passes: an id for the logs, the limits of a session, what is owed before anything else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from kam.core.models import User
from kam.lib import clock, logs

Respond = Callable[[HttpRequest], HttpResponse]
# What answers before a second factor or a new password is set up: the pages that do it, and the way out.
FREE_PATHS = ("/sign/", settings.STATIC_URL, "/language/", "/live", "/ready")


class RequestContext:
    """Give every request an id that logs, tasks and the answer carry."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        token = logs.request_id.set(given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = logs.request_id.get()
            if not request.path.startswith(settings.STATIC_URL):
                # Not setdefault: allauth's never_cache leaves a weaker header on its own pages.
                response.headers["Cache-Control"] = "private, no-store"
                response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
            return response
        finally:
            logs.request_id.reset(token)


class SessionLimits:
    """End a session 30 minutes after its last use and 12 hours after its login (RELIABILITY 3.8)."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            began = request.session.setdefault("began", now)
            seen = request.session.get("seen", now)
            over = now - began >= settings.SESSION_ABSOLUTE_SECONDS
            if over or now - seen >= settings.SESSION_COOKIE_AGE:
                logout(request)
            elif now - seen >= 60 or "seen" not in request.session:
                request.session["seen"] = now
        leaving = request.method == "POST" and request.user.is_authenticated and request.path == "/sign/out/"
        response = self.get_response(request)
        if leaving and not request.user.is_authenticated:
            # What a telephone keeps for work without a network goes too, also where no script runs.
            response.headers["Clear-Site-Data"] = '"storage"'
        if request.headers.get("HX-Request") and not request.user.is_authenticated and response.status_code == 302:
            # htmx would follow the redirect and put the sign-in page into a corner of the old one.
            back = request.headers.get("HX-Current-URL", "")
            path = re.sub(r"^https?://[^/]+", "", back)
            target = reverse(settings.LOGIN_URL) + ("?" + urlencode({"next": path}) if path.startswith("/") else "")
            response = HttpResponse(headers={"HX-Redirect": target})
        return response


class Owed:
    """Send whoever owes a new password or a second factor to the page that sets it up, and nowhere else."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and not request.path.startswith(FREE_PATHS):
            if user.must_change_password:
                return redirect("account_change_password")
            if needs_second_factor(user) and not is_mfa_enabled(user):
                return redirect("mfa_activate_totp")
        return self.get_response(request)


def needs_second_factor(user: User) -> bool:
    """Tell whether one of the user's roles must have a second factor (`MFA_REQUIRED_ROLES`; "all" means every one)."""
    required = set(settings.MFA_REQUIRED_ROLES)
    return bool(required) and ("all" in required or bool(required & {role.value for role in user.roles}))
