"""Choosing lines and seeing at once what their outage would do (OUT-4, OUT-9)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kam.network.models import Line
from kam.network.rules.impact import Effect
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Outage, ProtectedPeriod
from kam.outage_planning.rules.conflicts import Code
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Status
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
TIMES = {"starts_at": "2027-01-02T08:00", "ends_at": "2027-01-02T16:00", "kind": "PLANNED"}


@pytest.fixture
def grid() -> Grid:
    return make_grid()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def preview(user: Any, **query: Any) -> Any:
    answer = signed_in(user).get(reverse("outages:preview"), {**TIMES, **query})
    assert answer.status_code == 200
    return answer


def test_chosen_lines_say_at_once_whom_they_hit_and_nothing_is_kept(grid: Grid):
    answer = preview(grid.cast.planner, lines=[grid.first.pk])
    found = answer.context["found"]
    assert found.effects == [(Effect.SUPPLY_LOST, 1), (Effect.SHORT_CHANGEOVER, 1)]
    assert (found.conflicts, found.promises) == ([], [])
    # Of the other district's customer it is told that there is one, and no more.
    assert [account for account, _ in answer.context["accounts"]] == [grid.cast.account]
    assert answer.context["elsewhere"] == 1
    assert grid.cast.other_account.name not in answer.content.decode()
    assert not Outage.objects.exists()


def test_both_lines_together_take_both_sources(grid: Grid):
    found = preview(grid.cast.planner, lines=[grid.first.pk, grid.second.pk]).context["found"]
    assert found.effects == [(Effect.SUPPLY_LOST, 2)]


def test_what_the_time_runs_into_is_told_before_anything_is_saved(grid: Grid):
    ProtectedPeriod.objects.create(
        name="元旦保供电", unit=grid.cast.district, days_from=date(2027, 1, 1), days_until=date(2027, 1, 4)
    )
    found = preview(grid.cast.planner, lines=[grid.first.pk]).context["found"]
    assert [one.code for one in found.conflicts if one.breaks] == [Code.PROTECTED]
    soon = {"starts_at": "2026-12-05T08:00", "ends_at": "2026-12-05T16:00"}
    assert preview(grid.cast.planner, lines=[grid.first.pk], **soon).context["found"].promises == [
        Guard.CONSULTATION_LATE
    ]
    late = preview(grid.cast.planner, lines=[grid.first.pk], **soon, kind="TEMPORARY").context["found"]
    assert late.promises == []


@pytest.mark.parametrize(
    "query",
    [{}, {"lines": ["x", "9" * 30]}, {"lines": [10**9]}, {"ends_at": ""}, {"ends_at": "2026-01-01T08:00"}],
)
def test_half_a_form_asks_for_the_rest(grid: Grid, query: dict[str, Any]):
    answer = preview(grid.cast.planner, **query)
    assert "found" not in answer.context


def test_a_line_out_of_reach_is_not_looked_at(grid: Grid):
    far = Line.objects.create(code="远", name="远线", unit=grid.cast.other_station, voltage_kv=10)
    assert preview(grid.cast.planner, lines=[far.pk]).context["lines"] == 0


def test_lines_stand_under_their_substation_with_branches_behind(grid: Grid):
    Line.objects.create(code="甲1", name="一支线", unit=grid.cast.station, voltage_kv=10, parent=grid.first)
    Line.objects.create(code="无", name="无站线", unit=grid.cast.station, voltage_kv=10)
    client = signed_in(grid.cast.planner)
    substation = grid.first.substation
    assert substation is not None
    page = client.get(reverse("outages:create"), {"line": grid.second.pk, "substation": substation.pk})
    first, others = page.context["picker"]
    assert (first.substation, first.chosen) == (substation, True)
    told = [(choice.line.name, choice.depth, choice.chosen) for choice in first.choices]
    assert sorted(told) == [("一支线", 2, False), (grid.second.name, 1, True), (grid.first.name, 1, False)]
    assert [choice.line.name for choice in others.choices] == ["无站线"]
    # What was chosen is still chosen when the form comes back.
    again = client.post(reverse("outages:create"), {"lines": [grid.first.pk], "title": ""})
    assert [choice.line for choice in again.context["picker"][0].choices if choice.chosen] == [grid.first]
    outage = make_outage(grid)
    edited = client.get(reverse("outages:edit", args=[outage.pk]))
    assert [choice.line for choice in edited.context["picker"][0].choices if choice.chosen] == [grid.first]


def test_better_times_are_held_against_the_draft_and_name_whom_a_warning_concerns(grid: Grid):
    earlier = make_outage(grid, days=45)
    planning.advance(outage=earlier, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    draft = make_outage(grid, days=50)
    query = {"days_from": "2027-02-01", "days_until": "2027-02-20", "hours": "4"}
    page = signed_in(grid.cast.planner).get(reverse("outages:windows", args=[draft.pk]), query)
    assert {one.code for window in page.context["found"].windows for one in window.warnings} == {Code.OFTEN}
    assert page.context["as_drafted"]["hurt"] > 0
    text = page.content.decode()
    assert grid.cast.account.name in text
    assert grid.cast.other_account.name not in text
