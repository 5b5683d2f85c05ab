"""Lines of a bank's file (CRE-4): by reference, amount and name; what is not certain is work for a person."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kam.billing.actions import bank
from kam.billing.models import BankLine, Bill, Payment
from kam.billing.rules.matching import BankRow, Payer, match, plain_name
from tests.billing.money import make_bill
from tests.cast import NOW, Cast, make_account, make_cast

D = Decimal
STEEL = Payer(1, "3200001", "连云港东湖特钢有限公司", (("B-2026-10", D("1000.00")), ("B-2026-11", D("2000.00"))))
CEMENT = Payer(2, "3200002", "西山水泥有限公司", (("C-2026-10", D("1000.00")),))


def row(amount: str = "1000.00", payer: str = "", text: str = "", reference: str = "") -> BankRow:
    return BankRow(2, date(2026, 11, 20), D(amount), payer, reference, text)


@pytest.mark.parametrize(
    "line, account, why, certain",
    [
        (row(text="付10月电费 B-2026-10"), 1, "reference", True),
        (row("55.00", text="户号3200002电费"), 2, "account_no", True),
        (row(payer="连云港东湖特钢(有限)公司"), 1, "name_amount", True),
        (row("3000.00", payer="连云港东湖特钢有限公司"), 1, "name_amount", True),
        (row("77.00", payer="连云港东湖特钢有限公司"), 1, "name", False),
        (row("2000.00", payer="某某贸易"), 1, "amount", False),
        (row(text="B-2026-10 C-2026-10"), 1, "reference", False),
    ],
)
def test_who_a_payment_is_of(line, account, why, certain):
    first = match(line, [STEEL, CEMENT])[0]
    assert (first.account_id, first.why, first.certain) == (account, why, certain)


def test_one_sum_that_two_owe_is_for_a_person():
    found = match(row("1000.00"), [STEEL, CEMENT])
    assert [(one.account_id, one.certain) for one in found] == [(1, False), (2, False)]
    assert match(row("1.00", payer="无关单位"), [STEEL, CEMENT]) == []


def test_names_are_compared_without_their_form():
    assert plain_name("东湖特钢 有限责任公司") == plain_name("东湖特钢(有限公司") == "东湖特钢"


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def bank_file(tmp_path: Path) -> Path:
    source = tmp_path / "流水.csv"
    source.write_text(
        "交易日期,收入金额,支出金额,对方户名,摘要,流水号\n"
        "2026-11-18,1000.00,,连云港东湖特钢有限公司,电费,S1\n"
        '2026-11-18,"2,500.00",,某某财务公司,代付 DF-2611,S2\n'
        "2026-11-19,9.99,,不认识的单位,,S3\n"
        "2026-11-19,,300.00,供应商,付货款,S4\n"
        "坏日期,5.00,,某某,,S5\n",
        encoding="gb18030",
    )
    return source


def test_certain_lines_are_posted_and_the_rest_is_work(cast: Cast, tmp_path: Path):
    make_bill(cast.account, "B1")
    make_bill(cast.account, "DF-2611", amount=D("2000.00"), due_on=date(2026, 12, 20))
    outcome = bank.take_in_bank_file(path=bank_file(tmp_path), columns={}, by=cast.credit, at=NOW)
    assert (outcome.rows_read, outcome.posted, outcome.left, outcome.duplicates) == (4, 2, 1, 0)
    assert outcome.problems == [(6, "day", "not_a_date")]
    assert {bill.number: bill.open_amount for bill in Bill.objects.all()} == {"B1": D(0), "DF-2611": D(0)}
    assert Payment.objects.get(amount=D("2500.00")).free_amount == D(500)
    again = bank.take_in_bank_file(path=bank_file(tmp_path), columns={}, by=cast.credit, at=NOW)
    assert (again.posted, again.left, again.duplicates) == (0, 0, 3)
    assert Payment.objects.count() == 2


def test_a_person_gives_a_line_to_an_account_once(cast: Cast, tmp_path: Path):
    make_bill(cast.account, "B1", amount=D("9.99"))
    other = make_account(account_no="3200007", name="远山电子", unit=cast.station, uscc="")
    make_bill(other, "B7", amount=D("9.99"))
    bank.take_in_bank_file(path=bank_file(tmp_path), columns={}, by=cast.credit, at=NOW)
    line = BankLine.objects.get(amount=D("9.99"))
    assert [one["account"] for one in line.candidates] == [cast.account.pk, other.pk]
    payment = bank.post_line(line=line, account=other, by=cast.credit, at=NOW)
    assert payment.account == other
    with pytest.raises(bank.LineDone):
        bank.post_line(line=line, account=cast.account, by=cast.credit, at=NOW)
    with pytest.raises(bank.LineDone):
        bank.set_aside(line=line, note="r", by=cast.credit, at=NOW)


def test_accounts_of_another_district_are_not_looked_through(cast: Cast, tmp_path: Path):
    make_bill(cast.other_account, "DF-2611", amount=D("2500.00"))
    outcome = bank.take_in_bank_file(path=bank_file(tmp_path), columns={}, by=cast.credit, at=NOW)
    assert outcome.posted == 0
    named = {one["account"] for line in BankLine.objects.all() for one in line.candidates}
    assert named == {cast.account.pk}  # by its name alone
