"""Quotas in plain Python against a plain count of days (VIS-1, VIS-4)."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.visits.rules.lifecycle import STEPS, Status
from kam.visits.rules.quota import (
    ALWAYS,
    Period,
    Quota,
    days_on,
    frame,
    owed_in,
    quarter_of,
    whole,
    year_of,
)
from kam.visits.rules.quota import Status as Standing
from kam.visits.rules.series import MOST_DATES, Step, dates_of

COMPANY = Quota(10, 3)  # VIS-1
DAYS = st.dates(date(2023, 11, 1), date(2025, 3, 1))  # a leap day and two year ends
SPANS = st.lists(
    st.tuples(DAYS, st.one_of(st.none(), DAYS)).filter(lambda span: span[1] is None or span[1] > span[0]), max_size=4
)


def all_days(period: Period):
    return [period.start + timedelta(days=n) for n in range(period.days)]


def holds(spans, day):
    return any(start <= day and (until is None or day < until) for start, until in spans)


@pytest.mark.parametrize(
    ("day", "quarter", "days"),
    [
        (date(2026, 1, 1), Period(date(2026, 1, 1), date(2026, 4, 1)), 90),
        (date(2024, 2, 29), Period(date(2024, 1, 1), date(2024, 4, 1)), 91),
        (date(2026, 9, 30), Period(date(2026, 7, 1), date(2026, 10, 1)), 92),
        (date(2026, 12, 31), Period(date(2026, 10, 1), date(2027, 1, 1)), 92),
    ],
)
def test_quarters(day, quarter, days):
    assert (quarter_of(day), quarter.days) == (quarter, days)


@given(day=DAYS)
def test_four_quarters_make_the_year(day):
    year, quarter = year_of(day), quarter_of(day)
    assert day in all_days(quarter)
    assert year.start <= quarter.start
    assert quarter.until <= year.until
    assert sum(quarter_of(date(day.year, month, 1)).days for month in (1, 4, 7, 10)) == year.days


@given(on=SPANS, off=SPANS, day=DAYS)
def test_days_on_duty_are_what_a_walk_over_the_days_counts(on, off, day):
    for period in (year_of(day), quarter_of(day)):
        plain = sum(holds(on, one) and not holds(off, one) for one in all_days(period))
        assert days_on(on, off, period) == plain


@given(on=SPANS, off=SPANS, day=DAYS, change=DAYS)
def test_each_day_on_duty_owes_its_share_of_the_quota_of_that_day(on, off, day, change):
    quotas = [Quota(10, 3, valid_until=change), Quota(12, 4, valid_from=change)]
    for period, before, after in ((year_of(day), 10, 12), (quarter_of(day), 3, 4)):
        plain = sum(
            Fraction(before if one < change else after, period.days)
            for one in all_days(period)
            if holds(on, one) and not holds(off, one)
        )
        assert owed_in(quotas, on, off, period) == plain


@pytest.mark.parametrize(
    ("on", "off", "exact", "required"),
    [
        ([ALWAYS], [], Fraction(10), 10),
        ([(date(2026, 7, 1), None)], [], Fraction(1840, 365), 5),  # entry: 184 of 365 days, 5.04
        ([(date.min, date(2026, 3, 1))], [], Fraction(590, 365), 2),  # left: 59 days, 1.62
        ([ALWAYS], [(date(2026, 3, 1), date(2026, 6, 1))], Fraction(2730, 365), 7),  # leave of 92 days, 7.48
    ],
)
def test_entry_leaving_and_leave_scale_the_year(on, off, exact, required):
    owed = owed_in([COMPANY], on, off, year_of(date(2026, 5, 5)))
    assert (owed, whole(owed)) == (exact, required)


def test_half_a_visit_is_a_whole_one():
    assert [whole(Fraction(n, 4)) for n in (1, 2, 3, 6)] == [0, 1, 1, 2]


def stand(day, *, made, planned=0, over=False, on=(ALWAYS,)):
    period = quarter_of(day)
    return frame([COMPANY], on, [], period, at=day, day_over=over).progress(made, planned)


@pytest.mark.parametrize(
    ("day", "made", "planned", "over", "status"),
    [
        (date(2026, 1, 2), 0, 0, False, Standing.ON_TRACK),
        (date(2026, 1, 31), 0, 0, False, Standing.AT_RISK),  # one was due by the end of January
        (date(2026, 1, 31), 0, 3, False, Standing.ON_TRACK),  # but all are in the calendar
        (date(2026, 2, 14), 1, 0, False, Standing.ON_TRACK),
        (date(2026, 3, 28), 2, 0, False, Standing.AT_RISK),
        (date(2026, 3, 31), 2, 0, False, Standing.AT_RISK),  # today can still be used
        (date(2026, 3, 31), 2, 0, True, Standing.MISSED),
        (date(2026, 3, 31), 3, 0, True, Standing.MET),
        (date(2026, 2, 1), 4, 0, False, Standing.MET),
    ],
)
def test_how_a_quarter_stands(day, made, planned, over, status):
    assert stand(day, made=made, planned=planned, over=over).status == status


def test_the_pace_needed_and_the_forecast():
    half = stand(date(2026, 2, 15), made=1)  # 45 days are over, 45 are left
    assert (half.owed, half.to_plan, half.left) == (2, 2, 45)
    assert half.per_week == pytest.approx(2 * 7 / 45)
    assert half.forecast == 2  # as many again as were made
    assert stand(date(2026, 2, 15), made=1, planned=2).forecast == 3


def test_who_has_left_owes_what_was_due_until_then():
    gone = stand(date(2026, 3, 10), made=0, on=[(date.min, date(2026, 2, 1))])
    assert (gone.required, gone.left, gone.status) == (1, 0, Standing.MISSED)


def test_every_status_of_a_visit_is_known():
    assert set(STEPS) == set(Status)
    assert {after for nexts in STEPS.values() for after in nexts} <= set(STEPS)
    assert STEPS[Status.REVIEWED] == frozenset()


def test_the_31st_falls_on_the_last_day_of_shorter_months():
    days = dates_of(date(2024, 1, 31), date(2024, 6, 1), Step.MONTHS, 1)
    assert [day.isoformat()[5:] for day in days] == ["01-31", "02-29", "03-31", "04-30", "05-31"]


def test_a_series_leaves_its_exceptions_out():
    days = dates_of(date(2026, 12, 22), date(2027, 1, 10), Step.WEEKS, 1, [date(2026, 12, 29)])
    assert days == [date(2026, 12, 22), date(2027, 1, 5)]


@given(first=DAYS, every=st.integers(1, 12), step=st.sampled_from(list(Step)), length=st.integers(1, 800))
def test_a_series_is_in_order_and_bounded(first, every, step, length):
    days = dates_of(first, first + timedelta(days=length), step, every)
    assert days[0] == first
    assert days == sorted(set(days))
    assert len(days) <= MOST_DATES
