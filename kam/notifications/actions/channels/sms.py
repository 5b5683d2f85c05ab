"""Text messages through a gateway over HTTP (docs/gateway.md): signed, with an idempotency key, asked by reference."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from urllib3.exceptions import NewConnectionError

from kam.lib import clock
from kam.notifications.rules.answers import Answer, Parcel, Verdict, of_question, of_send
from kam.notifications.rules.pace import TIMEOUT_SECONDS
from kam.notifications.rules.signing import signature

LARGEST_ANSWER = 65_536
_local = threading.local()


def send(parcel: Parcel) -> Answer:
    """Post the message. The same reference is the same message, however often it is posted."""
    if not settings.SMS_GATEWAY_URL:
        return Answer(Verdict.REFUSED, "not.configured")
    body = {"reference": parcel.reference, "to": parcel.address, "text": parcel.text}
    if settings.SMS_RECEIPT_URL:
        body["receipt_url"] = settings.SMS_RECEIPT_URL
    try:
        status, told, wait = _call("POST", "/messages", json.dumps(body, ensure_ascii=False).encode(), parcel.reference)
    except requests.RequestException as error:
        return _judge(error)
    return of_send(status, str(told.get("id", ""))[:80], wait)


def ask(parcel: Parcel) -> Answer:
    """Ask what became of the message with this reference."""
    if not settings.SMS_GATEWAY_URL:
        return Answer(Verdict.UNKNOWN, "not.configured")
    try:
        status, told, _ = _call("GET", f"/messages/{parcel.reference}", b"", "")
    except requests.RequestException:
        return Answer(Verdict.UNKNOWN, "asked.nothing")
    return of_question(status, str(told.get("status", "")), str(told.get("id", ""))[:80])


def _judge(error: requests.RequestException) -> Answer:
    """Tell what surely never left from what may have been taken."""
    if isinstance(error, requests.ConnectTimeout):
        return Answer(Verdict.LATER, "connect")
    if isinstance(error, requests.ConnectionError):
        cause = error.args[0] if error.args else None
        if isinstance(getattr(cause, "reason", None), NewConnectionError):
            return Answer(Verdict.LATER, "connect")
        return Answer(Verdict.UNKNOWN, "dropped")
    if isinstance(error, requests.Timeout):
        return Answer(Verdict.UNKNOWN, "timeout")
    return Answer(Verdict.UNKNOWN, "broken")


def _call(method: str, path: str, body: bytes, key: str) -> tuple[int, dict[str, Any], float | None]:
    """Make one signed call; (status, decoded answer, seconds the gateway asks to wait)."""
    url = settings.SMS_GATEWAY_URL.rstrip("/") + path
    timestamp = str(int(clock.now().timestamp()))
    signed = signature(
        settings.SMS_GATEWAY_SECRET, timestamp=timestamp, method=method, path=urlsplit(url).path, body=body
    )
    headers = {
        "Content-Type": "application/json",
        "X-Timestamp": timestamp,
        "X-Signature": signed,
        **({"Idempotency-Key": key} if key else {}),
    }
    # No redirects: they would carry the message to somewhere nobody has configured.
    with _session().request(
        method,
        url,
        data=body or None,
        headers=headers,
        timeout=(TIMEOUT_SECONDS / 2, TIMEOUT_SECONDS / 2),
        allow_redirects=False,
        stream=True,
    ) as response:
        data = _read(response)
        wait = response.headers.get("Retry-After", "")
        return response.status_code, _decoded(data), float(wait) if wait.isdigit() else None


def _read(response: requests.Response) -> bytes:
    """Read a small answer within the time limit; a gateway that drips must not hold a sender for minutes."""
    until, data = clock.monotonic() + TIMEOUT_SECONDS, b""
    for piece in response.iter_content(4096):
        data += piece
        if len(data) > LARGEST_ANSWER or clock.monotonic() > until:
            raise requests.Timeout
    return data


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _session() -> requests.Session:
    """Return this thread's session, which keeps its connection open from one message to the next."""
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.trust_env = False  # the gateway's address is the whole configuration
    return session
