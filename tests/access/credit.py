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
    SupplyLetter,
)
from kam.notifications import actions as notifications
from kam.notifications.rules.states import Channel
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


def letter(cast: Cast) -> tuple[Kwargs, ...]:
    rows = []
    for place, account in enumerate((cast.account, cast.other_account), 1):
        held = SupplyCase.objects.create(account=account, important=False, owed_at_start=Decimal("1"), opened_at=NOW)
        to = [notifications.Address(Channel.PAPER)]
        message = notifications.owe(
            key=str(place), kind="credit.cut_letter", to=to, language="zh-hans", subject="1", text="1", deadline=None,
            account_id=account.pk, by=None, at=NOW,
        )  # fmt: skip
        rows.append(
            SupplyLetter.objects.create(
                case=held, notice=1, year=2026, sequence=place, number=str(place), message=message, made_at=NOW
            )
        )
    return {"pk": rows[0].pk}, {"pk": rows[1].pk}, ABSENT


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
    "letter": letter,
    "case_step": case_step,
}
