"""The step of a status in credit: `lib.lifecycle.move` with its row of history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from kam.core.models import User
from kam.credit.models import CreditMove
from kam.lib import lifecycle

Row = TypeVar("Row", bound=models.Model)


def subject_of(row: models.Model) -> str:
    """Return how a row is named in the history: credit.Measure:5."""
    return f"{row._meta.label}:{row.pk}"


def move_row(
    row: Row,
    *,
    to: str,
    table: Mapping[str, frozenset[str]],
    by: User | None,
    at: datetime,
    reason: str = "",
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> Row:
    """Move the row and leave its step. Raises `lifecycle.IllegalMove`, `lifecycle.StaleRow`."""

    def history(moved: Row, before: str, after: str) -> None:
        CreditMove.objects.create(
            account_id=getattr(moved, "account_id", None),
            subject=subject_of(moved),
            from_status=before,
            to_status=after,
            at=at,
            by=by,
            reason=reason[:300],
            facts=facts or {},
        )

    return lifecycle.move(row, to=str(to), table=table, by=by, at=at, history=history, **changes)
