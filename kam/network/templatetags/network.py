"""What is wrong with a row of a network file, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.lib.sheets import UnreadableTable, unreadable_words
from kam.network.rules.impact import Effect, Mark
from kam.network.rules.rows import CHINESE, NoKindColumn, Problem

register = template.Library()

WORDS = {
    "unknown_kind": gettext_lazy("this kind of row is not known: substation, line or supply_point"),
    "missing": gettext_lazy("nothing stands here"),
    "not_a_number": gettext_lazy("not a number in the range that is possible"),
    "unknown_role": gettext_lazy("main or standby is expected"),
    "unknown_changeover": gettext_lazy("none, manual or automatic is expected"),
    "too_long": gettext_lazy("longer than can be stored"),
    "twice": gettext_lazy("stands in this file twice; the first was taken"),
    "unknown_substation": gettext_lazy("there is no substation of this code"),
    "unknown_line": gettext_lazy("there is no line of this code"),
    "unknown_account": gettext_lazy("there is no account of this number"),
    "unknown_unit": gettext_lazy("there is no unit of this code or name"),
    "out_of_reach": gettext_lazy("this one is run by a unit that is not yours"),
    "in_a_circle": gettext_lazy("the line would hang on itself"),
}


@register.filter
def column_words(column: str) -> str:
    """Name a column as the Chinese example file does, its code behind."""
    return f"{CHINESE[column]} {column}" if column in CHINESE else column


@register.filter
def code_words(code: str) -> str:
    """Return what is wrong, without the value."""
    return str(WORDS.get(code, code))


@register.filter
def reject_words(reject: dict[str, Any]) -> str:
    """Return what is wrong with a rejected row as it was kept."""
    return problem_words(Problem(reject["row"], reject["column"], reject["problem"], reject.get("value", "")))


@register.filter
def problem_words(problem: Problem) -> str:
    """Return what is wrong, with the value that is."""
    said = str(WORDS.get(problem.code, problem.code))
    return _("%(problem)s (%(value)s)") % {"problem": said, "value": problem.value} if problem.value else said


def refusal_words(refusal: UnreadableTable | NoKindColumn) -> str:
    """Say why a file as a whole was not taken in."""
    if isinstance(refusal, NoKindColumn):
        return _("The table has no column “kind” that says what each row is: substation, line or supply_point.")
    return unreadable_words(refusal)


EFFECTS = {
    Effect.SUPPLY_LOST: gettext_lazy("supply lost"),
    Effect.SHORT_CHANGEOVER: gettext_lazy("short changeover"),
    Effect.ONE_SOURCE_LEFT: gettext_lazy("one source left"),
    Effect.LOAD_CUT: gettext_lazy("load to be reduced"),
}
EFFECT_CLASSES = {
    Effect.SUPPLY_LOST: "late",
    Effect.SHORT_CHANGEOVER: "soon",
    Effect.ONE_SOURCE_LEFT: "info",
    Effect.LOAD_CUT: "soon",
}
MARKS = {
    Mark.GOVERNMENT: gettext_lazy("government"),
    Mark.MEDIA: gettext_lazy("news media"),
    Mark.IMPORTANT: gettext_lazy("important user"),
    Mark.CONTINUOUS: gettext_lazy("continuous production"),
}


@register.filter
def effect_words(effect: int) -> str:
    """Return what an account suffers, in words."""
    return str(EFFECTS[Effect(effect)])


@register.filter
def effect_class(effect: int) -> str:
    """Return the colour of an effect."""
    return EFFECT_CLASSES[Effect(effect)]


@register.filter
def mark_word(mark: str) -> str:
    """Return one reason for more care, in words."""
    return str(MARKS[Mark(mark)])


@register.filter
def mark_words(marks: Iterable[str] | None) -> list[str]:
    """Return why an account asks for more care, in words."""
    return [str(MARKS[mark]) for mark in Mark if mark in set(marks or ())]
