"""Rows of credit for the access table: own is Li's, other is Zhao's."""

from datetime import date
from decimal import Decimal
from typing import Any

from kam.credit.models import (
    ConductFact,
    CreditGrade,
    CreditRuleSet,
    GradeContest,
    GradeOverride,
    Measure,
    SupplyCase,
)
from tests.cast import NOW, Cast

Kwargs = dict[str, Any]
ABSENT: Kwargs = {"pk": 10**9}


def _both(make: Any, cast: Cast) -> tuple[Kwargs, ...]:
    own, other = (make(account) for account in (cast.account, cast.other_account))
    return {"pk": own.pk}, {"pk": other.pk}, ABSENT


def _grade(account: Any, status: str = "IN_FORCE") -> CreditGrade:
    return CreditGrade.objects.create(
        account=account,
        as_of=date(2026, 11, 1),
        status=status,
        grade="C",
        uncapped="C",
        previous="A",
        points=Decimal("50"),
        rule_set=CreditRuleSet.objects.get(code="KAM"),
    )


def fall(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(lambda account: _grade(account, "PROPOSED"), cast)


def scheme(cast: Cast) -> tuple[Kwargs, ...]:
    return (
        {"pk": CreditRuleSet.objects.get(code="WUHAN").pk},
        {"pk": CreditRuleSet.objects.get(code="KAM").pk},
        ABSENT,
    )


def conduct(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        lambda account: ConductFact.objects.create(
            account=account, kind="DEFECT", day=date(2026, 10, 1), source="1", noted_at=NOW
        ),
        cast,
    )


def other_grade(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        lambda account: GradeOverride.objects.create(
            account=account,
            grade="B",
            reason="1",
            valid_from=date(2026, 11, 1),
            valid_until=date(2027, 1, 1),
            proposed_by=cast.li,
            proposed_at=NOW,
        ),
        cast,
    )


def contest(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        lambda account: GradeContest.objects.create(
            account=account, grade=_grade(account), said_by="王", text="不对", at=NOW
        ),
        cast,
    )


def measure(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        lambda account: Measure.objects.create(
            account=account, kind="STRICT_PENALTY", grade="C", reason="1", proposed_by=cast.li, proposed_at=NOW
        ),
        cast,
    )


def case(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        lambda account: SupplyCase.objects.create(
            account=account, important=False, owed_at_start=Decimal("1"), opened_at=NOW
        ),
        cast,
    )


def case_step(cast: Cast) -> tuple[Kwargs, ...]:
    return tuple(kwargs | {"to": "stop"} for kwargs in case(cast))


MAKES = {
    "fall": fall,
    "scheme": scheme,
    "conduct": conduct,
    "other_grade": other_grade,
    "contest": contest,
    "measure": measure,
    "case": case,
    "case_step": case_step,
}
