"""Acceptance bills (商业承兑汇票): taken, they pay; dishonoured, the debts they paid are open again."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from kam.accounts.models import Account
from kam.billing.actions.agreements import stepped
from kam.billing.actions.posting import post, reverse
from kam.billing.actions.telling import tell
from kam.billing.models import AcceptanceBill, Payment
from kam.billing.rules.acceptance import MOVES, BillOfExchange, discount
from kam.billing.rules.asking import Kind
from kam.core.models import User
from kam.lib import clock
from kam.lib.lifecycle import move

KIND = "acceptance.stepped"


class NumberTaken(Exception):
    """A bill of exchange has this number already."""


def register(
    *,
    account: Account,
    number: str,
    acceptor: str,
    face: Decimal,
    issued_on: date,
    due_on: date,
    discount_rate: Decimal,
    by: User,
    at: datetime,
) -> AcceptanceBill:
    """Note a bill of exchange that a customer offers; it pays nothing yet. Raises `NumberTaken`."""
    with transaction.atomic():
        row, created = AcceptanceBill.objects.get_or_create(
            number=number,
            defaults={
                "account": account,
                "acceptor": acceptor,
                "face": face,
                "issued_on": issued_on,
                "due_on": due_on,
                "discount_rate": discount_rate,
                "by": by,
                "at": at,
            },
        )
        if not created:
            raise NumberTaken(number)
        stepped(account.pk, by, at, KIND, number=number, amount=str(face))(row, "", row.status)
    return row


def take(*, bill: AcceptanceBill, by: User, at: datetime) -> AcceptanceBill:
    """Take it: its face less the discount that the customer bears settles bills. Raises `IllegalMove`, `StaleRow`."""
    day = clock.day_of(at)
    cost = discount(bill.face, bill.discount_rate, day, bill.due_on)
    with transaction.atomic():
        payment = post(
            account=bill.account,
            amount=bill.face - cost,
            channel=Payment.Channel.ACCEPTANCE,
            received_on=day,
            key=f"acceptance:{bill.number}",
            reference=bill.number,
            payer=bill.acceptor,
            by=by,
            at=at,
        )
        return _move(bill, BillOfExchange.HELD, by, at, taken_on=day, discount=cost, payment=payment)


def give_back(*, bill: AcceptanceBill, reason: str, by: User, at: datetime) -> AcceptanceBill:
    """Do not take it."""
    with transaction.atomic():
        return _move(bill, BillOfExchange.RETURNED, by, at, note=reason)


def note_discounted(*, bill: AcceptanceBill, by: User, at: datetime) -> AcceptanceBill:
    """Note that a bank bought it."""
    with transaction.atomic():
        return _move(bill, BillOfExchange.DISCOUNTED, by, at)


def note_paid(*, bill: AcceptanceBill, by: User, at: datetime) -> AcceptanceBill:
    """Note that the acceptor paid it."""
    with transaction.atomic():
        return _move(bill, BillOfExchange.PAID, by, at)


def dishonour(*, bill: AcceptanceBill, reason: str, by: User, at: datetime) -> AcceptanceBill:
    """Note that it was not honoured: what it had settled is open again from its due date on; the customer is told."""
    with transaction.atomic():
        row = _move(bill, BillOfExchange.DISHONOURED, by, at, note=reason)
        if row.payment is not None:
            reverse(payment=row.payment, reason=reason, by=by, at=at, dishonoured=True)
            tell(
                kind=Kind.DISHONOUR,
                account=row.account,
                key=f"dishonour {row.pk}",
                amount=row.payment.amount,
                facts={"bill": row.number, "amount": row.payment.amount},
                must_prove=True,
                by=by,
                at=at,
            )
    return row


def _move(
    bill: AcceptanceBill, to: BillOfExchange, by: User, at: datetime, note: str = "", **changes: object
) -> AcceptanceBill:
    history = stepped(bill.account_id, by, at, KIND, note=note, number=bill.number, amount=str(bill.face))
    return move(bill, to=to.value, table=MOVES, by=by, at=at, history=history, **changes)
