"""What every installation starts with: promises, working hours, templates of applications, canned texts."""

from __future__ import annotations

from typing import Any

from kam.core.models import RuleValue
from kam.service_desk.models import ApplicationTemplate, CannedText, Promise
from kam.service_desk.rules import applications
from kam.service_desk.rules.canned import FIRST_CANNED
from kam.service_desk.rules.promises import FIRST_DAY, FIRST_PROMISES

# key, value, unit, source
RULES: tuple[tuple[str, Any, str, str], ...] = (
    ("desk.working_hours", [["08:30", "12:00"], ["13:30", "17:30"]], "", "company rule: working hours of a workday"),
    ("desk.warn_share", 0.25, "", "company rule: warn when this share of a promise's time is left"),
    ("desk.call_back_tries", 3, "", "company rule: tries on different days before a request closes unheard"),
    ("desk.double_hours", 72, "h", "company rule: how long an open request may be another's double"),
    ("desk.warn_calls", {"days": 30, "least": 4, "times": 2}, "", "company rule: behaviour that changes"),
    ("desk.warn_complaints", {"days": 90, "least": 2}, "", "company rule: behaviour that changes"),
    ("desk.link_days", 14, "d", "company rule: how long a customer's page about a request is open"),
)


def ensure_basics() -> None:
    """Write each row that nobody has yet. Safe to repeat."""
    known = set(Promise.objects.values_list("code", "province"))
    Promise.objects.bulk_create(
        Promise(
            code=one.code,
            kind=one.kind,
            step=one.step.value,
            place=one.place,
            supply=one.supply,
            province=one.province,
            clock=one.clock.value,
            figure=one.figure,
            base=one.base.value,
            pausable=one.pausable,
            public=one.public,
            valid_from=FIRST_DAY,
            source=one.source,
        )
        for one in FIRST_PROMISES
        if (one.code, one.province) not in known
    )
    rules = set(RuleValue.objects.values_list("key", flat=True))
    RuleValue.objects.bulk_create(
        RuleValue(key=key, value=value, unit_text=unit, valid_from=FIRST_DAY, source=source)
        for key, value, unit, source in RULES
        if key not in rules
    )
    kinds = set(ApplicationTemplate.objects.values_list("kind", flat=True))
    ApplicationTemplate.objects.bulk_create(
        ApplicationTemplate(
            kind=kind.value,
            steps=[{"code": code, "side": side.value} for code, side in applications.STEPS[kind]],
            documents=[{"code": code, "needed": needed} for code, needed in applications.DOCUMENTS[kind]],
            valid_from=FIRST_DAY,
            source=applications.SOURCE,
        )
        for kind in applications.Kind
        if kind.value not in kinds
    )
    if not CannedText.objects.exists():
        CannedText.objects.bulk_create(
            CannedText(kind=kind, title=title, text=text) for kind, title, text in FIRST_CANNED
        )
