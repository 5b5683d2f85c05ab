"""Take payments in that another system hands over: each reference once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from kam.accounts.models import Account
from kam.billing.actions.intake import STORED, UNCHANGED
from kam.billing.actions.ledger import KeyReused, lock
from kam.billing.actions.posting import post
from kam.billing.models import Bill, Payment
from kam.billing.rules.allocation import TooMuch, UnknownBill
from kam.billing.rules.bill_rows import Problem
from kam.billing.rules.payment_rows import PaymentRow, understand
from kam.core.actions import record
from kam.core.models import IntakeBatch, User
from kam.lib import clock

# How money comes in; the first one where nothing is said. An acceptance bill is registered by a person.
CHANNELS = tuple(
    channel.value
    for channel in (
        Payment.Channel.BANK,
        Payment.Channel.ONLINE,
        Payment.Channel.POS,
        Payment.Channel.COUNTER,
        Payment.Channel.DOOR,
    )
)


@dataclass
class PaymentsOutcome:
    """What became of the payments of one call. `fates`: stored or unchanged, by line."""

    rows_read: int
    problems: list[Problem] = field(default_factory=list)
    fates: dict[int, str] = field(default_factory=dict)
    batch: IntakeBatch | None = None

    def count(self, fate: str) -> int:
        return sum(one == fate for one in self.fates.values())


def take_in_payments(
    *,
    rows: Sequence[tuple[Mapping[str, str], Mapping[str, str] | None]],
    source: str,
    name: str,
    by: User,
    at: datetime,
) -> PaymentsOutcome:
    """Post the payments that are new, in one transaction; a row that is refused keeps none of the others back.

    `source` makes references of different systems differ. A reference that came before with the same account, sum and
    day changes nothing, whoever posted it; with others it is refused. Only accounts that `by` sees are posted to.
    """
    said = understand(rows, channels=CHANNELS, today=clock.day_of(at))
    outcome = PaymentsOutcome(rows_read=len(rows), problems=list(said.problems))
    with transaction.atomic():
        accounts = _accounts(said.rows, outcome, by=by)
        for account in sorted(accounts.values(), key=lambda one: one.pk):
            lock(account.pk)
        fresh = _fresh([row for row in said.rows if row.account_no in accounts], accounts, source, outcome)
        if fresh:
            mark = hashlib.sha256(json.dumps([cells for cells, _told in rows], sort_keys=True, default=dict).encode())
            outcome.batch = IntakeBatch.objects.create(
                kind=IntakeBatch.Kind.BANK,
                status=IntakeBatch.Status.DONE,
                by=by,
                at=at,
                file_name=name[:200],
                sha256=mark.hexdigest(),
            )
            for row in fresh:
                _post(row, accounts[row.account_no], source, outcome, by=by, at=at)
        outcome.problems.sort(key=lambda one: one.row)
        if outcome.batch is not None:
            outcome.batch.counts = {
                "rows_read": outcome.rows_read,
                "posted": outcome.count(STORED),
                "duplicates": outcome.count(UNCHANGED),
                "rejected": len(outcome.problems),
            }
            outcome.batch.rejects = [
                {"row": one.row, "column": one.column, "problem": one.code} for one in outcome.problems
            ]
            outcome.batch.save(update_fields=["counts", "rejects"])
            record(by=by, at=at, action="payments.taken_in", subject=outcome.batch, **outcome.batch.counts)
    return outcome


def key_of(source: str, reference: str) -> str:
    """Return what makes a payment of this system and reference the same one."""
    return f"{source}:{reference}"


def _accounts(rows: Sequence[PaymentRow], outcome: PaymentsOutcome, *, by: User) -> dict[str, Account]:
    numbers = {row.account_no for row in rows}
    found = {one.account_no: one for one in Account.objects.visible_to(by).filter(account_no__in=numbers)}
    outcome.problems += [
        Problem(row.line, "account", "unknown_account", row.account_no) for row in rows if row.account_no not in found
    ]
    return found


def _fresh(
    rows: Sequence[PaymentRow], accounts: Mapping[str, Account], source: str, outcome: PaymentsOutcome
) -> list[PaymentRow]:
    """Return the rows that nobody posted before; call it under the accounts' locks."""
    keys = [key_of(source, row.reference) for row in rows]
    by_key = {one.key: one for one in Payment.objects.filter(key__in=keys)}
    elsewhere = {
        (one.account_id, one.reference, one.amount, one.received_on)
        for one in Payment.objects.standing().filter(
            account__in=accounts.values(), reference__in=[row.reference for row in rows]
        )
    }
    fresh = []
    for row, key in zip(rows, keys, strict=True):
        same = (accounts[row.account_no].pk, row.reference, row.amount, row.received_on)
        held = by_key.get(key)
        if held is None and same not in elsewhere:
            fresh.append(row)
        elif held is None or (held.account_id, held.reference, held.amount, held.received_on) == same:
            outcome.fates[row.line] = UNCHANGED
        else:
            outcome.problems.append(Problem(row.line, "reference", "payment_differs", row.reference))
    return fresh


def _post(row: PaymentRow, account: Account, source: str, outcome: PaymentsOutcome, *, by: User, at: datetime) -> None:
    try:
        with transaction.atomic():
            told = None
            if row.told is not None:
                bills = dict(
                    Bill.objects.owed().filter(account=account, number__in=row.told).values_list("number", "pk")
                )
                told = {bills.get(number, 0): share for number, share in row.told.items()}
            post(
                account=account,
                amount=row.amount,
                channel=row.channel,
                received_on=row.received_on,
                key=key_of(source, row.reference),
                reference=row.reference,
                payer=row.payer,
                note=row.note,
                told=told,
                batch=outcome.batch,
                by=by,
                at=at,
            )
    except UnknownBill:
        outcome.problems.append(Problem(row.line, "bills", "no_open_bill"))
    except TooMuch:
        outcome.problems.append(Problem(row.line, "bills", "too_much", str(row.amount)))
    except KeyReused:
        # The same reference for another account, posted at the same instant.
        outcome.problems.append(Problem(row.line, "reference", "payment_differs", row.reference))
    else:
        outcome.fates[row.line] = STORED
