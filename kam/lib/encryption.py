"""Personal data at rest: AES-256-GCM, bound to its place, with a key id, and a blind index for exact search.

RELIABILITY 3.7. The keys are not in the database and not in its back-up.
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class Undecipherable(Exception):
    """The text was not written for this place, or its key is not among ours."""


@lru_cache(maxsize=4)
def _ring(text: str) -> dict[str, AESGCM]:
    ring: dict[str, AESGCM] = {}
    for line in text.split():
        key_id, _, encoded = line.partition(":")
        if encoded:
            ring[key_id] = AESGCM(base64.b64decode(encoded))
    # Development without a key file: derived, so that two starts read each other's rows.
    return ring or {"dev": AESGCM(hashlib.sha256(text.encode()).digest())}


def current_key_id() -> str:
    """Return the id of the key that writes."""
    return next(iter(_ring(settings.FIELD_KEYS)))


def encrypt(plain: str, *, place: str) -> str:
    """Return `key_id.base64(nonce + ciphertext)`; `place` is "table.column.pk" and is needed again to read."""
    if not plain:
        return ""
    key_id, key = next(iter(_ring(settings.FIELD_KEYS).items()))
    nonce = os.urandom(12)
    sealed = nonce + key.encrypt(nonce, plain.encode(), place.encode())
    return f"{key_id}.{base64.b64encode(sealed).decode()}"


def decrypt(text: str, *, place: str) -> str:
    """Return the plain text. Raises `Undecipherable` where text was moved, changed, or its key is gone."""
    if not text:
        return ""
    key_id, _, encoded = text.partition(".")
    key = _ring(settings.FIELD_KEYS).get(key_id)
    if key is None:
        raise Undecipherable(f"key {key_id!r}")
    sealed = base64.b64decode(encoded)
    try:
        return key.decrypt(sealed[:12], sealed[12:], place.encode()).decode()
    except InvalidTag as error:
        raise Undecipherable(place) from error


def derived(purpose: str) -> bytes:
    """Return 32 bytes that belong to `purpose`, the same ones each time; whoever has the database alone has none."""
    return hmac.new(settings.INDEX_KEY.encode(), f"derived|{purpose}".encode(), hashlib.sha256).digest()


def blind_index(normal: str) -> str:
    """Return the HMAC by which an exact, already normalised value is found; empty for empty."""
    if not normal:
        return ""
    return hmac.new(settings.INDEX_KEY.encode(), normal.encode(), hashlib.sha256).hexdigest()
