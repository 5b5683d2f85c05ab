"""Rows of money for the table: Li's account's, Zhao's, and none."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kam.accounts.models import Account
from kam.billing.models import AcceptanceBill, BankLine, Instalment, PaymentPlan, PrepaidContract
from kam.core.models import IntakeBatch
from tests.billing.money import make_bill, pay
from tests.cast import NOW, TODAY, Cast

Kwargs = dict[str, Any]
ABSENT = {"pk": 10**9}


def _both(cast: Cast, make: Any) -> tuple[Kwargs, ...]:
    own, other = (make(account) for account in (cast.account, cast.other_account))
    return {"pk": own.pk}, {"pk": other.pk}, ABSENT


def bill(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(cast, lambda account: make_bill(account, f"B{account.account_no}"))


def payment(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(cast, lambda account: pay(account, "10.00", TODAY, f"k{account.account_no}"))


def payment_plan(cast: Cast) -> tuple[Kwargs, ...]:
    def make(account: Account) -> PaymentPlan:
        row = PaymentPlan.objects.create(
            account=account, starts_on=TODAY, total=10, reason="r", proposed_by=cast.credit, proposed_at=NOW,
            trial={"arrears": "10", "expected": "0", "penalty": "0"},
        )  # fmt: skip
        Instalment.objects.create(plan=row, due_on=TODAY + timedelta(days=5), amount=10)
        return row

    return _both(cast, make)


def prepaid(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        cast,
        lambda account: PrepaidContract.objects.create(
            account=account, contract_no=account.account_no, signed_on=date(2026, 11, 1), at=NOW
        ),
    )


def acceptance(cast: Cast) -> tuple[Kwargs, ...]:
    return _both(
        cast,
        lambda account: AcceptanceBill.objects.create(
            account=account, number=account.account_no, acceptor="a", face=Decimal(10), issued_on=TODAY,
            due_on=TODAY + timedelta(days=90), at=NOW,
        ),
    )  # fmt: skip


def bank_line(cast: Cast) -> tuple[Kwargs, ...]:
    batch = IntakeBatch.objects.create(kind=IntakeBatch.Kind.BANK, by=cast.credit, at=NOW, file_name="b", sha256="0")
    return _both(
        cast,
        lambda account: BankLine.objects.create(
            batch=batch, key=account.account_no, line=1, received_on=TODAY, amount=10, account=account
        ),
    )


def statement_file(cast: Cast) -> tuple[Kwargs, ...]:
    return tuple(
        {"account_no": number, "kind": "xlsx"}
        for number in (cast.account.account_no, cast.other_account.account_no, "NO-SUCH-ACCOUNT")
    )


MAKES = {
    "bill": bill,
    "payment": payment,
    "payment_plan": payment_plan,
    "prepaid": prepaid,
    "acceptance": acceptance,
    "bank_line": bank_line,
    "statement_file": statement_file,
}
