"""Go through a file of accounts once: plan, count, and (unless it is only a look) write, all in one transaction."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, transaction

from kam.core.actions import record
from kam.core.models import User
from kam.lib.sheets import Table, UnreadableTable, read_table, safe_text
from kam.reports.actions.account_import.plan import Chunk, Planner
from kam.reports.actions.account_import.write import Writer
from kam.reports.rules.account_rows import WARNINGS, ColumnTwice, MissingColumns, Remark

KEPT = 1_000  # remarks that an answer carries; the counts and the file of rejected rows are whole
Progress = Callable[[int], None]


class BadTable(Exception):
    """The file is not a table of accounts; `code` and `detail` say why (kam.lib.sheets, account_rows)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail = code, detail


@dataclass
class Outcome:
    """What became of the rows: `rows_read` = `created` + `updated` + `rejected`; of the updated, `unchanged` wrote
    nothing. `rejects` and `warnings` are the first ones; their numbers are whole."""

    rows_read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: list[Remark] = field(default_factory=list)
    reject_count: int = 0
    warnings: list[Remark] = field(default_factory=list)
    warning_count: int = 0
    by_problem: dict[str, int] = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the figures as the command prints them."""
        return {name: getattr(self, name) for name in ("rows_read", "created", "updated", "rejected")}


def open_table(path: Path) -> Table:
    """Open a file of accounts. Raises `BadTable`."""
    try:
        return read_table(path)
    except UnreadableTable as error:
        raise BadTable(str(error.code), str(error.detail)) from error


def go_through(
    path: Path,
    *,
    by: User | None,
    writer: Writer | None = None,
    rejected: TextIO | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Plan the file row by row, hand the chunks to `writer`, the rejected rows to `rejected` as CSV.

    Raises `BadTable`; what was written until then must be rolled back by the caller's transaction.
    """
    table = open_table(path)
    outcome = Outcome()
    try:
        planner = Planner(table.header, by=by)
        heads = None
        if rejected is not None:
            rejected.write("\ufeff")  # or Excel takes UTF-8 for something else
            heads = csv.writer(rejected)
            heads.writerow([*(safe_text(name) for name in table.header), "problem"])
        for chunk in planner.chunks(table.rows):
            _count(outcome, chunk)
            if heads is not None:
                for row, cells in chunk.rows:
                    if row.rejected:
                        wrong = "; ".join(f"{r.column}: {r.problem}" for r in row.remarks if r.problem not in WARNINGS)
                        padded = [*cells, *[""] * (len(table.header) - len(cells))]
                        heads.writerow([*(safe_text(cell) for cell in padded), wrong])
            if writer is not None:
                writer.write(chunk.planned)
            if progress is not None:
                progress(outcome.rows_read)
    except UnreadableTable as error:
        raise BadTable(str(error.code), str(error.detail)) from error
    except MissingColumns as error:
        raise BadTable("missing_columns", ", ".join(error.columns)) from error
    except ColumnTwice as error:
        raise BadTable("column_twice", str(error)) from error
    if not outcome.rows_read:
        raise BadTable("no_rows")
    return outcome


def _count(outcome: Outcome, chunk: Chunk) -> None:
    outcome.rows_read += len(chunk.rows)
    for row, _cells in chunk.rows:
        outcome.rejected += row.rejected
        for remark in row.remarks:
            outcome.by_problem[remark.problem] = outcome.by_problem.get(remark.problem, 0) + 1
            if remark.problem in WARNINGS:
                outcome.warning_count += 1
                outcome.warnings += [remark] if len(outcome.warnings) < KEPT else []
            else:
                outcome.reject_count += 1
                outcome.rejects += [remark] if len(outcome.rejects) < KEPT else []
    for one in chunk.planned:
        outcome.created += one.new
        outcome.updated += not one.new
        outcome.unchanged += not (one.new or one.changes or one.new_meter)
        if len(outcome.sample) < 20 and not one.line_of_meter:
            outcome.sample.append(
                {
                    "row": one.row.line,
                    "account_no": one.row.account_no,
                    "name": str(one.row.fields["name"]),
                    "new": one.new,
                    "fields": sorted(one.changes),
                }
            )


def take_in(
    path: Path,
    *,
    by: User | None,
    at: datetime,
    ref: str = "",
    rejected: TextIO | None = None,
    notes: TextIO | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Take the good rows in, in one transaction; nothing is written where it cannot end. Raises `BadTable`."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # A hundred thousand rows take longer than any page may.
                cursor.execute("SET LOCAL statement_timeout = '10min'")
        writer = Writer(by=by, at=at, ref=ref, notes=notes if notes is not None else io.StringIO())
        outcome = go_through(path, by=by, writer=writer, rejected=rejected, progress=progress)
        record(
            by=by,
            at=at,
            action="accounts.imported",
            subject=ref or "accounts",
            **outcome.counts(),
            unchanged=outcome.unchanged,
        )
    return outcome
