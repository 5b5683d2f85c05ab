"""Requests that other systems hand in (RELIABILITY 1: idempotency keys)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from kam.accounts.models import Account
from kam.core.models import ApiToken
from kam.service_desk.actions import requests
from kam.service_desk.models import ApiCall, Request
from kam.service_desk.rules.lifecycle import Source


class KeyReused(Exception):
    """The idempotency key came before with another body."""


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
                ref=f"core.ApiToken:{token.pk}",
                by=token.acts_for,
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
