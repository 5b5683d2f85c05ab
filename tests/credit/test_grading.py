"""Grading accounts: the same twice, falls wait for a person, what is behind each grade (CRE-1)."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kam.accounts.models import TimelineEntry
from kam.core.models import AuditEntry, RuleValue
from kam.credit.actions.grading import confirm_falls, regrade, set_aside
from kam.credit.models import ConductFact, CreditGrade, CreditMove, GradingRun, Standing
from tests.cast import NOW, make_account, make_cast
from tests.credit.money import make_bill, make_months, pay

pytestmark = pytest.mark.django_db
OCT, NOV = date(2026, 10, 1), date(2026, 11, 1)


def run(name, *args, **options):
    out = StringIO()
    call_command(name, *args, stdout=out, **options)
    return json.loads(out.getvalue())


def graded(cast, as_of=NOV, **more):
    return regrade(as_of=as_of, by=None, at=NOW, **more)


def test_the_contract_of_regrade_and_twice_the_same():
    cast = make_cast()
    make_months(cast.account)
    first = run("regrade", "--at", "2026-11-01", "--json")
    assert first == {
        "graded": 2,
        "changed": 0,
        "by_grade": {"AAA": 1, "AA": 0, "A": 1, "B": 0, "C": 0, "D": 0},
        "rule_set": "KAM-1",
    }
    rows = list(CreditGrade.objects.order_by("pk").values())
    assert run("regrade", "--at", "2026-11-01", "--json") == first
    assert [row | {"run_id": 0} for row in CreditGrade.objects.order_by("pk").values()] == [
        row | {"run_id": 0} for row in rows
    ]
    assert TimelineEntry.objects.filter(kind__startswith="credit.").count() == 0


def test_a_dry_run_writes_nothing():
    cast = make_cast()
    make_months(cast.account)
    told = run("regrade", "--at", "2026-11-01", "--dry-run", "--json")
    assert told["graded"] == 2
    assert not CreditGrade.objects.exists()
    assert not GradingRun.objects.exists()


def test_one_unit_with_all_below():
    make_cast()
    assert run("regrade", "--at", "2026-11-01", "--unit", "D1", "--json")["graded"] == 1
    with pytest.raises(CommandError):
        call_command("regrade", "--at", "2026-11-01", "--unit", "NO-SUCH")


def test_accounts_that_left_are_not_graded():
    cast = make_cast()
    make_account(account_no="9", name="已销户", unit=cast.station, status="LEFT")
    assert graded(cast).graded == 2


def test_the_contract_of_grade():
    cast = make_cast()
    make_months(cast.account, 12)
    late = make_bill(cast.account, date(2026, 9, 5), paid_on=date(2026, 9, 15), amount="20000.00")
    ConductFact.objects.create(
        account=cast.account, kind="ILLEGAL_USE", day=date(2026, 5, 1), source="检查单 17", noted_at=NOW
    )
    told = run("grade", cast.account.account_no, "--at", "2026-11-01", "--json")
    by_name = {one["name"]: one for one in told["indicators"]}
    assert by_name["ON_TIME"]["value"] == round(12 / 13, 4)
    assert by_name["ON_TIME"]["evidence"] == [
        {"bill": late.number, "due": "2026-09-05", "amount": "20000.00", "settled": "2026-09-15"}
    ]
    # 200,000 yuan days / 140,000 yuan
    assert by_name["DAYS_LATE"]["value"] == round(200_000 / 140_000, 4)
    assert by_name["ILLEGAL_USE"]["evidence"] == [{"fact": "ILLEGAL_USE", "day": "2026-05-01", "source": "检查单 17"}]
    assert (told["grade"], told["vetoes"][0]["name"], told["vetoes"][0]["at_best"]) == ("C", "ILLEGAL_USE", "C")
    assert sum(one["points"] for one in told["indicators"]) == pytest.approx(told["points"])
    assert sum(one["max_points"] for one in told["indicators"]) == 100
    assert told["rule_set"] == "KAM-1"


def test_a_grade_of_the_past_knows_only_what_was_known_then():
    cast = make_cast()
    make_months(cast.account, 12, last=date(2026, 8, 20))
    bill = make_bill(cast.account, date(2026, 9, 20), paid_on=date(2026, 10, 25))
    then = run("grade", cast.account.account_no, "--at", "2026-10-10", "--json")
    assert [one["name"] for one in then["vetoes"]] == ["OPEN_IN_PERIOD"]
    now = run("grade", cast.account.account_no, "--at", "2026-11-01", "--json")
    assert now["vetoes"] == []
    assert now["indicators"][0]["evidence"][0]["bill"] == bill.number


def test_a_reversed_payment_is_no_payment():
    from kam.billing.actions.ledger import reverse_payment
    from kam.billing.models import Payment

    cast = make_cast()
    make_months(cast.account, 12)
    assert run("grade", cast.account.account_no, "--at", "2026-11-01", "--json")["vetoes"] == []
    last = Payment.objects.latest("received_on")
    reverse_payment(payment=last, reason="退票", by=None, at=NOW)
    told = run("grade", cast.account.account_no, "--at", "2026-11-01", "--json")
    assert [one["name"] for one in told["vetoes"]] == ["OPEN_IN_PERIOD"]


def fallen(cast):
    """An account graded AAA in October whose last bills are unpaid in November."""
    make_months(cast.account, 12, last=date(2026, 8, 20))
    make_bill(cast.account, date(2026, 9, 20))
    graded(cast, OCT, account_ids=[cast.account.pk])
    return graded(cast, NOV, account_ids=[cast.account.pk])


def test_a_fall_waits_for_a_person_and_leaves_a_trace():
    cast = make_cast()
    outcome = fallen(cast)
    assert (outcome.changed, outcome.falls) == (1, 1)
    row = CreditGrade.objects.get(account=cast.account, as_of=NOV)
    assert (row.status, row.previous, row.grade) == ("PROPOSED", "A", "C")
    assert Standing.objects.get(account=cast.account).grade == "A"
    assert confirm_falls(grades=[row], by=cast.credit, at=NOW) == 1
    assert confirm_falls(grades=[row], by=cast.credit, at=NOW) == 0
    standing = Standing.objects.get(account=cast.account)
    assert (standing.grade, standing.since) == ("C", NOV)
    assert list(TimelineEntry.objects.filter(kind__startswith="credit.").values_list("kind", flat=True)) == [
        "credit.fall_proposed",
        "credit.fell",
    ]
    assert CreditMove.objects.get().to_status == "IN_FORCE"
    assert AuditEntry.objects.filter(action="credit.fell", account_id=cast.account.pk).exists()


def test_graded_again_what_a_person_decided_stands():
    cast = make_cast()
    fallen(cast)
    row = CreditGrade.objects.get(account=cast.account, as_of=NOV)
    set_aside(grade=row, reason="对账差错", by=cast.credit, at=NOW)
    graded(cast, NOV, account_ids=[cast.account.pk])
    row.refresh_from_db()
    assert row.status == "SET_ASIDE"
    assert Standing.objects.get(account=cast.account).grade == "A"


def test_paid_meanwhile_the_fall_is_gone():
    cast = make_cast()
    fallen(cast)
    pay(cast.account, Decimal("10000.00"), date(2026, 10, 30))
    graded(cast, NOV, account_ids=[cast.account.pk])
    row = CreditGrade.objects.get(account=cast.account, as_of=NOV)
    assert (row.status, row.grade) == ("IN_FORCE", "AA")


def test_the_company_may_let_falls_hold_at_once():
    cast = make_cast()
    RuleValue.objects.filter(key="credit.confirm_falls").update(value=False)
    fallen(cast)
    assert Standing.objects.get(account=cast.account).grade == "C"
    assert TimelineEntry.objects.filter(kind="credit.fell").count() == 1
