"""Questions to core's tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from kam.core.models import Heartbeat, RuleValue


class NoRule(Exception):
    """No row of this rule holds on that day."""


def rule(key: str, day: date) -> Any:
    """Return the value of rule `key` in force on `day`. Raises `NoRule`."""
    row = RuleValue.objects.in_force(day).filter(key=key).order_by("-valid_from").first()
    if row is None:
        raise NoRule(key)
    return row.value


def heartbeat_age(name: str, now: datetime) -> float | None:
    """Return the seconds since the process `name` last showed that it lives; None where it never did."""
    row = Heartbeat.objects.filter(name=name).first()
    return (now - row.at).total_seconds() if row else None
