"""Money of days to come, of payments taken back, of acceptance bills: what no file and no form may do."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from kam.billing.actions import bank, intake, posting
from kam.billing.models import Bill, Payment
from kam.billing.rules.bill_rows import iso_day
from tests.billing.money import make_bill
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db
D = Decimal
HEAD = "户号,账单号,发行日期,到期日,应收金额,结清日期,电量\n"


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    return make_cast()


def take(tmp_path: Path, *lines: str) -> intake.Outcome:
    path = tmp_path / "bills.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return intake.take_in(path=path, columns={}, month_first=None, create_accounts=False, by=None, at=NOW)


def test_what_is_still_to_come_pays_nothing(cast, tmp_path):
    outcome = take(
        tmp_path,
        "3200001,Y1,2026-11-01,2026-11-20,50.00,2040-01-01,",
        "3200001,Y2,2030-01-01,2030-01-20,50.00,,",
        "3200001,Y3,2026-11-01,2026-11-20,50.00,,十",
    )
    assert [(one.row, one.column, one.code) for one in outcome.problems] == [
        (2, "settled", "in_future"),
        (3, "issued", "in_future"),
        (4, "kwh", "not_a_number"),
    ]
    assert Bill.objects.count() == Payment.objects.count() == 0
    assert iso_day("9999-12-31") is iso_day("0001-01-15") is None


def test_a_bank_file_of_a_day_to_come_posts_nothing(cast, tmp_path):
    make_bill(cast.account, number="B1", amount=D(100))
    path = tmp_path / "bank.csv"
    path.write_text("交易日期,交易金额,付款人,附言\n2030-01-01,100.00,某公司,3200001\n", encoding="utf-8")
    outcome = bank.take_in_bank_file(path=path, columns={}, by=cast.credit, at=NOW)
    assert outcome.problems == [(2, "day", "in_future")]
    assert Payment.objects.count() == 0


def test_a_bill_file_after_a_payment_was_taken_back(cast, tmp_path):
    line = "3200001,Z1,2026-11-01,2026-11-20,50.00,{},"
    take(tmp_path, line.format("2026-11-10"))
    posting.reverse(payment=Payment.objects.get(), reason="退票", by=cast.credit, at=NOW)
    # The same again does not undo what a person did; another day is another payment, and the other rows are taken in.
    take(tmp_path, line.format("2026-11-10"))
    assert Bill.objects.get(number="Z1").open_amount == 50
    outcome = take(tmp_path, line.format("2026-11-12"), "3200001,Z2,2026-11-01,2026-11-20,70.00,,")
    assert not outcome.problems
    assert Bill.objects.get(number="Z1").open_amount == 0
    assert Bill.objects.get(number="Z2").open_amount == 70
    assert sorted(Payment.objects.values_list("key", flat=True)) == ["bill:Z1", "bill:Z1#1"]


def test_a_form_names_no_key_of_files(cast):
    client = Client()
    client.force_login(cast.credit)
    url = reverse("billing:pay", args=["3200001"])
    posted = {"amount": "5.00", "channel": "BANK", "received_on": date(2026, 11, 10), "key": "bill:Z9"}
    assert client.post(url, posted).status_code == 200
    assert Payment.objects.count() == 0
    key = client.get(url).context["form"].initial["key"]
    assert client.post(url, posted | {"key": key}).status_code == 302
    posting.reverse(payment=Payment.objects.get(), reason="错登", by=cast.credit, at=NOW)
    said = client.post(url, posted | {"key": key}, follow=True).content.decode()
    assert "未登记" in said
    assert Payment.objects.count() == 1
