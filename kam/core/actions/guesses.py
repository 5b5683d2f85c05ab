"""Guesses at passwords and codes: counted before they are looked at, per account or per known device."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from kam.core.actions.audit import record
from kam.core.models import GuessBucket, SpentCode
from kam.core.rules import GUESSES_PER_HOUR, guess_wait, guesses_of_hour
from kam.lib import encryption


def bucket_key(*, username: str, device: str) -> str:
    """Return the bucket's key: no typed name is stored, because people type passwords into the wrong field."""
    return encryption.blind_index(f"guess|{username.strip().casefold()}|{device}")


def take_guess(*, key: str, at: datetime) -> int:
    """Count one guess and return 0, or return the seconds to wait, uncounted."""
    now = at.timestamp()
    with transaction.atomic():
        GuessBucket.objects.get_or_create(key=key, defaults={"last_at": at})
        bucket = GuessBucket.objects.select_for_update().get(key=key)
        wait = guess_wait(bucket.taken, now)
        if wait:
            return wait
        bucket.taken = [*guesses_of_hour(bucket.taken, now), now]
        bucket.last_at = at
        bucket.save(update_fields=["taken", "last_at"])
        if len(bucket.taken) == GUESSES_PER_HOUR:
            # Once per lock, or a guesser could write the audit record full.
            record(by=None, at=at, action="sign.locked", subject=f"bucket:{key[:12]}")
    return 0


def give_back_guess(*, key: str) -> None:
    """Uncount the latest guess, which was right."""
    with transaction.atomic():
        bucket = GuessBucket.objects.select_for_update().filter(key=key).first()
        if bucket and bucket.taken:
            bucket.taken = bucket.taken[:-1]
            bucket.save(update_fields=["taken"])


def spend_code(*, user_id: int, code: str, at: datetime) -> bool:
    """Use a one-time code up; False where it was used before, in whichever process."""
    key = encryption.blind_index(f"code|{user_id}|{''.join(code.split())}")
    _, created = SpentCode.objects.get_or_create(key=key, defaults={"at": at})
    return created


def sweep(*, at: datetime) -> int:
    """Delete what no longer decides anything: guesses of more than an hour ago, codes that have run out."""
    hour_ago = datetime.fromtimestamp(at.timestamp() - 3600, UTC)
    buckets, _ = GuessBucket.objects.filter(last_at__lt=hour_ago).delete()
    codes, _ = SpentCode.objects.filter(at__lt=at - timedelta(minutes=10)).delete()
    return buckets + codes
