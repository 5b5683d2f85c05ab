"""Bills and payments for tests, with fixed values."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kam.accounts.models import Account
from kam.billing.actions.ledger import issue_bill, post_payment
from kam.billing.models import Bill, Payment
from tests.cast import NOW

D = Decimal


def make_bill(account: Account, number: str = "B1", **changes: Any) -> Bill:
    """A bill of 1,000 yuan for October 2026, due on 20 November and issued 15 days before, unless told otherwise."""
    fields: dict[str, Any] = {
        "period_from": date(2026, 10, 1),
        "period_until": date(2026, 11, 1),
        "issued_on": date(2026, 11, 5),
        "due_on": date(2026, 11, 20),
        "amount": D("1000.00"),
        "source": "IMPORTED",
        "by": None,
        "at": NOW,
    }
    fields |= changes
    if "issued_on" not in changes:
        fields["issued_on"] = fields["due_on"] - timedelta(days=15)
    if "period_from" not in changes:
        fields["period_until"] = fields["issued_on"].replace(day=1)
        fields["period_from"] = (fields["period_until"] - timedelta(days=1)).replace(day=1)
    return issue_bill(account=account, number=number, **fields)


def pay(account: Account, amount: str, on: date, key: str, at: datetime = NOW, **more: Any) -> Payment:
    """A bank transfer."""
    return post_payment(
        account=account, amount=D(amount), channel="BANK", received_on=on, key=key, by=None, at=at, **more
    )
