"""Killing the web process (kill -9 of gunicorn, master and worker) during 200 acknowledged posts loses none of them.

Each post is the page that adds a contact to an account, answered with a redirect: the acknowledgement. Four clients
post at once; after every 25 acknowledgements the server's whole process group is killed in the midst of its work and
started again. At the end every acknowledged contact is in the database, with its audit entry, and the chain verifies.
What was posted and not acknowledged may be there or not. Loopback only; each database in turn.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import ROOT, on_each_database, print_table

POSTS = 200
CLIENTS = 4
KILL_EVERY = 25
PATIENCE_SECONDS = 180
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Server:
    """Gunicorn as `make run` starts it, in a process group of its own that can be killed whole."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.log = Path(os.environ["KAM_DATA_DIR"]) / "web.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for the first good answer."""
        command = [str(Path(sys.executable).parent / "gunicorn"), "kam.wsgi", "--workers", "1", "--threads", "8"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/live")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"The server did not start; see {self.log}")

    def kill(self) -> None:
        """Kill master and worker at once, without a word."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Client:
    """One person at a browser: cookies, the form's token, and forms sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and text of one request on a connection of its own. Raises `OSError`, `HTTPException`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def token(self, path: str) -> str:
        """Return the token of the form on a page."""
        status, text = self.ask("GET", path)
        found = _TOKEN.search(text)
        if status != 200 or found is None:
            raise OSError(f"{path}: {status}")
        return found[1]

    def sign_in(self, username: str, password: str) -> None:
        form = {"csrfmiddlewaretoken": self.token("/sign/in/"), "login": username, "password": password}
        status, _ = self.ask("POST", "/sign/in/", form)
        if status != 302:
            raise SystemExit(f"{username} could not sign in: {status}")


@dataclass
class Tally:
    """What the clients did, and what was killed."""

    acknowledged: list[str] = field(default_factory=list)
    sent: int = 0
    unanswered: int = 0
    kills: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_number(self) -> int | None:
        """Return the number of the next contact, None when enough are acknowledged."""
        with self.lock:
            if len(self.acknowledged) >= POSTS:
                return None
            self.sent += 1
            return self.sent


def post_contacts(port: int, username: str, password: str, page: str, tally: Tally) -> None:
    """Add contacts until enough are acknowledged; an unanswered one is not sent again, the next one is."""
    client = Client(port)
    client.sign_in(username, password)
    token = client.token(page)
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and (number := tally.take_number()) is not None:
        name = f"耐久{number:04d}"
        form = {"csrfmiddlewaretoken": token, "name": name, "role": "OTHER", "channel": "PHONE"}
        form |= {"language": "zh-hans", "phone": f"142{number:08d}", "mail": "", "consent_at": ""}
        try:
            status, text = client.ask("POST", page, form)
        except (OSError, http.client.HTTPException):
            with tally.lock:
                tally.unanswered += 1
            time.sleep(0.2)
            continue
        if status != 302:
            raise SystemExit(f"{page} answered {status}: {text[:2000]}")
        with tally.lock:
            tally.acknowledged.append(name)


def work(database: str) -> None:
    """Run the whole thing on one database and print what was found."""
    from django.core.management import call_command
    from django.db import connection

    from kam.accounts.models import Account, Contact
    from kam.core.actions import verify
    from kam.core.models import AuditEntry
    from kam.reports.actions.demo import people

    call_command("demo", "--accounts", "12", "--days", "1")
    account_no = Account.objects.filter(manager__username="limin").values_list("account_no", flat=True)[0]
    connection.close()
    server, tally = Server(), Tally()
    server.start()
    began = time.monotonic()
    page = f"/accounts/{account_no}/contacts/new/"
    arguments = (server.port, "limin", people.PASSWORD, page, tally)
    clients = [threading.Thread(target=post_contacts, args=arguments, daemon=True) for _ in range(CLIENTS)]
    try:
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            if len(tally.acknowledged) >= (tally.kills + 1) * KILL_EVERY and tally.kills < POSTS // KILL_EVERY - 1:
                server.kill()
                tally.kills += 1
                server.start()
            time.sleep(0.01)
    finally:
        server.kill()
    seconds = time.monotonic() - began
    kept = set(Contact.objects.filter(name__startswith="耐久").values_list("name", flat=True))
    lost = [name for name in tally.acknowledged if name not in kept]
    entries = AuditEntry.objects.filter(action="contact.added").count()
    chain = verify()
    head = ("database", "acknowledged", "kills", "unanswered", "of these kept", "lost", "audit entries", "chain", "s")
    row = (
        database,
        len(tally.acknowledged),
        tally.kills,
        tally.unanswered,
        len(kept) - len(tally.acknowledged) + len(lost),
        len(lost),
        entries,
        "whole" if chain.ok else "broken",
        seconds,
    )
    print_table("kill -9 of the web process among acknowledged posts", head, [row])
    if lost or len(tally.acknowledged) < POSTS or entries != len(kept) or not chain.ok:
        raise SystemExit(1)


if __name__ == "__main__":
    on_each_database(work)
