"""An account's credit page: grade with everything behind it, history, measures, cases, open bills with their risk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject

from kam.accounts.models import Account, AccountQuerySet
from kam.billing.models import Bill
from kam.credit.models import (
    MEASURE_LABELS,
    ConductFact,
    CreditGrade,
    EarlyWarning,
    GradeContest,
    GradeOverride,
    Measure,
    Standing,
    SupplyCase,
)
from kam.credit.queries.allowed import allowed
from kam.credit.queries.histories import NoScheme, scheme_on
from kam.credit.queries.money import Owed, owed, owed_of
from kam.credit.queries.of_account import fact_lines
from kam.credit.queries.risk import expected_weeks
from kam.credit.rules.measures import ORDINARY, MeasureKind
from kam.credit.rules.scheme import scheme_of
from kam.credit.rules.statuses import GradeStatus
from kam.credit.rules.supply import OPEN
from kam.lib.money import to_cents

HISTORY, BILLS = 24, 24


@dataclass(frozen=True)
class CreditPage:
    """What the page shows. `behind`: bills and facts behind the indicators, by id. `points`: the history as heights."""

    standing: Standing | None
    grade: CreditGrade | None
    waiting: CreditGrade | None
    history: list[CreditGrade]
    bills: dict[int, Bill]
    noted: dict[int, dict[str, Any]]
    facts: list[ConductFact]
    overrides: list[GradeOverride]
    contests: list[GradeContest]
    measures: list[Measure]
    allowed: tuple[MeasureKind, ...]
    case: SupplyCase | None
    past_cases: list[SupplyCase]
    warning: EarlyWarning | None
    debt: Owed
    open_bills: list[Bill]
    weeks: list[tuple[date, Decimal]]
    grades: tuple[str, ...]
    steps: list[dict[str, Any]] = field(default_factory=list)


def credit_page(account: Account, day: date) -> CreditPage:
    """Gather the page; at most eighteen queries."""
    standing = Standing.objects.filter(account=account).select_related("computed__rule_set").first()
    history = list(
        CreditGrade.objects.filter(account=account)
        .select_related("rule_set")
        .defer("rule_set__body", "rule_set__trial")
        .order_by("-as_of")[:HISTORY]
    )
    waiting = next((row for row in history if row.status == GradeStatus.PROPOSED), None)
    grade = next((row for row in history if row.status == GradeStatus.IN_FORCE), None)
    shown = [row for row in (waiting, grade) if row is not None]
    bill_ids = {pk for row in shown for part in row.parts for pk in part[4]}
    bill_ids |= {pk for row in shown for veto in row.vetoes for pk in veto[3]}
    fact_ids = {pk for row in shown for part in row.parts for pk in part[5]}
    fact_ids |= {pk for row in shown for veto in row.vetoes for pk in veto[4]}
    facts = list(
        ConductFact.objects.filter(account=account, taken_back_at=None)
        .select_related("noted_by")
        .order_by("-day", "-pk")[:20]
    )
    cases = list(SupplyCase.objects.filter(account=account).order_by("-pk")[:6])
    try:
        rule_set = scheme_on(day)
        grades, kinds = scheme_of(rule_set.body).grades, allowed(account, rule_set)
    except NoScheme:
        grades, kinds = (), ()
    open_bills = Bill.objects.owed().filter(account=account).select_related("late_risk")
    return CreditPage(
        standing=standing,
        grade=grade,
        waiting=waiting,
        history=history,
        bills={row.pk: row for row in Bill.objects.filter(pk__in=bill_ids).defer("lines")},
        noted=fact_lines(fact_ids),
        facts=facts,
        overrides=list(
            GradeOverride.objects.filter(account=account)
            .select_related("proposed_by", "approved_by")
            .order_by("-pk")[:6]
        ),
        contests=list(
            GradeContest.objects.filter(account=account).select_related("decided_by", "grade").order_by("-pk")[:6]
        ),
        measures=list(
            Measure.objects.filter(account=account).select_related("proposed_by", "approved_by").order_by("-pk")[:12]
        ),
        allowed=kinds,
        case=next((row for row in cases if row.status in OPEN), None),
        past_cases=[row for row in cases if row.status not in OPEN],
        warning=EarlyWarning.objects.filter(account=account).first(),
        debt=owed(account.pk, day),
        open_bills=list(open_bills.defer("lines").order_by("due_on", "pk")[:BILLS]),
        weeks=expected_weeks(account.pk, day)[:8],
        grades=grades,
        steps=_steps(history, grades),
    )


def _steps(history: list[CreditGrade], grades: tuple[str, ...]) -> list[dict[str, Any]]:
    """Lay the grades of the history out in a box of 600 × 90: the best on top, the newest on the right."""
    rows = [row for row in reversed(history) if row.status != GradeStatus.SET_ASIDE and row.grade in grades]
    if len(rows) < 2 or len(grades) < 2:
        return []
    wide = 600 / len(rows)
    return [
        {
            "x": round(place * wide, 1),
            "width": round(wide, 1),
            "y": round(10 + grades.index(row.grade) * 70 / (len(grades) - 1), 1),
            "row": row,
        }
        for place, row in enumerate(rows)
    ]


@dataclass(frozen=True)
class CreditBlock:
    """What the account's own page shows of credit."""

    standing: Standing | None
    overdue: Decimal  # and not contested
    warning: EarlyWarning | None
    case: SupplyCase | None  # with kind and status alone
    measures: list[str]  # in force, in words
    waits: bool
    weeks: list[tuple[date, Decimal]]  # cash expected of the open bills


def with_credit(accounts: AccountQuerySet, day: date) -> AccountQuerySet:
    """Let accounts come with what `credit_block` says of them."""
    waiting = CreditGrade.objects.filter(account=OuterRef("pk"), status=GradeStatus.PROPOSED)
    case = SupplyCase.objects.filter(account=OuterRef("pk"), status__in=OPEN).order_by("pk")
    return accounts.select_related("credit_standing", "early_warning").annotate(
        credit_waits=Exists(waiting),
        credit_overdue=Subquery(owed_of(OuterRef("pk"), day)),
        credit_case=Subquery(case.values(found=JSONObject(id="pk", kind="kind", status="status"))[:1]),
        **{
            _flag(kind): Exists(Measure.objects.filter(account=OuterRef("pk"), kind=kind, status="IN_FORCE"))
            for kind in ORDINARY
        },
    )


def _flag(kind: MeasureKind) -> str:
    return f"credit_has_{kind.lower()}"


def credit_block(account: Account, day: date) -> CreditBlock:
    """Return the block of the account's page, of an account that came by `with_credit`; one query."""
    found: Any = account
    return CreditBlock(
        standing=getattr(found, "credit_standing", None),
        overdue=to_cents(Decimal(found.credit_overdue or 0)),
        warning=getattr(found, "early_warning", None),
        case=SupplyCase(**found.credit_case) if found.credit_case else None,
        measures=[str(MEASURE_LABELS[kind]) for kind in MeasureKind if getattr(found, _flag(kind), False)],
        waits=found.credit_waits,
        weeks=expected_weeks(account.pk, day)[:3],
    )
