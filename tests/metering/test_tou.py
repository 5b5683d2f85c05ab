"""ENE-2: time-of-use calendars, kinds of day, and what is wrong with a table."""

import csv
import time
from datetime import date

import numpy as np
import pytest

from kam.metering.rules import tou_tables
from kam.metering.rules.daykinds import KINDS, DayKind, Holiday, holiday_of, kind_of, kinds
from kam.metering.rules.tou import (
    BANDS,
    NO_BAND,
    BadPeriod,
    Band,
    BandPeriod,
    Calendar,
    ProblemCode,
    bands_of,
    problems,
)


def day_bands(calendar: Calendar, day: date) -> list[Band | None]:
    """The band at the start of each hour."""
    return [None if b == NO_BAND else BANDS[b] for b in calendar.minutes_of(day)[::60]]


def hours(calendar: Calendar, day: date, band: Band) -> list[int]:
    return [hour for hour, found in enumerate(day_bands(calendar, day)) if found is band]


def make_calendar(*periods: BandPeriod, default_band: Band | None = None) -> Calendar:
    return Calendar("X", "x", date(2025, 1, 1), None, "test", periods, default_band)


@pytest.mark.parametrize(
    "day, kind",
    [
        (date(2025, 1, 26), DayKind.WORKDAY),  # a Sunday made up for Spring Festival
        (date(2025, 1, 28), DayKind.HOLIDAY),
        (date(2025, 10, 8), DayKind.HOLIDAY),
        (date(2025, 10, 11), DayKind.WORKDAY),  # a made-up Saturday
        (date(2025, 10, 12), DayKind.REST),
        (date(2025, 10, 13), DayKind.WORKDAY),
        (date(2030, 10, 1), DayKind.HOLIDAY),  # beyond the published notices
        (date(2030, 10, 12), DayKind.REST),
        (date(2030, 10, 14), DayKind.WORKDAY),
    ],
)
def test_kind_of_day(day, kind):
    assert kind_of(day) is kind


def test_kinds_of_many_days_agree_with_single_days():
    days = np.arange(np.datetime64("2024-12-20"), np.datetime64("2028-02-10"))
    assert [KINDS[k] for k in kinds(days)] == [kind_of(day) for day in days.tolist()]
    assert kinds(days[:0]).shape == (0,)


def test_named_holidays():
    assert holiday_of(date(2026, 2, 17)) is Holiday.SPRING_FESTIVAL
    assert holiday_of(date(2026, 5, 1)) is Holiday.LABOUR_DAY
    assert holiday_of(date(2029, 10, 1)) is Holiday.NATIONAL_DAY
    assert holiday_of(date(2026, 5, 20)) is None


def test_guangdong_table():
    july, june = date(2025, 7, 8), date(2025, 6, 10)
    assert hours(tou_tables.GUANGDONG, july, Band.SHARP) == [11, 15, 16]
    assert hours(tou_tables.GUANGDONG, july, Band.PEAK) == [10, 14, 17, 18]
    assert hours(tou_tables.GUANGDONG, june, Band.SHARP) == []
    assert hours(tou_tables.GUANGDONG, june, Band.PEAK) == [10, 11, 14, 15, 16, 17, 18]
    assert hours(tou_tables.GUANGDONG, june, Band.VALLEY) == list(range(8))


def test_hot_days_outside_summer_have_sharp_hours():
    hot = tou_tables.with_hot_days(tou_tables.GUANGDONG, [date(2025, 6, 10)])
    assert hours(hot, date(2025, 6, 10), Band.SHARP) == [11, 15, 16]
    assert hours(hot, date(2025, 6, 11), Band.SHARP) == []


def test_shandong_winter_and_summer():
    january, july = date(2025, 1, 8), date(2025, 7, 8)
    assert hours(tou_tables.SHANDONG, january, Band.DEEP_VALLEY) == [11, 12, 13]
    assert hours(tou_tables.SHANDONG, january, Band.VALLEY) == [2, 3, 4, 5, 10, 14]
    assert hours(tou_tables.SHANDONG, january, Band.SHARP) == [16, 17, 18]
    assert hours(tou_tables.SHANDONG, july, Band.FLAT) == [0, *range(6, 16), 23]


def test_jiangsu_flat_runs_over_midnight_in_spring():
    assert hours(tou_tables.JIANGSU, date(2026, 4, 8), Band.FLAT) == [0, 1, 6, 7, 8, 9, 14, 22, 23]
    assert hours(tou_tables.JIANGSU_315, date(2026, 1, 8), Band.SHARP) == [18, 19]


def test_zhejiang_deep_valley_on_named_holidays_beats_peak():
    holiday, ordinary = date(2026, 5, 1), date(2026, 5, 20)
    assert hours(tou_tables.ZHEJIANG_2024, holiday, Band.DEEP_VALLEY) == [10, 11, 12, 13]
    assert hours(tou_tables.ZHEJIANG_2024, ordinary, Band.PEAK) == [8, 9, 10, 13, 14, 15, 16]
    assert tou_tables.calendar_on("ZJ", date(2026, 6, 30)) is tou_tables.ZHEJIANG_2024
    assert tou_tables.calendar_on("ZJ", date(2026, 7, 1)) is tou_tables.ZHEJIANG
    assert tou_tables.calendar_on("GD", date(2021, 9, 30)) is None


@pytest.mark.parametrize("calendar", tou_tables.CALENDARS, ids=lambda c: f"{c.code} {c.valid_from}")
def test_loaded_tables_have_no_gap(calendar):
    found = problems(calendar)
    assert [p for p in found if p.code is ProblemCode.GAP] == []
    # overlaps are sharp hours listed inside peak, deep valley inside valley: the sharper band wins
    assert {p.bands for p in found} <= {(Band.SHARP, Band.PEAK), (Band.VALLEY, Band.DEEP_VALLEY)}


def test_problems_tell_months_kinds_and_minutes():
    weekdays = frozenset({DayKind.WORKDAY})
    calendar = make_calendar(
        BandPeriod(Band.PEAK, 480, 1200, kinds=weekdays),
        BandPeriod(Band.FLAT, 1200, 480),
        BandPeriod(Band.SHARP, 600, 660, months=frozenset({7, 8}), kinds=weekdays),
    )
    gaps = [p for p in problems(calendar) if p.code is ProblemCode.GAP]
    assert {(p.kind, p.start_minute, p.end_minute, len(p.months)) for p in gaps} == {
        (DayKind.REST, 480, 1200, 12),
        (DayKind.HOLIDAY, 480, 1200, 12),
    }
    (overlap,) = [p for p in problems(calendar) if p.code is ProblemCode.OVERLAP]
    assert (overlap.months, overlap.kind, overlap.minutes) == (frozenset({7, 8}), DayKind.WORKDAY, 60)
    assert overlap.bands == (Band.SHARP, Band.PEAK)


def test_gap_without_default_has_no_band_and_default_fills_it():
    period = BandPeriod(Band.PEAK, 60, 120)
    assert day_bands(make_calendar(period), date(2025, 3, 3))[:3] == [None, Band.PEAK, None]
    filled = make_calendar(period, default_band=Band.FLAT)
    assert day_bands(filled, date(2025, 3, 3))[:3] == [Band.FLAT, Band.PEAK, Band.FLAT]
    assert problems(filled) == []


@pytest.mark.parametrize("start, end", [(-1, 60), (0, 1441), (1440, 60)])
def test_period_outside_the_day_is_refused(start, end):
    with pytest.raises(BadPeriod):
        BandPeriod(Band.PEAK, start, end)


def test_long_interval_takes_the_band_at_its_start():
    calendar = make_calendar(BandPeriod(Band.PEAK, 0, 90), BandPeriod(Band.FLAT, 90, 0))
    days = np.array(["2025-03-03"], "datetime64[D]")
    assert [BANDS[b] for b in bands_of(days, 60, calendar)[0, :3]] == [Band.PEAK, Band.PEAK, Band.FLAT]


def test_bands_of_a_year_take_little_time():
    days = np.arange(np.datetime64("2025-01-01"), np.datetime64("2026-01-01"))
    first = bands_of(days, 15, tou_tables.GUANGDONG)
    assert first.shape == (365, 96)
    took = []
    for _ in range(5):
        begun = time.process_time()
        bands_of(days, 15, tou_tables.GUANGDONG)
        took.append(time.process_time() - begun)
    assert min(took) < 0.002


def policy_rows(real_data, province):
    with (real_data / "tou_china" / "price_policies.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["province_id"] == province]


def test_collected_jiangsu_rows_have_a_gap_and_overlaps(real_data):
    """DATA section 13: 120 minutes are missing in spring and autumn, sharp overlaps peak for 270."""
    calendar = tou_tables.from_policy_rows(policy_rows(real_data, "2"), code="JS", name="江苏")
    found = problems(calendar)
    (gap,) = [p for p in found if p.code is ProblemCode.GAP]
    assert (gap.start_minute, gap.end_minute, gap.kind) == (0, 120, None)
    assert gap.months == frozenset({3, 4, 5, 9, 10, 11})
    overlaps = [p for p in found if p.code is ProblemCode.OVERLAP]
    assert sum(p.minutes for p in overlaps) == 270
    assert {p.bands for p in overlaps} == {(Band.SHARP, Band.PEAK)}
    assert {p.months for p in overlaps} == {frozenset({6, 7, 8, 12, 1, 2})}


def test_collected_guangdong_and_zhejiang_rows_equal_the_loaded_tables(real_data):
    days = np.arange(np.datetime64("2026-07-01"), np.datetime64("2027-07-01"))
    for province, table in (("1", tou_tables.GUANGDONG), ("4", tou_tables.ZHEJIANG)):
        rows = tou_tables.from_policy_rows(policy_rows(real_data, province), code="X", name="x")
        assert np.array_equal(bands_of(days, 15, rows), bands_of(days, 15, table))
        assert rows.valid_from == table.valid_from


@pytest.mark.parametrize(
    "column, value", [("standard_category", "高"), ("start_time", "25:00"), ("season_type", "夏季")]
)
def test_policy_row_that_says_nothing_is_refused(column, value):
    row = {
        "id": "7",
        "season_type": "全年",
        "standard_category": "峰",
        "start_time": "8:00",
        "end_time": "11:00",
        "source_id": "1",
        "policy_effective_date": "2025-01-01",
    }
    with pytest.raises(tou_tables.BadPolicyRow) as refused:
        tou_tables.from_policy_rows([row | {column: value}], code="X", name="x")
    assert (refused.value.row_id, refused.value.column) == ("7", column)
