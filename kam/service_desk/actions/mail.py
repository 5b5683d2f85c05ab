"""Mail that comes in: once each, to the account of its sender, to the request it speaks of, or to a person."""

from __future__ import annotations

import imaplib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Sum

from kam.accounts.models import Account, Contact
from kam.accounts.rules.contact_text import masked_mail, normal_mail
from kam.core.actions import record
from kam.core.models import User
from kam.lib import encryption
from kam.lib.uploads import Accepted, RefusedFile, accept
from kam.service_desk.actions import attachments, requests
from kam.service_desk.models import MailFile, MailIn, Note, Request
from kam.service_desk.rules.lifecycle import Kind, Source, Status
from kam.service_desk.rules.mail import File, Mail, NoMail, read

AT_ONCE = 200
FILES_OF_MAIL = 10
BYTES_A_DAY = 200_000_000


class NotWaiting(Exception):
    """Somebody has said already whose mail it is."""


class NoMailbox(Exception):
    """IMAP_URL is not set, or names no mailbox that can be read."""


def mail_place(pk: int) -> str:
    """Return what binds an encrypted sender to its row."""
    return f"service_desk.mailin.from.{pk}"


def take_in(raw: bytes, *, at: datetime) -> MailIn | None:
    """Take in one mail; None where it was taken in before. Raises `NoMail`."""
    mail = read(raw)
    if MailIn.objects.filter(message_id=mail.message_id).exists():
        return None
    try:
        with transaction.atomic():
            return _store(mail, at=at)
    except IntegrityError:
        if MailIn.objects.filter(message_id=mail.message_id).exists():
            return None  # another fetch was faster
        raise


def _store(mail: Mail, *, at: datetime) -> MailIn:
    sender = normal_mail(mail.sender)
    row = MailIn.objects.create(
        message_id=mail.message_id,
        from_index=encryption.blind_index(sender),
        from_hint=masked_mail(sender),
        subject=mail.subject,
        text=mail.text,
        sent_at=mail.sent_at,
        at=at,
    )
    row.from_encrypted = encryption.encrypt(sender, place=mail_place(row.pk))
    contact = _sender(row)
    if mail.automatic:
        row.status = MailIn.Status.DROPPED
    elif contact is not None:
        row.account = contact.account
        _to_request(row, mail, contact, at=at)
    else:
        row.refused_files = _keep(row, mail.files, at=at)
    row.save()
    record(by=None, at=at, action="mail.taken_in", subject=row, account_id=row.account_id, status=row.status)
    return row


def _sender(row: MailIn) -> Contact | None:
    """The one account at which the sender is a contact; of two nobody guesses."""
    if not row.from_index:
        return None
    found = Contact.objects.filter(mail_index=row.from_index, active=True).select_related("account__unit")
    rows = list(found.order_by("pk")[:20])
    return rows[0] if rows and len({one.account_id for one in rows}) == 1 else None


def _to_request(row: MailIn, mail: Mail, contact: Contact, *, at: datetime) -> None:
    named = Request.objects.filter(number=mail.number, account=contact.account).first() if mail.number else None
    request = named.merged_into if named is not None and named.merged_into is not None else named
    words = mail.text or mail.subject or "–"
    if request is not None and request.status != Status.CLOSED:
        requests.note(request=request, kind=Note.Kind.CUSTOMER, text=words, by=None, at=at)
        row.status = MailIn.Status.ADDED
    else:
        request = requests.take(
            account=contact.account,
            kind=mail.kind,
            text=words,
            title=mail.subject,
            source=Source.MAIL.value,
            ref=f"service_desk.MailIn:{row.pk}",
            contact=contact,
            by=None,
            at=at,
            received_at=at,
        )
        row.status = MailIn.Status.TAKEN
    row.request = request
    row.refused_files = _attach(request, mail.files, at=at)


def _attach(request: Request, files: list[File], *, at: datetime) -> int:
    """Attach what is accepted; return how many files were not."""
    refused = 0
    for file in files:
        try:
            attachments.attach(request=request, file=accept(file.name, file.data), by=None, at=at)
        except (RefusedFile, attachments.TooManyFiles):
            refused += 1
    return refused


def _keep(row: MailIn, files: list[File], *, at: datetime) -> int:
    """Keep what is accepted until somebody says whose the mail is; return how many files were not.

    Anybody can write to the mailbox: so many files of a mail, and so many bytes a day from all of nobody known.
    """
    refused = 0
    known: set[str] = set()
    today = MailFile.objects.filter(at__gt=at - timedelta(days=1)).aggregate(n=Sum("size"))["n"] or 0
    for file in files:
        try:
            found = accept(file.name, file.data)
        except RefusedFile:
            refused += 1
            continue
        if found.sha256 in known:
            continue
        if len(known) >= FILES_OF_MAIL or today + len(found.data) > BYTES_A_DAY:
            refused += 1
            continue
        known.add(found.sha256)
        today += len(found.data)
        MailFile.objects.create(
            mail=row,
            file=default_storage.save(f"mails/{uuid.uuid4()}{found.suffix}", ContentFile(found.data)),
            name=found.name,
            media_type=found.media_type,
            size=len(found.data),
            sha256=found.sha256,
            at=at,
        )
    return refused


def _hand_over(row: MailIn, request: Request, *, by: User, at: datetime) -> None:
    """Make the kept files of a mail files of its request."""
    for one in MailFile.objects.filter(mail=row).order_by("pk"):
        with one.file.open("rb") as file:
            data = file.read()
        given = Accepted(data, one.media_type, PurePosixPath(one.file.name).suffix, one.name)
        try:
            attachments.attach(request=request, file=given, by=by, at=at)
        except attachments.TooManyFiles:
            row.refused_files += 1
    _let_go(row)


def _let_go(row: MailIn) -> None:
    """Remove the kept files of a mail; from the disk only once that holds."""
    names = list(MailFile.objects.filter(mail=row).values_list("file", flat=True))
    MailFile.objects.filter(mail=row).delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))


def claim(*, mail: MailIn, account: Account, kind: str, by: User, at: datetime) -> Request:
    """Say whose mail it is: it becomes a request of `account`, and `by` answerable for it. Raises `NotWaiting`."""
    with transaction.atomic():
        row: MailIn = MailIn.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if row.status != MailIn.Status.WAITING:
            raise NotWaiting
        request = requests.take(
            account=account,
            kind=Kind(kind).value,
            text=row.text or row.subject or "–",
            title=row.subject,
            source=Source.MAIL.value,
            ref=f"service_desk.MailIn:{row.pk}",
            by=by,
            at=at,
            received_at=row.at,
        )
        row.status, row.account, row.request = MailIn.Status.TAKEN, account, request
        _hand_over(row, request, by=by, at=at)
        row.save(update_fields=["status", "account", "request", "refused_files"])
        record(by=by, at=at, action="mail.claimed", subject=row, account_id=account.pk, number=request.number)
    return request


def drop(*, mail: MailIn, by: User, at: datetime) -> None:
    """Throw a mail away that is nobody's. Raises `NotWaiting`."""
    with transaction.atomic():
        changed = MailIn.objects.filter(pk=mail.pk, status=MailIn.Status.WAITING).update(status=MailIn.Status.DROPPED)
        if not changed:
            raise NotWaiting
        _let_go(mail)
        record(by=by, at=at, action="mail.dropped", subject=mail)


def fetch(*, at: datetime) -> tuple[int, int]:
    """Read the mailbox; returns how many mails were new, and how many could not be read. Safe to stop and repeat.

    A mail is marked as seen only after it is stored; stopped between the two, it is fetched and passed over once more.
    """
    new = unreadable = 0
    with mailbox() as box:
        _, found = box.uid("SEARCH", "UNSEEN")
        for uid in (found[0] or b"").split()[:AT_ONCE]:
            _, parts = box.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            try:
                new += take_in(bytes(raw), at=at) is not None
            except NoMail:
                unreadable += 1
            box.uid("STORE", uid.decode(), "+FLAGS", "(\\Seen)")
    return new, unreadable


@contextmanager
def mailbox() -> Iterator[imaplib.IMAP4]:
    """Open the mailbox of IMAP_URL: imaps://user:password@host:port/FOLDER. Raises `NoMailbox`."""
    url = urlsplit(settings.IMAP_URL)
    if url.scheme not in ("imap", "imaps") or not url.hostname:
        raise NoMailbox(url.scheme)
    try:
        if url.scheme == "imaps":
            box: imaplib.IMAP4 = imaplib.IMAP4_SSL(url.hostname, url.port or 993, timeout=30)
        else:
            box = imaplib.IMAP4(url.hostname, url.port or 143, timeout=30)
        box.login(unquote(url.username or ""), settings.IMAP_PASSWORD or unquote(url.password or ""))
        status, _ = box.select(unquote(url.path.strip("/")) or "INBOX")
    except (OSError, imaplib.IMAP4.error) as error:
        raise NoMailbox(str(error)[:200]) from error
    if status != "OK":
        raise NoMailbox(url.path)
    try:
        yield box
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()
