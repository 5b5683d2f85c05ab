"""Questions to core's tables."""

from __future__ import annotations

import ast
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.module_loading import import_string
from django_q.models import Schedule

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


SQLITE_AT_LEAST = (3, 51, 3)  # before it, two writing processes can corrupt a WAL file (RELIABILITY 0.5)


def sqlite_library_faults() -> list[str]:
    """Say what is wrong with the SQLite library; nothing on another database."""
    if connection.vendor != "sqlite":
        return []
    from django.db.backends.sqlite3.base import Database

    found = tuple(int(part) for part in Database.sqlite_version.split("."))
    if found >= SQLITE_AT_LEAST:
        return []
    least = ".".join(str(part) for part in SQLITE_AT_LEAST)
    return [f"SQLite {Database.sqlite_version} is older than {least}; install pysqlite3-binary as required."]


def database_faults() -> list[str]:
    """Read back from the open connection what the settings asked of the database, and say what did not hold."""
    wanted: dict[str, tuple[str, str]]
    if connection.vendor == "sqlite":
        wanted = {
            "journal_mode": ("PRAGMA journal_mode", "wal"),
            "synchronous": ("PRAGMA synchronous", "2"),
            "foreign_keys": ("PRAGMA foreign_keys", "1"),
        }
        if connection.is_in_memory_db():  # type: ignore[attr-defined]
            del wanted["journal_mode"]
    else:
        wanted = {
            "synchronous_commit": ("SHOW synchronous_commit", "on"),
            "server_encoding": ("SHOW server_encoding", "utf8"),
        }
    faults = []
    with connection.cursor() as cursor:
        for name, (sql, value) in wanted.items():
            cursor.execute(sql)
            found = str(cursor.fetchone()[0])
            if found.lower() != value:
                faults.append(f"The database's {name} is {found}, not {value}.")
    return faults


def schedule_faults() -> list[str]:
    """Name the schedules that the queue cannot run; one such row would stop all of them (RELIABILITY 0.3)."""
    if Schedule._meta.db_table not in connection.introspection.table_names():
        return []
    faults = []
    for row in Schedule.objects.all():
        try:
            import_string(row.func)
            for text in (row.args, row.kwargs):
                if text:
                    ast.literal_eval(text)
        except (ImportError, ValueError, SyntaxError) as error:
            faults.append(f"Schedule {row.name!r}: {error}")
    return faults
