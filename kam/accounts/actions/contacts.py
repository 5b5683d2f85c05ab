"""Persons at the customer: phone and mail are encrypted, found by a blind index, shown masked (RELIABILITY 3.7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from kam.accounts.actions.search_index import put
from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, Contact, SearchEntry
from kam.accounts.rules.contact_text import masked_mail, normal_mail, normal_phone
from kam.core.actions import note_reveal
from kam.core.models import User
from kam.lib import encryption

PLAIN = ("name", "role", "channel", "language", "consent_at")


class ContactChangedMeanwhile(Exception):
    """Somebody saved the contact after the form was opened."""


def phone_place(pk: int) -> str:
    """Return what binds an encrypted phone to its row."""
    return f"accounts.contact.phone.{pk}"


def mail_place(pk: int) -> str:
    """Return what binds an encrypted mail address to its row."""
    return f"accounts.contact.mail.{pk}"


def add(
    *,
    account: Account,
    name: str,
    phone: str = "",
    mail: str = "",
    role: str = Contact.Role.OTHER,
    channel: str = Contact.Channel.PHONE,
    language: str = "zh-hans",
    consent_at: date | None = None,
    by: User | None,
    at: datetime,
) -> Contact:
    """Add a contact. Its phone and mail are nowhere in plain text."""
    with transaction.atomic():
        contact = Contact.objects.create(
            account=account, name=name, role=role, channel=channel, language=language, consent_at=consent_at
        )
        _seal(contact, phone=phone, mail=mail)
        contact.save()
        put(account=account, kind=SearchEntry.Kind.CONTACT, ref=str(contact.pk), text=name)
        tell(account=account, by=by, at=at, kind="contact.added", subject=contact, role=role)
    return contact


def edit(
    *,
    contact: Contact,
    version: int,
    fields: dict[str, Any],
    phone: str | None,
    mail: str | None,
    by: User,
    at: datetime,
) -> Contact:
    """Write what changed; phone or mail None keeps the stored one. Raises `ContactChangedMeanwhile`."""
    with transaction.atomic():
        row: Contact = Contact.objects.select_for_update().select_related("account").get(pk=contact.pk)
        if row.version != version:
            raise ContactChangedMeanwhile
        changed = sorted(name for name in PLAIN if name in fields and getattr(row, name) != fields[name])
        for name in changed:
            setattr(row, name, fields[name])
        changed += [name for name, value in (("phone", phone), ("mail", mail)) if value is not None]
        _seal(row, phone=phone, mail=mail)
        row.version += 1
        row.save()
        if row.active:
            put(account=row.account, kind=SearchEntry.Kind.CONTACT, ref=str(row.pk), text=row.name)
        tell(account=row.account, by=by, at=at, kind="contact.edited", subject=row, fields=changed)
    return row


def set_active(*, contact: Contact, active: bool, by: User, at: datetime) -> None:
    """Let a contact rest, or bring it back; a resting one is not found by the search and gets no notices."""
    with transaction.atomic():
        if not Contact.objects.filter(pk=contact.pk, active=not active).update(active=active):
            return
        put(
            account=contact.account,
            kind=SearchEntry.Kind.CONTACT,
            ref=str(contact.pk),
            text=contact.name if active else "",
        )
        kind = "contact.activated" if active else "contact.deactivated"
        tell(account=contact.account, by=by, at=at, kind=kind, subject=contact)


def reveal(*, contact: Contact, field: str, reason: str, by: User, at: datetime) -> str:
    """Return the phone or mail in full, after the look is on the record. Raises `core.actions.RevealRefused`."""
    note_reveal(by=by, at=at, subject=contact, account_id=contact.account_id, field=field, reason=reason)
    if field == "mail":
        return encryption.decrypt(contact.mail_encrypted, place=mail_place(contact.pk))
    return encryption.decrypt(contact.phone_encrypted, place=phone_place(contact.pk))


def _seal(contact: Contact, *, phone: str | None, mail: str | None) -> None:
    if phone is not None:
        normal = normal_phone(phone)
        contact.phone_encrypted = encryption.encrypt(normal, place=phone_place(contact.pk))
        contact.phone_index = encryption.blind_index(normal)
        contact.phone_last4 = normal[-4:] if len(normal) >= 7 else normal[-2:]
    if mail is not None:
        address = normal_mail(mail)
        contact.mail_encrypted = encryption.encrypt(address, place=mail_place(contact.pk))
        contact.mail_index = encryption.blind_index(address)
        contact.mail_hint = masked_mail(address)
