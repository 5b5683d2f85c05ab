"""List, search and account pages at 10,000 and 100,000 accounts, for each reach: time, queries, bytes, growth.

Aims: 8 queries and 100 kB for a list or search, 25 queries for an account; ten times the accounts at most 1.3 times
the p50; a search inside a name under 20 ms. The best open peer takes 185 ms, 235 ms and 167 ms at 100,000.
`--sizes 1000,10000` measures others.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import on_each_database, print_table, spread

ROUNDS = 15
TEXTS = ("有限", "精密", "江海精密", "jh", "0012", "99")
CITIES = tuple(map("".join, zip("江南苏无徐盐常镇扬连", "海通州锡州城州江州云", strict=True)))
NAMES = tuple(map("".join, zip("精恒华鼎远金瑞天博海东永宏启兴长", "密通盛新东桥丰工远川方兴达明业青", strict=True)))
TRADES = ("机械制造", "化工", "纺织", "特钢", "电子科技", "食品", "水泥", "新材料", "半导体", "造纸", "汽车", "医药")
KINDS = ("3411", "2612", "1711", "3120", "3962", "1411", "3011", "3062", "3973", "2211", "3670", "2710")


def build(start: int, until: int) -> None:
    """Add accounts `start` to `until`: nine stations, a manager for every 300, four texts and a meter to find each."""
    from django.db import connection, transaction

    from kam.accounts.actions import reindex
    from kam.accounts.actions.search_index import add, entry
    from kam.accounts.models import Account
    from kam.core.models import Unit, User
    from tests.cast import NOW

    stations = list(Unit.objects.filter(kind=Unit.Kind.STATION).order_by("pk"))
    made = []
    # Where the last call ended in the middle of a manager's accounts.
    home = stations[start // 300 % 9]
    staff = User.objects.filter(username=f"m{start - start % 300}").first()
    for i in range(start, until):
        name = f"{CITIES[i % 10]}{NAMES[i // 10 % 16]}{chr(0x4E00 + i * 7919 % 6000)}{chr(0x4E00 + i * 104729 % 6000)}"
        if i % 300 == 0:
            home = stations[i // 300 % 9]
            staff = User.objects.create(username=f"m{i}", name=f"经理{i}", unit=home)
        made.append(
            Account(
                account_no=f"55{i:08d}",
                name=f"{name}{TRADES[i % 12]}有限公司",
                uscc=f"9144990{i * 48271 % 10**10:010d}X"[:18],
                industry=KINDS[i % 12],
                unit=home,
                manager=staff,
                voltage_kv=Decimal((10, 35, 110)[i % 3]),
                contract_kva=Decimal(100 + i * 37 % 50_000),
                importance=("FIRST" if i % 100 == 0 else "SECOND" if i % 20 == 0 else "NONE"),
                created_at=NOW,
                updated_at=NOW,
            )
        )
    for first in range(0, len(made), 5_000):
        chunk = made[first : first + 5_000]
        with transaction.atomic():
            Account.objects.bulk_create(chunk, batch_size=500)
            reindex([account.pk for account in chunk])
            add(
                entry(
                    account_id=account.pk,
                    unit_id=account.unit_id,
                    kind="METER",
                    text=f"JH{account.pk * 7919 % 10**10:010d}",
                    ref=str(account.pk),
                )
                for account in chunk
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def prepare() -> dict[str, Any]:
    """Make the company, a reader of each reach, and one account that has everything its page shows."""
    from django.contrib.auth.models import Group

    from kam.accounts.actions import contacts
    from kam.accounts.models import Account
    from kam.core.models import Unit, User
    from kam.metering.models import MonthUse
    from tests.cast import NOW, make_cast, make_meter, make_unit

    cast = make_cast()
    for number in range(7):
        parent = cast.district if number < 2 else cast.other_district
        make_unit(f"S{number}X", f"第{number}供电所", Unit.Kind.STATION, parent)
    build(0, 300)
    mine = User.objects.get(username="m0")
    mine.groups.add(Group.objects.get(name="manager"))
    account = Account.objects.filter(manager=mine).order_by("pk")[0]
    make_meter(account, meter_no="BENCH1")
    for number in range(5):
        contacts.add(account=account, name=f"联系人{number}", phone=f"1990000000{number}", by=cast.sun, at=NOW)
    for year, month in itertools.product((2025, 2026), range(1, 13)):
        MonthUse.objects.create(account=account, month=date(year, month, 1), kwh=1e6 + month, max_kw=900)
    readers = {"company": cast.boss, "district": cast.sun, "station": cast.station_staff, "own": mine}
    return {"readers": readers, "account": account.account_no}


def measure(client: Any, reader: Any, url: str) -> tuple[float, float, float, int, float]:
    """Return (p50 ms, p95 ms, processor ms of this process, queries, kB) of a page."""
    from django.db import connection

    queries = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    client.force_login(reader)
    client.get(url)
    with connection.execute_wrapper(note):
        size = len(client.get(url).content)
    times, efforts = [], []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        assert client.get(url).status_code == 200
        times.append((time.perf_counter() - began) * 1000)
        efforts.append((time.process_time() - used) * 1000)
    found = spread(times)
    return found.p50, found.p95, spread(efforts).p50, len(queries), size / 1000


def work(database: str, sizes: Sequence[int]) -> None:
    from django.test import Client

    from kam.accounts.queries.search import search

    facts = prepare()
    pages = {
        "list": "/accounts/",
        "list, page 100": "/accounts/?page=100",
        "list, filtered": "/accounts/?importance=FIRST&section=C&sort=-contract_kva",
        "list, rare text": "/accounts/?q=精密一",
        "list, common text": "/accounts/?q=有限",
        "search, common": "/accounts/search/?q=有限",
        "search, initials": "/accounts/search/?q=jhjm",
        "search, rare": "/accounts/search/?q=JH0000",
        "account": f"/accounts/{facts['account']}/",
    }
    client, before = Client(), 300
    medians: dict[tuple[str, str], float] = {}
    for size in sizes:
        began = time.perf_counter()
        build(before, size)
        print(f"{database}: {size - before:,} accounts and their index in {time.perf_counter() - began:.1f} s")
        before, rows = size, []
        for (name, url), (reach, reader) in itertools.product(pages.items(), facts["readers"].items()):
            if name == "account" and reach not in ("company", "own"):
                continue
            p50, p95, cpu, queries, kb = measure(client, reader, url)
            ratio = p50 / medians[name, reach] if (name, reach) in medians else ""
            medians[name, reach] = p50
            rows.append([name, reach, p50, p95, cpu, queries, kb, ratio])
        print_table(
            f"{database}, {size:,} accounts: pages",
            ["page", "reach", "p50 ms", "p95 ms", "CPU ms", "queries", "kB", "ratio"],
            rows,
        )
        rows = []
        for text, (reach, reader) in itertools.product(TEXTS, facts["readers"].items()):
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                found = search(reader, text)
                times.append((time.perf_counter() - start) * 1000)
            rows.append([text, reach, spread(times).p50, spread(times).p95, len(found)])
        print_table(f"{database}, {size:,} accounts: search alone", ["text", "reach", "p50 ms", "p95 ms", "hits"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000")
    chosen = [int(size) for size in parser.parse_args().sizes.split(",")]
    on_each_database(lambda database: work(database, chosen))
