"""How often somebody without a sign-in may ask."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.cache import caches


def spent(name: str, key: str, *, most: int, seconds: int, at: datetime) -> bool:
    """Count one request of `key` and tell whether it is beyond `most` in the running period of so many seconds.

    Counted in the cache that all processes share. Two requests in the same instant may count as one: what this guards
    is not to be guessed anyhow.
    """
    cache = caches["shared"]
    period = int(at.timestamp()) // seconds
    place = f"limit:{name}:{period}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    number = int(cache.get(place, 0)) + 1
    cache.set(place, number, seconds)
    return number > most
