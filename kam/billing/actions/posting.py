"""Post and reverse payments as a person or a file does: the ledger, then everything that hangs on it.

After money came or went: messages that ask for what is paid are taken back, the plan and the prepaid balance are looked
at, all in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from kam.accounts.models import Account
from kam.billing.actions import ledger
from kam.billing.actions.agreements import look_at_plans
from kam.billing.actions.prepaid import look
from kam.billing.actions.telling import take_back_what_is_paid
from kam.billing.models import Payment, PrepaidContract, Reversal
from kam.core.models import IntakeBatch, User

# What apps above do when an account's money changed: (account id, when). Registered in AppConfig.ready.
_listeners: list[Callable[[int, datetime], None]] = []


def register_money_listener(listener: Callable[[int, datetime], None]) -> None:
    """Have `listener` called in the transaction that posts or reverses a payment; it may write rows."""
    if listener not in _listeners:
        _listeners.append(listener)


def post(
    *,
    account: Account,
    amount: Decimal,
    channel: str,
    received_on: date,
    key: str,
    by: User | None,
    at: datetime,
    reference: str = "",
    payer: str = "",
    note: str = "",
    told: Mapping[int, Decimal] | None = None,
    batch: IntakeBatch | None = None,
) -> Payment:
    """Post a payment as `ledger.post_payment` does, with all that follows."""
    with transaction.atomic():
        payment = ledger.post_payment(
            account=account,
            amount=amount,
            channel=channel,
            received_on=received_on,
            key=key,
            by=by,
            at=at,
            reference=reference,
            payer=payer,
            note=note,
            told=told,
            batch=batch,
        )
        money_changed(account.pk, at=at)
    return payment


class OfAcceptance(Exception):
    """The payment is an acceptance bill's: it is taken back by noting the dishonour there."""


def reverse(*, payment: Payment, reason: str, by: User, at: datetime, dishonoured: bool = False) -> Reversal:
    """Reverse a payment, with all that follows: a plan that it had kept is broken at once.

    Raises `OfAcceptance` for the payment by an acceptance bill, which ends by that bill's own dishonour.
    """
    if payment.channel == Payment.Channel.ACCEPTANCE and not dishonoured:
        raise OfAcceptance(payment.pk)
    with transaction.atomic():
        row = ledger.reverse_payment(payment=payment, reason=reason, by=by, at=at)
        money_changed(payment.account_id, at=at)
    return row


def money_changed(account_id: int, *, at: datetime) -> None:
    """Do what follows from a change of an account's money; call it in the transaction of the change."""
    take_back_what_is_paid(account_id, at=at)
    look_at_plans(account_id, at=at)
    for contract in PrepaidContract.objects.filter(account_id=account_id).exclude(status="ENDED"):
        look(contract=contract, at=at)
    for listener in _listeners:
        listener(account_id, at)
