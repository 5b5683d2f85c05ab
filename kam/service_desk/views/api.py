"""The door for other systems: JSON, a token each, idempotency keys, described in OpenAPI."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from kam.core.access.sign_in import client_address
from kam.lib import clock, encryption
from kam.service_desk.actions import tokens
from kam.service_desk.models import ApiToken, Request
from kam.service_desk.queries.for_api import account_of, requests_of
from kam.service_desk.rules.lifecycle import Kind
from kam.service_desk.rules.openapi import description
from kam.service_desk.rules.promises import Place

MAX_BODY = 64_000
GUESSES_PER_HOUR = 60


class RequestIn(forms.Form):
    """What another system hands in."""

    account_no = forms.CharField(max_length=32)
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind if kind != Kind.APPLICATION])
    text = forms.CharField(max_length=5000)
    title = forms.CharField(max_length=120, required=False)
    place = forms.ChoiceField(choices=[("", ""), *((one.value, one.value) for one in Place)], required=False)
    site = forms.CharField(max_length=200, required=False)
    latitude = forms.FloatField(min_value=-90, max_value=90, required=False)
    longitude = forms.FloatField(min_value=-180, max_value=180, required=False)
    caller_name = forms.CharField(max_length=60, required=False)
    phone = forms.CharField(max_length=30, required=False)
    received_at = forms.CharField(max_length=40, required=False)

    def clean_received_at(self) -> datetime | None:
        """Return the instant; it has an offset and has passed."""
        text = str(self.cleaned_data["received_at"])
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError("not an ISO 8601 instant", code="format") from None
        if at.tzinfo is None or at > clock.now():
            raise forms.ValidationError("an instant in the past, with its offset", code="value")
        return at


def _error(status: int, code: str, **more: Any) -> JsonResponse:
    return JsonResponse({"error": {"code": code, **more}}, status=status)


def _token(request: HttpRequest) -> ApiToken | JsonResponse:
    key = f"api-guess-{encryption.blind_index(client_address(request))}-{int(clock.now().timestamp() // 3600)}"
    cache = caches["shared"]
    if int(cache.get(key, 0)) >= GUESSES_PER_HOUR:
        return _error(429, "too_many_guesses")
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = tokens.find(text.strip(), at=clock.now()) if scheme.lower() == "bearer" and text else None
    if found is None:
        cache.add(key, 0, timeout=3600)
        cache.incr(key)
        answer = _error(401, "token")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return found


def _shown(row: Request) -> dict[str, Any]:
    return {
        "number": row.number,
        "account_no": row.account.account_no,
        "kind": row.kind,
        "status": row.status,
        "title": row.title,
        "received_at": row.received_at.isoformat(),
        "due_at": row.next_due_at.isoformat() if row.next_due_at else None,
        "answer": row.answer,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }


@csrf_exempt
@login_not_required
@require_http_methods(["POST"])
def requests(request: HttpRequest) -> JsonResponse:
    """Hand a request in."""
    token = _token(request)
    if isinstance(token, JsonResponse):
        return token
    if len(request.body) > MAX_BODY:
        return _error(413, "too_large", most=MAX_BODY)
    try:
        body = json.loads(request.body)
    except ValueError:
        return _error(400, "not_json")
    if not isinstance(body, dict):
        return _error(400, "not_an_object")
    unknown = sorted(set(body) - set(RequestIn.base_fields))
    if unknown:
        return _error(422, "unknown_fields", fields=unknown[:20])
    form = RequestIn({name: value for name, value in body.items() if value is not None})
    if not form.is_valid():
        return _error(
            422, "fields", fields={name: [str(one) for one in errors] for name, errors in form.errors.items()}
        )
    fields = dict(form.cleaned_data)
    account = account_of(fields.pop("account_no"))
    if account is None:
        return _error(422, "fields", fields={"account_no": ["no such key account"]})
    key = request.headers.get("Idempotency-Key", "")[:80]
    try:
        row, is_new = tokens.hand_in(token=token, key=key, account=account, fields=fields, at=clock.now())
    except tokens.KeyReused:
        return _error(409, "idempotency_key_reused")
    return JsonResponse(_shown(row), status=201 if is_new else 200)


@login_not_required
@require_GET
def request_shown(request: HttpRequest, number: str) -> JsonResponse:
    """How a request stands that this system handed in; those of others are not found."""
    token = _token(request)
    if isinstance(token, JsonResponse):
        return token
    row = requests_of(token).filter(number=number).first()
    return JsonResponse(_shown(row)) if row is not None else _error(404, "not_found")


@login_not_required
@require_GET
def openapi(request: HttpRequest) -> JsonResponse:
    """The description of this door; it names no customer."""
    return JsonResponse(description(settings.PUBLIC_URL))
