"""The statement of an account, and the proof that no cent is lost or made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from kam.accounts.models import Account
from kam.billing.models import Allocation, Bill, Payment, WriteOff
from kam.billing.queries.bills import next_month
from kam.billing.queries.receivables import issued_by
from kam.lib.money import to_cents

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Entry:
    """One line of a statement. `kind`: bill, payment, note, write_off, and each of them with _reversed.

    `yuan` raises what is owed where it is positive.
    """

    on: date
    kind: str
    subject: Bill | Payment | WriteOff
    yuan: Decimal
    balance: Decimal

    @property
    def paid(self) -> Decimal:
        """What lowers the balance."""
        return -self.yuan


@dataclass(frozen=True)
class Statement:
    """What happened in `[days_from, days_until)`; a balance below nothing is the customer's credit."""

    account: Account
    days_from: date
    days_until: date
    opening: Decimal
    entries: list[Entry]
    closing: Decimal

    @property
    def billed(self) -> Decimal:
        return sum((entry.yuan for entry in self.entries if entry.kind == "bill"), ZERO)

    @property
    def paid(self) -> Decimal:
        return -sum((entry.yuan for entry in self.entries if entry.kind == "payment"), ZERO)


def statement(account: Account, days_from: date, days_until: date) -> Statement:
    """Return the account's statement by the days of the books. Six queries."""
    rows = sorted(_events(account, days_until), key=lambda row: (row[0], row[1], row[2].pk))
    balance = sum((yuan for on, _order, _subject, _kind, yuan in rows if on < days_from), ZERO)
    opening = balance
    entries = []
    for on, _order, subject, kind, yuan in rows:
        if on >= days_from:
            balance += yuan
            entries.append(Entry(on, kind, subject, yuan, balance))
    return Statement(account, days_from, days_until, opening, entries, balance)


def _events(account: Account, until: date) -> Iterator[tuple[date, int, Any, str, Decimal]]:
    for bill in Bill.objects.filter(account=account, issued_on__lt=until):
        yield bill.issued_on, 0, bill, "bill", bill.amount
        if bill.cancelled_on and bill.cancelled_on < until:
            yield bill.cancelled_on, 3, bill, "bill_reversed", -bill.amount
    for payment in Payment.objects.filter(account=account, booked_on__lt=until):
        kind = "note" if payment.channel == Payment.Channel.NOTE else "payment"
        yield payment.booked_on, 1, payment, kind, -payment.amount
        if payment.reversed_on and payment.reversed_on < until:
            yield max(payment.reversed_on, payment.booked_on), 3, payment, f"{kind}_reversed", payment.amount
    for row in WriteOff.objects.filter(bill__account=account, on__lt=until).select_related("bill"):
        yield row.on, 2, row, "write_off", -row.amount
        if row.reversed_on and row.reversed_on < until:
            yield row.reversed_on, 3, row, "write_off_reversed", row.amount


@dataclass
class Books:
    """One account (or all) at the end of a day, each figure summed from rows of its own."""

    billed: Decimal = ZERO
    paid: Decimal = ZERO
    noted: Decimal = ZERO  # of what is paid: by credit notes, not by money
    written_off: Decimal = ZERO
    open: Decimal = ZERO
    received: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def bills_differ(self) -> Decimal:
        """Bills less paid, written off and open: nothing, or a cent was lost or made."""
        return self.billed - self.paid - self.written_off - self.open

    @property
    def payments_differ(self) -> Decimal:
        return self.received - self.paid - self.credit

    @property
    def balanced(self) -> bool:
        return not self.bills_differ and not self.payments_differ


def books(at: date, accounts: QuerySet[Account] | None = None) -> dict[int, Books]:
    """Return the books of every account that has any, at the end of `at`.

    What is open and what is credit is added up bill by bill and payment by payment, never taken as the difference, so
    that a bill paid twice over shows.
    """
    found: dict[int, Books] = defaultdict(Books)
    only = {} if accounts is None else {"account__in": accounts}
    standing = Q(reversed_on=None) | Q(reversed_on__gt=at)
    bills = issued_by(Bill.objects.filter(**only), at)
    settled: dict[int, Decimal] = defaultdict(lambda: ZERO)
    spent: dict[int, Decimal] = defaultdict(lambda: ZERO)
    mine = {} if accounts is None else {"bill__account__in": accounts}
    notes = set(Payment.objects.filter(channel=Payment.Channel.NOTE, **only).values_list("pk", flat=True))
    paid = Allocation.objects.filter(standing, on__lte=at, **mine).order_by()
    for account_id, bill_id, payment_id, amount in paid.values_list(
        "bill__account_id", "bill_id", "payment_id", "amount"
    ).iterator():
        found[account_id].paid += amount
        if payment_id in notes:
            found[account_id].noted += amount
        settled[bill_id] += amount
        spent[payment_id] += amount
    gone = WriteOff.objects.filter(standing, on__lte=at, **mine).values_list("bill__account_id", "bill_id", "amount")
    for account_id, bill_id, amount in gone:
        found[account_id].written_off += amount
        settled[bill_id] += amount
    for account_id, pk, amount in bills.values_list("account_id", "pk", "amount").iterator():
        found[account_id].billed += amount
        found[account_id].open += max(amount - settled[pk], ZERO)
    came = Payment.objects.filter(standing, booked_on__lte=at, **only)
    for account_id, pk, amount in came.values_list("account_id", "pk", "amount").iterator():
        found[account_id].received += amount
        found[account_id].credit += max(amount - spent[pk], ZERO)
    return dict(found)


def summed(rows: dict[int, Books]) -> Books:
    """Add the books of all accounts."""
    total = Books()
    for one in rows.values():
        for name in ("billed", "paid", "noted", "written_off", "open", "received", "credit"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total


@dataclass(frozen=True)
class Reconciled:
    """A month's end: the books of all, the accounts whose books do not balance, and figures that were not kept up."""

    month: date
    total: Books
    accounts: int
    differing: dict[int, Books]
    stale_bills: int
    stale_payments: int

    @property
    def ok(self) -> bool:
        return self.total.balanced and not (self.differing or self.stale_bills or self.stale_payments)


def reconcile(month: date) -> Reconciled:
    """Balance the books at the end of a month, and the figures kept on bills and payments with the ledger."""
    end = next_month(month) - timedelta(days=1)
    rows = books(end)
    return Reconciled(
        month=month.replace(day=1),
        total=summed(rows),
        accounts=len(rows),
        differing={pk: one for pk, one in rows.items() if not one.balanced},
        stale_bills=_stale_bills(),
        stale_payments=_stale_payments(),
    )


def _stale_bills() -> int:
    paid = _sums(Allocation.objects.filter(reversed_on=None), "bill_id")
    gone = _sums(WriteOff.objects.filter(reversed_on=None), "bill_id")
    rows = Bill.objects.values_list("pk", "amount", "open_amount", "written_off_amount", "cancelled_on").iterator()
    return sum(
        (left, given_up) != ((ZERO, ZERO) if cancelled else (amount - paid[pk] - gone[pk], gone[pk]))
        for pk, amount, left, given_up, cancelled in rows
    )


def _stale_payments() -> int:
    spent = _sums(Allocation.objects.filter(reversed_on=None), "payment_id")
    rows = Payment.objects.values_list("pk", "amount", "free_amount", "reversed_on").iterator()
    return sum(free != (ZERO if undone else amount - spent[pk]) for pk, amount, free, undone in rows)


def _sums(rows: QuerySet[Any], name: str) -> dict[int, Decimal]:
    sums = rows.order_by().values(name).annotate(sum=Sum("amount")).values_list(name, "sum")
    return defaultdict(lambda: ZERO, {pk: to_cents(amount) for pk, amount in sums})
