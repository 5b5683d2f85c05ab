"""Faults with news, calls for less load with receipts, overruns (OUT-5, OUT-6)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kam.core.models import AuditEntry
from kam.network.rules.impact import Effect
from kam.notifications.models import Message
from kam.outage_planning.actions import execution, faults, load_control, notices, watching
from kam.outage_planning.actions.planning import GuardsRefuse
from kam.outage_planning.models import Interruption, LostPoint, Notice, Outage, OutageImpact, OutageUpdate
from kam.outage_planning.queries import load_control as queries
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.telling import AckHow, NoticeKind
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid() -> Grid:
    return make_grid()


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(at: Any) -> None:
        monkeypatch.setattr("kam.lib.clock.now", lambda: at)

    to(NOW)
    return to


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def reported(grid: Grid, **changes: Any) -> Outage:
    fields: dict[str, Any] = {
        "title": "甲线故障",
        "cause": "外力破坏",
        "reason": "挖断电缆",
        "unit": grid.cast.station,
        "lines": [grid.first],
        "began_at": NOW - timedelta(minutes=12),
        "expected_at": NOW + timedelta(hours=2),
        "by": grid.cast.planner,
        "at": NOW,
    }
    return faults.report(**{**fields, **changes})


def texts(kind: str) -> list[str]:
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("text", flat=True))


def test_a_fault_is_explained_to_everybody_affected_at_once(grid: Grid):
    outage = reported(grid)
    assert outage.status == Status.UNDER_WAY
    assert Notice.objects.filter(outage=outage, kind=NoticeKind.FAULT).count() == 2
    assert all("甲线" in text for text in texts("outage.fault"))
    assert AuditEntry.objects.filter(action="outage.told").count() == 1


def test_news_go_to_whoever_is_still_without_supply(grid: Grid):
    outage, planner = reported(grid), grid.cast.planner
    when = NOW + timedelta(minutes=30)
    first = LostPoint.objects.get(outage=outage, account=grid.cast.other_account)
    execution.restore(outage=outage, points=[first.pk], back_at=when, note="", by=planner, at=when)
    assert len(texts("outage.restored")) == 1
    later = when + timedelta(minutes=10)
    faults.news(outage=outage, text="电缆头制作中。", expected_at=NOW + timedelta(hours=3), by=planner, at=later)
    (told,) = texts("outage.fault_news")
    assert "电缆头制作中，预计" in told
    assert OutageUpdate.objects.get().expected_at == NOW + timedelta(hours=3)
    outage.refresh_from_db()
    assert outage.promised_until == NOW + timedelta(hours=2)
    over = NOW + timedelta(hours=2, minutes=50)
    execution.restore(outage=outage, points=None, back_at=over, note="", by=planner, at=over)
    # Everybody told is told once that supply is back, and nobody twice.
    cleared = Notice.objects.filter(outage=outage, kind=NoticeKind.ALL_CLEAR)
    assert sorted(cleared.values_list("account__account_no", flat=True)) == ["3200001", "3200002"]
    execution.close(outage=outage, by=planner, at=over)
    assert set(Interruption.objects.filter(outage=outage).values_list("cause", "planned")) == {("外力破坏", False)}


def test_times_that_cannot_be_are_refused(grid: Grid):
    with pytest.raises(execution.ImpossibleTime):
        reported(grid, began_at=NOW + timedelta(minutes=1))
    with pytest.raises(execution.ImpossibleTime):
        faults.news(outage=reported(grid), text="抢修中", expected_at=NOW, by=grid.cast.planner, at=NOW)
    with pytest.raises(execution.NotUnderWay):
        faults.news(
            outage=make_outage(grid), text="抢修中", expected_at=NOW + timedelta(hours=1), by=grid.cast.planner, at=NOW
        )


def test_an_overrun_is_told_once_to_planner_and_supervisor(grid: Grid):
    outage = reported(grid)
    late = NOW + timedelta(hours=2, minutes=1)
    assert watching.alarm_overruns(at=NOW) == 0
    assert watching.alarm_overruns(at=late) == 2
    assert watching.alarm_overruns(at=late + timedelta(minutes=1)) == 0
    assert Message.objects.filter(kind="outage.overrun", status="OPEN").count() == 2
    execution.extend(
        outage=outage, ends_at=late + timedelta(hours=1), reason="电缆头未完工", by=grid.cast.planner, at=late
    )
    assert len(texts("outage.extended")) == 2
    assert watching.alarm_overruns(at=late + timedelta(minutes=2)) == 0
    assert watching.alarm_overruns(at=late + timedelta(hours=1, minutes=1)) == 2


def called(grid: Grid, *, minutes: int = 45, kind: Kind = Kind.STAGGER, cuts: Any = None) -> Outage:
    start = NOW + timedelta(minutes=minutes)
    return load_control.prepare(
        kind=kind,
        level="III",
        title="Ⅲ级",
        reason="晚峰缺口",
        unit=grid.cast.station,
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        cuts=cuts or {grid.cast.account.pk: 800, grid.cast.other_account.pk: 200},
        by=grid.cast.planner,
        at=NOW,
    )


def test_a_call_tells_each_account_its_own_kilowatts_and_counts_who_confirmed(grid: Grid):
    outage = load_control.announce(outage=called(grid), by=grid.cast.planner, at=NOW)
    assert outage.status == Status.ANNOUNCED
    assert ["800千瓦" in text for text in texts("outage.stagger")] == [True, False]
    assert all("Ⅲ级" in text for text in texts("outage.stagger"))
    assert set(OutageImpact.objects.values_list("effect", "energy_kwh")) == {
        (Effect.LOAD_CUT, 1_600),
        (Effect.LOAD_CUT, 400),
    }
    first = Notice.objects.filter(outage=outage).order_by("pk")[0]
    notices.acknowledge(notice=first, how=AckHow.LINK, who="", by=None, at=NOW + timedelta(minutes=2))
    found = queries.receipts(Notice.objects.filter(outage=outage))
    assert (found.told, found.acknowledged, found.silent) == (2, 1, 1)
    assert found.rows[0].acknowledged_at is None


def test_staggering_is_told_thirty_minutes_before_or_not_without_a_second_person(grid: Grid):
    late = called(grid, minutes=29)
    with pytest.raises(GuardsRefuse) as refused:
        load_control.announce(outage=late, by=grid.cast.planner, at=NOW)
    assert refused.value.guards == (Guard.NOTICE_LATE,)
    assert not Message.objects.exists()
    with pytest.raises(GuardsRefuse):
        load_control.announce(outage=called(grid, minutes=60, kind=Kind.LIMIT), by=grid.cast.planner, at=NOW)
    load_control.announce(outage=called(grid, minutes=24 * 60, kind=Kind.LIMIT), by=grid.cast.planner, at=NOW)
    assert all("限电" in text for text in texts("outage.limit"))


def test_a_call_begins_and_ends_by_itself_and_interrupts_nobody(grid: Grid):
    outage = load_control.announce(outage=called(grid), by=grid.cast.planner, at=NOW)
    assert watching.run_calls(at=NOW) == 0
    watching.run_calls(at=outage.starts_at)
    assert Outage.objects.get(pk=outage.pk).status == Status.UNDER_WAY
    watching.run_calls(at=outage.ends_at)
    outage.refresh_from_db()
    assert (outage.status, outage.actual_until) == (Status.CLOSED, outage.ends_at)
    assert not Interruption.objects.exists()


def test_a_call_that_is_lifted_early_is_told(grid: Grid):
    outage = load_control.announce(outage=called(grid), by=grid.cast.planner, at=NOW)
    watching.run_calls(at=outage.starts_at)
    lifted = outage.starts_at + timedelta(minutes=20)
    execution.restore(outage=outage, points=None, back_at=lifted, note="", by=grid.cast.planner, at=lifted)
    assert len(texts("outage.lifted")) == 2


def test_a_call_without_anybody_is_refused(grid: Grid):
    with pytest.raises(load_control.NobodyChosen):
        called(grid, cuts={grid.cast.account.pk: 0})
