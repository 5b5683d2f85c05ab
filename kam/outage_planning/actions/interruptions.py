"""Take interruptions of supply in from a file: one row per event and start, however often the file is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from django.db import transaction

from kam.core.actions import record
from kam.core.models import IntakeBatch, User
from kam.lib.sheets import read_table
from kam.outage_planning.models import Interruption
from kam.outage_planning.rules.interruption_rows import Columns, Problem, understand, without_duplicates
from kam.outage_planning.rules.reliability import Event

_CHUNK = 2_000
_KEPT_REJECTS = 1_000


@dataclass(frozen=True)
class Outcome:
    """What became of a file: `rows_read` = `stored` + `duplicates` + rejected."""

    rows_read: int
    stored: int
    duplicates: int
    problems: list[Problem] = field(default_factory=list)


def take_in(
    *,
    path: Path,
    columns: Columns,
    planned_values: Collection[str],
    zone: ZoneInfo,
    keep: Literal["last", "first"],
    by: User | None,
    at: datetime,
) -> Outcome:
    """Store the events of a file, in one transaction.

    An event that is there already (same id and start) gets the end, customers and cause of the last row, or with
    `keep` "first" stays. Raises `kam.lib.sheets.UnreadableTable`, `NoColumn`.
    """
    table = read_table(path)
    events, problems = understand(table.header, table.rows, columns, planned_values=planned_values, zone=zone)
    once = without_duplicates(events, keep_last=keep == "last")
    with transaction.atomic():
        batch = IntakeBatch.objects.create(
            kind=IntakeBatch.Kind.INTERRUPT,
            status=IntakeBatch.Status.DONE,
            by=by,
            at=at,
            file_name=path.name[:200],
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            rejects=[{"row": one.row, "column": one.column, "problem": one.code} for one in problems[:_KEPT_REJECTS]],
        )
        stored = sum(_store(once[start : start + _CHUNK], batch, keep) for start in range(0, len(once), _CHUNK))
        outcome = Outcome(len(events) + len(problems), stored, len(events) - stored, problems)
        batch.counts = {
            "rows_read": outcome.rows_read,
            "stored": stored,
            "duplicates": outcome.duplicates,
            "rejected": len(problems),
        }
        batch.save(update_fields=["counts"])
        record(by=by, at=at, action="interruptions.taken_in", subject=batch, **batch.counts)
    return outcome


def _store(events: Sequence[Event], batch: IntakeBatch, keep: str) -> int:
    ids = {event.event_id for event in events}
    known = {
        (row.event_id, row.started_at): row
        for row in Interruption.objects.filter(event_id__in=ids, account=None, outage=None)
    }
    new, changed = [], []
    for event in events:
        row = known.get((event.event_id, event.started_at))
        if row is None:
            row = Interruption(event_id=event.event_id, started_at=event.started_at, batch=batch)
            new.append(row)
        elif keep == "last" and (row.ended_at, row.customers, row.cause, row.planned) != (
            event.ended_at,
            event.customers,
            event.cause,
            event.planned,
        ):
            row.batch = batch
            changed.append(row)
        else:
            continue
        row.ended_at, row.customers, row.cause, row.planned = (
            event.ended_at,
            event.customers,
            event.cause,
            event.planned,
        )
    Interruption.objects.bulk_create(new, batch_size=500)
    Interruption.objects.bulk_update(changed, ["ended_at", "customers", "cause", "planned", "batch"], batch_size=200)
    return len(new)
