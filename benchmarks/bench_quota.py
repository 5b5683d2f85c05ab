"""The company's page of visit quotas with 1,000 managers and 300,000 visits: time and queries (VIS-4).

Aim: 300 ms or less, with a number of queries that does not grow. `--managers 100 --visits 30000` measures others.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import on_each_database, print_table, spread

ROUNDS = 15
CHUNK = 5_000
AIM_MS = 300


def build(managers: int, visits: int) -> Any:
    """Make the company and its visits: all in this year, so that every one of them counts on the page."""
    from django.contrib.auth.models import Group
    from django.db import connection, transaction

    from kam.core.models import Unit, User
    from kam.lib import clock
    from kam.visits.actions.credits import tally_anew
    from kam.visits.models import Visit, VisitCredit, VisitParticipant
    from tests.cast import make_account, make_cast, make_unit

    cast = make_cast()
    stations = [cast.station, cast.other_station]
    for number in range(7):
        parent = cast.district if number < 3 else cast.other_district
        stations.append(make_unit(f"S{number}X", f"第{number}供电所", Unit.Kind.STATION, parent))
    group = Group.objects.get(name="manager")
    people = User.objects.bulk_create(
        User(username=f"m{n}", name=f"经理{n}", unit=stations[n % len(stations)]) for n in range(managers)
    )
    User.groups.through.objects.bulk_create(User.groups.through(user=user, group=group) for user in people)
    accounts = [
        make_account(account_no=f"55{n:06d}", name=f"客户{n}", uscc="", unit=stations[n % len(stations)])
        for n in range(500)
    ]
    today = clock.today()
    days = max((today - date(today.year, 1, 1)).days, 1)
    zone, seen = clock.zone(), set()
    for first in range(0, visits, CHUNK):
        rows, credits = [], []
        for n in range(first, min(first + CHUNK, visits)):
            user, turn = people[n % managers], n // managers
            account = accounts[(n * 7 + turn * 13) % len(accounts)]
            # All but one in a hundred took place; those are planned for the next weeks.
            planned = turn % 100 == 99
            day = today + timedelta(days=1 + n % 30) if planned else today - timedelta(days=turn % days)
            start = datetime(day.year, day.month, day.day, 9, tzinfo=zone)
            rows.append(
                Visit(
                    uid=uuid.uuid5(uuid.NAMESPACE_OID, str(n)),
                    account=account,
                    manager=user,
                    status="PLANNED" if planned else "REVIEWED",
                    starts_at=start,
                    ends_at=start + timedelta(hours=1),
                    day=day,
                    created_at=start,
                )
            )
        with transaction.atomic():
            stored = Visit.objects.bulk_create(rows, batch_size=1_000)
            VisitParticipant.objects.bulk_create(
                [VisitParticipant(visit=visit, side="OURS", user_id=visit.manager_id) for visit in stored],
                batch_size=1_000,
            )
            for visit in stored:
                unit_id = visit.manager.unit_id
                for user_id, key in ((visit.manager_id, "u"), (None, f"s{unit_id}")):
                    mark = (key if user_id is None else user_id, visit.account_id, visit.day)
                    if visit.status != "PLANNED" and mark not in seen:
                        seen.add(mark)
                        credits.append(
                            VisitCredit(
                                visit=visit,
                                account_id=visit.account_id,
                                day=visit.day,
                                user_id=user_id,
                                unit_id=unit_id,
                            )
                        )
            VisitCredit.objects.bulk_create(credits, batch_size=1_000)
    tally_anew()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cast


def work(database: str, managers: int, visits: int) -> None:
    from django.db import connection
    from django.test import Client

    from kam.lib import clock
    from kam.visits.models import Visit, VisitCredit

    began = time.perf_counter()
    cast = build(managers, visits)
    stored = f"{Visit.objects.count():,} visits, {VisitCredit.objects.count():,} credits"
    print(f"{database}: {stored} in {time.perf_counter() - began:.1f} s")
    past = (clock.today() - timedelta(days=100)).isoformat()
    pages = {
        "company": (cast.boss, "/visits/quota/"),
        "company, a past day": (cast.boss, f"/visits/quota/?at={past}"),
        "district": (cast.sun, "/visits/quota/"),
        "one manager": (cast.li, "/visits/quota/"),
        "long unseen": (cast.boss, "/visits/unseen/"),
    }
    client, table = Client(), []
    for name, (reader, url) in pages.items():
        queries: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any, seen: list[str] = queries) -> Any:
            seen.append(sql)
            return execute(sql, params, many, context)

        client.force_login(reader)
        client.get(url)
        with connection.execute_wrapper(note):
            assert client.get(url).status_code == 200
        times, efforts = [], []
        for _ in range(ROUNDS):
            start, used = time.perf_counter(), time.process_time()
            client.get(url)
            times.append((time.perf_counter() - start) * 1000)
            efforts.append((time.process_time() - used) * 1000)
        table.append([name, spread(times).p50, spread(times).p95, spread(efforts).p50, len(queries)])
    print_table(
        f"{database}, {managers:,} managers: pages of quotas (aim: {AIM_MS} ms)",
        ["page", "p50 ms", "p95 ms", "CPU ms", "queries"],
        table,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--managers", type=int, default=1_000)
    parser.add_argument("--visits", type=int, default=300_000)
    chosen = parser.parse_args()
    on_each_database(lambda database: work(database, chosen.managers, chosen.visits))
