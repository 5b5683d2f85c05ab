"""Books that balance to the cent, the statement, and posting by many at once (RELIABILITY R14)."""

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kam.billing.actions import books, ledger, posting
from kam.billing.models import Allocation, Bill, Payment
from kam.billing.queries.statement import books as books_at
from kam.billing.queries.statement import reconcile, statement, summed
from tests.billing.at_once import at_once, shared_database
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_cast

D = Decimal


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def busy(cast: Cast) -> None:
    """October: one bill paid in time, one in part, one given up, a bounced payment, credit left."""
    make_bill(cast.account, "A1", due_on=date(2026, 10, 10))
    pay(cast.account, "1000.00", date(2026, 10, 9), "k1")
    bad = pay(cast.account, "500.00", date(2026, 10, 12), "k2")
    make_bill(cast.account, "A2", issued_on=date(2026, 10, 15), due_on=date(2026, 10, 30))
    ledger.reverse_payment(payment=bad, reason="退票", by=cast.credit, at=NOW)
    lost = make_bill(cast.other_account, "A3", due_on=date(2026, 10, 10), amount=D(70))
    ledger.write_off(bill=lost, amount=D(70), reason="r", proposed_by=cast.credit, by=cast.sun, at=NOW)
    pay(cast.other_account, "30.55", date(2026, 10, 20), "k3")


def test_a_month_balances_for_each_account_and_in_all(cast: Cast):
    busy(cast)
    found = books_at(date(2026, 10, 31))
    assert all(one.balanced for one in found.values())
    total = summed(found)
    # The bounced payment and the write-off came in November: October still says what it said.
    assert (total.billed, total.paid, total.open, total.written_off) == (D(2070), D(1500), D(570), D(0))
    assert (total.received, total.credit) == (D("1530.55"), D("30.55"))
    later = summed(books_at(date(2026, 11, 30)))
    assert (later.paid, later.open, later.written_off, later.credit) == (D(1000), D(1000), D(70), D("30.55"))
    assert reconcile(date(2026, 10, 1)).ok


def test_a_closed_month_keeps_its_figures(cast: Cast):
    busy(cast)
    with pytest.raises(books.NotOver):
        books.close_month(month=date(2026, 11, 1), by=cast.credit, at=NOW)
    row = books.close_month(month=date(2026, 10, 1), by=cast.credit, at=NOW)
    assert row.figures["open"] == "570.00"
    pay(cast.account, "900.00", date(2026, 10, 31), "k9")
    again = books.figures_of(reconcile(date(2026, 10, 1)))
    assert again == row.figures
    assert books.close_month(month=date(2026, 10, 1), by=cast.credit, at=NOW) == row


def test_a_wrong_figure_is_found(cast: Cast):
    busy(cast)
    bill = Bill.objects.get(number="A1")
    Bill.objects.filter(pk=bill.pk).update(open_amount=D("0.01"), settled_on=None)
    found = reconcile(date(2026, 10, 1))
    assert (found.ok, found.stale_bills) == (False, 1)
    with pytest.raises(books.NotBalanced):
        books.close_month(month=date(2026, 10, 1), by=cast.credit, at=NOW)
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("reconcile", month="2026-10", json=True, stdout=out)
    assert failed.value.returncode == 1
    assert json.loads(out.getvalue())["stale_bills"] == 1


def test_paid_twice_over_is_found(cast: Cast):
    busy(cast)
    bill, payment = Bill.objects.get(number="A1"), Payment.objects.get(key="k1")
    day = date(2026, 10, 9)
    Allocation.objects.create(payment=payment, bill=bill, amount=D(1), value_on=day, on=day, at=NOW)
    found = reconcile(date(2026, 10, 1))
    assert list(found.differing) == [cast.account.pk]
    one = found.differing[cast.account.pk]
    assert (one.bills_differ, one.payments_differ) == (D(-1), D(-1))


def test_reconcile_command(cast: Cast):
    busy(cast)
    out = io.StringIO()
    call_command("reconcile", month="2026-10", close=True, json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["ok"], told["billed"], told["open"], told["credit"]) == (True, 2070.0, 570.0, 30.55)
    with pytest.raises(CommandError):
        call_command("reconcile", month="October")


def test_statement(cast: Cast):
    busy(cast)
    found = statement(cast.account, date(2026, 10, 1), date(2026, 12, 1))
    assert (found.opening, found.closing) == (D(1000), D(1000))  # A1 was issued in September
    assert [(entry.on, entry.kind, entry.yuan, entry.balance) for entry in found.entries] == [
        (date(2026, 10, 9), "payment", D(-1000), D(0)),
        (date(2026, 10, 12), "payment", D(-500), D(-500)),
        (date(2026, 10, 15), "bill", D(1000), D(500)),
        (date(2026, 11, 21), "payment_reversed", D(500), D(1000)),
    ]
    assert (found.billed, found.paid) == (D(1000), D(1500))


def post(cast: Cast, key: str, amount: str) -> Payment:
    return posting.post(
        account=cast.account,
        amount=D(amount),
        channel="POS",
        received_on=date(2026, 11, 20),
        key=key,
        by=cast.credit,
        at=NOW,
    )


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_posts_make_one_payment(tmp_path: Path):
    cast = make_cast()
    make_bill(cast.account)
    with shared_database(tmp_path):
        found = at_once(50, lambda _number: post(cast, "pos-778", "400.00").pk)
        assert len(set(found)) == 1, found
        [left] = at_once(1, lambda _: (Payment.objects.count(), Bill.objects.get().open_amount))
    assert left == (1, D(600))


@pytest.mark.django_db(transaction=True)
def test_eight_editors_lose_nothing(tmp_path: Path):
    cast = make_cast()
    for number in range(4):
        make_bill(cast.account, f"B{number}", due_on=date(2026, 11, 10 + number))

    def work(number: int) -> str:
        for part in range(4):
            post(cast, f"{number}-{part}", "100.01")
        return "done"

    def look(_number: int) -> tuple[int, Decimal, bool]:
        left = sum((bill.open_amount for bill in Bill.objects.all()), D(0))
        return Payment.objects.count(), left, reconcile(date(2026, 11, 1)).ok

    with shared_database(tmp_path):
        assert at_once(8, work) == ["done"] * 8
        assert at_once(1, look) == [(32, D(4000) - 32 * D("100.01"), True)]
