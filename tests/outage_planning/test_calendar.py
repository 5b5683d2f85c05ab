"""The outage calendar: what stands on which day, who may put a draft elsewhere, what is asked before (OUT-1, OUT-9)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kam.core.models import AuditEntry
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Outage, ProtectedPeriod
from kam.outage_planning.queries import calendar, pages
from kam.outage_planning.rules.lifecycle import Status
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
FORTY = "2026-12-31"  # forty days from the cast's day; the outage begins at 10:00 in Shanghai


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


def told(user: Any, **query: Any) -> Any:
    answer = signed_in(user).get(reverse("outages:calendar_events"), query)
    assert answer.status_code == 200
    return answer.json()


def place(user: Any, outage: Outage, start: str, end: str, **more: Any) -> Any:
    fields = {"starts_at": start, "ends_at": end, "version": outage.version, **more}
    answer = signed_in(user).post(
        reverse("outages:place", args=[outage.pk]), fields, headers={"accept": "application/json"}
    )
    assert answer.status_code == 200
    return answer.json()


def test_times_are_the_companys_and_only_drafts_can_be_put_elsewhere(grid: Grid):
    draft = make_outage(grid)
    asked = make_outage(grid, days=41)
    planning.advance(outage=asked, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    events = told(grid.cast.planner, start="2026-12-28", end="2027-02-01")["events"]
    first, second = events
    assert (first["start"], first["end"]) == (f"{FORTY}T10:00:00", f"{FORTY}T18:00:00")
    assert (first["draft"], first["place"]) == (True, reverse("outages:place", args=[draft.pk]))
    assert (second["draft"], second["place"]) == (False, "")
    # Who may not plan sees the draft and cannot put it elsewhere.
    assert [event["place"] for event in told(grid.cast.li, start="2026-12-28", end="2027-02-01")["events"]] == ["", ""]
    assert told(grid.cast.zhao, start="2026-12-28", end="2027-02-01")["events"] == []


def test_a_period_is_bounded_and_half_open(grid: Grid):
    client = signed_in(grid.cast.planner)
    address = reverse("outages:calendar_events")
    assert client.get(address, {"start": "2026-01-01", "end": "2026-12-31"}).status_code == 400
    assert client.get(address, {"start": "2026-02-01", "end": "2026-01-01"}).status_code == 400
    assert client.get(address, {"start": "nonsense", "end": "also"}).status_code == 200
    outage = make_outage(grid)
    planning.edit(
        **{name: getattr(outage, name) for name in ("kind", "title", "reason", "unit", "crew", "version")},
        outage=outage,
        lines=[grid.first],
        starts_at=datetime(2026, 12, 30, 16, 0, tzinfo=UTC),  # midnight in Shanghai
        ends_at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC),
        by=grid.cast.planner,
        at=NOW,
    )
    days = {day: len(told(grid.cast.planner, start=day, end=after)["events"]) for day, after in DAYS}
    assert days == {"2026-12-30": 0, "2026-12-31": 1, "2027-01-01": 0}


DAYS = (("2026-12-30", "2026-12-31"), ("2026-12-31", "2027-01-01"), ("2027-01-01", "2027-01-02"))


def test_filters_hold_for_the_page_and_for_its_data(grid: Grid):
    make_outage(grid)
    make_outage(grid, kind="TEMPORARY", days=42)
    period = {"start": "2026-12-28", "end": "2027-02-01"}
    assert [one["kind"] for one in told(grid.cast.planner, **period, kind="TEMPORARY")["events"]] == ["TEMPORARY"]
    assert len(told(grid.cast.boss, **period, unit=grid.cast.district.pk)["events"]) == 2
    assert told(grid.cast.boss, **period, unit=grid.cast.other_district.pk)["events"] == []
    # A unit that the reader does not see leaves nothing, and says no more.
    assert told(grid.cast.planner, **period, unit=grid.cast.other_district.pk)["events"] == []
    page = signed_in(grid.cast.planner).get(reverse("outages:calendar"), {"at": FORTY, "kind": "TEMPORARY"})
    assert [len(day.entries) for day in page.context["days"] if day.entries] == [1]


@pytest.mark.parametrize("view", ["month", "week", "lines", "stations", "nonsense"])
def test_without_a_script_everything_stands_in_plain_tables(grid: Grid, view: str):
    outage = make_outage(grid)
    page = signed_in(grid.cast.planner).get(reverse("outages:calendar"), {"at": FORTY, "view": view})
    assert reverse("outages:outage", args=[outage.pk]) in page.content.decode()
    assert "<script>" not in page.content.decode()


def test_a_month_is_whole_weeks_and_names_guarded_days(grid: Grid):
    ProtectedPeriod.objects.create(
        name="元旦保供电", unit=grid.cast.company, days_from=date(2027, 1, 1), days_until=date(2027, 1, 4)
    )
    ProtectedPeriod.objects.create(
        name="城西保供电", unit=grid.cast.other_district, days_from=date(2027, 1, 1), days_until=date(2027, 1, 4)
    )
    page = signed_in(grid.cast.planner).get(reverse("outages:calendar"), {"at": "2027-01-15"})
    days = page.context["days"]
    assert (days[0].on, days[-1].on, len(days)) == (date(2026, 12, 28), date(2027, 1, 31), 35)
    assert [day.on.day for day in days if day.guarded] == [1, 2, 3]
    assert days[4].guarded == ["元旦保供电"]
    assert (page.context["previous"], page.context["following"]) == (date(2026, 12, 1), date(2027, 2, 1))
    guards = [one for one in told(grid.cast.planner, start="2027-01-01", end="2027-02-01")["events"] if "guard" in one]
    assert guards == [{"start": "2027-01-01", "end": "2027-01-04", "title": "元旦保供电", "guard": True}]


def test_by_line_and_by_station(grid: Grid):
    make_outage(grid, lines=[grid.first, grid.second])
    make_outage(grid, days=35)
    client = signed_in(grid.cast.planner)
    lines = client.get(reverse("outages:calendar"), {"at": FORTY, "view": "lines"}).context["rows"]
    assert sorted((row.name, row.count) for row in lines) == [("东湖乙线", 1), ("东湖甲线", 2)]
    assert all(len(row.days) == 31 for row in lines)
    [station] = client.get(reverse("outages:calendar"), {"at": FORTY, "view": "stations"}).context["rows"]
    assert (station.name, station.count) == (grid.cast.station.name, 2)


def test_what_is_late_and_what_clashes_is_marked(grid: Grid):
    late = make_outage(grid, days=20)
    [event] = told(grid.cast.planner, start="2026-12-01", end="2027-01-01")["events"]
    assert event["late"] is True
    with override("zh-hans"):
        assert late.title in event["title"]
    assert event["title"] != late.title  # in words too, not by its border alone


def test_a_draft_is_put_elsewhere(grid: Grid):
    draft = make_outage(grid)
    answer = place(grid.cast.planner, draft, "2027-01-12T08:00", "2027-01-12T16:00")
    assert answer == {"placed": True, "version": draft.version + 1, "notes": []}
    draft.refresh_from_db()
    assert draft.starts_at == datetime(2027, 1, 12, 0, 0, tzinfo=UTC)
    assert draft.impacts_at == NOW
    assert list(draft.lines.all()) == [grid.first]
    assert AuditEntry.objects.filter(action="outage.edited").count() == 1


def test_what_would_break_a_promise_is_asked_about_first(grid: Grid):
    draft = make_outage(grid)
    ProtectedPeriod.objects.create(
        name="元旦保供电", unit=grid.cast.district, days_from=date(2027, 1, 1), days_until=date(2027, 1, 4)
    )
    guarded = ("2027-01-02T08:00", "2027-01-02T16:00")
    asked = place(grid.cast.planner, draft, *guarded)
    assert asked["placed"] is False
    assert "元旦保供电" in asked["ask"][0]
    draft.refresh_from_db()
    assert draft.version == 1
    assert place(grid.cast.planner, draft, *guarded, sure="1")["placed"] is True
    draft.refresh_from_db()
    assert draft.version == 2
    # Thirty days before is a promise too; a time that is over already as well.
    assert len(place(grid.cast.planner, draft, "2026-12-05T08:00", "2026-12-05T16:00")["ask"]) == 1
    assert len(place(grid.cast.planner, draft, "2026-11-05T08:00", "2026-11-05T16:00")["ask"]) == 1


def test_without_a_script_the_question_is_a_page(grid: Grid):
    draft = make_outage(grid)
    client, address = signed_in(grid.cast.planner), reverse("outages:place", args=[draft.pk])
    soon = {"starts_at": "2026-12-05T08:00", "ends_at": "2026-12-05T16:00", "version": "1"}
    asked = client.post(address, soon)
    assert len(asked.context["breaks"]) == 1
    assert 'name="sure" value="1"' in asked.content.decode()
    assert 'value="2026-12-05T08:00"' in asked.content.decode()
    done = client.post(address, soon | {"sure": "1"})
    assert done["Location"] == reverse("outages:calendar") + "?at=2026-12-05"


def test_refusals_are_in_words_and_keep_what_was_entered(grid: Grid):
    draft = make_outage(grid)
    planner = grid.cast.planner
    assert "problem" in place(planner, draft, "2027-01-12T08:00", "2027-01-12T07:00")
    assert "problem" in place(planner, draft, "", "2027-01-12T07:00")
    assert "problem" in place(planner, draft, "2027-01-12T08:00", "2027-03-12T08:00")
    assert "problem" in place(planner, draft, "2027-01-12T08:00", "2027-01-12T16:00", version=7)
    planning.advance(outage=draft, to=Status.CONSULTING, by=planner, at=NOW)
    assert "problem" in place(planner, draft, "2027-01-12T08:00", "2027-01-12T16:00")
    page = signed_in(planner).post(
        reverse("outages:place", args=[draft.pk]), {"starts_at": "2027-01-12T08:00", "ends_at": "2027-01-12T16:00"}
    )
    assert 'value="2027-01-12T08:00"' in page.content.decode()


def test_the_panel_says_what_the_board_says(grid: Grid):
    draft = make_outage(grid, days=20)
    panel = signed_in(grid.cast.planner).get(reverse("outages:calendar_panel", args=[draft.pk]))
    assert panel.context["card"].late
    assert "data-place" in panel.content.decode()
    assert (
        "data-place"
        not in signed_in(grid.cast.li).get(reverse("outages:calendar_panel", args=[draft.pk])).content.decode()
    )


def test_the_board_marks_conflicts_and_the_worst_deadline(grid: Grid):
    first = make_outage(grid, days=40, crew=grid.crew)
    planning.advance(outage=first, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    second = make_outage(grid, days=40, crew=grid.crew, lines=[grid.second])
    columns = {column.status: column for column in pages.board(Outage.objects.all(), NOW)}
    [card] = columns[Status.DRAFT].cards
    assert card.outage == second
    assert (card.breaks, columns[Status.DRAFT].worst) == (2, card)  # the crew, and both sources of Li's account
    make_outage(grid, days=31)
    assert columns[Status.AGREED].worst is None


def test_as_many_queries_for_many_outages_as_for_one(grid: Grid, django_assert_max_num_queries: Any):
    for days in range(31, 39):
        make_outage(grid, days=days, crew=grid.crew)
    client = signed_in(grid.cast.planner)
    events = reverse("outages:calendar_events")
    for address, query, most in (
        (events, {"start": "2026-12-01", "end": "2027-01-31"}, 12),
        (reverse("outages:calendar"), {"at": FORTY}, 13),
        (reverse("outages:calendar"), {"at": FORTY, "view": "lines"}, 14),
        (reverse("outages:board"), {}, 32),
    ):
        with django_assert_max_num_queries(most, info=f"{address} {query}"):
            assert client.get(address, query).status_code == 200


def test_a_full_period_says_that_there_are_more(grid: Grid, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calendar, "MOST", 2)
    for days in (31, 32, 33):
        make_outage(grid, days=days)
    found = calendar.entries(Outage.objects.all(), date(2026, 12, 1), date(2027, 2, 1), NOW)
    assert (len(found.entries), found.more) == (2, True)
    assert found.entries[0].first == (NOW + timedelta(days=31)).date()
