"""Plain rules of messages: steps, back-off, answers, addresses, texts, signatures (SYS-4, RELIABILITY 3.1)."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.notifications.rules.addresses import Address, BadAddress, hint, normal
from kam.notifications.rules.answers import Parcel, Verdict, of_question, of_send
from kam.notifications.rules.first_texts import EXAMPLES, FIRST_TEXTS, places_of
from kam.notifications.rules.pace import backoff_seconds, give_up_at, receipt_due_at, refilled
from kam.notifications.rules.signing import is_genuine, signature
from kam.notifications.rules.states import (
    DELIVERY_MOVES,
    MESSAGE_MOVES,
    Channel,
    DeliveryState,
    MessageState,
    Step,
    next_step,
)
from kam.notifications.rules.texts import BadText, Form, filled, places, sms_size
from tests.cast import NOW

D = DeliveryState


def test_tables_know_every_status_and_nothing_leaves_a_proof():
    assert set(DELIVERY_MOVES) == set(DeliveryState)
    assert set(MESSAGE_MOVES) == set(MessageState)
    assert not DELIVERY_MOVES[D.DELIVERED]
    assert not MESSAGE_MOVES[MessageState.PROVEN]
    for before, after in product(DeliveryState, DeliveryState):
        if after == D.DELIVERED and before not in (D.WAITING, D.WITHDRAWN, D.DELIVERED):
            assert after in DELIVERY_MOVES[before], "a late receipt is proof whatever we thought"


@pytest.mark.parametrize(
    "states, must_prove, step",
    [
        ([("SMS", D.PENDING, True), ("MAIL", D.WAITING, True)], True, Step.WAIT),
        ([("SMS", D.UNKNOWN, True), ("MAIL", D.WAITING, True)], True, Step.WAIT),
        ([("SMS", D.SENT, True), ("MAIL", D.WAITING, True)], True, Step.WAIT),
        ([("SMS", D.SENT, False), ("MAIL", D.WAITING, True)], True, Step.OPEN_NEXT),
        ([("SMS", D.FAILED, True), ("MAIL", D.WAITING, True)], True, Step.OPEN_NEXT),
        ([("SMS", D.DEAD, True), ("MAIL", D.SENT, False)], True, Step.CALL),
        ([("SMS", D.FAILED, True)], False, Step.CALL),
        ([("SMS", D.SENT, True)], False, Step.HAND_OVER),
        ([("SMS", D.FAILED, True), ("CALL", D.SENT, True)], True, Step.WAIT),
        ([("SMS", D.FAILED, True), ("CALL", D.FAILED, True)], True, Step.GIVE_UP),
        ([("SMS", D.FAILED, True), ("CALL", D.FAILED, True), ("MAIL", D.DELIVERED, True)], True, Step.PROVE),
    ],
)
def test_what_a_message_needs_next(states, must_prove, step):
    assert next_step(states, must_prove=must_prove) == step


@given(st.lists(st.tuples(st.sampled_from(list(Channel)), st.sampled_from(list(D)), st.booleans()), min_size=1))
def test_an_open_message_is_never_forgotten(states):
    """It is proven, under way, on somebody's list, or something is done now (R1)."""
    step = next_step(states, must_prove=True)
    if step == Step.WAIT:
        calls = [state for channel, state, _ in states if channel == Channel.CALL]
        hope = {D.PENDING, D.UNKNOWN, D.SENT}
        assert hope & {state for _, state, _ in states} or (calls and calls[-1] != D.FAILED)


def test_back_off_is_the_ladder_then_hourly():
    assert [backoff_seconds(n) for n in range(0, 9)] == [5, 5, 30, 60, 300, 1200, 3600, 3600, 3600]


def test_channels_share_the_time_to_the_deadline():
    deadline = NOW + timedelta(days=8)
    assert give_up_at(NOW, deadline, 0) == deadline
    assert give_up_at(NOW, deadline, 3) == NOW + timedelta(days=2)
    assert give_up_at(NOW, None, 0) == NOW + timedelta(hours=72)
    assert give_up_at(NOW, NOW - timedelta(days=1), 1) == NOW + timedelta(minutes=10), "late, and tried all the same"


def test_receipts_are_waited_for_by_the_rule_or_less_where_time_is_short():
    assert receipt_due_at(NOW, NOW + timedelta(days=8), 60, 1) == NOW + timedelta(minutes=60)
    assert receipt_due_at(NOW, NOW + timedelta(minutes=30), 60, 1) == NOW + timedelta(minutes=15)
    assert receipt_due_at(NOW, NOW + timedelta(minutes=30), 60, 0) == NOW + timedelta(minutes=60)
    assert receipt_due_at(NOW, NOW - timedelta(days=1), 60, 1) == NOW + timedelta(minutes=60)


def test_bucket_never_bursts_above_one_second():
    assert refilled(0, 0.5, 10) == 5
    assert refilled(5, 3600, 10) == 10
    assert refilled(0, 10, 0.3) == 1
    assert refilled(3, -5, 10) == 3, "a clock set back gives nothing"


@pytest.mark.parametrize(
    "status, gateway_id, verdict",
    [
        (202, "G1", Verdict.ACCEPTED),
        (200, "", Verdict.UNKNOWN),
        (302, "", Verdict.LATER),
        (400, "", Verdict.REFUSED),
        (404, "", Verdict.REFUSED),
        (422, "", Verdict.REFUSED),
        (401, "", Verdict.LATER),
        (403, "", Verdict.LATER),
        (408, "", Verdict.LATER),
        (429, "", Verdict.LATER),
        (500, "", Verdict.LATER),
        (503, "", Verdict.LATER),
    ],
)
def test_answers_of_a_gateway(status, gateway_id, verdict):
    assert of_send(status, gateway_id).verdict == verdict


def test_answers_to_the_question():
    assert of_question(404, "", "").verdict == Verdict.ABSENT
    assert of_question(200, "delivered", "G").verdict == Verdict.DELIVERED
    assert of_question(200, "accepted", "G").verdict == Verdict.ACCEPTED
    assert of_question(200, "failed", "G").verdict == Verdict.REFUSED
    assert of_question(200, "", "").verdict == Verdict.UNKNOWN
    assert of_question(500, "", "").verdict == Verdict.UNKNOWN


@pytest.mark.parametrize(
    "channel, given_text, stored, shown",
    [
        (Channel.SMS, "138-0000 5678", "13800005678", "138****5678"),
        (Channel.SMS, "１３８００００５６７８", "13800005678", "138****5678"),
        (Channel.CALL, "+852 9123 4567", "+85291234567", "+85****4567"),
        (Channel.CALL, "", "", ""),
        (Channel.CALL, "95598", "95598", "****98"),
        (Channel.MAIL, " wang@example.cn ", "wang@example.cn", "w***@example.cn"),
        (Channel.APP, "17", "17", ""),
        (Channel.PAPER, "", "", ""),
        (Channel.CHAT, "调度群", "调度群", "调度群"),
    ],
)
def test_addresses_are_stored_plainly_and_shown_masked(channel, given_text, stored, shown):
    assert normal(channel, given_text) == stored
    assert hint(channel, stored) == shown


@pytest.mark.parametrize(
    "channel, text",
    [
        (Channel.SMS, ""),
        (Channel.SMS, "12"),
        (Channel.SMS, "wang@example.cn"),
        (Channel.MAIL, "wang"),
        (Channel.MAIL, "a@b"),
        (Channel.MAIL, "wang@example.cn\nBcc: x@example.cn"),
        (Channel.APP, "li"),
        (Channel.CHAT, ""),
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(channel, text):
    with pytest.raises(BadAddress) as refused:
        normal(channel, text)
    assert not text or text not in str(refused.value)


def test_nothing_that_is_logged_shows_an_address():
    assert "138" not in repr(Address(Channel.SMS, "13800005678"))
    assert "138" not in repr(Parcel("13800005678", "s", "t", "ref"))


def test_places_are_filled_once_and_none_is_left():
    assert places("{company}:{text}") == {"company", "text"}
    assert filled("{company}:{text}", {"company": "东湖", "text": "{phone}"}) == "东湖:{phone}"
    with pytest.raises(BadText) as missing:
        filled("{company} {phone}", {"company": "东湖"})
    assert missing.value.places == ["phone"]
    for text in ("{", "a}b", "{Company}", "{0}", "{company"):
        with pytest.raises(BadText):
            places(text)


@pytest.mark.parametrize(
    "text, signs, parts",
    [
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("€" * 80, 160, 1),
        ("停" * 70, 70, 1),
        ("停" * 71, 71, 2),
        ("停" * 134, 134, 2),
        ("停" * 135, 135, 3),
        ("a" * 69 + "😀", 71, 2),
    ],
)
def test_parts_of_a_text_message(text, signs, parts):
    """3GPP TS 23.038: 160/153 signs of the GSM alphabet, 70/67 of UCS-2."""
    size = sms_size(text)
    assert (size.signs, size.parts) == (signs, parts)


@pytest.mark.parametrize("key", sorted(FIRST_TEXTS))
def test_first_texts_fill_with_the_examples_in_both_languages(key):
    assert {language for language, _ in FIRST_TEXTS[key]} == {"zh-hans", "en"}
    assert {form for _, form in FIRST_TEXTS[key]} == set(Form)
    assert places_of(key) <= set(EXAMPLES)
    for (language, form), wording in FIRST_TEXTS[key].items():
        text = filled(wording.text, EXAMPLES)
        if form == Form.SHORT and language == "zh-hans":
            assert sms_size(text).parts <= 2


def test_signature_binds_instant_method_path_and_body():
    right: dict[str, Any] = {"timestamp": "1000", "method": "POST", "path": "/messages", "body": b"{}"}
    signed = signature("secret", **right)
    assert is_genuine(signed, "secret", **right, now_seconds=1299)
    assert not is_genuine(signed, "secret", **right, now_seconds=1301)
    changes: list[dict[str, Any]] = [{"timestamp": "1001"}, {"method": "GET"}, {"path": "/other"}, {"body": b"{} "}]
    for change in changes:
        assert not is_genuine(signed, "secret", **{**right, **change}, now_seconds=1000)
    assert not is_genuine(signed, "", **right, now_seconds=1000)
    assert not is_genuine(signature("", **right), "", **right, now_seconds=1000), "no secret, no entry"
    assert not is_genuine("ü", "secret", **right, now_seconds=1000)
    assert not is_genuine(signed, "secret", **{**right, "timestamp": "x"}, now_seconds=1000)
