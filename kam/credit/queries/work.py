"""What waits for a person in credit, and the lists of grades, warnings and risks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from kam.core.models import User
from kam.core.rules import Right
from kam.credit.models import (
    CreditGrade,
    CreditRuleSet,
    EarlyWarning,
    GradeContest,
    GradeOverride,
    Measure,
    Standing,
    SupplyCase,
)
from kam.credit.queries.histories import NoScheme, scheme_on
from kam.credit.queries.supply import next_steps
from kam.credit.rules.scheme import scheme_of
from kam.credit.rules.statuses import GradeStatus, SchemeStatus
from kam.credit.rules.supply import OPEN, Guard, Step
from kam.lib import clock

MOST = 20


@dataclass(frozen=True)
class CaseCard:
    """A case with the step that comes next and what stands against it. `late`: its clock has run out."""

    case: SupplyCase
    next_step: str
    guards: list[Guard]
    late: bool


@dataclass(frozen=True)
class Work:
    """What waits, by kind; each list is bounded."""

    cases: list[CaseCard]
    falls: list[CreditGrade]
    falls_more: bool
    contests: list[GradeContest]
    overrides: list[GradeOverride]
    measures: list[Measure]
    misfits: list[tuple[Measure, str]]
    schemes: list[CreditRuleSet]
    warnings: list[EarlyWarning]

    @property
    def anything(self) -> bool:
        lists = (self.cases, self.falls, self.contests, self.overrides, self.measures, self.schemes, self.warnings)
        return any(lists)


def work(user: User, at: datetime) -> Work:
    """Return what waits within the reach of `user`; a dozen queries and two for each open case shown."""
    falls = list(
        CreditGrade.objects.visible_to(user)
        .filter(status=GradeStatus.PROPOSED)
        .select_related("account")
        .defer("parts")
        .order_by("-as_of", "account__name")[: MOST + 1]
    )
    cards = []
    cases = SupplyCase.objects.visible_to(user).filter(status__in=OPEN).select_related("account")
    for case in cases.order_by("reconnect_by", "cut_at", "pk")[:MOST]:
        steps = next_steps(case, at, user)
        step, guards = steps[0] if steps else (Step(case.status), [])
        late = case.status == Step.CLEARED and case.reconnect_by is not None and case.reconnect_by < at
        cards.append(CaseCard(case, step.value, guards, late))
    waiting = Measure.objects.visible_to(user).filter(status="PROPOSED").select_related("account", "proposed_by")
    schemes = (
        list(CreditRuleSet.objects.filter(status=SchemeStatus.PROPOSED).select_related("proposed_by").defer("body"))
        if user.may(Right.CREDIT_APPROVE)
        else []
    )
    return Work(
        cases=cards,
        falls=falls[:MOST],
        falls_more=len(falls) > MOST,
        contests=list(
            GradeContest.objects.visible_to(user)
            .filter(outcome="")
            .select_related("account", "grade")
            .order_by("at")[:MOST]
        ),
        overrides=list(
            GradeOverride.objects.visible_to(user)
            .filter(approved_by=None, refused=False)
            .select_related("account", "proposed_by")
            .order_by("pk")[:MOST]
        ),
        measures=list(waiting.order_by("pk")[:MOST]),
        misfits=misfits(user, at),
        schemes=schemes,
        warnings=list(
            EarlyWarning.objects.visible_to(user).select_related("account").order_by("-score", "account_id")[:MOST]
        ),
    )


def misfits(user: User, at: datetime) -> list[tuple[Measure, str]]:
    """Return measures in force that the account's grade no longer gives, with that grade. Two queries."""
    try:
        given = scheme_of(scheme_on(clock.day_of(at)).body).measures
    except NoScheme:
        return []
    rows = Measure.objects.visible_to(user).filter(status="IN_FORCE").select_related("account__credit_standing")
    found = []
    for row in rows.order_by("pk")[:500]:
        standing = getattr(row.account, "credit_standing", None)
        if standing is not None and row.kind not in given.get(standing.grade, ()):
            found.append((row, standing.grade))
    return found[:MOST]


def graded(rows: QuerySet[Standing], criteria: Mapping[str, Any]) -> QuerySet[Standing]:
    """Narrow the list of grades: grade, unit ids, text in name or number."""
    if criteria.get("grade"):
        rows = rows.filter(grade=criteria["grade"])
    if criteria.get("unit") is not None:
        rows = rows.filter(account__unit__path__startswith=criteria["unit"].path)
    if text := (criteria.get("q") or "").strip():
        rows = rows.filter(account__name__contains=text) | rows.filter(account__account_no__startswith=text)
    return rows
