"""A text-message gateway that runs on this machine and misbehaves as told: accepts, fails, acts then drops, delays.

It speaks what docs/gateway.md says, keeps its own log in an SQLite file (`calls` and `messages`), and gives receipts.
Its log is the second book of every test: what it delivered, and how often.
"""

from __future__ import annotations

import json
import queue
import random
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kam.lib import clock
from kam.notifications.rules.addresses import hint
from kam.notifications.rules.signing import is_genuine, signature
from kam.notifications.rules.states import Channel

TABLES = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, at REAL, reference TEXT, what TEXT);
CREATE TABLE IF NOT EXISTS messages (
    reference TEXT PRIMARY KEY, id TEXT, hint TEXT, signs INTEGER, effects INTEGER, status TEXT, at REAL, url TEXT);
"""


@dataclass(frozen=True)
class Faults:
    """Shares between 0 and 1 of calls that go wrong, and how. `dedupe=False`: an idempotency key means nothing."""

    error: float = 0.0  # 500, nothing done
    drop: float = 0.0  # done, then the line is cut
    slow: float = 0.0  # done, the answer comes after `slow_seconds`
    slow_seconds: float = 3.0
    reject: float = 0.0  # 422: this message is never taken
    latency_seconds: float = 0.0
    receipt_seconds: float = 1.0
    receipt_failed: float = 0.0
    receipts: bool = True
    per_second: float = 0.0  # more than that is answered with 429; 0: no limit
    dedupe: bool = True


@dataclass
class Book:
    """The gateway's own log. One connection and one lock: it is small, and its word must be exact."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self.connection.executescript(TABLES)

    def call(self, reference: str, what: str) -> None:
        with self.lock:
            at = clock.now().timestamp()
            self.connection.execute("INSERT INTO calls (at, reference, what) VALUES (?, ?, ?)", (at, reference, what))

    def act(self, reference: str, number: str, text: str, url: str, dedupe: bool) -> tuple[str, bool]:
        """Deliver once for each reference (or each time, without `dedupe`); (our number, whether it was new)."""
        with self.lock:
            row = self.connection.execute("SELECT id FROM messages WHERE reference=?", (reference,)).fetchone()
            if row and dedupe:
                return str(row[0]), False
            if row:
                self.connection.execute("UPDATE messages SET effects=effects+1 WHERE reference=?", (reference,))
                return str(row[0]), True
            made = f"G{reference[:13]}"
            self.connection.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, 1, 'accepted', ?, ?)",
                (reference, made, hint(Channel.SMS, number), len(text), clock.now().timestamp(), url),
            )
            return made, True

    def status(self, reference: str) -> tuple[str, str] | None:
        with self.lock:
            row = self.connection.execute("SELECT id, status FROM messages WHERE reference=?", (reference,)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def owing(self) -> list[tuple[str, str]]:
        """Return (reference, address) of what was taken and has no receipt yet, from before a restart."""
        with self.lock:
            rows = self.connection.execute("SELECT reference, url FROM messages WHERE status='accepted'").fetchall()
        return [(str(reference), str(url)) for reference, url in rows]

    def set_status(self, reference: str, status: str) -> None:
        with self.lock:
            self.connection.execute("UPDATE messages SET status=? WHERE reference=?", (status, reference))


class Gateway(ThreadingHTTPServer):
    """The server with its book, its faults and the thread that gives receipts."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, *, book: Book, faults: Faults, secret: str, seed: int = 1, host: str = "127.0.0.1"
    ) -> None:
        super().__init__((host, port), Handler)
        self.book, self.faults, self.secret = book, faults, secret
        self.chance, self.chance_lock = random.Random(seed), threading.Lock()
        self.owed: queue.PriorityQueue[tuple[float, int, str, str]] = queue.PriorityQueue()
        self.seconds: dict[int, int] = {}
        for reference, url in book.owing():
            self.owe_receipt(reference, url)
        threading.Thread(target=self._give_receipts, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; that is what the tests do to them."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def draw(self) -> float:
        with self.chance_lock:
            return self.chance.random()

    def too_fast(self) -> bool:
        """Count this call, and tell whether its second has had enough."""
        if not self.faults.per_second:
            return False
        second = int(clock.monotonic())
        with self.chance_lock:
            self.seconds = {second: self.seconds.get(second, 0) + 1}
            return self.seconds[second] > self.faults.per_second

    def owe_receipt(self, reference: str, url: str, tries: int = 0, wait: float | None = None) -> None:
        if self.faults.receipts and url:
            seconds = self.faults.receipt_seconds if wait is None else wait
            self.owed.put((clock.monotonic() + seconds, tries, reference, url))

    def _give_receipts(self) -> None:
        while True:
            due, tries, reference, url = self.owed.get()
            time.sleep(max(due - clock.monotonic(), 0))
            failed = self.draw() < self.faults.receipt_failed
            self.book.set_status(reference, "failed" if failed else "delivered")
            known = self.book.status(reference)
            body = json.dumps(
                {
                    "reference": reference,
                    "id": known[0] if known else "",
                    "status": "failed" if failed else "delivered",
                    "code": "absent" if failed else "DELIVRD",
                    "at": clock.now().isoformat(timespec="seconds"),
                }
            ).encode()
            if not self._post(url, body) and tries < 8:
                self.owe_receipt(reference, url, tries + 1, wait=2.0**tries)

    def _post(self, url: str, body: bytes) -> bool:
        timestamp = str(int(clock.now().timestamp()))
        signed = signature(self.secret, timestamp=timestamp, method="POST", path=urlsplit(url).path, body=body)
        headers = {"Content-Type": "application/json", "X-Timestamp": timestamp, "X-Signature": signed}
        request = urllib.request.Request(url, body, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return bool(answer.status < 300)
        except (urllib.error.URLError, OSError):
            return False


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Gateway

    def log_message(self, format: str, *args: Any) -> None:
        """The book has it; a line on the terminal would name telephone numbers."""

    def do_POST(self) -> None:
        server, body = self.server, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._genuine(body):
            return self._answer(401, {"problem": "signature"})
        try:
            given = json.loads(body)
            reference, number, text = str(given["reference"]), str(given["to"]), str(given["text"])
        except (ValueError, KeyError, TypeError):
            return self._answer(400, {"problem": "body"})
        if server.too_fast():
            server.book.call(reference, "429")
            return self._answer(429, {"problem": "too fast"}, {"Retry-After": "1"})
        faults, drawn = server.faults, server.draw()
        time.sleep(faults.latency_seconds)
        if drawn < faults.error:
            server.book.call(reference, "error")
            return self._answer(500, {"problem": "as told"})
        if drawn < faults.error + faults.reject:
            server.book.call(reference, "reject")
            return self._answer(422, {"problem": "number"})
        url = str(given.get("receipt_url", ""))
        made, new = server.book.act(reference, number, text, url, faults.dedupe)
        if new:
            server.owe_receipt(reference, url)
        kinds = faults.error + faults.reject
        if drawn < kinds + faults.drop:
            server.book.call(reference, "drop")
            self.close_connection = True
            self.connection.shutdown(2)
            return None
        if drawn < kinds + faults.drop + faults.slow:
            server.book.call(reference, "slow")
            time.sleep(faults.slow_seconds)
        else:
            server.book.call(reference, "taken" if new else "again")
        return self._answer(202, {"id": made, "status": "accepted"})

    def do_GET(self) -> None:
        if not self._genuine(b""):
            return self._answer(401, {"problem": "signature"})
        reference = self.path.rpartition("/")[2]
        found = self.server.book.status(reference)
        self.server.book.call(reference, "asked")
        if found is None:
            return self._answer(404, {"problem": "reference"})
        return self._answer(200, {"id": found[0], "status": found[1]})

    def _genuine(self, body: bytes) -> bool:
        return is_genuine(
            self.headers.get("X-Signature", ""),
            self.server.secret,
            timestamp=self.headers.get("X-Timestamp", ""),
            method=self.command,
            path=urlsplit(self.path).path,
            body=body,
            now_seconds=clock.now().timestamp(),
        )

    def _answer(self, status: int, told: dict[str, str], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(told).encode()
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client did not wait
