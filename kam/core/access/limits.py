"""How often somebody without a sign-in may ask."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.cache import caches


def spent(name: str, key: str, *, most: int, seconds: int, at: datetime) -> bool:
    """Count one request of `key` and tell whether it is beyond `most` in the running period of so many seconds."""
    return count(name, key, seconds=seconds, at=at) > most


def count(name: str, key: str, *, seconds: int, at: datetime) -> int:
    """Count one request of `key` and return how many there were in the running period, this one included.

    Counted in the cache that all processes share. Two requests in the same instant may count as one: what this guards
    is not to be guessed anyhow.
    """
    number = counted(name, key, seconds=seconds, at=at) + 1
    # Not incr: on the cache in files it would shorten the period to five minutes.
    caches["shared"].set(_place(name, key, seconds, at), number, seconds)
    return number


def counted(name: str, key: str, *, seconds: int, at: datetime) -> int:
    """Return how many requests of `key` there were in the running period."""
    return int(caches["shared"].get(_place(name, key, seconds, at), 0))


def _place(name: str, key: str, seconds: int, at: datetime) -> str:
    period = int(at.timestamp()) // seconds
    return f"limit:{name}:{period}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
