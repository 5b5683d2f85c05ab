"""Outages from draft on: impacts, guards, exceptions, moves, what is recorded (OUT-1, OUT-4, OUT-9, OUT-10)."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from kam.accounts.models import OutagePreference, TimelineEntry
from kam.core.models import AuditEntry, Job, RuleValue
from kam.lib.lifecycle import IllegalMove
from kam.metering.models import LoadDay
from kam.network.rules.impact import Effect
from kam.outage_planning import tasks
from kam.outage_planning.actions import execution, overrides, planning
from kam.outage_planning.actions.planning import GuardsRefuse
from kam.outage_planning.models import (
    AccountPeriod,
    Interruption,
    Outage,
    OutageImpact,
    OutageOverride,
    ProtectedPeriod,
)
from kam.outage_planning.queries import pages
from kam.outage_planning.queries import planning as queries
from kam.outage_planning.rules.conflicts import Code
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Status
from tests.cast import NOW, TODAY, make_meter
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid() -> Grid:
    return make_grid()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def constant_load(account, kw: float, days: int = 56) -> None:
    meter = make_meter(account, meter_no=f"X{account.pk}")
    kwh = np.full(96, kw / 4, "<f4").tobytes()
    LoadDay.objects.bulk_create(
        LoadDay(meter=meter, day=TODAY - timedelta(days=n + 1), kwh=kwh, quality=bytes(96)) for n in range(days)
    )


def test_a_draft_knows_whom_it_affects_and_what_that_costs(grid: Grid):
    constant_load(grid.cast.other_account, 400.0)
    outage = make_outage(grid)
    assert outage.number.startswith("TD2026-")
    mine, other = (OutageImpact.objects.get(account=one) for one in (grid.cast.account, grid.cast.other_account))
    assert (mine.effect, mine.out_minutes, mine.energy_kwh) == (Effect.SHORT_CHANGEOVER, 0.1, None)
    assert (other.effect, other.out_minutes) == (Effect.SUPPLY_LOST, None)
    assert other.energy_kwh == pytest.approx(3_200)
    assert other.revenue_yuan is not None
    assert 0 < other.revenue_yuan < 6_400
    assert other.hurt_reasons[0]["code"] == "SUPPLY_LOST"
    # Nobody outside planning sees a draft on the account's timeline.
    assert not TimelineEntry.objects.filter(kind__startswith="outage.").exists()
    assert AuditEntry.objects.filter(action="outage.drafted").count() == 1


def test_what_a_customer_has_told_changes_its_hurt(grid: Grid):
    before = OutageImpact.objects.get(outage=make_outage(grid), account=grid.cast.other_account).hurt
    OutagePreference.objects.create(account=grid.cast.other_account, level="MOST", reason="连续浇铸")
    after = OutageImpact.objects.get(outage=make_outage(grid), account=grid.cast.other_account)
    assert after.hurt == before + 25
    assert {"code": "BAD_HOURS", "points": 25, "text": "连续浇铸"} in after.hurt_reasons


def test_thirty_days_ahead_or_an_exception_by_a_second_person(grid: Grid):
    planner, sun = grid.cast.planner, grid.cast.sun
    late = make_outage(grid, days=29)
    with pytest.raises(GuardsRefuse) as refused:
        planning.advance(outage=late, to=Status.CONSULTING, by=planner, at=NOW)
    assert refused.value.guards == (Guard.CONSULTATION_LATE,)
    asked = overrides.propose(outage=late, rule=Guard.CONSULTATION_LATE, reason="抢险加固", by=planner, at=NOW)
    with pytest.raises(overrides.AskedAlready):
        overrides.propose(outage=late, rule=Guard.CONSULTATION_LATE, reason="再来一次", by=planner, at=NOW)
    with pytest.raises(overrides.SamePerson):
        overrides.decide(override=asked, grant=True, by=planner, at=NOW)
    with pytest.raises(GuardsRefuse):
        planning.advance(outage=late, to=Status.CONSULTING, by=planner, at=NOW)
    overrides.decide(override=asked, grant=True, by=sun, at=NOW)
    with pytest.raises(overrides.Decided):
        overrides.decide(override=asked, grant=False, by=sun, at=NOW)
    planning.advance(outage=late, to=Status.CONSULTING, by=planner, at=NOW)
    assert Outage.objects.get(pk=late.pk).status == Status.CONSULTING
    assert TimelineEntry.objects.filter(kind="outage.consulting").count() == 2


def test_the_database_itself_refuses_that_one_person_grants_to_itself(grid: Grid):
    outage = make_outage(grid)
    with pytest.raises(IntegrityError), transaction.atomic():
        OutageOverride.objects.create(
            outage=outage,
            rule="NOTICE_LATE",
            reason="x",
            version=1,
            proposed_by=grid.cast.sun,
            proposed_at=NOW,
            approved_by=grid.cast.sun,
        )


def test_facts_cannot_be_waived(grid: Grid):
    with pytest.raises(overrides.NotWaivable):
        overrides.propose(outage=make_outage(grid), rule=Guard.NO_IMPACTS, reason="x", by=grid.cast.planner, at=NOW)


def test_nobody_has_answered_before_there_is_a_consultation(grid: Grid):
    outage = make_outage(grid)
    planning.advance(outage=outage, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    with pytest.raises(GuardsRefuse) as refused:
        planning.advance(outage=outage, to=Status.AGREED, by=grid.cast.planner, at=NOW)
    assert refused.value.guards == (Guard.NOT_ANSWERED,)


def test_steps_that_do_not_exist_are_refused(grid: Grid):
    with pytest.raises(IllegalMove):
        planning.advance(outage=make_outage(grid), to=Status.CLOSED, by=grid.cast.planner, at=NOW)


def test_what_customers_know_of_is_moved_and_told_and_not_edited(grid: Grid):
    planner = grid.cast.planner
    outage = make_outage(grid, days=29)
    asked = overrides.propose(outage=outage, rule=Guard.CONSULTATION_LATE, reason="抢险加固", by=planner, at=NOW)
    overrides.decide(override=asked, grant=True, by=grid.cast.sun, at=NOW)
    outage = planning.advance(outage=outage, to=Status.CONSULTING, by=planner, at=NOW)
    fields: dict[str, Any] = {
        "kind": "PLANNED",
        "title": "x",
        "reason": "",
        "unit": outage.unit,
        "crew": None,
        "lines": [grid.first],
    }
    times: dict[str, Any] = {"starts_at": NOW + timedelta(days=28), "ends_at": NOW + timedelta(days=28, hours=4)}
    with pytest.raises(planning.NotEditable):
        planning.edit(outage=outage, version=1, **fields, **times, by=planner, at=NOW)
    move: dict[str, Any] = {"outage": outage, **times, "by": planner, "at": NOW}
    with pytest.raises(planning.ReasonMissing):
        planning.move_time(**move, version=1, reason=" ")
    with pytest.raises(planning.ChangedMeanwhile):
        planning.move_time(**move, version=7, reason="客户要求")
    moved = planning.move_time(**move, version=1, reason="客户要求")
    assert (moved.status, moved.version, moved.starts_at) == (Status.CONSULTING, 2, NOW + timedelta(days=28))
    assert TimelineEntry.objects.filter(kind="outage.time_moved").count() == 2
    # The exception was for the plan as it stood.
    assert planning.granted(moved) == set()


def test_a_cancellation_of_what_customers_know_of_needs_a_reason(grid: Grid):
    outage = make_outage(grid)
    planning.advance(outage=outage, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    with pytest.raises(planning.ReasonMissing):
        planning.cancel(outage=outage, reason="", by=grid.cast.planner, at=NOW)
    planning.cancel(outage=outage, reason="改为带电作业", by=grid.cast.planner, at=NOW)
    assert TimelineEntry.objects.filter(kind="outage.cancelled").count() == 2
    with pytest.raises(IllegalMove):
        planning.cancel(outage=outage, reason="又一次", by=grid.cast.planner, at=NOW)


def test_a_fault_runs_its_short_way_and_ends_in_the_reliability_figures(grid: Grid):
    planner = grid.cast.planner
    fault = make_outage(grid, kind="FAULT", days=0, hours=2)
    execution.begin(outage=fault, really_at=NOW, by=planner, at=NOW)
    at = NOW + timedelta(hours=1)
    execution.restore(outage=fault, points=None, back_at=at, note="", by=planner, at=at)
    execution.close(outage=fault, by=planner, at=at)
    rows = {row.account_id: row for row in Interruption.objects.filter(outage=fault)}
    assert rows.keys() == {grid.cast.account.pk, grid.cast.other_account.pk}
    assert rows[grid.cast.other_account.pk].ended_at - rows[grid.cast.other_account.pk].started_at == timedelta(hours=1)
    assert rows[grid.cast.account.pk].ended_at - rows[grid.cast.account.pk].started_at == timedelta(seconds=6)
    assert not rows[grid.cast.account.pk].planned


def test_conflicts_with_stored_plans_and_guarded_days(grid: Grid):
    other = make_outage(grid, lines=[grid.second], crew=grid.crew)
    planning.advance(outage=other, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    ProtectedPeriod.objects.create(
        name="元旦保供电", unit=grid.cast.district, days_from=date(2026, 12, 31), days_until=date(2027, 1, 2)
    )
    outage = make_outage(grid, crew=grid.crew)
    found = pages.conflicts_of(outage, NOW)
    assert [one.code for one in found] == [Code.BOTH_SOURCES, Code.PROTECTED, Code.CREW_BUSY]
    assert found[0].account_ids == (grid.cast.account.pk,)


def test_the_province_and_the_contract_go_before_the_law(grid: Grid):
    assert queries.periods(TODAY).notice_days == 7
    RuleValue.objects.filter(key="company.province").update(value="HA")
    RuleValue.objects.create(key="outage.planned.notice_days@HA", value=8, valid_from=date(2026, 1, 1), source="x")
    AccountPeriod.objects.create(
        account=grid.cast.account,
        key="outage.planned.notice_days",
        value=15,
        valid_from=date(2026, 1, 1),
        source="合同",
    )
    AccountPeriod.objects.create(
        account=grid.cast.account, key="outage.consultation_days", value=10, valid_from=date(2026, 1, 1), source="合同"
    )
    assert queries.periods(TODAY).notice_days == 8
    held = queries.periods(TODAY, [grid.cast.account.pk])
    assert (held.notice_days, held.consultation_days) == (15, 30)


def test_the_form_drafts_and_the_page_shows(grid: Grid, django_assert_max_num_queries):
    client = signed_in(grid.cast.planner)
    given = {
        "kind": "PLANNED",
        "title": "更换12号杆",
        "unit": grid.cast.station.pk,
        "starts_at": "2026-12-31T08:00",
        "ends_at": "2026-12-31T07:00",
    }
    errors = client.post(reverse("outages:create"), given).context["form"].errors
    assert set(errors) == {"lines", "ends_at"}
    substation = grid.first.substation
    assert substation is not None
    # A station's own lines are seen; the substation belongs to the district above it.
    answer = client.post(
        reverse("outages:create"), {**given, "ends_at": "2026-12-31T16:00", "substations": substation.pk}
    )
    outage = Outage.objects.get()
    assert answer["Location"] == reverse("outages:outage", args=[outage.pk])
    assert set(outage.lines.all()) == {grid.first, grid.second}
    with django_assert_max_num_queries(60):
        page = client.get(answer["Location"])
    text = page.content.decode()
    assert grid.cast.account.name in text
    assert grid.cast.other_account.name not in text
    assert page.context["elsewhere"] == 1
    with django_assert_max_num_queries(32):
        board = client.get(reverse("outages:board"))
    (card,) = board.context["columns"][0].cards
    assert (card.accounts, card.worst, card.due, card.late) == (2, Effect.SUPPLY_LOST, "CONSULT", False)


def test_the_page_asks_consults_and_cancels(grid: Grid):
    client, boss = signed_in(grid.cast.planner), signed_in(grid.cast.sun)
    outage = make_outage(grid, days=20)
    url = reverse("outages:consult", args=[outage.pk])
    assert "problem" in client.post(url).context
    asked = {"rule": "CONSULTATION_LATE", "reason": "抢险加固"}
    assert client.post(reverse("outages:override_propose", args=[outage.pk]), asked).status_code == 302
    decide = reverse("outages:override_decide", args=[OutageOverride.objects.get().pk])
    assert client.post(decide, {"grant": "1"}).status_code == 403
    assert boss.post(decide, {"grant": "1"}).status_code == 302
    assert client.post(url).status_code == 302
    cancel = reverse("outages:cancel", args=[outage.pk])
    assert "problem" in client.post(cancel, {"reason": ""}).context
    assert client.post(cancel, {"reason": "改为带电作业"}).status_code == 302
    assert Outage.objects.get(pk=outage.pk).status == Status.CANCELLED
    assert "改为带电作业" in client.get(reverse("outages:outage", args=[outage.pk])).content.decode()
    assert client.get(reverse("outages:past")).context["page"].rows


def test_better_times_are_found_and_taken(grid: Grid):
    client = signed_in(grid.cast.planner)
    outage = make_outage(grid, days=35, hours=4)
    page = client.get(reverse("outages:windows", args=[outage.pk]))
    windows = page.context["found"].windows
    assert len(windows) == 5
    assert all(window.starts_at >= NOW + timedelta(days=30) for window in windows)
    taken = {name: getattr(windows[0], name).astimezone().isoformat() for name in ("starts_at", "ends_at")}
    assert client.post(reverse("outages:take_window", args=[outage.pk]), taken).status_code == 302
    outage.refresh_from_db()
    assert (outage.starts_at, outage.version) == (windows[0].starts_at, 2)


def test_guarded_days_are_noted_and_taken_off(grid: Grid):
    client = signed_in(grid.cast.planner)
    given = {"name": "高考", "unit": grid.cast.district.pk, "days_from": "2027-06-07", "days_until": "2027-06-10"}
    assert signed_in(grid.cast.li).post(reverse("outages:protected"), given).status_code == 403
    assert client.post(reverse("outages:protected"), {**given, "days_until": "2027-06-01"}).context["form"].errors
    assert client.post(reverse("outages:protected"), given).status_code == 302
    row = ProtectedPeriod.objects.get()
    assert client.post(reverse("outages:protected_remove", args=[row.pk])).status_code == 302
    assert AuditEntry.objects.filter(action__startswith="outage.protected_").count() == 2


def test_a_move_is_asked_for_with_a_reason(grid: Grid):
    client = signed_in(grid.cast.planner)
    outage = make_outage(grid)
    url = reverse("outages:move", args=[outage.pk])
    given = {"version": "1", "starts_at": "2027-01-10T08:00", "ends_at": "2027-01-10T12:00", "reason": "客户要求"}
    assert client.post(url, given).context["form"].non_field_errors()
    planning.advance(outage=outage, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    assert client.post(url, {**given, "reason": ""}).context["form"].errors["reason"]
    assert client.post(url, given).status_code == 302
    outage.refresh_from_db()
    assert (outage.ends_at - outage.starts_at, outage.status) == (timedelta(hours=4), Status.CONSULTING)


def test_drafts_are_placed_together_and_taken_over_as_a_whole(grid: Grid):
    client = signed_in(grid.cast.planner)
    # At one time, with one crew, and both sources of Li's account: three rules broken.
    drafts = [make_outage(grid, crew=grid.crew), make_outage(grid, crew=grid.crew, lines=[grid.second])]
    days = {"days_from": "2026-12-28", "days_until": "2027-01-04"}
    answer = client.post(reverse("outages:quarter"), days)
    job = Job.objects.get()
    assert tasks.place_drafts(job.pk) == "DONE"
    page = client.get(answer["Location"])
    assert (len(page.context["placed"]), page.context["unplaced"]) == (2, [])
    assert Job.objects.get().result["draft_cost"] is None
    assert client.post(reverse("outages:quarter_take", args=[job.pk])).status_code == 302
    first, second = (Outage.objects.get(pk=draft.pk) for draft in drafts)
    assert first.ends_at <= second.starts_at or second.ends_at <= first.starts_at
    planning.advance(outage=first, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    before = Outage.objects.get(pk=second.pk).starts_at
    client.post(reverse("outages:quarter_take", args=[job.pk]))
    assert Outage.objects.get(pk=second.pk).starts_at == before
