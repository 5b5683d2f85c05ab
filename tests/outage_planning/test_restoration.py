"""Supply that comes back in steps: rules with figures and by hypothesis, actions with history (OUT-8, DESIGN 6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam.accounts.models import TimelineEntry
from kam.core.models import AuditEntry
from kam.network.models import Line, SupplyPoint
from kam.network.rules.impact import Changeover, ChangeoverMinutes, Point
from kam.outage_planning.actions import execution, planning
from kam.outage_planning.actions.planning import GuardsRefuse
from kam.outage_planning.models import Interruption, LostPoint, Outage, OutageImpact, OutageMove, RestorationStep
from kam.outage_planning.queries import supply
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.rules.restoration import Out, PointBack, customer_minutes, out_at, without_supply
from tests.cast import NOW, make_account
from tests.outage_planning.network import Grid, make_grid, make_outage

START = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
MINUTES = ChangeoverMinutes(automatic=0.1, manual=30)
MAIN, STANDBY = Point(1, 1), Point(1, 2, is_main=False, changeover=Changeover.MANUAL)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def out(*points: PointBack) -> Out | None:
    return without_supply(points, START, MINUTES)


def minutes(*points: PointBack) -> float | None:
    found = out(*points)
    return None if found is None else found.minutes


def test_an_account_is_out_until_its_own_point_is_back():
    assert minutes(PointBack(MAIN, True, at(90))) == 90
    assert out(PointBack(MAIN, True)) == Out(START, None)
    assert out(PointBack(MAIN, False)) is None


def test_a_standby_that_lives_ends_it_after_the_changeover():
    assert minutes(PointBack(MAIN, True, at(90)), PointBack(STANDBY, False)) == 30
    # The main supply was back before anybody had gone over.
    assert minutes(PointBack(MAIN, True, at(10)), PointBack(STANDBY, False)) == 10


def test_a_standby_that_comes_back_first_ends_it_after_the_changeover():
    assert minutes(PointBack(MAIN, True, at(90)), PointBack(STANDBY, True, at(20))) == 50
    assert minutes(PointBack(MAIN, True, at(25)), PointBack(STANDBY, True, at(20))) == 25
    assert minutes(PointBack(MAIN, True, at(10)), PointBack(STANDBY, True, at(20))) == 10


def test_a_standby_alone_that_is_dead_interrupts_nobody():
    assert out(PointBack(MAIN, False), PointBack(STANDBY, True, at(90))) is None


# Accounts with one point, or with a main point and a standby; each comes back after so many minutes.
_backs = st.integers(1, 600)
_customers = st.lists(
    st.one_of(st.tuples(_backs), st.tuples(_backs, _backs, st.sampled_from(list(Changeover)))), min_size=1, max_size=12
)


@given(_customers)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_sum_of_the_steps_is_the_sum_of_customer_minutes(customers):
    outs: dict[int, Out] = {}
    for pk, told in enumerate(customers):
        points = [PointBack(Point(pk, 2 * pk), True, at(told[0]))]
        if len(told) == 3:
            standby = Point(pk, 2 * pk + 1, is_main=False, changeover=told[2])
            points.append(PointBack(standby, True, at(told[1])))
        found = without_supply(points, START, MINUTES)
        assert found is not None
        assert found.minutes is not None
        # Never longer than until its main point is back, never shorter than until the first point is.
        assert min(told[:2]) <= found.minutes <= told[0]
        outs[pk] = found
    edges = sorted({edge for one in outs.values() for edge in (one.starts_at, one.ends_at) if edge is not None})
    steps = sum(
        len(out_at(outs, begin)) * (end - begin).total_seconds() / 60
        for begin, end in zip(edges, edges[1:], strict=False)
    )
    assert steps == pytest.approx(customer_minutes(outs.values(), edges[-1]))


@settings(max_examples=100, deadline=None)
@given(st.lists(_backs, min_size=1, max_size=30))
def test_customers_with_one_source_step_down_as_ieee_1366_counts_them(backs):
    outs = [without_supply([PointBack(Point(1, 1), True, at(back))], START, MINUTES) for back in backs]
    assert customer_minutes([one for one in outs if one], at(600)) == pytest.approx(sum(backs))


@pytest.fixture
def grid() -> Grid:
    grid = make_grid()
    # One more of Li's, on a branch of the first line.
    branch = Line.objects.create(
        code="甲一", name="东湖甲一支线", unit=grid.cast.station, voltage_kv=10, parent=grid.first
    )
    third = make_account(account_no="3200003", name="东湖水厂", unit=grid.cast.station, manager=grid.cast.li, uscc="")
    SupplyPoint.objects.create(account=third, name="主供", line=branch, kva=500)
    return grid


def begun(grid: Grid, **changes: object) -> Outage:
    outage = make_outage(grid, kind="FAULT", days=0, hours=2, **changes)
    return execution.begin(outage=outage, really_at=NOW, by=grid.cast.planner, at=NOW)


def lost(outage: Outage, account_no: str) -> int:
    return LostPoint.objects.get(outage=outage, account__account_no=account_no).pk


pytest_db = pytest.mark.django_db


@pytest_db
def test_it_is_restored_only_when_every_lost_point_is_back(grid: Grid):
    planner = grid.cast.planner
    outage = begun(grid)
    assert LostPoint.objects.filter(outage=outage).count() == 3
    assert outage.promised_until == outage.ends_at
    hour = NOW + timedelta(hours=1)
    execution.restore(
        outage=outage, points=[lost(outage, "3200002")], back_at=hour, note="甲线首端", by=planner, at=hour
    )
    with pytest.raises(GuardsRefuse) as refused:
        planning.advance(outage=outage, to=Status.RESTORED, by=planner, at=hour)
    assert refused.value.guards == (Guard.NOT_RESTORED,)
    later = hour + timedelta(minutes=30)
    with pytest.raises(execution.NothingToRestore):
        execution.restore(outage=outage, points=[lost(outage, "3200002")], back_at=later, note="", by=planner, at=later)
    execution.restore(outage=outage, points=None, back_at=later, note="", by=planner, at=later + timedelta(minutes=5))
    outage.refresh_from_db()
    assert (outage.status, outage.actual_until) == (Status.RESTORED, later)
    assert RestorationStep.objects.filter(outage=outage).count() == 2
    assert AuditEntry.objects.filter(action="outage.supply_back").count() == 2
    told = TimelineEntry.objects.filter(kind="outage.supply_back").values_list("account__account_no", flat=True)
    assert sorted(told) == ["3200001", "3200002", "3200003"]


@pytest_db
def test_a_step_lies_between_the_beginning_and_now(grid: Grid):
    outage = begun(grid)
    for back_at in (NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)):
        with pytest.raises(execution.ImpossibleTime):
            execution.restore(outage=outage, points=None, back_at=back_at, note="", by=grid.cast.planner, at=NOW)
    with pytest.raises(execution.ImpossibleTime):
        execution.begin(
            outage=make_outage(grid, kind="FAULT", days=0),
            really_at=NOW + timedelta(minutes=1),
            by=grid.cast.planner,
            at=NOW,
        )


@pytest_db
def test_closing_writes_each_account_with_its_own_end(grid: Grid):
    planner = grid.cast.planner
    outage = begun(grid)
    for account_no, after in (("3200002", 40), ("3200003", 90), ("3200001", 100)):
        when = NOW + timedelta(minutes=after)
        execution.restore(outage=outage, points=[lost(outage, account_no)], back_at=when, note="", by=planner, at=when)
    assert Outage.objects.get(pk=outage.pk).status == Status.RESTORED
    execution.close(outage=outage, by=planner, at=NOW + timedelta(hours=3))
    rows = Interruption.objects.filter(outage=outage)
    ends = rows.values_list("account__account_no", "started_at", "ended_at")
    assert {no: (end - start).total_seconds() / 60 for no, start, end in ends} == {
        "3200001": pytest.approx(0.1),  # its automatic standby took over
        "3200002": 40,
        "3200003": 90,
    }
    assert {row.event_id for row in rows} == {f"outage:{outage.number}"}
    found = supply.comparison(Outage.objects.get(pk=outage.pk))
    assert (found.accounts, found.interrupted, found.actual_minutes) == (3, 3, 100)
    assert found.minutes_late == -20
    assert found.customer_minutes == pytest.approx(130.1)
    assert OutageImpact.objects.filter(outage=outage, out_until=None).count() == 0


@pytest_db
def test_an_extension_needs_a_reason_and_a_later_end_and_does_not_change_the_promise(grid: Grid):
    planner = grid.cast.planner
    outage = begun(grid)
    promised = outage.ends_at
    with pytest.raises(planning.ReasonMissing):
        execution.extend(outage=outage, ends_at=promised + timedelta(hours=1), reason=" ", by=planner, at=NOW)
    with pytest.raises(execution.NotLater):
        execution.extend(outage=outage, ends_at=promised, reason="电缆头未完工", by=planner, at=NOW)
    execution.extend(outage=outage, ends_at=promised + timedelta(hours=1), reason="电缆头未完工", by=planner, at=NOW)
    outage.refresh_from_db()
    assert (outage.ends_at, outage.promised_until) == (promised + timedelta(hours=1), promised)
    assert OutageMove.objects.filter(outage=outage, reason="电缆头未完工").count() == 1
    assert AuditEntry.objects.filter(action="outage.extended").count() == 1
    with pytest.raises(execution.NotUnderWay):
        execution.extend(
            outage=make_outage(grid), ends_at=NOW + timedelta(days=90), reason="电缆头未完工", by=planner, at=NOW
        )


@pytest_db
def test_an_outage_that_took_no_key_account_out_is_restored_at_once(grid: Grid):
    SupplyPoint.objects.all().delete()
    outage = begun(grid)
    execution.restore(outage=outage, points=None, back_at=NOW, note="", by=grid.cast.planner, at=NOW)
    assert Outage.objects.get(pk=outage.pk).status == Status.RESTORED
