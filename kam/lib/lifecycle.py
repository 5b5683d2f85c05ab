"""The one way in which a status changes (DESIGN D11)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class IllegalMove(Exception):
    """The table of the lifecycle has no such step."""


class StaleRow(Exception):
    """Somebody else moved the row since it was read."""


def move(
    row: Row,
    *,
    to: str,
    table: Mapping[str, frozenset[str]],
    by: Any,
    at: datetime,
    history: Callable[[Row, str, str], object],
    **changes: Any,
) -> Row:
    """Move `row.status` to `to`, together with `changes`, and leave a history row; inside the caller's transaction.

    Compare-and-set: fails with `StaleRow` where the status is no longer what was read, with `IllegalMove` where the
    table does not allow the step. `history(row, from_status, to_status)` inserts the history row.
    """
    before = str(row.status)  # type: ignore[attr-defined]
    if to not in table.get(before, frozenset()):
        raise IllegalMove(f"{before} → {to}")
    changed = type(row)._default_manager.filter(pk=row.pk, status=before).update(status=to, **changes)
    if changed != 1:
        raise StaleRow(f"{type(row).__name__} {row.pk}")
    for name, value in {"status": to, **changes}.items():
        setattr(row, name, value)
    history(row, before, to)
    return row
