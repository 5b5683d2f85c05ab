"""Substations, lines and supply points by hand; each change is on the audit record."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.queries import below


class CodeTaken(Exception):
    """Another substation or line has this code."""


class LineInCircle(Exception):
    """The line would hang on itself."""


def save_substation(
    *,
    substation: Substation | None,
    code: str,
    name: str,
    unit: Unit,
    voltage_kv: Decimal,
    by: User | None,
    at: datetime,
) -> Substation:
    """Make a substation, or change one. Raises `CodeTaken`."""
    fields = {"code": code, "name": name, "unit": unit, "voltage_kv": voltage_kv}
    row = substation or Substation()
    _save(row, fields, "substation", by, at)
    return row


def save_line(
    *,
    line: Line | None,
    code: str,
    name: str,
    unit: Unit,
    voltage_kv: Decimal,
    substation: Substation | None,
    parent: Line | None,
    by: User | None,
    at: datetime,
) -> Line:
    """Make a line, or change one. Raises `CodeTaken`, `LineInCircle`."""
    if line is not None and parent is not None and parent.pk in below([line.pk]):
        raise LineInCircle(parent.code)
    fields = {
        "code": code,
        "name": name,
        "unit": unit,
        "voltage_kv": voltage_kv,
        "substation": substation,
        "parent": parent,
    }
    row = line or Line()
    _save(row, fields, "line", by, at)
    return row


def connect(
    *,
    point: SupplyPoint,
    line: Line | None,
    role: str,
    changeover: str,
    kva: Decimal | None,
    by: User | None,
    at: datetime,
) -> SupplyPoint:
    """Say what feeds a supply point and how its account's load gets over to it."""
    fields = {"line": line, "role": role, "changeover": changeover, "kva": kva}
    with transaction.atomic():
        row: SupplyPoint = SupplyPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
        changes = _changes(row, fields)
        if changes:
            for name, value in fields.items():
                setattr(row, name, value)
            row.save(update_fields=list(fields))
            record(by=by, at=at, action="network.point_edited", subject=row, account_id=row.account_id, changes=changes)
    return row


def _save(row: Any, fields: dict[str, Any], noun: str, by: User | None, at: datetime) -> None:
    model = type(row)
    is_new = row.pk is None
    with transaction.atomic():
        if model.objects.filter(code=fields["code"]).exclude(pk=row.pk).exists():
            raise CodeTaken(fields["code"])
        changes = {} if is_new else _changes(model.objects.select_for_update().get(pk=row.pk), fields)
        if not is_new and not changes:
            return
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
        action = f"network.{noun}_{'made' if is_new else 'edited'}"
        record(by=by, at=at, action=action, subject=row, code=row.code, changes=changes)


def _changes(row: Any, fields: dict[str, Any]) -> dict[str, list[str]]:
    return {
        name: [str(getattr(row, name)), str(value)] for name, value in fields.items() if getattr(row, name) != value
    }
