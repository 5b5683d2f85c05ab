"""One guard for whatever asks for money (CRE-7): who owes nothing is never asked, nobody is at night or on holidays."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.accounts.actions import contacts
from kam.billing import tasks
from kam.billing.actions import agreements, posting, telling
from kam.billing.models import MoneyNotice
from kam.billing.queries import asking
from kam.billing.rules.asking import ASKS, Kind, may_ask, next_asking
from kam.billing.rules.money_texts import EXAMPLES, TEXTS
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.notifications.actions import sending
from kam.notifications.models import Delivery, Message
from kam.notifications.rules.first_texts import examples
from kam.notifications.rules.states import Channel, MessageState
from kam.notifications.rules.texts import Form, filled, sms_size
from tests.billing.money import make_bill, pay
from tests.cast import Cast, make_cast
from tests.notifications.making import delivery_of

D = Decimal
ZONE = ZoneInfo("Asia/Shanghai")
HOURS = (time(8, 30), time(17, 30))
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Shanghai
NIGHT = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 23:00


@pytest.mark.parametrize(
    "local, then",
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 17:30", "2026-11-24 08:30"),
        ("2026-11-23 03:00", "2026-11-23 08:30"),
        ("2026-11-20 18:00", "2026-11-23 08:30"),  # Friday evening
        ("2026-09-30 17:31", "2026-10-08 08:30"),  # National Day
        ("2026-10-10 09:00", "2026-10-10 09:00"),  # a Saturday that is worked
    ],
)
def test_hours(local, then):
    at = datetime.fromisoformat(local).replace(tzinfo=ZONE)
    assert next_asking(at, ZONE, *HOURS) == datetime.fromisoformat(then).replace(tzinfo=ZONE)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(ZONE)))
def test_the_next_hour_is_always_one_in_which_one_may(at):
    found = next_asking(at, ZONE, *HOURS)
    assert may_ask(found, ZONE, *HOURS)
    assert found >= at
    assert kind_of(found.date()) == DayKind.WORKDAY


def test_texts_fit_and_never_threaten():
    for texts in TEXTS.values():
        assert set(texts) == {(language, form) for language in ("zh-hans", "en") for form in Form}
        for (language, form), wording in texts.items():
            text = filled(wording.text, examples(language) | EXAMPLES)
            assert not {"停电", "起诉", "cut off", "disconnect", "court"} & set(text.split()), text
            assert "停电" not in text
            if form == Form.SHORT:
                assert sms_size(text).parts <= 2, text


@pytest.fixture
def cast(db) -> Cast:
    cast = make_cast()
    contacts.add(account=cast.account, name="王工", phone="13800005678", role="ELECTRICAL", by=cast.li, at=MONDAY)
    contacts.add(account=cast.account, name="刘会计", phone="13900001234", role="FINANCE", by=cast.li, at=MONDAY)
    return cast


def message_of(notice: MoneyNotice) -> Message:
    assert notice.message is not None
    return notice.message


def send(message: Message, at: datetime) -> bool:
    """Let the relay take the message's first delivery at `at`; True where it would have sent it."""
    claims = sending.claim(channel=Channel.SMS, owner="t", room=9, per_second=None, at=at)
    rows = sending.rows_of(claims, owner="t")
    mine = [one for one in claims if one.message_id == message.pk]
    sent = [sending.begin(one, rows[one.pk], owner="t", can_ask=True, at=at) for one in mine]
    sending.release(owner="t", pks=[one.pk for one in claims])
    return any(sent)


def test_a_reminder_goes_to_who_keeps_the_books(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 27))
    notice = telling.remind(bill=bill, by=None, at=MONDAY)
    assert notice.amount == D(1000)
    message = notice.message
    assert message is not None
    assert "1,000.00元，最后交费日11月27日" in message.text
    assert delivery_of(message).address_hint == "139****1234"
    assert send(message, MONDAY)


def test_what_was_right_in_the_morning_does_not_leave_after_a_payment_at_noon(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 27))
    message = message_of(telling.remind(bill=bill, by=None, at=MONDAY))
    pay(cast.account, "1000.00", date(2026, 11, 23), "k1", at=MONDAY)  # the ledger alone: nobody told the messages
    assert not send(message, MONDAY + timedelta(hours=2))
    message.refresh_from_db()
    assert message.status == MessageState.WITHDRAWN


def test_a_payment_takes_open_messages_back_at_once(cast: Cast):
    make_bill(cast.account, due_on=date(2026, 10, 20))
    message = message_of(telling.demand(account=cast.account, by=cast.credit, at=MONDAY))
    assert message.must_prove
    posting.post(
        account=cast.account,
        amount=D(1000),
        channel="COUNTER",
        received_on=date(2026, 11, 23),
        key="r1",
        by=cast.credit,
        at=MONDAY,
    )
    message.refresh_from_db()
    assert message.status == MessageState.WITHDRAWN


def test_a_part_payment_changes_the_sum_so_the_old_words_do_not_leave(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 27))
    message = message_of(telling.remind(bill=bill, by=None, at=MONDAY, days=5))
    pay(cast.account, "400.00", date(2026, 11, 23), "k1", at=MONDAY)
    assert not send(message, MONDAY)
    assert Delivery.objects.get(message=message, place=1).last_error_code == asking.AMOUNT_CHANGED
    assert tasks.run(MONDAY)["reminders"] == 1
    assert MoneyNotice.objects.latest("pk").amount == D(600)


def test_nobody_is_asked_at_night(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 27))
    by_night = message_of(telling.remind(bill=bill, by=None, at=NIGHT))
    assert delivery_of(by_night).not_before == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    # One that was owed by day, but whose gateway answered only after dark.
    by_day = message_of(telling.remind(bill=bill, by=None, at=MONDAY, days=1))
    assert not send(by_day, NIGHT)
    held = delivery_of(by_day)
    assert (held.status, held.not_before) == ("PENDING", datetime(2026, 11, 24, 0, 30, tzinfo=UTC))
    assert send(by_day, datetime(2026, 11, 24, 1, tzinfo=UTC))


def test_who_owes_nothing_is_not_asked(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 11, 27))
    with pytest.raises(telling.NothingOwed):  # not overdue
        telling.demand(account=cast.account, by=cast.credit, at=MONDAY)
    agreements.contest(bill=bill, amount=D(1000), reason="倍率有误", version=bill.version, by=cast.credit, at=MONDAY)
    bill.refresh_from_db()
    with pytest.raises(telling.NothingOwed):
        telling.remind(bill=bill, by=None, at=MONDAY)
    assert not MoneyNotice.objects.exists()


def test_only_the_part_that_is_not_contested_is_asked_for(cast: Cast):
    bill = make_bill(cast.account, due_on=date(2026, 10, 20))
    agreements.contest(bill=bill, amount=D(300), reason="力调有误", version=bill.version, by=cast.credit, at=MONDAY)
    assert telling.demand(account=cast.account, by=cast.credit, at=MONDAY).amount == D(700)


def test_credit_that_lies_here_is_not_asked_for(cast: Cast):
    late = make_bill(cast.account, "B1", due_on=date(2026, 10, 20))
    other = make_bill(cast.account, "B2", due_on=date(2026, 10, 25), amount=D(200))
    pay(cast.account, "1200.00", date(2026, 10, 26), "k1", told={other.pk: D(200)})
    assert late.open_amount == D(1000)
    with pytest.raises(telling.NothingOwed):
        telling.demand(account=cast.account, by=cast.credit, at=MONDAY)


def test_every_kind_that_asks_is_guarded():
    from kam.notifications.actions.hooks import _guards

    assert {kind.value for kind in (*ASKS, Kind.PREPAID)} <= set(_guards)


def test_the_hourly_round_tells_once(cast: Cast):
    new = make_bill(cast.account, "NEW", issued_on=date(2026, 11, 22), due_on=date(2026, 12, 7))
    make_bill(cast.account, "SOON", issued_on=date(2026, 11, 1), due_on=date(2026, 11, 27))
    make_bill(cast.account, "OLD", issued_on=date(2026, 10, 1), due_on=date(2026, 10, 27))
    assert tasks.run(MONDAY) == {"bills": 1, "reminders": 1, "plans": 0, "prepaid": 0, "readings": 0}
    assert set(tasks.run(MONDAY + timedelta(hours=1)).values()) == {0}
    notice = MoneyNotice.objects.get(kind=Kind.BILL.value)
    assert notice.bill == new
    assert "⟦link:" in message_of(notice).text
