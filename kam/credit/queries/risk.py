"""Bills as the risk of late payment sees them, and what is expected of the open ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from kam.billing.models import Bill
from kam.credit.models import BillRisk, LateRiskModel
from kam.credit.rules.late_features import PaidBill
from kam.lib.money import to_cents

WEEKS = 8


def paid_bills(since: date | None = None) -> Iterator[PaidBill]:
    """Yield the bills for electricity in the order of issue; what was written off was never paid."""
    bills = Bill.objects.filter(kind=Bill.Kind.ENERGY, cancelled_on=None, amount__gt=0)
    if since is not None:
        bills = bills.filter(issued_on__gte=since)
    rows = bills.order_by("issued_on", "pk").values_list(
        "pk", "account_id", "issued_on", "due_on", "amount", "settled_on", "written_off_amount"
    )
    for pk, account_id, issued, due, amount, settled, given_up in rows.iterator(chunk_size=5_000):
        yield PaidBill(pk, account_id, issued, due, float(amount), None if given_up else settled)


def newest_model() -> LateRiskModel | None:
    """Return the model that scores."""
    return LateRiskModel.objects.order_by("-pk").first()


class Expected(NamedTuple):
    """When so much of an open bill is expected."""

    on: date
    amount: Decimal


def expected_of(open_amount: Decimal, due: date, risk: BillRisk | None, at: date) -> list[Expected]:
    """Return when the open amount of a bill is expected: a part in time, a part late, as the risk says.

    What is overdue already is late for certain; what should have come comes a week from now.
    """
    if risk is None:
        return [Expected(max(due, at + timedelta(days=7 if due < at else 0)), open_amount)]
    late_on = due + timedelta(days=round(risk.days_if_late))
    if due < at:
        return [Expected(max(late_on, at + timedelta(days=7)), open_amount)]
    late = to_cents(open_amount * Decimal(str(risk.probability)))
    usual = max(due + timedelta(days=round(risk.usual_days)), at)
    return [Expected(usual, open_amount - late), Expected(max(late_on, at), late)]


def week_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def expected_weeks(account_id: int, at: date) -> list[tuple[date, Decimal]]:
    """Return the cash expected of one account's open bills by week."""
    found: dict[date, Decimal] = defaultdict(Decimal)
    rows = Bill.objects.owed().filter(Q(account_id=account_id)).select_related("late_risk")
    for bill in rows:
        for one in expected_of(bill.open_amount, bill.due_on, getattr(bill, "late_risk", None), at):
            found[week_of(one.on)] += one.amount
    return sorted(found.items())
