"""Requests from other systems: JSON, a token each, idempotency keys, described in OpenAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, JsonResponse

from kam.core import access
from kam.core.access.api import Refused, body_of, door
from kam.core.models import ApiToken
from kam.core.rules import Right
from kam.lib import clock
from kam.service_desk.actions import from_systems
from kam.service_desk.models import Request
from kam.service_desk.queries.for_api import account_of, requests_of
from kam.service_desk.rules.lifecycle import Kind
from kam.service_desk.rules.promises import Place

MAX_BODY = 64_000


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
        if at.tzinfo is None or not 2000 <= at.year <= 2100 or at > clock.now():
            raise forms.ValidationError("an instant in the past, with its offset", code="value")
        return at


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


@door("POST")
def requests(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """Hand a request in."""
    if token.acts_for is not None:
        access.check(request, Right.REQUESTS_WORK)
    body = body_of(request, names=RequestIn.base_fields, most=MAX_BODY)
    form = RequestIn({name: value for name, value in body.items() if value is not None})
    if not form.is_valid():
        wrong = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        raise Refused(422, "fields", fields=wrong)
    fields = dict(form.cleaned_data)
    account = account_of(fields.pop("account_no"), token)
    if account is None:
        raise Refused(422, "fields", fields={"account_no": ["no such key account"]})
    key = request.headers.get("Idempotency-Key", "")[:80]
    try:
        row, is_new = from_systems.hand_in(token=token, key=key, account=account, fields=fields, at=clock.now())
    except from_systems.KeyReused:
        raise Refused(409, "idempotency_key_reused") from None
    return JsonResponse(_shown(row), status=201 if is_new else 200)


@door("GET")
def request_shown(request: HttpRequest, token: ApiToken, number: str) -> JsonResponse:
    """How a request stands that this system handed in; those of others are not found."""
    row = requests_of(token).filter(number=number).first()
    if row is None:
        raise Refused(404, "not_found")
    return JsonResponse(_shown(row))
