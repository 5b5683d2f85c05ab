"""T-9, T-8, T-5, T-3 days, and the sweep, from the database's state (RELIABILITY R6, 3.1; OUT-2, OUT-3)."""

from datetime import timedelta

import pytest

from kam.accounts.actions import contacts
from kam.core.rules import Role
from kam.notifications import actions as messages
from kam.notifications.models import Delivery, Message
from kam.outage_planning import tasks
from kam.outage_planning.actions import milestones, notices, planning
from kam.outage_planning.models import Notice, NoticeEvent, Outage, OutageImpact
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.telling import AckHow, Event, due_events, is_fulfilled, is_late
from tests.cast import NOW, make_user
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def grid() -> Grid:
    grid = make_grid()
    contacts.add(account=grid.cast.account, name="钱工", phone="13800000001", by=grid.cast.li, at=NOW)
    grid.cast.account.continuous = True
    grid.cast.account.save()
    return grid


def agreed(grid: Grid) -> Outage:
    outage = planning.advance(outage=make_outage(grid), to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    outage.consultations.update(status="AGREED")
    return planning.advance(outage=outage, to=Status.AGREED, by=grid.cast.planner, at=NOW)


def announced(grid: Grid) -> tuple[Outage, Notice]:
    outage = planning.advance(outage=agreed(grid), to=Status.ANNOUNCED, by=grid.cast.planner, at=NOW)
    return outage, Notice.objects.get(account=grid.cast.account)


def codes(notice: Notice) -> list[str]:
    return list(NoticeEvent.objects.filter(notice=notice).order_by("pk").values_list("code", flat=True))


def test_the_planner_is_told_nine_days_before_that_nothing_is_sent(grid: Grid):
    outage = agreed(grid)
    before = outage.starts_at - 9 * DAY
    assert milestones.alarm_unsent(at=before - timedelta(seconds=1)) == 0
    assert milestones.alarm_unsent(at=before) == 1
    assert milestones.alarm_unsent(at=before + DAY) == 0
    message = Message.objects.get(kind="outage.unsent")
    assert outage.number in message.text
    assert "12月24日10:00" in message.text


def test_who_has_no_proof_is_called_eight_days_before_and_late_after_seven(grid: Grid):
    outage, notice = announced(grid)
    start = outage.starts_at
    assert milestones.follow_notices(at=start - 8 * DAY - timedelta(seconds=1)) == 0
    # Both accounts: one by its number, the other has no contact and is on the list already.
    assert milestones.follow_notices(at=start - 8 * DAY) == 2
    call = Delivery.objects.get(message=notice.message, channel="CALL")
    assert call.status == "PENDING"
    assert milestones.follow_notices(at=start - 8 * DAY) == 0
    assert milestones.follow_notices(at=start - 7 * DAY) == 0
    milestones.follow_notices(at=start - 7 * DAY + timedelta(seconds=1))
    notice.refresh_from_db()
    assert (notice.late, codes(notice)) == (True, ["OWED", "CALL_UNPROVED", "LATE"])


def test_a_continuous_producer_is_called_again_and_the_supervisor_told(grid: Grid):
    outage, notice = announced(grid)
    sms = Delivery.objects.get(message=notice.message, place=1)
    messages.record_receipt(receipt=messages.Receipt(str(sms.idempotency_key), "g", "delivered", "", "raw"), at=NOW)
    start = outage.starts_at
    Notice.objects.exclude(pk=notice.pk).update(proven_at=NOW, proven_by="SMS")
    assert milestones.follow_notices(at=start - 5 * DAY - timedelta(seconds=1)) == 0
    assert milestones.follow_notices(at=start - 5 * DAY) == 1
    assert Message.objects.filter(key=f"acknowledge {notice.ref}").count() == 1
    other = make_user("s2", "别区主任", grid.cast.other_district, Role.SUPERVISOR)
    assert milestones.follow_notices(at=start - 3 * DAY) == 1
    message = Message.objects.get(kind="outage.unacknowledged")
    assert grid.cast.account.name in message.text
    assert message.key.endswith(f" {grid.cast.sun.pk}")
    assert not message.key.endswith(f" {other.pk}")
    assert codes(notice) == ["OWED", "PROVEN", "CALL_UNACKNOWLEDGED", "SUPERVISOR"]
    notices.acknowledge(notice=notice, how=AckHow.PHONE, who="钱工", by=grid.cast.chen, at=start - 2 * DAY)
    assert milestones.follow_notices(at=start - DAY) == 0


def test_what_fell_due_while_nothing_ran_is_done_once(grid: Grid):
    outage, notice = announced(grid)
    milestones.follow_notices(at=outage.starts_at - DAY)
    assert codes(notice) == ["OWED", "CALL_UNPROVED", "LATE", "CALL_UNACKNOWLEDGED", "SUPERVISOR"]
    assert milestones.follow_notices(at=outage.starts_at - DAY) == 0


def test_an_announced_outage_without_a_notice_is_an_alarm(grid: Grid, caplog: pytest.LogCaptureFixture):
    outage, notice = announced(grid)
    assert milestones.sweep(at=NOW) == 0
    # As if a row had been written past the action: the network has grown under the outage.
    NoticeEvent.objects.filter(notice=notice).delete()
    notice.delete()
    assert milestones.sweep(at=NOW) == 1
    assert outage.number in caplog.text
    assert Message.objects.filter(kind="outage.gap").count() == 2
    assert milestones.sweep(at=NOW + timedelta(minutes=1)) == 1
    assert Message.objects.filter(kind="outage.gap").count() == 2
    OutageImpact.objects.filter(outage=outage).delete()
    assert milestones.sweep(at=NOW) == 0


def test_the_tasks_run(grid: Grid, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    announced(grid)
    assert tasks.look_after_plans() == "reminded 0, unsent 0, notices 0"
    assert tasks.sweep_notices() == "caught up 0, missing 0"


@pytest.mark.parametrize(
    ("kind", "proven", "unacknowledged", "days", "found"),
    [
        (Kind.PLANNED, False, True, 9, []),
        (Kind.PLANNED, False, True, 8, [Event.CALL_UNPROVED]),
        (Kind.PLANNED, False, True, 6, [Event.CALL_UNPROVED, Event.LATE]),
        (Kind.PLANNED, True, True, 5, [Event.CALL_UNACKNOWLEDGED]),
        (Kind.PLANNED, True, True, 3, [Event.CALL_UNACKNOWLEDGED, Event.SUPERVISOR]),
        (Kind.PLANNED, True, False, 1, []),
        (Kind.TEMPORARY, False, True, 6, [Event.LATE]),
    ],
)
def test_what_is_due_when(kind: Kind, proven: bool, unacknowledged: bool, days: int, found: list[Event]):
    start = NOW + 30 * DAY
    due = due_events(
        kind=kind,
        starts_at=start,
        deadline=start - 7 * DAY,
        proven=proven,
        unacknowledged=unacknowledged,
        now=start - days * DAY,
    )
    assert due == found


def test_a_notice_is_late_or_fulfilled_by_its_first_proof():
    assert not is_late(None, NOW, None, NOW + 99 * DAY)
    assert not is_late(NOW, NOW, NOW, NOW + DAY)
    assert is_late(NOW, NOW, NOW + timedelta(seconds=1), NOW)
    assert is_late(NOW, NOW, None, NOW + timedelta(seconds=1))
    assert is_late(NOW, NOW + DAY, NOW - DAY, NOW)
    assert is_fulfilled(False, NOW, None)
    assert not is_fulfilled(True, NOW, None)
    assert is_fulfilled(True, None, NOW)
