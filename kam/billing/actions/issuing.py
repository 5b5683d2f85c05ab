"""Issue bills that are computed here: from readings, and late-payment penalties. No sum is ever typed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kam.accounts.models import Account
from kam.billing.actions.ledger import issue_bill, lock
from kam.billing.models import Bill
from kam.billing.queries.bills import CannotBill, lines_of, month_bill
from kam.billing.queries.receivables import BillPenalty, account_penalties
from kam.billing.rules.bill import Code, Line, plain
from kam.core import queries as core
from kam.core.models import User
from kam.lib import clock


class MonthBilled(Exception):
    """A bill of that month stands already; reverse it first."""


class NothingToCharge(Exception):
    """No bill bears a penalty that is not charged already."""


def due_after(issued_on: date) -> date:
    """Return the last payment day of a bill issued that day."""
    return issued_on + timedelta(days=int(core.rule("billing.due_days", issued_on)))


def issue_from_readings(*, account: Account, month: date, by: User | None, at: datetime) -> Bill:
    """Compute the month's bill from readings and issue it today. Raises `CannotBill`, `MonthBilled`, `MonthClosed`."""
    day = clock.day_of(at)
    if month.replace(day=1) >= day.replace(day=1):
        raise CannotBill("not_over", f"{month:%Y-%m}")
    found = month_bill(account, month)
    if found.completeness < 1:
        raise CannotBill("incomplete", f"{found.completeness:.1%}")
    with transaction.atomic():
        lock(account.pk)
        standing = Bill.objects.standing().filter(
            account=account, kind=Bill.Kind.ENERGY, period_from__lt=found.days_until, period_until__gt=found.days_from
        )
        if standing.exists():
            raise MonthBilled(f"{month:%Y-%m}")
        number = f"{account.account_no}-{found.days_from:%Y%m}"
        again = Bill.objects.filter(number__startswith=number).count()
        return issue_bill(
            account=account,
            number=f"{number}-{again + 1}" if again else number,
            period_from=found.days_from,
            period_until=found.days_until,
            issued_on=day,
            due_on=due_after(day),
            amount=found.draft.total,
            kwh=found.draft.kwh,
            source=Bill.Source.OURS,
            lines=lines_of(found.draft),
            by=by,
            at=at,
        )


def charge_penalties(*, account: Account, by: User | None, at: datetime) -> list[Bill]:
    """Charge what settled bills bore and is not charged yet, one penalty bill each. Raises `NothingToCharge`.

    A bill that is still open goes on bearing penalty; it is charged when it is settled.
    """
    day = clock.day_of(at)
    with transaction.atomic():
        lock(account.pk)
        due = [one for one in account_penalties(account.pk, day) if not one.bill.open_amount and one.to_charge]
        if not due:
            raise NothingToCharge
        return [_charge(one, day, by, at) for one in due]


def _charge(one: BillPenalty, day: date, by: User | None, at: datetime) -> Bill:
    stretches = [
        {
            "from": part.first.isoformat(),
            "until": part.until.isoformat(),
            "days": part.days,
            "balance": str(part.balance),
            "rate": plain(part.rate),
            "yuan": plain(part.yuan),
        }
        for part in one.penalty.stretches
    ]
    figures = {
        "bill": one.bill.number,
        "stretches": stretches,
        "charged": str(one.charged),
        "minimum": one.penalty.minimum_applied,
    }
    amount: Decimal = one.to_charge
    count = one.bill.penalties.count()
    return issue_bill(
        account=one.bill.account,
        number=f"{one.bill.number}-W{count + 1}"[:60],
        kind=Bill.Kind.PENALTY,
        period_from=one.bill.due_on + timedelta(days=1),
        period_until=(one.bill.settled_on or day) + timedelta(days=1),
        issued_on=day,
        due_on=due_after(day),
        amount=amount,
        source=Bill.Source.OURS,
        lines=[Line(Code.PENALTY, "penalty", figures, amount).as_json()],
        residential=one.bill.residential,
        penalty_of=one.bill,
        by=by,
        at=at,
        action="penalty.charged",
    )
