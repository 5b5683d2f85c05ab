"""Answers over time: where each bar stands, and when all can live with it (OUT-1)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.accounts.rules.preferences import Preference
from kam.outage_planning.rules.axis import DAY_WIDTH, MOST_DAYS, Bar, Line, axis
from kam.outage_planning.rules.consulting import Window

ZONE = ZoneInfo("Asia/Shanghai")


def window(text: str, hours: float) -> Window:
    start = datetime.fromisoformat(text).replace(tzinfo=ZONE)
    return Window(start, start + timedelta(hours=hours))


ASKED = window("2027-01-11 08:00", 8)


def test_bars_stand_where_their_hours_are():
    found = axis(ASKED, [Line(1, (ASKED,)), Line(2, (window("2027-01-20 22:00", 4),))], ZONE)
    assert [one.day for one in found.days] == [date(2027, 1, 11), date(2027, 1, 20), date(2027, 1, 21)]
    assert [one.follows for one in found.days] == [True, False, True]
    assert found.proposed == (Bar(48, 48),)  # 8 of 24 hours of 144 pixels
    # Over midnight: two stretches that touch.
    assert found.tracks[2].yes == (Bar(DAY_WIDTH + 132, 12), Bar(2 * DAY_WIDTH, 12))
    assert found.common == ()
    assert (found.voices, found.width) == (2, 3 * DAY_WIDTH)


def test_when_all_can_is_cut_by_bad_hours_and_by_each_window():
    noon = Preference(most=True, weekdays=frozenset({1}), from_minute=11 * 60, until_minute=12 * 60, reason="浇注")
    lunch = Preference(most=False, from_minute=12 * 60, until_minute=13 * 60)
    lines = [
        Line(1, (ASKED,), (noon, lunch)),
        Line(2, (window("2027-01-11 09:00", 6), window("2027-01-12 09:00", 6))),
        Line(3, ()),  # has not said: does not stand in the way
    ]
    found = axis(ASKED, lines, ZONE)
    assert found.common == (window("2027-01-11 09:00", 2), window("2027-01-11 12:00", 3))
    assert [one.reason for one in found.tracks[1].hurts] == ["浇注"]
    assert found.tracks[1].bad == (Bar(82.5, 7.5),)  # two days, 180 pixels each
    assert (found.voices, found.tracks[3].yes) == (2, ())


def test_what_does_not_fit_is_counted_and_the_proposed_day_is_always_drawn():
    late = window("2027-03-01 08:00", 8)
    lines = [Line(day, (window(f"2027-01-{day:02d} 08:00", 2),)) for day in range(1, 21)]
    found = axis(late, lines, ZONE)
    assert len(found.days) == MOST_DAYS
    assert found.days[-1].day == date(2027, 3, 1)
    assert found.left_out == 21 - MOST_DAYS
    assert found.proposed


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
@given(
    windows=st.lists(st.tuples(st.integers(0, 24 * 9), st.integers(1, 40), st.integers(1, 4)), min_size=1, max_size=12)
)
def test_nothing_is_drawn_outside_and_what_is_common_lies_in_a_window_of_each(zone, windows):
    begin = datetime(2027, 3, 25, tzinfo=ZoneInfo(zone))  # around the change of the clock in Europe
    lines: dict[int, list[Window]] = {}
    for start, hours, who in windows:
        first = begin + timedelta(hours=start)
        lines.setdefault(who, []).append(Window(first, first + timedelta(hours=hours)))
    rows = [Line(who, tuple(named)) for who, named in lines.items()]
    found = axis(rows[0].windows[0], rows, ZoneInfo(zone))
    for track in found.tracks.values():
        for bar in track.yes:
            assert 0 <= bar.x <= found.width
            assert bar.x + bar.width <= found.width + 0.2
    for one in found.common:
        assert all(any(w.starts_at < one.ends_at and one.starts_at < w.ends_at for w in row.windows) for row in rows)
