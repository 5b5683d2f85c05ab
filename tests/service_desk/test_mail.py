"""Mail in by IMAP: once each, to its account, to its request, or to a person (SRV-1); a real server on this machine."""

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from kam.service_desk.actions import mail
from kam.service_desk.models import Attachment, MailFile, MailIn, Request
from kam.service_desk.rules.mail import NoMail, read
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import make_contact, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def letter(
    number: str = "1", *, subject: str = "电费疑问", text: str = "请核对十月电费。", **headers: str
) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{number}@customer.example>"
    message["From"] = "周工 <Zhou@Example.cn>"
    message["Subject"] = subject
    message["Date"] = "Sat, 21 Nov 2026 09:30:00 +0800"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


# ---- what a mail says


def test_own_words_are_told_from_quoted_ones():
    text = "谢谢，还有一个问题。\n\n在 2026年11月20日，客服 <a@b.cn> 写道：\n> 已答复\n> 如下"
    assert read(letter(text=text).as_bytes()).text == "谢谢，还有一个问题。"
    assert read(letter(text="Hi\n\nOn Fri, 20 Nov 2026, Desk <a@b.cn> wrote:\n> x").as_bytes()).text == "Hi"


def test_html_alone_becomes_words():
    message = letter()
    message.set_content("<style>p{}</style><p>停电&amp;投诉</p><script>alert(1)</script>", subtype="html")
    found = read(message.as_bytes())
    assert found.text == "停电&投诉"
    assert found.kind == "COMPLAINT"


def test_mail_without_a_message_id_is_known_by_its_bytes():
    message = letter()
    del message["Message-ID"]
    assert read(message.as_bytes()).message_id == read(message.as_bytes()).message_id
    assert read(message.as_bytes()).message_id.endswith("@sha256>")


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}, {"List_Id": "<a.b>"}],
)
def test_what_a_machine_wrote_is_told_apart(headers):
    assert read(letter(**headers).as_bytes()).automatic
    assert not read(letter().as_bytes()).automatic


@pytest.mark.parametrize("raw", [b"", b"   ", b"\xff\xfe\0\0"])
def test_what_is_no_mail_is_refused(raw):
    with pytest.raises(NoMail):
        read(raw)


@pytest.mark.parametrize("charset", ["gb18030", "gb2312", "no-such-charset"])
def test_chinese_charsets_are_read(charset):
    head = (
        f"Message-ID: <c@d>\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    assert "电费" in read(head.encode() + "电费".encode("gb18030")).text


# ---- what becomes of it


def test_mail_of_a_known_sender_becomes_a_request_once(cast):
    make_contact(cast)
    message = letter()
    message.add_attachment("明细".encode(), maintype="text", subtype="plain", filename="明细.txt")
    message.add_attachment(b"<svg/>", maintype="image", subtype="svg+xml", filename="x.svg")
    assert mail.take_in(message.as_bytes(), at=NOW) is not None
    assert mail.take_in(message.as_bytes(), at=NOW) is None
    row = Request.objects.get()
    assert (row.account, row.status, row.source, row.title) == (cast.account, "NEW", "MAIL", "电费疑问")
    assert Attachment.objects.get().name == "明细.txt"
    assert MailIn.objects.get().refused_files == 1
    stored = MailIn.objects.get()
    assert "zhou@example.cn" not in stored.from_encrypted
    assert stored.from_hint == "z***@example.cn"


def test_a_number_in_the_subject_adds_to_that_request_and_only_of_the_own_account(cast):
    make_contact(cast)
    row, foreign = take(cast), take(cast, account=cast.other_account, by=cast.zhao)
    mail.take_in(letter("1", subject=f"Re: {row.number}").as_bytes(), at=NOW)
    assert row.notes.get().kind == "CUSTOMER"
    mail.take_in(letter("2", subject=f"Re: {foreign.number}").as_bytes(), at=NOW)
    assert not foreign.notes.exists()
    assert Request.objects.count() == 3


def test_mail_of_nobody_known_waits_for_a_person(cast):
    mail.take_in(letter().as_bytes(), at=NOW)
    row = MailIn.objects.get()
    assert (row.status, row.account) == ("WAITING", None)
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.chen)
    assert "电费疑问" in client.get(reverse("desk:mails")).content.decode()
    url = reverse("desk:mail", args=[row.pk])
    assert (
        "No account within your reach"
        in client.post(url, {"account_no": cast.other_account.account_no, "kind": "QUESTION"}).content.decode()
    )
    client.post(url, {"account_no": cast.account.account_no, "kind": "QUESTION"})
    taken = Request.objects.get()
    assert (taken.first_owner, taken.account) == (cast.chen, cast.account)
    # A manager sees only own accounts: mail of nobody known is not for them.
    client.force_login(cast.wang)
    assert client.get(url).status_code == 404


def test_a_sender_of_two_accounts_is_not_guessed(cast):
    make_contact(cast)
    make_contact(cast, account=cast.other_account)
    mail.take_in(letter().as_bytes(), at=NOW)
    assert MailIn.objects.get().status == "WAITING"


def test_absence_notes_become_nothing(cast):
    make_contact(cast)
    mail.take_in(letter(Auto_Submitted="auto-replied").as_bytes(), at=NOW)
    assert MailIn.objects.get().status == "DROPPED"
    assert not Request.objects.exists()


# ---- files of nobody known


def with_files(number: str, *files: tuple[str, bytes]) -> bytes:
    message = letter(number)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_files_of_nobody_known_wait_with_their_mail_and_become_the_requests(cast, django_capture_on_commit_callbacks):
    bad = ("run.exe", b"MZ"), ("x.svg", b"<svg/>"), ("a.pdf", b"<html>")
    row = mail.take_in(
        with_files("1", ("说明.txt", "产线说明".encode()), ("同一份.txt", "产线说明".encode()), *bad), at=NOW
    )
    assert row is not None
    assert (row.status, row.refused_files) == ("WAITING", 3)
    [kept] = MailFile.objects.all()
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.chen)
    page = client.get(reverse("desk:mail", args=[row.pk])).content.decode()
    assert "说明.txt" in page
    assert "3 files were not taken" in page
    answer = client.get(reverse("desk:mail_file", args=[kept.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "sandbox"
    # Li, who answers for no unit, sees neither the mail nor its file.
    client.force_login(cast.li)
    assert client.get(reverse("desk:mail_file", args=[kept.pk])).status_code == 404
    name = kept.file.name
    with django_capture_on_commit_callbacks(execute=True):
        request = mail.claim(mail=row, account=cast.account, kind="QUESTION", by=cast.chen, at=NOW)
    attached = Attachment.objects.get(request=request)
    assert (attached.name, attached.file.read()) == ("说明.txt", "产线说明".encode())
    assert not MailFile.objects.exists()
    assert not default_storage.exists(name)


def test_what_is_thrown_away_takes_its_files_along_and_a_flood_is_not_kept(cast, django_capture_on_commit_callbacks):
    many = [(f"{number}.txt", f"第{number}份".encode()) for number in range(12)]
    row = mail.take_in(with_files("1", *many), at=NOW)
    assert row is not None
    assert (MailFile.objects.count(), row.refused_files) == (10, 2)
    names = [one.file.name for one in MailFile.objects.all()]
    with django_capture_on_commit_callbacks(execute=True):
        mail.drop(mail=row, by=cast.chen, at=NOW)
    assert not MailFile.objects.exists()
    assert not any(default_storage.exists(name) for name in names)
    other = mail.take_in(with_files("2", ("a.txt", b"a")), at=NOW)
    assert other is not None
    MailFile.objects.update(size=mail.BYTES_A_DAY)
    third = mail.take_in(with_files("3", ("b.txt", b"b")), at=NOW)
    assert third is not None
    assert (third.files.count(), third.refused_files) == (0, 1)


# ---- from a real server


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """A mailbox of user `u` on this machine (pymap); its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = "import sys; from pymap.main import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    command += ["--no-service", "admin", "--no-service", "managesieve", "dict", "--demo-user", "u"]
    process = subprocess.Popen([*command, "--demo-password", "p/w"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in range(200):
            if process.poll() is not None:
                pytest.fail(f"the mail server did not start: {process.stderr.read().decode()[-500:]}")  # type: ignore[union-attr]
            try:
                imaplib.IMAP4("127.0.0.1", port, timeout=5).logout()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def put(port: int, *messages: bytes) -> None:
    with imaplib.IMAP4("127.0.0.1", port, timeout=10) as box:
        box.login("u", "p/w")
        for message in messages:
            box.append("INBOX", "", "", message)


def unseen(port: int) -> int:
    with imaplib.IMAP4("127.0.0.1", port, timeout=10) as box:
        box.login("u", "p/w")
        box.select("INBOX")
        return len(box.uid("SEARCH", "UNSEEN")[1][0].split())


def test_the_mailbox_is_read_once_also_when_it_was_stopped_in_between(cast, server, settings, monkeypatch, capsys):
    make_contact(cast)
    settings.IMAP_URL = f"imap://u:p%2Fw@127.0.0.1:{server}/INBOX"
    put(server, letter("a").as_bytes(), b"no mail at all", letter("b", subject="停电了").as_bytes())
    # Stopped after the first was stored and before it was marked as seen.
    true_take_in = mail.take_in

    def stopped(raw: bytes, *, at):
        true_take_in(raw, at=at)
        raise KeyboardInterrupt

    monkeypatch.setattr(mail, "take_in", stopped)
    with pytest.raises(KeyboardInterrupt):
        call_command("fetch_mail")
    monkeypatch.setattr(mail, "take_in", true_take_in)
    assert unseen(server) == 3
    call_command("fetch_mail")
    assert "new 1, unreadable 1" in capsys.readouterr().out
    assert sorted(Request.objects.values_list("kind", flat=True)) == ["FAULT", "QUESTION"]
    assert unseen(server) == 0
    call_command("fetch_mail")
    assert "new 0, unreadable 0" in capsys.readouterr().out


def test_a_mailbox_that_is_not_reached_is_told_in_a_sentence(settings):
    settings.IMAP_URL = "imap://u:p@127.0.0.1:9/INBOX"
    with pytest.raises(CommandError, match="IMAP_URL"):
        call_command("fetch_mail")
    settings.IMAP_URL = "http://a"
    with pytest.raises(CommandError, match="IMAP_URL"):
        call_command("fetch_mail")
