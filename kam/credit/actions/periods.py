"""The periods of the procedure on the supply, as dated rows with their source (DOMAIN 1.5, 14)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kam.core.models import RuleValue

_ALWAYS = date(2000, 1, 1)
# key, value, unit, source
PERIODS: tuple[tuple[str, Any, str, str], ...] = (
    ("credit.cut.overdue_days", 30, "d", "电力供应与使用条例 Art. 39: more than 30 days after demand"),
    ("credit.cut.notice_days", 3, "d", "供电营业规则 Art. 67 of 1996: 3 to 7 days, believed kept in 2024"),
    ("credit.cut.pledge_days", 7, "d", "company pledge, stricter than the law: 提前7天送达停电通知书"),
    ("credit.cut.final_minutes", 30, "min", "供电营业规则 Art. 67 of 1996"),
    ("credit.cut.call_minutes", 90, "min", "company rule: the call before the cut goes on the call list"),
    ("credit.administration", "同级电力管理部门", "", "供电营业规则 Art. 67 of 1996: copy of the notice"),
    ("credit.cut.hours", [9, 16], "h", "company rule: within working hours"),
    ("credit.cut.not_before_day_off", True, "", "company rule: not before holidays"),
    ("credit.cut.window_hours", 3, "h", "company rule: at the time told"),
    ("credit.reconnect_hours", 24, "h", "供电营业规则 2024: within 24 h once the cause is removed"),
    ("credit.confirm_falls", True, "", "个人信息保护法 Art. 24: a person decides"),
)


def ensure_periods() -> None:
    """Write each row whose rule has none."""
    known = set(RuleValue.objects.values_list("key", flat=True))
    RuleValue.objects.bulk_create(
        RuleValue(key=key, value=value, unit_text=unit, valid_from=_ALWAYS, source=source)
        for key, value, unit, source in PERIODS
        if key not in known
    )
