"""A list of accounts as a file: what is shown, no more, on the audit record (RELIABILITY 3.5)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import override

from kam.accounts.models import Account
from kam.accounts.queries import account_list, columns
from kam.core.actions import progress, record, start_job
from kam.core.models import Job, User
from kam.lib import clock, sheets

TASK = "kam.accounts.tasks.export"
AT_ONCE = 5_000
MOST = 1_000_000  # rows of a worksheet


@dataclass(frozen=True)
class Order:
    """Which list is wanted: what `queries.account_list` takes, the columns, the language of their heads."""

    criteria: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    sort: str = "name"
    columns: list[str] = field(default_factory=list)
    language: str = "zh-hans"

    def as_args(self) -> dict[str, Any]:
        """Return the order as a job's arguments."""
        criteria = {
            key: sorted(value) if isinstance(value, frozenset) else str(value) if isinstance(value, Decimal) else value
            for key, value in self.criteria.items()
            if value is not None
        }
        return {**self.__dict__, "criteria": criteria}


def rows_of(user: User, order: Order) -> QuerySet[Account]:
    """Return the list as the page shows it, within what `user` sees at this moment."""
    rows = account_list.filtered(Account.objects.visible_to(user), order.criteria)
    rows = account_list.narrowed(rows, user, order.criteria)
    if order.text.strip():
        rows, _few = account_list.with_text(rows, user, order.text)
    return account_list.ordered(rows, order.sort)


def count(user: User, order: Order) -> int:
    """Return how many rows the file would have, counted no further than it matters."""
    return rows_of(user, order).order_by()[: AT_ONCE + 1].count()


def write(file: BinaryIO, *, by: User, at: datetime, order: Order, kind: str, job: Job | None = None) -> int:
    """Write the list into `file` ("xlsx" or "csv"); returns the rows written. On the audit record."""
    shown = [columns.NAME, *columns.chosen(order.columns, by)]
    rows = rows_of(by, order).select_related("unit", "manager", "representative", "group", *columns.joins(shown))
    rows = rows.defer("note", "address")
    total = rows.order_by().count() if job else 0
    written = 0

    def values() -> Iterator[list[Any]]:
        nonlocal written
        for account in rows.iterator(2_000):
            written += 1
            if job and written % 500 == 0:
                progress(job, written, total)
            yield [column.value(account) for column in shown]

    with override(order.language):
        heads = [sheets.Column(column.key, str(column.label), column.sheet) for column in shown]
        (sheets.write_xlsx if kind == "xlsx" else sheets.write_csv)(file, heads, values())
    record(by=by, at=at, action="accounts.exported", subject="accounts", count=written, format=kind, **order.as_args())
    return written


def start(*, by: User, at: datetime, order: Order, kind: str) -> Job:
    """Order a long list; its file belongs to `by`."""
    args = {**order.as_args(), "kind": kind}
    with transaction.atomic():
        return start_job(key=f"export-{by.pk}-{secrets.token_hex(8)}", kind=TASK, by=by, at=at, args=args)


def write_for_job(job: Job) -> dict[str, Any]:
    """Do what `start` ordered; the file's name is random and no page lists it."""
    args = dict(job.args)
    kind = args.pop("kind")
    assert job.by is not None
    with TemporaryFile() as file:
        written = write(file, by=job.by, at=clock.now(), order=Order(**args), kind=kind, job=job)
        file.seek(0)
        name = default_storage.save(f"exports/{secrets.token_hex(16)}.{kind}", File(file))
    return {"file": name, "rows": written}
