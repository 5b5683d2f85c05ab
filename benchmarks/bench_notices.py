"""Messages through a faulty gateway while relays are killed; ten thousand at 200 ms; the first send after a commit.

benchmarks/bench_notices.py [MESSAGES [KILLS [MANY]]]     1,000 messages, 40 kills, 10,000 in a row

Issue of planned outages and RELIABILITY R1-R3: 0 lost, 0 delivered twice; 10,000 in 10 minutes or less at 200 ms of
latency; first send within 5 s of the commit. Everything happens on this machine, between processes of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import ROOT, on_each_database, print_table

SECRET = "benchmark-" + "0" * 40
KILL_AFTER = 20  # new deliveries since the last kill: a kill of something that is not working proves little
LONGEST_SECONDS = 1500
NUMBERS = [int(text) for text in sys.argv[1:4]]
MESSAGES, KILLS, MANY = [*NUMBERS, *(1000, 40, 10_000)[len(NUMBERS) :]]


class Gave(Exception):
    """Something did not happen in time."""


class Book:
    """The gateway's own log, read from outside."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)

    def one(self, sql: str) -> Any:
        return self.connection.execute(sql).fetchone()[0]

    def taken(self) -> int:
        return int(self.one("SELECT COUNT(*) FROM messages"))


@contextlib.contextmanager
def gateway(folder: Path, name: str, *options: str) -> Iterator[Book]:
    """Run the simulator with these faults; its address goes into the environment of what is started later."""
    log = folder / f"{name}.sqlite3"
    command = [sys.executable, "manage.py", "gateway", "--port", "0", "--log", str(log), *options]
    os.environ |= {"SMS_GATEWAY_SECRET": SECRET, "SMS_PER_SECOND": "1000", "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        os.environ["SMS_GATEWAY_URL"] = process.stdout.readline().split()[2].rstrip(",")
        yield Book(log)
    finally:
        process.kill()
        process.wait()


def start_relay(name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "relay", "--name", name]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)


def stop(relay: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> float:
    """Send the signal, and return the seconds until the process has gone."""
    start = time.perf_counter()
    relay.send_signal(number)
    relay.wait(30)
    return time.perf_counter() - start


def wait_for(done: Any, what: str, seconds: float = LONGEST_SECONDS, pause: float = 0.05) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise Gave(what)
        time.sleep(pause)


def owe(prefix: str, count: int) -> None:
    """Owe so many messages, five hundred to a commit."""
    from django.db import transaction

    from kam.lib import clock
    from kam.notifications import actions
    from kam.notifications.rules.states import Channel

    for first in range(0, count, 500):
        with transaction.atomic():
            for number in range(first, min(first + 500, count)):
                at = clock.now()
                actions.owe(
                    key=f"{prefix}-{number}",
                    kind="benchmark",
                    to=[actions.Address(Channel.SMS, f"138{number:08d}")],
                    language="zh-hans",
                    subject="停电通知",
                    text="【东湖供电】12月6日8:00-16:00停10kV东钢线。",
                    deadline=at + timedelta(days=8),
                    by=None,
                    at=at,
                )


def under_way(prefix: str) -> int:
    from kam.notifications.models import Delivery

    rows = Delivery.objects.filter(message__key__startswith=f"{prefix}-", status__in=["PENDING", "UNKNOWN"])
    return rows.count()


def killed(folder: Path) -> list[object]:
    """Kill relays while they work, then count what the gateway delivered against what was owed."""
    from kam.notifications.models import CallTask, Delivery

    owe("kill", MESSAGES)
    faults = ("--error-rate", "0.1", "--drop-rate", "0.1", "--slow-rate", "0.02", "--no-receipts")
    start = time.perf_counter()
    kills = 0
    with gateway(folder, "kill", *faults) as book:
        relays = [start_relay("relay-0"), start_relay("relay-1")]
        try:
            mark = 0
            while kills < KILLS and mark + KILL_AFTER < MESSAGES:
                wanted = mark + min(KILL_AFTER, max((MESSAGES - mark) // (KILLS - kills + 1), 1))
                wait_for(lambda wanted=wanted: book.taken() >= wanted, f"no progress after {kills} kills", 180)
                mark = book.taken()
                one = kills % 2
                stop(relays[one], signal.SIGKILL)
                relays[one] = start_relay(f"relay-{one}")
                kills += 1
            wait_for(lambda: under_way("kill") == 0, "the queue never emptied", pause=0.5)
        finally:
            for relay in relays:
                stop(relay)
        seconds = time.perf_counter() - start
        calls = int(book.one("SELECT COUNT(*) FROM calls WHERE what NOT IN ('asked')"))
        twice = int(book.one("SELECT COUNT(*) FROM messages WHERE effects > 1"))
        again = int(book.one("SELECT COUNT(*) FROM calls WHERE what = 'again'"))
        delivered = {reference for (reference,) in book.connection.execute("SELECT reference FROM messages")}
    rows = Delivery.objects.filter(message__key__startswith="kill-", channel="SMS")
    sent = {str(key) for key in rows.filter(status="SENT").values_list("idempotency_key", flat=True)}
    dead = rows.filter(status="DEAD").count()
    with_person = CallTask.objects.filter(message__key__startswith="kill-", done_at=None).count()
    lost = MESSAGES - len(sent & delivered) - min(dead, with_person)
    attempts = max(rows.values_list("attempts", flat=True))
    assert (lost, twice) == (0, 0), (lost, twice)
    return [kills, MESSAGES, lost, twice, calls, again, attempts, dead, seconds]


def many(folder: Path) -> list[object]:
    """Send many messages at 200 ms of latency, with one relay."""
    owe("many", MANY)
    with gateway(folder, "many", "--latency", "0.2", "--no-receipts") as book:
        start = time.perf_counter()
        relay = start_relay("relay")
        try:
            wait_for(lambda: under_way("many") == 0, "many", pause=1.0)
            seconds = time.perf_counter() - start
            assert book.taken() == MANY
        finally:
            ended = stop(relay)
    assert seconds <= 600 * max(MANY, 1) / 10_000 or MANY < 10_000, seconds
    return [MANY, seconds, MANY / seconds, ended]


def first_send(folder: Path) -> list[object]:
    """Measure from the commit to the gateway's own note, with a relay that has nothing else to do."""
    from kam.lib import clock

    delays = []
    with gateway(folder, "first", "--no-receipts") as book:
        relay = start_relay("relay")
        try:
            owe("warm", 1)
            wait_for(lambda: book.taken() == 1, "warm", 60)
            for number in range(20):
                owe(f"first{number}", 1)
                committed = clock.now().timestamp()
                wait_for(lambda number=number: book.taken() == number + 2, "first", 30, 0.01)
                delays.append(float(book.one("SELECT MAX(at) FROM calls")) - committed)
                time.sleep(0.13 * (number % 5))  # so that the commits fall differently between two looks
        finally:
            stop(relay)
    assert max(delays) <= 5.0, delays
    return [len(delays), sorted(delays)[len(delays) // 2], max(delays)]


def work(database: str) -> None:
    """Measure all three on one database."""
    from django.conf import settings

    folder = Path(settings.DATA_DIR)
    head = ["kills", "messages", "lost", "twice", "calls", "repeated calls", "most attempts", "dead", "seconds"]
    print_table(
        f"{database}: faulty gateway (10 % 500, 10 % done then cut, 2 % slow), two relays", head, [killed(folder)]
    )
    print_table(
        f"{database}: 200 ms latency, one relay", ["messages", "seconds", "a second", "s to stop"], [many(folder)]
    )
    print_table(f"{database}: commit to first call, seconds", ["messages", "p50", "max"], [first_send(folder)])


if __name__ == "__main__":
    on_each_database(work)
