"""Outages in the calendar programs of people: moves and cancellations follow, scopes hold (OUT-10, SYS-1)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from kam.core import actions
from kam.core.models import User
from kam.lib import clock
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Outage
from kam.outage_planning.queries import feeds
from kam.outage_planning.rules.lifecycle import Status
from tests.cast import NOW, make_unit, make_user
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def grid() -> Grid:
    return make_grid()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    shared = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path / "cache"}
    settings.CACHES = settings.CACHES | {"shared": shared}


def make_address(user: User, scope: str = "") -> str:
    _, token = actions.make_feed(scope=scope, by=user, at=NOW)
    return reverse("calendar_feed", kwargs={"token": token})


def entries(address: str) -> list[Any]:
    answer = Client().get(address)
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def consulting(grid: Grid, **changes: Any) -> Outage:
    outage = make_outage(grid, **changes)
    return planning.advance(outage=outage, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)


def test_a_move_and_then_a_cancellation_reach_the_same_entry(grid: Grid):
    outage = consulting(grid)
    address = make_address(grid.cast.li)
    [first] = entries(address)
    assert (first["STATUS"], first.decoded("DTSTART")) == ("TENTATIVE", outage.starts_at)
    assert grid.cast.account.name in first["DESCRIPTION"]
    moved = planning.move_time(
        outage=outage,
        version=outage.version,
        starts_at=outage.starts_at + timedelta(days=3),
        ends_at=outage.ends_at + timedelta(days=3),
        reason="客户要求",
        by=grid.cast.planner,
        at=LATER,
    )
    [second] = entries(address)
    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second.decoded("DTSTART") == first.decoded("DTSTART") + timedelta(days=3)
    assert second.decoded("LAST-MODIFIED") == LATER
    planning.cancel(outage=moved, reason="天气", by=grid.cast.planner, at=LATER + timedelta(hours=1))
    [third] = entries(address)
    assert (third["UID"], third["STATUS"]) == (first["UID"], "CANCELLED")
    assert third["SEQUENCE"] > second["SEQUENCE"]
    assert third.decoded("LAST-MODIFIED") > second.decoded("LAST-MODIFIED")
    assert third.decoded("DTSTART") == second.decoded("DTSTART")
    assert "天气" in third["DESCRIPTION"]


def test_hours_are_those_of_the_companys_zone(grid: Grid):
    outage = consulting(grid)
    [entry] = entries(make_address(grid.cast.li))
    local = entry.decoded("DTSTART").astimezone(clock.zone())
    assert (local.hour, local.minute) == (10, 0)
    assert local == outage.starts_at


def test_a_draft_is_the_planners_own(grid: Grid):
    draft = make_outage(grid)
    assert [entry["STATUS"] for entry in entries(make_address(grid.cast.planner))] == ["TENTATIVE"]
    assert entries(make_address(grid.cast.li)) == []
    planning.cancel(outage=draft, reason="", by=grid.cast.planner, at=NOW)
    assert entries(make_address(grid.cast.li)) == []


def test_nobody_reads_of_another_district_or_of_another_managers_customers(grid: Grid):
    consulting(grid)
    assert entries(make_address(grid.cast.zhao)) == []
    assert entries(make_address(grid.cast.admin)) == []
    [wangs] = entries(make_address(grid.cast.wang))
    assert grid.cast.account.name not in wangs["DESCRIPTION"]
    # The other district's account hangs on the line too; Li's calendar does not name it.
    [lis] = entries(make_address(grid.cast.li))
    assert grid.cast.other_account.name not in lis["DESCRIPTION"]
    [bosses] = entries(make_address(grid.cast.boss))
    assert grid.cast.other_account.name in bosses["DESCRIPTION"]


def test_a_move_to_another_unit_takes_effect_at_once(grid: Grid):
    consulting(grid)
    address = make_address(grid.cast.li)
    assert len(entries(address)) == 1
    User.objects.filter(pk=grid.cast.li.pk).update(unit=grid.cast.other_station)
    assert entries(address) == []


def test_a_line_has_a_calendar_of_its_own(grid: Grid):
    on_first = consulting(grid)
    consulting(grid, lines=[grid.second], days=60)
    first, second = (make_address(grid.cast.li, f"line:{line.pk}") for line in (grid.first, grid.second))
    assert [entry["UID"].split("@")[0] for entry in entries(first)] == [f"outage-{on_first.pk}"]
    assert len(entries(second)) == 1
    # What branches off is dead with it.
    grid.second.parent, grid.second.substation = grid.first, None
    grid.second.save()
    assert len(entries(second)) == 2
    far = make_user("far", "远", make_unit("D3", "远", "DISTRICT", grid.cast.company), *grid.cast.li.roles)
    assert feeds.line_name(far, grid.first.pk) is None
    client = Client()
    client.force_login(far)
    assert client.post(reverse("core:feed_make"), {"scope": f"line:{grid.first.pk}"}).status_code == 404


def test_as_many_queries_for_many_as_for_one(grid: Grid, django_assert_max_num_queries: Any):
    for days in range(40, 52):
        consulting(grid, days=days)
    address = make_address(grid.cast.li)
    with django_assert_max_num_queries(14):
        assert len(entries(address)) == 12
