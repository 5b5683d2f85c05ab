"""A call for less load (错峰): from the click to the last customer's message at the gateway.

benchmarks/bench_call.py [ACCOUNTS]     1,000 accounts

OUT-5 and the issue of planned outages: everybody is told within 60 s. The click decides in one transaction and writes
the first messages; one relay writes the others in portions and sends them through a gateway with 200 ms of latency.
The second line is the same with the relay killed by -9 in the midst of it, again and again. Everything happens on this
machine.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks import on_each_database, print_table
from benchmarks.bench_notices import gateway, start_relay, stop, wait_for

ACCOUNTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
MOST_SECONDS = 60.0
KILLS = 5


def customers() -> dict[int, int]:
    """Make key accounts with one contact each; returns what each is to take less (kW)."""
    from django.db import transaction

    from kam.accounts.actions import contacts
    from kam.accounts.models import Account, Contact
    from kam.core.models import Unit
    from kam.lib import clock

    at, unit = clock.now(), Unit.objects.get(code="COMPANY")
    with transaction.atomic():
        for number in range(ACCOUNTS):
            account = Account.objects.create(
                account_no=f"B{number:06d}",
                name=f"客户{number:06d}",
                unit=unit,
                contract_kva=Decimal(1_000),
                created_at=at,
                updated_at=at,
            )
            phone = f"138{number:08d}"
            channel = Contact.Channel.SMS
            contacts.add(account=account, name="值班", phone=phone, channel=channel, by=None, at=at)
    return dict.fromkeys(Account.objects.values_list("pk", flat=True), 100)


def call(cuts: dict[int, int], folder: Path, *, kills: int) -> list[object]:
    """Announce one call and wait until the gateway has every message, the relay killed so often while it writes."""
    from kam.core.models import Unit
    from kam.lib import clock
    from kam.outage_planning.actions import load_control
    from kam.outage_planning.models import Notice, Round
    from kam.outage_planning.rules.lifecycle import Kind

    at = clock.now()
    with gateway(folder, f"call-{kills}", "--latency", "0.2", "--no-receipts") as book:
        relay = start_relay("relay")
        try:
            begun = time.perf_counter()
            outage = load_control.prepare(
                kind=Kind.STAGGER,
                level="II",
                title="Ⅱ级",
                reason="晚峰缺口",
                unit=Unit.objects.get(code="COMPANY"),
                starts_at=at + timedelta(minutes=40),
                ends_at=at + timedelta(minutes=160),
                cuts=cuts,
                by=None,
                at=at,
            )
            load_control.announce(outage=outage, by=None, at=at)
            answered = time.perf_counter() - begun
            for kill in range(1, kills + 1):
                mark = len(cuts) * kill // (kills + 1)
                wait_for(lambda mark=mark: Notice.objects.filter(outage=outage).count() >= mark, "it stands still", 120)
                stop(relay, signal.SIGKILL)
                relay = start_relay("relay")
            wait_for(lambda: not Round.objects.owed().exists(), "not everything was written", 300)
            written = time.perf_counter() - begun
            wait_for(lambda: book.taken() >= len(cuts), "not everybody was told", 300)
            seconds = time.perf_counter() - begun
            told = book.taken()
        finally:
            stop(relay)
    assert told == len(cuts), told
    notices = Notice.objects.filter(outage=outage)
    assert notices.count() == notices.values("account").distinct().count() == len(cuts)
    return [len(cuts), kills, answered, written, seconds, told]


def work(database: str) -> None:
    """Measure on one database."""
    from django.conf import settings

    head = ["accounts", "kills", "s until the page", "s until all written", "s until all told", "told"]
    cuts, folder = customers(), Path(settings.DATA_DIR)
    rows = [call(cuts, folder, kills=kills) for kills in (0, KILLS)]
    print_table(f"{database}: a call for less load, one click", head, rows)
    undisturbed = rows[0][4]
    assert ACCOUNTS > 1_000 or float(str(undisturbed)) <= MOST_SECONDS, undisturbed


if __name__ == "__main__":
    on_each_database(work)
