"""A request from the first word on: owner, deadlines, history, timeline (VIS-3, SRV-1)."""

from datetime import timedelta

import pytest

from kam.accounts.models import TimelineEntry
from kam.core.models import AuditEntry, RuleValue
from kam.lib.lifecycle import IllegalMove
from kam.notifications.models import Message
from kam.service_desk.actions import requests
from kam.service_desk.models import Deadline, Promise, Request
from kam.service_desk.rules.lifecycle import STEPS, Status
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import HOUR, dues, statuses, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_who_takes_it_first_owns_it_and_has_it_in_hand(cast):
    row = take(cast)
    assert (row.status, row.owner, row.first_owner) == ("IN_HAND", cast.li, cast.li)
    assert row.number == f"SQ2026-{row.pk:06d}"
    assert row.title == "电费怎么涨了这么多"
    assert statuses(row) == ["NEW", "ASSIGNED", "IN_HAND"]
    assert dues(row)["ACCEPT"].met_at == NOW
    assert row.next_step == "ANSWER"
    entry = TimelineEntry.objects.get(kind="request.taken")
    assert (entry.account, entry.ref) == (cast.account, f"service_desk.Request:{row.pk}")
    assert AuditEntry.objects.filter(action="request.taken", account_id=cast.account.pk).count() == 1


def test_an_owner_named_by_another_is_told_and_begins_himself(cast):
    row = take(cast, by=cast.chen, owner=cast.li)
    assert (row.status, row.owner, row.first_owner) == ("ASSIGNED", cast.li, cast.chen)
    told = Message.objects.get(kind="request.assigned")
    assert row.number in told.text
    assert told.key.endswith(f":{cast.li.pk}")
    requests.take_in_hand(request=row, by=cast.li, at=NOW + HOUR)
    assert statuses(row)[-1] == "IN_HAND"
    # 10:00 on Saturday, 21 November: the two working hours begin on Monday.
    assert dues(row)["ACCEPT"].due_at.astimezone().timestamp() == pytest.approx(
        (NOW + timedelta(days=2, minutes=30)).timestamp()
    )


def test_what_nobody_took_waits_as_new(cast):
    row = take(cast, by=None, source="MAIL")
    assert (row.status, row.owner, row.first_owner) == ("NEW", None, None)
    requests.take_in_hand(request=row, by=cast.chen, at=NOW)
    row.refresh_from_db()
    assert (row.status, row.owner, row.first_owner) == ("IN_HAND", cast.chen, cast.chen)


def test_what_was_agreed_with_the_customer_is_due_beside_what_is_promised(cast):
    row = take(cast, due=NOW + HOUR)
    assert (row.next_step, row.next_due_at) == ("ANSWER", NOW + HOUR)
    assert Deadline.objects.filter(request=row, step="ANSWER").count() == 2
    requests.answer(request=row, text="已核对。", by=cast.li, at=NOW + HOUR)
    assert not Deadline.objects.filter(request=row, step="ANSWER", met_at=None).exists()


def test_a_fault_counts_from_when_it_was_said(cast):
    row = take(cast, kind="FAULT", text="全厂停电", received_at=NOW - HOUR)
    assert row.place == "TOWN"
    assert dues(row)["ARRIVE"].due_at == NOW - HOUR / 2
    assert dues(row)["RESTORE"].due_at == NOW + 3 * HOUR


def test_the_promise_in_force_on_the_day_holds_with_the_provinces_own(cast):
    RuleValue.objects.filter(key="company.province").update(value="HA")
    row = take(cast, kind="COMPLAINT", text="停电没有通知")
    kept = dues(row)["ANSWER"].promise
    assert kept is not None
    assert (kept.code, kept.province, kept.figure) == ("complaint.answer", "HA", 3)
    Promise.objects.filter(code="complaint.answer").update(valid_until=NOW.date())
    assert "ANSWER" not in dues(take(cast, kind="COMPLAINT", text="又没有通知"))


def test_an_answer_needs_words_and_owes_a_call_back(cast):
    row = take(cast)
    with pytest.raises(requests.AnswerMissing):
        requests.answer(request=row, text="  ", by=cast.li, at=NOW)
    row = requests.answer(request=row, text="已核对，抄表无误。", by=cast.li, at=NOW + HOUR)
    assert (row.status, row.next_step) == ("ANSWERED", "CALL_BACK")
    assert TimelineEntry.objects.filter(kind="request.answered").count() == 1


def test_opened_again_promises_count_anew_and_both_owners_are_told(cast):
    row = take(cast, by=cast.chen, owner=cast.li)
    row = requests.answer(request=row, text="已核对。", by=cast.li, at=NOW + HOUR)
    with pytest.raises(requests.ReasonMissing):
        requests.reopen(request=row, reason=" ", by=cast.sun, at=NOW)
    row = requests.reopen(request=row, reason="没有解决", by=cast.sun, at=NOW + 2 * HOUR)
    assert (row.status, row.round, row.next_step) == ("REOPENED", 2, "ACCEPT")
    assert dues(row)["ANSWER"].started_at == NOW + 2 * HOUR
    assert dues(row)["ANSWER"].met_at is None
    told = Message.objects.filter(kind="request.reopened").values_list("key", flat=True)
    assert {key.rpartition(":")[2] for key in told} == {str(cast.li.pk), str(cast.chen.pk)}
    requests.answer(request=row, text="已重新核对。", by=cast.li, at=NOW + 3 * HOUR)
    assert statuses(row)[-3:] == ["REOPENED", "IN_HAND", "ANSWERED"]


@pytest.mark.parametrize("status", [status for status in Status if "ANSWERED" not in STEPS[status]])
def test_only_what_is_in_hand_is_answered(cast, status):
    row = take(cast)
    Request.objects.filter(pk=row.pk).update(status=status)
    row.refresh_from_db()
    if status in ("ASSIGNED", "REOPENED"):
        return  # taken in hand with the answer
    with pytest.raises(IllegalMove):
        requests.answer(request=row, text="好", by=cast.li, at=NOW)


def test_a_caller_s_number_is_nowhere_in_clear(cast):
    row = take(cast, caller_name="门卫", phone="138 0000 1234")
    assert row.phone_last4 == "1234"
    assert "13800001234" not in row.phone_encrypted
    assert len(row.phone_index) == 64
