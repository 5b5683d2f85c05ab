"""Take substations, lines and supply points in from one file (SYS-5): by code and account number, twice is once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from kam.accounts.models import Account
from kam.core.actions import COMPANY_CODE, record
from kam.core.models import Unit, User
from kam.lib.sheets import read_table
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.rules.rows import NetworkRow, Problem, understand


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


def take_in(*, path: Path, by: User | None, at: datetime) -> Outcome:
    """Write every row that can be used, in one transaction, and say why the others cannot.

    Raises `kam.lib.sheets.UnreadableTable` and `kam.network.rules.rows.NoKindColumn` for the file as a whole.
    """
    table = read_table(path)
    rows, problems = understand(table.header, table.rows)
    outcome = Outcome(len(rows) + len(problems), problems=problems)
    with transaction.atomic():
        units = {key: unit for unit in Unit.objects.all() for key in (unit.code, unit.name)}
        _Intake(outcome, units).take(rows)
        outcome.problems.sort(key=lambda problem: problem.row)
        record(
            by=by,
            at=at,
            action="network.taken_in",
            subject="network",
            rows=outcome.rows_read,
            rejected=len(outcome.problems),
        )
    return outcome


class _Intake:
    """Rows by kind, from the top of the network down: each refers to what is above it."""

    def __init__(self, outcome: Outcome, units: dict[str, Unit]) -> None:
        self.outcome, self.units, self.company = outcome, units, units[COMPANY_CODE]
        self.substations = {row.code: row for row in Substation.objects.select_related("unit")}
        self.lines = {row.code: row for row in Line.objects.select_related("parent")}
        self.above = {code: line.parent.code for code, line in self.lines.items() if line.parent}

    def take(self, rows: list[NetworkRow]) -> None:
        for row in rows:
            if row.kind == "substation" and (unit := self._unit(row)):
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
        unit = self._unit(row)
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
        self._put(self.outcome.lines, self.lines, Line, row, unit=unit, substation=substation, parent=parent)
        self.above[row.code] = row.parent

    def _take_points(self, rows: list[NetworkRow]) -> None:
        numbers = {row.account_no for row in rows}
        accounts: dict[str, int] = {}
        points: dict[tuple[int, str], SupplyPoint] = {}
        ordered = sorted(numbers)
        for start in range(0, len(ordered), 500):
            part = ordered[start : start + 500]
            accounts |= dict(Account.objects.filter(account_no__in=part).values_list("account_no", "pk"))
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
                fields = {"line": line, "role": row.role, "changeover": row.changeover, "kva": row.kva or point.kva}
                self._write(self.outcome.supply_points, point, fields)

    def _unit(self, row: NetworkRow) -> Unit | None:
        unit = self.units.get(row.unit) if row.unit else self.company
        if unit is None:
            self._refuse(row, "unit", "unknown_unit", row.unit)
        return unit

    def _put(
        self, counts: Counts, known: dict[str, Any], make: Callable[..., Any], row: NetworkRow, **links: Any
    ) -> None:
        stored = known.get(row.code) or make(code=row.code)
        self._write(counts, stored, {"name": row.name, "voltage_kv": row.voltage_kv, **links})
        known[row.code] = stored

    def _write(self, counts: Counts, stored: Any, fields: dict[str, Any]) -> None:
        is_new = stored.pk is None
        changed = [name for name, value in fields.items() if is_new or _plain(stored, name) != _id(value)]
        for name in changed:
            setattr(stored, name, fields[name])
        if is_new:
            counts.created += 1
        elif changed:
            counts.updated += 1
        else:
            counts.unchanged += 1
            return
        stored.save()

    def _refuse(self, row: NetworkRow, column: str, code: str, value: str) -> None:
        self.outcome.problems.append(Problem(row.row, column, code, value))


def _plain(stored: Any, name: str) -> Any:
    return getattr(stored, stored._meta.get_field(name).attname)


def _id(value: Any) -> Any:
    return value.pk if hasattr(value, "pk") else value
