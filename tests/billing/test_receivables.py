"""Bills from a file, ageing and penalty of the commands (CRE-4): the published receivables of DATA 8."""

import io
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kam.accounts.models import Account
from kam.billing.models import Bill, CreditNote, Payment
from kam.billing.queries.history import payment_records
from tests.billing.money import make_bill, pay
from tests.cast import make_cast

pytestmark = pytest.mark.django_db


def run(name: str, *args: Any, **options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command(name, *args, json=True, stdout=out, **options)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


IBM = {
    "account": "customerID",
    "number": "invoiceNumber",
    "issued": "InvoiceDate",
    "due": "DueDate",
    "amount": "InvoiceAmount",
    "settled": "SettledDate",
    "month_first": True,
}


@pytest.fixture
def ibm(real_data: Path) -> Path:
    return real_data / "receivables_ibm" / "WA_Fn-UseC_-Accounts-Receivable.csv"


def test_the_published_receivables(ibm: Path, django_assert_max_num_queries: Any):
    told = run("import_bills", ibm, create_accounts=True, **IBM)
    assert (told["rows_read"], told["stored"], told["settled"]) == (2466, 2466, 2466)
    assert (told["rejected"], told["duplicates"], told["accounts_created"]) == (0, 0, 100)
    assert Account.objects.filter(status=Account.Status.CANDIDATE).count() == 100

    with django_assert_max_num_queries(6):
        aged = run("aging", at="2013-06-30")
    assert (aged["invoices"], aged["total"]) == (84, 5119.85)
    assert aged["not_due"] == {"invoices": 72, "amount": 4284.29}
    assert aged["buckets"][0] == {"from_days": 1, "to_days": 30, "invoices": 12, "amount": 835.56}
    assert [bucket["invoices"] for bucket in aged["buckets"][1:]] == [0, 0, 0, 0, 0]
    assert aged["buckets"][-1]["from_days"] == 366
    assert aged["buckets"][-1]["to_days"] is None

    end = date(2014, 12, 31)
    records = dict(payment_records(since=date(2012, 1, 1), at=end))
    assert len(records) == 100
    bills = [bill for held in records.values() for bill in held]
    late = [bill for bill in bills if bill.days_late(end)]
    assert len(late) == 877
    assert round(100 * len(late) / len(bills), 2) == 35.56
    assert sum(bill.amount for bill in late) == Decimal("53960.78")
    assert sum(bill.amount for bill in bills) == Decimal("147703.18")
    days = Counter(min(-(-bill.days_late(end) // 15), 3) for bill in bills)
    assert [days[n] for n in range(4)] == [1589, 703, 166, 8]
    by_number = dict(Account.objects.values_list("account_no", "pk"))
    worst = records[by_number["2621-XCLEH"]]
    assert (len(worst), sum(bill.days_late(end) for bill in worst) / len(worst)) == (15, 19.6)

    again = run("import_bills", ibm, **IBM)
    assert (again["stored"], again["duplicates"], again["accounts_created"]) == (0, 2466, 0)


def test_a_record_as_it_stood_on_a_day(ibm: Path):
    run("import_bills", ibm, create_accounts=True, **{**IBM, "month_first": None})
    at = date(2013, 6, 30)
    open_then = [
        bill for _pk, held in payment_records(since=date(2012, 1, 1), at=at) for bill in held if bill.settled_on is None
    ]
    assert (len(open_then), sum(bill.open_amount for bill in open_then)) == (84, Decimal("5119.85"))


def test_what_is_wrong_with_a_row_is_said(tmp_path: Path):
    cast = make_cast()
    make_bill(cast.account, "B1")
    source = tmp_path / "电费.csv"
    source.write_text(
        "户号,账单号,出账日期,到期日,应收电费,结清日期,电费年月\n"
        '3200001,N1,2026-11-05,2026-11-20,"12,345.60",,2026-10\n'
        "3200001,N2,2026年11月5日,2026年11月20日,¥100.00,2026年11月18日,2026年10月\n"
        "3200001,N1,2026-11-05,2026-11-20,12345.60,,\n"
        "3200001,B1,2026-11-05,2026-11-20,999.00,,\n"
        "3200001,B1,2026-11-05,2026-11-20,1000.00,2026-11-19,\n"
        "9999999,N3,2026-11-05,2026-11-20,5.00,,\n"
        "3200001,N4,2026-11-05,2026-11-04,5.00,,\n"
        "3200001,N5,2026-11-05,2026-11-20,5.001,,\n"
        "3200001,N6,2026-11-05,2026-11-20,-5.00,,\n"
        "3200001,N7,soon,2026-11-20,5.00,,\n"
        "3200001,N8,2026-11-05,2026-11-20,5.00,,13\n"
        ",N9,2026-11-05,2026-11-20,5.00,,\n",
        encoding="gb18030",
    )
    told = run("import_bills", source)
    assert (told["rows_read"], told["stored"], told["settled"], told["duplicates"]) == (12, 3, 1, 0)
    assert [(one["row"], one["column"]) for one in told["rejects"]] == [
        (4, "number"),
        (5, "number"),
        (6, "number"),
        (7, "account"),
        (8, "due"),
        (9, "amount"),
        (11, "issued"),
        (12, "month"),
        (13, "account"),
    ]
    assert Bill.objects.get(number="N1").amount == Decimal("12345.60")
    assert CreditNote.objects.get(number="N6").amount == 5
    assert Bill.objects.get(number="N2").settled_on == date(2026, 11, 18)
    assert Bill.objects.get(number="N2").period_from == date(2026, 10, 1)


def test_a_bill_paid_since_the_last_file_gets_its_payment(tmp_path: Path):
    cast = make_cast()
    make_bill(cast.account, "B1")
    source = tmp_path / "b.csv"
    source.write_text("account,number,issued,due,amount,settled\n3200001,B1,2026-11-05,2026-11-20,1000,2026-11-19\n")
    for _ in range(2):
        told = run("import_bills", source)
        assert (told["stored"], told["duplicates"]) == (0, 1)
    assert Bill.objects.get().settled_on == date(2026, 11, 19)
    assert Payment.objects.get().key == "bill:B1"


def test_bad_input_is_refused_with_words(tmp_path: Path):
    source = tmp_path / "b.csv"
    source.write_text("a,b\n1,2\n")
    for name, args, options in (
        ("import_bills", [tmp_path / "none.csv"], {}),
        ("import_bills", [source], {}),
        ("aging", [], {"at": "yesterday"}),
        ("aging", [], {"at": "2026-01-01", "buckets": "60,30"}),
        ("penalty", ["no-such"], {}),
    ):
        with pytest.raises(CommandError) as refused:
            call_command(name, *args, **options)
        assert refused.value.returncode == 2


def test_penalty_of_an_account(django_assert_max_num_queries: Any):
    cast = make_cast()
    make_bill(cast.account, "L5", due_on=date(2026, 3, 20), amount=Decimal(40_000))
    pay(cast.account, "15000", date(2026, 3, 30), "k1")
    pay(cast.account, "25000", date(2026, 4, 4), "k2")
    make_bill(cast.account, "L4", due_on=date(2026, 6, 30), amount=Decimal(260), residential=True)
    pay(cast.account, "260", date(2026, 7, 2), "k3")
    make_bill(cast.account, "IN-TIME", due_on=date(2026, 7, 20), amount=Decimal(260))
    pay(cast.account, "260", date(2026, 7, 20), "k4")
    with django_assert_max_num_queries(8):
        told = run("penalty", cast.account.account_no, at="2026-08-01")
    assert told["total"] == 1051.0
    assert [(one["number"], one["penalty"], one["minimum_applied"]) for one in told["bills"]] == [
        ("L5", 1050.0, False),
        ("L4", 1.0, True),
    ]
    assert [(one["days"], one["balance"], one["yuan"]) for one in told["bills"][0]["segments"]] == [
        (10, 40000.0, 800.0),
        (5, 25000.0, 250.0),
    ]
    assert run("penalty", cast.account.account_no, at="2026-03-21")["total"] == 80.0
