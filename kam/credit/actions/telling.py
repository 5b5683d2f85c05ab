"""Let a customer see its grade and what is behind it, by a signed link (PIPL Art. 24)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kam.accounts.models import Account, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.credit.actions import messages as words
from kam.credit.models import CreditGrade
from kam.lib import clock

PURPOSE = "credit.grade"


class NoGrade(Exception):
    """No grade of the account is in force."""


def tell_grade(*, account: Account, by: User, at: datetime) -> CreditGrade:
    """Owe the customer a message with the link to its grade; once a day. Raises `NoGrade`."""
    grade: CreditGrade | None = CreditGrade.objects.in_force().filter(account=account).order_by("-as_of").first()
    if grade is None:
        raise NoGrade(account.account_no)
    with transaction.atomic():
        words.tell(
            kind=words.GRADE,
            account=account,
            key=f"credit.grade {grade.pk} {clock.day_of(at)}",
            facts={"as_of": grade.as_of},
            deadline=None,
            owner_ref=f"credit.CreditGrade:{grade.pk}",
            must_prove=False,
            purpose=PURPOSE,
            by=by,
            at=at,
        )
        record(by=by, at=at, action="credit.grade_told", subject=grade, account_id=account.pk, to=grade.grade)
        TimelineEntry.objects.create(
            account=account,
            at=at,
            by=by,
            kind="credit.grade_told",
            facts={"to": grade.grade},
            ref=f"credit.CreditGrade:{grade.pk}",
        )
    return grade
