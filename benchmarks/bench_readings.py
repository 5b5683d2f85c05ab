"""Load readings from files to rows, checks and month figures included (issue of readings: 0.5 and 2 million a second).

benchmarks/bench_readings.py [METERS]      1,000 meters × 365 days × 96, in wide files of 50 meters each
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks import measured, on_each_database, print_table

METERS_PER_FILE = 50
DAYS = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]


def write_files(folder: Path, meters: int) -> list[Path]:
    """Write the files: one row per meter and day, numbers as a metering system prints them. Deterministic."""
    header = "电表号,日期," + ",".join(f"{n * 15 // 60:02d}:{n * 15 % 60:02d}" for n in range(1, 97))
    files = []
    for first in range(0, meters, METERS_PER_FILE):
        random = np.random.default_rng(first)
        path = folder / f"wide{first:05d}.csv"
        with path.open("w", encoding="utf-8") as file:
            print(header, file=file)
            for number in range(first, min(first + METERS_PER_FILE, meters)):
                for day, values in zip(DAYS, random.gamma(4.0, 25.0, (len(DAYS), 96)), strict=True):
                    print(f"B{number:06d},{day}," + ",".join(f"{value:.2f}" for value in values), file=file)
        files.append(path)
    return files


def work(database: str) -> None:
    """Take all files in, once new and one of them a second time, and print readings a second."""
    from kam.accounts.models import Account
    from kam.core.models import Unit
    from kam.lib import clock
    from kam.metering.actions import intake
    from kam.metering.actions.meters import NewMeter, add_meters
    from kam.metering.models import LoadDay, MonthUse
    from kam.metering.queries import account_profile
    from kam.metering.rules.readings import Hints

    meters, at = int(sys.argv[1]) if len(sys.argv) > 1 else 1000, clock.now()
    unit = Unit.objects.get()
    accounts = Account.objects.bulk_create(
        [
            Account(account_no=f"B{n}", name=f"B{n}", unit=unit, contract_kva=5000, created_at=at, updated_at=at)
            for n in range(meters)
        ],
        batch_size=500,
    )
    add_meters([NewMeter(account.pk, f"B{n:06d}") for n, account in enumerate(accounts)])
    with tempfile.TemporaryDirectory() as scratch:
        files = write_files(Path(scratch), meters)
        size = sum(file.stat().st_size for file in files) / 1e6
        start = perf_counter()
        with measured() as effort:
            outcomes = [outcome for _, outcome in intake.take_in_files(files, Hints(), by=None, at=at)]
        seconds = perf_counter() - start
        again = perf_counter()
        second = [outcome for _, outcome in intake.take_in_files(files[:2], Hints(), by=None, at=at)]
        again_seconds = perf_counter() - again
    stored = sum(outcome.intervals_stored for outcome in outcomes if isinstance(outcome, intake.Outcome))
    stored_again = sum(outcome.intervals_stored for outcome in second if isinstance(outcome, intake.Outcome))
    assert (LoadDay.objects.count(), MonthUse.objects.count()) == (meters * 365, meters * 12)
    assert (stored, stored_again) == (meters * 365 * 96, 0)
    reads = []
    for account in accounts[:20]:
        start = perf_counter()
        account_profile(account, DAYS[0], DAYS[-1] + timedelta(days=1))
        reads.append(perf_counter() - start)
    print_table(
        f"{database}: {meters} meters, {len(files)} wide files, {size:,.0f} MB",
        ["what", "seconds", "CPU seconds", "million readings/s"],
        [
            ["files to rows and months, 2 processes", seconds, effort.cpu_seconds, stored / seconds / 1e6],
            [
                "the first two files again, nothing changed",
                again_seconds,
                "",
                min(2, len(files)) * 50 * 35040 / again_seconds / 1e6,
            ],
            ["read a year of one account (ms, median)", sorted(reads)[10] * 1000, "", ""],
        ],
    )


if __name__ == "__main__":
    on_each_database(work)
