"""Questions to core's tables."""

from __future__ import annotations

from datetime import date
from typing import Any

from kam.core.models import RuleValue


class NoRule(Exception):
    """No row of this rule holds on that day."""


def rule(key: str, day: date) -> Any:
    """Return the value of rule `key` in force on `day`. Raises `NoRule`."""
    row = RuleValue.objects.in_force(day).filter(key=key).order_by("-valid_from").first()
    if row is None:
        raise NoRule(key)
    return row.value
