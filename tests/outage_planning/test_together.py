"""Two outages under way that together take both sources of an account are an interruption (OUT-4, OUT-8, ACC-10)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kam.lib import clock
from kam.network.rules.impact import Changeover, ChangeoverMinutes, Point
from kam.outage_planning.actions import execution, planning, supply
from kam.outage_planning.models import Interruption, Outage
from kam.outage_planning.queries import reliability
from kam.outage_planning.queries.of_account import outages_of
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.rules.together import Dead, together
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

DAY = datetime(2027, 1, 11, tzinfo=UTC)
POINTS = {1: Point(1, 1), 2: Point(1, 2, is_main=False, changeover=Changeover.MANUAL)}
MINUTES = ChangeoverMinutes(0.1, 30)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def outs(*dead: tuple[int, int, float, float | None], points: Any = POINTS) -> list[tuple[float, float, int]]:
    rows = [Dead(point, outage, at(a), None if b is None else at(b)) for point, outage, a, b in dead]
    found = together(points, rows, MINUTES)
    return [
        ((one.starts_at - DAY).total_seconds() / 3600, (one.ends_at - DAY).total_seconds() / 3600, one.later)
        for one in found
    ]


@pytest.mark.parametrize(
    "dead, found",
    [
        # The main source is out from 8 to 12, the standby from 9 to 11: half an hour more until the load has gone over.
        (((1, 10, 8, 12), (2, 20, 9, 11)), [(9, 11.5, 20)]),
        # The main source comes back first: supply is there with it.
        (((1, 10, 8, 10), (2, 20, 9, 11)), [(9, 10, 20)]),
        # The main source comes back while the load is going over.
        (((1, 10, 8, 11.25), (2, 20, 9, 11)), [(9, 11.25, 20)]),
        # One after the other, and one alone: nothing.
        (((1, 10, 8, 9), (2, 20, 9, 11)), []),
        (((1, 10, 8, 12),), []),
        # What one outage takes wholly is its own interruption, whatever the other takes beside.
        (((1, 10, 8, 12), (2, 10, 8, 12), (2, 20, 9, 11)), []),
        # The standby's outage goes on, twice the main one fails under it.
        (((2, 20, 6, 20), (1, 10, 8, 9), (1, 30, 12, 13)), [(8, 9, 10), (12, 13, 30)]),
        # Not over yet: not written yet.
        (((1, 10, 8, None), (2, 20, 9, None)), []),
    ],
)
def test_from_the_later_start_to_the_earlier_restoration(dead, found):
    assert outs(*dead) == found


def test_a_third_source_that_the_load_can_go_over_to_keeps_it_supplied():
    points = POINTS | {3: Point(1, 3, is_main=False, changeover=Changeover.AUTOMATIC)}
    assert outs((1, 10, 8, 12), (2, 20, 9, 11), points=points) == []


@pytest.fixture
def grid(db: None) -> Grid:
    return make_grid()


def begun(grid: Grid, line: Any, start: datetime, kind: str = "TEMPORARY") -> Outage:
    outage = make_outage(grid, kind=kind, lines=[line], starts_at=start, ends_at=start + timedelta(hours=4))
    planner = grid.cast.planner
    outage = planning.advance(outage=outage, to=Status.ANNOUNCED, by=planner, at=NOW)
    return execution.begin(outage=outage, really_at=start, by=planner, at=start)


def over(grid: Grid, outage: Outage, when: datetime, *, close: bool = True) -> None:
    execution.restore(outage=outage, points=None, back_at=when, note="", by=grid.cast.planner, at=when)
    if close:
        execution.close(outage=outage, by=grid.cast.planner, at=when)


@pytest.mark.parametrize("first_closed", ["earlier", "later"])
def test_both_sources_out_counts_in_the_indices_and_on_the_accounts_page(grid: Grid, first_closed: str):
    start = NOW + timedelta(days=2)
    main = begun(grid, grid.first, start)  # Li's main source: over to the standby in 6 s, and Zhao's only one
    standby = begun(grid, grid.second, start + timedelta(hours=1))
    back_main, back_standby = start + timedelta(hours=3), start + timedelta(hours=2)
    over(grid, standby, back_standby, close=first_closed == "later")
    over(grid, main, back_main)
    if first_closed == "earlier":
        execution.close(outage=Outage.objects.get(pk=standby.pk), by=grid.cast.planner, at=back_main)
    (joint,) = Interruption.objects.filter(event_id=f"outages:{main.pk}+{standby.pk}")
    assert (joint.account, joint.started_at) == (grid.cast.account, start + timedelta(hours=1))
    assert joint.ended_at == back_standby + timedelta(seconds=6)  # the automatic changeover
    assert (joint.planned, joint.outage, joint.line) == (False, standby, grid.second)
    # Li: 60.1 min sustained (the 6 s of the main source do not count); Zhao: 180 min.
    day = clock.day_of(start)
    found = reliability.reliability(
        Interruption.objects.all(), day, day + timedelta(days=2), served=2, with_major=False
    ).all
    assert (found.saifi, round(found.saidi_min, 2)) == (1.0, round((60.1 + 180) / 2, 2))
    page = outages_of(grid.cast.account, today=day + timedelta(days=1))
    assert (page.interruptions, round(page.minutes, 1)) == (1, 60.1)


def test_closing_twice_writes_it_once(grid: Grid):
    start = NOW + timedelta(days=2)
    main, standby = begun(grid, grid.first, start), begun(grid, grid.second, start + timedelta(hours=1))
    over(grid, standby, start + timedelta(hours=2))
    over(grid, main, start + timedelta(hours=3))
    for outage in (main, standby):
        supply.write_actual(outage=Outage.objects.get(pk=outage.pk))
    assert Interruption.objects.filter(event_id__startswith="outages:").count() == 1
