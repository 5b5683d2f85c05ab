"""Plans, disputes, write-offs, prepaid contracts and acceptance bills (CRE-2, CRE-5, CRE-9)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kam.billing.actions import acceptance, agreements, assign_tariff, ledger, posting, prepaid, telling
from kam.billing.models import AcceptanceBill, MoneyNotice, MoneyStep, PaymentPlan, PrepaidContract
from kam.billing.queries import plans as queries
from kam.billing.rules import plans as rules
from kam.billing.rules.acceptance import discount
from kam.billing.rules.penalty import Rates
from kam.billing.rules.plans import BadShares, Instalment, Limits, Owed, cycle, paydays, simulate, spread, watch
from kam.billing.rules.prepaid import Level, daily_cost, level_of, runs_out_on
from kam.lib.lifecycle import IllegalMove
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_cast, make_meter
from tests.reports.readings import store_plain

D = Decimal
LAW = (Rates(date(1996, 1, 1), None, D("0.001"), D("0.002"), D("0.003")),)
LIMITS = Limits(180, 12, 30, D("0.05"))
START = date(2026, 11, 21)


def day(number: int) -> date:
    return START + timedelta(days=number)


# ---- rules -------------------------------------------------------------------------------------------------------


@given(st.integers(1, 10**9), st.lists(st.integers(1, 100), min_size=1, max_size=12))
def test_shares_lose_and_make_no_cent(cents, shares):
    total = D(cents) / 100
    found = spread(total, [day(n) for n in range(len(shares))], [D(share) for share in shares])
    assert sum((one.amount for one in found), D(0)) == total


def test_the_cash_cycle_gives_days():
    assert cycle([10, 31], [D(40), D(60)], date(2026, 1, 15), 2) == [
        (date(2026, 1, 31), D(60)),
        (date(2026, 2, 10), D(40)),
        (date(2026, 2, 28), D(60)),
        (date(2026, 3, 10), D(40)),
    ]
    for days, shares in (([0], [D(1)]), ([10, 10], [D(1), D(1)]), ([10], [D(0)]), ([10], [D(1), D(1)])):
        with pytest.raises(BadShares):
            cycle(days, shares, START, 1)


def test_the_cash_cycle_is_learnt_from_payments():
    came = [(date(2026, m, d), D(y)) for m in (1, 2, 3) for d, y in ((9, 300), (10, 300), (25, 400), (17, 20))]
    assert paydays(came) == [(10, D("0.60")), (25, D("0.40"))]
    assert paydays([]) == []


def owed(*amounts: int, due: int = -10) -> list[Owed]:
    return [Owed(n, f"B{n}", day(due - 15), day(due + n), D(amount)) for n, amount in enumerate(amounts)]


def test_a_plan_is_tried_out():
    found = simulate(
        owed(1000, 500),
        [Instalment(day(10), D(1000)), Instalment(day(20), D(500))],
        start=START,
        rates=LAW,
        limits=LIMITS,
    )
    assert found.problems == ()
    assert [(step.open_before, step.open_after, step.overdue_after) for step in found.steps] == [
        (D(1500), D(500), D(500)),
        (D(500), D(0), D(0)),
    ]
    # 20 days × 1,000 and 29 days × 500 at 0.2 %
    assert found.penalty == D("40.00") + D("29.00")


@pytest.mark.parametrize(
    "parts, problem",
    [
        ([(10, 1000)], "not_covered"),
        ([(10, 1600)], "too_much"),
        ([(20, 1000), (10, 500)], "not_in_order"),
        ([(-1, 1500)], "in_the_past"),
        ([(10, 1000), (181, 500)], "too_long"),
        ([(31, 1500)], "first_too_late"),
        ([(10, 1440), (20, 60)], "share_too_small"),
        ([(n + 1, 115) for n in range(12)] + [(13, 120)], "too_many"),
        ([], "not_in_order"),
    ],
)
def test_what_collection_does_not_allow(parts, problem):
    instalments = [Instalment(day(n), D(amount)) for n, amount in parts]
    assert problem in simulate(owed(1000, 500), instalments, start=START, rates=LAW, limits=LIMITS).problems


def test_money_that_comes_early_waits_for_the_next_bill():
    rows = [*owed(1000), Owed(9, "next", day(15), day(30), D(500), expected=True)]
    found = simulate(rows, [Instalment(day(5), D(1500))], start=START, rates=LAW, limits=LIMITS)
    assert (found.left, found.problems) == (D(0), ())
    assert found.penalty == D("30.00")  # the old one alone: 15 days


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 900)), max_size=6), st.integers(0, 90))
def test_a_watch_counts_every_payment_once(came, at):
    terms = [Instalment(day(n), D(500)) for n in (10, 20, 30)]
    found = watch(terms, [(day(n), D(amount)) for n, amount in came], day(at))
    paid = sum((D(amount) for n, amount in came if n <= at), D(0))
    assert found.paid == paid
    assert sum((row.paid for row in found.rows), D(0)) == min(paid, D(1500))
    assert found.fulfilled is (paid >= 1500)
    steps = [(due, need) for due, need in ((10, 500), (20, 1000), (30, 1500)) if at > due]
    kept = all(sum((D(a) for n, a in came if n <= due), D(0)) >= need for due, need in steps)
    assert (found.broken_on is None) is kept


def test_prepaid_forecast_and_levels():
    costs = [(date(2026, 11, 2) + timedelta(days=n), D(100 if n % 7 < 5 else 40)) for n in range(14)]
    per_day = daily_cost(costs)
    assert per_day == {False: D(100), True: D(40)}
    assert runs_out_on(D(580), per_day, date(2026, 11, 16)) == date(2026, 11, 22)  # five working days and two more
    assert runs_out_on(D(0), per_day, START) == START
    assert runs_out_on(D(10**9), per_day, START) is None
    days = {"FIRST": 10, "SECOND": 5, "LAST": 2}
    for left, level in ((11, Level.FINE), (10, Level.FIRST), (5, Level.SECOND), (2, Level.LAST)):
        assert level_of(D(1), day(left), START, days) == level
    assert level_of(D(0), day(99), START, days) == Level.OUT


def test_discount():
    """100,000 at 3 % a year for 180 days of 360: 1,500."""
    assert discount(D(100_000), D("0.03"), date(2026, 1, 1), date(2026, 6, 30)) == D("1500.00")


# ---- actions -----------------------------------------------------------------------------------------------------


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def at(number: int) -> datetime:
    return NOW + timedelta(days=number)


def plan_of(cast: Cast, *parts: tuple[int, int]) -> PaymentPlan:
    return agreements.propose_plan(
        account=cast.account,
        instalments=[Instalment(day(n), D(amount)) for n, amount in parts],
        starts_on=START,
        reason="回款在每月中旬",
        with_expected=False,
        by=cast.credit,
        at=NOW,
    )


def test_a_plan_takes_two_people_is_watched_and_breaks_at_once(cast: Cast):
    make_bill(cast.account, due_on=date(2026, 11, 1))
    plan = plan_of(cast, (10, 600), (20, 400))
    assert plan.trial["penalty"] == "68.00"
    with pytest.raises(agreements.PlanOpen):
        plan_of(cast, (10, 1000))
    with pytest.raises(ledger.SamePerson):
        agreements.decide_plan(plan=plan, approve=True, note="", by=cast.credit, at=NOW)
    agreements.decide_plan(plan=plan, approve=True, note="同意", by=cast.sun, at=NOW)
    assert plan.status == "ACTIVE"
    with pytest.raises(IllegalMove):
        agreements.decide_plan(plan=plan, approve=False, note="", by=cast.sun, at=NOW)

    pay(cast.account, "599.99", day(9), "k1", at=at(9))
    assert queries.watched(plan, day(10)).broken_on is None
    agreements.look_at_plan(plan, at=at(11))
    assert (plan.status, plan.broken_on) == ("BROKEN", day(11))

    def post(amount: str, number: int) -> None:
        posting.post(
            account=cast.account,
            amount=D(amount),
            channel="BANK",
            received_on=day(number),
            key=f"p{number}",
            by=cast.credit,
            at=at(number),
        )

    post("0.01", 12)
    plan.refresh_from_db()
    assert plan.status == "ACTIVE"  # caught up; that it was broken stays on record
    assert plan.broken_on == day(11)
    post("400.00", 19)
    plan.refresh_from_db()
    assert plan.status == "ENDED"
    steps = MoneyStep.objects.filter(ref=f"billing.PaymentPlan:{plan.pk}").order_by("pk")
    assert list(steps.values_list("to_status", flat=True)) == ["PROPOSED", "ACTIVE", "BROKEN", "ACTIVE", "ENDED"]


def test_a_bounced_payment_breaks_the_plan_that_it_had_kept(cast: Cast):
    make_bill(cast.account, due_on=date(2026, 11, 1))
    plan = agreements.decide_plan(plan=plan_of(cast, (10, 1000)), approve=True, note="", by=cast.sun, at=NOW)
    paid = pay(cast.account, "1000.00", day(9), "k1", at=at(9))
    agreements.look_at_plan(plan, at=at(9))
    assert plan.status == "KEPT"
    posting.reverse(payment=paid, reason="退票", by=cast.credit, at=at(15))
    plan.refresh_from_db()
    assert (plan.status, plan.broken_on) == ("BROKEN", day(11))


def test_a_plan_shows_the_bills_that_differ_from_the_expected_ones_and_asks(cast: Cast, client: Client, monkeypatch):
    monkeypatch.setattr("kam.lib.clock.now", lambda: at(40))
    for month in (9, 10, 11):
        make_bill(cast.account, f"B{month}", issued_on=date(2026, month, 5), due_on=date(2026, month, 20))
    expects = queries.owed_by(cast.account, START, date(2027, 1, 10))
    assert [(one.number, one.amount) for one in expects if one.expected] == [("2026-12", D("1000.00"))]
    plan = agreements.propose_plan(
        account=cast.account,
        instalments=[Instalment(day(10), D(3000)), Instalment(day(30), D(1000))],
        starts_on=START,
        reason="回款在每月中旬",
        with_expected=True,
        by=cast.credit,
        at=NOW,
    )
    agreements.decide_plan(plan=plan, approve=True, note="", by=cast.sun, at=NOW)
    found = queries.drift(plan)
    assert found is not None
    assert (found.lines, found.to_decide) == ([], False)  # not issued yet
    made = make_bill(
        cast.account, "B4", issued_on=date(2026, 12, 5), due_on=date(2026, 12, 20), amount=D("1300.00"), at=at(14)
    )
    found = queries.drift(plan)
    assert found is not None
    assert (found.difference, found.to_decide) == (D("300.00"), True)
    client.force_login(cast.credit)
    address = reverse("billing:plan", args=[plan.pk])
    page = client.get(address).content.decode()
    assert "300.00" in page
    assert reverse("billing:bill", args=[made.pk]) in page
    client.post(reverse("billing:plan_act", args=[plan.pk]), {"do": "keep", "reason": "差额另行缴纳"})
    found = queries.drift(plan)
    assert found is not None
    assert not found.to_decide
    with pytest.raises(agreements.Decided):
        agreements.keep_plan(plan=plan, note="又", by=cast.credit, at=at(41))
    assert MoneyStep.objects.latest("pk").note == "差额另行缴纳"


def test_a_plan_outside_the_rules_is_refused(cast: Cast):
    make_bill(cast.account, due_on=date(2026, 11, 1))
    with pytest.raises(agreements.PlanRefused) as refused:
        plan_of(cast, (40, 900))
    assert set(refused.value.problems) == {"first_too_late", "not_covered"}
    assert not PaymentPlan.objects.exists()


def test_a_plan_over_expected_bills(cast: Cast):
    for month, amount in ((8, 900), (9, 1000), (10, 1100)):
        make_bill(
            cast.account,
            f"B{month}",
            issued_on=date(2026, month + 1, 5),
            due_on=date(2026, month + 1, 20),
            amount=D(amount),
        )
    tried = queries.trial(cast.account, [Instalment(date(2026, 12, 30), D(4000))], start=START, with_expected=True)
    assert (tried.arrears, tried.expected) == (D(3000), D("1000.00"))
    assert [one.number for one in tried.owed if one.expected] == ["2026-12"]
    assert tried.simulation.left == 0


def test_contesting_is_safe_against_who_did_not_see_the_change(cast: Cast):
    bill = make_bill(cast.account)
    agreements.contest(bill=bill, amount=D(300), reason="r", version=bill.version, by=cast.credit, at=NOW)
    with pytest.raises(agreements.Changed) as changed:
        agreements.contest(bill=bill, amount=D(200), reason="r", version=bill.version, by=cast.chen, at=NOW)
    assert changed.value.bill.contested_amount == D(300)
    dispute = bill.disputes.get()
    agreements.decide_dispute(dispute=dispute, outcome="复核无误", by=cast.sun, at=NOW)
    bill.refresh_from_db()
    assert bill.contested_amount == 0
    with pytest.raises(agreements.Decided):
        agreements.decide_dispute(dispute=dispute, outcome="again", by=cast.sun, at=NOW)


def test_a_write_off_is_proposed_and_decided_by_two(cast: Cast):
    bill = make_bill(cast.account)
    with pytest.raises(agreements.BadAmount):
        agreements.propose_write_off(bill=bill, amount=D(1001), reason="r", by=cast.credit, at=NOW)
    asked = agreements.propose_write_off(bill=bill, amount=D(1000), reason="破产清算", by=cast.credit, at=NOW)
    with pytest.raises(ledger.SamePerson):
        agreements.decide_write_off(request=asked, approve=True, by=cast.credit, at=NOW)
    agreements.decide_write_off(request=asked, approve=True, by=cast.sun, at=NOW)
    bill.refresh_from_db()
    assert bill.status == "WRITTEN_OFF"
    with pytest.raises(agreements.Decided):
        agreements.decide_write_off(request=asked, approve=False, by=cast.sun, at=NOW)


def exchange(cast: Cast) -> AcceptanceBill:
    facts: dict[str, Any] = {
        "account": cast.account,
        "number": "1302001234567",
        "acceptor": "东湖集团财务公司",
        "face": D(1000),
        "issued_on": date(2026, 11, 1),
        "due_on": day(180),
        "discount_rate": D("0.036"),
        "by": cast.credit,
        "at": NOW,
    }
    return acceptance.register(**facts)


def test_an_acceptance_bill_pays_and_its_dishonour_returns_the_debt(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 20))
    row = exchange(cast)
    with pytest.raises(acceptance.NumberTaken):
        exchange(cast)
    bill.refresh_from_db()
    assert bill.open_amount == 1000
    acceptance.take(bill=row, by=cast.credit, at=NOW)
    assert row.payment is not None
    assert (row.discount, row.payment.amount) == (D("18.00"), D("982.00"))
    bill.refresh_from_db()
    assert bill.open_amount == D("18.00")
    acceptance.note_discounted(bill=row, by=cast.credit, at=at(3))
    acceptance.dishonour(bill=row, reason="账户余额不足", by=cast.credit, at=at(180))
    bill.refresh_from_db()
    assert bill.open_amount == 1000
    assert MoneyNotice.objects.get().kind == "money.dishonour"
    with pytest.raises(IllegalMove):
        acceptance.note_paid(bill=row, by=cast.credit, at=at(181))


def prepaid_cast(cast: Cast, may_limit: bool = True) -> PrepaidContract:
    """4,000 yuan bought on 1 November; 20 days at about 823 kWh/day."""
    store_plain(make_meter(cast.account), date(2026, 10, 20), 32)
    assign_tariff(account=cast.account, code="GD-GZ-LV", valid_from=date(2024, 1, 1), by=cast.li, at=NOW)
    return prepaid.sign(
        account=cast.account,
        contract_no="YG-1",
        signed_on=date(2026, 11, 1),
        may_limit=may_limit,
        by=cast.credit,
        at=NOW,
    )


def test_the_balance_comes_from_readings_and_warns_once_a_level(cast: Cast):
    pay(cast.account, "40000.00", date(2026, 11, 1), "buy1")
    contract = prepaid_cast(cast)
    found = prepaid.look(contract=contract, at=NOW)
    assert found.balance.credit == D(40_000)
    assert 0 < found.balance.used < 40_000
    assert found.balance.used_until == date(2026, 11, 21)
    per_day = (found.balance.used / 20).quantize(D("1"))
    assert found.runs_out is not None
    assert abs((found.runs_out - START).days - int(found.balance.yuan / per_day)) <= 5
    before = MoneyNotice.objects.count()
    prepaid.look(contract=contract, at=at(0) + timedelta(hours=1))
    assert MoneyNotice.objects.count() == before


def test_limit_by_contract_only_by_two_and_lifted_when_bought(cast: Cast):
    contract = prepaid_cast(cast)
    assert contract.level == "OUT"
    assert list(MoneyNotice.objects.values_list("message__must_prove", flat=True)) == [True]
    prepaid.propose_limit(contract=contract, limit_kw=D(50), reason="余额用尽", by=cast.credit, at=NOW)
    with pytest.raises(ledger.SamePerson):
        prepaid.decide_limit(contract=contract, approve=True, note="", by=cast.credit, at=NOW)
    prepaid.decide_limit(contract=contract, approve=True, note="", by=cast.sun, at=NOW)
    with pytest.raises(prepaid.BalanceLeft):
        prepaid.lift_limit(contract=contract, note="", by=cast.credit, at=NOW)
    posting.post(
        account=cast.account,
        amount=D(90_000),
        channel="ONLINE",
        received_on=START,
        key="buy2",
        by=None,
        at=NOW,
    )
    contract.refresh_from_db()
    assert contract.level in ("FINE", "FIRST")
    prepaid.lift_limit(contract=contract, note="已购电", by=cast.credit, at=NOW)
    assert contract.status == "RUNNING"


def test_no_limit_without_the_contract_or_with_a_balance(cast: Cast):
    contract = prepaid_cast(cast, may_limit=False)
    with pytest.raises(prepaid.NotByContract):
        prepaid.propose_limit(contract=contract, limit_kw=D(50), reason="r", by=cast.credit, at=NOW)
    with pytest.raises(prepaid.ContractOpen):
        prepaid.sign(account=cast.account, contract_no="2", signed_on=START, may_limit=True, by=cast.credit, at=NOW)
    prepaid.end(contract=contract, note="改为后付", by=cast.credit, at=NOW)
    pay(cast.account, "90000.00", date(2026, 11, 1), "buy1")
    other = prepaid.sign(
        account=cast.account, contract_no="2", signed_on=date(2026, 11, 1), may_limit=True, by=cast.credit, at=NOW
    )
    with pytest.raises(prepaid.BalanceLeft):
        prepaid.propose_limit(contract=other, limit_kw=D(50), reason="r", by=cast.credit, at=NOW)


def test_an_instalment_is_reminded_once(cast: Cast):
    make_bill(cast.account, due_on=date(2026, 11, 1))
    plan = agreements.decide_plan(plan=plan_of(cast, (10, 1000)), approve=True, note="", by=cast.sun, at=NOW)
    assert telling.remind_instalment(plan=plan, by=None, at=NOW) is None
    first = telling.remind_instalment(plan=plan, by=None, at=at(6))
    assert first is not None
    assert telling.remind_instalment(plan=plan, by=None, at=at(7)) == first
    assert plan.status == rules.PlanStatus.ACTIVE
