"""Negative bills are credit notes: against the account, and against the bill that they correct (退补、冲红)."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from kam.billing.actions import books, intake, ledger
from kam.billing.models import Allocation, Bill, CreditNote, Payment
from kam.billing.queries.receivables import account_penalties
from kam.billing.queries.statement import reconcile, statement
from kam.billing.rules.bill_rows import places_of, understand
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db
D = Decimal
HEAD = "户号,账单号,发行日期,到期日,应收金额,原账单号\n"


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    return make_cast()


def take(tmp_path: Path, *lines: str) -> intake.Outcome:
    path = tmp_path / "bills.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return intake.take_in(path=path, columns={}, month_first=None, create_accounts=False, by=None, at=NOW)


def codes(outcome: intake.Outcome) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in outcome.problems]


def test_a_note_needs_no_last_payment_day_and_only_a_note_corrects():
    head = ["account", "number", "issued", "due", "amount", "corrects"]
    said = understand(
        [
            (2, ["1", "N1", "2026-11-10", "", "-300.00", "B1"]),
            (3, ["1", "B2", "2026-11-10", "", "300.00", ""]),
            (4, ["1", "B3", "2026-11-10", "2026-11-20", "300.00", "B1"]),
        ],
        places_of(head, {}),
    )
    (note,) = said.rows
    assert (note.amount, note.corrects, note.settled_on) == (D("-300.00"), "B1", None)
    assert [(one.row, one.column, one.code) for one in said.problems] == [
        (3, "due", "missing"),
        (4, "corrects", "only_notes"),
    ]


def test_the_bill_corrected_owes_less_and_bore_no_penalty_on_it(cast: Cast, tmp_path: Path):
    bill = make_bill(cast.account, "B1", due_on=date(2026, 11, 10))
    outcome = take(tmp_path, "3200001,N1,2026-11-20,,-300.00,B1")
    assert (outcome.stored, outcome.problems) == (1, [])
    bill.refresh_from_db()
    assert (bill.open_amount, bill.amount, bill.settled_on) == (D(700), D(1000), None)
    note = CreditNote.objects.get()
    assert (note.amount, note.corrects, note.payment.channel, note.payment.free_amount) == (D(300), bill, "NOTE", D(0))
    # Eleven days of 700, not of 1,000: the 300 were never owed.
    (found,) = account_penalties(cast.account.pk, date(2026, 11, 21))
    assert found.penalty.yuan == D("15.40")
    again = take(tmp_path, "3200001,N1,2026-11-20,,-300.00,B1")
    assert (again.stored, again.duplicates) == (0, 1)
    assert CreditNote.objects.count() == 1


def test_of_a_paid_bill_it_is_credit_that_settles_the_next(cast: Cast, tmp_path: Path):
    make_bill(cast.account, "B1", due_on=date(2026, 11, 10))
    pay(cast.account, "1000.00", date(2026, 11, 9), "k1")
    take(tmp_path, "3200001,N1,2026-11-12,,-300.00,B1", "3200001,B2,2026-11-15,2026-11-30,250.00,")
    right = Bill.objects.get(number="B2")
    assert (right.open_amount, right.settled_on) == (D(0), date(2026, 11, 15))
    assert Payment.objects.get(channel="NOTE").free_amount == D(50)
    assert reconcile(date(2026, 11, 1)).ok


def test_a_bill_and_its_full_note_come_in_one_file(cast: Cast, tmp_path: Path):
    outcome = take(
        tmp_path,
        "3200001,N1,2026-11-12,,-1000.00,B1",
        "3200001,B1,2026-11-05,2026-11-20,1000.00,",
        "3200001,B1-2,2026-11-12,2026-11-27,900.00,",
    )
    assert (outcome.stored, codes(outcome)) == (3, [])
    assert list(Bill.objects.order_by("number").values_list("number", "open_amount")) == [
        ("B1", D(0)),
        ("B1-2", D(900)),
    ]


def test_what_cannot_be_a_note_is_refused(cast: Cast, tmp_path: Path):
    make_bill(cast.account, "B1", due_on=date(2026, 11, 10))
    make_bill(cast.other_account, "B2")
    outcome = take(
        tmp_path,
        "3200001,N1,2026-11-12,,-700.00,B1",
        "3200001,N2,2026-11-12,,-300.01,B1",
        "3200001,N3,2026-11-12,,-1.00,B2",
        "3200001,N4,2026-11-12,,-1.00,B9",
        "3200001,B1,2026-11-12,,-1.00,",
        "0,N5,2026-11-12,,-1.00,",
    )
    assert outcome.stored == 1
    assert codes(outcome) == [
        (3, "amount", "more_than_bill"),
        (4, "corrects", "no_such_bill"),
        (5, "corrects", "no_such_bill"),
        (6, "number", "differs"),
        (7, "account", "unknown_account"),
    ]
    assert codes(take(tmp_path, "3200001,N1,2026-11-12,,-700.00,")) == [(2, "number", "differs")]
    assert codes(take(tmp_path, "3200001,N1,2026-11-12,2026-11-27,700.00,")) == [(2, "number", "differs")]


def test_a_corrected_bill_is_not_reversed_before_its_note_is(cast: Cast, tmp_path: Path):
    bill = make_bill(cast.account, "B1")
    take(tmp_path, "3200001,N1,2026-11-12,,-300.00,B1")
    with pytest.raises(ledger.Corrected):
        ledger.cancel_bill(bill=bill, reason="r", by=cast.credit, at=NOW)
    ledger.reverse_payment(payment=Payment.objects.get(), reason="r", by=cast.credit, at=NOW)
    ledger.cancel_bill(bill=bill, reason="r", by=cast.credit, at=NOW)
    assert reconcile(date(2026, 11, 1)).ok


def test_a_closed_month_keeps_its_figures_and_takes_no_note(cast: Cast, tmp_path: Path):
    make_bill(cast.account, "B1", due_on=date(2026, 10, 20))
    before = books.close_month(month=date(2026, 10, 1), by=cast.credit, at=NOW).figures
    assert codes(take(tmp_path, "3200001,N1,2026-10-31,,-300.00,B1")) == [(2, "issued", "month_closed")]
    take(tmp_path, "3200001,N1,2026-11-02,,-300.00,B1")
    row = Allocation.objects.get()
    assert (row.value_on, row.on) == (date(2026, 10, 5), date(2026, 11, 2))
    assert books.figures_of(reconcile(date(2026, 10, 1))) == before
    total = reconcile(date(2026, 11, 1)).total
    assert (total.billed, total.paid, total.noted, total.open) == (D(1000), D(300), D(300), D(700))


def test_it_stands_on_the_pages_the_statement_and_the_command(cast: Cast, tmp_path: Path, capsys):
    bill = make_bill(cast.account, "B1")
    path = tmp_path / "bills.csv"
    path.write_text(HEAD + "3200001,N1,2026-11-12,,-300.00,B1\n", encoding="utf-8")
    call_command("import_bills", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["stored"] == 1
    entries = statement(cast.account, date(2026, 11, 1), date(2026, 12, 1)).entries
    assert [(one.kind, one.balance) for one in entries] == [("bill", D(1000)), ("note", D(700))]
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.credit)
    note = CreditNote.objects.get()
    page = client.get(reverse("billing:payment", args=[note.payment_id])).content.decode()
    assert "Credit note N1 of ¥ 300.00" in page
    assert reverse("billing:bill", args=[bill.pk]) in page
    assert "credit note" in client.get(reverse("billing:bill", args=[bill.pk])).content.decode()
    account = client.get(reverse("billing:account", args=["3200001"])).content.decode()
    assert "credit note" in account
    assert '"NOTE"' not in client.get(reverse("billing:pay", args=["3200001"])).content.decode()
