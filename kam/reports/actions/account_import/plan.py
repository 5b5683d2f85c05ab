"""Decide what becomes of every row: new, changed, the same, rejected. Reads the database, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from kam.accounts.models import Account
from kam.billing.models import Tariff
from kam.core.actions import COMPANY_CODE
from kam.core.models import Unit, User
from kam.metering.models import Meter
from kam.reports.rules.account_rows import Problem, Row, layout, parse

CHUNK = 2_000


@dataclass
class Planned:
    """One accepted row. `account` is saved already or to be made; `changes` are its fields that differ, old first."""

    row: Row
    account: Account
    new: bool
    changes: dict[str, tuple[Any, Any]]
    manager: User | None
    new_meter: bool
    line_of_meter: bool = False  # a further row of an account that stands above: only its meter counts


@dataclass
class Chunk:
    """Up to `CHUNK` rows of the file, as they are in it, and what is planned for those not rejected."""

    rows: list[tuple[Row, list[str]]] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)


class Planner:
    """Goes through a file chunk by chunk; remembers account and meter numbers seen, and nothing else of it."""

    def __init__(self, header: Sequence[str], *, by: User | None) -> None:
        self.places = layout(header)
        self.by = by
        units = Unit.objects.all()
        reach = by.unit_ids if by else None
        if reach is not None:
            units = units.filter(pk__in=reach)
        self.units = {unit.code: unit for unit in units}
        self.units_by_name = {unit.name: unit for unit in units}
        top = by.unit if by else Unit.objects.get(code=COMPANY_CODE)
        self.usual_unit = top
        staff = User.objects.filter(is_active=True)
        if reach is not None:
            staff = staff.filter(unit_id__in=reach)
        self.staff = {user.username: user for user in staff}
        self.staff_by_name = {user.name: user for user in staff if user.name}
        self.tariffs = set(Tariff.objects.values_list("code", flat=True))
        self.seen: dict[str, int] = {}
        self.names: dict[str, int] = {}
        self.meters_seen: set[str] = set()

    def chunks(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[Chunk]:
        """Plan the rows; a row without any text is not a row."""
        source = ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))
        while batch := list(islice(source, CHUNK)):
            yield self._plan(batch)

    def _plan(self, batch: list[tuple[int, list[str]]]) -> Chunk:
        rows = [(parse(line, cells, self.places), cells) for line, cells in batch]
        numbers = {row.account_no for row, _ in rows if row.account_no}
        known = {account.account_no: account for account in Account.objects.filter(account_no__in=numbers)}
        meters = dict(
            Meter.objects.filter(meter_no__in={row.meter_no for row, _ in rows if row.meter_no}).values_list(
                "meter_no", "account__account_no"
            )
        )
        chunk = Chunk(rows=rows)
        by_number: dict[str, Planned] = {}
        for row, _cells in rows:
            manager = self._check(row, known, meters)
            if row.rejected:
                continue
            again = row.account_no in self.seen
            self.seen.setdefault(row.account_no, row.line)
            self.names.setdefault(row.account_no, hash(row.fields["name"]))
            if row.meter_no:
                self.meters_seen.add(row.meter_no)
            new_meter = bool(row.meter_no) and row.meter_no not in meters
            if again:
                before = by_number.get(row.account_no)
                # New in an earlier chunk of a file that is only looked at: it is not stored, so nobody knows it.
                account = before.account if before else known.get(row.account_no) or Account(account_no=row.account_no)
                chunk.planned.append(Planned(row, account, False, {}, None, new_meter, line_of_meter=True))
                continue
            planned = self._planned(row, known.get(row.account_no), manager, new_meter)
            by_number[row.account_no] = planned
            chunk.planned.append(planned)
        return chunk

    def _check(self, row: Row, known: dict[str, Account], meters: dict[str, str]) -> User | None:
        """Compare the row with what is stored and with the rows above it; returns its manager."""
        if row.unit and self._unit(row) is None:
            row.remark("unit", Problem.UNKNOWN_UNIT)
        manager = self.staff.get(row.manager) or self.staff_by_name.get(row.manager) if row.manager else None
        if row.manager and manager is None:
            row.remark("manager", Problem.UNKNOWN_MANAGER)
        if row.tariff and row.tariff not in self.tariffs:
            row.remark("tariff", Problem.UNKNOWN_TARIFF)
        account = known.get(row.account_no)
        reach = self.by.unit_ids if self.by else None
        if account is not None and reach is not None and account.unit_id not in reach:
            row.remark("account_no", Problem.OUT_OF_REACH)
        if row.account_no in self.seen:
            # An account of two meters has two rows; anything else that comes twice is a mistake.
            same = self.names.get(row.account_no) == hash(row.fields.get("name"))
            if not (same and row.meter_no and row.meter_no not in self.meters_seen):
                row.remark("account_no", Problem.DUPLICATE)
                return manager
        if row.meter_no and meters.get(row.meter_no, row.account_no) != row.account_no:
            row.remark("meter_no", Problem.METER_TAKEN)
        elif row.meter_no in self.meters_seen and row.meter_no:
            row.remark("meter_no", Problem.DUPLICATE)
        return manager

    def _unit(self, row: Row) -> Unit | None:
        return self.units.get(row.unit) or self.units_by_name.get(row.unit)

    def _planned(self, row: Row, account: Account | None, manager: User | None, new_meter: bool) -> Planned:
        fields = dict(row.fields)
        if row.unit:
            fields["unit_id"] = self._unit(row).pk  # type: ignore[union-attr]
        if "uscc" in fields and account is None:
            fields.setdefault("other_id", "")
        if account is None:
            fields.setdefault("unit_id", self.usual_unit.pk if self.usual_unit else None)
            return Planned(row, Account(account_no=row.account_no, **fields), True, {}, manager, new_meter)
        changes = {name: (getattr(account, name), value) for name, value in fields.items()}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        return Planned(row, account, False, changes, manager, new_meter)
