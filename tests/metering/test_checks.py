"""Readings are checked by stated rules, gaps are filled, days are cut and merged (ENE-1)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam.lib.intervals import day_start, intervals_in_day
from kam.metering.rules.checks import check, merge_day, split_days
from kam.metering.rules.days import energy_estimated
from kam.metering.rules.intake import Hints, Series, read, understand
from kam.metering.rules.marks import Quality
from kam.metering.rules.readings import Checked, DayArrays

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2018, 1, 1)
FILLED = Quality.MISSING | Quality.ESTIMATED


def kind_of(day: date) -> str:
    return "rest" if day.weekday() >= 5 else "workday"


def make_series(kwh, *, lag=None, lead=None, start: datetime | None = None, minutes: int = 15) -> Series:
    values = np.asarray(kwh, dtype=np.float64)
    missing = np.isnan(values)
    return Series(
        meter_no=None,
        start=start or day_start(MONDAY, SHANGHAI),
        minutes=minutes,
        kwh=values,
        kvarh_lag=None if lag is None else np.asarray(lag, dtype=np.float64),
        kvarh_lead=None if lead is None else np.asarray(lead, dtype=np.float64),
        marks=np.where(missing, int(Quality.MISSING), 0).astype(np.uint8),
        rows_read=len(values),
        rows_rejected=0,
        rejects=[],
        duplicates=0,
        missing=int(missing.sum()),
    )


def checked(series: Series, *, contract_kva: float | None = None, history=(), zone: ZoneInfo = SHANGHAI) -> Checked:
    return check(series, contract_kva=contract_kva, kind_of=kind_of, zone=zone, history=history)


def varied(days: int) -> np.ndarray:
    """Load that differs from day to day and never repeats a value: day d, slot s carries 1,000 d + s + 1."""
    return np.concatenate([1000.0 * d + np.arange(1, 97) for d in range(days)])


# Marks


def test_a_sound_series_stays_as_it_is():
    series = make_series(varied(2))
    result = checked(series, contract_kva=10_000)
    assert result.kwh is series.kwh
    assert result.raw_kwh is None
    assert not result.marks.any()
    assert result.counts.estimated == result.counts.missing == 0


def test_a_negative_value_is_put_aside_and_kept_raw():
    kwh = varied(1)
    kwh[10] = -5
    result = checked(make_series(kwh))
    assert result.kwh[10] == (kwh[9] + kwh[11]) / 2
    assert result.raw_kwh is not None
    assert result.raw_kwh[10] == -5
    assert result.marks[10] == Quality.NEGATIVE | Quality.ESTIMATED
    assert (result.counts.negative, result.counts.estimated, result.counts.missing) == (1, 1, 0)


def test_more_than_the_contract_can_carry_is_marked_and_the_absurd_put_aside():
    # 100 kVA carry 25 kWh in a quarter: marked above 30, put aside above 500.
    kwh = np.linspace(10, 20, 96)
    kwh[5], kwh[6], kwh[7] = 30.0, 30.1, 501
    result = checked(make_series(kwh), contract_kva=100)
    assert [int(m) for m in result.marks[5:8]] == [0, Quality.OVER, Quality.OVER | Quality.ESTIMATED]
    assert result.kwh[6] == 30.1
    assert result.kwh[7] == pytest.approx((30.1 + kwh[8]) / 2)
    assert result.counts.over == 2
    assert not checked(make_series(kwh)).marks.any()


def test_a_dead_meter_is_two_hours_of_no_energy_while_reactive_energy_runs():
    kwh, lag = varied(1), np.full(96, 2.0)
    kwh[10:18] = 0  # two hours
    kwh[30:37] = 0  # a quarter less
    kwh[50:60] = 0
    lag[50:60] = 0  # at rest altogether
    result = checked(make_series(kwh, lag=lag))
    assert np.flatnonzero(result.marks & Quality.DEAD).tolist() == list(range(10, 18))
    assert result.kwh[10] == 0
    assert result.counts.dead == 8
    assert checked(make_series(kwh)).counts.dead == 0
    assert checked(make_series(kwh, lag=np.zeros(96), lead=lag)).counts.dead == 8


def test_a_frozen_value_is_six_hours_of_the_same_figure_but_not_of_zero():
    kwh = varied(1)
    kwh[10:34] = 7.5  # six hours
    kwh[40:63] = 8.5  # a quarter less
    kwh[70:96] = 0
    result = checked(make_series(kwh))
    assert np.flatnonzero(result.marks & Quality.FROZEN).tolist() == list(range(10, 34))
    assert result.counts.frozen == 24


# Estimates


def test_a_gap_of_two_hours_is_filled_on_a_straight_line():
    kwh = np.arange(1.0, 97.0)
    kwh[20:28] = np.nan
    result = checked(make_series(kwh))
    assert np.allclose(result.kwh, np.arange(1.0, 97.0))
    assert set(result.marks[20:28].tolist()) == {int(FILLED)}
    assert (result.counts.missing, result.counts.estimated) == (8, 8)
    assert result.raw_kwh is None


def test_a_longer_gap_is_the_mean_of_the_four_nearest_days_of_its_kind():
    kwh = varied(14)  # Monday to Sunday twice
    gap = slice(9 * 96 + 40, 9 * 96 + 49)  # second Wednesday, nine quarters
    kwh[gap] = np.nan
    result = checked(make_series(kwh))
    # Nearest workdays of day 9: 8 and 10 at a distance of one, 7 and 11 at two.
    expected = 1000 * np.mean([8, 10, 7, 11]) + np.arange(41, 50)
    assert np.allclose(result.kwh[gap], expected)
    kwh = varied(14)
    kwh[12 * 96 + 40 : 12 * 96 + 49] = np.nan  # second Saturday: Sunday 13, Sunday 6, Saturday 5
    result = checked(make_series(kwh))
    assert np.allclose(result.kwh[12 * 96 + 40 : 12 * 96 + 49], 1000 * np.mean([13, 6, 5]) + np.arange(41, 50))


def test_days_of_another_kind_serve_where_there_is_none_alike_and_nothing_is_invented_where_there_is_none():
    kwh = varied(7)
    kwh[5 * 96 + 40 : 5 * 96 + 49] = kwh[6 * 96 + 40 : 6 * 96 + 49] = np.nan  # both days of the weekend
    result = checked(make_series(kwh))
    assert np.allclose(result.kwh[5 * 96 + 40 : 5 * 96 + 49], 1000 * np.mean([4, 3, 2, 1]) + np.arange(41, 50))
    alone = varied(1)
    alone[40:49] = np.nan
    result = checked(make_series(alone))
    assert np.isnan(result.kwh[40:49]).all()
    assert set(result.marks[40:49].tolist()) == {int(Quality.MISSING)}
    assert (result.counts.missing, result.counts.estimated) == (9, 0)


def test_stored_days_help_to_fill_a_long_gap():
    kwh = varied(1)
    kwh[40:49] = np.nan
    [stored] = split_days(
        checked(make_series(varied(1) + 500, start=day_start(date(2017, 12, 29), SHANGHAI))), SHANGHAI
    )
    result = checked(make_series(kwh), history=[stored])
    assert np.allclose(result.kwh[40:49], 500 + np.arange(41, 50))
    doubtful = replace(stored, marks=np.full(96, int(FILLED), dtype=np.uint8))
    assert np.isnan(checked(make_series(kwh), history=[doubtful]).kwh[40:49]).all()


def test_nothing_is_estimated_before_the_first_reading_or_after_the_last():
    kwh = varied(2)
    kwh[:3] = kwh[-3:] = np.nan
    result = checked(make_series(kwh, lag=varied(2)))
    assert np.isnan(result.kwh[:3]).all()
    assert np.isnan(result.kwh[-3:]).all()
    assert result.counts.estimated == 0


def test_a_slip_in_one_date_does_not_invent_years_of_energy():
    kwh = np.concatenate([varied(1), np.full(100 * 96, np.nan), varied(3)])
    result = checked(make_series(kwh))
    assert np.isnan(result.kwh[96 : 101 * 96]).all()
    assert (result.counts.missing, result.counts.estimated) == (9600, 0)


def test_gaps_of_reactive_energy_are_filled_and_marked_without_touching_the_energy():
    lag = np.arange(1.0, 97.0)
    lag[20:22] = np.nan
    result = checked(make_series(varied(1), lag=lag))
    assert result.kvarh_lag is not None
    assert np.allclose(result.kvarh_lag, np.arange(1.0, 97.0))
    assert set(result.marks[20:22].tolist()) == {int(Quality.ESTIMATED)}
    assert (result.counts.estimated, result.counts.reactive_estimated, result.counts.missing) == (0, 2, 0)
    [day] = split_days(result, SHANGHAI)
    assert not energy_estimated(day).any()


def test_the_steel_year_passes_the_checks_untouched(real_data):
    path = real_data / "steel_industry" / "Steel_industry_data.csv.gz"
    [series] = read(path, understand(path, Hints(), zone=SHANGHAI), zone=SHANGHAI)
    result = checked(series, contract_kva=800)
    assert result.kwh.sum() == pytest.approx(959_636.71, abs=0.005)
    assert (result.counts.missing, result.counts.estimated, result.counts.negative) == (0, 0, 0)
    assert (result.counts.dead, result.counts.over, result.counts.frozen) == (0, 0, 0)
    days = split_days(result, SHANGHAI)
    assert (len(days), days[0].day, days[-1].day) == (365, date(2018, 1, 1), date(2018, 12, 31))
    by_day = {day.day: day.kwh.sum() for day in days}
    assert max(by_day, key=lambda d: by_day[d]) == date(2018, 1, 18)
    assert by_day[date(2018, 1, 18)] == pytest.approx(7353.84, abs=0.005)
    assert by_day[date(2018, 9, 26)] == pytest.approx(259.46, abs=0.005)


# Days


def test_partial_days_are_filled_up_with_unknowns():
    start = day_start(MONDAY, SHANGHAI) + timedelta(hours=6)
    first, last = split_days(checked(make_series(varied(1), lag=varied(1), start=start)), SHANGHAI)
    assert (first.day, last.day) == (MONDAY, MONDAY + timedelta(days=1))
    assert np.isnan(first.kwh[:24]).all()
    assert first.kwh[24] == 1
    assert set(first.marks[:24].tolist()) == {int(Quality.MISSING)}
    assert first.kvarh_lag is not None
    assert np.isnan(first.kvarh_lag[:24]).all()
    assert last.kwh[23] == 96
    assert np.isnan(last.kwh[24:]).all()
    assert len(last.marks) == 96


def test_a_day_keeps_its_raw_values_only_where_they_differ():
    kwh = varied(2)
    kwh[100] = -1
    plain, odd = split_days(checked(make_series(kwh)), SHANGHAI)
    assert plain.raw_kwh is None
    assert odd.raw_kwh is not None
    assert odd.raw_kwh[4] == -1


def test_a_grid_that_does_not_border_on_midnight_is_refused():
    start = day_start(MONDAY, SHANGHAI) + timedelta(minutes=7)
    with pytest.raises(ValueError, match="border"):
        split_days(checked(make_series([1.0, 2.0], start=start)), SHANGHAI)


@settings(max_examples=60, deadline=None)
@given(
    first=st.dates(date(2018, 3, 20), date(2018, 10, 30)),
    offset=st.integers(0, 95),
    length=st.integers(1, 1500),
    minutes=st.sampled_from([5, 15, 30, 60]),
)
def test_cutting_and_joining_days_loses_nothing_over_clock_changes(first, offset, length, minutes):
    start = day_start(first, BERLIN) + timedelta(minutes=minutes * (offset % (60 // minutes * 24)))
    series = make_series(np.arange(1.0, length + 1), start=start, minutes=minutes)
    days = split_days(checked(series, zone=BERLIN), BERLIN)
    assert [len(day.kwh) for day in days] == [intervals_in_day(day.day, BERLIN, minutes) for day in days]
    assert all(later.day - earlier.day == timedelta(days=1) for earlier, later in zip(days, days[1:], strict=False))
    joined = np.concatenate([day.kwh for day in days])
    lead = int((start - day_start(days[0].day, BERLIN)) / timedelta(minutes=minutes))
    assert np.array_equal(joined[lead : lead + length], series.kwh)
    assert np.isnan(joined[:lead]).all()
    assert np.isnan(joined[lead + length :]).all()


def test_like_days_are_taken_by_the_clock_over_a_clock_change():
    begin = day_start(date(2018, 10, 22), BERLIN)  # Monday; the clock changes on Sunday 28
    count = int((day_start(date(2018, 10, 31), BERLIN) - begin).total_seconds()) // 900
    instants = [(begin + timedelta(minutes=15 * i)).astimezone(BERLIN) for i in range(count)]
    by_clock = np.array([t.hour * 4.0 + t.minute / 15 + 1 for t in instants])
    kwh = by_clock.copy()
    monday = [i for i, t in enumerate(instants) if t.date() == date(2018, 10, 29) and 10 <= t.hour < 13]
    kwh[monday] = np.nan
    result = checked(make_series(kwh, start=begin), zone=BERLIN)
    assert np.allclose(result.kwh, by_clock)


# Merging


def stored(kwh, **changes) -> DayArrays:
    """A day as it comes back from storage: single precision."""
    [day] = split_days(checked(make_series(kwh, **changes)), SHANGHAI)
    single = day.kwh.astype(np.float32).astype(np.float64)
    return replace(day, kwh=single)


def test_a_file_taken_in_twice_changes_nothing():
    kwh = varied(1) / 7
    kwh[20:24] = np.nan
    kwh[30] = -2
    kwh[60:70] = np.nan
    day = stored(kwh, lag=varied(1) / 3)
    [again] = split_days(checked(make_series(kwh, lag=varied(1) / 3)), SHANGHAI)
    assert merge_day(day, again) is None
    # The second time there are more days to lean on, and the long gap would get an estimate.
    better = replace(again, kwh=np.where(np.isnan(again.kwh), 5.0, again.kwh))
    better = replace(better, marks=np.where(np.isnan(again.kwh), int(FILLED), again.marks).astype(np.uint8))
    merged = merge_day(day, better)
    assert merged is not None
    assert merge_day(merged, better) is None
    assert merge_day(merged, again) is None


def test_a_correction_supersedes_and_what_it_leaves_out_stays():
    day = stored(varied(1))
    correction = np.full(96, np.nan)
    correction[10:12] = [500, 501]
    part = make_series(correction[10:12], start=day_start(MONDAY, SHANGHAI) + timedelta(minutes=150))
    [new] = split_days(checked(part), SHANGHAI)
    merged = merge_day(day, new)
    assert merged is not None
    assert merged.kwh[10:12].tolist() == [500, 501]
    assert np.array_equal(np.delete(merged.kwh, [10, 11]), np.delete(day.kwh, [10, 11]))
    assert not merged.marks.any()
    assert merge_day(merged, new) is None


def test_an_estimate_never_displaces_a_reading_and_a_reading_always_an_estimate():
    gap = varied(1)
    gap[20:24] = np.nan
    estimated, whole = stored(gap), stored(varied(1) * 2)
    assert merge_day(whole, replace(estimated, kwh=np.where(energy_estimated(estimated), 7.0, whole.kwh))) is None
    merged = merge_day(estimated, whole)
    assert merged is not None
    assert np.array_equal(merged.kwh, whole.kwh)
    assert not merged.marks.any()


def test_a_corrected_negative_value_leaves_no_raw_value_behind():
    kwh = varied(1)
    kwh[10] = -5
    merged = merge_day(stored(kwh), stored(varied(1)))
    assert merged is not None
    assert merged.raw_kwh is None
    assert not merged.marks.any()
    assert merge_day(merged, stored(kwh)) is None


def test_reactive_energy_that_comes_later_is_added():
    merged = merge_day(stored(varied(1)), stored(varied(1), lag=varied(1)))
    assert merged is not None
    assert merged.kvarh_lag is not None
    assert merge_day(merged, stored(varied(1))) is None


def test_a_meter_on_a_new_interval_length_supersedes_the_day():
    hourly = stored(np.arange(1.0, 25.0), minutes=60)
    assert merge_day(stored(varied(1)), hourly) is hourly


@settings(max_examples=60, deadline=None)
@given(
    one=st.lists(st.sampled_from([np.nan, -1.0, 0.0, 1.5, 2.25]), min_size=96, max_size=96),
    two=st.lists(st.sampled_from([np.nan, -1.0, 0.0, 1.5, 2.25]), min_size=96, max_size=96),
)
def test_merging_the_same_file_again_changes_nothing_whatever_was_stored(one, two):
    [old] = split_days(checked(make_series(one, start=datetime(2018, 1, 1, 16, tzinfo=UTC))), SHANGHAI)
    [new] = split_days(checked(make_series(two, start=datetime(2018, 1, 1, 16, tzinfo=UTC))), SHANGHAI)
    merged = merge_day(old, new)
    assert merge_day(merged or old, new) is None
