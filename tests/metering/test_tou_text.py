"""Time-of-use periods written as lines come back as they were; strips and quality in words."""

import pytest

from kam.metering.rules.daykinds import DayKind
from kam.metering.rules.strips import strips
from kam.metering.rules.tou import Band, BandPeriod
from kam.metering.rules.tou_tables import CALENDARS, GUANGDONG
from kam.metering.rules.tou_text import BadLine, parse, written


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: f"{calendar.code}-{calendar.valid_from}")
def test_every_table_survives_being_written_and_read(calendar) -> None:
    assert set(parse(written(calendar.periods))) == set(calendar.periods)


def test_lines_may_be_short_and_in_english() -> None:
    assert parse("# note\n\npeak | 8-11, 14:30-17") == (
        BandPeriod(Band.PEAK, 480, 660),
        BandPeriod(Band.PEAK, 870, 1020),
    )
    (over_year,) = parse("谷 | 11-2 | workday,周末 | 22:00-6:00")
    assert over_year.months == frozenset({11, 12, 1, 2})
    assert over_year.kinds == frozenset({DayKind.WORKDAY, DayKind.REST})
    assert (over_year.start_minute, over_year.end_minute) == (1320, 360)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("峰", "hours"),
        ("x | 8-9", "band"),
        ("峰 | 0月 | 每天 | 8-9", "months"),
        ("峰 | 1月 | 星期八 | 8-9", "days"),
        ("峰 | 1月 | 工作日,春节 | 8-9", "days"),
        ("峰 | 1月 | 每天 | 8点", "hours"),
        ("峰 | 1月 | 每天 | 8-8", "hours"),
        ("峰 | 1月 | 每天 | 25-26", "hours"),
    ],
)
def test_bad_line_says_which_part(line: str, part: str) -> None:
    with pytest.raises(BadLine) as bad:
        parse(f"平 | 0-24\n{line}")
    assert (bad.value.line, bad.value.part) == (2, part)


def test_guangdong_has_two_strips_and_sharp_wins() -> None:
    rest, summer = strips(GUANGDONG)
    assert rest.months == (1, 2, 3, 4, 5, 6, 10, 11, 12)
    assert [(s.band, s.start_minute // 60, s.end_minute // 60) for s in summer.segments][3:6] == [
        (Band.SHARP, 11, 12),
        (Band.FLAT, 12, 14),
        (Band.PEAK, 14, 15),
    ]
    assert sum(segment.minutes for segment in rest.segments) == 1440
