"""Which promise holds, and how well it is kept (SRV-2, SRV-9)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.service_desk.rules.distance import Point, kilometres
from kam.service_desk.rules.lifecycle import STEPS, Status
from kam.service_desk.rules.promises import (
    FIRST_PROMISES,
    Bound,
    Given,
    Step,
    Verdict,
    holding,
    scores,
    strictest,
    verdict,
)
from kam.service_desk.rules.working_time import hours_of

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = hours_of([["08:30", "12:00"], ["13:30", "17:30"]], ZONE)
ROWS = [Bound(number, figure) for number, figure in enumerate(FIRST_PROMISES, 1)]
BEGIN = datetime(2026, 3, 9, 10, tzinfo=ZONE)


def due_of(step: Step, *, kind: str, place: str = "", supply: str = "", province: str = "") -> tuple[str, datetime]:
    held = holding(ROWS, kind=kind, place=place, supply=supply, province=province)[step]
    row, at = strictest(held, BEGIN, [], HOURS)
    return row.figure.province, at


@pytest.mark.parametrize(
    "place, arrive, restore",
    [("TOWN", 30, 240), ("COUNTRY", 60, 240), ("REMOTE", 90, 360)],
)
def test_faults_by_place(place: str, arrive: int, restore: int):
    """SRV-2: town 30 min there and 4 h restored, country 60 min, remote 90 min and 6 h."""
    assert due_of(Step.ARRIVE, kind="FAULT", place=place)[1] == BEGIN + timedelta(minutes=arrive)
    assert due_of(Step.RESTORE, kind="FAULT", place=place)[1] == BEGIN + timedelta(minutes=restore)


def test_a_complaint_is_contacted_in_24_hours_and_answered_in_5_workdays():
    assert due_of(Step.CONTACT, kind="COMPLAINT")[1] == BEGIN + timedelta(hours=24)
    assert due_of(Step.ANSWER, kind="COMPLAINT")[1] == datetime(2026, 3, 16, 17, 30, tzinfo=ZONE)


def test_a_provinces_law_holds_where_it_is_stricter_and_loosens_nothing():
    # Henan decides complaints in 3 working days; Shanghai's 60 minutes do not loosen the company's 30.
    assert due_of(Step.ANSWER, kind="COMPLAINT", province="HA") == ("HA", datetime(2026, 3, 12, 17, 30, tzinfo=ZONE))
    assert due_of(Step.ARRIVE, kind="FAULT", place="TOWN", province="SH") == ("", BEGIN + timedelta(minutes=30))


@pytest.mark.parametrize(("supply", "days"), [("LV", 6), ("HV_SINGLE", 22), ("HV_DUAL", 32), ("CHANGE", 5)])
def test_applications_by_supply(supply: str, days: int):
    """DOMAIN 2.4 item 6; counted here day by day."""
    from kam.service_desk.rules.working_time import is_workday

    day, left = BEGIN.date(), days
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    expected = datetime(day.year, day.month, day.day, 17, 30, tzinfo=ZONE)
    assert due_of(Step.CONNECT, kind="APPLICATION", supply=supply)[1] == expected


def test_a_fault_is_accepted_by_its_own_promise_and_not_by_the_general_one():
    assert due_of(Step.ACCEPT, kind="FAULT", place="TOWN")[1] == BEGIN + timedelta(minutes=5)
    assert due_of(Step.ACCEPT, kind="QUESTION")[1] == datetime(2026, 3, 9, 12, tzinfo=ZONE)


def test_every_promise_names_its_source():
    assert all(figure.source and figure.figure > 0 for figure in FIRST_PROMISES)
    assert len({(figure.code, figure.province) for figure in FIRST_PROMISES}) == len(FIRST_PROMISES)


def test_what_is_due_and_not_met_is_late_before_anybody_says_so():
    one = Given("a", due_at=BEGIN, met_at=None)
    assert verdict(one, BEGIN) == Verdict.OPEN
    assert verdict(one, BEGIN + timedelta(seconds=1)) == Verdict.LATE
    assert verdict(Given("a", BEGIN, BEGIN), BEGIN + timedelta(days=9)) == Verdict.KEPT
    assert verdict(Given("a", BEGIN, BEGIN + timedelta(seconds=1)), BEGIN) == Verdict.LATE
    assert verdict(Given("a", BEGIN, None, paused=True), BEGIN + timedelta(days=9)) == Verdict.OPEN


OFFSETS = st.integers(-500, 500).map(lambda n: BEGIN + timedelta(minutes=n))


@given(st.lists(st.builds(Given, st.sampled_from("abc"), OFFSETS, st.none() | OFFSETS, st.booleans())), OFFSETS)
def test_owed_is_kept_and_late_and_open(rows, now):
    found = scores(rows, ["a", "b", "c", "d"], now)
    assert [one.code for one in found] == ["a", "b", "c", "d"]
    assert sum(one.owed for one in found) == len(rows)
    for one in found:
        assert one.owed == one.kept + one.late + one.open
        assert (one.share_kept is None) == (one.kept + one.late == 0)


def test_the_way_from_one_place_to_another():
    # Beijing to Shanghai, great circle 1,067 km.
    assert kilometres(Point(39.9042, 116.4074), Point(31.2304, 121.4737)) == pytest.approx(1067, abs=2)
    assert kilometres(Point(30, 114), Point(30, 114)) == 0


@pytest.mark.parametrize("status", list(Status))
def test_nothing_closes_but_by_a_call_back(status: Status):
    assert (Status.CLOSED in STEPS[status]) == (status == Status.CALLED_BACK)
