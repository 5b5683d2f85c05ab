"""The procedure on the supply, step by step (DOMAIN 1.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.credit.rules.supply import (
    OPEN,
    STEPS,
    Facts,
    Guard,
    Level,
    Periods,
    Step,
    days_between,
    first_cut,
    may_be_cut,
    problems,
    reconnect_by,
)
from kam.metering.rules.daykinds import DayKind, kind_of

ZONE = ZoneInfo("Asia/Shanghai")
RULES = Periods()


def workday(day: date) -> bool:
    return kind_of(day) == DayKind.WORKDAY


def at(day: int, hour: int = 10, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


# Due on 1 October; notice proven on Monday the 9th, cut told for Tuesday the 17th at 10:00.
READY = Facts(
    owed=Decimal("85000.00"),
    oldest_due=date(2026, 10, 1),
    important=False,
    demanded_at=at(5, month=10),
    submitted_by=1,
    approver=2,
    approver_level=Level.ORDINARY,
    cut_at=at(17),
    notice_proven_at=at(9),
    warned_at=at(17, 9, 20),
)


def against(facts: Facts, to: Step, moment: datetime | None = None) -> list[Guard]:
    return problems(facts, to, moment or at(17), ZONE, RULES, workday)


def test_every_guard_met_the_supply_is_cut():
    assert against(READY, Step.CUT) == []


@pytest.mark.parametrize(
    "change,to,guard",
    [
        ({"owed": Decimal(0), "oldest_due": None}, Step.SUBMITTED, Guard.NOTHING_OWED),
        ({"demanded_at": None}, Step.DEMANDED, Guard.NO_DEMAND),
        ({"demanded_at": None}, Step.CUT, Guard.NO_DEMAND),
        ({"approver": 1}, Step.APPROVED, Guard.SAME_PERSON),
        ({"approver_level": Level.NONE}, Step.APPROVED, Guard.LEVEL),
        ({"important": True}, Step.APPROVED, Guard.LEVEL),
        ({"cut_at": None}, Step.NOTICED, Guard.NO_TIME),
        ({"notice_proven_at": None}, Step.WARNED, Guard.NOTICE_UNPROVEN),
        ({"notice_proven_at": at(10, 11)}, Step.WARNED, Guard.NOTICE_DAYS),
        ({"important": True}, Step.WARNED, Guard.NOT_REPORTED),
        ({"important": True}, Step.CUT, Guard.NOT_REPORTED),
        ({}, Step.REPORTED, Guard.REPORT_NEEDLESS),
        ({"warned_at": None}, Step.CUT, Guard.WARNING_MISSING),
        ({"warned_at": at(17, 9, 31)}, Step.CUT, Guard.WARNING_MINUTES),
        ({}, Step.CLEARED, Guard.STILL_OWED),
    ],
)
def test_each_guard(change, to, guard):
    assert guard in against(replace(READY, **change), to)


def test_thirty_days_are_not_more_than_thirty():
    due = replace(READY, oldest_due=date(2026, 10, 2))
    assert Guard.NOT_YET_30_DAYS in against(due, Step.SUBMITTED, at(1))  # the 30th day
    assert against(due, Step.SUBMITTED, at(2)) == []  # the 31st


def test_the_pledge_of_seven_days_goes_before_the_three_of_law():
    told = replace(READY, notice_proven_at=None, cut_at=at(17))
    assert against(told, Step.NOTICED, at(10)) == []
    assert against(told, Step.NOTICED, at(10, 10, 1)) == [Guard.NOTICE_DAYS]  # a minute less than seven days
    by_law = replace(RULES, pledge_days=0)
    assert problems(told, Step.NOTICED, at(13), ZONE, by_law, workday) == []


@pytest.mark.parametrize(
    "moment,guards",
    [
        (at(17, 8, 59), [Guard.HOURS]),
        (at(17, 16), [Guard.HOURS]),
        (at(20), [Guard.DAY_OFF]),  # a Friday: the day after is off
        (at(21), [Guard.DAY_OFF]),
        (at(30, month=9), [Guard.DAY_OFF]),  # the day before the National Day holiday
        (datetime(2026, 9, 19, 10, tzinfo=ZONE), [Guard.DAY_OFF]),
        (at(19), []),
    ],
)
def test_not_at_night_not_on_and_not_before_a_day_off(moment, guards):
    assert may_be_cut(moment, ZONE, RULES, workday) == guards


def test_the_hour_that_was_told_and_no_other():
    early = replace(READY, warned_at=at(17, 9))
    assert Guard.TOO_EARLY in against(early, Step.CUT, at(17, 9, 45))
    assert against(early, Step.CUT, at(17, 13)) == []
    assert Guard.TIME_PASSED in against(early, Step.CUT, at(17, 13, 1))
    assert Guard.TIME_PASSED in against(early, Step.CUT, at(18))
    assert against(READY, Step.WARNED, at(16)) == [Guard.WARNING_TOO_EARLY]


def test_paid_or_excused_clears_and_the_clock_runs_for_24_hours():
    assert against(replace(READY, owed=Decimal(0)), Step.CLEARED) == []
    assert against(replace(READY, excused=True), Step.CLEARED) == []
    assert reconnect_by(at(17), RULES) == at(18)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)))
def test_the_first_hour_proposed_is_always_allowed(told):
    moment = first_cut(told, ZONE, RULES, workday)
    assert may_be_cut(moment, ZONE, RULES, workday) == []
    assert days_between(told, moment, ZONE) >= 7
    assert moment - told < timedelta(days=30)


# ---- no step can be skipped ------------------------------------------------------------------------------------

PATH = [Step.OPENED, Step.DEMANDED, Step.SUBMITTED, Step.APPROVED, Step.NOTICED, Step.WARNED, Step.CUT]


def reachable(cut: set[tuple[Step, Step]]) -> set[Step]:
    """Statuses that can be reached from OPENED without the steps in `cut`."""
    seen, todo = set(), [Step.OPENED]
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        todo += [Step(to) for to in STEPS[here] if (here, Step(to)) not in cut]
    return seen


@pytest.mark.parametrize("skipped", PATH[1:-1])
def test_without_any_one_of_the_steps_the_supply_is_never_cut(skipped):
    into = {(step, skipped) for step in Step}
    assert Step.CUT not in reachable(into)


def test_after_a_cut_only_reconnection_follows():
    assert STEPS[Step.CUT] == {Step.CLEARED}
    assert STEPS[Step.CLEARED] == {Step.RECONNECTED}
    assert {step for step in Step if not STEPS[step]} == {Step.RECONNECTED, Step.STOPPED, Step.REFUSED}
    assert all(Step.STOPPED in STEPS[step] for step in OPEN if step not in (Step.CUT, Step.CLEARED))
