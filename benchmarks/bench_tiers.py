"""The executives' page of the tiers and the lists behind its numbers, at 100,000 accounts: time and queries.

Aim: 300 ms or less. Two prepared days; positions are written as the night writes them, their sums by the product.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import on_each_database, print_table, spread
from benchmarks.bench_pages import build

BEGIN, END = date(2025, 11, 1), date(2026, 11, 1)
GRADES = ("AAA", "AA", "A", "B", "C", "D")
ROUNDS = 15


def positions(as_of: date, shift: int) -> None:
    """Write one day's positions and their sums."""
    from django.db import transaction

    from kam.accounts.models import Account
    from kam.credit.actions import tiers
    from kam.credit.models import Position, TierDay
    from tests.cast import NOW

    rows = Account.objects.order_by("pk").values_list("pk", "unit_id", "manager_id", "industry")
    with transaction.atomic():
        Position.objects.bulk_create(
            (
                Position(
                    as_of=as_of,
                    account_id=pk,
                    unit_id=unit,
                    manager_id=manager,
                    section=tiers.section_of(industry),
                    grade=GRADES[(pk * 7919 + shift * (pk % 5 == 0)) % 6],
                    receivable=Decimal(pk % 90_000),
                    overdue=Decimal(pk % 90_000) if pk % 7 == 0 else Decimal(0),
                    sales=Decimal(pk % 900_000),
                )
                for pk, unit, manager, industry in list(rows)
            ),
            batch_size=500,
        )
        tiers.sum_up(as_of)
        TierDay.objects.create(as_of=as_of, accounts=len(rows), at=NOW)


def work(database: str, accounts: int) -> None:
    """Measure the page and its lists."""
    from django.db import connection
    from django.test import Client

    from kam.core.models import Unit
    from kam.credit.actions import tiers
    from tests.cast import make_cast, make_unit

    cast = make_cast()
    for number in range(7):
        make_unit(
            f"S{number}X", f"第{number}供电所", Unit.Kind.STATION, cast.district if number < 2 else cast.other_district
        )
    build(0, accounts)
    for shift, day in enumerate((BEGIN, END)):
        positions(day, shift)
    began = time.perf_counter()
    tiers.prepare_move(begin=BEGIN, end=END)
    print(f"{database}: movement of {accounts:,} accounts prepared in {time.perf_counter() - began:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    pages = {
        "tiers": "/credit/tiers/",
        "tiers of a section": "/credit/tiers/?industry=C",
        "accounts of a grade": "/credit/tiers/accounts/?grade=C",
        "accounts of a cell": f"/credit/tiers/accounts/?as_of={END}&before={BEGIN}&from=A&grade=B",
        "overdue": "/credit/tiers/accounts/?overdue=1",
    }
    client, rows = Client(), []
    for reach, reader in (("company", cast.boss), ("district", cast.sun)):
        client.force_login(reader)
        for name, url in pages.items():
            client.get(url)
            times = []
            for _ in range(ROUNDS):
                start, used = time.perf_counter(), time.process_time()
                assert client.get(url).status_code == 200
                times.append(((time.perf_counter() - start) * 1000, (time.process_time() - used) * 1000))
            wall, cpu = spread([one[0] for one in times]), spread([one[1] for one in times])
            rows.append([name, reach, wall.p50, wall.p95, cpu.p50])
    print_table(f"{database}, {accounts:,} accounts: tiers", ["page", "reach", "p50 ms", "p95 ms", "CPU ms"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    chosen = parser.parse_args().accounts
    on_each_database(lambda database: work(database, chosen))
