"""Outages in words: statuses, what conflicts, what a guard asks for, what is wrong with a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from kam.core.templatetags.kam import day
from kam.lib.sheets import UnreadableTable, unreadable_words
from kam.outage_planning.models import CAUSES, KIND_LABELS, Interruption, OutageImpact
from kam.outage_planning.rules.conflicts import Code, Conflict
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.hurt import Reason
from kam.outage_planning.rules.interruption_rows import NoColumn, Problem
from kam.outage_planning.rules.lifecycle import Kind
from kam.outage_planning.rules.notice import Due
from kam.outage_planning.rules.promises import Promise, State

register = template.Library()

ROW_PROBLEMS = {
    "missing": gettext_lazy("nothing stands here"),
    "not_a_time": gettext_lazy("not a date with a time"),
    "ends_before_start": gettext_lazy("it ends before it begins"),
    "not_a_count": gettext_lazy("not a whole number of customers"),
    "too_long": gettext_lazy("longer than can be stored"),
}


@register.filter
def row_problem_words(problem: Problem) -> str:
    """Return what is wrong with a row of interruptions, with the value that is."""
    said = str(ROW_PROBLEMS.get(problem.code, problem.code))
    return _("%(problem)s (%(value)s)") % {"problem": said, "value": problem.value} if problem.value else said


def refusal_words(refusal: UnreadableTable | NoColumn) -> str:
    """Say why a file as a whole was not taken in."""
    if isinstance(refusal, NoColumn):
        found = ", ".join(refusal.header[:30])
        return _("The table has no column %(name)s. Its columns: %(found)s") % {"name": refusal.name, "found": found}
    return unreadable_words(refusal)


_CAUSES = {**dict(CAUSES), **{kind.value: label for kind, label in KIND_LABELS.items()}}
STATUS_CLASSES = {"DRAFT": "", "CANCELLED": "", "CLOSED": "done", "RESTORED": "done", "UNDER_WAY": "soon"}
GUARDS = {
    Guard.NO_LINES: gettext_lazy("No lines are chosen yet."),
    Guard.NO_IMPACTS: gettext_lazy("What the outage does has to be computed anew."),
    Guard.IN_THE_PAST: gettext_lazy("It would have begun already. Choose a later time."),
    Guard.CONSULTATION_LATE: gettext_lazy(
        "It begins within the consultation period. Choose a later day, or give a reason and have it approved."
    ),
    Guard.NOT_ANSWERED: gettext_lazy("Not every affected customer has answered."),
    Guard.NOTICES_MISSING: gettext_lazy("Not every affected customer has a notice."),
    Guard.NOTICE_LATE: gettext_lazy(
        "The notice would come later than the law allows. Choose a later time, or give a reason and have it approved."
    ),
    Guard.NOT_ACKNOWLEDGED: gettext_lazy("A continuous producer has not acknowledged its notice."),
    Guard.NOT_RESTORED: gettext_lazy("Not every supply point has its supply back."),
}
DUES = {
    Due.CONSULT: gettext_lazy("begin the consultation"),
    Due.ALARM_UNSENT: gettext_lazy("send the notices"),
    Due.CALL_UNPROVED: gettext_lazy("call who has no proof of delivery"),
    Due.NOTICE: gettext_lazy("last day of the notice of law"),
    Due.CALL_UNACKNOWLEDGED: gettext_lazy("call continuous producers that have not acknowledged"),
    Due.SUPERVISOR: gettext_lazy("tell the supervisor who has not acknowledged"),
    Due.START: gettext_lazy("the outage begins"),
    Due.BACK: gettext_lazy("supply is to be back"),
}
PROMISES = {
    Promise.CONSULTED: gettext_lazy("Planned outage: everybody affected is asked in time"),
    Promise.NOTICE: gettext_lazy("Planned outage: everybody affected is told in time"),
    Promise.ACKNOWLEDGED: gettext_lazy("Continuous producers have acknowledged it before it begins"),
    Promise.TEMPORARY: gettext_lazy("Temporary outage or limit: everybody is told in time"),
    Promise.STAGGER: gettext_lazy("Peak staggering: everybody is told in time"),
    Promise.OFTEN: gettext_lazy("No more planned outages in a year than allowed"),
    Promise.RESTORED: gettext_lazy("Supply is back when it was announced"),
    Promise.FAULT: gettext_lazy("Fault explained as soon as possible"),
}
PROMISE_STATES = {
    State.KEPT: gettext_lazy("kept"),
    State.LATE: gettext_lazy("not kept"),
    State.OPEN: gettext_lazy("still open"),
}
REASONS = {
    Reason.SUPPLY_LOST: gettext_lazy("supply lost"),
    Reason.SHORT_CHANGEOVER: gettext_lazy("short changeover"),
    Reason.ONE_SOURCE_LEFT: gettext_lazy("one source left"),
    Reason.CONTINUOUS: gettext_lazy("continuous production"),
    Reason.IMPORTANT: gettext_lazy("important user"),
    Reason.PUBLIC: gettext_lazy("government or media"),
    Reason.BAD_HOURS: gettext_lazy("in its bad hours"),
    Reason.GOOD_HOURS: gettext_lazy("in its good hours"),
    Reason.HIGH_LOAD: gettext_lazy("high load then"),
    Reason.LOW_LOAD: gettext_lazy("low load then"),
}
RULES = {
    "CONSULTATION_LATE": gettext_lazy("within the consultation period"),
    "TOO_OFTEN": gettext_lazy("a customer would be out too often in the year"),
    "BOTH_SOURCES": gettext_lazy("both sources of a customer would be out"),
    "PROTECTED": gettext_lazy("supply is guarded then"),
    "CREW_BUSY": gettext_lazy("no crew is free"),
    "STATION_FULL": gettext_lazy("the station has its outages of the day"),
}


KIND_MARKS = {
    Kind.PLANNED: pgettext_lazy("mark of a kind of outage", "P"),
    Kind.TEMPORARY: pgettext_lazy("mark of a kind of outage", "T"),
    Kind.STAGGER: pgettext_lazy("mark of a kind of outage", "S"),
    Kind.LIMIT: pgettext_lazy("mark of a kind of outage", "L"),
    Kind.FAULT: pgettext_lazy("mark of a kind of outage", "F"),
}


@register.filter
def kind_mark(kind: str) -> str:
    """Return one sign for a kind of outage, where there is no room for more."""
    return str(KIND_MARKS[Kind(kind)])


@register.filter
def weekday_mark(on: date) -> str:
    """Return a weekday in one or two signs."""
    name = date_format(on, "D")
    return name[-1] if str(get_language()).startswith("zh") else name[:2]


@register.filter
def status_class(status: str) -> str:
    """Return the colour of a status."""
    return STATUS_CLASSES.get(status, "info")


@register.filter
def guard_words(guard: str) -> str:
    """Say what stands against a step and what to do."""
    return str(GUARDS[Guard(guard)])


@register.filter
def minutes_words(minutes: float | None) -> str:
    """Write a duration: 6 h 30 min, 0.1 min, −20 min; nothing becomes a dash."""
    if minutes is None:
        return "–"
    sign, size = "−" if minutes < 0 else "", abs(minutes)
    if size < 1:
        return f"{sign}{size:.1f} min" if size else "0 min"
    hours, rest = divmod(round(size), 60)
    if not hours:
        return f"{sign}{rest} min"
    return f"{sign}{hours} h {rest} min" if rest else f"{sign}{hours} h"


@register.simple_tag(takes_context=True)
def part_query(context: template.Context, parameter: str, value: Any) -> str:
    """Return the page's query string narrowed to one unit, line or account; the number of customers is asked anew."""
    query: QueryDict = context["request"].GET.copy()
    for name in ("page", "served", "cause", "planned"):
        query.pop(name, None)
    query[parameter] = str(value)
    return "?" + query.urlencode()


@register.filter
def last_day(days_until: date) -> date:
    """Return the last day of a half-open period of days."""
    return days_until - timedelta(days=1)


@register.filter
def out_minutes(impact: OutageImpact) -> float | None:
    """Return how long an account really was without supply (min); None where it was not."""
    if impact.out_from is None or impact.out_until is None:
        return None
    return (impact.out_until - impact.out_from).total_seconds() / 60


@register.filter
def lasting(row: Interruption) -> float:
    """Return how long an interruption lasted (min)."""
    return (row.ended_at - row.started_at).total_seconds() / 60


@register.filter
def cause_words(cause: str) -> str:
    """Put a known cause, or the kind of an outage without one, into words; others stay as they are."""
    return str(_CAUSES.get(cause, cause))


@register.filter
def promise_words(promise: str) -> str:
    """Say what is promised."""
    return str(PROMISES[Promise(promise)])


@register.filter
def promise_state_words(state: str) -> str:
    """Say how a promise stands."""
    return str(PROMISE_STATES[State(state)])


@register.filter
def due_words(due: str) -> str:
    """Say what is due."""
    return str(DUES[Due(due)])


@register.filter
def reason_words(reason: Mapping[str, Any]) -> str:
    """Say one reason of a hurt score with its points and the customer's own words."""
    said = f"{REASONS[Reason(reason['code'])]} {reason['points']:+d}"
    return f"{said} ({reason['text']})" if reason.get("text") else said


@register.filter
def rule_words(rule: str) -> str:
    """Name a rule that rules a time out."""
    return str(RULES.get(rule, rule))


@register.simple_tag
def conflict_words(conflict: Conflict, numbers: Mapping[int, str], names: Mapping[int, str]) -> str:
    """Say what an outage runs into, with whom and what; `numbers` of outages, `names` of accounts."""
    who = _(", ").join(names[pk] for pk in conflict.account_ids[:3] if pk in names)
    if len(conflict.account_ids) > 3:
        who = _("%(who)s and %(n)s more") % {"who": who, "n": len(conflict.account_ids) - 3}
    facts = {
        **conflict.facts,
        "who": who,
        "others": _(", ").join(numbers.get(pk, "") for pk in conflict.other_ids[:5]),
    }
    if conflict.code == Code.TOO_OFTEN:
        return _("%(who)s: this would be planned outage %(number)s of the year, %(limit)s are allowed.") % facts
    if conflict.code == Code.OFTEN:
        return _("%(who)s: this is planned outage %(number)s of the %(limit)s allowed in the year.") % facts
    if conflict.code == Code.BOTH_SOURCES:
        return _("%(who)s: together with %(others)s no source is left.") % facts
    if conflict.code == Code.PROTECTED:
        return _("Supply is guarded: %(name)s, from %(from)s to before %(until)s.") % facts
    if conflict.code == Code.HOLIDAY:
        return _("%(day)s is a public holiday.") % {"day": day(conflict.facts.get("day"))}  # type: ignore[arg-type]
    if conflict.code == Code.BAD_HOURS:
        return _("%(who)s: in the hours in which an outage hurts most (%(text)s).") % facts
    if conflict.code == Code.CREW_BUSY:
        return _("The crew is at %(others)s then.") % facts
    return _("The station would have %(number)s outages that day, %(limit)s are allowed: %(others)s.") % facts
