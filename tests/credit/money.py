"""Bills and payments for tests of credit: plain, with fixed values, through the ledger's own actions."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from kam.accounts.models import Account
from kam.billing.actions.ledger import issue_bill, post_payment
from kam.billing.models import Bill
from kam.credit.rules.history import months_before


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)


def make_bill(
    account: Account, due: date, *, amount: str = "10000.00", paid_on: date | None = None, part: str | None = None
) -> Bill:
    """A bill issued 20 days before it is due; paid in full, or a part of it, on `paid_on`."""
    issued = due - timedelta(days=20)
    bill = issue_bill(
        account=account,
        number=f"{account.account_no}-{due:%Y%m%d}",
        period_from=months_before(issued, 1),
        period_until=issued,
        issued_on=issued,
        due_on=due,
        amount=Decimal(amount),
        source=Bill.Source.IMPORTED,
        by=None,
        at=noon(issued),
    )
    if paid_on:
        pay(account, Decimal(part or amount), paid_on, bill=bill)
    bill.refresh_from_db()
    return bill


def pay(account: Account, amount: Decimal, day: date, *, bill: Bill | None = None, key: str = "") -> None:
    post_payment(
        account=account,
        amount=amount,
        channel="BANK",
        received_on=day,
        key=key or f"{account.account_no}-{day}-{bill.pk if bill else ''}",
        by=None,
        at=noon(day),
        told={bill.pk: amount} if bill else None,
    )


def make_months(account: Account, count: int = 12, *, late: int = -3, last: date = date(2026, 10, 20)) -> list[Bill]:
    """`count` monthly bills, the last due on `last`, each paid `late` days after its last day."""
    found = []
    for place in range(count):
        due = months_before(last, count - 1 - place)
        found.append(make_bill(account, due, paid_on=due + timedelta(days=late)))
    return found
