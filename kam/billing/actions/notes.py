"""Credit notes (退补、冲红): negative bills of the billing system settle like money, and correct the bill they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from kam.accounts.models import Account
from kam.billing.actions.ledger import first_open_day, post_note
from kam.billing.models import Bill, CreditNote
from kam.billing.rules.bill_rows import BillRow, Problem
from kam.core.models import IntakeBatch, User
from kam.lib.money import to_cents


def take_notes(
    rows: Sequence[BillRow],
    accounts: Mapping[str, Account],
    batch: IntakeBatch,
    *,
    by: User | None,
    at: datetime,
) -> tuple[dict[int, bool], list[Problem]]:
    """Store the negative rows of one chunk; call it under the accounts' locks, when the bills of the call are stored.

    Returns by line whether it is new (else it was stored before), and what is refused.
    """
    fates: dict[int, bool] = {}
    problems: list[Problem] = []
    numbers = [row.number for row in rows]
    held = {note.number: note for note in CreditNote.objects.filter(number__in=numbers)}
    billed = set(Bill.objects.filter(number__in=numbers).values_list("number", flat=True))
    named = {bill.number: bill for bill in Bill.objects.filter(number__in=[row.corrects for row in rows])}
    opened = first_open_day()
    for row in rows:
        account, note, amount = accounts[row.account_no], held.get(row.number), -row.amount
        bill = named.get(row.corrects)
        if note is not None and _same(note, row, account, bill):
            fates[row.line] = False
        elif note is not None or row.number in billed:
            problems.append(Problem(row.line, "number", "differs", row.number))
        elif row.corrects and (bill is None or bill.account_id != account.pk or bill.cancelled_on):
            problems.append(Problem(row.line, "corrects", "no_such_bill", row.corrects))
        elif bill is not None and amount > bill.amount - corrected(bill):
            problems.append(Problem(row.line, "amount", "more_than_bill", str(row.amount)))
        elif opened is not None and row.issued_on < opened:
            problems.append(Problem(row.line, "issued", "month_closed", row.issued_on.isoformat()))
        else:
            post_note(
                account=account,
                number=row.number,
                period_from=row.period_from,
                period_until=row.period_until,
                issued_on=row.issued_on,
                amount=amount,
                kwh=row.kwh,
                lines=[
                    {"code": code, "formula": "imported", "figures": {}, "yuan": str(yuan)} for code, yuan in row.lines
                ],
                corrects=bill,
                batch=batch,
                by=by,
                at=at,
            )
            fates[row.line] = True
    return fates, problems


def corrected(bill: Bill) -> Decimal:
    """Return how much of a bill standing notes take back."""
    notes = CreditNote.objects.filter(corrects=bill, payment__reversed_on=None)
    return to_cents(Decimal(notes.aggregate(sum=Sum("amount"))["sum"] or 0))


def _same(note: CreditNote, row: BillRow, account: Account, bill: Bill | None) -> bool:
    stored = (note.account_id, note.amount, note.issued_on, note.corrects_id)
    return stored == (account.pk, -row.amount, row.issued_on, bill.pk if bill else None)
