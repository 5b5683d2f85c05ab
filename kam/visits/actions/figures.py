"""The figures of the visit system, as dated rows with their source."""

from __future__ import annotations

from datetime import date
from typing import Any

from kam.core.models import RuleValue

_ALWAYS = date(2000, 1, 1)
# key, value, unit, source
FIGURES: tuple[tuple[str, Any, str, str], ...] = (
    ("visits.quota.manager", {"year": 10, "quarter": 3}, "", "company rule (走访制度)"),
    ("visits.quota.station", {"year": 5, "quarter": 0}, "", "company rule (走访制度)"),
    ("visits.reason.complaint", {"weight": 40}, "", "company: an open complaint"),
    ("visits.reason.step", {"weight": 30}, "", "company: a step promised at the last visit is due"),
    ("visits.reason.grade", {"weight": 30}, "", "company: the credit grade fell"),
    ("visits.reason.outage", {"weight": 25, "days": 45}, "", "company: an outage within so many days"),
    ("visits.reason.contract", {"weight": 25, "days": 90}, "", "company: the supply contract ends within so many days"),
    ("visits.reason.equipment", {"weight": 15, "days": 60}, "", "company: equipment to be tested within so many days"),
    ("visits.reason.use", {"weight": 20, "drop": 0.2}, "", "company: last month's use fell by that share in a year"),
    ("visits.reason.unseen", {"weight": 30, "days": 90}, "", "company: not seen for so many days"),
    ("visits.reason.quota", {"weight": 10}, "", "company: the manager owes visits this quarter"),
    ("visits.reason.vip", {"weight": 10}, "", "company: special grade and grade one"),
    ("visits.missed_after_days", 5, "d", "company: days of grace for writing a visit down"),
    # By importance, as {"SPECIAL": 4, "FIRST": 2}; an account of a class that is not named owes none.
    ("visits.quota.account", {}, "1/a", "company rule; empty: switched off"),
)


def ensure_figures() -> None:
    """Write each row whose rule has none."""
    known = set(RuleValue.objects.values_list("key", flat=True))
    RuleValue.objects.bulk_create(
        RuleValue(key=key, value=value, unit_text=unit, valid_from=_ALWAYS, source=source)
        for key, value, unit, source in FIGURES
        if key not in known
    )
