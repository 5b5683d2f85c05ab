"""What a customer sees of its own grade by its link."""

from __future__ import annotations

from dataclasses import dataclass

from kam.accounts.models import CustomerLink
from kam.billing.models import Bill
from kam.credit.models import CreditGrade, GradeContest


@dataclass(frozen=True)
class CustomerGrade:
    """The grade with its indicators, the bills behind them by id, and the latest objection."""

    grade: CreditGrade
    bills: dict[int, Bill]
    contest: GradeContest | None


def grade_of_link(link: CustomerLink) -> CustomerGrade | None:
    """Return the grade that the link is about; None where it is gone or of another account."""
    kind, _colon, pk = link.ref.partition(":")
    if kind != "credit.CreditGrade" or not pk.isdigit():
        return None
    row = CreditGrade.objects.filter(pk=int(pk), account_id=link.account_id).select_related("rule_set").first()
    if row is None:
        return None
    ids = {pk for part in row.parts for pk in part[4]}
    bills = Bill.objects.filter(pk__in=ids, account_id=link.account_id).defer("lines")
    contest = GradeContest.objects.filter(grade=row).order_by("-pk").first()
    return CustomerGrade(row, {bill.pk: bill for bill in bills}, contest)
