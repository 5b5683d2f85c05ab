"""Money in words: how a bill stands, what is wrong with a row of a file."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.billing.rules.bill_rows import NoColumn, Problem
from kam.lib.sheets import UnreadableTable, unreadable_words

register = template.Library()

ROW_PROBLEMS = {
    "missing": gettext_lazy("nothing stands here"),
    "not_a_date": gettext_lazy("not a date"),
    "not_an_amount": gettext_lazy("not an amount in yuan and cents"),
    "negative": gettext_lazy("below nothing; take a bill back by reversing it"),
    "too_long": gettext_lazy("longer than can be stored"),
    "bad_text": gettext_lazy("letters, digits, dot, dash and underscore only"),
    "due_before_issue": gettext_lazy("due before it was issued"),
    "not_a_month": gettext_lazy("not a month"),
    "unknown_account": gettext_lazy("no account has this number"),
    "number_twice": gettext_lazy("stands above in this file already"),
    "differs": gettext_lazy("stored already with other figures; reverse that bill first"),
    "month_closed": gettext_lazy("the books of this month are closed"),
    "out_of_reach": gettext_lazy("the account is not one of your unit"),
}


@register.filter
def row_problem_words(problem: Problem) -> str:
    """Return what is wrong with a row, with the value that is."""
    said = str(ROW_PROBLEMS.get(problem.code, problem.code))
    return _("%(problem)s (%(value)s)") % {"problem": said, "value": problem.value} if problem.value else said


def refusal_words(refusal: UnreadableTable | NoColumn) -> str:
    """Say why a file as a whole was not taken in."""
    if isinstance(refusal, NoColumn):
        found = ", ".join(refusal.header[:30])
        return _("The table has no column %(name)s. Its columns: %(found)s") % {"name": refusal.name, "found": found}
    return unreadable_words(refusal)
