"""The periods of law and company that outages keep, as dated rows with their source (DOMAIN 14)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kam.core.models import RuleValue

_ALWAYS = date(2000, 1, 1)
# key, value, unit, source
PERIODS: tuple[tuple[str, Any, str, str], ...] = (
    ("outage.consultation_days", 30, "d", "company rule, no national law"),
    ("outage.answer_days", 7, "d", "company rule"),
    ("outage.reminder_days", [3, 1], "d", "company rule: reminders before the answer period ends"),
    ("outage.silence.tries", 2, "", "company rule: documented tries after the answer period (DESIGN 6)"),
    ("outage.silence.hours_apart", 1, "h", "company rule: two calls in a row are one try"),
    ("outage.planned.notice_days", 7, "d", "电力供应与使用条例 Art. 28(1); 供电营业规则 2024"),
    ("outage.temporary.notice_hours", 24, "h", "电力供应与使用条例 Art. 28(2); 供电营业规则 2024"),
    ("outage.limit.notice_hours", 24, "h", "供电监管办法: curtailment one day ahead"),
    ("outage.stagger.notice_minutes", 30, "min", "company rule"),
    ("outage.fault.explained_minutes", 30, "min", "company rule: as soon as possible"),
    ("outage.max_per_year", {"35": 1, "10": 3}, "1/a", "供电营业规则 Art. 57 of 1996, believed unchanged"),
    ("outage.station.max_at_once", 3, "", "company rule"),
    ("network.changeover_minutes", {"AUTOMATIC": 0.1, "MANUAL": 30}, "min", "company rule"),
    ("company.province", "", "", "code of the province whose periods go before the national ones, as HA"),
    ("reliability.sustained_minutes", 5, "min", "IEEE 1366"),
    ("reliability.shortage_causes", ["限电", "系统电源不足限电", "拉闸限电", "curtailment"], "", "DL/T 836.1: RS-3"),
    ("reliability.customers_served", 0, "", "company; 0 counts the key accounts"),
)


def ensure_periods() -> None:
    """Write each row whose rule has none."""
    known = set(RuleValue.objects.values_list("key", flat=True))
    RuleValue.objects.bulk_create(
        RuleValue(key=key, value=value, unit_text=unit, valid_from=_ALWAYS, source=source)
        for key, value, unit, source in PERIODS
        if key not in known
    )
