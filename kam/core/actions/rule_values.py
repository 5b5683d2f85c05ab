"""Rules in force: a new figure is a new dated row with its source; nothing that held is changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from kam.core.actions.audit import record
from kam.core.models import RuleValue, User


class RuleNotLater(Exception):
    """A new row must begin after the last one of its rule: what held, held."""

    def __init__(self, last: date) -> None:
        super().__init__(last.isoformat())
        self.last = last


class RuleOfAnotherKind(Exception):
    """The rule's values have been of another kind (number, text, list): whatever reads it would stumble."""


def add_rule(*, by: User, at: datetime, key: str, value: Any, valid_from: date, source: str) -> RuleValue:
    """Let `value` hold for rule `key` from `valid_from`; the row before ends there.

    Raises `RuleNotLater`, `RuleOfAnotherKind`, and `RuleValue.DoesNotExist` for a rule that nothing reads.
    """
    with transaction.atomic():
        last = RuleValue.objects.select_for_update().filter(key=key).latest("valid_from")
        if valid_from <= last.valid_from:
            raise RuleNotLater(last.valid_from)
        if kind_of(value) != kind_of(last.value):
            raise RuleOfAnotherKind(kind_of(last.value))
        if last.valid_until is None or last.valid_until > valid_from:
            last.valid_until = valid_from
            last.save(update_fields=["valid_until"])
        row = RuleValue.objects.create(
            key=key, value=value, unit_text=last.unit_text, valid_from=valid_from, source=source
        )
        record(
            by=by,
            at=at,
            action="rule.added",
            subject=row,
            key=key,
            before=last.value,
            after=value,
            valid_from=valid_from,
            source=source,
        )
    return row


def kind_of(value: Any) -> str:
    """Return "number", "text", "list", "table" or "switch": whole and broken numbers are one kind."""
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "table"
