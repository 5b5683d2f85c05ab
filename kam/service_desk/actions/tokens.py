"""Tokens of other systems, and the requests that they hand in (RELIABILITY 1: idempotency keys)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from kam.accounts.models import Account
from kam.core.actions import record
from kam.core.models import User
from kam.service_desk.actions import requests
from kam.service_desk.models import ApiCall, ApiToken, Request
from kam.service_desk.rules.lifecycle import Source


class KeyReused(Exception):
    """The idempotency key came before with another body."""


class NameTaken(Exception):
    """Another system has this name."""


def make(*, name: str, by: User, at: datetime) -> tuple[ApiToken, str]:
    """Make a token; its text is returned this once and kept nowhere. Raises `NameTaken`."""
    text = f"kam_{secrets.token_urlsafe(32)}"
    try:
        with transaction.atomic():
            row = ApiToken.objects.create(name=name, token_hash=hash_of(text), hint=text[-4:], by=by, at=at)
            record(by=by, at=at, action="token.made", subject=row, name=name)
    except IntegrityError as error:
        raise NameTaken(name) from error
    return row, text


def revoke(*, token: ApiToken, by: User, at: datetime) -> None:
    """End a token for good; ended twice it stays as it was."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
            record(by=by, at=at, action="token.revoked", subject=token, name=token.name)


def hash_of(text: str) -> str:
    """Return what a token is found by; 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def find(text: str, *, at: datetime) -> ApiToken | None:
    """Return the token in force, its use noted; None where it is unknown or ended."""
    row = ApiToken.objects.filter(token_hash=hash_of(text), revoked_at=None).first()
    if row is not None:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)
    return row


def hand_in(
    *, token: ApiToken, key: str, account: Account, fields: Mapping[str, Any], at: datetime
) -> tuple[Request, bool]:
    """Take a request from another system; the same key gives the same request. Returns it, and whether it is new.

    Raises `KeyReused`.
    """
    body_hash = hashlib.sha256(json.dumps([account.pk, fields], sort_keys=True, default=str).encode()).hexdigest()
    known = _known(token, key, body_hash)
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            row = requests.take(
                account=account,
                source=Source.API.value,
                ref=f"service_desk.ApiToken:{token.pk}",
                by=None,
                at=at,
                **fields,
            )
            if key:
                ApiCall.objects.create(token=token, key=key, body_hash=body_hash, request=row, at=at)
    except IntegrityError:
        known = _known(token, key, body_hash)  # the same call at the same time was faster
        if known is None:
            raise
        return known, False
    return row, True


def _known(token: ApiToken, key: str, body_hash: str) -> Request | None:
    call = ApiCall.objects.select_related("request__account").filter(token=token, key=key).first() if key else None
    if call is None:
        return None
    if call.body_hash != body_hash:
        raise KeyReused(key)
    request: Request = call.request
    return request
