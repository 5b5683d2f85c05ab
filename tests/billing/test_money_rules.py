"""Penalty, allocation and ageing (CRE-4): worked figures of DOMAIN 1.4, and what must hold for any figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam.billing.rules.ageing import BadBuckets, ageing, bounds
from kam.billing.rules.allocation import Open, TooMuch, UnknownBill, allocate
from kam.billing.rules.penalty import NoRate, Rates, Settled, daily, penalty

D = Decimal
LAW = (Rates(date(1996, 10, 8), None, D("0.001"), D("0.002"), D("0.003")),)


def bears(amount: str, due: date, paid: date, *parts: Settled, **more):
    return penalty(D(amount), due, parts or [Settled(paid, D(amount))], until=paid, rates=LAW, **more)


def test_l1_days_of_the_next_year_cost_more():
    found = bears("100000.00", date(2025, 12, 15), date(2026, 1, 10))
    assert [(part.days, part.yuan) for part in found.stretches] == [(16, D("3200.00000")), (10, D("3000.00000"))]
    assert found.yuan == D("6200.00")


def test_l2_within_one_year():
    assert bears("85000.00", date(2026, 6, 20), date(2026, 7, 5)).yuan == D("2550.00")


def test_l3_the_exam_case():
    first = bears("2000", date(2000, 12, 15), date(2001, 1, 18))
    second = bears("3000", date(2001, 1, 15), date(2001, 1, 18))
    assert (first.yuan, second.yuan) == (D("172.00"), D("18.00"))


def test_l4_residential_with_and_without_the_minimum():
    case = ("260.00", date(2026, 6, 30), date(2026, 7, 2))
    assert bears(*case, residential=True).yuan == D("0.52")
    with_minimum = bears(*case, residential=True, minimum=D(1))
    assert (with_minimum.yuan, with_minimum.minimum_applied) == (D("1.00"), True)


def test_the_minimum_makes_nothing_out_of_nothing():
    assert bears("260.00", date(2026, 6, 30), date(2026, 6, 30), minimum=D(1)).yuan == D("0.00")


def test_l5_part_payment_by_balance():
    paid = date(2026, 4, 4)
    parts = (Settled(date(2026, 3, 30), D(15000)), Settled(paid, D(25000)))
    found = bears("40000.00", date(2026, 3, 20), paid, *parts)
    assert [(part.days, part.balance, part.yuan) for part in found.stretches] == [
        (10, D("40000.00"), D("800.00000")),
        (5, D("25000.00"), D("250.00000")),
    ]
    assert found.yuan == D("1050.00")


def test_a_new_rate_holds_from_its_own_day():
    rates = (
        Rates(date(2026, 7, 1), None, D("0.001"), D("0.001"), D("0.001")),
        Rates(date(1996, 1, 1), date(2026, 7, 1), D("0.001"), D("0.002"), D("0.003")),
    )
    found = penalty(D(1000), date(2026, 6, 28), [], until=date(2026, 7, 2), rates=rates)
    assert [(part.days, part.rate) for part in found.stretches] == [(2, D("0.002")), (2, D("0.001"))]
    with pytest.raises(NoRate):
        penalty(D(1000), date(1980, 6, 28), [], until=date(1980, 7, 2), rates=rates)


DUE = date(2024, 11, 20)
cents = st.integers(0, 10**9).map(lambda n: D(n) / 100)
parts = st.lists(st.tuples(st.integers(-40, 500), st.integers(0, 10**7)), max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cents, parts, st.integers(-10, 500), st.integers(0, 90), st.booleans())
def test_penalty_is_the_sum_of_its_days(amount, paid, until, more, residential):
    settled, left = [], amount
    for day, part in sorted(paid):
        take = min(left, D(part) / 100)
        settled.append(Settled(DUE + timedelta(days=day), take))
        left -= take

    def to(days: int) -> D:
        stop = DUE + timedelta(days=days)
        return penalty(amount, DUE, settled, until=stop, rates=LAW, residential=residential).exact

    total = D(0)
    for n in range(until + 1, until + more + 1):
        day = DUE + timedelta(days=n)
        balance = amount - sum((one.amount for one in settled if one.on < day), D(0))
        total += daily(balance, DUE, day, LAW, residential=residential)
    assert to(until + more) - to(until) == total
    assert to(0) == 0


opened = st.lists(
    st.builds(
        Open,
        bill_id=st.integers(1, 10**6),
        due_on=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
        amount=st.integers(1, 10**9).map(lambda n: D(n) / 100),
    ),
    max_size=8,
    unique_by=lambda one: one.bill_id,
)


@given(cents, opened)
def test_allocation_loses_and_makes_no_cent(amount, bills):
    shares, rest = allocate(amount, bills)
    assert sum((share.amount for share in shares), rest) == amount
    by_id = {one.bill_id: one for one in bills}
    assert all(0 < share.amount <= by_id[share.bill_id].amount for share in shares)
    assert not rest or sum((share.amount for share in shares), D(0)) == sum((one.amount for one in bills), D(0))
    # Oldest first: only the last bill that got something may be left partly open.
    assert all(share.amount == by_id[share.bill_id].amount for share in shares[:-1])
    assert [by_id[share.bill_id].due_on for share in shares] == sorted(by_id[share.bill_id].due_on for share in shares)


def test_a_payment_goes_where_it_is_told():
    bills = [Open(1, date(2026, 1, 1), D(100)), Open(2, date(2026, 2, 1), D(100))]
    shares, rest = allocate(D(150), bills, {2: D(100)})
    assert [(share.bill_id, share.amount) for share in shares] == [(2, D(100))]
    assert rest == 50
    with pytest.raises(TooMuch):
        allocate(D(150), bills, {2: D(101)})
    with pytest.raises(TooMuch):
        allocate(D(50), bills, {1: D(30), 2: D(30)})
    with pytest.raises(UnknownBill):
        allocate(D(50), bills, {3: D(30)})


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2026, 12, 31)), cents), max_size=30))
def test_ages_add_up(rows):
    found = ageing(rows, date(2026, 6, 30), [30, 60, 90, 180, 365])
    assert found.total == sum((amount for _due, amount in rows), D(0))
    assert found.total == found.not_due.amount + sum((bucket.amount for bucket in found.buckets), D(0))
    assert found.invoices == len(rows)


def test_bucket_edges():
    assert bounds([30, 60]) == [(1, 30), (31, 60), (61, None)]
    at = date(2026, 6, 30)
    rows = [(at - timedelta(days=days), D(1)) for days in (-1, 0, 1, 30, 31, 61, 400)]
    found = ageing(rows, at, [30, 60])
    assert [found.not_due.invoices, *(bucket.invoices for bucket in found.buckets)] == [2, 2, 1, 2]
    for wrong in ([30, 30], [0], [60, 30], [True]):
        with pytest.raises(BadBuckets):
            bounds(wrong)
