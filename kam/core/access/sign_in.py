"""Signing in: who may still try, which devices are known, what happens after.

Three brakes (RELIABILITY 3.8): axes by name and address; a bucket of guesses per account for devices that are not
known; the same bucket per known device. So nobody gets more than ten guesses an hour at an account, from however many
addresses, and nobody can lock a named user out of a device on which the user has signed in before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kam.core import actions
from kam.core.models import User
from kam.lib import clock, encryption

DEVICE_SALT = "kam.known-device"
DEVICE_SECONDS = 180 * 24 * 3600


class StaffAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in of staff: nobody signs up, guesses are counted, the language and the device are remembered."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Take a guess out of the bucket before the password is looked at, so that parallel tries count too."""
        take_guess(bucket_of(request, str(credentials.get("username", ""))))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            # Only this one: failures of others stay counted, or each visit of the user would give them ten more.
            actions.give_back_guess(key=bucket_of(request, str(credentials.get("username", ""))))
        return user

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        request.session["began"] = request.session["seen"] = int(clock.now().timestamp())

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        response.set_cookie(
            device_cookie(user.username),
            signing.dumps(user.pk, salt=DEVICE_SALT),
            max_age=DEVICE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        actions.record(by=user, at=clock.now(), action="sign.in", subject=user)
        return response

    def set_password(self, user: Any, password: str) -> None:
        user.must_change_password = False
        super().set_password(user, password)
        actions.record(by=user, at=clock.now(), action="password.changed", subject=user)


class StaffBackend(ModelBackend):
    """Django's backend that reads the unit with the user: every page shows it."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("unit").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keep TOTP secrets encrypted at rest, with the keys of personal data."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, place=actions.FACTOR_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text, place=actions.FACTOR_PLACE)


def take_guess(key: str) -> None:
    """Count one guess. Raises `ValidationError` saying how long to wait where the bucket is empty."""
    wait = actions.take_guess(key=key, at=clock.now())
    if wait:
        raise ValidationError(wait_text(wait), code="too_many_guesses")


def wait_text(seconds: int) -> str:
    """Say how long to wait, in seconds or in minutes."""
    if seconds < 120:
        return ngettext(
            "Too many attempts. Wait %(n)d second, then try again.",
            "Too many attempts. Wait %(n)d seconds, then try again.",
            seconds,
        ) % {"n": seconds}
    minutes = -(-seconds // 60)
    return _("Too many attempts. Wait %(n)d minutes, then try again, or use a device you have signed in on before.") % {
        "n": minutes
    }


def device_cookie(username: str) -> str:
    """Name the cookie by the user, so that one device may be known for several, and names stay out of it."""
    return f"kam-device-{encryption.blind_index(username.strip().casefold())[:12]}"


def known_device(request: HttpRequest, username: str) -> str:
    """Return the signed token of a device on which this user has signed in before; empty where there is none."""
    token = request.COOKIES.get(device_cookie(username), "")
    try:
        user_id = signing.loads(token, salt=DEVICE_SALT, max_age=DEVICE_SECONDS)
    except signing.BadSignature:
        return ""
    return token if User.objects.filter(pk=user_id, username=username.strip()).exists() else ""


def bucket_of(request: HttpRequest, username: str) -> str:
    """Name the bucket of guesses: the account's, or the known device's own, which strangers cannot empty."""
    return actions.bucket_key(username=username, device=known_device(request, username))


def is_known_device(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Tell axes to leave a known device alone; its own bucket bounds it."""
    return bool(known_device(request, str((credentials or {}).get("username") or request.POST.get("login", ""))))


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
