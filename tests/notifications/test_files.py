"""Files that go with a message: frozen, bounded, encrypted, by mail alone."""

import hashlib
from typing import Any, cast

import pytest

from kam.lib import clock
from kam.notifications import actions
from kam.notifications.actions import Address
from kam.notifications.actions.channels import ways
from kam.notifications.actions.files import content_of
from kam.notifications.models import Message, MessageFile
from kam.notifications.rules.answers import Answer, Verdict
from kam.notifications.rules.files import MOST_BYTES, File, TooMuch
from kam.notifications.rules.states import Channel
from tests.notifications.making import MAIL, SMS, make_message, make_relay
from tests.notifications.smtp import mail_server

pytestmark = pytest.mark.django_db(transaction=True)
POST = Address(Channel.MAIL, MAIL)
ICS = File("visit.ics", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nSUMMARY:走访\r\n".encode())


def test_a_file_is_stored_with_its_message_and_cannot_be_read_in_the_database():
    row = MessageFile.objects.get(message=make_message(to=[POST], files=[ICS]))
    assert (row.name, row.size, row.sha256) == ("visit.ics", len(ICS.content), hashlib.sha256(ICS.content).hexdigest())
    assert "VCALENDAR" not in row.content_encrypted
    assert content_of(row) == ICS.content


def test_the_same_key_with_another_file_is_a_mistake():
    first = make_message(to=[POST], files=[ICS])
    assert make_message(to=[POST], files=[ICS]).pk == first.pk
    assert MessageFile.objects.count() == 1
    for files in ([], [File(ICS.name, ICS.media_type, b"other")], [ICS, File("b.ics", "text/calendar", b"b")]):
        with pytest.raises(actions.KeyReused):
            make_message(to=[POST], files=files)


def test_too_many_and_too_large_files_are_refused_and_nothing_is_owed():
    for files in (
        [File(f"{n}.ics", "text/calendar", b"") for n in range(4)],
        [File("a", "a/b", bytes(MOST_BYTES + 1))],
    ):
        with pytest.raises(TooMuch):
            make_message(to=[POST], files=files)
    assert not Message.objects.exists()
    assert make_message(to=[POST], files=[File("a", "application/pdf", bytes(MOST_BYTES))]).files.count() == 1


def test_only_mail_carries_the_file():
    parcels = []

    def refused(parcel):
        parcels.append(parcel)
        return Answer(Verdict.REFUSED, "no")

    make_message(to=[SMS, POST], files=[ICS], at=clock.now(), deadline=None)
    relay = make_relay(refused)
    relay.ways[Channel.MAIL] = relay.ways[Channel.SMS]
    relay.run(once=True)
    relay = make_relay(refused)
    relay.ways[Channel.MAIL] = relay.ways[Channel.SMS]
    relay.run(once=True)
    assert [parcel.files for parcel in parcels] == [(), (ICS,)]


def test_a_mail_server_gets_text_and_file(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    make_message(to=[POST], files=[ICS], at=clock.now(), deadline=None, text="走访通知")
    with mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        relay = make_relay()
        relay.ways = ways()
        relay.run(once=True)
    [mail] = server.taken
    text, part = cast("list[Any]", list(mail.walk())[1:])
    assert text.get_payload(decode=True).strip() == "走访通知".encode()
    assert (part.get_content_type(), part.get_param("method"), part.get_filename()) == (
        "text/calendar",
        "REQUEST",
        "visit.ics",
    )
    assert part.get_payload(decode=True) == ICS.content
