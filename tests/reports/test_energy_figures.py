"""Figures of the report on the real steel year (DATA 1) and refusals (ENE-2)."""

from datetime import date
from decimal import Decimal

import pytest

from kam.accounts.models import Account
from kam.core.models import Unit
from kam.lib import clock
from kam.reports.queries.energy import BadPeriod, energy_figures
from tests.cast import make_account, make_meter
from tests.reports.readings import store_steel

pytestmark = pytest.mark.django_db


@pytest.fixture
def steel(real_data) -> Account:
    account = make_account(unit=Unit.objects.get(code="COMPANY"), contract_kva=Decimal(800))
    store_steel(make_meter(account), real_data)
    return account


MONTHS = {  # DATA 1: kWh, max kW, load factor, PF_abs, adjustment %
    "2018-01": (126238.29, 612.56, 0.2770, 0.8858, 0.5),
    "2018-02": (91497.34, 582.04, 0.2339, 0.8871, 0.5),
    "2018-03": (80230.41, 605.24, 0.1782, 0.8732, 1.5),
    "2018-04": (78769.80, 556.12, 0.1967, 0.8596, 2.0),
    "2018-05": (79059.28, 560.16, 0.1897, 0.8394, 3.0),
    "2018-06": (65404.64, 535.40, 0.1697, 0.8222, 4.0),
    "2018-07": (81674.41, 486.72, 0.2255, 0.8550, 2.5),
    "2018-08": (68559.43, 534.80, 0.1723, 0.8118, 4.5),
    "2018-09": (57883.07, 510.48, 0.1575, 0.8040, 5.0),
    "2018-10": (84665.65, 557.72, 0.2040, 0.8294, 3.5),
    "2018-11": (86217.61, 628.72, 0.1905, 0.8597, 2.0),
    "2018-12": (59436.78, 596.72, 0.1339, 0.8255, 3.5),
}
COSTS = {  # ground_truth.json, yuan by month
    "2018-01": 107193.88, "2018-02": 77362.63, "2018-03": 72951.18, "2018-04": 71958.27,
    "2018-05": 72898.91, "2018-06": 59833.26, "2018-07": 81456.93, "2018-08": 67473.88,
    "2018-09": 57825.22, "2018-10": 77414.31, "2018-11": 78320.95, "2018-12": 54203.43,
}  # fmt: skip


def test_the_steel_year_gives_the_figures_computed_independently(steel):
    found = energy_figures(steel, date(2018, 1, 1), date(2019, 1, 1))
    assert found.energy_kwh == 959636.71
    assert (found.kvarh_lag, found.kvarh_lead) == (456759.84, 135638.04)
    assert (found.max_demand_kw, found.max_demand_15min_kw) == (628.72, 628.72)
    assert found.max_demand_at == "2018-11-22T09:30:00+08:00"
    assert round(found.load_factor or 0, 4) == 0.1742
    assert round(found.power_factor or 0, 4) == 0.8509
    assert found.bands == {
        "sharp": 55367.01,
        "peak": 458163.17,
        "flat": 388402.70,
        "valley": 57703.83,
        "deep_valley": 0,
    }
    assert found.energy_cost_yuan == 878892.86
    assert found.completeness == 1
    assert found.estimated_share == 0
    assert found.average_price_yuan == pytest.approx(878892.86 / 959636.71, abs=1e-6)
    assert {a["code"] for a in found.assumptions} == {
        "default_calendar",
        "calendar_later",
        "default_tariff",
        "tariff_later",
    }


def test_every_month_of_the_steel_year_has_the_table_s_figures(steel):
    found = energy_figures(steel, date(2018, 1, 1), date(2019, 1, 1))
    months = {month["month"]: month for month in found.months}
    assert set(months) == set(MONTHS)
    for name, (kwh, kw, load_factor, power_factor, percent) in MONTHS.items():
        month = months[name]
        assert month["energy_kwh"] == kwh
        assert month["max_demand_kw"] == kw
        assert round(month["load_factor"], 4) == load_factor
        assert month["power_factor"] == pytest.approx(power_factor, abs=5.1e-5)
        assert month["pf_adjustment_percent"] == percent
        assert month["energy_cost_yuan"] == COSTS[name]
    assert months["2018-07"]["power_factor_billed"] == 0.85  # 0.854992, not by way of 0.8550


def test_a_period_inside_one_month_and_what_came_before(steel):
    found = energy_figures(steel, date(2018, 7, 9), date(2018, 7, 16))
    assert found.before is not None
    assert (found.before["from"], found.before["until"]) == ("2018-07-02", "2018-07-09")
    assert found.year_before is None
    assert found.days == 7
    assert len(found.daily_kwh) == 7
    assert found.energy_kwh == pytest.approx(sum(kwh for kwh in found.daily_kwh if kwh is not None), abs=0.05)


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        (date(2018, 3, 1), date(2018, 3, 1), "until_before_from"),
        (date(2018, 3, 2), date(2018, 3, 1), "until_before_from"),
        (date(2017, 12, 31), date(2018, 3, 1), "beyond_readings"),
        (date(2018, 12, 1), date(2019, 1, 2), "beyond_readings"),
        (date(2015, 1, 1), date(2019, 1, 1), "too_long"),
    ],
)
def test_a_period_that_cannot_be_reported_on_is_refused_with_a_code(steel, begin, end, code):
    with pytest.raises(BadPeriod) as refused:
        energy_figures(steel, begin, end)
    assert refused.value.code == code


def test_an_account_without_readings_is_refused():
    account = make_account(unit=Unit.objects.get(code="COMPANY"))
    make_meter(account)
    with pytest.raises(BadPeriod) as refused:
        energy_figures(account, date(2018, 1, 1), date(2018, 2, 1))
    assert refused.value.code == "no_readings"
    assert clock.zone().key == "Asia/Shanghai"
