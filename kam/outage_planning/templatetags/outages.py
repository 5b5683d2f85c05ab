"""Outages in words: statuses, what conflicts, what a guard asks for, what is wrong with a row."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.lib.sheets import UnreadableTable
from kam.outage_planning.rules.interruption_rows import NoColumn, Problem

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
    return _("This file cannot be read as a table (%(code)s). Send CSV or XLSX.") % {"code": refusal.code}
