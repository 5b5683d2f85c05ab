"""Signatures between us and a gateway, both ways: HMAC-SHA256 over instant, method, path and body."""

import hashlib
import hmac

FRESH_SECONDS = 300


def signature(secret: str, *, timestamp: str, method: str, path: str, body: bytes) -> str:
    """Return the hex signature. `timestamp`: whole seconds since 1970 as text; `path`: with its query, without host."""
    head = f"{timestamp}\n{method.upper()}\n{path}\n".encode()
    return hmac.new(secret.encode(), head + body, hashlib.sha256).hexdigest()


def is_genuine(
    given: str, secret: str, *, timestamp: str, method: str, path: str, body: bytes, now_seconds: float
) -> bool:
    """Tell whether a signature holds and is at most five minutes old; without a secret nothing holds."""
    if not secret or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    if abs(now_seconds - int(timestamp)) > FRESH_SECONDS:
        return False
    right = signature(secret, timestamp=timestamp, method=method, path=path, body=body)
    return hmac.compare_digest(right, given) if given.isascii() else False
