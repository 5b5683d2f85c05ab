"""Receipts, calls, paper, retries, texts: what comes from outside and what people do (SYS-4, SYS-2)."""

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import Image

from kam.core.models import AuditEntry
from kam.lib import clock
from kam.lib.pictures import clean_photo
from kam.notifications import actions, queries
from kam.notifications.actions import Address, sending
from kam.notifications.models import CallTask, Delivery, Message, MessageTemplate
from kam.notifications.rules.answers import Answer, Verdict
from kam.notifications.rules.signing import signature
from kam.notifications.rules.states import Channel, DeliveryState, MessageState
from kam.notifications.rules.texts import BadText, Form
from tests.cast import NOW, TODAY, make_cast
from tests.notifications.making import (
    MAIL,
    PHONE,
    SMS,
    attempt,
    delivery_of,
    make_message,
    make_proof,
    make_task,
    photo,
)

pytestmark = pytest.mark.django_db
S = DeliveryState
TAKEN = Answer(Verdict.ACCEPTED, "http.202", "G1")
REFUSED = Answer(Verdict.REFUSED, "http.422")


def receipt(row, status="delivered", **changes):
    facts = {"reference": str(row.idempotency_key), "gateway_id": "G1", "status": status, "code": "", "raw": "{}"}
    return actions.record_receipt(receipt=actions.Receipt(**{**facts, **changes}), at=NOW)


def status_of(message):
    return Message.objects.get(pk=message.pk).status


def test_a_receipt_proves_and_told_twice_is_told_once():
    message = make_message(to=[SMS, Address(Channel.MAIL, MAIL)])
    attempt(message, TAKEN, at=NOW)
    receipt(delivery_of(message))
    moves = message.moves.count()
    receipt(delivery_of(message))
    receipt(delivery_of(message), status="failed")
    assert message.moves.count() == moves
    assert status_of(message) == MessageState.PROVEN
    assert delivery_of(message, 2).status == S.SPARED
    proven: Any = queries.proof_of(key="m")
    assert (proven.proven_at, proven.channel, proven.sent_at) == (NOW, Channel.SMS, NOW)
    assert queries.proof_of(key="none") is None


def test_a_receipt_faster_than_our_own_note_is_not_lost():
    message = make_message()
    [one] = sending.claim(channel=Channel.SMS, owner="t", room=1, per_second=None, at=NOW)
    row = sending.rows_of([one], owner="t")[one.pk]
    assert sending.begin(one, row, owner="t", can_ask=True, at=NOW)
    receipt(row)
    sending.settle(one=one, owner="t", answer=TAKEN, can_ask=True, at=NOW)
    assert delivery_of(message).status == S.DELIVERED
    assert delivery_of(message).gateway_message_id == "G1"


def test_a_failed_receipt_opens_the_next_channel_and_a_later_correction_counts():
    message = make_message()
    attempt(message, TAKEN, at=NOW)
    receipt(delivery_of(message), status="failed", code="absent")
    assert (delivery_of(message).status, delivery_of(message).last_error_code) == (S.FAILED, "receipt.absent")
    assert delivery_of(message, 2).channel == Channel.CALL
    receipt(delivery_of(message))
    assert status_of(message) == MessageState.PROVEN
    assert delivery_of(message, 2).status == S.SPARED


def test_a_receipt_by_the_gateways_number_alone_is_found_and_a_stranger_is_not():
    message = make_message()
    attempt(message, TAKEN, at=NOW)
    receipt(delivery_of(message), reference="")
    assert status_of(message) == MessageState.PROVEN
    for reference in ("", "nonsense", "4f0c3c1e-0000-4000-8000-000000000001"):
        with pytest.raises(actions.UnknownReference):
            receipt(delivery_of(message), reference=reference, gateway_id="none")


def post_receipt(body, secret="s" * 40, **headers):
    timestamp = str(int(clock.now().timestamp()))
    path = reverse("notifications:receipt")
    signed = signature(secret, timestamp=timestamp, method="POST", path=path, body=body)
    told = {"X-Timestamp": timestamp, "X-Signature": signed, **headers}
    return Client().post(path, body, content_type="application/json", headers=told).status_code


def test_the_receipt_address_takes_what_is_signed_and_nothing_else(settings):
    settings.SMS_GATEWAY_SECRET = "s" * 40
    message = make_message()
    attempt(message, TAKEN, at=NOW)
    body = json.dumps({"reference": str(delivery_of(message).idempotency_key), "status": "delivered"}).encode()
    assert post_receipt(body, secret="x" * 40) == 403
    assert post_receipt(body, **{"X-Timestamp": "1000"}) == 403
    assert status_of(message) == MessageState.OPEN
    assert post_receipt(b"[]") == 400
    assert post_receipt(b"no json") == 400
    assert post_receipt(json.dumps({"reference": "x", "status": "delivered"}).encode()) == 404
    assert post_receipt(b" " * 9000) == 413
    assert post_receipt(body) == post_receipt(body) == 204
    assert status_of(message) == MessageState.PROVEN
    assert json.loads(delivery_of(message).receipt)["status"] == "delivered"
    assert Client().get(reverse("notifications:receipt")).status_code == 405
    settings.SMS_GATEWAY_SECRET = ""
    assert post_receipt(body, secret="") == 403


def test_a_call_notes_who_answered_and_when_and_is_proof():
    cast = make_cast()
    message = make_message(account=cast.account)
    task = make_task(message, by=cast.chen)
    assert actions.take_call(task=task, by=cast.chen, at=NOW) == PHONE
    assert AuditEntry.objects.filter(action="personal.revealed", by=cast.chen).count() == 1
    with pytest.raises(actions.TaskTaken):
        actions.take_call(task=task, by=cast.sun, at=NOW + timedelta(minutes=14))
    later = NOW + timedelta(hours=2)
    actions.note_call(task=task, answered_by="", at=NOW, note="占线", reached=False, by=cast.chen, again_at=later)
    assert status_of(message) == MessageState.OPEN
    assert list(queries.next_calls(rows=CallTask.objects.all(), at=NOW)) == [task]
    actions.note_call(task=task, answered_by="王工", at=later, note="", reached=True, by=cast.sun)
    assert status_of(message) == MessageState.PROVEN
    assert [(one.by.username, one.reached, one.answered_by) for one in task.tries.order_by("at")] == [
        ("chen", False, ""),
        ("sun", True, "王工"),
    ]
    with pytest.raises(actions.TaskDone):
        actions.note_call(task=task, answered_by="王工", at=later, note="", reached=True, by=cast.sun)
    proven: Any = queries.proof_of(key="m")
    assert proven.proven_at == later


def test_the_next_call_is_the_nearest_deadline_that_may_be_called_now():
    cast = make_cast()
    deadlines = {"far": 5, "near": 1, "put_off": 0.5}
    tasks = {
        key: make_task(make_message(key, deadline=NOW + timedelta(days=days)), by=cast.chen)
        for key, days in deadlines.items()
    }
    again = NOW + timedelta(hours=1)
    actions.note_call(
        task=tasks["put_off"], answered_by="", at=NOW, note="占线", reached=False, by=cast.chen, again_at=again
    )
    order = [task.message.key for task in queries.next_calls(rows=CallTask.objects.all(), at=NOW)]
    assert order == ["near", "far", "put_off"]


def test_giving_up_ends_the_message_as_not_reached_and_it_can_be_taken_up_again():
    cast = make_cast()
    message = make_message(account=cast.account)
    attempt(message, REFUSED, at=NOW)
    task = make_task(message, by=cast.chen)
    actions.give_up(task=task, reason="号码停用", by=cast.chen, at=NOW)
    assert status_of(message) == MessageState.UNREACHED
    actions.resend_other_channel(
        message=message, to=Address(Channel.SMS, "13900001111"), reason="新号码", by=cast.chen, at=NOW
    )
    assert status_of(message) == MessageState.OPEN
    assert delivery_of(message, 3).address_hint == "139****1111"


def test_retry_and_hand_over_by_hand_with_a_reason_on_record():
    cast = make_cast()
    message = make_message(account=cast.account)
    with_wait = delivery_of(message)
    attempt(message, Answer(Verdict.LATER, "http.503"), at=NOW)
    actions.retry(delivery=with_wait, reason="网关已恢复", by=cast.sun, at=NOW)
    assert delivery_of(message).not_before == NOW
    attempt(message, TAKEN, at=NOW)
    with pytest.raises(actions.CannotRetry):
        actions.retry(delivery=delivery_of(message), reason="再发一次", by=cast.sun, at=NOW)
    call = actions.hand_to_call_list(message=message, reason="客户要求", by=cast.sun, at=NOW)
    assert actions.hand_to_call_list(message=message, reason="客户要求", by=cast.sun, at=NOW).pk == call.pk
    receipt(delivery_of(message))
    with pytest.raises(actions.MessageClosed):
        actions.hand_to_call_list(message=message, reason="客户要求", by=cast.sun, at=NOW)
    actions_on_record = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"message.retried", "message.handed_over"} <= actions_on_record
    assert not AuditEntry.objects.filter(body__contains=PHONE).exists()


def test_a_signed_paper_is_proof_from_the_signature_on(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }
    cast = make_cast()
    message = make_message(account=cast.account)
    proof = make_proof(message, by=cast.chen)
    assert status_of(message) == MessageState.PROVEN
    assert delivery_of(message, 2).channel == Channel.PAPER
    assert delivery_of(message, 1).status == S.SPARED
    answer = Client()
    answer.force_login(cast.li)
    page = answer.get(reverse("notifications:proof", args=[proof.pk]))
    assert page["Content-Disposition"].startswith("attachment")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in page["Content-Security-Policy"]


def test_photos_are_encoded_anew_and_what_is_none_is_refused():
    out = io.BytesIO()
    picture = Image.new("RGB", (50, 30), "white")
    exif = picture.getexif()
    exif[0x010E] = "13800005678"
    picture.save(out, "JPEG", exif=exif)
    assert b"13800005678" in out.getvalue()
    assert b"13800005678" not in clean_photo(out.getvalue())
    for data, code in (
        (b"", "size"),
        (b"GIF89a" + b"0" * 50, "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
        (photo(form="PNG").getvalue()[:40], "kind"),
        (photo(7000, 6000, "PNG").getvalue(), "pixels"),
    ):
        with pytest.raises(actions.NotAPhoto) as refused:
            clean_photo(data)
        assert refused.value.code == code


def test_reading_in_the_app_is_the_receipt():
    cast = make_cast()
    message = make_message(to=[Address(Channel.APP, str(cast.li.pk))])
    [one] = sending.claim(channel=Channel.APP, owner="t", room=1, per_second=None, at=NOW)
    sending.do_here(one, owner="t", at=NOW)
    assert queries.unread(cast.li) == 1
    client = Client()
    client.force_login(cast.li)
    client.post(reverse("notifications:inbox_read", args=[cast.li.inbox.get().pk]))
    assert queries.unread(cast.li) == 0
    assert status_of(message) == MessageState.PROVEN


def test_texts_come_with_every_installation_and_a_new_version_holds_from_its_day():
    cast = make_cast()
    facts = {"company": "东湖供电", "window": "周五", "lines": "A线", "phone": "95598"}
    first = queries.text_for(key="outage.cancelled", language="zh-hans", form=Form.SHORT, day=TODAY, facts=facts)
    assert first.text == "【东湖供电】原定周五停A线已取消，正常供电。咨询95598"
    row = MessageTemplate.objects.get(pk=first.template_id)
    with pytest.raises(BadText):
        actions.add_version(template=row, subject="", text="{nobody}", valid_from=TODAY, by=cast.sun, at=NOW)
    day = TODAY + timedelta(days=3)
    actions.add_version(
        template=row, subject="", text="{company}：{window}不停电了", valid_from=day, by=cast.sun, at=NOW
    )
    for when, text in ((TODAY, first.text), (day, "东湖供电：周五不停电了")):
        said = queries.text_for(key="outage.cancelled", language="zh-hans", form=Form.SHORT, day=when, facts=facts)
        assert said.text == text
    assert queries.text_for(key="outage.cancelled", language="de", form=Form.SHORT, day=date(2026, 1, 1), facts=facts)


def test_pages_show_no_number_and_no_mail():
    cast = make_cast()
    message = make_message(account=cast.account, to=[SMS, Address(Channel.MAIL, MAIL)])
    attempt(message, REFUSED, at=NOW)
    task = make_task(message, by=cast.sun)
    client = Client()
    client.force_login(cast.sun)
    urls = [
        reverse("notifications:queue") + "?status=ALL",
        reverse("notifications:queue") + f"?account={cast.account.account_no}",
        reverse("notifications:message", args=[message.pk]),
        reverse("notifications:calls"),
        reverse("notifications:call", args=[task.pk]),
        reverse("status"),
        reverse("metrics"),
    ]
    for url in urls:
        page = client.get(url).content.decode()
        assert PHONE not in page
        assert MAIL not in page
    shown = client.post(reverse("notifications:call_take", args=[task.pk])).content.decode()
    assert PHONE in shown, "who calls needs the number; the look is on the audit record"


def test_the_queue_costs_the_same_for_one_and_for_forty(django_assert_max_num_queries):
    cast = make_cast()
    for number in range(40):
        make_message(f"n{number}", account=cast.account)
    client = Client()
    client.force_login(cast.sun)
    with django_assert_max_num_queries(22):
        assert client.get(reverse("notifications:queue")).status_code == 200


def test_metrics_need_the_token_or_the_right(settings):
    settings.METRICS_TOKEN = "t" * 32
    message = make_message()
    attempt(message, TAKEN, at=NOW)
    receipt(delivery_of(message))
    url = reverse("metrics")
    assert Client().get(url).status_code == 302
    assert Client().get(url, headers={"Authorization": "Bearer wrong"}).status_code == 302
    text = Client().get(url, headers={"Authorization": f"Bearer {'t' * 32}"}).content.decode()
    for name in ("outbox_oldest_seconds", "outbox_pending", "dead_total"):
        assert f"\n{name} " in f"\n{text}"
    assert 'deliveries_total{channel="SMS",result="DELIVERED"} 1' in text
    assert 'notice_margin_seconds{quantile="0"} 691200' in text


def test_care_for_the_data_is_noted_and_told(settings, monkeypatch):
    settings.METRICS_TOKEN = "t" * 32
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    told = [care.overdue for care in queries.health(at=NOW).cares]
    assert told == [True, True, True], "what nobody has noted is overdue"
    for note in ("backup", "restore_drill"):
        call_command("heartbeat", note=note, stdout=io.StringIO())
    call_command("verify_audit", stdout=io.StringIO())
    assert [care.overdue for care in queries.health(at=NOW).cares] == [False, False, False]
    assert [care.overdue for care in queries.health(at=NOW + timedelta(days=3)).cares] == [True, False, True]
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW + timedelta(hours=1))
    text = Client().get(reverse("metrics"), headers={"Authorization": f"Bearer {'t' * 32}"}).content.decode()
    for line in ("backup_age_seconds 3600", "restore_drill_age_seconds 3600", "audit_verify_ok 1"):
        assert f"\n{line}\n" in text
    assert 'job="backup"' not in text


def test_a_form_without_a_reason_does_nothing_and_says_why():
    cast = make_cast()
    message = make_message(account=cast.account)
    client = Client()
    client.force_login(cast.sun)
    page = client.post(reverse("notifications:withdraw", args=[message.pk]), {"reason": ""})
    assert page.status_code == 200
    assert b"form-errors" in page.content
    assert status_of(message) == MessageState.OPEN
    client.post(reverse("notifications:withdraw", args=[message.pk]), {"reason": "计划取消"})
    assert status_of(message) == MessageState.WITHDRAWN
    assert not Delivery.objects.filter(status=S.PENDING).exists()
