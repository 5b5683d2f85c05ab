"""Tokens of other systems: made, shown once, kept as a hash, ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from kam.core.actions.audit import record
from kam.core.models import ApiToken, User


class NameTaken(Exception):
    """Another system has this name."""


def make(*, name: str, by: User, at: datetime, acts_for: User | None = None) -> tuple[ApiToken, str]:
    """Make a token; its text is returned this once and kept nowhere.

    `acts_for`: the member of staff whose rights and units the system has; without one it only hands requests in.
    Raises `NameTaken`.
    """
    text = f"kam_{secrets.token_urlsafe(32)}"
    try:
        with transaction.atomic():
            row = ApiToken.objects.create(
                name=name, token_hash=hash_of(text), hint=text[-4:], acts_for=acts_for, by=by, at=at
            )
            speaks_for = acts_for.username if acts_for else ""
            record(by=by, at=at, action="token.made", subject=row, name=name, acts_for=speaks_for)
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
    """Return the token in force, its use noted; None where it is unknown or ended, or its person is gone."""
    rows = ApiToken.objects.filter(Q(acts_for=None) | Q(acts_for__is_active=True))
    row = rows.filter(token_hash=hash_of(text), revoked_at=None).select_related("acts_for__unit").first()
    if row is not None:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)
    return row
