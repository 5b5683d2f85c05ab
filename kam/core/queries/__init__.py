"""Questions to core's tables."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Count, Q
from django.utils.module_loading import import_string
from django_q.models import Schedule

from kam.core.models import Heartbeat, RuleValue, Unit, User
from kam.core.rules import UNNAMED_COMPANY, Right, Role, holds_on, rights_of


class NoRule(Exception):
    """No row of this rule holds on that day."""


def rule(key: str, day: date) -> Any:
    """Return the value of rule `key` in force on `day`. Raises `NoRule`."""
    row = RuleValue.objects.in_force(day).filter(key=key).order_by("-valid_from").first()
    if row is None:
        raise NoRule(key)
    return row.value


def company_name() -> str:
    """Return what the company is called to customers: the setting, else the name of the company's own unit."""
    if settings.COMPANY_NAME:
        return str(settings.COMPANY_NAME)
    company = Unit.objects.filter(kind=Unit.Kind.COMPANY).exclude(name=UNNAMED_COMPANY).order_by("pk")
    return company.values_list("name", flat=True).first() or ""


def deputies_for(user: User) -> models.QuerySet[User]:
    """Return whom `user` may hand the own work to: active colleagues of the same district who see accounts.

    A deputy sees the absent person's customers, so the choice must not open them to just anybody.
    """
    roles = [role for role in Role if Right.ACCOUNTS_SEE in rights_of(frozenset({role}))]
    unit = user.unit
    if unit is None:
        return User.objects.none()
    # "/1/4/9/": company, district, station. Of a district all below it; of the company its own staff alone, so that
    # nobody in a district comes to see everything.
    above = unit.path.strip("/").split("/")
    near = Q(unit__path__startswith=f"/{'/'.join(above[:2])}/") if len(above) > 1 else Q(unit=unit)
    return User.objects.holding(*roles).filter(near).exclude(pk=user.pk).order_by("name")


@dataclass(frozen=True)
class UnitNode:
    """A unit in the tree: how deep it stands and how many active staff it has, with all below."""

    unit: Unit
    depth: int
    staff: int


def unit_tree(units: models.QuerySet[Unit]) -> list[UnitNode]:
    """Return `units` as a tree in reading order, with counts. Two queries."""
    rows = list(units)
    by_path = {unit.path: unit for unit in rows}
    counts: dict[str, int] = dict.fromkeys(by_path, 0)
    own = (
        User.objects.filter(is_active=True, unit__in=units.order_by()).values_list("unit__path").annotate(n=Count("pk"))
    )
    for path, count in own:
        for above in counts:
            if path.startswith(above):
                counts[above] += count
    names = {unit.path: unit.code for unit in rows}

    def reading_order(unit: Unit) -> list[str]:
        parts = unit.path.split("/")
        return [names.get("/".join(parts[: end + 1]) + "/", "") for end in range(1, len(parts) - 1)]

    shallowest = min((unit.path.count("/") for unit in rows), default=0)
    return [
        UnitNode(unit, unit.path.count("/") - shallowest, counts[unit.path]) for unit in sorted(rows, key=reading_order)
    ]


@dataclass(frozen=True)
class RuleHistory:
    """One rule: the row in force today, what is still to come, and what held before, latest first."""

    key: str
    now: RuleValue | None
    later: list[RuleValue]
    before: list[RuleValue]


def rule_histories(rows: models.QuerySet[RuleValue], day: date) -> list[RuleHistory]:
    """Group dated rows by rule, as they stand on `day`. One query."""
    found: dict[str, list[RuleValue]] = {}
    for row in rows.order_by("key", "-valid_from"):
        found.setdefault(row.key, []).append(row)
    return [
        RuleHistory(
            key=key,
            now=next((row for row in dated if holds_on(row.valid_from, row.valid_until, day)), None),
            later=[row for row in dated if row.valid_from > day],
            before=[row for row in dated if row.valid_until is not None and row.valid_until <= day],
        )
        for key, dated in found.items()
    ]


# Core knows no customers. The app that does hands down how to find one by number, and how to name one.
ACCOUNT_NAMES: dict[str, Callable[..., Any]] = {}


def account_id_of(number: str) -> int | None:
    """Return the id of the account with this number; None where there is none."""
    find = ACCOUNT_NAMES.get("id_of")
    return find(number) if find else None


def account_numbers(ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of accounts by id."""
    name = ACCOUNT_NAMES.get("numbers")
    return name(set(ids)) if name else {}


def heartbeat_age(name: str, now: datetime) -> float | None:
    """Return the seconds since the process `name` last showed that it lives; None where it never did."""
    row = Heartbeat.objects.filter(name=name).first()
    return (now - row.at).total_seconds() if row else None


SQLITE_AT_LEAST = (3, 51, 3)  # before it, two writing processes can corrupt a WAL file (RELIABILITY 0.5)


def sqlite_library_faults() -> list[str]:
    """Say what is wrong with the SQLite library; nothing on another database."""
    if connection.vendor != "sqlite":
        return []
    import sqlite3  # pysqlite3 under that name, see kam/__init__.py

    version = sqlite3.sqlite_version
    found = tuple(int(part) for part in version.split("."))
    if found >= SQLITE_AT_LEAST:
        return []
    least = ".".join(str(part) for part in SQLITE_AT_LEAST)
    return [f"SQLite {version} is older than {least}; install pysqlite3-binary as required."]


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
        wanted = {"server_encoding": ("SHOW server_encoding", "utf8")}
        if settings.PRODUCTION:  # a server for tests may forget: nobody misses its data
            wanted["synchronous_commit"] = ("SHOW synchronous_commit", "on")
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
