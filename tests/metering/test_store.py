"""Load days are kept once, corrected traceably, and read back as they were (ENE-1, DESIGN D5)."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from kam.core.models import IntakeBatch
from kam.metering.actions.meters import IntervalInUse, MeterTaken, add_meter, fit_interval
from kam.metering.actions.months import refresh_months
from kam.metering.actions.store import MeterDays, packed_of, store_days, store_many
from kam.metering.models import LoadDay, LoadDayBefore, Meter, MonthUse
from kam.metering.queries import account_profile, meter_profile
from kam.metering.rules.marks import Quality
from kam.metering.rules.packing import pack, unpack
from kam.metering.rules.profile import NoReadings
from kam.metering.rules.readings import DayArrays
from tests.cast import NOW, Cast, make_cast, make_meter

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def meter(cast: Cast) -> Meter:
    return make_meter(cast.account)


def make_batch(**changes: object) -> IntakeBatch:
    fields = {"kind": IntakeBatch.Kind.READINGS, "at": NOW, "file_name": "three.csv", "sha256": "0" * 64}
    return IntakeBatch.objects.create(**{**fields, **changes})


def make_day(day: date, kwh: float = 2.0, *, slots: int = 96, minutes: int = 15) -> DayArrays:
    """A flat day: the same energy in every interval, a quarter of it reactive."""
    flat = np.full(slots, kwh)
    return DayArrays(day, minutes, flat, flat / 4, np.zeros(slots), np.zeros(slots, np.uint8))


def make_days(count: int, kwh: float = 2.0, first: date = FIRST) -> list[DayArrays]:
    return [make_day(first + timedelta(days=n), kwh) for n in range(count)]


def test_what_is_stored_comes_back(meter: Meter) -> None:
    day = make_day(FIRST)
    day.kwh[5] = np.nan
    day.marks[5] = Quality.MISSING
    day = replace(day, raw_kwh=np.where(np.arange(96) == 7, -1.5, day.kwh))
    result = store_days(meter=meter, days=[day], batch=None, at=NOW)
    assert (result.stored, result.changed, result.unchanged, result.intervals) == (1, 0, 0, 95)
    back = unpack(packed_of(LoadDay.objects.get()), 15)
    np.testing.assert_array_equal(back.kwh, day.kwh)
    np.testing.assert_array_equal(back.marks, day.marks)
    assert back.raw_kwh is not None
    assert back.raw_kwh[7] == -1.5
    assert back.kvarh_lag is not None
    assert back.kvarh_lag[0] == 0.5


def test_stored_twice_changes_nothing(meter: Meter) -> None:
    store_days(meter=meter, days=make_days(3), batch=make_batch(), at=NOW)
    before = list(LoadDay.objects.values())
    result = store_days(meter=meter, days=make_days(3), batch=make_batch(), at=NOW)
    assert (result.stored, result.changed, result.unchanged, result.intervals) == (0, 0, 3, 0)
    assert result.months == frozenset()
    assert list(LoadDay.objects.values()) == before
    assert not LoadDayBefore.objects.exists()


def test_correction_supersedes_and_stays_traceable(meter: Meter) -> None:
    first, second = make_batch(), make_batch(file_name="corrected.csv")
    store_days(meter=meter, days=make_days(2), batch=first, at=NOW)
    better = make_day(FIRST)
    better.kwh[10:12] = 9.0
    result = store_days(meter=meter, days=[better], batch=second, at=NOW)
    assert (result.stored, result.changed, result.intervals) == (0, 1, 2)
    now = LoadDay.objects.get(day=FIRST)
    assert now.batch == second
    assert unpack(packed_of(now), 15).kwh[10] == 9.0
    before = LoadDayBefore.objects.get()
    assert (before.day, before.batch, before.replaced_by, before.replaced_at) == (FIRST, first, second, NOW)
    assert unpack(packed_of(before), 15).kwh[10] == 2.0


def test_partial_days_of_two_files_make_a_whole_one(meter: Meter) -> None:
    morning, evening = make_day(FIRST), make_day(FIRST)
    morning.kwh[48:], evening.kwh[:48] = np.nan, np.nan
    morning.marks[48:] = evening.marks[:48] = Quality.MISSING
    assert store_days(meter=meter, days=[morning], batch=None, at=NOW).intervals == 48
    assert store_days(meter=meter, days=[evening], batch=None, at=NOW).intervals == 48
    whole = unpack(packed_of(LoadDay.objects.get()), 15)
    assert not np.isnan(whole.kwh).any()
    assert not whole.marks.any()


def test_days_of_another_interval_are_refused_once_something_is_stored(meter: Meter) -> None:
    assert fit_interval(meter, 60)
    store_days(meter=meter, days=[make_day(FIRST, slots=24, minutes=60)], batch=None, at=NOW)
    with pytest.raises(IntervalInUse):
        fit_interval(meter, 15)
    with pytest.raises(IntervalInUse):
        store_days(meter=meter, days=make_days(1), batch=None, at=NOW)


def test_many_meters_are_stored_together(cast: Cast, meter: Meter) -> None:
    other = make_meter(cast.other_account)
    items = [MeterDays(one.pk, 15, pack(make_days(5))) for one in (meter, other)]
    results = store_many(items, batch=None, at=NOW, at_once=False)
    assert {pk: result.stored for pk, result in results.items()} == {meter.pk: 5, other.pk: 5}
    assert LoadDay.objects.count() == 10


def test_clock_change_days_keep_their_length(meter: Meter, settings: object) -> None:
    settings.TIME_ZONE = "Europe/Berlin"  # type: ignore[attr-defined]
    days = [make_day(date(2026, 3, 28)), make_day(date(2026, 3, 29), slots=92), make_day(date(2026, 3, 30))]
    days += [make_day(date(2026, 10, 24)), make_day(date(2026, 10, 25), slots=100)]
    store_days(meter=meter, days=days, batch=None, at=NOW)
    spring = meter_profile(meter, date(2026, 3, 28), date(2026, 3, 31))
    assert len(spring.kwh) == 96 + 92 + 96
    assert spring.starts_at(96 + 8).isoformat() == "2026-03-29T03:00:00+02:00"
    autumn = meter_profile(meter, date(2026, 10, 24), date(2026, 10, 26))
    assert len(autumn.kwh) == 196
    refresh_months([meter.account_id])
    assert dict(MonthUse.objects.values_list("month", "kwh")) == {
        date(2026, 3, 1): pytest.approx(2.0 * (96 + 92 + 96)),
        date(2026, 10, 1): pytest.approx(2.0 * 196),
    }


def test_month_figures_follow_what_is_stored(cast: Cast, meter: Meter) -> None:
    store_days(meter=meter, days=make_days(31), batch=None, at=NOW)
    assert refresh_months([cast.account.pk]) == 1
    march = MonthUse.objects.get(account=cast.account)
    assert march.month == FIRST
    assert march.kwh == pytest.approx(31 * 96 * 2)
    assert (march.max_kw, march.completeness) == (8.0, 1)
    assert march.load_factor == pytest.approx(1)
    assert march.power_factor == pytest.approx(4 / np.hypot(4, 1))
    # Guangdong (the default): valley 0-8, peak 10-12 and 14-19, flat the rest.
    assert march.kwh_by_band["valley"] == pytest.approx(31 * 32 * 2)
    assert march.kwh_by_band["peak"] == pytest.approx(31 * 28 * 2)
    store_days(meter=meter, days=[make_day(FIRST, 4.0)], batch=None, at=NOW)
    refresh_months([cast.account.pk], [FIRST])
    march.refresh_from_db()
    assert march.kwh == pytest.approx(31 * 96 * 2 + 96 * 2)


def test_meters_of_one_account_are_added_and_an_exchange_leaves_no_hole(cast: Cast, meter: Meter) -> None:
    store_days(meter=meter, days=make_days(3), batch=None, at=NOW)
    meter.active = False
    meter.save()
    new = make_meter(cast.account, meter_no="M2", interval_minutes=60)
    later = FIRST + timedelta(days=3)
    days = [make_day(later + timedelta(days=n), 5.0, slots=24, minutes=60) for n in range(2)]
    store_days(meter=new, days=days, batch=None, at=NOW)
    profile = account_profile(cast.account, FIRST, FIRST + timedelta(days=6))
    assert profile.minutes == 60
    np.testing.assert_allclose(profile.kwh[:72], 8.0)
    np.testing.assert_allclose(profile.kwh[72:120], 5.0)
    # The new meter is in service and gave nothing on the last day.
    assert np.isnan(profile.kwh[120:]).all()


def test_interval_is_absent_where_one_of_two_meters_is(cast: Cast, meter: Meter) -> None:
    gappy = make_day(FIRST)
    gappy.kwh[3] = np.nan
    store_days(meter=meter, days=[gappy], batch=None, at=NOW)
    store_days(meter=make_meter(cast.account, meter_no="M2"), days=make_days(1), batch=None, at=NOW)
    profile = account_profile(cast.account, FIRST, FIRST + timedelta(days=1))
    assert np.isnan(profile.kwh[3])
    assert profile.kwh[4] == 4.0


def test_account_without_readings_in_the_period_says_so(cast: Cast, meter: Meter) -> None:
    with pytest.raises(NoReadings):
        account_profile(cast.account, FIRST, FIRST + timedelta(days=1))
    with pytest.raises(NoReadings):
        meter_profile(meter, FIRST, FIRST + timedelta(days=1))


def test_meter_number_is_taken_once(cast: Cast) -> None:
    added = add_meter(account=cast.account, meter_no="T-1", by=cast.li, at=NOW)
    assert added.supply_point.kva == cast.account.contract_kva
    with pytest.raises(MeterTaken):
        add_meter(account=cast.other_account, meter_no="T-1", by=cast.li, at=NOW)
