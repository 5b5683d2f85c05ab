"""Write the ledger: bills, payments, what settles what, and what is reversed. One account at a time, under its lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from kam.accounts.models import Account, TimelineEntry
from kam.billing.models import Allocation, Bill, CreditNote, MonthClose, Payment, Reversal, WriteOff
from kam.billing.rules.allocation import Open, allocate
from kam.core.actions import record
from kam.core.models import IntakeBatch, User
from kam.lib import clock
from kam.lib.money import to_cents

ZERO = Decimal("0.00")


class KeyReused(Exception):
    """The key names another payment already, of another account, sum or day."""


class AlreadyReversed(Exception):
    """The row was reversed before."""


class MonthClosed(Exception):
    """The books of that month are closed; date it into an open one."""


class SamePerson(Exception):
    """Who proposed it must not approve it."""


class NotThatMuch(ValueError):
    """More than is open on the bill."""


class Corrected(Exception):
    """A credit note corrects the bill; reverse the note first, or the customer gets the sum twice."""


class NumberTaken(Exception):
    """A bill has this number already."""


def lock(account_id: int) -> Account:
    """Lock the account's money until the transaction ends: whoever posts next waits and then sees this."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def first_open_day() -> date | None:
    """Return the first day that is not in a closed month; None where none was ever closed."""
    last = MonthClose.objects.aggregate(last=Max("month"))["last"]
    return None if last is None else date(last.year + last.month // 12, last.month % 12 + 1, 1)


def issue_bill(
    *,
    account: Account,
    number: str,
    period_from: date,
    period_until: date,
    issued_on: date,
    due_on: date,
    amount: Decimal,
    source: str,
    by: User | None,
    at: datetime,
    kind: str = Bill.Kind.ENERGY,
    lines: list[dict[str, Any]] | None = None,
    kwh: Decimal | None = None,
    residential: bool = False,
    penalty_of: Bill | None = None,
    action: str = "bill.issued",
) -> Bill:
    """Add a bill; credit that the account has settles it at once, as far as it goes.

    Raises `NumberTaken`, `MonthClosed`.
    """
    with transaction.atomic():
        lock(account.pk)
        opened = first_open_day()
        if opened is not None and issued_on < opened:
            raise MonthClosed(issued_on.isoformat())
        if Bill.objects.filter(number=number).exists() or CreditNote.objects.filter(number=number).exists():
            raise NumberTaken(number)
        bill = Bill.objects.create(
            account=account,
            number=number,
            kind=kind,
            source=source,
            residential=residential,
            period_from=period_from,
            period_until=period_until,
            issued_on=issued_on,
            due_on=due_on,
            amount=amount,
            kwh=kwh,
            lines=lines or [],
            penalty_of=penalty_of,
            by=by,
            at=at,
            open_amount=amount,
            settled_on=None if amount else issued_on,
        )
        _told(account, by, at, action, bill, number=number, amount=str(amount), due_on=due_on.isoformat())
        spend_credit(account.pk, by=by, at=at)
        bill.refresh_from_db()
    return bill


def post_payment(
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
    """Add a payment and let it settle bills: as `told` (yuan by bill id), else the oldest first; the rest is credit.

    The same key gives the same payment, however often and by how many at once it is posted.
    Raises `KeyReused`, `kam.billing.rules.allocation.TooMuch`, `UnknownBill`.
    """
    with transaction.atomic():
        lock(account.pk)
        payment, created = Payment.objects.get_or_create(
            key=key,
            defaults={
                "account": account,
                "channel": channel,
                "received_on": received_on,
                "booked_on": _booked(received_on),
                "amount": amount,
                "free_amount": amount,
                "reference": reference,
                "payer": payer,
                "note": note,
                "batch": batch,
                "by": by,
                "at": at,
            },
        )
        if not created:
            if (payment.account_id, payment.amount, payment.received_on) != (account.pk, amount, received_on):
                raise KeyReused(key)
            return payment
        _settle(payment, told, by=by, at=at)
        facts = {"amount": str(amount), "channel": channel, "received_on": received_on.isoformat()}
        _told(account, by, at, "payment.posted", payment, **facts, free=str(payment.free_amount))
    return payment


def post_note(
    *,
    account: Account,
    number: str,
    period_from: date,
    period_until: date,
    issued_on: date,
    amount: Decimal,
    kwh: Decimal | None,
    lines: list[dict[str, Any]],
    corrects: Bill | None,
    batch: IntakeBatch | None,
    by: User | None,
    at: datetime,
) -> CreditNote:
    """Add a credit note: what is open of the bill it corrects, then the oldest debt; the rest is credit.

    Raises `NumberTaken`, `MonthClosed`.
    """
    with transaction.atomic():
        lock(account.pk)
        opened = first_open_day()
        if opened is not None and issued_on < opened:
            raise MonthClosed(issued_on.isoformat())
        if Bill.objects.filter(number=number).exists() or CreditNote.objects.filter(number=number).exists():
            raise NumberTaken(number)
        payment = Payment.objects.create(
            account=account,
            key=f"note:{number}",
            channel=Payment.Channel.NOTE,
            received_on=issued_on,
            booked_on=issued_on,
            amount=amount,
            free_amount=amount,
            reference=number,
            batch=batch,
            by=by,
            at=at,
        )
        note = CreditNote.objects.create(
            account=account,
            number=number,
            payment=payment,
            corrects=corrects,
            period_from=period_from,
            period_until=period_until,
            issued_on=issued_on,
            amount=amount,
            kwh=kwh,
            lines=lines,
            batch=batch,
            by=by,
            at=at,
        )
        if corrects is not None:
            left = Bill.objects.values_list("open_amount", flat=True).get(pk=corrects.pk)
            if left:
                _settle(payment, {corrects.pk: min(left, amount)}, by=by, at=at)
        facts = {"number": number, "amount": str(amount), "corrects": corrects.number if corrects else ""}
        _told(account, by, at, "note.taken", payment, **facts)
        spend_credit(account.pk, by=by, at=at)
    return note


def allocate_anew(*, payment: Payment, told: Mapping[int, Decimal], reason: str, by: User, at: datetime) -> Payment:
    """Take back what the payment settled and let it settle what is `told`; the rest becomes credit.

    The money was here from its receipt on, so no penalty runs for what it settles now.
    Raises `AlreadyReversed`, `TooMuch`, `UnknownBill`.
    """
    with transaction.atomic():
        lock(payment.account_id)
        payment = Payment.objects.get(pk=payment.pk)
        if payment.reversed_on:
            raise AlreadyReversed(payment.pk)
        _reverse_allocations(payment.allocations.standing(), reason=reason, by=by, at=at)
        _refresh_payments([payment.pk])
        payment.refresh_from_db()
        _settle(payment, told, by=by, at=at)
        _told(payment.account, by, at, "payment.allocated_anew", payment, amount=str(payment.amount), reason=reason)
    return payment


def reverse_payment(*, payment: Payment, reason: str, by: User | None, at: datetime) -> Reversal:
    """Take a payment back (a cheque that bounced, a wrong post): the debts it settled are open again, from their due
    date on. Other credit of the account steps in. Raises `AlreadyReversed`."""
    day = clock.day_of(at)
    with transaction.atomic():
        account = lock(payment.account_id)
        payment = Payment.objects.get(pk=payment.pk)
        if payment.reversed_on:
            raise AlreadyReversed(payment.pk)
        _reverse_allocations(payment.allocations.standing(), reason=reason, by=by, at=at)
        row = Reversal.objects.create(account=account, payment=payment, on=day, reason=reason, by=by, at=at)
        Payment.objects.filter(pk=payment.pk).update(reversed_on=day, free_amount=ZERO)
        spend_credit(account.pk, by=by, at=at)
        _told(account, by, at, "payment.reversed", payment, amount=str(payment.amount), reason=reason)
    return row


def cancel_bill(*, bill: Bill, reason: str, by: User | None, at: datetime) -> Reversal:
    """Take a bill back (冲红): what had settled it is credit and settles what is open.

    Raises `AlreadyReversed`, `Corrected`.
    """
    day = clock.day_of(at)
    with transaction.atomic():
        account = lock(bill.account_id)
        bill = Bill.objects.get(pk=bill.pk)
        if bill.cancelled_on:
            raise AlreadyReversed(bill.pk)
        if bill.credit_notes.filter(payment__reversed_on=None).exists():
            raise Corrected(bill.pk)
        payments = list(bill.allocations.standing().values_list("payment_id", flat=True).distinct())
        _reverse_allocations(bill.allocations.standing(), reason=reason, by=by, at=at)
        for given_up in bill.write_offs.standing():
            _reverse_write_off(given_up, reason=reason, by=by, at=at)
        row = Reversal.objects.create(account=account, bill=bill, on=day, reason=reason, by=by, at=at)
        Bill.objects.filter(pk=bill.pk).update(
            cancelled_on=day, open_amount=ZERO, written_off_amount=ZERO, contested_amount=ZERO, settled_on=None
        )
        _refresh_payments(payments)
        _told(account, by, at, "bill.cancelled", bill, number=bill.number, amount=str(bill.amount), reason=reason)
        spend_credit(account.pk, by=by, at=at)
    return row


def write_off(*, bill: Bill, amount: Decimal, reason: str, proposed_by: User, by: User, at: datetime) -> WriteOff:
    """Give up so much of a bill. Raises `SamePerson`, `NotThatMuch`."""
    if by.pk == proposed_by.pk:
        raise SamePerson
    with transaction.atomic():
        lock(bill.account_id)
        bill = Bill.objects.get(pk=bill.pk)
        if not ZERO < amount <= bill.open_amount:
            raise NotThatMuch(str(bill.open_amount))
        row = WriteOff.objects.create(
            bill=bill, amount=amount, on=clock.day_of(at), reason=reason, proposed_by=proposed_by, by=by, at=at
        )
        refresh_bills([bill.pk])
        _told(bill.account, by, at, "bill.written_off", bill, number=bill.number, amount=str(amount), reason=reason)
    return row


def reverse_write_off(*, given_up: WriteOff, reason: str, by: User, at: datetime) -> Reversal:
    """Claim again what was given up. Raises `AlreadyReversed`."""
    with transaction.atomic():
        account = lock(given_up.bill.account_id)
        given_up = WriteOff.objects.get(pk=given_up.pk)
        if given_up.reversed_on:
            raise AlreadyReversed(given_up.pk)
        row = _reverse_write_off(given_up, reason=reason, by=by, at=at)
        refresh_bills([given_up.bill_id])
        amount, number = str(given_up.amount), given_up.bill.number
        _told(account, by, at, "bill.write_off_reversed", given_up.bill, number=number, amount=amount, reason=reason)
        spend_credit(account.pk, by=by, at=at)
    return row


# ---- inside the lock ---------------------------------------------------------------------------------------------


def _booked(day: date) -> date:
    opened = first_open_day()
    return max(day, opened) if opened else day


def _settle(payment: Payment, told: Mapping[int, Decimal] | None, *, by: User | None, at: datetime) -> None:
    bills = {bill.pk: bill for bill in Bill.objects.owed().filter(account_id=payment.account_id)}
    opened = [Open(bill.pk, bill.due_on, bill.open_amount) for bill in bills.values()]
    shares, rest = allocate(payment.free_amount, opened, told)
    undone = _undone([share.bill_id for share in shares], payment)
    corrects = payment.credit_note.corrects_id if payment.channel == Payment.Channel.NOTE else None
    rows = []
    for share in shares:
        value_on = max(payment.received_on, bills[share.bill_id].issued_on)
        if share.bill_id == corrects:  # that part was never owed: no penalty ran on it
            value_on = bills[share.bill_id].issued_on
        # Not before something of it was reversed: until then the books showed the other state.
        on = _booked(max(value_on, payment.booked_on, undone.get(None, value_on), undone.get(share.bill_id, value_on)))
        rows.append(
            Allocation(
                payment=payment, bill_id=share.bill_id, amount=share.amount, value_on=value_on, on=on, by=by, at=at
            )
        )
    Allocation.objects.bulk_create(rows)
    Payment.objects.filter(pk=payment.pk).update(free_amount=rest)
    payment.free_amount = rest
    refresh_bills([share.bill_id for share in shares])


def _undone(bill_ids: Collection[int], payment: Payment) -> dict[int | None, date]:
    """Return the last day on which something of each bill, or (None) of the payment, was reversed."""
    found: dict[int | None, date] = {}
    for rows in (Allocation.objects.filter(bill_id__in=bill_ids), WriteOff.objects.filter(bill_id__in=bill_ids)):
        for bill_id, day in rows.exclude(reversed_on=None).values_list("bill_id", "reversed_on"):
            found[bill_id] = max(found.get(bill_id, day), day)
    last = payment.allocations.aggregate(last=Max("reversed_on"))["last"]
    return found | ({None: last} if last else {})


def spend_credit(account_id: int, *, by: User | None, at: datetime) -> None:
    """Let what is not allocated settle what is open, the oldest on both sides first."""
    free = Payment.objects.filter(account_id=account_id, free_amount__gt=0, reversed_on=None)
    for payment in free.order_by("received_on", "pk"):
        if not Bill.objects.owed().filter(account_id=account_id).exists():
            return
        _settle(payment, None, by=by, at=at)


def _reverse_allocations(rows: QuerySet[Allocation], *, reason: str, by: User | None, at: datetime) -> None:
    day = clock.day_of(at)
    found = list(rows.select_related("payment"))
    Reversal.objects.bulk_create(
        Reversal(account_id=one.payment.account_id, allocation=one, on=day, reason=reason, by=by, at=at)
        for one in found
    )
    Allocation.objects.filter(pk__in=[one.pk for one in found]).update(reversed_on=day)
    refresh_bills({one.bill_id for one in found})


def _reverse_write_off(row: WriteOff, *, reason: str, by: User | None, at: datetime) -> Reversal:
    day = clock.day_of(at)
    WriteOff.objects.filter(pk=row.pk).update(reversed_on=day)
    return Reversal.objects.create(account_id=row.bill.account_id, write_off=row, on=day, reason=reason, by=by, at=at)


def refresh_bills(bill_ids: Iterable[int]) -> None:
    """Work out anew what follows from the ledger for these bills. Call it under their account's lock."""
    ids = list(bill_ids)
    paid = {
        row["bill_id"]: row
        for row in Allocation.objects.standing()
        .filter(bill_id__in=ids)
        .order_by()
        .values("bill_id")
        .annotate(sum=Sum("amount"), last=Max("value_on"))
    }
    given_up = {
        row["bill_id"]: row
        for row in WriteOff.objects.standing()
        .filter(bill_id__in=ids)
        .order_by()
        .values("bill_id")
        .annotate(sum=Sum("amount"), last=Max("on"))
    }
    for bill in Bill.objects.filter(pk__in=ids, cancelled_on=None):
        money, gift = paid.get(bill.pk), given_up.get(bill.pk)
        written = to_cents(gift["sum"]) if gift else ZERO
        left = bill.amount - (to_cents(money["sum"]) if money else ZERO) - written
        last = max((row["last"] for row in (money, gift) if row), default=bill.issued_on)
        Bill.objects.filter(pk=bill.pk).update(
            open_amount=left,
            written_off_amount=written,
            contested_amount=min(bill.contested_amount, left),
            settled_on=None if left else last,
            version=bill.version + 1,
        )


def _refresh_payments(payment_ids: Iterable[int]) -> None:
    ids = list(payment_ids)
    spent = dict(
        Allocation.objects.standing()
        .filter(payment_id__in=ids)
        .order_by()
        .values("payment_id")
        .annotate(sum=Sum("amount"))
        .values_list("payment_id", "sum")
    )
    for payment in Payment.objects.filter(pk__in=ids, reversed_on=None):
        Payment.objects.filter(pk=payment.pk).update(free_amount=payment.amount - to_cents(spent.get(payment.pk, ZERO)))


def _told(account: Account, by: User | None, at: datetime, kind: str, subject: Any, **facts: Any) -> None:
    record(by=by, at=at, action=kind, subject=subject, account_id=account.pk, **facts)
    shown = {name: value for name, value in facts.items() if name != "reason"}
    ref = f"{subject._meta.label}:{subject.pk}"
    TimelineEntry.objects.create(account=account, at=at, by=by, kind=kind, facts=shown, ref=ref)
