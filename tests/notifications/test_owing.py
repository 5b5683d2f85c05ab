"""Owing and taking back: one key one message, frozen, encrypted, in the caller's transaction (SYS-4, R1)."""

from datetime import timedelta

import pytest
from django.db import transaction

from kam.accounts.models import Account
from kam.core import actions as core
from kam.core.models import AuditEntry
from kam.lib import encryption
from kam.notifications import actions
from kam.notifications.actions import Address, sending
from kam.notifications.actions.places import address_place
from kam.notifications.models import Delivery, Message, Move
from kam.notifications.rules.answers import Answer, Verdict
from kam.notifications.rules.states import Channel, DeliveryState, MessageState
from tests.cast import NOW, make_cast
from tests.notifications.making import MAIL, PHONE, SMS, TEXT, attempt, delivery_of, make_message

pytestmark = pytest.mark.django_db
TAKEN = Answer(Verdict.ACCEPTED, "http.202", "G1")


def test_a_message_and_its_ways_are_written_in_their_order_and_the_first_is_open():
    message = make_message(to=[SMS, Address(Channel.MAIL, MAIL, text="详见附件")])
    first, second = message.deliveries.order_by("place")
    assert (first.channel, first.status) == (Channel.SMS, DeliveryState.PENDING)
    assert (second.channel, second.status) == (Channel.MAIL, DeliveryState.WAITING)
    assert first.words == TEXT
    assert second.words == "详见附件"
    assert first.idempotency_key != second.idempotency_key
    assert first.body_hash != second.body_hash
    assert first.give_up_at == NOW + timedelta(days=4), "half the time is the mail's"


def test_the_same_key_is_the_same_message_and_other_words_are_a_mistake():
    first = make_message()
    assert make_message().pk == first.pk
    assert Delivery.objects.count() == 1
    with pytest.raises(actions.KeyReused):
        make_message(text="别的内容")


def test_nothing_is_owed_where_the_change_that_owes_it_fails():
    def change():
        with transaction.atomic():
            make_message()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert not Message.objects.exists()


def test_bad_addresses_and_nobody_are_refused_before_anything_is_written():
    for to in ([Address(Channel.SMS, "x")], [SMS, Address(Channel.CHAT, "none")], [Address(Channel.APP, "999999")]):
        with pytest.raises(actions.BadAddress):
            make_message(to=to)
    with pytest.raises(actions.NobodyToTell):
        make_message(to=[])
    assert not Message.objects.exists()


def test_addresses_are_encrypted_in_their_rows_and_rekeyed_with_all_others():
    row = delivery_of(make_message())
    assert PHONE not in row.address_encrypted
    assert row.address_hint == "138****5678"
    assert encryption.decrypt(row.address_encrypted, place=address_place(row.pk)) == PHONE
    with pytest.raises(encryption.Undecipherable):
        encryption.decrypt(row.address_encrypted, place=address_place(row.pk + 1))
    sealed = {one.name for one in core.SEALED}
    assert {"notifications.Delivery.address_encrypted", "notifications.ChatRobot.url_encrypted"} <= sealed


def test_not_before_holds_the_first_delivery_back():
    make_message(not_before=NOW + timedelta(hours=1))
    assert sending.channels_due(at=NOW) == []
    assert sending.channels_due(at=NOW + timedelta(hours=1)) == [Channel.SMS]


def test_withdrawn_before_it_left_nobody_gets_it():
    cast = make_cast()
    message = make_message(to=[SMS, Address(Channel.MAIL, MAIL)])
    actions.withdraw(key="m", reason="计划取消", by=cast.sun, at=NOW)
    message.refresh_from_db()
    assert message.status == MessageState.WITHDRAWN
    assert set(message.deliveries.values_list("status", flat=True)) == {DeliveryState.WITHDRAWN}
    assert sending.channels_due(at=NOW + timedelta(days=1)) == []
    assert AuditEntry.objects.filter(action="message.withdrawn").count() == 1
    actions.withdraw(key="m", reason="再次", by=cast.sun, at=NOW)  # told twice is told once


def test_what_has_left_or_is_leaving_is_not_taken_back():
    message = make_message()
    [claim] = sending.claim(channel=Channel.SMS, owner="t", room=1, per_second=None, at=NOW)
    row = sending.rows_of([claim], owner="t")[claim.pk]
    assert sending.begin(claim, row, owner="t", can_ask=True, at=NOW)
    with pytest.raises(actions.AlreadyLeft):
        actions.withdraw(key="m", reason="计划取消", by=None, at=NOW)
    sending.settle(one=claim, owner="t", answer=TAKEN, can_ask=True, at=NOW)
    with pytest.raises(actions.AlreadyLeft):
        actions.withdraw(key="m", reason="计划取消", by=None, at=NOW)
    message.refresh_from_db()
    assert message.status == MessageState.OPEN


def test_withdrawn_between_claim_and_send_is_not_sent():
    make_message()
    [claim] = sending.claim(channel=Channel.SMS, owner="t", room=1, per_second=None, at=NOW)
    row = sending.rows_of([claim], owner="t")[claim.pk]
    actions.withdraw(key="m", reason="计划取消", by=None, at=NOW)
    assert sending.begin(claim, row, owner="t", can_ask=True, at=NOW) is None
    assert delivery_of(Message.objects.get()).attempts == 0


def test_a_guard_is_asked_again_just_before_the_send(monkeypatch):
    """CRE-7: never a reminder to a customer that has paid meanwhile."""
    monkeypatch.setattr("kam.notifications.actions.hooks._guards", {})
    owing = True
    actions.register_guard("bill.reminder", lambda message, at: None if owing else "nothing.owed")
    first, second = (make_message(key, kind="bill.reminder") for key in ("a", "b"))
    assert attempt(first, TAKEN, at=NOW)
    owing = False
    [claim] = sending.claim(channel=Channel.SMS, owner="t", room=1, per_second=None, at=NOW)
    row = sending.rows_of([claim], owner="t")[claim.pk]
    assert sending.begin(claim, row, owner="t", can_ask=True, at=NOW) is None
    second.refresh_from_db()
    assert second.status == MessageState.WITHDRAWN
    assert delivery_of(second).attempts == 0
    assert Move.objects.filter(message=second, code="nothing.owed").exists()


def test_a_guard_may_hold_a_message_until_an_hour(monkeypatch):
    """CRE-7: nothing about money leaves at night; no attempt is counted, and it goes in the morning."""
    monkeypatch.setattr("kam.notifications.actions.hooks._guards", {})
    morning = NOW + timedelta(hours=9)
    actions.register_guard("bill.reminder", lambda message, at: morning if at < morning else None)
    message = make_message(kind="bill.reminder")
    [claim] = sending.claim(channel=Channel.SMS, owner="t", room=1, per_second=None, at=NOW)
    row = sending.rows_of([claim], owner="t")[claim.pk]
    assert sending.begin(claim, row, owner="t", can_ask=True, at=NOW) is None
    held = delivery_of(message)
    assert (held.not_before, held.attempts, held.lease_owner) == (morning, 0, "")
    assert sending.claim(channel=Channel.SMS, owner="t", room=1, per_second=None, at=NOW) == []
    assert attempt(message, TAKEN, at=morning)


def test_the_app_that_owes_it_hears_the_end(monkeypatch):
    monkeypatch.setattr("kam.notifications.actions.hooks._listeners", {})
    heard = []
    actions.register_listener("outage.announced", lambda message: heard.append((message.key, message.status)))
    message = make_message()
    attempt(message, Answer(Verdict.DELIVERED, "asked.delivered", "G1"), at=NOW)
    assert heard == [("m", MessageState.PROVEN)]


def test_messages_follow_their_account():
    cast = make_cast()
    make_message("about", account=cast.account)
    make_message("none", unit_id=cast.station.pk, manager_id=cast.li.pk)
    keys = {"about", "none"}
    assert set(Message.objects.visible_to(cast.li).values_list("key", flat=True)) == keys
    assert set(Message.objects.visible_to(cast.chen).values_list("key", flat=True)) == keys
    Account.objects.filter(pk=cast.account.pk).update(manager=cast.wang)
    assert [row.key for row in Message.objects.visible_to(cast.li)] == ["none"]
    assert [row.key for row in Message.objects.visible_to(cast.wang)] == ["about"]
    assert not Message.objects.visible_to(cast.zhao).exists()
    assert not Message.objects.visible_to(cast.admin).exists()
