"""Lifecycle, guards, conflicts, hurt, energy not served, windows and a quarter's schedule (OUT-1, OUT-6, OUT-9)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kam.accounts.rules.preferences import Preference
from kam.metering.rules.daykinds import DayKind
from kam.network.rules.impact import Effect, Impact, Mark
from kam.outage_planning.rules.conflicts import Code, Protected, conflicts
from kam.outage_planning.rules.energy import LikeDays, not_served
from kam.outage_planning.rules.guards import WAIVABLE, Facts, Guard, blocking, problems
from kam.outage_planning.rules.hurt import Reason, hurt
from kam.outage_planning.rules.lifecycle import STEPS, Kind, Status
from kam.outage_planning.rules.notice import Periods
from kam.outage_planning.rules.schedule import Draft, schedule
from kam.outage_planning.rules.windows import Customer, find_windows
from tests.outage_planning.plans import LOST, ONE, SHANGHAI, SHORT, at, context, flat, plan, request

LAW = Periods()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_status_is_known_and_leads_to_an_end(kind: Kind):
    steps = STEPS[kind]
    assert {after for nexts in steps.values() for after in nexts} <= steps.keys()
    assert [status for status, nexts in steps.items() if not nexts] == [Status.CLOSED, Status.CANCELLED]
    assert Status.CANCELLED not in steps[Status.UNDER_WAY]


def test_only_a_planned_outage_is_consulted_about():
    assert [kind for kind in Kind if Status.CONSULTING in STEPS[kind]] == [Kind.PLANNED]


def facts(**changes: Any) -> Facts:
    fields: dict[str, Any] = {
        "kind": Kind.PLANNED,
        "starts_at": at("2027-01-15 08:00"),
        "has_lines": True,
        "impacts_current": True,
    }
    return Facts(**{**fields, **changes})


@pytest.mark.parametrize(
    ("now", "to", "changes", "expected"),
    [
        ("2026-12-16 08:00", Status.CONSULTING, {}, []),
        ("2026-12-16 08:01", Status.CONSULTING, {}, [Guard.CONSULTATION_LATE]),
        ("2026-12-01 08:00", Status.CONSULTING, {"has_lines": False}, [Guard.NO_LINES]),
        ("2026-12-01 08:00", Status.CONSULTING, {"impacts_current": False}, [Guard.NO_IMPACTS]),
        ("2027-01-15 08:00", Status.AGREED, {"unanswered": 2}, [Guard.IN_THE_PAST, Guard.NOT_ANSWERED]),
        ("2027-01-08 08:00", Status.ANNOUNCED, {}, []),
        ("2027-01-08 08:01", Status.ANNOUNCED, {"without_notice": 1}, [Guard.NOTICES_MISSING, Guard.NOTICE_LATE]),
        ("2027-01-14 08:01", Status.ANNOUNCED, {"kind": Kind.TEMPORARY}, [Guard.NOTICE_LATE]),
        ("2027-01-15 07:30", Status.ANNOUNCED, {"kind": Kind.STAGGER}, []),
        ("2027-01-15 08:00", Status.UNDER_WAY, {"unacknowledged": 1}, [Guard.NOT_ACKNOWLEDGED]),
        ("2027-01-15 08:00", Status.RESTORED, {"unrestored": 1}, [Guard.NOT_RESTORED]),
        ("2027-01-15 08:00", Status.CANCELLED, {"has_lines": False}, []),
    ],
)
def test_guards(now: str, to: Status, changes: dict[str, Any], expected: list[Guard]):
    assert problems(facts(**changes), to, at(now), SHANGHAI, LAW) == expected


def test_only_rules_can_be_waived_and_only_those_that_were():
    assert blocking([Guard.NO_LINES, Guard.CONSULTATION_LATE], {"NO_LINES", "CONSULTATION_LATE"}) == [Guard.NO_LINES]
    assert blocking([Guard.NOTICE_LATE], {"CONSULTATION_LATE"}) == [Guard.NOTICE_LATE]
    assert Guard.NO_IMPACTS not in WAIVABLE


def codes(found) -> list[Code]:
    return [one.code for one in found]


def test_the_same_account_too_often_in_a_year():
    mine = plan(1, "2027-03-01 08:00")
    before = [plan(2, "2027-01-05 08:00"), plan(3, "2027-02-05 08:00")]
    limits = {1: 3, 2: 2}
    (too_often, often) = conflicts(mine, before, context(yearly_limits=limits))
    assert (too_often.code, too_often.account_ids, too_often.other_ids) == (Code.TOO_OFTEN, (2,), (2, 3))
    assert (often.code, often.account_ids, often.facts["number"]) == (Code.OFTEN, (1,), 3)
    # Last year's, temporary ones, and one that goes on at the same time do not count.
    others = [
        plan(2, "2026-12-31 08:00", hours=20),
        plan(3, "2027-02-05 08:00", is_planned=False),
        plan(4, "2027-03-01 10:00"),
    ]
    assert codes(conflicts(mine, others, context(yearly_limits={1: 1, 2: 1}))) == []


def test_two_outages_that_take_both_sources():
    found = conflicts(plan(1, "2027-03-01 08:00"), [plan(2, "2027-03-01 12:00", lines=[2])], context())
    assert [(one.code, one.account_ids, one.other_ids) for one in found] == [(Code.BOTH_SOURCES, (3,), (2,))]
    assert conflicts(plan(1, "2027-03-01 08:00"), [plan(2, "2027-03-01 16:00", lines=[2])], context()) == []


def test_protected_days_holidays_and_bad_hours():
    mine = plan(1, "2027-02-28 20:00", stations=frozenset({7}))
    congress = Protected("两会", frozenset({7}), date(2027, 3, 1), date(2027, 3, 16))
    hours = {1: (Preference(True, from_minute=0, until_minute=360, reason="连续浇铸"),)}
    there = context(protected=[congress], preferences=hours, is_holiday=lambda day: day == date(2027, 3, 1))
    assert codes(conflicts(mine, [], there)) == [Code.PROTECTED, Code.HOLIDAY, Code.BAD_HOURS]
    assert conflicts(replace(mine, stations=frozenset({8})), [], context(protected=[congress])) == []


def test_crew_and_station_have_their_capacity():
    mine = plan(1, "2027-03-01 08:00", crew_id=5, stations=frozenset({7}))
    other = plan(2, "2027-03-01 15:00", lines=[3], crew_id=5, stations=frozenset({7}))
    found = conflicts(mine, [other], context(station_most=1))
    assert codes(found) == [Code.CREW_BUSY, Code.STATION_FULL]
    assert conflicts(mine, [replace(other, starts_at=at("2027-03-01 16:00"))], context(station_most=2)) == []


def test_hurt_says_why():
    start, end = at("2027-03-01 08:00"), at("2027-03-01 16:00")
    marks = {Mark.CONTINUOUS, Mark.IMPORTANT}
    bad = Preference(True, from_minute=8 * 60, until_minute=12 * 60, reason="早班")
    worst = hurt(LOST, marks, [bad], start, end, SHANGHAI, load_share=2.0)
    assert [(point.reason, point.points) for point in worst.points] == [
        (Reason.SUPPLY_LOST, 35),
        (Reason.CONTINUOUS, 20),
        (Reason.IMPORTANT, 15),
        (Reason.BAD_HOURS, 12),
        (Reason.HIGH_LOAD, 10),
    ]
    assert worst.score == 92
    still = hurt(LOST, [], [Preference(False, reason="停产检修")], start, end, SHANGHAI)
    assert (still.score, still.points[-1].reason) == (5, Reason.GOOD_HOURS)
    assert hurt(ONE, marks, [bad], start, end, SHANGHAI).score < hurt(SHORT, marks, [bad], start, end, SHANGHAI).score


def test_energy_not_served_is_the_like_days_load_over_the_window():
    # 100 kW by day, 40 kW from 22 to 6: six hours, half of them in the night.
    assert not_served(flat(100, 40), at("2027-03-01 19:00"), at("2027-03-02 01:00"), SHANGHAI).kwh == pytest.approx(420)
    assert not_served(flat(100), at("2027-03-01 08:07"), at("2027-03-01 08:22"), SHANGHAI).kwh == pytest.approx(25)
    priced = not_served(
        flat(100), at("2027-03-01 08:00"), at("2027-03-01 09:00"), SHANGHAI, lambda day: np.full(96, 0.7)
    )
    assert priced.yuan == pytest.approx(70)


def test_each_day_is_estimated_from_days_of_its_kind():
    like = LikeDays({DayKind.WORKDAY: np.full(96, 100.0), DayKind.REST: np.full(96, 10.0)})
    assert not_served(like, at("2027-03-05 23:00"), at("2027-03-06 01:00"), SHANGHAI).kwh == pytest.approx(110)
    assert like.of(date(2027, 10, 1))[0] == 10  # a holiday is taken for a rest day where none is known


def test_a_day_on_which_the_clock_goes_back_has_25_hours():
    berlin = ZoneInfo("Europe/Berlin")
    start = at("2026-10-25 06:00")
    assert not_served(flat(1), start, start + timedelta(hours=25), berlin).kwh == pytest.approx(25)


def test_the_best_windows_break_no_rule_and_hurt_least():
    night = Customer(Impact(1, LOST, 1, 0), flat(100, 10))
    wanted = request(1, hours=6, customers={1: night}, first_hour=0, last_hour=24, crews=(5,))
    busy = plan(9, "2027-01-11 00:00", hours=72, lines=[3], crew_id=5)
    found = find_windows(wanted, [busy], context())
    assert len(found.windows) == 5
    assert found.windows[0].energy_kwh == pytest.approx(60)
    assert all(one.starts_at >= busy.ends_at for one in found.windows)
    assert found.ruled_out == {"CREW_BUSY": 3 * 19}
    assert found.windows == tuple(sorted(found.windows, key=lambda one: (one.cost, one.starts_at)))


def test_a_window_inside_an_agreed_outage_of_the_same_customers_is_best():
    agreed = plan(9, "2027-01-14 07:00", hours=12)
    best = find_windows(
        request(1, customers={1: Customer(Impact(1, LOST, 1, 0), flat(100))}), [agreed], context()
    ).windows[0]
    assert best.joined == (9,)
    assert (best.energy_kwh, best.hurt) == (0, 0)


def test_where_nothing_fits_the_rule_is_named():
    wanted = request(1, earliest_start=at("2027-02-01 00:00"))
    found = find_windows(wanted, [], context())
    assert found.windows == ()
    assert list(found.ruled_out) == ["CONSULTATION_LATE"]


def test_a_set_is_placed_around_crews_and_sources():
    wanted = [
        request(1, crews=(5,)),
        request(2, lines=[2], crews=(5, 6)),
        request(3, lines=[3], crews=(5,)),
    ]
    found = schedule(wanted, [], context(), seconds=10)
    assert not found.unplaced
    by_id = {one.outage_id: one for one in found.placed}
    plans = [one.plan(by_id[one.outage_id].starts_at, by_id[one.outage_id].crew_id) for one in wanted]
    for mine in plans:
        assert not [one for one in conflicts(mine, plans, context()) if one.breaks]


def test_a_set_that_does_not_fit_says_which_rule_is_in_the_way():
    day = {"days_from": date(2027, 1, 11), "days_until": date(2027, 1, 12)}
    wanted = [request(pk, lines=[3], crews=(5,), hours=10, **day) for pk in (1, 2)]
    found = schedule(wanted, [], context(), seconds=10)
    assert len(found.placed) == 1
    assert [one.rule for one in found.unplaced] == ["CREW_BUSY"]
    limited = schedule([request(1), request(2)], [], context(yearly_limits={1: 1}), seconds=10)
    assert [(one.outage_id, one.rule) for one in limited.unplaced] == [(2, "TOO_OFTEN")]


def test_a_set_is_never_worse_than_the_planners_draft():
    wanted = [request(pk, lines=[3], crews=(5, 6)) for pk in (1, 2, 3)]
    draft = {pk: Draft(at(f"2027-01-1{pk} 08:00"), 5) for pk in (1, 2, 3)}
    found = schedule(wanted, [], context(), drafts=draft, seconds=10)
    assert found.draft_cost is not None
    assert found.cost <= found.draft_cost
    no_time = schedule(wanted, [], context(), drafts=draft, seconds=0.001)
    assert (len(no_time.placed), no_time.cost <= found.draft_cost) == (3, True)
    broken = {**draft, 2: draft[1]}
    assert schedule(wanted, [], context(), drafts=broken, seconds=10).draft_cost is None


def test_effects_are_ordered_by_how_bad_they_are():
    assert sorted([LOST, ONE, SHORT]) == [Effect.ONE_SOURCE_LEFT, Effect.SHORT_CHANGEOVER, Effect.SUPPLY_LOST]
