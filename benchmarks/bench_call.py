"""A call for less load (错峰): from the click to the last customer's message at the gateway.

benchmarks/bench_call.py [ACCOUNTS]     1,000 accounts

OUT-5 and the issue of planned outages: everybody is told within 60 s. One action owes all messages in one
transaction; one relay sends them through a gateway with 200 ms of latency. Everything happens on this machine.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks import on_each_database, print_table
from benchmarks.bench_notices import gateway, start_relay, stop, wait_for

ACCOUNTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
MOST_SECONDS = 60.0


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


def call(cuts: dict[int, int], folder: Path) -> list[object]:
    """Announce one call and wait until the gateway has every message."""
    from kam.core.models import Unit
    from kam.lib import clock
    from kam.outage_planning.actions import load_control
    from kam.outage_planning.rules.lifecycle import Kind

    at = clock.now()
    with gateway(folder, "call", "--latency", "0.2", "--no-receipts") as book:
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
            owed = time.perf_counter() - begun
            wait_for(lambda: book.taken() >= len(cuts), "not everybody was told", 300)
            seconds = time.perf_counter() - begun
            told = book.taken()
        finally:
            stop(relay)
    assert told == len(cuts), told
    assert ACCOUNTS > 1_000 or seconds <= MOST_SECONDS, seconds
    return [len(cuts), owed, seconds, told]


def work(database: str) -> None:
    """Measure on one database."""
    from django.conf import settings

    head = ["accounts", "s until all owed", "s until all told", "told"]
    print_table(f"{database}: a call for less load, one click", head, [call(customers(), Path(settings.DATA_DIR))])


if __name__ == "__main__":
    on_each_database(work)
