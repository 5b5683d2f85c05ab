"""A form that is sent twice is taken once: the second sending gets the first one's answer (RELIABILITY 3.9, R14)."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

RUNNING = "running"
RUNNING_SECONDS = 60  # a process that was killed meanwhile must not block the form for longer
ANSWER_SECONDS = 600
PATIENCE_SECONDS = 10
STEP_SECONDS = 0.05
# Signing in gives a cookie that a repeated answer would lack; the language may be switched to and fro.
FREE_PATHS = ("/sign/", "/language/")
# The cache of files looks and writes in two steps; one process serves where it is used.
_taking = threading.Lock()


class Once:
    """Recognise a form by its forgery token, which every page that is shown masks anew, and by all that it holds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = None
        try:
            response = self.get_response(request)
            key = request.META.pop("kam.once", None)
            if key and response.status_code == 302:
                caches["once"].set(key, response["Location"], ANSWER_SECONDS)
                key = None
            return response
        finally:
            # What led nowhere else (an error, a download) may be sent again.
            if key or (key := request.META.pop("kam.once", None)):
                caches["once"].delete(key)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method != "POST" or request.path.startswith(FREE_PATHS) or request.headers.get("HX-Request"):
            return None
        key = _key(request)
        if key is None:
            return None
        if _take(key):
            request.META["kam.once"] = key
            return None
        found = _wait(key)
        if found is None:  # it ended without an answer to repeat
            return self.process_view(request, view, args, kwargs)
        return render(request, "409.html", status=409) if found == RUNNING else HttpResponseRedirect(found)


def _take(key: str) -> bool:
    with _taking:
        return bool(caches["once"].add(key, RUNNING, RUNNING_SECONDS))


def _wait(key: str) -> str | None:
    until = time.monotonic() + PATIENCE_SECONDS
    found: str | None = caches["once"].get(key)
    while found == RUNNING and time.monotonic() < until:
        time.sleep(STEP_SECONDS)
        found = caches["once"].get(key)
    return found


def _key(request: HttpRequest) -> str | None:
    if "csrfmiddlewaretoken" not in request.POST:
        return None
    digest = hashlib.sha256(request.get_full_path().encode())
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        digest.update(repr((name, [(file.name, file.size) for file in files])).encode())
    return f"once:{digest.hexdigest()}"
