"""Grading of 100,000 accounts with 24 months of bills each, and once more: time and memory; the grades are the same.

Aim: 5 minutes or less on two cores. `--accounts 10000` measures fewer.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import on_each_database, print_table

AT = date(2026, 11, 1)
AT_ONCE = 2_000


def build(accounts: int) -> None:
    """Add accounts with 24 bills each: every third is late now and then, every tenth pays in two pieces."""
    from django.db import transaction

    from kam.accounts.models import Account
    from kam.billing.models import Allocation, Bill, Payment
    from kam.core.models import Unit
    from tests.cast import NOW

    stations = list(Unit.objects.filter(kind=Unit.Kind.STATION).order_by("pk"))
    for start in range(0, accounts, AT_ONCE):
        with transaction.atomic():
            rows = Account.objects.bulk_create(
                Account(
                    account_no=f"66{i:08d}",
                    name=f"客户{i}",
                    industry="3120",
                    unit=stations[i % len(stations)],
                    created_at=NOW,
                    updated_at=NOW,
                )
                for i in range(start, min(start + AT_ONCE, accounts))
            )
            bills, pieces = [], []
            for place, account in enumerate(rows, start):
                for month in range(24):
                    due = date(2024 + (10 + month) // 12, (10 + month) % 12 + 1, 20)
                    late = place % 3 == 0 and (place + month) % 4 == 0
                    is_open = month == 23 and place % 50 == 0
                    paid = due + timedelta(days=(place % 25) + 1 if late else -(place % 9))
                    bills.append(
                        Bill(
                            account=account,
                            number=f"{account.account_no}-{month}",
                            period_from=due - timedelta(days=50),
                            period_until=due - timedelta(days=20),
                            issued_on=due - timedelta(days=20),
                            due_on=due,
                            amount=Decimal(1000 + place % 977),
                            open_amount=Decimal(1000 + place % 977) if is_open else Decimal(0),
                            settled_on=None if is_open else paid,
                            at=NOW,
                        )
                    )
                    pieces.append(0 if is_open else 2 if place % 10 == 0 else 1)
            Bill.objects.bulk_create(bills, batch_size=1_000)
            payments = Payment.objects.bulk_create(
                (
                    Payment(
                        account_id=bill.account_id,
                        key=f"{bill.number}-{piece}",
                        channel="BANK",
                        received_on=bill.settled_on or AT,
                        booked_on=bill.settled_on or AT,
                        amount=bill.amount / count,
                        free_amount=Decimal(0),
                        at=NOW,
                    )
                    for bill, count in zip(bills, pieces, strict=True)
                    for piece in range(count)
                ),
                batch_size=1_000,
            )
            paid_bills = [bill for bill, count in zip(bills, pieces, strict=True) for _ in range(count)]
            Allocation.objects.bulk_create(
                (
                    Allocation(
                        payment=payment,
                        bill=bill,
                        amount=payment.amount,
                        value_on=payment.received_on,
                        on=payment.received_on,
                        at=NOW,
                    )
                    for payment, bill in zip(payments, paid_bills, strict=True)
                ),
                batch_size=1_000,
            )


def work(database: str, accounts: int) -> None:
    """Grade twice and print what it took."""
    from kam.credit.actions.grading import regrade
    from kam.credit.models import CreditGrade
    from tests.cast import NOW, make_cast

    make_cast()
    began = time.perf_counter()
    build(accounts)
    print(f"{database}: {accounts:,} accounts with 24 bills each in {time.perf_counter() - began:.0f} s")
    rows: list[list[object]] = []
    told, digests = [], []
    for name in ("first", "again"):
        began, used = time.perf_counter(), time.process_time()
        outcome = regrade(as_of=AT, by=None, at=NOW)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        told.append(outcome.told())
        found = CreditGrade.objects.order_by("account_id").values_list("account_id", "grade", "points")
        digests.append(hash(tuple(found.iterator(10_000))))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append([name, outcome.graded, seconds, cpu, peak])
    print_table(f"{database}: grading", ["run", "accounts", "s", "CPU s", "peak MB"], rows)
    print("the same grades twice:", "yes" if told[0] == told[1] and digests[0] == digests[1] else "NO")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    chosen = parser.parse_args().accounts
    on_each_database(lambda database: work(database, chosen))
