"""Notices: one for each account, in its language, by its ways, with deadline and proof (OUT-2, OUT-3, OUT-10)."""

from datetime import timedelta

import pytest
from django.db import transaction

from kam.accounts.actions import contacts, links
from kam.accounts.models import CustomerLink, TimelineEntry
from kam.core.models import AuditEntry
from kam.notifications import actions as messages
from kam.notifications.models import Delivery, Message
from kam.notifications.rules.states import Channel, MessageState
from kam.outage_planning.actions import notices
from kam.outage_planning.models import AccountPeriod, Notice, NoticeEvent
from kam.outage_planning.rules.telling import AckHow, NoticeKind
from tests.cast import NOW, TODAY
from tests.notifications.making import make_task
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid() -> Grid:
    grid = make_grid()
    by = grid.cast.li
    contacts.add(account=grid.cast.account, name="王会计", phone="13900000009", role="FINANCE", by=by, at=NOW)
    contacts.add(
        account=grid.cast.account,
        name="钱工",
        phone="13800000001",
        mail="q@example.com",
        role="ELECTRICAL",
        by=by,
        at=NOW,
    )
    contacts.add(
        account=grid.cast.other_account,
        name="Ms Lee",
        mail="lee@example.com",
        channel="MAIL",
        language="en",
        by=by,
        at=NOW,
    )
    return grid


def tell(grid: Grid, outage, kind=NoticeKind.ANNOUNCE, **changes) -> dict[str, Notice]:
    rows = notices.tell(outage=outage, kind=kind, by=grid.cast.planner, at=NOW, **changes)
    return {row.account.account_no: row for row in rows}


def test_everybody_affected_is_told_in_its_language_by_its_ways(grid: Grid):
    outage = make_outage(grid)
    found = tell(grid, outage)
    own, other = found["3200001"], found["3200002"]
    ways = Delivery.objects.filter(message=own.message).order_by("place")
    # The engineer before the bookkeeper; the telephone last, to the first number.
    assert [(way.channel, way.address_hint) for way in ways] == [
        ("SMS", "138****0001"),
        ("MAIL", "q***@example.com"),
        ("SMS", "139****0009"),
        ("CALL", "138****0001"),
    ]
    assert "12月31日10:00-18:00停东湖甲线" in own.message.text
    assert "⟦link:" in own.message.text
    assert "短时停电数秒" in ways[1].text
    assert other.message.language == "en"
    assert other.message.subject == "Planned outage 31 Dec 10:00-18:00"
    assert "no supply the whole time" in Delivery.objects.get(message=other.message, channel="MAIL").text
    assert own.deadline == outage.starts_at - timedelta(days=7)
    assert TimelineEntry.objects.filter(kind="outage.told").count() == 2
    assert AuditEntry.objects.filter(action="outage.told").count() == 1
    assert NoticeEvent.objects.filter(code="OWED").count() == 2


def test_who_has_no_contact_is_called(grid: Grid):
    grid.cast.account.contacts.update(active=False)
    own = tell(grid, make_outage(grid))["3200001"]
    assert [way.channel for way in own.message.deliveries.all()] == ["CALL"]
    assert "请问您贵姓" in make_task(own.message, by=grid.cast.chen).script


def test_a_contract_may_ask_for_longer(grid: Grid):
    AccountPeriod.objects.create(
        account=grid.cast.other_account, key="outage.planned.notice_days", value=15, valid_from=TODAY, source="合同"
    )
    outage = make_outage(grid, days=12)
    found = tell(grid, outage)
    assert (found["3200001"].late, found["3200002"].late) == (False, True)
    assert found["3200002"].deadline == outage.starts_at - timedelta(days=15)


def test_nothing_is_owed_when_the_change_fails(grid: Grid):
    outage = make_outage(grid)

    def change_that_fails() -> None:
        with transaction.atomic():
            tell(grid, outage)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert not Notice.objects.exists()
    assert not Message.objects.exists()
    assert not CustomerLink.objects.exists()


def test_a_receipt_proves_and_only_an_answer_acknowledges(grid: Grid):
    grid.cast.account.continuous = True
    grid.cast.account.save()
    notice = tell(grid, make_outage(grid))["3200001"]
    assert notice.must_acknowledge
    sms = Delivery.objects.get(message=notice.message, place=1)
    receipt = messages.Receipt(str(sms.idempotency_key), "g1", "delivered", "", "raw")
    messages.record_receipt(receipt=receipt, at=NOW + timedelta(minutes=1))
    notice.refresh_from_db()
    assert (notice.proven_by, notice.proven_at, notice.is_fulfilled) == ("SMS", NOW + timedelta(minutes=1), False)
    link = CustomerLink.objects.get(account=grid.cast.account)
    done = notices.acknowledge(
        notice=notice, how=AckHow.LINK, who="钱工", by=None, at=NOW + timedelta(hours=2), link=link
    )
    again = notices.acknowledge(notice=notice, how=AckHow.PHONE, who="李工", by=None, at=NOW + timedelta(hours=3))
    assert (done.is_fulfilled, again.acknowledged_by, again.acknowledged_how) == (True, "钱工", "LINK")
    assert list(NoticeEvent.objects.filter(notice=notice).order_by("pk").values_list("code", flat=True)) == [
        "OWED",
        "PROVEN",
        "ACKNOWLEDGED",
    ]
    assert AuditEntry.objects.filter(action="outage.acknowledged").count() == 1


def test_a_call_acknowledges_also_after_the_receipt(grid: Grid):
    notice = tell(grid, make_outage(grid))["3200001"]
    sms = Delivery.objects.get(message=notice.message, place=1)
    messages.record_receipt(receipt=messages.Receipt(str(sms.idempotency_key), "g1", "delivered", "", "raw"), at=NOW)
    first = notices.call_to_acknowledge(notice=notice, by=None, at=NOW)
    assert notices.call_to_acknowledge(notice=notice, by=None, at=NOW) == first
    task = make_task(first, by=grid.cast.chen)
    assert "请问您贵姓" in task.script
    messages.note_call(
        task=task, answered_by="值班员", note="", reached=True, by=grid.cast.chen, at=NOW + timedelta(days=1)
    )
    notice.refresh_from_db()
    assert (notice.acknowledged_how, notice.acknowledged_by) == ("PHONE", "值班员")
    assert notice.proven_by == "SMS"


def test_proof_after_the_deadline_is_a_promise_not_kept(grid: Grid):
    outage = make_outage(grid, days=8)
    notice = tell(grid, outage)["3200001"]
    assert not notice.late
    sms = Delivery.objects.get(message=notice.message, place=1)
    receipt = messages.Receipt(str(sms.idempotency_key), "g1", "delivered", "", "raw")
    messages.record_receipt(receipt=receipt, at=NOW + timedelta(days=1, seconds=1))
    notice.refresh_from_db()
    assert notice.late


def test_a_plan_that_no_longer_holds_closes_its_links(grid: Grid):
    outage = make_outage(grid)
    tell(grid, outage)
    assert notices.supersede(outage=outage, by=grid.cast.planner, at=NOW) == 2
    assert notices.supersede(outage=outage, by=grid.cast.planner, at=NOW) == 0
    assert not any(links.opens(link, NOW) for link in CustomerLink.objects.all())
    assert set(Message.objects.values_list("status", flat=True)) == {MessageState.WITHDRAWN}


def test_updates_of_one_kind_are_all_kept(grid: Grid):
    outage = make_outage(grid, kind="FAULT", days=0)
    tell(grid, outage, NoticeKind.FAULT, facts={"expected": "18:30"})
    second = tell(grid, outage, NoticeKind.FAULT, facts={"expected": NOW}, accounts=[grid.cast.account.pk])
    assert [row.number for row in second.values()] == [2]
    assert "预计11月21日10:00恢复" in second["3200001"].message.text
    assert {way.channel for way in Delivery.objects.all()} == {Channel.SMS, Channel.MAIL, Channel.CALL}
