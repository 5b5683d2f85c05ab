"""What every installation starts with: role groups, the company, the audit head, first rules, schedules."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django_q.models import Schedule

from kam.core.models import AuditHead, RuleValue, Unit
from kam.core.rules import UNNAMED_COMPANY, Role

COMPANY_CODE = "COMPANY"

FIRST_RULES: tuple[tuple[str, Any, str, date, str], ...] = (
    ("billing.default_tariff", "GD-GZ-LV", "", date(2000, 1, 1), "DATA 1: example prices, set your own"),
    ("billing.power_factor.target", "0.95", "", date(2000, 1, 1), "company"),
    ("reports.carbon.region", "CN", "", date(2000, 1, 1), "company"),
    ("reveal.per_hour", 50, "1/h", date(2000, 1, 1), "RELIABILITY S8"),
)

# name, dotted task, minutes. From code only: one malformed row would stop every schedule (RELIABILITY 0.3).
SCHEDULES: list[tuple[str, str, int]] = [
    ("canary", "kam.core.tasks.canary", 1),
    ("audit anchor", "kam.core.tasks.note_anchor", 5),
]


def schedule(name: str, task: str, *, minutes: int) -> None:
    """Register a repeated task; apps call it when they start (AppConfig.ready). Safe to repeat."""
    if all(row[0] != name for row in SCHEDULES):
        SCHEDULES.append((name, task, minutes))


def ensure_basics() -> None:
    """Make the role groups, the company unit, the audit head and the first rule rows where they are missing."""
    AuditHead.objects.get_or_create(pk=1)
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    company, created = Unit.objects.get_or_create(
        code=COMPANY_CODE, defaults={"name": settings.COMPANY_NAME or UNNAMED_COMPANY, "kind": Unit.Kind.COMPANY}
    )
    if created or not company.path:
        company.path = f"/{company.pk}/"
        company.save(update_fields=["path"])
    for key, value, unit_text, valid_from, source in FIRST_RULES:
        # Only a rule that nobody has: a row that the company ended or replaced stays as it is.
        if not RuleValue.objects.filter(key=key).exists():
            RuleValue.objects.create(key=key, valid_from=valid_from, value=value, unit_text=unit_text, source=source)
    # `migrate core` alone comes before the queue's tables.
    if Schedule._meta.db_table in connection.introspection.table_names():
        for name, task, minutes in SCHEDULES:
            Schedule.objects.update_or_create(
                name=name,
                defaults={
                    "func": task,
                    "schedule_type": Schedule.MINUTES,
                    "minutes": minutes,
                    "repeats": -1,
                    "args": None,
                    "kwargs": None,
                },
            )
