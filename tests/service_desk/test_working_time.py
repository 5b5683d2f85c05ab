"""Working time with pauses (FIELD 10, SRV-1): figures by hand, the official calendar of 2026, laws by hypothesis."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam.service_desk.rules.working_time import Clock, Hours, NeverDue, Pause, due, hours_of, is_workday, passed

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = hours_of([["08:30", "12:00"], ["13:30", "17:30"]], ZONE)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# The State Council's notice for 2026: breaks, and the days worked instead.
BREAKS_2026 = {
    "new year": ("2026-01-01", 3),
    "spring festival": ("2026-02-15", 9),
    "qingming": ("2026-04-04", 3),
    "labour day": ("2026-05-01", 5),
    "dragon boat": ("2026-06-19", 3),
    "mid-autumn": ("2026-09-25", 3),
    "national day": ("2026-10-01", 7),
}
MAKE_UP_2026 = {"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}


def test_workdays_of_2026_are_those_of_the_official_calendar():
    off = {
        date.fromisoformat(first) + timedelta(days=n) for first, length in BREAKS_2026.values() for n in range(length)
    }
    made_up = {date.fromisoformat(text) for text in MAKE_UP_2026}
    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        assert is_workday(day) == (day in made_up or (day.weekday() < 5 and day not in off)), day


@pytest.mark.parametrize(
    "clock, begin, figure, expected",
    [
        # 30 minutes of a fault run at night too.
        (Clock.ELAPSED, "2026-10-01 23:50", 30, "2026-10-02 00:20"),
        # Two working hours from Friday 16:30: one on Friday, one on Monday from 8:30.
        (Clock.WORKING, "2026-03-06 16:30", 120, "2026-03-09 09:30"),
        # Over lunch.
        (Clock.WORKING, "2026-03-09 11:30", 60, "2026-03-09 14:00"),
        # Five workdays after Friday 25 September 2026 (Mid-Autumn): 28, 29, 30 September, then National Day to 7
        # October, so 8 and 9 October.
        (Clock.WORKDAYS, "2026-09-25 10:00", 5, "2026-10-09 17:30"),
        # The make-up Saturday 10 October counts: 8, 9, 10, 12, 13 October.
        (Clock.WORKDAYS, "2026-09-30 10:00", 5, "2026-10-13 17:30"),
        # The make-up Saturday 14 February counts, the nine days of Spring Festival do not: 13, 14, 24 February.
        (Clock.WORKDAYS, "2026-02-12 09:00", 3, "2026-02-24 17:30"),
        # The day on which it came in does not count, also before the office opens.
        (Clock.WORKDAYS, "2026-03-09 00:01", 1, "2026-03-10 17:30"),
    ],
)
def test_due_by_hand(clock: Clock, begin: str, figure: int, expected: str):
    assert due(clock, at(begin), figure, [], HOURS) == at(expected)


def test_a_pause_of_a_day_moves_an_answer_by_a_workday():
    # Complaint on Monday 9 March: due Monday 16. It waits for the customer the whole of Wednesday and Saturday.
    pauses = [Pause(at("2026-03-11 08:30"), at("2026-03-11 17:30")), Pause(at("2026-03-14"), at("2026-03-15"))]
    assert due(Clock.WORKDAYS, at("2026-03-09 10:00"), 5, [], HOURS) == at("2026-03-16 17:30")
    assert due(Clock.WORKDAYS, at("2026-03-09 10:00"), 5, pauses, HOURS) == at("2026-03-17 17:30")


def test_while_it_pauses_nothing_is_due():
    assert due(Clock.ELAPSED, at("2026-03-09 10:00"), 240, [Pause(at("2026-03-09 11:00"))], HOURS) is None
    # What was due before the pause began stays due.
    assert due(Clock.ELAPSED, at("2026-03-09 10:00"), 30, [Pause(at("2026-03-09 11:00"))], HOURS) == at(
        "2026-03-09 10:30"
    )


def test_without_working_hours_nothing_is_ever_due():
    with pytest.raises(NeverDue):
        due(Clock.WORKING, at("2026-03-09 10:00"), 10, [], Hours((), ZONE))


INSTANTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31), timezones=st.just(UTC)).map(
    lambda one: one.replace(second=0, microsecond=0)
)
CLOCKS = st.sampled_from(list(Clock))
MINUTES = st.integers(0, 20_000)


@st.composite
def pauses_after(draw: st.DrawFn, begin: datetime) -> list[Pause]:
    found, at = [], begin
    for _ in range(draw(st.integers(0, 4))):
        start = at + draw(MINUTES) * MINUTE
        at = start + draw(MINUTES) * MINUTE
        found.append(Pause(start, at))
    return found


@settings(max_examples=150, deadline=None)
@given(st.data(), CLOCKS, INSTANTS, MINUTES, MINUTES)
def test_pause_and_resume_never_change_the_time_that_has_passed(data, clock, begin, before, length):
    """The law of FIELD 10: at the resume as much has passed as at the pause, whatever lies between."""
    earlier = data.draw(pauses_after(begin))
    start = (earlier[-1].until if earlier else begin) + before * MINUTE
    end = start + length * MINUTE
    paused = [*earlier, Pause(start, end)]
    at_pause = passed(clock, begin, start, earlier, HOURS)
    assert passed(clock, begin, end, paused, HOURS) == at_pause
    assert passed(clock, begin, end, [*earlier, Pause(start)], HOURS) == at_pause
    # And it runs on from there.
    later = end + data.draw(MINUTES) * MINUTE
    without = passed(clock, begin, later, earlier, HOURS)
    spent = passed(clock, begin, end, earlier, HOURS) - at_pause
    assert passed(clock, begin, later, paused, HOURS) == without - spent


@settings(max_examples=150, deadline=None)
@given(st.data(), CLOCKS, INSTANTS, st.integers(0, 30))
def test_at_the_due_instant_exactly_the_promised_time_has_passed(data, clock, begin, figure):
    pauses = data.draw(pauses_after(begin))
    found = due(clock, begin, figure, pauses, HOURS)
    assert found is not None
    allowed = HOURS.of_day * figure if clock == Clock.WORKDAYS else figure * MINUTE
    assert passed(clock, begin, found, pauses, HOURS) == allowed
    if figure:
        assert passed(clock, begin, found - MINUTE / 60, pauses, HOURS) < allowed


@settings(max_examples=100, deadline=None)
@given(st.data(), CLOCKS, INSTANTS, st.integers(1, 30))
def test_a_pause_never_makes_anything_due_earlier(data, clock, begin, figure):
    pauses = data.draw(pauses_after(begin))
    with_pauses, without = (due(clock, begin, figure, some, HOURS) for some in (pauses, list[Pause]()))
    assert with_pauses is not None
    assert without is not None
    assert with_pauses >= without
