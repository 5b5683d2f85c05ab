"""ENE-1: figures of a load profile, on the real steel year, the German profiles and small cases by hand."""

import json
import time
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from kam.lib.intervals import intervals_in_day
from kam.metering.rules import load
from kam.metering.rules.daykinds import DayKind
from kam.metering.rules.marks import Quality
from kam.metering.rules.profile import MixedIntervals, NoReadings, between, from_days, from_grid, total
from kam.metering.rules.tou import Band
from kam.metering.rules.tou_tables import GUANGDONG
from tests.metering.steel import SHANGHAI, steel_year

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Day:
    day: date
    minutes: int
    kwh: npt.NDArray[np.float64]
    kvarh_lag: npt.NDArray[np.float64] | None = None
    kvarh_lead: npt.NDArray[np.float64] | None = None
    marks: npt.NDArray[np.uint8] | None = None


def make_profile(kwh, minutes=60, first="2025-03-03", zone=SHANGHAI):
    grid = np.asarray(kwh, float)
    days = np.datetime64(first) + np.arange(len(grid))
    return from_grid(days, minutes, grid, zone)


def no_calendar(day):
    return None


@pytest.fixture(scope="module")
def steel(real_data):
    return steel_year(real_data)


@pytest.fixture(scope="module")
def figures(steel):
    # the year lies before the calendar's first day; DATA section 1 applies it all the same
    return load.analyse(steel, lambda day: GUANGDONG)


def test_steel_year(figures):
    assert round(figures.energy_kwh, 2) == 959_636.71
    assert round(figures.kvarh_lag, 2) == 456_759.84
    assert round(figures.kvarh_lead, 2) == 135_638.04
    assert round(figures.max_demand_kw, 2) == 628.72
    assert figures.max_demand_at.isoformat() == "2018-11-22T09:30:00+08:00"
    assert round(figures.max_demand_15min_kw, 2) == 628.72
    assert round(figures.load_factor, 4) == 0.1742
    assert round(figures.power_factor, 4) == 0.8509
    assert figures.completeness == 1
    assert figures.estimated_share == 0
    assert (figures.days_from, figures.days_until) == (date(2018, 1, 1), date(2019, 1, 1))


def test_steel_months(figures, real_data):
    truth = json.loads((real_data / "ground_truth.json").read_text())["steel"]["months"]
    assert [m.month for m in figures.months] == [f"2018-{n:02d}" for n in range(1, 13)]
    for number, month in enumerate(figures.months, 1):
        told = truth[str(number)]
        assert round(month.energy_kwh, 2) == told["kwh"]
        assert round(month.kvarh_lag, 2) == told["kvarh_lag"]
        assert round(month.kvarh_lead, 2) == told["kvarh_lead"]
        assert round(month.max_demand_kw, 2) == told["max_kw"]
        assert round(month.max_demand_15min_kw, 2) == told["max_kw"]
        ends_at = datetime.fromisoformat(told["max_at_end"]).replace(tzinfo=SHANGHAI)
        assert (ends_at - month.max_demand_at).total_seconds() == 900
        assert round(month.load_factor, 4) == told["load_factor"]
        assert round(month.power_factor, 4) == told["pf_abs"]


def test_steel_bands_by_the_guangdong_table(figures):
    assert {band: round(kwh, 2) for band, kwh in figures.bands.items()} == {
        Band.SHARP: 55_367.01,
        Band.PEAK: 458_163.17,
        Band.FLAT: 388_402.70,
        Band.VALLEY: 57_703.83,
        Band.DEEP_VALLEY: 0.0,
    }
    assert figures.unbanded_kwh == 0
    july = figures.months[6].bands
    assert [round(july[b], 2) for b in (Band.SHARP, Band.PEAK, Band.FLAT, Band.VALLEY)] == [
        22_038.30,
        23_656.24,
        32_908.04,
        3_071.83,
    ]


def test_steel_days(figures):
    assert figures.daily_kwh.shape == (365,)
    assert round(float(figures.daily_kwh.max()), 2) == 7_353.84
    assert figures.daily_kwh.argmax() == 17  # 18 January
    assert round(float(figures.daily_kwh.min()), 2) == 259.46
    assert figures.daily_max_kw.max() == pytest.approx(628.72)


def test_a_year_is_analysed_within_20_ms(steel):
    took = []
    for _ in range(5):
        begun = time.process_time()
        load.analyse(steel, lambda day: GUANGDONG)
        took.append(time.process_time() - begun)
    assert min(took) < 0.020


GERMAN = [
    ("LP_G_MV", 348.46, 0.3276),
    ("LP_G_G", 249.10, 0.4583),
    ("LP_G_MH", 354.52, 0.3220),
    ("LP_OE_Buero_k", 334.76, 0.3410),
    ("LP_OE_Buero_m", 300.59, 0.3798),
    ("LP_OE_Schule_k", 751.15, 0.1520),
    ("LP_OE_Schule_m", 488.29, 0.2338),
    ("LP_OE_Schule_g", 608.08, 0.1877),
]


@pytest.mark.parametrize("name, max_w, load_factor", GERMAN)
def test_german_profiles_over_clock_changes(real_data, name, max_w, load_factor):
    """DATA section 3. In the clocks of Berlin the year has days of 92 and 100 quarters."""
    rows = pl.read_csv(real_data / "german_ci_profiles" / f"{name}.csv.gz", infer_schema_length=0)
    kwh = rows[:, 1].cast(pl.Float64).to_numpy() / 4 / 1000
    year = int(rows[0, 0][:4])
    days, taken = [], 0
    for day in np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")).tolist():
        count = intervals_in_day(day, BERLIN, 15)
        days.append(Day(day, 15, kwh[taken : taken + count]))
        taken += count
    assert taken == len(kwh) == 35_040
    found = load.analyse(from_days(days, BERLIN), no_calendar)
    assert round(found.energy_kwh, 1) == 1000.0
    assert found.max_demand_kw * 1000 == pytest.approx(max_w, abs=0.0051)  # one value ends in 5
    assert found.load_factor == pytest.approx(load_factor, abs=0.00005)
    assert found.unbanded_kwh == pytest.approx(found.energy_kwh)
    at = rows[int(np.argmax(kwh)), 0]
    assert found.max_demand_at == datetime.fromisoformat(at)


def test_instants_and_minutes_on_the_day_the_clock_goes_back():
    day = Day(date(2025, 10, 26), 60, np.arange(25.0))
    profile = from_days([day], BERLIN)
    assert profile.minute_of_day[:5].tolist() == [0, 60, 120, 120, 180]
    assert profile.starts_at(2).isoformat() == "2025-10-26T02:00:00+02:00"
    assert profile.starts_at(3).isoformat() == "2025-10-26T02:00:00+01:00"
    assert profile.starts_at(24).isoformat() == "2025-10-26T23:00:00+01:00"


def test_day_of_wrong_length_is_refused():
    with pytest.raises(ValueError, match="24 intervals, the day has 25"):
        from_days([Day(date(2025, 10, 26), 60, np.zeros(24))], BERLIN)


def test_absent_days_and_values_lower_completeness_not_the_load_factor():
    half = np.full(24, 10.0)
    half[12:] = np.nan
    rows = [Day(date(2025, 3, 3), 60, half), Day(date(2025, 3, 5), 60, np.full(24, 20.0))]
    profile = from_days(rows, SHANGHAI, days_from=date(2025, 3, 3), days_until=date(2025, 3, 7))
    found = load.analyse(profile, no_calendar)
    assert found.completeness == 36 / 96
    assert found.energy_kwh == 600
    assert found.load_factor == pytest.approx((600 / 36) / 20)
    assert np.isnan(found.daily_kwh).tolist() == [False, True, False, True]
    assert found.power_factor is None
    with pytest.raises(NoReadings):
        from_days(rows, SHANGHAI, days_from=date(2025, 4, 1))
    with pytest.raises(NoReadings):
        load.analyse(between(profile, date(2025, 3, 4), date(2025, 3, 5)), no_calendar)


def test_months_at_the_edges_of_the_period_tell_their_days():
    profile = make_profile(np.ones((10, 24)), first="2025-02-24")
    months = load.analyse(profile, no_calendar).months
    assert [(m.month, m.days, m.days_in_month, m.energy_kwh) for m in months] == [
        ("2025-02", 5, 28, 120.0),
        ("2025-03", 5, 31, 120.0),
    ]


def test_demand_of_five_minute_meter_in_blocks_of_fifteen():
    kwh = np.ones((1, 288))
    kwh[0, 100] = 10  # 08:20, in the block 08:15-08:30
    profile = make_profile(kwh, 5)
    peak, block = load.maximum_demand(profile), load.maximum_demand_15min(profile)
    assert (peak.kw, peak.at.strftime("%H:%M")) == (120.0, "08:20")
    assert (block.kw, block.at.strftime("%H:%M")) == (48.0, "08:15")
    assert load.analyse(profile, no_calendar).months[0].max_demand_15min_kw == 48.0


def test_demand_of_ten_minute_meter_spreads_energy_evenly():
    kwh = np.zeros((1, 144))
    kwh[0, 4:6] = 6.0, 3.0  # 00:40-00:50 at 36 kW, 00:50-01:00 at 18 kW
    block = load.maximum_demand_15min(make_profile(kwh, 10))
    # 00:30-00:45 holds half of 6 kWh; 00:45-01:00 the other half and 3 kWh: 24 kW
    assert (block.kw, block.at.strftime("%H:%M")) == (24.0, "00:45")


def test_block_with_an_absent_interval_does_not_count():
    kwh = np.ones((1, 288))
    kwh[0, 0:2] = np.nan, 100.0
    assert load.maximum_demand_15min(make_profile(kwh, 5)).kw == 12.0


def test_hourly_meter_gives_the_interval_as_demand():
    profile = make_profile(np.arange(24.0)[None, :])
    block = load.maximum_demand_15min(profile)
    assert (block.kw, block.at.hour) == (23.0, 23)


def test_duration_curve_is_bounded_and_keeps_both_ends(steel):
    curve = load.duration_curve(steel)
    assert len(curve.kw) <= 500
    assert curve.kw[0] == pytest.approx(628.72)
    assert curve.kw[-1] == 0
    assert curve.share[-1] == 1
    assert (np.diff(curve.kw) <= 0).all()
    short = load.duration_curve(make_profile([[1.0, 3.0] * 12]))
    assert len(short.kw) == 24


def test_typical_days_by_kind():
    """Monday 3 March to Sunday 9 March 2025: five workdays, two rest days."""
    level = np.array([10.0, 11, 12, 13, 14, 1, 3])
    found = load.typical_days(make_profile(np.repeat(level[:, None], 24, axis=1)))
    assert set(found) == {DayKind.WORKDAY, DayKind.REST}
    workday = found[DayKind.WORKDAY]
    assert workday.days == 5
    assert workday.mean_kw.tolist() == [12.0] * 24
    assert workday.p10_kw[0] == pytest.approx(np.percentile(level[:5], 10))
    assert workday.p90_kw[0] == pytest.approx(np.percentile(level[:5], 90))
    assert found[DayKind.REST].mean_kw[5] == 2.0


def test_typical_days_leave_absent_values_out():
    grid = np.full((5, 24), 4.0)
    grid[:4, 0] = np.nan
    grid[:, 1] = np.nan
    workday = load.typical_days(make_profile(grid))[DayKind.WORKDAY]
    assert workday.mean_kw[0] == workday.p10_kw[0] == workday.p90_kw[0] == 4.0
    assert np.isnan(workday.mean_kw[1])
    assert np.isnan(workday.p90_kw[1])


def test_base_load_looks_at_nights_and_days_off():
    grid = np.full((7, 24), 100.0)
    grid[:, :6] = 20.0
    assert load.base_load(make_profile(grid)) == 20.0
    assert load.base_load(make_profile(np.full((1, 24), np.nan))) is None


def test_estimated_share_counts_marks_of_intervals_with_a_value():
    marks = np.zeros((1, 24), np.uint8)
    marks[0, :6] = Quality.ESTIMATED | Quality.MISSING
    profile = from_grid([date(2025, 3, 3)], 60, np.ones((1, 24)), SHANGHAI, marks=marks)
    assert load.estimated_share(profile) == 0.25


def test_power_factor_counts_both_directions():
    assert load.power_factor(100_000, 40_000, -20_000) == pytest.approx(0.857492, abs=1e-6)
    assert load.power_factor(100, None, None) is None
    assert load.power_factor(0, 1, 1) is None


def test_total_of_two_meters():
    first, second = make_profile(np.ones((1, 24))), make_profile(np.full((1, 24), 2.0))
    assert total([first, second]).kwh.tolist() == [3.0] * 24
    second.kwh[3] = np.nan
    assert np.isnan(total([first, second]).kwh[3])
    with pytest.raises(MixedIntervals):
        total([first, make_profile(np.ones((1, 96)), 15)])


def test_mixed_interval_lengths_are_refused():
    rows = [Day(date(2025, 3, 3), 60, np.ones(24)), Day(date(2025, 3, 4), 30, np.ones(48))]
    with pytest.raises(MixedIntervals):
        from_days(rows, SHANGHAI)
