"""Claims, attempts, outcomes: nothing lost, nothing twice, the call list last (RELIABILITY 3.1, R1, R2, R13)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from kam.core.models import RuleValue
from kam.notifications.actions import Address, sending
from kam.notifications.actions.moving import move_delivery
from kam.notifications.models import CallTask, Delivery, Message, Move
from kam.notifications.rules.answers import Answer, Verdict
from kam.notifications.rules.states import DELIVERY_MOVES, Channel, DeliveryState, MessageState
from tests.cast import NOW, TODAY, make_cast
from tests.notifications.making import DEADLINE, MAIL, PHONE, SMS, attempt, delivery_of, make_message

pytestmark = pytest.mark.django_db
TAKEN = Answer(Verdict.ACCEPTED, "http.202", "G1")
BUSY = Answer(Verdict.LATER, "http.503")
REFUSED = Answer(Verdict.REFUSED, "http.422")
SILENT = Answer(Verdict.UNKNOWN, "timeout")
ABSENT = Answer(Verdict.ABSENT, "asked.absent")
S = DeliveryState


def claim(at=NOW, owner="t", room=20, per_second=None, channel=Channel.SMS):
    return sending.claim(channel=channel, owner=owner, room=room, per_second=per_second, at=at)


def begin(one, owner="t", at=NOW, can_ask=True):
    row = sending.rows_of([one], owner=owner).get(one.pk)
    return sending.begin(one, row, owner=owner, can_ask=can_ask, at=at)


def do_call(message, at):
    """Let the relay put the open call on the list."""
    for one in claim(at=at, channel=Channel.CALL):
        sending.do_here(one, owner="t", at=at)
    return CallTask.objects.filter(message=message).first()


@pytest.mark.parametrize("before", list(S))
def test_every_pair_of_statuses(before):
    for after in S:
        message = make_message(f"{before}-{after}")
        row = delivery_of(message)
        Delivery.objects.filter(pk=row.pk).update(status=before, delivered_at=NOW)
        row.refresh_from_db()
        if after in DELIVERY_MOVES[before]:
            move_delivery(row, after, code="test", at=NOW)
            assert Move.objects.filter(delivery=row, from_status=before, to_status=after, code="test").exists()
        else:
            with pytest.raises(Exception, match="→"):
                move_delivery(row, after, code="test", at=NOW)
        row.refresh_from_db()
        assert row.status == (after if after in DELIVERY_MOVES[before] else before)


def test_sent_counts_one_attempt_and_keeps_the_gateways_number():
    message = make_message()
    parcel = attempt(message, TAKEN, at=NOW)
    row = delivery_of(message)
    assert (parcel.address, parcel.reference) == (PHONE, str(row.idempotency_key))
    assert (row.status, row.attempts, row.gateway_message_id, row.sent_at) == (S.SENT, 1, "G1", NOW)
    assert (row.in_flight, row.lease_owner, row.lease_until) == (False, "", None)
    assert row.receipt_due_at == NOW + timedelta(minutes=60)


def test_claims_go_by_priority_then_deadline_and_at_most_twenty():
    late = make_message("late")
    soon = make_message("soon", deadline=NOW + timedelta(hours=1))
    first = make_message("first", priority=1)
    for number in range(30):
        make_message(f"n{number}", deadline=DEADLINE + timedelta(days=1))
    claims = claim(room=50)
    assert len(claims) == 20
    assert [one.message_id for one in claims[:3]] == [first.pk, soon.pk, late.pk]


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends():
    make_message()
    assert len(claim(owner="a")) == 1
    assert claim(owner="b", at=NOW + timedelta(seconds=29)) == []
    assert len(claim(owner="b", at=NOW + timedelta(seconds=30))) == 1
    assert begin(sending.Claim(Delivery.objects.get().pk, 0, Channel.SMS, False, False), owner="a") is None


def test_back_off_follows_the_ladder_and_the_deadline_ends_it():
    """5 s, 30 s, 1, 5, 20, 60 min, then hourly: no count of tries, but the deadline ends it."""
    message = make_message(deadline=NOW + timedelta(hours=5))
    waits, at = [], NOW
    while delivery_of(message).status == S.PENDING:
        attempt(message, BUSY, at=at)
        row = delivery_of(message)
        if row.status == S.PENDING:
            waits.append((row.not_before - at).total_seconds())
            at = row.not_before
    assert waits == [5, 30, 60, 300, 1200, 3600, 3600, 3600, 3600]
    assert delivery_of(message).status == S.DEAD
    assert delivery_of(message).last_error_code == "http.503"
    assert Move.objects.filter(delivery=delivery_of(message), code="http.503").count() == 10, "every attempt is kept"
    task = do_call(message, at)
    assert task.reason == "http.503"
    message.refresh_from_db()
    assert message.status == MessageState.OPEN, "dead, with an open task for a person (R1)"


def test_what_the_gateway_asks_to_wait_is_waited():
    message = make_message()
    attempt(message, Answer(Verdict.LATER, "http.429", wait_seconds=77), at=NOW)
    assert delivery_of(message).not_before == NOW + timedelta(seconds=77)


def test_refused_opens_the_next_channel_at_once_and_the_call_list_last():
    message = make_message(to=[SMS, Address(Channel.MAIL, MAIL)])
    attempt(message, REFUSED, at=NOW)
    assert delivery_of(message, 1).status == S.FAILED
    assert delivery_of(message, 2).status == S.PENDING
    attempt(message, REFUSED, at=NOW, can_ask=False, place=2)
    call = delivery_of(message, 3)
    assert (call.channel, call.status, call.address_hint) == (Channel.CALL, S.PENDING, "138****5678")
    assert do_call(message, NOW).script == message.text
    assert delivery_of(message, 3).status == S.SENT


def test_no_answer_is_asked_for_before_anything_is_sent_again():
    message = make_message()
    attempt(message, SILENT, at=NOW)
    assert delivery_of(message).status == S.UNKNOWN
    later = NOW + timedelta(seconds=2)
    assert attempt(message, TAKEN, at=later).address == "", "a question carries no number"
    row = delivery_of(message)
    assert (row.status, row.attempts, row.gateway_message_id) == (S.SENT, 1, "G1")


def test_what_never_arrived_is_sent_again_under_the_same_reference():
    message = make_message()
    first = attempt(message, SILENT, at=NOW)
    at = NOW + timedelta(seconds=2)
    attempt(message, ABSENT, at=at)
    assert delivery_of(message).status == S.PENDING
    again = attempt(message, TAKEN, at=at)
    assert again.reference == first.reference
    assert (delivery_of(message).status, delivery_of(message).attempts) == (S.SENT, 2)


def test_questions_without_an_answer_back_off_and_end_with_a_person():
    message = make_message(deadline=NOW + timedelta(hours=1))
    attempt(message, SILENT, at=NOW)
    at = delivery_of(message).not_before
    while delivery_of(message).status == S.UNKNOWN:
        attempt(message, Answer(Verdict.UNKNOWN, "asked.nothing"), at=at)
        at = delivery_of(message).not_before
    assert delivery_of(message).status == S.DEAD
    assert delivery_of(message).attempts == 1, "asking is no attempt"
    assert do_call(message, at) is not None


def test_a_channel_that_cannot_be_asked_is_sent_again_after_a_minute():
    message = make_message(to=[Address(Channel.MAIL, MAIL)])
    attempt(message, SILENT, at=NOW, can_ask=False)
    row = delivery_of(message)
    assert (row.status, row.not_before) == (S.PENDING, NOW + timedelta(seconds=60))


def test_killed_between_attempt_and_sent_is_asked_for_and_not_doubled():
    """R2: the process died after the gateway took it; the next one asks instead of sending."""
    message = make_message()
    [one] = claim(owner="dead")
    assert begin(one, owner="dead")
    assert (delivery_of(message).attempts, delivery_of(message).in_flight) == (1, True)
    at = NOW + timedelta(seconds=31)
    [again] = claim(owner="next", at=at)
    assert begin(again, owner="next", at=at) is None
    assert (delivery_of(message).status, delivery_of(message).lost_attempts) == (S.UNKNOWN, 1)
    [question] = claim(owner="next", at=at)
    assert question.ask
    assert begin(question, owner="next", at=at)
    sending.settle(one=question, owner="next", answer=TAKEN, can_ask=True, at=at)
    assert (delivery_of(message).status, delivery_of(message).attempts) == (S.SENT, 1)


def test_a_message_that_kills_five_processes_goes_to_a_person():
    message = make_message()
    at = NOW
    for number in range(5):
        [one] = claim(owner=f"r{number}", at=at)
        assert one.suspect is (number > 0)
        assert begin(one, owner=f"r{number}", at=at, can_ask=False)
        at += timedelta(seconds=31)
        [stray] = claim(owner="next", at=at)
        assert begin(stray, owner="next", at=at, can_ask=False) is None
        at = max(at, delivery_of(message).not_before)
    row = delivery_of(message)
    assert (row.status, row.attempts, row.last_error_code) == (S.DEAD, 5, "poison")
    assert do_call(message, at).reason == "poison"


def test_late_news_of_a_lost_lease_counts_only_where_it_is_good():
    first, second = make_message("a"), make_message("b")
    claims = claim(owner="slow")
    assert all(begin(one, owner="slow") for one in claims)
    at = NOW + timedelta(seconds=31)
    assert len(claim(owner="next", at=at)) == 2
    sending.settle(one=claims[0], owner="slow", answer=TAKEN, can_ask=True, at=at)
    sending.settle(one=claims[1], owner="slow", answer=REFUSED, can_ask=True, at=at)
    assert delivery_of(first).status == S.SENT, "the gateway has it, whoever holds the row"
    assert delivery_of(second).status == S.PENDING
    assert delivery_of(second).lease_owner == "next"


def test_no_receipt_in_time_opens_the_next_channel_and_a_late_one_still_proves():
    message = make_message(to=[SMS, Address(Channel.MAIL, MAIL)])
    attempt(message, TAKEN, at=NOW)
    assert sending.sweep(at=NOW + timedelta(minutes=59)) == 0
    at = NOW + timedelta(minutes=60)
    assert sending.sweep(at=at) == 1
    assert sending.sweep(at=at) == 0
    assert delivery_of(message, 2).status == S.PENDING
    attempt(message, REFUSED, at=at, can_ask=False, place=2)
    assert delivery_of(message, 3).channel == Channel.CALL, "the overdue text message holds nothing up"


def test_receipt_time_is_a_rule_with_a_date():
    RuleValue.objects.create(key="notifications.receipt_minutes.SMS", value=7, valid_from=TODAY, source="company")
    from kam.notifications.actions import moving

    moving._minutes.clear()
    message = make_message()
    attempt(message, TAKEN, at=NOW)
    moving._minutes.clear()
    assert delivery_of(message).receipt_due_at == NOW + timedelta(minutes=7)


def test_without_proof_asked_for_acceptance_is_the_end_and_nobody_calls():
    message = make_message(must_prove=False)
    attempt(message, TAKEN, at=NOW)
    message.refresh_from_db()
    assert message.status == MessageState.HANDED_OVER
    assert sending.sweep(at=NOW + timedelta(days=3)) == 0
    assert not CallTask.objects.exists()


def test_a_message_in_the_app_stands_in_the_inbox():
    cast = make_cast()
    message = make_message(to=[Address(Channel.APP, str(cast.li.pk))])
    for one in claim(channel=Channel.APP):
        sending.do_here(one, owner="t", at=NOW)
    assert delivery_of(message).status == S.SENT
    assert cast.li.inbox.get().read_at is None


def test_gateway_limit_is_shared_by_all_relays():
    for number in range(30):
        make_message(f"n{number}")
    assert len(claim(owner="a", per_second=10)) == 10
    assert len(claim(owner="b", per_second=10, at=NOW)) == 0
    assert len(claim(owner="b", per_second=10, at=NOW + timedelta(seconds=0.5))) == 5
    assert len(claim(owner="b", per_second=10, at=NOW + timedelta(hours=1))) == 10, "no burst after a long pause"


def test_a_gateway_that_answers_again_gets_its_backlog_at_once():
    message = make_message()
    at = NOW
    for _ in range(6):
        attempt(message, Answer(Verdict.LATER, "connect"), at=at)
        at = delivery_of(message).not_before
    now = at - timedelta(minutes=50)
    assert sending.wake(channel=Channel.SMS, at=now) == 1
    assert delivery_of(message).not_before == now


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_relays_at_once_never_take_the_same_row():
    """RELIABILITY 0.6: without SKIP LOCKED every message went out twice."""
    for number in range(160):
        make_message(f"n{number}")
    taken: list[int] = []
    start = threading.Barrier(8)

    def work(owner):
        start.wait()
        try:
            while claims := claim(owner=owner, room=5):
                taken.extend(one.pk for one in claims if begin(one, owner=owner))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"r{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == Message.objects.count()
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
