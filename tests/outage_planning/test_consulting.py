"""Consultation: asked, answered, reminded, tried, settled, carried over a move, told again (OUT-1, OUT-2, OUT-10)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from kam.accounts.actions import contacts, links
from kam.accounts.models import CustomerLink, TimelineEntry
from kam.core.models import AuditEntry
from kam.network.models import SupplyPoint
from kam.notifications.models import Message
from kam.outage_planning.actions import consulting, overrides, planning
from kam.outage_planning.actions.planning import GuardsRefuse
from kam.outage_planning.models import Answer, Consultation, ConsultationMove, Notice, Outage, OutageImpact
from kam.outage_planning.queries import consulting as queries
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.consulting import Said, State, Through, TryHow, TryResult, Window
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Status
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def grid() -> Grid:
    grid = make_grid()
    contacts.add(account=grid.cast.account, name="钱工", phone="13800000001", by=grid.cast.li, at=NOW)
    contacts.add(
        account=grid.cast.other_account, name="Ms Lee", mail="lee@example.com", language="en", by=grid.cast.li, at=NOW
    )
    return grid


def asked(grid: Grid, **changes: Any) -> tuple[Outage, Consultation, Consultation]:
    outage = planning.advance(outage=make_outage(grid, **changes), to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    rows = Consultation.objects.filter(outage=outage).order_by("account__account_no")
    return outage, rows[0], rows[1]


def say(row: Consultation, said: Said = Said.AGREE, **changes: Any) -> Answer:
    given: dict[str, Any] = {"through": Through.PHONE, "by": None, "at": NOW + timedelta(hours=1)}
    return consulting.answer(consultation=row, said=said, **given | changes)


def state(row: Consultation) -> str:
    return Consultation.objects.get(pk=row.pk).status


def around(outage: Outage, days: float, hours: float = 0) -> Window:
    return Window(outage.starts_at + days * DAY, outage.ends_at + days * DAY + timedelta(hours=hours))


def advance(grid: Grid, outage: Outage, to: Status, at: datetime = NOW) -> Outage:
    return planning.advance(outage=outage, to=to, by=grid.cast.planner, at=at)


def move(grid: Grid, outage: Outage, window: Window, at: datetime = NOW + timedelta(hours=2)) -> Outage:
    outage.refresh_from_db()
    return planning.move_time(
        outage=outage,
        version=outage.version,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        reason="客户要求",
        by=grid.cast.planner,
        at=at,
    )


def refused(act: Callable[[], object]) -> tuple[Guard, ...]:
    with pytest.raises(GuardsRefuse) as error:
        act()
    return error.value.guards


def test_everybody_affected_is_asked_by_a_link_of_its_own(grid: Grid):
    outage, own, other = asked(grid)
    assert (own.status, own.language, other.language, own.version) == ("ASKED", "zh-hans", "en", 1)
    assert own.answer_by == NOW + 7 * DAY
    message = Message.objects.get(account_id=own.account_id)
    assert "12月31日10:00-18:00" in message.text
    assert "11月28日10:00前答复" in message.text
    link = CustomerLink.objects.get(account=own.account_id)
    assert (link.purpose, link.ref, link.expires_at) == ("outage.consult", own.ref, own.answer_by)
    assert TimelineEntry.objects.filter(kind="outage.consulted", facts__what="ASKED").count() == 2
    assert ConsultationMove.objects.filter(to_status="ASKED").count() == 2


def test_the_last_answer_before_the_cut_off_counts_and_all_are_kept(grid: Grid):
    outage, own, _ = asked(grid)
    link = CustomerLink.objects.get(account=own.account_id)
    say(own, Said.OBJECT, reason="出口订单", through=Through.LINK, link=link, key="a")
    assert state(own) == State.OBJECTED
    say(own, Said.OTHER, windows=[around(outage, 3)], through=Through.LINK, key="b")
    assert state(own) == State.COUNTERED
    last = say(own, Said.AGREE, through=Through.LINK, key="c", at=own.answer_by)
    # The same form sent twice.
    assert say(own, Said.OBJECT, reason="x", through=Through.LINK, key="c", at=own.answer_by) == last
    with pytest.raises(consulting.TooLate):
        say(own, Said.OBJECT, reason="晚了", through=Through.LINK, at=own.answer_by + timedelta(seconds=1))
    row = Consultation.objects.get(pk=own.pk)
    assert (row.status, row.agreed_from, row.answers.count()) == ("AGREED", outage.starts_at, 3)
    link.refresh_from_db()
    assert link.used_at is not None
    # Somebody calls after the period: that is heard.
    say(own, Said.OBJECT, reason="年检", at=own.answer_by + DAY, answered_by="钱工", by=grid.cast.chen)
    row.refresh_from_db()
    assert (row.status, row.agreed_from) == ("OBJECTED", None)
    entries = TimelineEntry.objects.filter(account=own.account_id, kind="outage.answered").order_by("pk")
    assert [entry.facts["what"] for entry in entries] == ["OBJECT", "OTHER", "AGREE", "OBJECT"]
    assert AuditEntry.objects.filter(action="outage.answered").count() == 4


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (Said.OTHER, {"windows": []}),
        (Said.OTHER, {"windows": [Window(NOW, NOW + DAY)]}),
        (Said.OTHER, {"windows": [Window(NOW + 2 * DAY, NOW + DAY)]}),
        (Said.OTHER, {"windows": [Window(NOW + 40 * DAY, NOW + 41 * DAY)] * 6}),
        (Said.OBJECT, {"reason": "  "}),
    ],
)
def test_an_answer_says_enough(grid: Grid, said: Said, changes: dict[str, Any]):
    _, own, _ = asked(grid)
    with pytest.raises(consulting.Incomplete):
        say(own, said, **changes)
    assert not Answer.objects.exists()


def test_silence_is_settled_by_two_tries_after_the_period(grid: Grid):
    outage, own, other = asked(grid)
    say(other)

    def attempt(at: datetime) -> str:
        consulting.note_try(
            consultation=own,
            how=TryHow.PHONE,
            tried_at=at,
            whom="值班室",
            result=TryResult.NOT_REACHED,
            note="无人接听",
            by=grid.cast.chen,
            at=at,
        )
        return state(own)

    assert attempt(NOW + DAY) == State.ASKED
    assert attempt(NOW + 2 * DAY) == State.ASKED
    late = own.answer_by + timedelta(hours=1)
    assert attempt(late) == State.ASKED
    # Calling again at once is the same try.
    assert attempt(late + timedelta(minutes=10)) == State.ASKED
    assert refused(lambda: advance(grid, outage, Status.AGREED, late)) == (Guard.NOT_ANSWERED,)
    assert attempt(late + timedelta(hours=2)) == State.SILENT
    assert advance(grid, outage, Status.AGREED, late + timedelta(hours=3)).status == Status.AGREED
    with pytest.raises(consulting.TooLate):
        attempt(late + timedelta(hours=4))
    assert TimelineEntry.objects.filter(kind="outage.tried").count() == 5


def test_a_try_lies_between_the_question_and_now(grid: Grid):
    _, own, other = asked(grid)
    given: dict[str, Any] = {"how": TryHow.VISIT, "whom": "", "result": TryResult.REFUSED, "note": "x"}
    for tried_at in (NOW - DAY, NOW + DAY):
        with pytest.raises(consulting.ImpossibleTime):
            consulting.note_try(consultation=own, tried_at=tried_at, by=grid.cast.chen, at=NOW, **given)
    say(other)
    with pytest.raises(consulting.AnsweredAlready):
        consulting.note_try(consultation=other, tried_at=NOW, by=grid.cast.chen, at=NOW, **given)


def test_a_counter_proposal_is_settled_with_a_reason(grid: Grid):
    outage, own, other = asked(grid)
    say(own, Said.OTHER, windows=[around(outage, 3)])
    say(other)
    assert refused(lambda: advance(grid, outage, Status.AGREED)) == (Guard.NOT_ANSWERED,)
    settle: dict[str, Any] = {"by": grid.cast.planner, "at": NOW + DAY}
    with pytest.raises(consulting.ReasonMissing):
        consulting.settle(consultation=own, reason=" ", **settle)
    with pytest.raises(consulting.NothingToSettle):
        consulting.settle(consultation=other, reason="已同意", **settle)
    consulting.settle(consultation=own, reason="抢修队伍当日不可用，已当面说明", **settle)
    # The customer hears of it at once, and not only by the announcement.
    told = Message.objects.get(kind="outage.settled")
    assert (told.account_id, told.created_at) == (own.account_id, NOW + DAY)
    assert "未能采纳" in told.text
    assert "抢修队伍当日不可用，已当面说明" in told.text
    assert advance(grid, outage, Status.AGREED, NOW + DAY).status == Status.AGREED
    # The mind changed after that needs the planner again, but the time is fixed now.
    with pytest.raises(consulting.TooLate):
        say(own, Said.OBJECT, reason="仍不同意", at=NOW + 2 * DAY)


def test_the_answers_stand_side_by_side(grid: Grid, django_assert_max_num_queries):
    outage, own, other = asked(grid)
    wide = around(outage, 3, hours=2)
    say(own, Said.OTHER, windows=[wide, around(outage, 5)])
    say(other, Said.OBJECT, reason="检修期")
    with django_assert_max_num_queries(8):
        found = queries.comparison(outage, Consultation.objects.all(), NOW + DAY)
    assert [heard.consultation.account_id for heard in found.heard] == [other.account_id, own.account_id]
    assert [heard.cells for heard in found.heard] == [["no", "no", "no"], ["no", "yes", "yes"]]
    assert [(one.proposed, one.yes) for one in found.candidates] == [(True, 0), (False, 1), (False, 1)]
    assert (found.to_settle, found.waiting, found.done) == (2, 0, 0)


def test_a_move_inside_what_all_agreed_to_asks_nobody_and_tells_who_was_told(grid: Grid):
    outage, own, other = asked(grid)
    say(own, Said.OTHER, windows=[around(outage, 3, hours=2)])
    say(other, Said.OTHER, windows=[around(outage, 3)])
    moved = move(grid, outage, around(outage, 3))
    # Nobody had been told a time yet, so nobody is told of the move but by the announcement.
    assert (moved.status, Notice.objects.count()) == (Status.AGREED, 0)
    assert {row.status for row in Consultation.objects.filter(version=1)} == {"ENDED"}
    assert {row.carried_from_id for row in Consultation.objects.filter(version=2)} == {own.pk, other.pk}
    assert not any(links.opens(link, NOW) for link in CustomerLink.objects.all())
    announced = advance(grid, moved, Status.ANNOUNCED, NOW + DAY)
    assert Notice.objects.filter(kind="ANNOUNCE").count() == 2
    # One customer had offered two hours more: an hour later is inside that for it, and outside for the other.
    again = move(grid, announced, Window(moved.starts_at, moved.ends_at + timedelta(hours=1)), at=NOW + 2 * DAY)
    assert again.status == Status.CONSULTING
    assert {row.account_id for row in Consultation.objects.filter(version=3, status="ASKED")} == {other.account_id}
    notices = {row.account_id: row for row in Notice.objects.filter(kind="POSTPONE")}
    assert notices.keys() == {own.account_id, other.account_id}
    # Who is asked anew reads in the question that the old time is off; the other is told so.
    assert notices[other.account_id].message.kind == "outage.consult_again"
    assert notices[own.account_id].message.kind == "outage.postponed"
    assert Notice.objects.filter(kind="ANNOUNCE", superseded_at=None).count() == 0
    assert refused(lambda: advance(grid, again, Status.AGREED, NOW + 2 * DAY)) == (Guard.NOT_ANSWERED,)


def test_a_move_of_an_announced_outage_inside_what_was_agreed_is_its_announcement(grid: Grid):
    outage, own, other = asked(grid)
    for row in (own, other):
        say(row, Said.OTHER, windows=[around(outage, 3, hours=3)])
    moved = move(grid, outage, around(outage, 3))
    announced = advance(grid, moved, Status.ANNOUNCED, NOW + DAY)
    later = Window(announced.starts_at + timedelta(hours=1), announced.ends_at + timedelta(hours=1))
    again = move(grid, announced, later, at=NOW + 2 * DAY)
    assert again.status == Status.AGREED
    told = Notice.objects.filter(kind="MOVE")
    assert told.count() == 2
    assert "原1月3日10:00-18:00改为1月3日11:00-19:00" in told.get(account=own.account_id).message.text
    assert telling.untold(again) == []
    assert advance(grid, again, Status.ANNOUNCED, NOW + 2 * DAY).status == Status.ANNOUNCED
    assert Notice.objects.filter(version=again.version).count() == 2


def test_a_cancellation_tells_who_knew_and_nobody_else(grid: Grid):
    outage, own, other = asked(grid)
    say(own)
    OutageImpact.objects.filter(outage=outage, account=other.account_id).delete()
    consulting.end(outage=outage, accounts=[other.account_id], by=None, at=NOW)
    planning.cancel(outage=outage, reason="改为带电作业", by=grid.cast.planner, at=NOW)
    assert list(Notice.objects.filter(kind="CANCEL").values_list("account_id", flat=True)) == [own.account_id]
    assert "已取消" in Message.objects.get(kind="outage.cancelled").text
    assert not CustomerLink.objects.filter(account=own.account_id, revoked_at=None).exists()


def test_a_draft_that_nobody_knows_of_is_cancelled_in_silence(grid: Grid):
    planning.cancel(outage=make_outage(grid), reason="", by=grid.cast.planner, at=NOW)
    assert not Message.objects.exists()


def test_in_consultation_the_newly_affected_are_asked_and_the_others_let_go(grid: Grid):
    outage, own, other = asked(grid)
    SupplyPoint.objects.filter(account=grid.cast.other_account).update(line=grid.second)
    assert planning.recompute(outage=outage, by=grid.cast.planner, at=NOW) == 1
    assert (state(other), state(own)) == ("ENDED", "ASKED")
    assert [row.account_id for row in Notice.objects.filter(kind="CANCEL")] == [other.account_id]
    assert telling.knowing(outage) == {own.account_id}


def test_who_is_affected_again_after_all_is_asked_again(grid: Grid):
    outage, _, other = asked(grid)
    say(other)
    points = SupplyPoint.objects.filter(account=grid.cast.other_account)
    points.update(line=grid.second)
    planning.recompute(outage=outage, by=grid.cast.planner, at=NOW)
    points.update(line=grid.first)
    planning.recompute(outage=outage, by=grid.cast.planner, at=NOW + DAY)
    again = Consultation.objects.get(account=grid.cast.other_account, status="ASKED")
    assert (again.version, again.asked_at) == (outage.version, NOW + DAY)
    questions = Message.objects.filter(account_id=grid.cast.other_account.pk, kind="outage.consult")
    assert questions.count() == 2
    assert refused(lambda: advance(grid, outage, Status.AGREED, NOW + DAY)) == (Guard.NOT_ANSWERED,)
    planning.recompute(outage=outage, by=grid.cast.planner, at=NOW + DAY)
    assert questions.count() == 2


def test_a_consultation_put_anew_too_late_needs_an_exception(grid: Grid):
    outage, own, other = asked(grid)
    moved = move(grid, outage, around(outage, -12))
    for row in Consultation.objects.filter(version=2):
        say(row, at=NOW + timedelta(hours=3))
    assert refused(lambda: advance(grid, moved, Status.AGREED)) == (Guard.CONSULTATION_LATE,)
    given: dict[str, Any] = {"rule": Guard.CONSULTATION_LATE, "reason": "客户要求提前"}
    one = overrides.propose(outage=moved, by=grid.cast.planner, at=NOW, **given)
    overrides.decide(override=one, grant=True, by=grid.cast.sun, at=NOW)
    assert advance(grid, moved, Status.AGREED).status == Status.AGREED


def test_late_publication_needs_a_second_person_and_counts_as_not_kept(grid: Grid):
    outage, own, other = asked(grid)
    say(own)
    say(other)
    advance(grid, outage, Status.AGREED)
    at = outage.starts_at - 6 * DAY
    assert refused(lambda: advance(grid, outage, Status.ANNOUNCED, at)) == (Guard.NOTICE_LATE,)
    assert not Notice.objects.exists()
    given: dict[str, Any] = {"rule": Guard.NOTICE_LATE, "reason": "抢险"}
    one = overrides.propose(outage=outage, by=grid.cast.planner, at=at, **given)
    overrides.decide(override=one, grant=True, by=grid.cast.sun, at=at)
    assert advance(grid, outage, Status.ANNOUNCED, at).status == Status.ANNOUNCED
    assert {(row.late, row.override_id) for row in Notice.objects.all()} == {(True, one.pk)}


def test_a_continuous_producer_that_has_not_acknowledged_holds_up_the_start(grid: Grid):
    grid.cast.other_account.continuous = True
    grid.cast.other_account.save()
    outage, own, other = asked(grid)
    say(own)
    say(other)
    advance(grid, outage, Status.AGREED)
    advance(grid, outage, Status.ANNOUNCED, NOW + DAY)
    begin = outage.starts_at
    assert refused(lambda: advance(grid, outage, Status.UNDER_WAY, begin)) == (Guard.NOT_ACKNOWLEDGED,)
    given: dict[str, Any] = {"rule": Guard.NOT_ACKNOWLEDGED, "reason": "电话口头确认"}
    one = overrides.propose(outage=outage, by=grid.cast.planner, at=begin, **given)
    overrides.decide(override=one, grant=True, by=grid.cast.sun, at=begin)
    assert advance(grid, outage, Status.UNDER_WAY, begin).status == Status.UNDER_WAY


def test_reminders_come_before_the_end_and_once(grid: Grid):
    outage, own, other = asked(grid)
    say(other)
    assert consulting.remind(at=NOW + 3 * DAY) == 0
    assert consulting.remind(at=NOW + 4 * DAY) == 1
    assert consulting.remind(at=NOW + 4 * DAY) == 0
    assert consulting.remind(at=NOW + 6 * DAY) == 1
    assert consulting.remind(at=NOW + 8 * DAY) == 0
    texts = Message.objects.filter(kind="outage.consult_reminder")
    assert {row.account_id for row in texts} == {own.account_id}
    assert texts.count() == 2
    # Both links answer until the cut-off.
    assert CustomerLink.objects.filter(ref=own.ref).count() == 3
