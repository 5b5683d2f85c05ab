"""Which calendar sorts an account's energy, and versions of calendars (ENE-1, SYS-5)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kam.core.models import Job
from kam.metering import tasks
from kam.metering.actions import calendars as actions
from kam.metering.actions.months import refresh_months
from kam.metering.actions.store import store_days
from kam.metering.models import AccountCalendar, MonthUse, TouBand, TouCalendar
from kam.metering.queries import calendar_lookup, calendars
from kam.metering.rules.tou import Band, BandPeriod, ProblemCode
from kam.metering.rules.tou_tables import CALENDARS, GUANGDONG, JIANGSU, ZHEJIANG, ZHEJIANG_2024
from tests.cast import NOW, Cast, make_cast, make_meter
from tests.metering.test_store import make_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_tables_of_the_rules_are_loaded_whole_and_once() -> None:
    actions.ensure_calendars()
    assert TouCalendar.objects.count() == len(CALENDARS)
    assert [c.periods for c in calendars()["ZJ"]] == [ZHEJIANG_2024.periods, ZHEJIANG.periods]


def test_loading_again_leaves_an_edited_row_alone() -> None:
    TouCalendar.objects.filter(code="GD").update(name="本公司自改")
    actions.ensure_calendars()
    assert TouCalendar.objects.get(code="GD").name == "本公司自改"


def test_account_without_calendar_uses_the_default_and_says_so(cast: Cast) -> None:
    lookup = calendar_lookup(cast.account)
    on_first_day = lookup(date(2018, 1, 1))
    assert on_first_day is not None
    assert on_first_day.code == "GD"
    assert [told["code"] for told in lookup.assumptions(date(2018, 1, 1))] == ["default_calendar", "calendar_later"]


def test_a_new_calendar_closes_the_one_before(cast: Cast) -> None:
    actions.use_calendar(cast.account, "ZJ", date(2026, 1, 1))
    actions.use_calendar(cast.account, "SD", date(2026, 9, 1))
    rows = AccountCalendar.objects.filter(account=cast.account).order_by("valid_from")
    assert [(row.code, row.valid_until) for row in rows] == [("ZJ", date(2026, 9, 1)), ("SD", None)]
    lookup = calendar_lookup(cast.account)
    found = [lookup(day) for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 9, 1))]
    assert [(c.code, c.valid_from) for c in found if c] == [
        ("ZJ", ZHEJIANG_2024.valid_from),
        ("ZJ", ZHEJIANG.valid_from),
        ("SD", date(2024, 1, 1)),
    ]


def test_same_calendar_again_changes_nothing(cast: Cast) -> None:
    actions.use_calendar(cast.account, "ZJ", date(2026, 1, 1))
    assert actions.use_calendars([(cast.account.pk, "ZJ")], date(2026, 5, 1)) == 0


def test_unknown_calendar_and_a_start_before_the_open_row_are_refused(cast: Cast) -> None:
    with pytest.raises(actions.UnknownCalendar):
        actions.use_calendar(cast.account, "XX", date(2026, 1, 1))
    actions.use_calendar(cast.account, "ZJ", date(2026, 5, 1))
    with pytest.raises(actions.StartsBeforeOpenRow):
        actions.use_calendar(cast.account, "SD", date(2026, 1, 1))


def test_new_version_ends_the_one_before_and_is_on_the_record(cast: Cast) -> None:
    new = replace(GUANGDONG, valid_from=date(2027, 1, 1), source="粤发改价格〔2026〕9号")
    row = actions.add_version(calendar=new, by=cast.admin, at=NOW)
    assert TouCalendar.objects.get(code="GD", valid_from=date(2021, 10, 1)).valid_until == date(2027, 1, 1)
    assert TouBand.objects.filter(calendar=row).count() == len(GUANGDONG.periods)
    with pytest.raises(actions.VersionExists):
        actions.add_version(calendar=new, by=cast.admin, at=NOW)


def test_version_with_gaps_is_refused_and_tells_where(cast: Cast) -> None:
    gappy = replace(GUANGDONG, valid_from=date(2027, 1, 1), periods=(BandPeriod(Band.FLAT, 120, 1440),))
    with pytest.raises(actions.CalendarHasGaps) as refusal:
        actions.add_version(calendar=gappy, by=cast.admin, at=NOW)
    (gap,) = refusal.value.gaps
    assert (gap.code, gap.start_minute, gap.end_minute) == (ProblemCode.GAP, 0, 120)
    assert not TouCalendar.objects.filter(valid_from=date(2027, 1, 1)).exists()


def test_months_are_sorted_anew_when_the_calendar_changes(cast: Cast) -> None:
    meter = make_meter(cast.account)
    days = [make_day(date(2026, 3, 1) + timedelta(days=n)) for n in range(31)]
    store_days(meter=meter, days=days, batch=None, at=NOW)
    refresh_months([cast.account.pk])
    assert MonthUse.objects.get().kwh_by_band["peak"] == pytest.approx(31 * 28 * 2)  # Guangdong: 7 hours of peak
    actions.use_calendar(cast.account, "JS", date(2026, 1, 1))
    assert MonthUse.objects.get().kwh_by_band["peak"] == pytest.approx(31 * 28 * 2)  # 15-22: 7 hours as well
    assert MonthUse.objects.get().kwh_by_band["valley"] == pytest.approx(31 * 32 * 2)  # 2-6, 10-14
    flat = replace(JIANGSU, valid_from=date(2026, 2, 1), periods=(BandPeriod(Band.FLAT, 0, 1440),))
    actions.add_version(calendar=flat, by=cast.admin, at=NOW)
    assert tasks.sort_anew(Job.objects.get().pk) == "DONE"
    assert MonthUse.objects.get().kwh_by_band["flat"] == pytest.approx(31 * 96 * 2)
