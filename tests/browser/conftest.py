"""A real browser on a real server: Debian's Chromium, and the product on a port of this machine.

The server shares the test's database connection (SQLite in memory), so a test is rolled back like any other, and what
the test and the server do must take turns. Whatever the browser complains about fails the test: errors on the console,
a page that breaks the content security policy, an answer of 400 or more, a request to any other host.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from kam.core.models import User

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
# Seconds, not milliseconds: two busy cores.
PATIENCE_MS = 20_000
Result = TypeVar("Result")
_turn = threading.RLock()


def take_turns(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answer one request at a time, because all of them share one connection."""

    def answer(request: HttpRequest) -> HttpResponse:
        with _turn:
            return get_response(request)

    return answer


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module; its event loop must not outlive it, other tests start their own."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # Playwright keeps a loop in this thread; Django would take every query for one from a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def elsewhere(work: Callable[[], Result]) -> Result:
    """Do `work` in a thread of its own, on this connection: what draws charts refuses a thread with an event loop."""

    def with_connection() -> Result:
        connections[DEFAULT_DB_ALIAS] = shared
        return work()

    shared = connections[DEFAULT_DB_ALIAS]
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(with_connection).result()


class Site:
    """The running product, seen through browser windows that note every complaint."""

    def __init__(self, url: str, browser: Browser) -> None:
        self.url = url
        self.browser = browser
        self.complaints: list[str] = []
        self.refusals_wanted = False
        self._open: list[BrowserContext] = []

    def window(
        self,
        user: User | None = None,
        *,
        width: int = 1280,
        language: str = "zh-hans",
        scheme: Any = "light",
        scripts: bool = True,
    ) -> Page:
        """Open an empty window, signed in as `user` without the sign-in page."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="zh-CN" if language.startswith("zh") else "en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        cookies = {django_settings.LANGUAGE_COOKIE_NAME: language}
        if user is not None:
            with _turn:
                client = Client()
                client.force_login(user)
                cookies[django_settings.SESSION_COOKIE_NAME] = client.session.session_key or ""
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        self._open.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self._note(page, f"script error: {error}"))
        page.on("request", lambda request: self._request(page, request.url))
        page.on("response", lambda response: self._response(page, response))
        return page

    def _note(self, page: Page, text: str) -> None:
        self.complaints.append(f"{urlsplit(page.url).path}: {text}")

    def _console(self, message: Any) -> None:
        # An answer of 400 or more is noted by its address below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._note(message.page, message.text)

    def _request(self, page: Page, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self._note(page, f"asks another host: {url}")

    def _response(self, page: Page, response: Any) -> None:
        if response.status >= 400 and not self.refusals_wanted:
            self._note(page, f"{response.status} from {response.url}")

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Let pages answer 400 or more: that is what is looked at."""
        self.refusals_wanted = True
        yield
        self.refusals_wanted = False

    def still(self) -> threading.RLock:
        """Hold the server while the test itself reads or writes: `with site.still(): ...`."""
        return _turn

    def close(self) -> None:
        for context in self._open:
            context.close()


@pytest.fixture
def site(db: None, chromium: Browser, settings: Any) -> Iterator[Site]:
    """The product on a free port; at the end nothing may have complained."""
    if connection.vendor != "sqlite":
        pytest.skip("the server shares the test's connection, which only SQLite in memory can")
    settings.MIDDLEWARE = [f"{__name__}.take_turns", *settings.MIDDLEWARE]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]
    server = LiveServer("localhost")
    site = Site(server.url, chromium)
    try:
        yield site
    finally:
        site.close()
        # Not server.stop(): it would take the connection from threads that are still hanging up.
        server.thread.terminate()
    assert site.complaints == []
