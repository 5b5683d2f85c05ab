"""The closed loop (闭环): hand-overs that lose nothing, pauses, call-backs, doubles, warnings (SRV-1)."""

from datetime import timedelta
from typing import Any

import pytest

from kam.accounts.actions import links, team
from kam.accounts.models import CustomerLink, TimelineEntry
from kam.core.models import AuditEntry
from kam.lib.lifecycle import IllegalMove
from kam.lib.uploads import accept
from kam.notifications.models import Message
from kam.service_desk.actions import attachments, call_backs, handovers, merging, pauses, requests, watching
from kam.service_desk.models import Attachment, CallBack, Deadline, Handover, Rating, Request
from kam.service_desk.rules.watching import warn_at
from tests.cast import NOW, TODAY, Cast, make_cast
from tests.service_desk.making import DAY, HOUR, answered, dues, make_contact, statuses, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def told(what: str) -> set[int]:
    keys = Message.objects.filter(kind=f"request.{what}").values_list("key", flat=True)
    return {int(key.rpartition(":")[2]) for key in keys}


# ---- hand-over


def test_until_it_is_accepted_a_request_stays_with_the_giver(cast):
    row = take(cast)
    handover = handovers.offer(request=row, taker=cast.chen, reason="休假", by=cast.li, at=NOW)
    assert told("handover") == {cast.chen.pk}
    row.refresh_from_db()
    assert row.owner == cast.li
    with pytest.raises(handovers.OnItsWay):
        handovers.offer(request=row, taker=cast.sun, reason="休假", by=cast.li, at=NOW)
    with pytest.raises(handovers.NotAsked):
        handovers.decide(handover=handover, accept=True, answer="", by=cast.sun, at=NOW)
    handovers.decide(handover=handover, accept=True, answer="", by=cast.chen, at=NOW + HOUR)
    row.refresh_from_db()
    # The first owner stays answerable to the end.
    assert (row.owner, row.first_owner, row.status) == (cast.chen, cast.li, "IN_HAND")
    assert told("handover_accepted") == {cast.li.pk}
    with pytest.raises(handovers.Decided):
        handovers.decide(handover=handover, accept=False, answer="", by=cast.chen, at=NOW)


def test_a_declined_hand_over_changes_nothing_and_another_may_be_asked(cast):
    row = take(cast)
    handover = handovers.offer(request=row, taker=cast.chen, reason="休假", by=cast.li, at=NOW)
    handovers.decide(handover=handover, accept=False, answer="手头已满", by=cast.chen, at=NOW)
    row.refresh_from_db()
    assert row.owner == cast.li
    handovers.offer(request=row, taker=cast.sun, reason="休假", by=cast.li, at=NOW)
    assert Handover.objects.filter(request=row).count() == 2


def test_what_was_only_assigned_is_in_hand_once_accepted(cast):
    row = take(cast, by=cast.chen, owner=cast.li)
    handover = handovers.offer(request=row, taker=cast.sun, reason="人不在", by=cast.chen, at=NOW)
    handovers.decide(handover=handover, accept=True, answer="", by=cast.sun, at=NOW + HOUR)
    row.refresh_from_db()
    assert (row.status, row.owner, row.first_owner) == ("IN_HAND", cast.sun, cast.chen)
    assert dues(row)["ACCEPT"].met_at == NOW + HOUR


def test_nobody_hands_over_what_is_answered_or_to_its_owner(cast):
    with pytest.raises(handovers.SamePerson):
        handovers.offer(request=take(cast), taker=cast.li, reason="x", by=cast.chen, at=NOW)
    with pytest.raises(IllegalMove):
        handovers.offer(request=answered(cast), taker=cast.sun, reason="x", by=cast.li, at=NOW)


def test_a_helper_tells_their_part(cast):
    row = take(cast)
    helper = handovers.ask_help(request=row, user=cast.station_staff, ask="现场核对表码", by=cast.li, at=NOW)
    assert told("help") == {cast.station_staff.pk}
    with pytest.raises(handovers.SamePerson):
        handovers.ask_help(request=row, user=cast.station_staff, ask="再核对", by=cast.li, at=NOW)
    with pytest.raises(handovers.NotAsked):
        handovers.tell_part(helper=helper, text="表码一致", by=cast.li, at=NOW)
    handovers.tell_part(helper=helper, text="表码一致", by=cast.station_staff, at=NOW + HOUR)
    assert row.notes.get().kind == "HELPED"
    assert told("helped") == {cast.li.pk}


# ---- pauses


def test_a_pause_moves_what_is_due_by_what_stood_still(cast):
    row = take(cast, kind="FAULT", text="断线")
    before = dues(row)["RESTORE"].due_at
    pauses.pause(request=row, reason="WEATHER", text="雷暴", by=cast.li, at=NOW + HOUR)
    row = Request.objects.get(pk=row.pk)
    assert row.paused
    assert row.next_step == "ARRIVE"  # this clock does not stand still
    with pytest.raises(pauses.NotPausable):
        pauses.pause(request=row, reason="WEATHER", text="雷暴", by=cast.li, at=NOW + HOUR)
    pauses.resume(request=row, by=cast.li, at=NOW + 3 * HOUR)
    assert dues(row)["RESTORE"].due_at == before + 2 * HOUR
    with pytest.raises(pauses.NotPaused):
        pauses.resume(request=row, by=cast.li, at=NOW + 3 * HOUR)


def test_what_was_late_before_the_pause_stays_late(cast):
    row = take(cast, kind="FAULT", text="断线", received_at=NOW - 5 * HOUR)
    due = dues(row)["RESTORE"].due_at
    pauses.pause(request=row, reason="WEATHER", text="雷暴", by=cast.li, at=NOW)
    pauses.resume(request=row, by=cast.li, at=NOW + HOUR)
    assert dues(row)["RESTORE"].due_at == due


# ---- call-back and rating


def test_content_with_stars_closes_the_request(cast):
    row = answered(cast)
    with pytest.raises(call_backs.StarsMissing):
        call_backs.note_call(request=row, reached=True, content=True, stars=None, words="", by=cast.chen, at=NOW)
    call_backs.note_call(request=row, reached=True, content=True, stars=5, words="很快", by=cast.chen, at=NOW + DAY)
    row.refresh_from_db()
    assert (row.status, row.closed_at) == ("CLOSED", NOW + DAY)
    assert statuses(row)[-2:] == ["CALLED_BACK", "CLOSED"]
    assert Rating.objects.get(request=row).stars == 5
    assert TimelineEntry.objects.filter(kind="request.closed").exists()


def test_not_content_opens_it_again_with_the_reason(cast):
    row = answered(cast)
    with pytest.raises(call_backs.WordsMissing):
        call_backs.note_call(request=row, reached=True, content=False, stars=1, words=" ", by=cast.chen, at=NOW)
    call_backs.note_call(request=row, reached=True, content=False, stars=1, words="没讲清", by=cast.chen, at=NOW + DAY)
    row.refresh_from_db()
    assert (row.status, row.round) == ("REOPENED", 2)
    assert row.moves.latest("pk").reason == "没讲清"
    assert told("reopened") == {cast.li.pk}


def test_unheard_it_closes_only_after_tries_on_three_days(cast):
    row = answered(cast)
    for n in (0, 0, 1):
        call_backs.note_call(
            request=row, reached=False, content=None, stars=None, words="", by=cast.chen, at=NOW + n * DAY + HOUR
        )
    with pytest.raises(call_backs.TriedTooLittle) as refused:
        call_backs.close_unheard(request=row, reason="无人接听", by=cast.chen, at=NOW + DAY)
    assert (refused.value.tries, refused.value.needed) == (2, 3)
    later = NOW + 2 * DAY
    call_backs.note_call(request=row, reached=False, content=None, stars=None, words="", by=cast.chen, at=later)
    row = call_backs.close_unheard(request=row, reason="三日无人接听", by=cast.chen, at=later)
    assert row.status == "CLOSED"
    assert CallBack.objects.filter(request=row).count() == 4


def test_the_customer_answers_once_by_the_signed_page(cast):
    row = answered(cast, contact=make_contact(cast))
    assert call_backs.ask_by_link(request=row, by=cast.li, at=NOW + HOUR)
    message = Message.objects.get(kind="service.rating")
    assert row.number in message.text
    link = CustomerLink.objects.get(purpose="service.rating")
    assert links.placeholder(link) in message.text
    said: dict[str, Any] = {"link": link, "request": row, "content": True, "stars": 4, "words": "", "at": NOW + DAY}
    assert call_backs.answer_by_link(**said)
    assert not call_backs.answer_by_link(**said)
    row.refresh_from_db()
    assert (row.status, Rating.objects.get().stars, Rating.objects.get().by) == ("CLOSED", 4, None)
    link.refresh_from_db()
    assert link.used_at == NOW + DAY


def test_who_cannot_be_written_to_is_called(cast):
    row = answered(cast)
    assert not call_backs.ask_by_link(request=row, by=cast.li, at=NOW + HOUR)
    assert not Message.objects.filter(kind="service.rating").exists()
    # The number from which the call came is enough.
    row = answered(cast, phone="13800005678")
    assert call_backs.ask_by_link(request=row, by=cast.li, at=NOW + HOUR)


# ---- doubles


def test_the_later_double_becomes_part_of_the_earlier_and_can_be_taken_out(cast):
    early, late = take(cast), take(cast, at=NOW + HOUR)
    assert merging.merge(one=late, other=early, by=cast.li, at=NOW + HOUR) == early
    late.refresh_from_db()
    assert late.merged_into_id == early.pk
    assert list(Request.objects.all().open()) == [early]
    with pytest.raises(requests.IsDouble):
        requests.answer(request=late, text="好", by=cast.li, at=NOW)
    with pytest.raises(merging.NotDoubles):
        merging.merge(one=late, other=early, by=cast.li, at=NOW)
    merging.unmerge(request=late, by=cast.li, at=NOW + 2 * HOUR)
    late.refresh_from_db()
    assert late.merged_into is None
    assert late.status == "IN_HAND"
    with pytest.raises(merging.NotMerged):
        merging.unmerge(request=late, by=cast.li, at=NOW)


def test_doubles_of_a_double_go_along(cast):
    first, second, third = (take(cast, at=NOW + n * HOUR) for n in range(3))
    merging.merge(one=second, other=third, by=cast.li, at=NOW)
    merging.merge(one=first, other=second, by=cast.li, at=NOW)
    assert set(first.doubles.all()) == {second, third}


def test_requests_of_two_accounts_are_no_doubles(cast):
    with pytest.raises(merging.NotDoubles):
        merging.merge(one=take(cast), other=take(cast, account=cast.other_account), by=cast.li, at=NOW)


# ---- warnings


def test_owners_are_warned_before_and_supervisors_told_after_once_each(cast):
    row = take(cast, by=cast.chen, owner=cast.li, due=NOW + 4 * HOUR)
    assert watching.watch(at=NOW + 2 * HOUR) == (0, 0)
    assert watching.watch(at=NOW + 3 * HOUR) == (1, 0)
    assert told("warned") == {cast.li.pk, cast.chen.pk}
    assert watching.watch(at=NOW + 3 * HOUR) == (0, 0)
    assert watching.watch(at=NOW + 4 * HOUR) == (0, 1)
    assert told("late") == {cast.li.pk, cast.chen.pk, cast.sun.pk}
    assert watching.watch(at=NOW + 4 * HOUR) == (0, 0)
    assert AuditEntry.objects.filter(action="request.late").count() == 1
    text = Message.objects.filter(kind="request.late").first()
    assert text is not None
    assert row.number in text.text


def test_what_is_kept_paused_or_a_double_is_not_complained_of(cast):
    row = take(cast, due=NOW + HOUR)
    requests.answer(request=row, text="好", by=cast.li, at=NOW)
    double = take(cast, due=NOW + HOUR, at=NOW)
    merging.merge(one=double, other=take(cast, at=NOW - HOUR), by=cast.li, at=NOW)
    paused = take(cast)
    pauses.pause(request=paused, reason="CUSTOMER", text="等资料", by=cast.li, at=NOW)
    Deadline.objects.filter(request=paused).update(due_at=NOW + HOUR)
    assert watching.watch(at=NOW + 2 * HOUR)[1] == 0


def test_warnings_come_when_a_quarter_is_left():
    assert warn_at(NOW, NOW + timedelta(hours=8), 0.25) == NOW + timedelta(hours=6)


# ---- files


def test_a_file_is_stored_once_under_a_name_that_says_nothing(cast):
    row = take(cast)
    file = accept("证明.txt", "用电证明".encode())
    one = attachments.attach(request=row, file=file, by=cast.li, at=NOW)
    assert attachments.attach(request=row, file=file, by=cast.li, at=NOW) == one
    assert "证明" not in str(one.file.name)
    with one.file.open("rb") as stored:
        assert stored.read() == "用电证明".encode()


def test_files_are_counted(cast, monkeypatch):
    row = take(cast)
    monkeypatch.setattr(attachments, "BYTES_A_DAY", 10)
    attachments.attach(request=row, file=accept("a.txt", b"123456"), by=cast.li, at=NOW)
    with pytest.raises(attachments.TooManyFiles):
        attachments.attach(request=row, file=accept("b.txt", b"1234567"), by=cast.li, at=NOW)
    assert Attachment.objects.count() == 1


# ---- the account goes to somebody else


def test_open_requests_go_along_with_the_account(cast):
    row, kept = take(cast), take(cast, by=cast.chen)
    team.hand_over(
        giver=cast.li, taker=cast.wang, part="MANAGER", held_from=TODAY, only=None, by=cast.sun, at=NOW + HOUR
    )
    row.refresh_from_db()
    kept.refresh_from_db()
    # Li no longer sees the account; Chen of the district still does.
    assert (row.owner, row.first_owner, row.status) == (cast.wang, cast.li, "IN_HAND")
    assert kept.owner == cast.chen
    assert told("assigned") == {cast.wang.pk}
