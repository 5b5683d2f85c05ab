"""Write many new rows past the ORM's SQL compiler, which would take most of the time of 100,000 accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Max

Row = TypeVar("Row", bound=models.Model)


def insert(instances: Iterable[Row]) -> list[Row]:
    """Give new rows of one model their ids and write them, in the caller's transaction; returns them with their ids."""
    rows = list(instances)
    if not rows:
        return rows
    model = type(rows[0])
    fields = model._meta.concrete_fields
    last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
    for number, row in enumerate(rows, last + 1):
        row.pk = number
    values = (
        tuple(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields) for row in rows
    )
    table, names = model._meta.db_table, ", ".join(str(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values))
    return rows
