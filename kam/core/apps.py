"""Core at start: basics after migrating, and the checks that keep a wrongly set up installation from serving."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db.models.signals import post_migrate


def after_migrate(**kwargs: Any) -> None:
    """Make what the product cannot do without: role groups, the company, the audit head. Safe to repeat."""
    from kam.core import actions

    actions.ensure_basics()


def check_library(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse an SQLite that may corrupt a file written by two processes."""
    from kam.core import queries

    return [Error(fault, id="kam.E001") for fault in queries.sqlite_library_faults()]


def check_database(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Read back what the database was told; runs with `migrate` and `check --database default`."""
    from kam.core import queries

    if "default" not in (databases or ()):
        return []
    found: list[CheckMessage] = [Error(fault, id="kam.E002") for fault in queries.database_faults()]
    found += [Warning(fault, id="kam.W003") for fault in queries.schedule_faults()]
    return found


def check_keys(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Production needs real keys, each of its own; development may live with derived ones."""
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    lines = settings.FIELD_KEYS.split()
    if not lines or not all(_is_key(line) for line in lines):
        found.append(Error("KAM_FIELD_KEYS must be lines of id:base64 of 32 bytes (scripts/keys).", id="kam.E004"))
    keys = {"KAM_INDEX_KEY": settings.INDEX_KEY, "KAM_AUDIT_KEY": settings.AUDIT_KEY, "SECRET_KEY": settings.SECRET_KEY}
    for name, key in keys.items():
        if len(key) < 32:
            found.append(Error(f"{name} is shorter than 32 characters (scripts/keys).", id="kam.E005"))
    if len(set(keys.values())) < len(keys):
        found.append(Error("SECRET_KEY, KAM_INDEX_KEY and KAM_AUDIT_KEY must differ.", id="kam.E006"))
    return found


def _is_key(line: str) -> bool:
    key_id, _, encoded = line.partition(":")
    try:
        return bool(key_id) and len(base64.b64decode(encoded, validate=True)) == 32
    except binascii.Error:
        return False


class CoreConfig(AppConfig):
    name = "kam.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(after_migrate, sender=self)
        register(check_library)
        register(check_keys)
        register(check_database, Tags.database)
