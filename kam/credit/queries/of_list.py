"""The grade as a column and a filter of the list of accounts, for who may see it."""

from __future__ import annotations

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.credit.queries.histories import NoScheme, scheme_on
from kam.credit.rules.scheme import scheme_of
from kam.lib import clock


def grade_of(account: Account) -> str:
    """Return the grade in force of an account that brought its standing along; empty where it has none."""
    standing = getattr(account, "credit_standing", None)
    return standing.grade if standing is not None else ""


def chip_of(grade: str) -> str:
    """Return the chip of a grade: green, blue, amber, red."""
    return {"A": "done", "B": "info", "C": "soon", "D": "late"}.get(grade[:1], "")


def grade_choices() -> list[tuple[str, str]]:
    """Return the grades of the scheme that holds today, best first."""
    try:
        return [(grade, grade) for grade in scheme_of(scheme_on(clock.today()).body).grades]
    except NoScheme:
        return []


def with_grade(rows: QuerySet[Account], grade: str) -> QuerySet[Account]:
    """Keep the accounts with this grade in force."""
    return rows.filter(credit_standing__grade=grade)
