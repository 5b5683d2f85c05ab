"""How long a year's analysis and its PDF take: one account, 365 days × 96, three quantities (marks: 50 ms, 2 CPU s)."""

from __future__ import annotations

import os
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks import measured, on_each_database, print_table, spread

YEAR = (date(2025, 1, 1), date(2026, 1, 1))


def work(database: str) -> None:
    from kam.core.models import Unit
    from kam.lib import clock, pdf
    from kam.reports.queries.document import pdf_of
    from kam.reports.queries.energy import energy_figures
    from tests.cast import make_account, make_meter
    from tests.reports.readings import store_grid

    account = make_account(unit=Unit.objects.get(code="COMPANY"))
    slots = np.arange(96)
    shape = np.where((slots > 30) & (slots < 80), 180.0, 40.0)
    wave = 1 + 0.2 * np.sin(np.arange(365)[:, None] / 58) + 0.05 * np.cos(slots * 1.7)
    kwh = shape * wave
    store_grid(make_meter(account), YEAR[0], kwh, kwh * 0.5, kwh * 0.02)
    figures = energy_figures(account, *YEAR)
    times, efforts = [], []
    for _ in range(30):
        began = time.perf_counter()
        with measured() as effort:
            figures = energy_figures(account, *YEAR)
        times.append((time.perf_counter() - began) * 1000)
        efforts.append(effort.cpu_seconds * 1000)
    pdf.warm_up()
    pdf_of(account, figures, language="zh-hans", version=1, at=clock.now())
    child = pdf._current_worker().process.pid
    cpu, walls = [], []
    for _ in range(10):
        began, before = time.perf_counter(), _cpu_of(child)
        with measured() as effort:
            pdf_of(account, figures, language="zh-hans", version=1, at=clock.now())
        cpu.append(effort.cpu_seconds + _cpu_of(child) - before)
        walls.append(time.perf_counter() - began)
    pdf.close()
    print_table(
        f"{database}: a year of one account",
        ["what", "p50", "p95", "unit", "mark"],
        [
            ["figures, wall", spread(times).p50, spread(times).p95, "ms", "50"],
            ["figures, CPU", spread(efforts).p50, spread(efforts).p95, "ms", ""],
            ["PDF warm, CPU (parent and renderer)", spread(cpu).p50, spread(cpu).p95, "s", "2"],
            ["PDF warm, wall", spread(walls).p50, spread(walls).p95, "s", ""],
        ],
    )


def _cpu_of(pid: int) -> float:
    """Return the processor seconds of a living process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    on_each_database(work)
