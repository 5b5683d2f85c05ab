"""The door for other systems: a token each, JSON both ways, what is wrong as a code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kam.core.access.limits import count, counted
from kam.core.access.sign_in import client_address
from kam.core.actions import tokens
from kam.core.models import ApiToken
from kam.core.rules import Right
from kam.lib import clock

HOUR, MINUTE = 3600, 60
GUESSES_PER_HOUR = 60
CALLS_PER_MINUTE = 600

View: TypeAlias = Callable[..., JsonResponse]


class Refused(Exception):
    """The call is answered with `status` and a code, and what more there is to say."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.more = status, code, more


def door(*methods: str, right: Right | None = None) -> Callable[[View], View]:
    """Open a view to other systems by token: it is called with (request, token, ...), and may raise `Refused`.

    Where the token acts for a member of staff, that is who asks: `kam.core.access` gives what they see and may, and
    nothing else. `right`: what the token's person must have; a token without one does not get in then.
    """

    def opened(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @require_http_methods(list(methods))
        @functools.wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
            at = clock.now()
            try:
                token = _token(request, at)
                if right is not None and (token.acts_for is None or not token.acts_for.may(right)):
                    raise PermissionDenied(right.value)
                if token.acts_for is not None:
                    request.user = token.acts_for
                return view(request, token, *args, **kwargs)
            except Refused as refusal:
                return _error(refusal.status, refusal.code, **refusal.more)
            except PermissionDenied:
                return _error(403, "forbidden")
            except Http404:
                return _error(404, "not_found")

        return answered

    return opened


def body_of(request: HttpRequest, *, names: Iterable[str], most: int) -> dict[str, Any]:
    """Return the JSON object of a call, numbers as Decimal. Raises `Refused`: too large, not JSON, unknown names."""
    # The length that is said comes first: what is too large is not read.
    if int(request.headers.get("Content-Length") or 0) > most or len(request.body) > most:
        raise Refused(413, "too_large", most=most)
    try:
        body = json.loads(request.body, parse_float=Decimal, parse_constant=_none)
    except (ValueError, RecursionError):
        raise Refused(400, "not_json") from None
    if not _can_be_kept(body):
        raise Refused(400, "bad_text")
    if not isinstance(body, dict):
        raise Refused(400, "not_an_object")
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise Refused(422, "unknown_fields", fields=unknown[:20])
    return body


def _can_be_kept(value: Any) -> bool:
    """Tell whether every text in it is one that a database keeps: no zero byte, no half of a character."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(map(_can_be_kept, [*value, *value.values()]))
    return not isinstance(value, list) or all(map(_can_be_kept, value))


def _none(text: str) -> None:
    raise ValueError(text)  # NaN and Infinity are no JSON


def _token(request: HttpRequest, at: datetime) -> ApiToken:
    address = client_address(request)
    if counted("api-guess", address, seconds=HOUR, at=at) >= GUESSES_PER_HOUR:
        raise Refused(429, "too_many_guesses")
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = tokens.find(text.strip(), at=at) if scheme.lower() == "bearer" and text else None
    if found is None:
        count("api-guess", address, seconds=HOUR, at=at)
        raise Refused(401, "token")
    if count("api-call", str(found.pk), seconds=MINUTE, at=at) > CALLS_PER_MINUTE:
        raise Refused(429, "too_many_calls")
    return found


def _error(status: int, code: str, **more: Any) -> JsonResponse:
    answer = JsonResponse({"error": {"code": code, **more}}, status=status)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer
