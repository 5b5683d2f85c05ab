"""What is wrong with a file of accounts, in words."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from kam.lib.sheets import UnreadableTable, unreadable_words
from kam.reports.rules.account_rows import HEADERS, Problem

register = template.Library()

WORDS: dict[str, str | Promise] = {
    Problem.MISSING: gettext_lazy("is empty and must not be"),
    Problem.TOO_LONG: gettext_lazy("is too long"),
    Problem.BAD_NUMBER: gettext_lazy("is no number, or has too many decimals"),
    Problem.OUT_OF_RANGE: gettext_lazy("lies outside of what is possible"),
    Problem.BAD_CHOICE: gettext_lazy("is none of the known values"),
    Problem.BAD_DAY: gettext_lazy("is no day; write it as 2027-12-31"),
    Problem.BAD_TEXT: gettext_lazy("has characters that do not belong there"),
    Problem.USCC_MALFORMED: gettext_lazy("is no credit code: it has characters that codes never have"),
    Problem.USCC_CHECK: gettext_lazy("has a check character that does not fit; kept all the same"),
    Problem.OTHER_ID: gettext_lazy("is no credit code; kept as other identifier"),
    Problem.UNKNOWN_INDUSTRY: gettext_lazy("is no code of GB/T 4754"),
    Problem.UNKNOWN_UNIT: gettext_lazy("is no unit you can reach"),
    Problem.UNKNOWN_MANAGER: gettext_lazy("is no user name you can reach"),
    Problem.UNKNOWN_TARIFF: gettext_lazy("is no tariff code"),
    Problem.DUPLICATE: gettext_lazy("stands in the file already"),
    Problem.METER_TAKEN: gettext_lazy("belongs to another account"),
    Problem.OUT_OF_REACH: gettext_lazy("belongs to a unit that is not yours"),
    Problem.TOO_MANY_CELLS: gettext_lazy("the row has more cells than the head"),
}
TABLES: dict[str, str | Promise] = {
    "missing_columns": gettext_lazy("The file has no column for the account number or the name: %(detail)s."),
    "no_rows": gettext_lazy("The file has a head and no row below it."),
    "column_twice": gettext_lazy("Two columns mean the same: %(detail)s. Remove one."),
}


KEPT: dict[str, str | Promise] = {
    "edited": gettext_lazy("somebody worked on it since"),
    "reports": gettext_lazy("it has energy reports"),
    "contacts": gettext_lazy("it has contacts"),
    "equipment": gettext_lazy("it has equipment"),
    "readings": gettext_lazy("it has readings"),
    "more": gettext_lazy("visits, requests, bills, plans or other work belong to it"),
}


@register.filter
def kept_words(code: str) -> str:
    """Say why an undo left an account, or one value of it, as it is."""
    start, _colon, name = code.partition(":")
    if start.startswith("changed"):
        return gettext("%(what)s was changed since") % {"what": column_words(name.strip())}
    return str(KEPT.get(code, code))


@register.filter
def problem_words(code: str) -> str:
    """Say what is wrong with a cell."""
    return str(WORDS.get(code, code))


@register.filter
def column_words(column: str) -> str:
    """Name a column as the Chinese example file does, its code behind."""
    return f"{HEADERS[column][0]} {column}" if column in HEADERS else column


def table_words(code: str, detail: str) -> str:
    """Say why a file is no table of accounts."""
    if code in TABLES:
        return str(TABLES[code]) % {"detail": detail}
    return unreadable_words(UnreadableTable(code, detail))
