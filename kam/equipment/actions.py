"""Note equipment, change what is noted, note a test, take it out of use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account
from kam.core.models import RuleValue, User
from kam.equipment.models import Equipment, EquipmentTest
from kam.equipment.queries import months_of
from kam.equipment.rules import USUAL_MONTHS, Result, next_due
from kam.lib import clock

FIELDS = ("kind", "name", "model", "serial", "maker", "place", "installed_on", "months", "tested_on", "note")
_ALWAYS = date(2000, 1, 1)


class ChangedMeanwhile(Exception):
    """Somebody changed it after the form was opened."""


class OutOfUse(Exception):
    """It is out of use already."""


class NotYet(Exception):
    """A test or the end of use cannot lie ahead."""


def ensure_rules() -> None:
    """Write the months between tests where nobody has. Safe to repeat."""
    if not RuleValue.objects.filter(key="equipment.test_months").exists():
        RuleValue.objects.create(
            key="equipment.test_months",
            value=dict(USUAL_MONTHS),
            unit_text="month",
            valid_from=_ALWAYS,
            source="DL/T 596, older edition; the company may set shorter ones",
        )


def add(*, account: Account, fields: dict[str, Any], by: User | None, at: datetime) -> Equipment:
    """Note a piece of equipment. `fields`: `FIELDS`."""
    with transaction.atomic():
        row = Equipment(account=account, **{name: fields[name] for name in FIELDS})
        _reckon(row, clock.day_of(at))
        row.save()
        tell(account=account, by=by, at=at, kind="equipment.added", subject=row, thing=row.name, equipment=row.kind)
    return row


def edit(*, equipment: Equipment, version: int, fields: dict[str, Any], by: User, at: datetime) -> Equipment:
    """Change what is noted. Unchanged writes nothing. Raises `ChangedMeanwhile`, `OutOfUse`."""
    with transaction.atomic():
        row = _locked(equipment)
        if row.removed_on is not None:
            raise OutOfUse
        if row.version != version:
            raise ChangedMeanwhile
        changes = {name: str(fields[name]) for name in FIELDS if getattr(row, name) != fields[name]}
        if not changes:
            return row
        for name in changes:
            setattr(row, name, fields[name])
        row.version += 1
        _reckon(row, clock.day_of(at))
        row.save()
        tell(account=row.account, by=by, at=at, kind="equipment.edited", subject=row, thing=row.name, changes=changes)
    return row


def note_test(
    *, equipment: Equipment, day: date, result: str, tester: str, note: str, by: User | None, at: datetime
) -> EquipmentTest:
    """Note a test that was made; the next is due from the latest one on. Raises `OutOfUse`, `NotYet`."""
    if day > clock.day_of(at):
        raise NotYet
    with transaction.atomic():
        row = _locked(equipment)
        if row.removed_on is not None:
            raise OutOfUse
        test = EquipmentTest.objects.create(
            equipment=row, day=day, result=Result(result).value, tester=tester, note=note, by=by, at=at
        )
        # What failed has not been tested with success: it stays due.
        if result != Result.FAILED and (row.tested_on is None or day > row.tested_on):
            row.tested_on = day
        row.version += 1
        _reckon(row, clock.day_of(at))
        row.save()
        tell(
            account=row.account,
            by=by,
            at=at,
            kind="equipment.tested",
            subject=row,
            thing=row.name,
            day=day.isoformat(),
            result=test.result,
        )
    return test


def remove(*, equipment: Equipment, day: date, by: User, at: datetime) -> Equipment:
    """Take it out of use; what was tested stays known. Raises `OutOfUse`, `NotYet`."""
    if day > clock.day_of(at):
        raise NotYet
    with transaction.atomic():
        row = _locked(equipment)
        if row.removed_on is not None:
            raise OutOfUse
        row.removed_on = max(day, row.installed_on) if row.installed_on else day
        row.version += 1
        row.save(update_fields=["removed_on", "version"])
        tell(
            account=row.account,
            by=by,
            at=at,
            kind="equipment.removed",
            subject=row,
            thing=row.name,
            day=row.removed_on.isoformat(),
        )
    return row


def _locked(equipment: Equipment) -> Equipment:
    row: Equipment = Equipment.objects.select_for_update(of=("self",)).select_related("account").get(pk=equipment.pk)
    return row


def _reckon(row: Equipment, today: date) -> None:
    months = row.months or months_of(row.kind, today)
    row.due_on = next_due(installed_on=row.installed_on, tested_on=row.tested_on, months=months)
