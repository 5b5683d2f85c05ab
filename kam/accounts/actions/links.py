"""Signed addresses for customers: issue, put into a message, find, revoke (RELIABILITY 3.8, S7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from kam.accounts.models import Account, Contact, CustomerLink
from kam.core.actions import record
from kam.core.models import User

# What stands in a stored message instead of the address; nobody who reads the database or the queue can use it.
_PLACEHOLDER = re.compile(r"⟦link:(\d+)⟧")


def issue(
    *,
    account: Account,
    purpose: str,
    ref: str,
    expires_at: datetime,
    language: str = "zh-hans",
    contact: Contact | None = None,
    by: User | None,
    at: datetime,
) -> CustomerLink:
    """Make a link; call it in the transaction of what it is for, and put `placeholder(link)` into the message."""
    with transaction.atomic():
        link = CustomerLink(
            account=account,
            contact=contact,
            purpose=purpose,
            ref=ref,
            language=language,
            nonce=secrets.token_hex(16),
            token_hash=secrets.token_hex(32),  # until the row has its number, which the token is derived from
            by=by,
            created_at=at,
            expires_at=expires_at,
        )
        link.save()
        link.token_hash = hash_of(token_of(link))
        link.save(update_fields=["token_hash"])
    return link


def placeholder(link: CustomerLink) -> str:
    """Return what a message holds in place of the address; the relay fills it in just before sending."""
    return f"⟦link:{link.pk}⟧"


def address_of(link: CustomerLink) -> str:
    """Return the whole address as the customer gets it. It is a key: never log it, never show it to staff."""
    return str(settings.PUBLIC_URL) + reverse("customer", args=[token_of(link)])


def fill(text: str) -> str:
    """Put the addresses into a text that is being sent."""
    wanted = {int(pk) for pk in _PLACEHOLDER.findall(text)}
    if not wanted:
        return text
    links = CustomerLink.objects.in_bulk(wanted)
    return _PLACEHOLDER.sub(
        lambda match: address_of(links[int(match[1])]) if int(match[1]) in links else match[0], text
    )


def token_of(link: CustomerLink) -> str:
    """Return the 128 bits that open the link, 22 characters."""
    digest = hmac.new(settings.INDEX_KEY.encode(), f"customer-link|{link.pk}|{link.nonce}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest.digest()[:16]).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    """Return what a token is found by; plain SHA-256 is enough for 128 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str) -> CustomerLink | None:
    """Return the link of a token, also one that has expired or was revoked."""
    return CustomerLink.objects.select_related("account", "contact").filter(token_hash=hash_of(token)).first()


def opens(link: CustomerLink, at: datetime) -> bool:
    """Tell whether the link opens its page now."""
    return link.revoked_at is None and at < link.expires_at


def note_use(*, link: CustomerLink, at: datetime) -> None:
    """Note that the customer answered by this link; call it in the transaction of the answer."""
    CustomerLink.objects.filter(pk=link.pk).update(used_at=at)


def revoke(*, link: CustomerLink, by: User | None, at: datetime) -> None:
    """Close a link for good."""
    revoke_all(ref=link.ref, purpose=link.purpose, only=link.pk, by=by, at=at)


def revoke_all(*, ref: str, purpose: str | None = None, only: int | None = None, by: User | None, at: datetime) -> int:
    """Close all open links about `ref`, of one purpose where told. Returns how many."""
    rows = CustomerLink.objects.filter(ref=ref, revoked_at=None)
    if purpose is not None:
        rows = rows.filter(purpose=purpose)
    if only is not None:
        rows = rows.filter(pk=only)
    with transaction.atomic():
        closed: int = rows.update(revoked_at=at)
        if closed:
            record(by=by, at=at, action="link.revoked", subject=ref, purpose=purpose or "", links=closed)
    return closed
