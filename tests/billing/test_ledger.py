"""The ledger (CRE-4, RELIABILITY R14): what settles what, reversals, and that no cent is lost or made."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam.accounts.models import TimelineEntry
from kam.billing.actions import ledger
from kam.billing.actions.notes import corrected
from kam.billing.models import Allocation, Bill, MonthClose, Payment
from kam.billing.models.ledger import RowIsKept
from kam.billing.queries.receivables import account_penalties, ageing_of, open_on, settled_on_day
from kam.core.models import AuditEntry
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_cast

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def state(bill: Bill) -> tuple[str, Decimal, date | None]:
    bill.refresh_from_db()
    return bill.status, bill.open_amount, bill.settled_on


def test_oldest_first_part_payment_and_credit(cast: Cast):
    first = make_bill(cast.account, "B1", due_on=date(2026, 9, 20))
    second = make_bill(cast.account, "B2", due_on=date(2026, 10, 20))
    paid = pay(cast.account, "1500.00", date(2026, 11, 1), "k1")
    assert state(first) == ("SETTLED", D(0), date(2026, 11, 1))
    assert state(second) == ("PARTLY", D(500), None)
    assert paid.free_amount == 0
    more = pay(cast.account, "800.00", date(2026, 11, 3), "k2")
    assert state(second) == ("SETTLED", D(0), date(2026, 11, 3))
    assert more.free_amount == 300
    third = make_bill(cast.account, "B3", issued_on=date(2026, 11, 5))
    assert state(third) == ("PARTLY", D(700), None)
    more.refresh_from_db()
    assert more.free_amount == 0
    # Credit that was there settles on the day of issue, not before.
    assert Allocation.objects.get(bill=third).value_on == date(2026, 11, 5)


def test_the_same_post_twice_is_one_payment(cast: Cast):
    make_bill(cast.account)
    one, two = (pay(cast.account, "400.00", date(2026, 11, 10), "receipt-7") for _ in range(2))
    assert one.pk == two.pk
    assert Payment.objects.count() == 1
    with pytest.raises(ledger.KeyReused):
        pay(cast.account, "401.00", date(2026, 11, 10), "receipt-7")
    with pytest.raises(ledger.KeyReused):
        pay(cast.other_account, "400.00", date(2026, 11, 10), "receipt-7")


def test_a_bounced_payment_never_paid(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 10, 20), amount=D("100000.00"))
    paid = pay(cast.account, "100000.00", date(2026, 10, 18), "k1")
    assert account_penalties(cast.account.pk, date(2026, 11, 21)) == []
    ledger.reverse_payment(payment=paid, reason="退票", by=cast.credit, at=NOW)
    assert state(bill) == ("OPEN", D("100000.00"), None)
    paid.refresh_from_db()
    assert (paid.reversed_on, paid.free_amount) == (date(2026, 11, 21), D(0))
    (found,) = account_penalties(cast.account.pk, date(2026, 11, 21))
    assert found.penalty.yuan == D("6400.00")  # 32 days × 200
    # The books of the days before say what they said.
    assert ageing_of(Bill.objects.all(), date(2026, 11, 20)).total == 0
    assert ageing_of(Bill.objects.all(), date(2026, 11, 21)).total == D("100000.00")
    with pytest.raises(ledger.AlreadyReversed):
        ledger.reverse_payment(payment=paid, reason="again", by=cast.credit, at=NOW)


def test_credit_steps_in_for_a_reversed_payment(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 20))
    first = pay(cast.account, "1000.00", date(2026, 11, 8), "k1")
    second = pay(cast.account, "600.00", date(2026, 11, 9), "k2")
    ledger.reverse_payment(payment=first, reason="entered twice", by=cast.credit, at=NOW)
    assert state(bill) == ("PARTLY", D(400), None)
    second.refresh_from_db()
    assert second.free_amount == 0
    row = Allocation.objects.get(payment=second)
    assert (row.value_on, row.on) == (date(2026, 11, 9), date(2026, 11, 21))


def test_a_payment_on_the_wrong_bill_is_moved_and_bears_no_penalty(cast: Cast):
    old = make_bill(cast.account, "B1", due_on=date(2026, 9, 20))
    new = make_bill(cast.account, "B2", due_on=date(2026, 11, 20))
    paid = pay(cast.account, "1000.00", date(2026, 9, 19), "k1", told={new.pk: D(1000)})
    assert state(old)[0] == "OPEN"
    ledger.allocate_anew(payment=paid, told={old.pk: D(1000)}, reason="回单写明9月", by=cast.credit, at=NOW)
    assert state(old) == ("SETTLED", D(0), date(2026, 9, 19))
    assert state(new) == ("OPEN", D(1000), None)
    assert account_penalties(cast.account.pk, date(2026, 11, 20)) == []


def test_a_reversed_bill_gives_its_money_to_the_next(cast: Cast):
    wrong = make_bill(cast.account, "B1", due_on=date(2026, 10, 20))
    paid = pay(cast.account, "1000.00", date(2026, 10, 15), "k1")
    right = make_bill(cast.account, "B1-2", due_on=date(2026, 10, 21), amount=D("900.00"))
    ledger.cancel_bill(bill=wrong, reason="抄表差错", by=cast.credit, at=NOW)
    assert state(wrong)[:2] == ("CANCELLED", D(0))
    assert state(right) == ("SETTLED", D(0), date(2026, 10, 15))
    paid.refresh_from_db()
    assert paid.free_amount == 100


def test_a_write_off_needs_two_and_can_be_taken_back(cast: Cast):
    bill = make_bill(cast.account)
    with pytest.raises(ledger.SamePerson):
        ledger.write_off(bill=bill, amount=D(10), reason="r", proposed_by=cast.credit, by=cast.credit, at=NOW)
    with pytest.raises(ledger.NotThatMuch):
        ledger.write_off(bill=bill, amount=D(1001), reason="r", proposed_by=cast.credit, by=cast.sun, at=NOW)
    row = ledger.write_off(bill=bill, amount=D(1000), reason="破产", proposed_by=cast.credit, by=cast.sun, at=NOW)
    assert state(bill) == ("WRITTEN_OFF", D(0), date(2026, 11, 21))
    ledger.reverse_write_off(given_up=row, reason="破产财产分配", by=cast.sun, at=NOW)
    assert state(bill) == ("OPEN", D(1000), None)


def test_rows_are_neither_changed_nor_deleted(cast: Cast):
    bill = make_bill(cast.account)
    paid = pay(cast.account, "10.00", date(2026, 11, 10), "k1")
    row = Allocation.objects.get()
    for kept in (bill, paid, row):
        with pytest.raises(RowIsKept):
            kept.save()
        with pytest.raises(RowIsKept):
            kept.delete()
        with pytest.raises(RowIsKept):
            type(kept).objects.all().delete()
        with pytest.raises(RowIsKept):
            type(kept).objects.update(amount=D(5))
    with pytest.raises(IntegrityError), transaction.atomic():
        Bill.objects.filter(pk=bill.pk).update(open_amount=D(2000))


def test_a_closed_month_takes_nothing_any_more(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 10, 20))
    MonthClose.objects.create(month=date(2026, 10, 1), at=NOW)
    with pytest.raises(ledger.MonthClosed):
        make_bill(cast.account, "B2", issued_on=date(2026, 10, 31))
    paid = pay(cast.account, "1000.00", date(2026, 10, 19), "k1")
    assert paid.booked_on == date(2026, 11, 1)
    assert Allocation.objects.get().on == date(2026, 11, 1)
    assert state(bill)[2] == date(2026, 10, 19)
    assert [(one.pk, left) for one, left in open_on(Bill.objects.all(), date(2026, 10, 31))] == [(bill.pk, D(1000))]
    assert account_penalties(cast.account.pk, date(2026, 11, 21)) == []


def test_every_step_is_on_record(cast: Cast):
    bill = make_bill(cast.account)
    paid = pay(cast.account, "10.00", date(2026, 11, 10), "k1")
    ledger.reverse_payment(payment=paid, reason="r", by=cast.credit, at=NOW)
    ledger.cancel_bill(bill=bill, reason="r", by=cast.credit, at=NOW)
    kinds = ["bill.issued", "payment.posted", "payment.reversed", "bill.cancelled"]
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == kinds
    assert list(TimelineEntry.objects.order_by("id").values_list("kind", flat=True)) == kinds


KINDS = ["bill", "pay", "pay", "told", "note", "note", "reverse", "cancel", "write_off", "claim", "anew"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["bill", "pay", "pay", "told", "note", "note", "reverse", "cancel", "write_off", "claim", "anew"]
        ),
        st.integers(0, 50),
        st.integers(1, 200_000),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_no_cent_is_lost_or_made_in_any_order(steps):
    with transaction.atomic():
        cast = make_cast()
        play(cast, steps)
        transaction.set_rollback(True)


def play(cast: Cast, steps):
    """Play `steps` on one account, one day after the other, and balance the books at the end and on each day."""
    start = date(2026, 1, 1)
    at = NOW - timedelta(days=324)
    account = cast.account
    for number, (step, place, cents) in enumerate(steps):
        day, amount = start + timedelta(days=number), D(cents) / 100
        at += timedelta(days=1)
        bills = list(Bill.objects.standing().order_by("pk"))
        owed = [bill for bill in bills if bill.open_amount]
        payments = list(Payment.objects.standing().order_by("pk"))
        if step == "bill":
            issued = day - timedelta(days=place % 7)
            due = issued + timedelta(days=place)
            make_bill(account, f"B{number}", issued_on=issued, due_on=due, amount=amount, at=at)
        elif step == "pay":
            pay(account, str(amount), day - timedelta(days=place % 20), f"k{number}", at=at)
        elif step == "told" and owed:
            bill = owed[place % len(owed)]
            told = {bill.pk: min(amount, bill.open_amount)}
            pay(account, str(amount), day - timedelta(days=place % 20), f"k{number}", at=at, told=told)
        elif step == "note":
            bill = bills[place % len(bills)] if bills and place % 3 else None
            take_back = amount if bill is None else min(amount, bill.amount - corrected(bill))
            if take_back > 0:
                post_note(account, f"N{number}", take_back, day, bill, at)
        elif step == "reverse" and payments:
            ledger.reverse_payment(payment=payments[place % len(payments)], reason="r", by=cast.credit, at=at)
        elif step == "cancel" and bills:
            with suppress(ledger.Corrected):
                ledger.cancel_bill(bill=bills[place % len(bills)], reason="r", by=cast.credit, at=at)
        elif step == "write_off" and owed:
            bill = owed[place % len(owed)]
            part = min(amount, bill.open_amount)
            ledger.write_off(bill=bill, amount=part, reason="r", proposed_by=cast.credit, by=cast.sun, at=at)
        elif step == "claim":
            for bill in bills:
                for row in bill.write_offs.standing():
                    ledger.reverse_write_off(given_up=row, reason="r", by=cast.sun, at=at)
        elif step == "anew" and payments:
            payment = payments[place % len(payments)]
            open_now = {b.pk: b.open_amount for b in owed}
            told = {pk: min(left, payment.amount) for pk, left in list(open_now.items())[:1]}
            ledger.allocate_anew(payment=payment, told=told, reason="r", by=cast.credit, at=at)
    books_balance(start, len(steps))


def post_note(account, number, amount, day, bill, at):
    """A credit note of the day, for the month before."""
    month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    return ledger.post_note(
        account=account,
        number=number,
        period_from=month,
        period_until=day.replace(day=1),
        issued_on=day,
        amount=amount,
        kwh=None,
        lines=[],
        corrects=bill,
        batch=None,
        by=None,
        at=at,
    )


def books_balance(start: date, days: int) -> None:
    for bill in Bill.objects.all():
        settled = settled_on_day([bill.pk], date(2100, 1, 1)).get(bill.pk, D(0))
        assert bill.open_amount == (D(0) if bill.cancelled_on else bill.amount - settled)
    came = sum((one.amount for one in Payment.objects.standing()), D(0))
    spent = sum((one.amount for one in Allocation.objects.standing()), D(0))
    assert came == spent + sum((one.free_amount for one in Payment.objects.all()), D(0))
    for n in range(-1, days + 2):
        day = start + timedelta(days=n)
        gone = settled_on_day(list(Bill.objects.values_list("pk", flat=True)), day)
        for bill in Bill.objects.all():
            assert 0 <= gone.get(bill.pk, D(0)) <= bill.amount
