"""Power factor, capacity and demand, energy cost: examples of DOMAIN sections 3, 4 and DATA section 1."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.billing.rules import demand, energy, power_factor, tables
from kam.metering.rules import load
from kam.metering.rules.tou import Band
from kam.metering.rules.tou_tables import CALENDARS, GUANGDONG
from tests.metering.steel import steel_year

D = Decimal
STANDARDS = (D("0.90"), D("0.85"), D("0.80"))
# DOMAIN section 3.3, standards 0.90, 0.85, 0.80
TABLE = """
1.00 -0.75 -1.10 -1.30 | 0.95 -0.75 -1.10 -1.30 | 0.94 -0.60 -1.10 -1.30 | 0.93 -0.45 -0.95 -1.30
0.92 -0.30 -0.80 -1.30 | 0.91 -0.15 -0.65 -1.15 | 0.90 0 -0.50 -1.00 | 0.89 0.5 -0.40 -0.90
0.88 1.0 -0.30 -0.80 | 0.87 1.5 -0.20 -0.70 | 0.86 2.0 -0.10 -0.60 | 0.85 2.5 0 -0.50
0.84 3.0 0.5 -0.40 | 0.83 3.5 1.0 -0.30 | 0.82 4.0 1.5 -0.20 | 0.81 4.5 2.0 -0.10
0.80 5.0 2.5 0 | 0.79 5.5 3.0 0.5 | 0.78 6.0 3.5 1.0 | 0.77 6.5 4.0 1.5
0.76 7.0 4.5 2.0 | 0.75 7.5 5.0 2.5 | 0.74 8.0 5.5 3.0 | 0.73 8.5 6.0 3.5
0.72 9.0 6.5 4.0 | 0.71 9.5 7.0 4.5 | 0.70 10.0 7.5 5.0 | 0.69 11 8.0 5.5
0.68 12 8.5 6.0 | 0.67 13 9.0 6.5 | 0.66 14 9.5 7.0 | 0.65 15 10.0 7.5
0.64 17 11 8.0 | 0.63 19 12 8.5 | 0.62 21 13 9.0 | 0.61 23 14 9.5
0.60 25 15 10.0 | 0.59 27 17 11 | 0.58 29 19 12 | 0.57 31 21 13
0.56 33 23 14 | 0.55 35 25 15 | 0.54 37 27 17
"""
CELLS = [D(cell) for cell in TABLE.replace("|", " ").split()]
ROWS = [CELLS[i : i + 4] for i in range(0, len(CELLS), 4)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_whole_adjustment_table(row):
    billed, *percents = row
    assert [power_factor.adjustment_percent(billed, standard) for standard in STANDARDS] == percents


@pytest.mark.parametrize(
    "kwh, kvarh, raw, billed, percents",
    [
        (100_000, 60_000, "0.857492", "0.86", ("2.0", "-0.1", "-0.6")),  # P1
        (200_000, 40_000, "0.980580", "0.98", ("-0.75", "-1.10", "-1.30")),  # P2
        (152_000, 77_800, "0.890170", "0.89", ("0.5", "-0.4", "-0.9")),  # P3
        (50_000, 82_000, "0.520607", "0.52", ("41", "31", "21")),  # P4
        (320_000, 155_000, "0.899981", "0.90", ("0", "-0.5", "-1.0")),  # P5
        (300_000, 120_000, "0.928476", "0.93", ("-0.45", "-0.95", "-1.30")),  # P6
    ],
)
def test_power_factor_examples(kwh, kvarh, raw, billed, percents):
    """DOMAIN section 3.4."""
    exact = power_factor.power_factor(D(kwh), D(kvarh))
    # the source truncates or rounds its sixth decimal
    assert abs(exact - D(raw)) <= D("0.000001")
    assert power_factor.billed(exact) == power_factor.billed_from(D(kwh), D(kvarh)) == D(billed)
    for standard, percent in zip(STANDARDS, percents, strict=True):
        assert power_factor.adjustment_percent(D(billed), standard) == D(percent)


def test_power_factor_money_and_compensation():
    assert power_factor.adjustment_yuan(D(120_000), D("2.0")) == D("2400.00")  # P1
    assert power_factor.adjustment_yuan(D(120_000), D("-0.45")) == D("-540.00")  # P6
    assert power_factor.compensation_kvar(D(500), D("0.82"), D("0.95")) == D("184.7")
    assert power_factor.compensation_kvar(D(500), D("0.98"), D("0.95")) == 0


@given(kwh=st.integers(1, 10**9), kvarh=st.integers(0, 10**9))
def test_billed_power_factor_is_the_rounded_exact_value(kwh, kvarh):
    billed = power_factor.billed_from(D(kwh) / 100, D(kvarh) / 100)
    hundredths = int(billed * 100)
    square = kwh * kwh + kvarh * kvarh
    assert max(2 * hundredths - 1, 0) ** 2 * square <= 40_000 * kwh * kwh
    assert (2 * hundredths + 1) ** 2 * square > 40_000 * kwh * kwh


def test_power_factor_refusals():
    with pytest.raises(power_factor.NoEnergy):
        power_factor.power_factor(D(0), D(5))
    with pytest.raises(power_factor.NoEnergy):
        power_factor.billed_from(D(0), D(5))
    with pytest.raises(power_factor.UnknownStandard):
        power_factor.adjustment_percent(D("0.90"), D("0.95"))


KVA, P_CAP, P_DEM = D(2000), D("22.6"), D("36.1")


@pytest.mark.parametrize(
    "md, kwh, charge",
    [(1100, 450_000, "39710"), (1300, 450_000, "46930"), (1250, 540_000, "40612.50")],
    ids=["D1", "D2", "D3"],
)
def test_capacity_against_actual_demand(md, kwh, charge):
    """DOMAIN section 4.4."""
    factor = demand.incentive_factor(D(kwh), KVA)
    assert demand.capacity_charge(KVA, P_CAP) == D(45_200)
    assert demand.actual_demand_charge(D(md), P_DEM, factor) == D(charge)


@pytest.mark.parametrize(
    "declared, md, charge, other",
    [
        (1200, 1250, "43320.00", "43320.00"),
        (1200, 1320, "47652.00", "49818.00"),
        (600, 700, "28880.00", "28880.00"),
        (600, 900, "33212.00", "34656.00"),
    ],
    ids=["D4", "D5", "D6", "D7"],
)
def test_contract_demand(declared, md, charge, other):
    """DOMAIN section 4.4, both readings of the rule."""
    assert demand.contract_demand_charge(D(declared), D(md), KVA, P_DEM) == D(charge)
    reading = demand.Excess.LIMIT_THEN_DOUBLE
    assert demand.contract_demand_charge(D(declared), D(md), KVA, P_DEM, excess=reading) == D(other)


def test_break_even():
    assert round(demand.break_even_kw(KVA, P_CAP, P_DEM)) == 1252
    assert round(demand.break_even_kw(KVA, P_CAP, P_DEM, D("0.9"))) == 1391


def test_best_declared_value_of_one_month():
    best = demand.best_declared([demand.DemandMonth(D(1320))], KVA, P_DEM)
    assert best == 1257
    assert abs(demand.contract_demand_charge(best, D(1320), KVA, P_DEM) - D("45388.5")) < D("0.1")
    assert demand.best_declared([demand.DemandMonth(D(300))], KVA, P_DEM) == 800  # the 40 % floor


@given(
    peaks=st.lists(st.integers(300, 2400), min_size=1, max_size=4),
    excess=st.sampled_from(list(demand.Excess)),
)
def test_best_declared_value_is_least_among_all(peaks, excess):
    months = [demand.DemandMonth(D(peak)) for peak in peaks]

    def charge(declared):
        return sum(demand.contract_demand_charge(D(declared), m.demand_kw, KVA, P_DEM, excess=excess) for m in months)

    best = demand.best_declared(months, KVA, P_DEM, excess=excess)
    # every 16th value and the neighbours: the whole range would say no more and take long
    tried = {*range(800, 2500, 16), int(best) - 1, int(best) + 1}
    assert charge(best) <= min(charge(declared) for declared in tried if declared >= 800)


def amounts(cost):
    return [line.yuan for line in cost.lines]


def test_energy_cost_shandong():
    """T1: 2.0 : 1.7 : 1 : 0.3 : 0.1 on the floating base."""
    bands = {
        Band.SHARP: D(36_000),
        Band.PEAK: D(60_000),
        Band.FLAT: D(150_000),
        Band.VALLEY: D(54_000),
        Band.DEEP_VALLEY: D(60_000),
    }
    cost = energy.energy_cost(bands, tables.SD_110.energy)
    assert tables.SD_110.energy.prices[Band.SHARP] == D("1.13597")
    assert amounts(cost) == [D("40894.92"), D("59133"), D("95185.5"), D("15313.86"), D("10998.6")]
    assert cost.total_yuan == D("221525.88")
    assert cost.average_price == D("0.615350")
    assert cost.funds_yuan == D("9781.20")
    moved = bands | {Band.PEAK: D(50_000), Band.VALLEY: D(64_000)}
    assert cost.total_yuan - energy.energy_cost(moved, tables.SD_110.energy).total_yuan == D("7019.60")


def test_energy_cost_guangdong_rounds_the_sum_once():
    """T2: rounding each line would give 135,671.76."""
    bands = {Band.SHARP: D(12_000), Band.PEAK: D(48_000), Band.FLAT: D(80_000), Band.VALLEY: D(60_000)}
    cost = energy.energy_cost(bands, tables.GD_10.energy)
    assert tables.GD_10.energy.prices[Band.SHARP] == D("1.34516875")
    assert amounts(cost) == [D("16142.025"), D("51920.1"), D("51813.5"), D("15796.125")]
    assert cost.total_yuan == D("135671.75")


def test_energy_cost_jiangsu():
    """T3."""
    bands = {Band.PEAK: D(60_000), Band.FLAT: D(80_000), Band.VALLEY: D(60_000)}
    cost = energy.energy_cost(bands, tables.JS_10.energy)
    assert cost.total_yuan == D("125690.00")
    assert cost.average_price == D("0.628450")


def test_whole_bill():
    """T4: funds stay out of the base of the power-factor adjustment."""
    demand_yuan = demand.actual_demand_charge(D(1300), D("36.0"))
    billed = power_factor.billed_from(D(360_000), D(215_000))
    percent = power_factor.adjustment_percent(billed, D("0.90"))
    base = D("221525.88") - D("9781.20") + demand_yuan
    adjustment = power_factor.adjustment_yuan(base, percent)
    assert (billed, percent, base, adjustment) == (D("0.86"), D(2), D("258544.68"), D("5170.89"))
    assert D("221525.88") + demand_yuan + adjustment == D("273496.77")


def test_energy_in_a_band_without_price_is_refused():
    with pytest.raises(energy.NoPrice) as refused:
        energy.energy_cost({Band.SHARP: D(1)}, tables.JS_10.energy)
    assert refused.value.band is Band.SHARP
    nothing = energy.energy_cost({Band.SHARP: D(0)}, tables.JS_10.energy)
    assert (nothing.total_yuan, nothing.average_price) == (D(0), None)


def test_floats_lose_their_noise():
    assert energy.as_kwh(0.1 + 0.2) == D("0.3")
    assert energy.as_kwh(126_238.29000000001) == D("126238.29")


def test_tables_name_known_calendars_and_price_every_band_of_them():
    for tariff in tables.TARIFFS:
        calendars = [c for c in CALENDARS if c.code == tariff.calendar_code]
        assert calendars
        used = {period.band for calendar in calendars for period in calendar.periods}
        assert used <= set(tariff.energy.prices)
        assert (tariff.capacity_yuan_kva is None) == (tariff.demand_yuan_kw is None)
        assert len(tariff.source) <= 300
    low = tables.GD_LOW_VOLTAGE
    assert tables.tariff_on("GD-GZ-LV", low.valid_from) is low
    assert tables.tariff_on("GD-GZ-LV", low.valid_from.replace(year=2018)) is None


def test_steel_year_billed_by_guangdong(real_data):
    """DATA section 1: power factor and adjustment by month, 878,892.86 yuan for the year, July 81,456.93."""
    truth = json.loads((real_data / "ground_truth.json").read_text())["steel"]["months"]
    figures = load.analyse(steel_year(real_data), lambda day: GUANGDONG)

    def cost(bands):
        as_decimals = {band: energy.as_kwh(kwh) for band, kwh in bands.items()}
        return energy.energy_cost(as_decimals, tables.GD_LOW_VOLTAGE.energy).total_yuan

    assert cost(figures.bands) == D("878892.86")
    assert cost(figures.months[6].bands) == D("81456.93")
    for number, month in enumerate(figures.months, 1):
        kvarh = energy.as_kwh((month.kvarh_lag or 0) + (month.kvarh_lead or 0))
        billed = power_factor.billed_from(energy.as_kwh(month.energy_kwh), kvarh)
        percent = power_factor.adjustment_percent(billed, D("0.90"))
        assert float(percent) == truth[str(number)]["pf_adjust_pct"]
        if number == 7:  # exact 0.854992
            assert (billed, percent) == (D("0.85"), D("2.5"))
