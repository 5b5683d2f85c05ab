"""What the benchmarks share: each database in turn, a table of figures, percentiles, processor seconds.

A program calls `on_each_database(work)`; `scripts/bench` gives it an empty data folder and a private PostgreSQL
(POSTGRES_URL). Called by hand, it makes both itself. Programs never see a database that somebody uses.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CHOSEN = "BENCH_DATABASE"


@dataclass(frozen=True)
class Spread:
    """Median and 95th percentile of a series, in the unit of the series."""

    p50: float
    p95: float


def spread(samples: Sequence[float]) -> Spread:
    """Return median and 95th percentile: the value at or below which so many of the samples lie."""
    ordered = sorted(samples)
    return Spread(*(ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95)))


@dataclass
class Effort:
    """Processor seconds of a stretch of work, this process and its ended children; filled when the stretch ends."""

    cpu_seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Effort]:
    """Measure the processor seconds of what runs inside."""
    effort, before = Effort(), _cpu()
    yield effort
    effort.cpu_seconds = _cpu() - before


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a head; numbers to the right."""
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(line[place]) for line in [list(head), *cells]) for place in range(len(head))]
    print(f"\n{title}")
    for line in [list(head), ["-" * width for width in widths], *cells]:
        print("  ".join(_placed(text, width) for text, width in zip(line, widths, strict=True)).rstrip())
    sys.stdout.flush()


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _placed(text: str, width: int) -> str:
    return text.rjust(width) if re.fullmatch(r"[-\d.,]+", text) else text.ljust(width)


def on_each_database(work: Callable[[str], None], *, migrated: bool = True) -> None:
    """Call `work("SQLite")` and `work("PostgreSQL")`, each in a process of its own with an empty, migrated database.

    Ends the program: with status 1 where one of them failed.
    """
    chosen = os.environ.get(_CHOSEN)
    if chosen:
        import django
        from django.core.management import call_command

        django.setup()
        if migrated:
            call_command("migrate", verbosity=0)
        work(chosen)
        return
    # A TERM must leave by the same door as a Ctrl-C, or the server started here stays behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    program = Path(sys.argv[0]).resolve()
    with tempfile.TemporaryDirectory() as scratch, _postgres() as server:
        folder = Path(os.environ.get("KAM_DATA_DIR", scratch))
        addresses = {"SQLite": "", "PostgreSQL": _fresh_database(server, program.stem)}
        status = 0
        for name, address in addresses.items():
            data = folder / name
            data.mkdir(parents=True, exist_ok=True)
            environment = os.environ | {
                _CHOSEN: name,
                "KAM_DATA_DIR": str(data),
                "DATABASE_URL": address,
                "DJANGO_SETTINGS_MODULE": "kam.settings",
                "PYTHONPATH": str(ROOT),
                "KAM_PLAIN_STATIC": "1",
            }
            command = [sys.executable, str(program), *sys.argv[1:]]
            status |= subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    raise SystemExit(1 if status else 0)


@contextmanager
def _postgres() -> Iterator[str]:
    """Give the address of the server that scripts/bench started, or of one started and stopped here."""
    given = os.environ.get("POSTGRES_URL")
    if given:
        yield given
        return
    script = str(ROOT / "scripts" / "postgres")
    started = subprocess.run([script, "start", "--durable"], check=True, capture_output=True, text=True)
    address = started.stdout.strip()
    try:
        yield address
    finally:
        subprocess.run([script, "stop", address], check=False)


def _fresh_database(server: str, name: str) -> str:
    """Make an empty database on the server and return its address."""
    import psycopg

    folder, _, _ = server.removeprefix("postgres://kam@/").rpartition("/")
    with psycopg.connect(host=f"/{folder.lstrip('/')}", user="kam", dbname="kam", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server.rpartition('/')[0]}/{name}"
