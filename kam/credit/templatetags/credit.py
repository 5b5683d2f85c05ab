"""Grades, indicators, guards and warnings in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kam.billing.models import Bill
from kam.core.templatetags.kam import figure, percent
from kam.credit.models import FACT_LABELS, MEASURE_LABELS, STEP_LABELS
from kam.credit.queries.of_list import chip_of
from kam.credit.queries.warning_signs import SIGNS
from kam.credit.rules.history import FactKind
from kam.credit.rules.indicators import Indicator
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.scheme import Veto
from kam.credit.rules.supply import Guard, Step
from kam.credit.rules.warning import Reason
from kam.lib import clock

register = template.Library()

INDICATORS: dict[str, str | Promise] = {
    Indicator.ON_TIME: gettext_lazy("Bills paid in time"),
    Indicator.DAYS_LATE: gettext_lazy("Days late, weighted by amount"),
    Indicator.ARREARS: gettext_lazy("Overdue, in months' bills"),
    Indicator.ARREARS_AGE: gettext_lazy("Age of the oldest overdue bill"),
    Indicator.PLANS_KEPT: gettext_lazy("Instalments of plans kept"),
    Indicator.DISHONOURED: gettext_lazy("Bills of exchange dishonoured"),
    Indicator.CONTRACT: gettext_lazy("Breaches of the supply contract"),
    Indicator.ILLEGAL_USE: gettext_lazy("Theft and illegal use"),
    Indicator.DEFECTS: gettext_lazy("Safety defects not mended"),
    Indicator.LENGTH: gettext_lazy("Years a customer"),
    Indicator.SIZE: gettext_lazy("Billed in a year"),
    Indicator.OUTSIDE: gettext_lazy("Signs from outside"),
}
VETOES: dict[str, str | Promise] = {
    Veto.OVERDUE_DAYS: gettext_lazy("overdue for too long"),
    Veto.OPEN_IN_PERIOD: gettext_lazy("a bill of the period is unpaid"),
    Veto.OLD_DEBT: gettext_lazy("debt of an earlier year without a plan that is kept"),
}
LIFTS: dict[str, str | Promise] = {
    "bills_in_time": gettext_lazy("Each bill paid in time pushes a late one out of the window; late now: %(figure)s."),
    "pay": gettext_lazy("Pay ¥ %(figure)s that is overdue."),
    "keep_plan": gettext_lazy("Pay the next instalments on their dates."),
    "wait": gettext_lazy("Nothing but time: it leaves the window by itself."),
    "mend": gettext_lazy("Mend what was found and have it noted; open: %(figure)s."),
    "outside": gettext_lazy("Show that the sign no longer stands."),
}
GUARDS: dict[str, str | Promise] = {
    Guard.NOTHING_OWED: gettext_lazy("Nothing is overdue that may be asked for."),
    Guard.NOT_YET_30_DAYS: gettext_lazy("The oldest debt is not overdue for more than 30 days."),
    Guard.NO_DEMAND: gettext_lazy("No demand for payment is proven."),
    Guard.SAME_PERSON: gettext_lazy("Who submitted it does not approve it."),
    Guard.LEVEL: gettext_lazy("This takes the head of the unit; for important users, the manager in charge."),
    Guard.NO_TIME: gettext_lazy("Name the time at which supply is to be cut."),
    Guard.NOTICE_DAYS: gettext_lazy("The notice must be proven seven days before the time it names."),
    Guard.NOTICE_UNPROVEN: gettext_lazy("The notice is not proven yet."),
    Guard.NOT_REPORTED: gettext_lazy("The administration has no copy of the notice yet."),
    Guard.NO_LETTER: gettext_lazy("The copy for the administration is not written yet."),
    Guard.REPORT_NEEDLESS: gettext_lazy("Only cases of important users are reported."),
    Guard.HOURS: gettext_lazy("Supply is cut in working hours only."),
    Guard.DAY_OFF: gettext_lazy("Not on a day off, and not on the day before one."),
    Guard.WARNING_TOO_EARLY: gettext_lazy("The customer is called on the very day."),
    Guard.WARNING_MISSING: gettext_lazy("The customer has not been called once more."),
    Guard.WARNING_MINUTES: gettext_lazy("Thirty minutes must pass after the call."),
    Guard.TOO_EARLY: gettext_lazy("The time that was told has not come."),
    Guard.TIME_PASSED: gettext_lazy("The time that was told has passed; give another notice."),
    Guard.TIME_NOT_PASSED: gettext_lazy("The notice still stands."),
    Guard.STILL_OWED: gettext_lazy("It is not paid."),
}
DRIVERS: dict[str, tuple[str | Promise, str | Promise]] = {
    "own_rate": (gettext_lazy("many earlier bills late"), gettext_lazy("few earlier bills late")),
    "own_days": (gettext_lazy("usually pays late"), gettext_lazy("usually pays early")),
    "recent_days": (gettext_lazy("the newest bills later"), gettext_lazy("the newest bills earlier")),
    "recent_share": (gettext_lazy("the last three late"), gettext_lazy("the last three in time")),
    "chance": (
        gettext_lazy("days of payment near or past the due date"),
        gettext_lazy("pays well before the due date"),
    ),
    "spread": (gettext_lazy("pays irregularly"), gettext_lazy("pays regularly")),
    "last_days": (gettext_lazy("the last bill late"), gettext_lazy("the last bill in time")),
    "worst_days": (gettext_lazy("was very late once"), gettext_lazy("was never very late")),
    "known": (gettext_lazy("history speaks against it"), gettext_lazy("history speaks for it")),
    "open": (gettext_lazy("other bills open"), gettext_lazy("no other bill open")),
    "overdue": (gettext_lazy("another bill overdue"), gettext_lazy("nothing else overdue")),
    "amount": (gettext_lazy("a large bill"), gettext_lazy("a small bill")),
    "amount_ratio": (gettext_lazy("larger than usual"), gettext_lazy("smaller than usual")),
    "amount_days": (gettext_lazy("larger bills came later"), gettext_lazy("this size came earlier")),
    "company_rate": (gettext_lazy("many customers late now"), gettext_lazy("few customers late now")),
}
SCHEME_PROBLEMS: dict[str, str | Promise] = {
    "unreadable": gettext_lazy("It cannot be read: %(detail)s"),
    "unknown_indicator": gettext_lazy("There is no indicator %(detail)s."),
    "unknown_veto": gettext_lazy("There is no veto %(detail)s."),
    "unknown_grade": gettext_lazy("There is no grade %(detail)s."),
    "scale_order": gettext_lazy("The values of a scale must rise (%(detail)s)."),
    "scale_share": gettext_lazy("The shares of a scale lie between 0 and 1 (%(detail)s)."),
    "grades_twice": gettext_lazy("A grade stands there twice."),
    "bands_order": gettext_lazy("Each grade must begin below the one above it."),
    "bands_end": gettext_lazy("The lowest grade begins at 0."),
    "indicator_twice": gettext_lazy("An indicator stands there twice."),
    "not_hundred": gettext_lazy("The points must add up to 100; they add up to %(detail)s."),
    "negative_points": gettext_lazy("Points are not below zero."),
    "months": gettext_lazy("Months lie between 1 and 120, and a rise is one grade or more."),
}


def scheme_problem(code: str, detail: str) -> str:
    """Say why a scheme cannot grade."""
    return str(SCHEME_PROBLEMS[code]) % {"detail": detail}


@register.filter
def grade_class(grade: str) -> str:
    """Return the chip of a grade: green, blue, amber, red."""
    return chip_of(grade or "")


@register.filter
def indicator_words(code: str) -> str:
    return str(INDICATORS.get(code, code))


@register.filter
def indicator_value(part: Sequence[Any]) -> str:
    """Write an indicator's value with its unit; `part`: a row of CreditGrade.parts."""
    code, value = part[0], part[1]
    if value is None:
        return _("nothing to measure yet")
    if code in (Indicator.ON_TIME, Indicator.PLANS_KEPT):
        return percent(value)
    if code in (Indicator.DAYS_LATE, Indicator.ARREARS_AGE):
        return _("%(n)s d") % {"n": figure(value, 0 if code == Indicator.ARREARS_AGE else 1)}
    if code == Indicator.ARREARS:
        return _("%(n)s months") % {"n": figure(value, 2)}
    if code == Indicator.LENGTH:
        return _("%(n)s years") % {"n": figure(value, 1)}
    if code == Indicator.SIZE:
        return f"¥ {figure(value)}"
    return figure(value)


@register.filter
def lift_words(part: Sequence[Any]) -> str:
    """Say what would lift an indicator; empty where nothing the customer does can."""
    code, found = part[6], part[7]
    if not code or part[2] == part[3]:
        return ""
    shown = figure(found, 2) if code == "pay" else found
    return str(LIFTS[code]) % {"figure": shown} if "%(figure)s" in str(LIFTS[code]) else str(LIFTS[code])


@register.filter
def veto_words(row: Sequence[Any]) -> str:
    """Say which veto struck; `row`: of CreditGrade.vetoes, or (veto, kind)."""
    return str(FACT_LABELS[FactKind(row[1])]) if row[1] else str(VETOES.get(row[0], row[0]))


@register.filter
def scheme_veto(row: Mapping[str, Any]) -> str:
    """Say a veto of a scheme's table: what, and for how long."""
    words = veto_words([row["code"], row.get("kind", "")])
    if row["code"] == Veto.OVERDUE_DAYS:
        return _("%(what)s: more than %(n)s days") % {"what": words, "n": row.get("over", 0)}
    if row["code"] == Veto.OLD_DEBT:
        return words
    return _("%(what)s, within %(n)s months") % {"what": words, "n": row.get("months", 12)}


@register.filter
def guard_words(guard: str) -> str:
    return str(GUARDS.get(guard, guard))


@register.filter
def step_words(step: str) -> str:
    return str(STEP_LABELS[Step(step)]) if step in set(Step) else step


@register.filter
def step_class(step: str) -> str:
    if step in (Step.CUT, Step.CLEARED):
        return "late"
    if step in (Step.RECONNECTED, Step.STOPPED):
        return "done"
    return "" if step == Step.REFUSED else "soon"


@register.filter
def measure_words(kind: str) -> str:
    return str(MEASURE_LABELS[MeasureKind(kind)]) if kind in set(MeasureKind) else kind


@register.filter
def fact_words(kind: str) -> str:
    return str(FACT_LABELS[FactKind(kind)]) if kind in set(FactKind) else kind


@register.filter
def driver_words(drivers: Sequence[Sequence[Any]]) -> str:
    """Say what drives a bill's risk, the weightiest first."""
    words = [str(DRIVERS[name][0 if weight > 0 else 1]) for name, weight in drivers if name in DRIVERS]
    return _(", ").join(words[:3])


@register.filter
def reason_words(row: Sequence[Any]) -> str:
    """Say why an account gives early warning; `row`: [reason, figure, compared with, evidence]."""
    code, now, then = row[:3]
    if code in SIGNS:
        return SIGNS[code].words(now, then)
    if code == Reason.SLOWER:
        return _("the last three bills were paid %(now)s on average, those before %(then)s") % {
            "now": _around(now),
            "then": _around(then),
        }
    if code == Reason.OVERDUE:
        return ngettext(
            "overdue for %(n)d day, for the first time", "overdue for %(n)d days, for the first time", int(now)
        ) % {"n": int(now)}
    if code == Reason.RISK:
        return _("an open bill is likely to be late: %(share)s") % {"share": percent(now, 0)}
    if code == Reason.USE_DROPS:
        return _("energy of the last month %(now)s kWh, compared with %(then)s kWh") % {
            "now": figure(now),
            "then": figure(then),
        }
    if code == Reason.PLAN_BROKEN:
        return _("a payment plan is broken")
    return _("signs from outside, weight %(n)s") % {"n": figure(now)}


@register.simple_tag
def reason_evidence(row: Sequence[Any], account_no: str, may: Mapping[str, bool]) -> list[tuple[str, str]]:
    """Return what shows a reason, as (address, words), of what the reader may open."""
    code = row[0]
    if code in SIGNS:
        sign, held = SIGNS[code], row[3] if len(row) > 3 else []
        if not may.get(sign.right.name):
            return []
        return [(reverse(sign.url_name, args=[pk]), number) for pk, number in held]
    if code == Reason.OUTSIDE:
        return [(reverse("credit:account", args=[account_no]) + "#h-facts", _("conduct noted on the credit page"))]
    if code == Reason.USE_DROPS:
        if not may.get("READINGS_SEE"):
            return []
        return [(reverse("reports:account", args=[account_no]), _("energy use"))]
    if not may.get("MONEY_SEE"):
        return []
    return [(reverse("billing:account", args=[account_no]), _("bills"))]


@register.simple_tag
def bill_link(bill: Bill, may: bool) -> SafeString:
    """Write a bill's number, as a link to the bill for who may see money."""
    if not may:
        return format_html("{}", bill.number)
    return format_html('<a href="{}">{}</a>', reverse("billing:bill", args=[bill.pk]), bill.number)


def _around(days: float) -> str:
    """Say how far from the due date."""
    if days < 0:
        return _("%(n)s days before the due date") % {"n": figure(-days, 1)}
    return _("%(n)s days after the due date") % {"n": figure(days, 1)}


@register.filter
def hours_left(until: datetime | None) -> str:
    """Say how long the clock still runs: 5 h 20 min left, 2 h 5 min over."""
    if until is None:
        return ""
    minutes = int((until - clock.now()).total_seconds() // 60)
    shown = _("%(h)d h %(m)d min") % {"h": abs(minutes) // 60, "m": abs(minutes) % 60}
    return _("%(time)s left") % {"time": shown} if minutes >= 0 else _("%(time)s over") % {"time": shown}
