"""Take substations, lines and supply points in from one file (SYS-5): by code and account number, twice is once."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from django.db import transaction
from django.db.models import Model

from kam.accounts.models import Account
from kam.core.actions import COMPANY_CODE, record
from kam.core.models import Unit, User
from kam.lib.sheets import Table, read_table, safe_text
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.rules.rows import NetworkRow, Problem, understand

Progress = Callable[[int], None]


@dataclass
class Counts:
    """What became of the rows of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class Outcome:
    """What became of a file; every row is in exactly one count or in `problems`."""

    rows_read: int
    substations: Counts = field(default_factory=Counts)
    lines: Counts = field(default_factory=Counts)
    supply_points: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)


def go_through(*, path: Path, by: User | None, progress: Progress | None = None) -> Outcome:
    """Say what `take_in` would do, writing nothing. Raises as it does."""
    return _go(read_table(path), by, write=False, rejected=None, progress=progress)


def take_in(
    *,
    path: Path,
    by: User | None,
    at: datetime,
    ref: str = "network",
    rejected: TextIO | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Write every row that can be used, in one transaction, and say why the others cannot.

    `by`: only what is in this person's reach is touched or referred to; None, everything. `rejected` takes the rows
    that were refused, as CSV. Raises `kam.lib.sheets.UnreadableTable` and `kam.network.rules.rows.NoKindColumn` for
    the file as a whole.
    """
    table = read_table(path)
    with transaction.atomic():
        outcome = _go(table, by, write=True, rejected=rejected, progress=progress)
        record(
            by=by,
            at=at,
            action="network.taken_in",
            subject=ref,
            rows=outcome.rows_read,
            rejected=len(outcome.problems),
        )
    return outcome


def _go(table: Table, by: User | None, *, write: bool, rejected: TextIO | None, progress: Progress | None) -> Outcome:
    cells = list(table.rows)
    rows, problems = understand(table.header, cells)
    outcome = Outcome(len(rows) + len(problems), problems=problems)
    _Intake(outcome, by, write=write, progress=progress).take(rows)
    outcome.problems.sort(key=lambda problem: problem.row)
    if rejected is not None and outcome.problems:
        _give_back(rejected, table.header, dict(cells), outcome.problems)
    return outcome


def _give_back(file: TextIO, header: Sequence[str], cells: dict[int, list[str]], problems: list[Problem]) -> None:
    file.write("\ufeff")  # or Excel takes UTF-8 for something else
    heads = csv.writer(file)
    heads.writerow([*(safe_text(name) for name in header), "problem"])
    for problem in problems:
        row = cells[problem.row]
        padded = [*row[: len(header)], *[""] * (len(header) - len(row))]
        heads.writerow([*(safe_text(cell) for cell in padded), f"{problem.column}: {problem.code}"])


class _Intake:
    """Rows by kind, from the top of the network down: each refers to what is above it."""

    def __init__(self, outcome: Outcome, by: User | None, *, write: bool, progress: Progress | None) -> None:
        self.outcome, self.by, self.write, self.progress = outcome, by, write, progress
        self.done = 0
        units = self._mine(Unit.objects.all())
        self.units: dict[str, Unit] = {key: unit for unit in units for key in (unit.code, unit.name)}
        self.default = by.unit if by is not None and by.unit else Unit.objects.get(code=COMPANY_CODE)
        self.substations = {row.code: row for row in self._mine(Substation.objects.select_related("unit"))}
        self.lines = {row.code: row for row in self._mine(Line.objects.select_related("parent", "unit"))}
        self.others = set(Substation.objects.values_list("code", flat=True)) - set(self.substations)
        everywhere = list(Line.objects.values_list("code", "parent__code"))
        self.above = {code: parent for code, parent in everywhere if parent}
        self.other_lines = {code for code, _ in everywhere} - set(self.lines)

    def _mine(self, rows: Any) -> Any:
        return rows if self.by is None else rows.visible_to(self.by)

    def take(self, rows: list[NetworkRow]) -> None:
        for row in rows:
            if row.kind == "substation" and row.code in self.others:
                self._refuse(row, "code", "out_of_reach", row.code)
            elif row.kind == "substation" and (unit := self._unit(row, self.substations.get(row.code))):
                self._put(self.outcome.substations, self.substations, Substation, row, unit=unit)
        lines = [row for row in rows if row.kind == "line"]
        self._take_lines(lines)
        self._take_points([row for row in rows if row.kind == "supply_point"])

    def _take_lines(self, rows: list[NetworkRow]) -> None:
        """Parents may stand below their branches in the file, so lines wait until theirs is there."""
        waiting = rows
        while waiting:
            later: list[NetworkRow] = []
            coming = {row.code for row in waiting}
            for row in waiting:
                if row.parent and row.parent in coming and row.parent != row.code:
                    later.append(row)
                    continue
                self._take_line(row)
                coming.discard(row.code)
            if len(later) == len(waiting):
                for row in later:
                    self._refuse(row, "parent", "in_a_circle", row.parent)
                return
            waiting = later

    def _take_line(self, row: NetworkRow) -> None:
        stored = self.lines.get(row.code)
        if row.code in self.other_lines:
            self._refuse(row, "code", "out_of_reach", row.code)
            return
        unit = self._unit(row, stored)
        if unit is None:
            return
        substation = self.substations.get(row.substation)
        if row.substation and substation is None:
            self._refuse(row, "substation", "unknown_substation", row.substation)
            return
        parent = self.lines.get(row.parent)
        if row.parent and parent is None and row.parent != row.code:
            self._refuse(row, "parent", "unknown_line", row.parent)
            return
        above: str = row.parent
        while above:
            if above == row.code:
                self._refuse(row, "parent", "in_a_circle", row.parent)
                return
            above = self.above.get(above, "")
        links = {"substation": substation, "parent": parent}
        self._put(
            self.outcome.lines, self.lines, Line, row, unit=unit, **{name: to for name, to in links.items() if to}
        )
        if row.parent:
            self.above[row.code] = row.parent

    def _take_points(self, rows: list[NetworkRow]) -> None:
        numbers = {row.account_no for row in rows}
        accounts: dict[str, int] = {}
        points: dict[tuple[int, str], SupplyPoint] = {}
        ordered = sorted(numbers)
        for start in range(0, len(ordered), 500):
            part = ordered[start : start + 500]
            known = self._mine(Account.objects.filter(account_no__in=part))
            accounts |= dict(known.values_list("account_no", "pk"))
            found = SupplyPoint.objects.filter(account__account_no__in=part)
            points |= {(point.account_id, point.name): point for point in found}
        for row in rows:
            account_id = accounts.get(row.account_no)
            line = self.lines.get(row.line)
            if account_id is None:
                self._refuse(row, "account_no", "unknown_account", row.account_no)
            elif row.line and line is None:
                self._refuse(row, "line", "unknown_line", row.line)
            else:
                point = points.get((account_id, row.name)) or SupplyPoint(account_id=account_id, name=row.name)
                fields = {"line": line, "role": row.role, "changeover": row.changeover, "kva": row.kva}
                said = {name: value for name, value in fields.items() if value}
                self._put_down(self.outcome.supply_points, point, said)

    def _unit(self, row: NetworkRow, stored: Any) -> Unit | None:
        if not row.unit:
            return stored.unit if stored is not None else self.default
        unit = self.units.get(row.unit)
        if unit is None:
            self._refuse(row, "unit", "unknown_unit", row.unit)
        return unit

    def _put(
        self, counts: Counts, known: dict[str, Any], make: Callable[..., Any], row: NetworkRow, **links: Any
    ) -> None:
        stored = known.get(row.code) or make(code=row.code)
        self._put_down(counts, stored, {"name": row.name, "voltage_kv": row.voltage_kv, **links})
        known[row.code] = stored

    def _put_down(self, counts: Counts, stored: Any, fields: dict[str, Any]) -> None:
        is_new = stored.pk is None
        changed = [name for name, value in fields.items() if is_new or _differs(stored, name, value)]
        for name in changed:
            setattr(stored, name, fields[name])
        if is_new:
            counts.created += 1
        elif changed:
            counts.updated += 1
        else:
            counts.unchanged += 1
        if self.write and (is_new or changed):
            stored.save()
        self.done += 1
        if self.progress is not None:
            self.progress(self.done)

    def _refuse(self, row: NetworkRow, column: str, code: str, value: str) -> None:
        self.outcome.problems.append(Problem(row.row, column, code, value))


def _differs(stored: Any, name: str, value: Any) -> bool:
    if not isinstance(value, Model):
        return bool(getattr(stored, name) != value)
    # A row that a look has made has no key yet: what is tied to it is tied anew.
    return value.pk is None or getattr(stored, stored._meta.get_field(name).attname) != value.pk
