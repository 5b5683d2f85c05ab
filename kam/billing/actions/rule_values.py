"""The figures of money that law or company may change, as dated rows with their source (DOMAIN 14)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kam.core.models import RuleValue

_ALWAYS = date(1990, 1, 1)
# key, value, unit, source
MONEY_RULES: tuple[tuple[str, Any, str, str], ...] = (
    (
        "penalty.daily",
        {"residential": "0.001", "same_year": "0.002", "cross_year": "0.003"},
        "1/d",
        "供电营业规则 1996 Art. 98, kept in 2024",
    ),
    ("penalty.minimum_yuan", 1, "yuan", "供电营业规则 1996; not confirmed for 2024: 0 switches it off"),
    ("billing.ageing.buckets", [30, 60, 90, 180, 365], "d", "company"),
    ("billing.due_days", 15, "d", "company: last payment day after the day of issue"),
    (
        "billing.asking.hours",
        ["08:30", "17:30"],
        "",
        "company: when customers may be asked for money, working days only",
    ),
    ("billing.reminder.days", [5], "d", "company: days before the due date"),
    ("billing.readings.days", [1, 11, 21], "", "company: 分旬抄见, days of the month on which customers are told"),
    (
        "billing.plan.limits",
        {"days": 180, "instalments": 12, "first_within_days": 30, "least_share": "0.05"},
        "",
        "company: what a payment plan may be",
    ),
    ("prepaid.warn_days", {"FIRST": 10, "SECOND": 5, "LAST": 2}, "d", "company: days before the balance runs out"),
)


def ensure_rules() -> None:
    """Write each row whose rule has none."""
    known = set(RuleValue.objects.values_list("key", flat=True))
    RuleValue.objects.bulk_create(
        RuleValue(key=key, value=value, unit_text=unit, valid_from=_ALWAYS, source=source)
        for key, value, unit, source in MONEY_RULES
        if key not in known
    )
