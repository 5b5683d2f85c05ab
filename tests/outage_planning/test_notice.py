"""A notice that is late is never called in time (OUT-2, OUT-6, RELIABILITY R6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kam.outage_planning.rules.lifecycle import Kind
from kam.outage_planning.rules.notice import (
    Due,
    Periods,
    consultation_latest,
    deadlines,
    is_late,
    latest_notice,
    milestones,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
LAW = Periods()
# Half-hour offsets, clocks that change at midnight or over it, a day that never was.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "America/St_Johns",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "UTC",
    )
]
EDGES = [(1, 1), (2, 28), (2, 29), (3, 1), (3, 8), (3, 31), (4, 6), (10, 5), (10, 31), (11, 3), (12, 29), (12, 31)]


@st.composite
def starts(draw) -> tuple[datetime, ZoneInfo]:
    """Instants around midnight of days around the ends of months and years, leap days, clock changes."""
    zone = draw(st.sampled_from(ZONES))
    month, day = draw(st.sampled_from(EDGES))
    year = draw(st.integers(1996, 2032))
    base = date(year, month, min(day, 28 if month == 2 and year % 4 else day)) + timedelta(days=draw(st.integers(0, 9)))
    midnight = datetime(base.year, base.month, base.day, tzinfo=zone).astimezone(UTC)
    return midnight + timedelta(seconds=draw(st.integers(-7_200, 90_000))), zone


def late_by_the_words(sent: datetime, start: datetime, zone: ZoneInfo, days: int = 7) -> bool:
    """Say it as the law is read aloud, without computing any deadline."""
    return start - sent < timedelta(hours=24 * days) or sent.astimezone(zone).date() + timedelta(days=days) > (
        start.astimezone(zone).date()
    )


@given(starts(), st.integers(-200_000_000, 200_000_000))
@settings(max_examples=1_000, deadline=None)
@example((datetime(2026, 10, 27, 22, 30, tzinfo=UTC), BERLIN), 0)
def test_late_is_never_called_in_time(start_and_zone: tuple[datetime, ZoneInfo], milliseconds: int):
    start, zone = start_and_zone
    sent = start - timedelta(days=7) + timedelta(milliseconds=milliseconds)
    if late_by_the_words(sent, start, zone):
        assert is_late(sent, start, zone, LAW)
    latest = deadlines(start, zone, LAW).latest
    assert not late_by_the_words(latest, start, zone)
    # And no stricter than the words, but where a clock goes back over midnight and a day comes twice.
    if zone.key not in ("America/St_Johns", "Asia/Beirut"):
        assert late_by_the_words(latest + timedelta(microseconds=1), start, zone)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("sent", "late"),
    [
        ("2026-11-24 08:00", False),
        ("2026-11-24 08:00:01", True),
        ("2026-11-23 23:59", False),
        ("2026-12-01 07:59", True),
    ],
)
def test_seven_times_24_hours_in_a_zone_without_clock_changes(sent: str, late: bool):
    assert is_late(at(sent), at("2026-12-01 08:00"), SHANGHAI, LAW) is late


def test_calendar_days_are_stricter_where_the_clock_went_back():
    start = at("2026-10-28 23:30", BERLIN)
    found = deadlines(start, BERLIN, LAW)
    assert found.by_hours == at("2026-10-22 00:30", BERLIN).astimezone(UTC)
    assert found.latest == found.by_days < at("2026-10-22 00:00", BERLIN).astimezone(UTC)


def test_hours_are_stricter_where_the_clock_went_forward():
    start = at("2026-04-01 12:00", BERLIN)
    assert deadlines(start, BERLIN, LAW).latest == at("2026-03-25 11:00", BERLIN).astimezone(UTC)


def test_clear_days_leave_out_both_ends():
    found = deadlines(at("2026-12-08 08:00"), SHANGHAI, Periods(clear_days=True))
    assert found.latest == at("2026-12-01 00:00").astimezone(UTC) - timedelta(microseconds=1)


def test_each_kind_has_its_own_period():
    start = at("2026-12-01 08:00")
    hours = {
        Kind.PLANNED: 168,
        Kind.TEMPORARY: 24,
        Kind.LIMIT: 24,
        Kind.STAGGER: 0.5,
    }
    for kind, ahead in hours.items():
        assert latest_notice(start, SHANGHAI, LAW, kind) == start - timedelta(hours=ahead)
    assert latest_notice(start, SHANGHAI, LAW, Kind.FAULT) is None
    assert not is_late(start + timedelta(hours=5), start, SHANGHAI, LAW, Kind.FAULT)


def test_what_is_due_before_a_planned_outage():
    start = at("2026-12-31 08:00")
    found = [(due, (start - when).days) for due, when in milestones(start, SHANGHAI, LAW)]
    assert found == [
        (Due.CONSULT, 30),
        (Due.ALARM_UNSENT, 9),
        (Due.CALL_UNPROVED, 8),
        (Due.NOTICE, 7),
        (Due.CALL_UNACKNOWLEDGED, 5),
        (Due.SUPERVISOR, 3),
        (Due.START, 0),
    ]
    assert consultation_latest(start, SHANGHAI, LAW) == start - timedelta(days=30)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError):
        is_late(datetime(2026, 1, 1), at("2026-12-01 08:00"), SHANGHAI, LAW)
