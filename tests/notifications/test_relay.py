"""The loop: sends, drains, keeps a poison alone, survives listeners that fail; the simulator over real HTTP."""

import threading
from datetime import timedelta

import pytest

from kam.core.models import Heartbeat
from kam.lib import clock
from kam.notifications import actions
from kam.notifications.actions import Address
from kam.notifications.actions.channels import chat, mail, sms
from kam.notifications.management import loop
from kam.notifications.management.loop import BROKEN_AFTER, Gateway
from kam.notifications.management.simulator import Book, Faults
from kam.notifications.management.simulator import Gateway as Simulator
from kam.notifications.models import Delivery, Message
from kam.notifications.rules.answers import Answer, Parcel, Verdict
from kam.notifications.rules.states import Channel, DeliveryState
from tests.notifications.making import MAIL, PHONE, SMS, accepted, delivery_of, make_message, make_relay

pytestmark = pytest.mark.django_db
S = DeliveryState
SECRET = "s" * 40


def owed_now(key="m", **changes):
    at = clock.now()
    return make_message(key, at=at, deadline=at + timedelta(days=8), **changes)


def test_everything_due_is_sent_once():
    messages = [owed_now(f"n{number}") for number in range(30)]
    sent = []

    def send(parcel):
        sent.append(parcel.reference)
        return accepted(parcel)

    relay = make_relay(send)
    assert relay.run(once=True) == 30
    assert len(sent) == len(set(sent)) == 30
    assert {delivery_of(message).status for message in messages} == {S.SENT}
    beat = Heartbeat.objects.get(name="relay")
    assert beat.detail["lock_wait"] >= 0


def test_asked_to_stop_it_ends_what_is_in_flight_and_leaves_the_rest():
    """SIGTERM sets a flag; what has begun is noted, nothing new begins (healthchecks' drain)."""
    for number in range(12):
        owed_now(f"n{number}")
    stopping = threading.Event()

    def send(parcel):
        stopping.set()
        return accepted(parcel)

    relay = make_relay(send, stop=stopping.is_set)
    relay.run(once=False)
    counts = dict.fromkeys(S, 0) | {row.status: 0 for row in Delivery.objects.all()}
    for row in Delivery.objects.all():
        counts[row.status] += 1
    assert counts[S.SENT] == 4, "as many as were in flight"
    assert counts[S.PENDING] == 8
    assert not Delivery.objects.filter(in_flight=True).exists()
    assert not Delivery.objects.filter(status=S.PENDING).exclude(lease_owner="").exists()


def test_a_sender_that_raises_is_stopped_after_five_and_hurts_no_neighbour():
    poison = owed_now("poison", to=[Address(Channel.SMS, "13800000000")])
    for number in range(5):
        owed_now(f"n{number}")

    def send(parcel):
        if parcel.address == "13800000000":
            raise MemoryError("13800000000")
        return accepted(parcel)

    relay = make_relay(send)
    for _ in range(5):
        relay.run(once=True)
        relay.last_alone = 0.0
        Delivery.objects.filter(message=poison, status=S.PENDING).update(not_before=clock.now())
    row = delivery_of(poison)
    assert (row.status, row.attempts, row.last_error_code) == (S.DEAD, 5, "raised.MemoryError")
    assert Delivery.objects.filter(status=S.SENT, channel=Channel.SMS).count() == 5
    make_relay().run(once=True)
    assert poison.tasks.get().done_at is None


def test_who_was_in_hand_when_a_process_died_goes_alone():
    for number in range(6):
        owed_now(f"n{number}")
    suspect = Delivery.objects.order_by("pk")[2]
    Delivery.objects.filter(pk=suspect.pk).update(lost_attempts=1)
    at_once: dict[str, int] = {}
    running, lock = set(), threading.Lock()

    def send(parcel):
        with lock:
            running.add(parcel.reference)
            at_once[parcel.reference] = len(running)
        threading.Event().wait(0.05)
        with lock:
            at_once[parcel.reference] = max(at_once[parcel.reference], len(running))
            running.discard(parcel.reference)
        return accepted(parcel)

    make_relay(send).run(once=True)
    assert at_once[str(suspect.idempotency_key)] == 1
    assert len(at_once) == 6


def test_a_sender_that_hangs_ends_the_process_and_not_its_neighbours(monkeypatch):
    """R13: its thread is lost, its row counts as an attempt that a process died of, the rest is sent."""
    monkeypatch.setattr(loop, "HUNG_SECONDS", 0.5)
    monkeypatch.setattr(loop, "DRAIN_SECONDS", 0.5)
    hang = owed_now("hang", to=[Address(Channel.SMS, "13800000000")])
    others = [owed_now(f"n{number}") for number in range(3)]
    free = threading.Event()

    def send(parcel):
        if parcel.address == "13800000000":
            free.wait(20)
        return accepted(parcel)

    relay = make_relay(send)
    relay.run(once=False)
    assert relay.hanging == 1
    assert {delivery_of(message).status for message in others} == {S.SENT}
    assert (delivery_of(hang).status, delivery_of(hang).in_flight) == (S.PENDING, True)
    free.set()


def test_a_listener_that_fails_does_not_hold_the_others_up(monkeypatch):
    monkeypatch.setattr("kam.notifications.actions.hooks._listeners", {})

    def broken(message):
        raise KeyError(message.key)

    actions.register_listener("broken", broken)
    bad = owed_now("bad", kind="broken")
    good = owed_now("good")
    make_relay(lambda parcel: Answer(Verdict.DELIVERED, "asked.delivered", "G")).run(once=True)
    assert delivery_of(good).status == S.DELIVERED
    assert delivery_of(bad).in_flight, "it counts as an attempt that never ended, and is asked for later"


def test_a_guard_that_fails_does_not_stop_the_relay(monkeypatch):
    monkeypatch.setattr("kam.notifications.actions.hooks._guards", {})

    def broken(message, at):
        raise KeyError(message.key)

    actions.register_guard("broken", broken)
    bad, good = owed_now("bad", kind="broken"), owed_now("good")
    make_relay().run(once=True)
    assert delivery_of(good).status == S.SENT
    assert (delivery_of(bad).status, delivery_of(bad).last_error_code) == (S.PENDING, "raised.KeyError")


def test_a_broken_gateway_is_left_alone_then_tried_with_one():
    gateway = Gateway()
    for _ in range(BROKEN_AFTER):
        assert gateway.room(16) == 16
        assert gateway.note(Answer(Verdict.LATER, "connect")) is False
    assert gateway.room(16) == 0
    gateway.paused_until = 0.0
    assert gateway.room(16) == 1
    assert gateway.note(Answer(Verdict.ACCEPTED, "http.202")) is True, "it works again"
    assert gateway.room(16) == 16


@pytest.fixture
def simulator(tmp_path, settings):
    """Start a simulator with these faults on a free port of this machine; (start, its book)."""
    book = Book(tmp_path / "gateway.sqlite3")
    servers = []

    def start(**faults):
        server = Simulator(0, book=book, faults=Faults(**faults), secret=SECRET)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_address[1]}"
        settings.SMS_GATEWAY_SECRET = SECRET
        return book

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


PARCEL = Parcel(PHONE, "s", "停电通知", "4f0c3c1e-0000-4000-8000-000000000001")


def effects(book, reference=PARCEL.reference):
    return book.connection.execute("SELECT effects, hint FROM messages WHERE reference=?", (reference,)).fetchone()


def test_a_gateway_takes_it_once_and_can_be_asked(simulator):
    book = simulator()
    first, again, asked = sms.send(PARCEL), sms.send(PARCEL), sms.ask(PARCEL)
    assert first.verdict == again.verdict == asked.verdict == Verdict.ACCEPTED
    assert first.gateway_id == again.gateway_id == asked.gateway_id
    assert effects(book) == (1, "138****5678"), "delivered once; its log holds no number"


def test_dropped_after_it_acted_is_unknown_and_the_question_finds_it(simulator):
    book = simulator(drop=1.0)
    assert sms.send(PARCEL) == Answer(Verdict.UNKNOWN, "dropped")
    assert sms.ask(PARCEL).verdict == Verdict.ACCEPTED
    assert effects(book)[0] == 1


def test_faults_of_a_gateway_and_what_they_mean(simulator, settings):
    simulator(error=1.0)
    assert sms.send(PARCEL).verdict == Verdict.LATER
    assert sms.ask(PARCEL).verdict == Verdict.ABSENT
    simulator(reject=1.0)
    assert sms.send(PARCEL) == Answer(Verdict.REFUSED, "http.422")
    simulator(per_second=0.5)
    assert sms.send(PARCEL).wait_seconds == 1
    settings.SMS_GATEWAY_SECRET = "another"
    assert sms.send(PARCEL) == Answer(Verdict.LATER, "http.401"), "our key is wrong: no fault of the message"
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:9"
    assert sms.send(PARCEL) == Answer(Verdict.LATER, "connect"), "it surely never left"
    settings.SMS_GATEWAY_URL = ""
    assert sms.send(PARCEL) == Answer(Verdict.REFUSED, "not.configured")


def test_a_slow_gateway_is_unknown_and_not_doubled(simulator, monkeypatch):
    book = simulator(slow=1.0, slow_seconds=1.0)
    monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.4)
    assert sms.send(PARCEL) == Answer(Verdict.UNKNOWN, "timeout")
    assert effects(book)[0] == 1


def test_the_whole_way_with_a_gateway_that_fails_half_the_time(simulator):
    from kam.notifications.actions.channels import ways

    book = simulator(error=0.3, drop=0.3)
    for number in range(20):
        owed_now(f"n{number}")
    for _ in range(12):
        relay = make_relay()
        relay.ways = ways()
        relay.run(once=True)
        Delivery.objects.filter(status__in=[S.PENDING, S.UNKNOWN]).update(not_before=clock.now())
    assert set(Delivery.objects.values_list("status", flat=True)) == {S.SENT}
    assert [n for (n,) in book.connection.execute("SELECT effects FROM messages")] == [1] * 20


def test_mail_carries_the_reference_and_no_second_recipient(settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "通知 <kam@example.cn>"
    parcel = Parcel(MAIL, "停电\n通知", "正文", PARCEL.reference)
    assert mail.send(parcel).verdict == Verdict.ACCEPTED
    [sent] = mailoutbox
    assert sent.to == [MAIL]
    assert sent.subject == "停电 通知"
    assert sent.extra_headers["Message-ID"] == f"<{PARCEL.reference}@example.cn>"
    settings.EMAIL_BACKEND = mail.NOT_CONFIGURED
    assert mail.send(parcel) == Answer(Verdict.REFUSED, "not.configured")


def test_mail_server_out_of_reach_is_tried_later(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert mail.send(Parcel(MAIL, "s", "t", "r")) == Answer(Verdict.LATER, "connect")


def test_robots_inside_are_refused_where_the_settings_say_so(settings):
    settings.CHAT_REFUSE_PRIVATE = True
    robot = Parcel("json://127.0.0.1:9/", "s", "t", "r")
    assert chat.send(robot) == Answer(Verdict.REFUSED, "robot.private")
    settings.CHAT_REFUSE_PRIVATE = False
    assert chat.send(robot) == Answer(Verdict.LATER, "robot.no")
    assert chat.send(Parcel("nonsense", "s", "t", "r")) == Answer(Verdict.REFUSED, "robot.address")


def test_no_number_is_in_the_log(caplog):
    def send(parcel):
        raise ValueError(f"cannot send to {parcel.address}")

    owed_now()
    with caplog.at_level("DEBUG"):
        make_relay(send).run(once=True)
    assert caplog.records
    assert PHONE not in caplog.text
    assert SMS.address == PHONE
    assert Message.objects.count() == 1
