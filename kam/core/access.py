"""The door: who is asking, what they may, which rows they reach, and the frame around every page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kam.core.models import User
from kam.core.rules import Right
from kam.lib import clock, logs

Row = TypeVar("Row", bound=models.Model)
Respond = Callable[[HttpRequest], HttpResponse]


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in (LoginRequiredMiddleware saw to it)."""

    user: User
    htmx: Any


def listed(request: HttpRequest, queryset: models.QuerySet[Row], right: Right) -> models.QuerySet[Row]:
    """Return what `request.user` may see of `queryset`; 403 without `right`. The only way from a view to many rows."""
    check(request, right)
    visible: models.QuerySet[Row] = queryset.visible_to(request.user)  # type: ignore[attr-defined]
    return visible


def fetch(request: HttpRequest, queryset: models.QuerySet[Row], right: Right, **lookup: Any) -> Row:
    """Return the one row, 404 where it is absent or out of scope, 403 where it is seen but `right` is lacking.

    The only way from a view to one row (DESIGN D10).
    """
    user = staff(request)
    row: Row | None = queryset.visible_to(user).filter(**lookup).first()  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    check(request, right)
    return row


def check(request: HttpRequest, right: Right) -> None:
    """Raise `PermissionDenied` unless the user has `right`."""
    if not staff(request).may(right):
        raise PermissionDenied(right.value)


def staff(request: HttpRequest) -> User:
    """Return the signed-in user."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


# ---- middleware ------------------------------------------------------------------------------------------------


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
                response.headers.setdefault("Cache-Control", "private, no-store")
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
            if now - began > settings.SESSION_ABSOLUTE_SECONDS or now - seen > settings.SESSION_COOKIE_AGE:
                logout(request)
            elif now - seen >= 60 or "seen" not in request.session:
                request.session["seen"] = now
        return self.get_response(request)


class SecondFactor:
    """Send whoever must have a second factor and has none to the page that sets it up, and nowhere else."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and settings.MFA_REQUIRED_ROLES and not self._free(request.path):
            required = set(settings.MFA_REQUIRED_ROLES)
            if ("all" in required or required & {role.value for role in user.roles}) and not is_mfa_enabled(user):
                return redirect("mfa_activate_totp")
        return self.get_response(request)

    @staticmethod
    def _free(path: str) -> bool:
        return path.startswith(("/sign/", settings.STATIC_URL, "/language/", "/live", "/ready"))


class StaffAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff do not sign themselves up; an administrator makes the user."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keep TOTP secrets encrypted at rest, with the keys of personal data."""

    def encrypt(self, text: str) -> str:
        from kam.lib import encryption

        return encryption.encrypt(text, place="mfa.authenticator")

    def decrypt(self, encrypted_text: str) -> str:
        from kam.lib import encryption

        return encryption.decrypt(encrypted_text, place="mfa.authenticator")


def client_address(request: HttpRequest) -> str:
    """Return the address of the peer, or the one our own proxies wrote last; never what a stranger may write."""
    if settings.PROXY_COUNT:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= settings.PROXY_COUNT:
            return str(chain[-settings.PROXY_COUNT])
    return str(request.META.get("REMOTE_ADDR", ""))


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer a login that is refused after too many failures."""
    wait = timedelta(hours=settings.AXES_COOLOFF_TIME)
    return render(request, "account/locked.html", {"minutes": int(wait.total_seconds() // 60)}, status=429)


# ---- the frame of a page ---------------------------------------------------------------------------------------


class MenuItem(NamedTuple):
    label: str | Promise
    url_name: str
    icon: str
    right: Right | None
    section: str


MENU = (
    MenuItem(_("My day"), "home", "home", None, ""),
    MenuItem(_("Key accounts"), "accounts:list", "building-factory-2", Right.ACCOUNTS_SEE, "accounts"),
    MenuItem(_("Groups"), "accounts:groups", "sitemap", Right.ACCOUNTS_SEE, "groups"),
    MenuItem(_("Energy reports"), "reports:list", "report-analytics", Right.REPORTS_SEE, "reports"),
    MenuItem(_("Load readings"), "metering:batches", "activity", Right.READINGS_SEE, "readings"),
    MenuItem(_("Time-of-use calendars"), "metering:calendars", "clock-hour-8", Right.TARIFFS_SEE, "calendars"),
    MenuItem(_("Tariffs"), "billing:tariffs", "receipt-yuan", Right.TARIFFS_SEE, "tariffs"),
    MenuItem(_("Staff and units"), "core:staff", "users", Right.STAFF_SEE, "staff"),
    MenuItem(_("Leave and deputies"), "core:absences", "beach", Right.ABSENCE_EDIT, "absences"),
    MenuItem(_("Rules in force"), "core:rules", "scale", Right.RULES_SEE, "rules"),
    MenuItem(_("Audit record"), "core:audit", "shield-check", Right.AUDIT_SEE, "audit"),
)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give templates the menu of the user's roles, where they are in it, and the company's name."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"company_name": settings.COMPANY_NAME}
    menu = [
        {"label": item.label, "url": reverse(item.url_name), "icon": item.icon, "section": item.section}
        for item in MENU
        if item.right is None or user.may(item.right)
    ]
    return {"menu": menu, "company_name": settings.COMPANY_NAME, "may": {right.name: user.may(right) for right in Right}}
