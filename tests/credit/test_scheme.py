"""What a grade is made of (CRE-1); figures worked by hand, schemes from DOMAIN 7.1."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.credit.rules.history import BillFact, Fact, FactKind, History, Instalment, months_before
from kam.credit.rules.indicators import Indicator, Window
from kam.credit.rules.scheme import BadScheme, capped, fell, grade, scheme_of
from kam.credit.rules.schemes import FIRST_SCHEMES, OURS, WUHAN

AT = date(2026, 11, 1)
KAM, HAN = scheme_of(OURS.body), scheme_of(WUHAN.body)


def bills(count: int = 24, *, days: int = -3, amount: str = "10000.00", last: date = date(2026, 10, 20)):
    """`count` monthly bills, the last due on `last`, each paid `days` after its due date."""
    found = []
    for place in range(count):
        due = months_before(last, count - 1 - place)
        found.append(BillFact(place + 1, due, Decimal(amount), ((due + timedelta(days=days), Decimal(amount)),)))
    return found


def measured(history: History, indicator: Indicator, at: date = AT):
    return next(part for part in grade(history, at, KAM).parts if part.indicator == indicator)


def test_the_schemes_that_come_along_can_grade():
    for first in FIRST_SCHEMES:
        assert sum(weight.max_points for weight in scheme_of(first.body).weights) == 100


def test_paid_in_time_for_two_years_is_the_best_grade():
    history = History(bills(amount="900000.00"), since=date(2015, 1, 1))
    found = grade(history, AT, KAM)
    assert (found.grade, found.points, found.vetoes) == ("AAA", Decimal("100.0"), ())


def test_the_last_day_is_in_time_and_the_day_after_is_late():
    assert measured(History(bills(days=0)), Indicator.ON_TIME).measured.value == 1
    late = measured(History(bills(days=1)), Indicator.ON_TIME)
    assert late.measured.value == 0
    assert late.measured.bills == tuple(range(13, 25))  # the newest twelve of the bills behind it


def test_days_late_are_weighted_by_amount():
    # 30,000 ten days late, 10,000 two days: (300,000 + 20,000) / 40,000 = 8 days
    due = date(2026, 9, 1)
    two = [
        BillFact(1, due, Decimal("30000"), ((due + timedelta(10), Decimal("30000")),)),
        BillFact(2, due, Decimal("10000"), ((due + timedelta(2), Decimal("10000")),)),
    ]
    assert measured(History(two), Indicator.DAYS_LATE).measured.value == pytest.approx(8)


def test_part_payments_count_by_the_day_each_came_and_the_rest_until_today():
    # 40,000 due on 20 October: 15,000 ten days late, 25,000 open for 12 days: 150,000 + 300,000 = 450,000 / 40,000
    due = date(2026, 10, 20)
    one = BillFact(1, due, Decimal("40000"), ((date(2026, 10, 30), Decimal("15000")),))
    found = measured(History([one]), Indicator.DAYS_LATE)
    assert found.measured.value == pytest.approx(11.25)
    arrears = measured(History([one]), Indicator.ARREARS)
    assert arrears.measured.lift == ("pay", "25000.00")
    assert measured(History([one]), Indicator.ARREARS_AGE).measured.value == 12


def test_a_contested_bill_is_left_out():
    one = BillFact(1, date(2026, 9, 1), Decimal("40000"), contested=True)
    found = grade(History([*bills(), one]), AT, KAM)
    assert found.vetoes == ()
    assert measured(History([*bills(), one]), Indicator.ARREARS).measured.value == 0


def test_what_lies_before_the_window_and_after_the_day_does_not_count():
    old = BillFact(90, date(2023, 1, 1), Decimal("1000"), ((date(2023, 3, 1), Decimal("1000")),))
    later = BillFact(91, date(2026, 12, 1), Decimal("1000"))
    seen = Window(History([*bills(), old, later]), AT, 24)
    assert {bill.id for bill in seen.due} == set(range(1, 25))


def test_one_open_bill_keeps_from_the_best_grades_and_thirty_days_lead_to_c():
    paid = bills(23, last=date(2026, 9, 20))
    open_bill = BillFact(99, date(2026, 10, 25), Decimal("100"))
    found = grade(History([*paid, open_bill], since=date(2015, 1, 1)), AT, KAM)
    assert found.grade == "A"
    assert found.points >= 84
    assert [(one.veto.value, one.bills) for one in found.vetoes] == [("OPEN_IN_PERIOD", (99,))]
    older = open_bill._replace(due=date(2026, 9, 30))  # 32 days
    assert grade(History([*paid, older]), AT, KAM).grade == "C"
    assert grade(History([*paid, older._replace(due=date(2026, 10, 2))]), AT, KAM).grade == "A"  # 30 days: not over


@pytest.mark.parametrize(
    "fact,days,expected",
    [
        (FactKind.THEFT, 100, "D"),
        (FactKind.THEFT, 800, "AA"),
        (FactKind.ILLEGAL_USE, 100, "C"),
        (FactKind.ILLEGAL_USE, 400, "AA"),  # a year is over; the points are still less
        (FactKind.DISHONOURED, 100, "B"),
    ],
)
def test_facts_that_no_points_outweigh(fact, days, expected):
    history = History(bills(), facts=(Fact(5, fact, AT - timedelta(days=days)),), since=date(2015, 1, 1))
    found = grade(history, AT, KAM)
    assert found.grade in (expected, "AAA" if expected == "AA" else expected)
    assert all(one.facts == (5,) for one in found.vetoes)


def test_a_mended_hazard_no_longer_strikes():
    stands = Fact(1, FactKind.HAZARD, date(2026, 5, 1))
    history = History(bills(), facts=(stands,), since=date(2015, 1, 1))
    assert grade(history, AT, KAM).grade == "C"
    mended = replace(history, facts=(stands._replace(mended=date(2026, 10, 1)),))
    assert grade(mended, AT, KAM).grade in ("AAA", "AA")


def test_plans_and_signs_from_outside():
    broken = (Instalment(date(2026, 9, 1), True), Instalment(date(2026, 10, 1), False))
    found = measured(History(bills(), instalments=broken), Indicator.PLANS_KEPT)
    assert (found.measured.value, found.points) == (0.5, 0)
    sign = measured(History(bills(), facts=(Fact(3, FactKind.OUTSIDE, date(2026, 6, 1), weight=3),)), Indicator.OUTSIDE)
    assert (sign.points, sign.measured.facts) == (0, (3,))


def test_a_new_customer_is_not_graded_by_points():
    found = grade(History(bills(5)), AT, KAM)
    assert (found.new, found.grade) == (True, "A")
    assert grade(History(bills(6)), AT, KAM).new is False
    assert grade(History([]), AT, HAN).grade == "B"  # Wuhan: new customers are treated as B


# ---- Wuhan 2005, DOMAIN 7.1 ------------------------------------------------------------------------------------


def test_wuhan_bands():
    assert [HAN.by_points(Decimal(points)) for points in ("100", "90", "89.9", "70", "69.9", "0")] == list("AABBCC")


def test_wuhan_unpaid_is_not_a_and_three_months_are_c():
    paid = bills(12, last=date(2026, 9, 20))
    unpaid = BillFact(99, date(2026, 10, 25), Decimal("1"))
    assert grade(History(bills(12)), AT, HAN).grade == "A"
    assert grade(History([*paid, unpaid]), AT, HAN).grade == "B"
    assert grade(History([*paid, unpaid._replace(due=date(2026, 8, 1))]), AT, HAN).grade == "C"


def test_wuhan_old_debt_without_a_kept_plan_is_c():
    debt = BillFact(99, date(2025, 12, 1), Decimal("1"))
    kept = (Instalment(date(2026, 9, 1), True),)
    assert "OLD_DEBT" in {one.veto for one in grade(History([*bills(12), debt]), AT, HAN).vetoes}
    planned = grade(History([*bills(12), debt], instalments=kept), AT, HAN)
    assert "OLD_DEBT" not in {one.veto for one in planned.vetoes}


def test_wuhan_last_year_c_is_at_most_b_this_year():
    history = History(bills(12))
    assert grade(history, AT, HAN, [(date(2026, 1, 1), "C")]).grade == "B"
    assert grade(history, AT, HAN, [(date(2025, 1, 1), "C"), (date(2025, 6, 1), "B")]).grade == "A"


# ---- the rise ---------------------------------------------------------------------------------------------------


def test_one_grade_in_six_months_upwards_and_any_number_down():
    earlier = [(date(2026, 5, 1), "C")]
    assert capped("AAA", AT, KAM, earlier) == "B"
    risen = [*earlier, (date(2026, 8, 1), "B")]
    assert capped("AAA", date(2027, 1, 31), KAM, risen) == "B"
    assert capped("AAA", date(2027, 2, 1), KAM, risen) == "A"  # C has not held for six months
    assert capped("D", AT, KAM, [(date(2026, 5, 1), "AAA")]) == "D"
    assert capped("AAA", AT, KAM, []) == "AAA"


GRADES = st.lists(st.sampled_from(KAM.grades), min_size=1, max_size=30)


@given(GRADES)
def test_a_rise_is_never_steeper_than_the_scheme_allows(found):
    """Whatever the points say month after month, no six months bring more than one grade."""
    held: list[tuple[date, str]] = []
    for place, one in enumerate(found):
        at = months_before(date(2026, 11, 1), len(found) - place)
        held.append((at, capped(one, at, KAM, held)))
    for begin in range(len(held)):
        for end in range(begin, min(begin + 6, len(held))):
            assert KAM.rank(held[begin][1]) - KAM.rank(held[end][1]) <= 1


PAID = st.lists(st.integers(-20, 60), min_size=0, max_size=24)


@given(PAID)
def test_the_same_history_gives_the_same_grade_and_points_within_a_hundred(days):
    rows = [bill for late in days for bill in bills(1, days=late)]
    history = History([bill._replace(id=place) for place, bill in enumerate(rows)])
    first, again = grade(history, AT, KAM), grade(history, AT, KAM)
    assert first == again
    assert 0 <= first.points <= 100
    assert first.points == sum(part.points for part in first.parts)


@given(PAID, st.integers(0, 23))
def test_paying_a_bill_earlier_never_costs_points(days, which):
    if not days:
        return
    place = which % len(days)
    better = [*days[:place], min(days[place], 0), *days[place + 1 :]]

    def points(rows):
        return grade(History([bill for late in rows for bill in bills(1, days=late)]), AT, KAM).points

    assert points(better) >= points(days)


# ---- tables that cannot grade -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change,code",
    [
        ({"bands": {**OURS.body["bands"], "AA": 99}}, "bands_order"),
        ({"bands": {**OURS.body["bands"], "D": 10}}, "bands_end"),
        ({"indicators": OURS.body["indicators"][1:]}, "not_hundred"),
        ({"indicators": [{"code": "LUCK", "max_points": 100, "scale": [[0, 1]]}]}, "unknown_indicator"),
        ({"indicators": [{"code": "ON_TIME", "max_points": 100, "scale": [[1, 0], [0, 1]]}]}, "scale_order"),
        ({"indicators": [{"code": "ON_TIME", "max_points": 100, "scale": [[0, 0], [1, 2]]}]}, "scale_share"),
        ({"vetoes": [{"code": "FACT", "kind": "THEFT", "at_best": "Z"}]}, "unknown_grade"),
        ({"new": {"months": 6, "grade": "Z"}}, "unknown_grade"),
        ({"grades": "x"}, "unreadable"),
        ({"indicators": None}, "unreadable"),
    ],
)
def test_a_table_that_cannot_grade_is_refused(change, code):
    with pytest.raises(BadScheme) as refused:
        scheme_of({**OURS.body, **change})
    assert refused.value.code == code


def test_a_grade_falls_in_the_order_of_the_scheme_and_not_of_the_alphabet():
    grades = ("AAA", "AA", "A", "B")
    assert fell(grades, "AAA", "A")
    assert fell(grades, "AA", "B")
    assert not fell(grades, "A", "AAA")
    assert not fell(grades, "A", "A")
    assert not fell(grades, "★★★★", "A")  # of another scheme: nobody can say
