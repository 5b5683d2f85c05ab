"""Advice with money, unusual findings, carbon (ENE-2): by hand from DOMAIN sections 3, 4 and 10, and on real data."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kam.billing.rules import tables
from kam.billing.rules.energy import as_kwh, energy_cost
from kam.metering.rules import load
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.metering.rules.marks import Quality
from kam.metering.rules.profile import Profile, from_grid
from kam.metering.rules.tou_tables import GUANGDONG
from kam.reports.rules import carbon, unusual
from kam.reports.rules.advice import (
    CapacityAdvice,
    CapacityTerms,
    Caution,
    Kind,
    Method,
    MonthUse,
    NoAdvice,
    PowerFactorAdvice,
    Why,
    capacity_advice,
    power_factor_advice,
)
from kam.reports.rules.unusual import Code
from tests.metering.steel import steel_year

D = Decimal
SHANGHAI = ZoneInfo("Asia/Shanghai")
TERMS = CapacityTerms(D(2000), D("22.6"), D("36.1"), Method.CAPACITY)
NO_PRICE = CapacityTerms(D(2000), None, None)


def make_month(month="2025-04", days=30, in_month=30, kwh=450_000, demand=1100, lag=None, yuan=None):
    return MonthUse(
        month=month,
        days=days,
        days_in_month=in_month,
        kwh=D(kwh),
        demand_kw=None if demand is None else D(demand),
        kvarh_lag=None if lag is None else D(lag),
        energy_yuan=None if yuan is None else D(yuan),
    )


def make_year(**changes):
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return [make_month(f"2025-{n:02d}", days, days, **changes) for n, days in enumerate(lengths, 1)]


def good(found) -> PowerFactorAdvice:
    assert isinstance(found, PowerFactorAdvice)
    return found


def best(found) -> CapacityAdvice:
    assert isinstance(found, CapacityAdvice)
    return found


# power factor


def test_power_factor_advice_of_one_month():
    """P1 of DOMAIN section 3.4: 0.86 pays 2 % on a base of 120,000; at 0.95 it would receive 0.75 %."""
    month = make_month(kwh=100_000, demand=500, lag=60_000, yuan=120_000)
    found = good(power_factor_advice([month], standard=D("0.90"), terms=NO_PRICE))
    (row,) = found.months
    assert (row.billed, row.percent, row.base_yuan) == (D("0.86"), D(2), D(120_000))
    assert row.adjustment_yuan == D("2400.00")
    assert (row.at_standard_yuan, row.at_target_yuan) == (D(0), D("-900.00"))
    # 500 kW × (0.6 - tan(arccos 0.95)) and × (0.6 - tan(arccos 0.90))
    assert (found.kvar_to_target, found.kvar_to_standard) == (D("135.7"), D("57.8"))
    assert found.saving_yuan_per_year == D("40150.00")  # 3,300 in 30 days
    assert found.saving_to_standard_yuan_per_year == D("29200.00")
    assert (found.is_scaled, found.period_days) == (True, 30)


def test_power_factor_base_holds_the_capacity_charge():
    month = make_month(kwh=100_000, demand=500, lag=60_000, yuan=74_800)
    (row,) = good(power_factor_advice([month], standard=D("0.90"), terms=TERMS)).months
    assert row.base_yuan == D(120_000)  # 74,800 and 2,000 kVA × 22.6


def test_power_factor_advice_of_a_whole_year_is_not_scaled():
    months = make_year(kwh=100_000, demand=500, lag=60_000, yuan=120_000)
    found = good(power_factor_advice(months, standard=D("0.90"), terms=NO_PRICE))
    assert found.saving_yuan_per_year == D("39600.00")
    assert (found.is_scaled, found.cautions) == (False, ())


@pytest.mark.parametrize(
    "changes, standard, why",
    [
        ({"lag": 60_000, "yuan": 1}, None, Why.NOT_ASSESSED),
        ({"lag": 60_000, "yuan": 1, "demand": None}, D("0.90"), Why.NO_READINGS),
        ({"yuan": 1}, D("0.90"), Why.NO_REACTIVE),
        ({"lag": 60_000}, D("0.90"), Why.NO_ENERGY_COST),
        ({"lag": 10_000, "yuan": 1}, D("0.90"), Why.AT_TARGET),
    ],
)
def test_no_power_factor_advice_says_why(changes, standard, why):
    found = power_factor_advice([make_month(**changes)], standard=standard, terms=NO_PRICE)
    assert found == NoAdvice(Kind.POWER_FACTOR, why)


def test_power_factor_advice_on_the_steel_year(real_data):
    """Every month is below 0.90; 23 % of the reactive energy is leading, so fixed capacitors are no cure."""
    figures = load.analyse(steel_year(real_data), lambda day: GUANGDONG)
    table = tables.GD_LOW_VOLTAGE.energy
    months = [
        MonthUse(
            month=m.month,
            days=m.days,
            days_in_month=m.days_in_month,
            kwh=as_kwh(m.energy_kwh),
            demand_kw=as_kwh(m.max_demand_15min_kw or 0),
            kvarh_lag=as_kwh(m.kvarh_lag or 0),
            kvarh_lead=as_kwh(m.kvarh_lead or 0),
            energy_yuan=energy_cost({b: as_kwh(kwh) for b, kwh in m.bands.items()}, table).adjustable_yuan,
        )
        for m in figures.months
    ]
    found = good(power_factor_advice(months, standard=D("0.90"), terms=NO_PRICE))
    assert [float(row.percent) for row in found.months] == [
        0.5, 0.5, 1.5, 2.0, 3.0, 4.0, 2.5, 4.5, 5.0, 3.5, 2.0, 3.5,
    ]  # fmt: skip
    assert Caution.OVER_COMPENSATED in found.cautions
    assert not found.is_scaled
    # by hand: the sum over months of base × (percent + 0.75) / 100
    by_hand = sum(row.base_yuan * (row.percent + D("0.75")) / 100 for row in found.months)
    assert abs(found.saving_yuan_per_year - by_hand) < D("0.2")


# capacity and demand


@pytest.mark.parametrize(
    "kwh, demand, capacity, actual, cheapest",
    [
        (450_000, 1100, "45200", "39710.00", Method.ACTUAL_DEMAND),  # D1
        (450_000, 1300, "45200", "46930.00", Method.CAPACITY),  # D2
        (540_000, 1250, "45200", "40612.50", Method.ACTUAL_DEMAND),  # D3, price at 90 %
    ],
)
def test_capacity_month(kwh, demand, capacity, actual, cheapest):
    (row,) = best(capacity_advice([make_month(kwh=kwh, demand=demand)], terms=TERMS)).months
    assert (row.capacity_yuan, row.actual_demand_yuan) == (D(capacity), D(actual))
    assert abs(row.best_declared_kw - D(demand) / D("1.05")) < 1
    without_contract = {Method.CAPACITY: row.capacity_yuan, Method.ACTUAL_DEMAND: row.actual_demand_yuan}
    assert min(without_contract, key=without_contract.__getitem__) is cheapest


def test_capacity_advice_of_a_year():
    """1,100 kW every month: a contract of 1,048 kW, 1,100 / 1.05 being 1,047.6, beats both other ways."""
    found = best(capacity_advice(make_year(), terms=TERMS))
    assert found.totals_yuan[Method.CAPACITY] == D("542400.00")
    assert found.totals_yuan[Method.ACTUAL_DEMAND] == D("476520.00")
    assert found.best_declared_kw == 1048  # 1,047 would pay twice 36.1 on 0.65 kW: 10.83 yuan more
    assert found.totals_yuan[Method.CONTRACT_DEMAND] == D("453993.60")
    assert (found.best, found.present) == (Method.CONTRACT_DEMAND, Method.CAPACITY)
    assert found.saving_yuan_per_year == D("88406.40")
    assert not found.is_scaled
    assert Caution.HINDSIGHT in found.cautions


def test_capacity_that_is_cheapest_saves_nothing_by_change():
    found = best(capacity_advice(make_year(demand=1900), terms=TERMS))
    assert (found.best, found.saving_yuan_per_year) == (Method.CAPACITY, D(0))


def test_present_contract_value_is_compared():
    terms = CapacityTerms(D(2000), D("22.6"), D("36.1"), Method.CONTRACT_DEMAND, declared_kw=D(1200))
    found = best(capacity_advice([make_month(demand=1320)], terms=terms))
    assert found.present_yuan == D("47652.00")  # D5
    assert found.best is Method.CAPACITY
    assert found.saving_yuan_per_year == D("29832.67")  # 2,452 in 30 days


def test_part_of_a_month_counts_by_its_days():
    month = make_month(days=15, in_month=30, kwh=270_000, demand=1250)
    found = best(capacity_advice([month], terms=CapacityTerms(D(2000), D("22.6"), D("36.1"))))
    (row,) = found.months
    assert row.factor == D("0.9")  # 540,000 kWh at the month's pace
    assert (row.capacity_yuan, row.actual_demand_yuan) == (D("22600.00"), D("20306.25"))
    assert set(found.cautions) >= {Caution.PART_MONTHS, Caution.CHOICE_ASSUMED}
    assert found.is_scaled


@pytest.mark.parametrize(
    "terms, changes, why",
    [
        (NO_PRICE, {}, Why.NO_CAPACITY_PRICE),
        (CapacityTerms(None, D("22.6"), D("36.1")), {}, Why.NO_CONTRACT_CAPACITY),
        (TERMS, {"demand": None}, Why.NO_READINGS),
    ],
)
def test_no_capacity_advice_says_why(terms, changes, why):
    found = capacity_advice([make_month(**changes)], terms=terms)
    assert found == NoAdvice(Kind.CAPACITY_OR_DEMAND, why)


# unusual


def make_profile(change=None, *, days=112, lag=None, marks=None) -> Profile:
    """Sixteen weeks from Monday 3 March 2025: 100 kW in the daytime of workdays, else 20 kW."""
    dates = np.datetime64("2025-03-03") + np.arange(days)
    kwh = np.full((days, 24), 20.0)
    wave = 1 + 0.01 * (np.arange(days) % 3)  # neighbours are not quite alike
    for day, at in enumerate(dates.tolist()):
        if kind_of(at) is DayKind.WORKDAY:
            kwh[day, 8:18] = 100.0 * wave[day]
    if change is not None:
        change(kwh)
    return from_grid(
        dates,
        60,
        kwh,
        SHANGHAI,
        kvarh_lag=None if lag is None else kwh * lag,
        marks=marks,
    )


def find(profile, *, contract_kva=None, standard=None):
    figures = load.analyse(profile, lambda day: None)
    return unusual.findings(profile, figures, contract_kva=contract_kva, power_factor_standard=standard)


def only(found, code):
    (finding,) = [f for f in found if f.code is code]
    return finding


def test_peak_day_tells_day_and_instant():
    def change(kwh):
        kwh[44, 9] = 250.0

    finding = only(find(make_profile(change)), Code.PEAK_DAY)
    assert (finding.day, finding.value) == (date(2025, 4, 16), 250.0)
    assert finding.at is not None
    assert finding.at.isoformat() == "2025-04-16T09:00:00+08:00"
    assert finding.usual == pytest.approx(101, abs=1.01)


def test_jump_down_and_up():
    def change(kwh):
        kwh[15, 8:18] = 30.0  # Tuesday 18 March
        kwh[16, 8:18] = 160.0

    found = find(make_profile(change))
    assert only(found, Code.JUMP_DOWN).day == date(2025, 3, 18)
    assert only(found, Code.JUMP_UP).day == date(2025, 3, 19)


def test_night_and_rest_day_running_high():
    def change(kwh):
        kwh[17, :6] = 80.0
        kwh[19, 8:18] = 90.0  # Saturday 22 March

    found = find(make_profile(change))
    assert only(found, Code.NIGHT_HIGH).day == date(2025, 3, 20)
    assert only(found, Code.OFF_DAY_HIGH).day == date(2025, 3, 22)


def test_days_off_as_a_whole():
    def change(kwh):
        kwh[:] = 50.0

    finding = only(find(make_profile(change)), Code.OFF_DAYS_HIGH)
    assert (finding.value, finding.threshold) == (1200.0, pytest.approx(960.0))


def test_above_contract_by_apparent_power():
    found = find(make_profile(lag=0.75), contract_kva=125.0)  # 100-102 kW are 125-127.5 kVA
    above = [f for f in found if f.code is Code.ABOVE_CONTRACT]
    assert len(above) == 3
    assert above[0].unit == "kVA"
    assert above[0].value == pytest.approx(127.5)
    assert not [f for f in find(make_profile(), contract_kva=125.0) if f.code is Code.ABOVE_CONTRACT]


def test_poor_power_factor_months_only_below_the_standard():
    found = find(make_profile(lag=0.75), standard=0.90)
    poor = [f for f in found if f.code is Code.POOR_POWER_FACTOR]
    assert len(poor) == 3
    assert poor[0].value == pytest.approx(0.8)
    assert not [f for f in find(make_profile(lag=0.3), standard=0.90) if f.code is Code.POOR_POWER_FACTOR]


def test_month_on_month_drop():
    def change(kwh):
        kwh[59:] *= 0.5  # from 1 May

    finding = only(find(make_profile(change)), Code.MONTH_DROP)
    assert finding.month == "2025-05"
    assert finding.value < finding.threshold


def test_marked_stretches_tell_their_hours():
    marks = np.zeros((112, 24), np.uint8)
    marks[3, 20:] = Quality.DEAD
    marks[4, :2] = Quality.DEAD
    finding = only(find(make_profile(marks=marks)), Code.DEAD)
    assert (finding.day, finding.value, finding.threshold) == (date(2025, 3, 6), 6.0, 2.0)


def test_findings_are_few_and_ordered(real_data):
    profile = steel_year(real_data)
    found = find(profile, contract_kva=600.0, standard=0.90)
    assert 0 < len(found) <= unusual.MOST
    assert [f.rank for f in found] == sorted((f.rank for f in found), reverse=True)
    assert found[0].code is Code.ABOVE_CONTRACT
    for code in Code:
        assert sum(f.code is code for f in found) <= unusual.MOST_PER_CODE


def test_ordinary_short_or_even_load_gives_no_findings():
    def change(kwh):
        kwh[:] = 0.0

    assert find(make_profile()) == ()
    assert find(make_profile(days=2)) == ()
    assert find(make_profile(change)) == ()


# carbon


@pytest.mark.parametrize(
    "year, region, tonnes, factor_year",
    [
        (2023, "CN", 636.72, 2023),
        (2023, "GD", 530.28, 2023),
        (2026, "CN", 636.72, 2023),
        (2022, "CN", 643.92, 2022),
        (2018, "CN", 668.16, 2021),
        (2023, "HA", 636.72, 2023),  # no factor of its own: national
    ],
)
def test_carbon(year, region, tonnes, factor_year):
    """DOMAIN section 10."""
    found = carbon.co2_t(1_200_000, year, region)
    assert found.tonnes == pytest.approx(tonnes)
    assert found.year == factor_year
