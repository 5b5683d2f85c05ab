"""A bill from readings (ENE-1, CRE-4): T4 and D1-D7 as whole bills, each line with its formula, ours beside theirs."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kam.billing import actions
from kam.billing.actions import issuing, ledger
from kam.billing.models import Bill
from kam.billing.queries.bills import CannotBill, check, expected, month_bill
from kam.billing.rules.bill import Charge, Code, Month, NoDemand, NoPriceFor, Terms, bill
from kam.billing.rules.tables import GD_10, JS_10, SD_110
from kam.metering.rules.tou import Band
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_cast, make_meter
from tests.reports.readings import store_plain, store_steel

D = Decimal
T1 = {
    Band.SHARP: D(36_000),
    Band.PEAK: D(60_000),
    Band.FLAT: D(150_000),
    Band.VALLEY: D(54_000),
    Band.DEEP_VALLEY: D(60_000),
}


def test_t1_t4_the_whole_bill():
    month = Month(T1, kvarh=D(215_000), max_kw=D(1300))
    terms = Terms(
        SD_110.energy,
        two_part=True,
        charge=Charge.ACTUAL_DEMAND,
        demand_price=D("36.0"),
        contract_kva=D(2000),
        standard=D("0.90"),
    )
    found = bill(month, terms)
    assert [(line.code, line.yuan) for line in found.lines] == [
        (Code.ENERGY, D("211744.68")),
        (Code.FUNDS, D("9781.20")),
        (Code.DEMAND, D("46800.00")),
        (Code.ADJUSTMENT, D("5170.89")),
    ]
    assert found.of(Code.ENERGY) + found.of(Code.FUNDS) == D("221525.88")
    assert found.total == D("273496.77")
    assert found.lines[3].figures["exact"].startswith("0.8585")
    assert (found.lines[3].figures["billed"], found.lines[3].figures["percent"]) == ("0.86", "2")
    assert found.lines[3].figures["base"] == "258544.68"


def test_t2_and_t3_round_once():
    t2 = {Band.SHARP: D(12_000), Band.PEAK: D(48_000), Band.FLAT: D(80_000), Band.VALLEY: D(60_000)}
    assert bill(Month(t2), Terms(GD_10.energy)).total == D("135671.75")
    t3 = {Band.PEAK: D(60_000), Band.FLAT: D(80_000), Band.VALLEY: D(60_000)}
    assert bill(Month(t3), Terms(JS_10.energy)).total == D("125690.00")


@pytest.mark.parametrize(
    "charge, declared, md, kwh, yuan",
    [
        ("ACTUAL_DEMAND", None, "1100", "450000", "39710.00"),  # D1
        ("CAPACITY", None, "1300", "450000", "45200.00"),  # D2
        ("ACTUAL_DEMAND", None, "1300", "450000", "46930.00"),
        ("ACTUAL_DEMAND", None, "1250", "540000", "40612.50"),  # D3
        ("CONTRACT_DEMAND", "1200", "1250", "450000", "43320.00"),  # D4
        ("CONTRACT_DEMAND", "1200", "1320", "450000", "47652.00"),  # D5
        ("CONTRACT_DEMAND", "600", "700", "450000", "28880.00"),  # D6
        ("CONTRACT_DEMAND", "600", "900", "450000", "33212.00"),  # D7
    ],
)
def test_second_part(charge, declared, md, kwh, yuan):
    terms = Terms(
        GD_10.energy,
        two_part=True,
        charge=Charge(charge),
        capacity_price=D("22.6"),
        demand_price=D("36.1"),
        contract_kva=D(2000),
        declared_kw=D(declared) if declared else None,
    )
    found = bill(Month({Band.FLAT: D(kwh)}, max_kw=D(md)), terms)
    line = next(line for line in found.lines if line.code in (Code.CAPACITY, Code.DEMAND))
    assert line.yuan == D(yuan)


def test_what_is_missing_is_refused():
    month = Month({Band.FLAT: D(1000)})
    with pytest.raises(NoPriceFor):
        bill(month, Terms(GD_10.energy, two_part=True))
    with pytest.raises(NoDemand):
        bill(month, Terms(GD_10.energy, two_part=True, charge=Charge.ACTUAL_DEMAND, demand_price=D(36)))


def test_small_and_unassessed_customers_have_no_adjustment():
    month = Month({Band.FLAT: D(1000)}, kvarh=D(2000))
    for terms in (Terms(GD_10.energy), Terms(GD_10.energy, standard=D("0.90"), contract_kva=D(99))):
        assert [line.code for line in bill(month, terms).lines] == [Code.ENERGY, Code.FUNDS]


@pytest.fixture
def cast(db) -> Cast:
    cast = make_cast()
    make_meter(cast.account)
    actions.assign_tariff(account=cast.account, code="GD-10", valid_from=date(2024, 1, 1), by=cast.li, at=NOW)
    return cast


def plain_month(cast: Cast, first: date, days: int) -> None:
    store_plain(cast.account.meters.get(), first, days)


def test_issued_from_readings_with_every_line(cast: Cast):
    plain_month(cast, date(2026, 10, 1), 31)
    row = issuing.issue_from_readings(account=cast.account, month=date(2026, 10, 1), by=cast.credit, at=NOW)
    assert (row.number, row.source, row.kwh) == ("3200001-202610", "OURS", D("39680"))  # 31 × (40 × 25 + 56 × 5)
    assert (row.issued_on, row.due_on) == (date(2026, 11, 21), date(2026, 12, 6))
    assert [line["code"] for line in row.lines] == ["energy", "funds", "capacity", "adjustment"]
    assert sum(D(line["yuan"]) for line in row.lines) == row.amount == row.open_amount
    with pytest.raises(issuing.MonthBilled):
        issuing.issue_from_readings(account=cast.account, month=date(2026, 10, 1), by=cast.credit, at=NOW)
    ledger.cancel_bill(bill=row, reason="示数更正", by=cast.credit, at=NOW)
    again = issuing.issue_from_readings(account=cast.account, month=date(2026, 10, 1), by=cast.credit, at=NOW)
    assert again.number == "3200001-202610-2"


@pytest.mark.parametrize(
    "first, days, month, code",
    [
        (date(2026, 10, 1), 30, date(2026, 10, 1), "incomplete"),
        (date(2026, 9, 1), 30, date(2026, 10, 1), "no_readings"),
        (date(2026, 11, 1), 20, date(2026, 11, 1), "not_over"),
    ],
)
def test_no_bill_from_half_a_month(cast: Cast, first, days, month, code):
    plain_month(cast, first, days)
    with pytest.raises(CannotBill) as refused:
        issuing.issue_from_readings(account=cast.account, month=month, by=cast.credit, at=NOW)
    assert refused.value.code == code


def test_a_tariff_that_changes_within_the_month_is_not_guessed(cast: Cast):
    plain_month(cast, date(2026, 10, 1), 31)
    actions.assign_tariff(account=cast.account, code="JS-10", valid_from=date(2026, 10, 16), by=cast.li, at=NOW)
    with pytest.raises(CannotBill) as refused:
        month_bill(cast.account, date(2026, 10, 1))
    assert refused.value.code == "tariff_changes"


def test_an_imported_bill_beside_ours(cast: Cast):
    plain_month(cast, date(2026, 10, 1), 31)
    ours = month_bill(cast.account, date(2026, 10, 1)).draft
    wrong = ours.of(Code.CAPACITY) + D("22.60")
    lines = [
        {"code": code.value, "yuan": str(wrong if code == Code.CAPACITY else ours.of(code))}
        for code in (Code.ENERGY, Code.FUNDS, Code.CAPACITY, Code.ADJUSTMENT)
    ]
    row = make_bill(cast.account, amount=ours.total + D("22.60"), kwh=D("39690"), lines=lines)
    found = check(row)
    assert found.difference == D("22.60")
    assert {one.code: one.yuan for one in found.lines if one.yuan} == {Code.CAPACITY: D("22.60")}
    assert found.kwh_difference == D("10")
    bare = make_bill(cast.account, "B2", amount=ours.total)
    assert (check(bare).difference, check(bare).lines) == (D("0.00"), [])


def test_what_the_month_will_come_to(cast: Cast):
    plain_month(cast, date(2026, 10, 1), 41)  # to 10 November
    found = expected(cast.account, date(2026, 11, 1), date(2026, 11, 11))
    assert found.days_read == 10
    assert found.so_far.draft.kwh == D("12800")
    assert found.kwh == D("38400")  # every day is like the other
    whole = expected(cast.account, date(2026, 10, 1), date(2026, 11, 1))
    assert whole.yuan == whole.so_far.draft.total == month_bill(cast.account, date(2026, 10, 1)).draft.total


def test_the_steel_july(cast: Cast, real_data: Path):
    """DATA 1: July at the published Guangzhou prices 81,456.93; power factor 0.85, +2.5 %."""
    meter = make_meter(cast.other_account)
    store_steel(meter, real_data)
    actions.assign_tariff(account=cast.other_account, code="GD-GZ-LV", valid_from=date(2018, 1, 1), by=cast.li, at=NOW)
    found = month_bill(cast.other_account, date(2018, 7, 1)).draft
    assert found.of(Code.ENERGY) + found.of(Code.FUNDS) == D("81456.93")
    adjustment = next(line for line in found.lines if line.code == Code.ADJUSTMENT)
    assert (adjustment.figures["billed"], adjustment.figures["percent"]) == ("0.85", "2.5")


def test_penalties_are_charged_once_and_never_typed(cast: Cast):
    row = make_bill(cast.account, "L1", due_on=date(2025, 12, 15), amount=D(100_000))
    with pytest.raises(issuing.NothingToCharge):  # still open: it goes on
        issuing.charge_penalties(account=cast.account, by=cast.credit, at=NOW)
    pay(cast.account, "100000", date(2026, 1, 10), "k1")
    (charged,) = issuing.charge_penalties(account=cast.account, by=cast.credit, at=NOW)
    assert (charged.amount, charged.penalty_of, charged.number) == (D("6200.00"), row, "L1-W1")
    with pytest.raises(issuing.NothingToCharge):
        issuing.charge_penalties(account=cast.account, by=cast.credit, at=NOW)
    assert Bill.objects.filter(kind="PENALTY").count() == 1
