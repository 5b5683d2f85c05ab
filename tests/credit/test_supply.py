"""Cases on the supply, step by step, with real bills, demands, notices and payments (CRE-2, DOMAIN 1.5)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam.accounts.actions import contacts
from kam.accounts.models import TimelineEntry
from kam.billing.actions import posting
from kam.core.models import AuditEntry
from kam.credit.actions import supply
from kam.credit.models import CreditMove, SupplyCase, SupplyLetter
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.supply import Guard, Step
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.notifications import actions as notifications
from kam.notifications.actions import hooks
from kam.notifications.models import CallTask, Delivery, Message
from kam.notifications.rules.states import MessageState
from tests.cast import make_cast
from tests.credit.money import make_bill

pytestmark = pytest.mark.django_db
DUE = date(2026, 9, 20)


def at(day: int, hour: int = 10, minute: int = 0, month: int = 11) -> datetime:
    """An instant of the company's zone (UTC+8)."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def prove(message: Message, moment: datetime) -> None:
    """What the gateway's receipt does."""
    Message.objects.filter(pk=message.pk).update(status=MessageState.PROVEN, closed_at=moment)
    message.refresh_from_db()
    hooks.tell(message)


def prove_all(moment: datetime) -> None:
    for message in Message.objects.filter(status=MessageState.OPEN):
        prove(message, moment)


def owing(cast, important=False):
    contacts.add(account=cast.account, name="王会计", role="FINANCE", phone="19900000001", by=cast.sun, at=at(1))
    if important:
        cast.account.importance = "FIRST"
        cast.account.save()
    return make_bill(cast.account, DUE, amount="85000.00")


def opened(cast, **more):
    owing(cast, **more)
    return supply.open_case(account=cast.account, kind=MeasureKind.DISCONNECT, by=cast.credit, at=at(2))


def fresh(case):
    return SupplyCase.objects.select_related("account").get(pk=case.pk)


def to_approved(cast, case, by=None):
    supply.demand(case=case, by=cast.credit, at=at(2))
    prove(Message.objects.get(kind="money.demand"), at(2, 11))
    supply.demanded(case=case, by=cast.credit, at=at(2, 12))
    supply.submit(case=fresh(case), reason="多次催交未缴", by=cast.credit, at=at(3))
    supply.approve(case=fresh(case), grant=True, reason="", by=by or cast.sun, at=at(3, 15))
    return fresh(case)


def to_warned(cast, case):
    """Notice on the 9th for Tuesday the 17th at 10:00, called at 9:20."""
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    prove(Message.objects.get(kind="credit.cut_notice"), at(9, 10))
    return supply.warn(case=fresh(case), told_to="王会计", by=cast.credit, at=at(17, 9, 20))


def test_the_whole_way_to_the_cut_and_back():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    case = to_warned(cast, case)
    supply.cut(case=case, by=cast.credit, at=at(17, 10, 5))
    posting.post(
        account=cast.account,
        amount=Decimal("85000.00"),
        channel="BANK",
        received_on=date(2026, 11, 18),
        key="p1",
        by=cast.credit,
        at=at(18, 9),
    )
    case = fresh(case)
    assert (case.status, case.cleared_how) == ("CLEARED", "paid")
    assert case.reconnect_by == at(19, 9)  # 24 hours (DOMAIN 1.3)
    assert case.collected == Decimal("85000.00")
    supply.reconnect(case=case, by=cast.credit, at=at(18, 15))
    case = fresh(case)
    assert case.status == "RECONNECTED"
    steps = CreditMove.objects.filter(subject=f"credit.SupplyCase:{case.pk}").order_by("pk")
    assert list(steps.values_list("to_status", flat=True)) == [
        "DEMANDED",
        "SUBMITTED",
        "APPROVED",
        "NOTICED",
        "WARNED",
        "CUT",
        "CLEARED",
        "RECONNECTED",
    ]
    assert TimelineEntry.objects.filter(kind="credit.supply_step").count() == 9
    assert AuditEntry.objects.filter(action="credit.supply_step", account_id=cast.account.pk).count() == 9
    assert Message.objects.filter(kind="credit.reconnected").count() == 1


def test_the_notice_says_what_the_law_asks_in_the_customers_words():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    message = Message.objects.get(kind="credit.cut_notice")
    assert "85,000.00" in message.text
    assert "11月17日10:00" in message.text
    assert message.must_prove
    assert message.deadline == at(10)  # seven days before
    assert list(Delivery.objects.filter(message=message).order_by("place").values_list("channel", flat=True))[-1] == (
        "CALL"
    )


def test_nothing_is_demanded_or_cut_of_who_owes_nothing():
    cast = make_cast()
    with pytest.raises(supply.NothingOwed):
        supply.open_case(account=cast.account, kind=MeasureKind.DISCONNECT, by=cast.credit, at=at(2))


def test_one_open_case_an_account():
    cast = make_cast()
    opened(cast)
    with pytest.raises(supply.OpenAlready):
        supply.open_case(account=cast.account, kind=MeasureKind.LIMIT, by=cast.credit, at=at(2))


def test_a_demand_must_be_proven():
    cast = make_cast()
    case = opened(cast)
    supply.demand(case=case, by=cast.credit, at=at(2))
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.demanded(case=case, by=cast.credit, at=at(2, 12))
    assert refused.value.guards == (Guard.NO_DEMAND,)


def test_not_before_thirty_days():
    cast = make_cast()
    contacts.add(account=cast.account, name="王会计", role="FINANCE", phone="19900000001", by=cast.sun, at=at(1))
    make_bill(cast.account, date(2026, 10, 20))
    case = supply.open_case(account=cast.account, kind=MeasureKind.DISCONNECT, by=cast.credit, at=at(2))
    supply.demand(case=case, by=cast.credit, at=at(2))
    prove(Message.objects.get(kind="money.demand"), at(2, 11))
    supply.demanded(case=case, by=cast.credit, at=at(2, 12))
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.submit(case=fresh(case), reason="欠费", by=cast.credit, at=at(19))  # the 30th day
    assert refused.value.guards == (Guard.NOT_YET_30_DAYS,)
    supply.submit(case=fresh(case), reason="欠费", by=cast.credit, at=at(20))


def test_who_submitted_does_not_approve_and_important_users_need_the_manager_in_charge():
    cast = make_cast()
    case = opened(cast, important=True)
    supply.demand(case=case, by=cast.sun, at=at(2))
    prove(Message.objects.get(kind="money.demand"), at(2, 11))
    supply.demanded(case=case, by=cast.sun, at=at(2, 12))
    supply.submit(case=fresh(case), reason="多次催交未缴", by=cast.sun, at=at(3))
    for who in (cast.credit, cast.sun):
        with pytest.raises(supply.GuardsRefuse):
            supply.approve(case=fresh(case), grant=True, reason="", by=who, at=at(3))
    supply.approve(case=fresh(case), grant=True, reason="", by=cast.boss, at=at(3))
    assert fresh(case).status == "APPROVED"


def test_the_call_before_goes_on_the_list_by_itself_and_who_is_reached_takes_the_step():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    prove(Message.objects.get(kind="credit.cut_notice"), at(9, 10))
    for early in (at(16, 15), at(17, 8, 25)):
        assert supply.watch(at=early)["called"] == 0
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.call(case=fresh(case), by=cast.credit, at=at(16, 15))
    assert refused.value.guards == (Guard.WARNING_TOO_EARLY,)
    assert supply.watch(at=at(17, 8, 30))["called"] == 1
    assert supply.watch(at=at(17, 8, 35))["called"] == 0
    message = Message.objects.get(kind="credit.cut_call")
    assert (message.deadline, message.priority, message.must_prove) == (at(17, 9, 30), 1, True)
    (delivery,) = Delivery.objects.filter(message=message)
    assert delivery.channel == "CALL"
    assert "停电前30分钟的再次通知" in delivery.text
    assert "11月17日10:00" in delivery.text
    task = CallTask.objects.create(message=message, delivery=delivery, script=delivery.text, created_at=at(17, 8, 31))
    Delivery.objects.filter(pk=delivery.pk).update(status="SENT")
    notifications.note_call(task=task, answered_by="", reached=False, note="", by=cast.chen, at=at(17, 8, 40))
    assert fresh(case).status == "NOTICED"
    notifications.note_call(task=task, answered_by="王会计", reached=True, note="", by=cast.chen, at=at(17, 9, 5))
    case = fresh(case)
    assert (case.status, case.warned_to, case.warned_at) == ("WARNED", "王会计", at(17, 9, 5))
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.cut(case=case, by=cast.credit, at=at(17, 9, 34))
    assert Guard.WARNING_MINUTES in refused.value.guards
    supply.cut(case=case, by=cast.credit, at=at(17, 10))


def test_who_was_not_reached_is_called_by_a_new_call_and_none_is_left_when_it_is_paid():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    prove(Message.objects.get(kind="credit.cut_notice"), at(9, 10))
    first = supply.call(case=fresh(case), by=cast.credit, at=at(17, 8, 30))
    assert supply.call(case=fresh(case), by=cast.credit, at=at(17, 8, 31)) == first
    Message.objects.filter(pk=first.pk).update(status=MessageState.UNREACHED, closed_at=at(17, 8, 50))
    assert supply.watch(at=at(17, 9))["called"] == 0  # a person decides to try again
    again = supply.call(case=fresh(case), by=cast.credit, at=at(17, 9, 40))
    assert again != first
    assert again.deadline == at(17, 9, 45)
    posting.post(
        account=cast.account,
        amount=Decimal("85000.00"),
        channel="ONLINE",
        received_on=date(2026, 11, 17),
        key="p9",
        by=None,
        at=at(17, 9, 41),
    )
    again.refresh_from_db()
    assert (fresh(case).status, again.status) == ("STOPPED", "WITHDRAWN")
    prove(again, at(17, 9, 50))  # the caller reached somebody all the same: nothing is cut any more
    assert fresh(case).status == "STOPPED"


def test_the_administration_gets_a_numbered_letter_and_its_signature_takes_the_step():
    cast = make_cast()
    case = to_approved(cast, opened(cast, important=True), by=cast.boss)
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    letter = SupplyLetter.objects.get()
    assert (letter.number, letter.to, letter.message.deadline) == ("停报〔2026〕1号", "同级电力管理部门", at(16))
    for words in ("同级电力管理部门", "连云港东湖特钢有限公司", "3200001", "85,000.00", "11月17日10:00", "9月20日"):
        assert words in letter.message.text
    assert "{" not in letter.message.text
    (delivery,) = Delivery.objects.filter(message=letter.message)
    assert delivery.channel == "PAPER"
    prove(Message.objects.get(kind="credit.cut_notice"), at(9, 10))
    prove(letter.message, at(10, 11))
    case = fresh(case)
    assert (case.status, case.reported_at, case.report_ref) == ("REPORTED", at(10, 11), "停报〔2026〕1号")
    # A notice whose hour has passed is given anew, with a letter of its own.
    supply.renew(case=case, reason="未能停电", by=cast.credit, at=at(18))
    supply.give_notice(case=fresh(case), cut_at=at(26), by=cast.credit, at=at(18))
    assert [one.number for one in SupplyLetter.objects.order_by("pk")] == ["停报〔2026〕1号", "停报〔2026〕2号"]
    assert fresh(case).reported_at is None
    # Dispatched another way: the paper is no longer to be brought.
    supply.report(case=fresh(case), receipt="EMS 1029", by=cast.credit, at=at(19))
    assert SupplyLetter.objects.latest("pk").message.status == "WITHDRAWN"


def test_who_becomes_important_after_the_notice_is_reported_too():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    assert not SupplyLetter.objects.exists()
    cast.account.importance = "SECOND"
    cast.account.save()
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.report(case=fresh(case), receipt="1", by=cast.credit, at=at(10))
    assert Guard.NO_LETTER in refused.value.guards
    supply.watch(at=at(10))
    assert SupplyLetter.objects.count() == 1
    supply.report(case=fresh(case), receipt="EMS 1029", by=cast.credit, at=at(10))
    assert fresh(case).important


def test_important_users_are_reported_before_the_call():
    cast = make_cast()
    case = to_approved(cast, opened(cast, important=True), by=cast.boss)
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    prove(Message.objects.get(kind="credit.cut_notice"), at(9, 10))
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.warn(case=fresh(case), told_to="王会计", by=cast.credit, at=at(17, 9, 20))
    assert refused.value.guards == (Guard.NOT_REPORTED,)
    supply.report(case=fresh(case), receipt="经信局 2026-118", by=cast.credit, at=at(10))
    supply.warn(case=fresh(case), told_to="王会计", by=cast.credit, at=at(17, 9, 20))
    assert fresh(case).status == "WARNED"


def test_paid_before_the_cut_it_stops_at_once_and_the_customer_is_told():
    cast = make_cast()
    case = to_warned(cast, to_approved(cast, opened(cast)))
    posting.post(
        account=cast.account,
        amount=Decimal("85000.00"),
        channel="ONLINE",
        received_on=date(2026, 11, 17),
        key="p1",
        by=None,
        at=at(17, 9, 40),
    )
    assert fresh(case).status == "STOPPED"
    assert Message.objects.filter(kind="credit.cut_stopped").count() == 1
    with pytest.raises(IllegalMove):
        supply.cut(case=fresh(case), by=cast.credit, at=at(17, 10, 5))


def test_part_of_it_paid_does_not_stop():
    cast = make_cast()
    case = to_warned(cast, to_approved(cast, opened(cast)))
    posting.post(
        account=cast.account,
        amount=Decimal("84999.99"),
        channel="ONLINE",
        received_on=date(2026, 11, 17),
        key="p1",
        by=None,
        at=at(17, 9, 40),
    )
    assert fresh(case).status == "WARNED"


def test_a_notice_that_has_not_left_is_withdrawn_when_paid():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    posting.post(
        account=cast.account,
        amount=Decimal("85000.00"),
        channel="ONLINE",
        received_on=date(2026, 11, 9),
        key="p1",
        by=None,
        at=at(9, 9, 30),
    )
    assert Message.objects.get(kind="credit.cut_notice").status == MessageState.WITHDRAWN
    assert not Message.objects.filter(kind="credit.cut_stopped").exists()


def test_the_relay_asks_once_more_before_a_notice_leaves():
    cast = make_cast()
    case = to_approved(cast, opened(cast))
    supply.give_notice(case=case, cut_at=at(17), by=cast.credit, at=at(9, 9))
    message = Message.objects.get(kind="credit.cut_notice")
    assert hooks.reason_against(message, at(9, 9)) is None
    assert isinstance(hooks.reason_against(message, at(9, 23)), datetime)  # at night it waits
    from kam.billing.actions.ledger import post_payment

    post_payment(
        account=cast.account,
        amount=Decimal("85000.00"),
        channel="BANK",
        received_on=date(2026, 11, 9),
        key="file",
        by=None,
        at=at(9, 9, 5),
    )
    assert hooks.reason_against(message, at(9, 9, 10)) == "nothing.owed"
    # Money that came past the door is seen by the schedule.
    assert supply.watch(at=at(9, 9, 15))["looked_at"] == 1
    assert fresh(case).status == "STOPPED"


def test_an_hour_that_passed_needs_another_notice_with_its_own_days():
    cast = make_cast()
    case = to_warned(cast, to_approved(cast, opened(cast)))
    with pytest.raises(supply.GuardsRefuse) as refused:
        supply.cut(case=fresh(case), by=cast.credit, at=at(18))
    assert Guard.TIME_PASSED in refused.value.guards
    supply.renew(case=fresh(case), reason="当日未执行", by=cast.credit, at=at(18))
    case = fresh(case)
    assert (case.status, case.cut_at, case.warned_at, case.notice_proven_at) == ("APPROVED", None, None, None)
    supply.give_notice(case=case, cut_at=at(26), by=cast.credit, at=at(18, 11))
    assert Message.objects.filter(kind="credit.cut_notice").count() == 2
    with pytest.raises(supply.GuardsRefuse):
        supply.warn(case=fresh(case), told_to="王", by=cast.credit, at=at(26, 9))


def test_reconnected_without_payment_only_by_who_may_approve():
    cast = make_cast()
    case = to_warned(cast, to_approved(cast, opened(cast)))
    supply.cut(case=case, by=cast.credit, at=at(17, 10, 5))
    with pytest.raises(supply.LevelMissing):
        supply.clear(case=fresh(case), how="提供担保", by=cast.credit, at=at(17, 15))
    supply.clear(case=fresh(case), how="提供担保", by=cast.sun, at=at(17, 15))
    assert fresh(case).reconnect_by == at(18, 15)


def test_the_database_refuses_what_the_rules_forbid():
    from django.db import IntegrityError

    cast = make_cast()
    case = opened(cast)
    for status in ("APPROVED", "WARNED", "CUT", "CLEARED", "RECONNECTED", "NO_SUCH"):
        with pytest.raises(IntegrityError), transaction.atomic():
            SupplyCase.objects.filter(pk=case.pk).update(status=status)


# ---- no order of actions skips a step ----------------------------------------------------------------------------

CALLS = st.sampled_from(
    ["demand", "prove", "demanded", "submit", "approve", "notice", "report", "warn", "cut", "clear", "reconnect"]
    + ["renew", "stop", "pay", "watch"]
)
NEEDED = ["DEMANDED", "SUBMITTED", "APPROVED", "NOTICED", "WARNED"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(CALLS, st.integers(0, 3), st.integers(0, 60 * 24 * 9)), max_size=25), st.booleans())
def test_whatever_is_tried_in_whatever_order_no_step_is_skipped(tries, important):
    with transaction.atomic():
        cast = make_cast()
        case = opened(cast, important=important)
        people = [cast.credit, cast.sun, cast.boss, cast.li]
        now = at(2)
        for name, who, minutes in tries:
            now += timedelta(minutes=minutes)
            _try(name, case, people[who], cast, now)
            _holds(fresh(case))
        transaction.set_rollback(True)


def _try(name, case, by, cast, now):
    row = fresh(case)
    calls = {
        "demand": lambda: supply.demand(case=row, by=by, at=now),
        "demanded": lambda: supply.demanded(case=row, by=by, at=now),
        "submit": lambda: supply.submit(case=row, reason="欠费", by=by, at=now),
        "approve": lambda: supply.approve(case=row, grant=True, reason="", by=by, at=now),
        "notice": lambda: supply.give_notice(case=row, cut_at=now + timedelta(days=8), by=by, at=now),
        "report": lambda: supply.report(case=row, receipt="1", by=by, at=now),
        "warn": lambda: supply.warn(case=row, told_to="王", by=by, at=now),
        "cut": lambda: supply.cut(case=row, by=by, at=now),
        "clear": lambda: supply.clear(case=row, how="担保", by=by, at=now),
        "reconnect": lambda: supply.reconnect(case=row, by=by, at=now),
        "renew": lambda: supply.renew(case=row, reason="过期", by=by, at=now),
        "stop": lambda: supply.stop(case=row, reason="协商", by=by, at=now),
        "watch": lambda: supply.watch(at=now),
        "prove": lambda: prove_all(now),
        "pay": lambda: posting.post(
            account=cast.account,
            amount=Decimal("30000.00"),
            channel="BANK",
            received_on=now.date(),
            key=str(now),
            by=None,
            at=now,
        ),
    }
    try:
        with transaction.atomic():
            calls[name]()
    except (
        supply.GuardsRefuse,
        supply.NothingOwed,
        supply.ReasonMissing,
        supply.LevelMissing,
        IllegalMove,
        StaleRow,
    ):
        pass


def _holds(case):
    """What must be true of a case at every moment."""
    steps = list(
        CreditMove.objects.filter(subject=f"credit.SupplyCase:{case.pk}").order_by("pk").values_list("to_status", "at")
    )
    names = [name for name, _at in steps]
    if "CUT" in names:
        cut = names.index("CUT")
        before = names[:cut]
        assert [name for name in NEEDED if name in before] == NEEDED
        assert not case.important or "REPORTED" in before
        assert case.approved_by_id != case.submitted_by_id
        assert case.cut_done_at >= case.cut_at
        assert case.cut_done_at - case.warned_at >= timedelta(minutes=30)
        assert case.cut_at - case.notice_proven_at >= timedelta(days=7)
        assert case.demanded_at < case.cut_done_at
        assert (case.cut_done_at.date() - DUE).days > 30
    if case.status == Step.RECONNECTED:
        assert "CLEARED" in names
