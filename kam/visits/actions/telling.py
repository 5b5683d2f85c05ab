"""Tell the customer of a visit by a signed link, and colleagues in the app."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from kam.accounts.actions import links
from kam.accounts.actions.contacts import mail_place, phone_place
from kam.accounts.models import Contact, CustomerLink
from kam.core.models import User
from kam.core.templatetags.kam import day as day_words
from kam.lib import clock, encryption
from kam.notifications.actions.owing import owe
from kam.notifications.queries import text_for
from kam.notifications.rules.addresses import Address
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import FORM_OF
from kam.visits.actions.base import NotOpen, locked, record_of
from kam.visits.models import Purpose, Visit
from kam.visits.queries.feeds import invitation_to
from kam.visits.rules.lifecycle import OPEN

LINK = "visit.time"
OPEN_AFTER = timedelta(hours=12)  # the page still says what was agreed on the evening of the visit

WORDS = {
    "asked": _("%(by)s asks about your visit to %(customer)s on %(day)s: %(question)s"),
    "replied": _("%(by)s answered about the visit to %(customer)s on %(day)s: %(question)s"),
    "confirmed": _("%(customer)s confirmed the visit on %(day)s."),
    "proposed": _("%(customer)s proposes another time for the visit on %(day)s: %(question)s"),
}


class NoWay(Exception):
    """The contact has neither a phone number nor a mail address."""


def tell_customer(
    *,
    visit: Visit,
    contact: Contact,
    text: str = "visit.proposed",
    was: datetime | None = None,
    by: User | None,
    at: datetime,
) -> CustomerLink:
    """Owe the contact a message with a link to confirm the time or to propose another; earlier links close.

    Raises `NoWay`, `NotOpen`.
    """
    with transaction.atomic():
        row = locked(visit)
        if row.status not in OPEN:
            raise NotOpen
        links.revoke_all(ref=ref_of(row), purpose=LINK, by=by, at=at)
        link = links.issue(
            account=row.account,
            contact=contact,
            purpose=LINK,
            ref=ref_of(row),
            expires_at=max(row.ends_at, at) + OPEN_AFTER,
            language=contact.language,
            by=by,
            at=at,
        )
        _owe(row, contact, text, link=link, was=was, by=by, at=at)
        row.told_at = at
        row.save(update_fields=["told_at"])
        record_of(row, "visit.told", by=by, at=at, text=text)
    return link


def tell_again(visit: Visit, text: str, *, was: datetime | None = None, by: User | None, at: datetime) -> None:
    """Tell whoever was told before that the time changed; in the caller's transaction. Nobody told: nothing."""
    before = (
        CustomerLink.objects.filter(ref=ref_of(visit), purpose=LINK).select_related("contact").order_by("-pk").first()
    )
    if before is None or before.contact is None or not before.contact.active:
        return
    if text == "visit.cancelled":
        links.revoke_all(ref=ref_of(visit), purpose=LINK, by=by, at=at)
        _owe(visit, before.contact, text, link=None, was=was, by=by, at=at)
    else:
        tell_customer(visit=visit, contact=before.contact, text=text, was=was, by=by, at=at)


def ref_of(visit: Visit) -> str:
    """Return how links and messages point at a visit."""
    return f"visits.Visit:{visit.pk}"


def ways_to(contact: Contact) -> list[tuple[Channel, str]]:
    """Return the contact's addresses, the preferred channel first. Raises `NoWay`."""
    ways: list[tuple[Channel, str]] = []
    if contact.phone_encrypted:
        ways.append((Channel.SMS, encryption.decrypt(contact.phone_encrypted, place=phone_place(contact.pk))))
    if contact.mail_encrypted:
        ways.append((Channel.MAIL, encryption.decrypt(contact.mail_encrypted, place=mail_place(contact.pk))))
    if not ways:
        raise NoWay
    return sorted(ways, key=lambda way: way[0].value != contact.channel)


def window_words(starts_at: datetime, ends_at: datetime, language: str) -> str:
    """Say when, as messages do: 12月6日(周日) 9:00-10:00."""
    zone = clock.zone()
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    with translation.override(language):
        return f"{day_words(start)} {start.hour}:{start:%M}-{end.hour}:{end:%M}"


def _owe(
    visit: Visit,
    contact: Contact,
    text: str,
    *,
    link: CustomerLink | None,
    was: datetime | None,
    by: User | None,
    at: datetime,
) -> None:
    language = contact.language
    with translation.override(language):
        purpose = str(Purpose(visit.purpose).label)
    facts = {
        "company": settings.COMPANY_NAME or str(visit.account.unit),
        "customer": visit.account.name,
        "visitor": str(visit.manager),
        "purpose": visit.note or purpose,
        "window": window_words(visit.starts_at, visit.ends_at, language),
        "was": window_words(was, was + (visit.ends_at - visit.starts_at), language) if was else "",
        "link": links.placeholder(link) if link else "",
        "phone": settings.COMPANY_PHONE,
    }
    ways = ways_to(contact)
    said = {
        channel: text_for(key=text, language=language, form=FORM_OF[channel], day=clock.day_of(at), facts=facts)
        for channel, _ in ways
    }
    first = said[ways[0][0]]
    mail = next((address for channel, address in ways if channel == Channel.MAIL), "")
    with translation.override(language):
        files = [invitation_to(visit, mail, contact.name)] if mail else []
    owe(
        key=f"{text}:{visit.pk}:{visit.version}:{link.pk if link else at.isoformat()}",
        kind=text,
        to=[Address(channel, address, said[channel].text) for channel, address in ways],
        language=language,
        subject=next((one.subject for one in said.values() if one.subject), ""),
        text=first.text,
        deadline=visit.starts_at if visit.starts_at > at else None,
        must_prove=False,
        files=files,
        owner_ref=ref_of(visit),
        account_id=visit.account_id,
        unit_id=visit.account.unit_id,
        manager_id=visit.account.manager_id,
        by=by,
        at=at,
    )


def tell_colleague(user: User, what: str, visit: Visit, *, by: User | None, at: datetime, question: str = "") -> None:
    """Owe a colleague one line in the app; who did it themselves and who has left are told nothing."""
    if user == by or not user.is_active:
        return
    with translation.override(user.language):
        text = gettext(WORDS[what]) % {
            "by": by or "",
            "customer": visit.account.name,
            "day": day_words(visit.day),
            "question": question,
        }
    owe(
        key=f"visit.{what}:{visit.pk}:{at.isoformat()}",
        kind=f"visit.{what}" if what in ("asked", "replied") else "visit.heard",
        to=[Address(Channel.APP, str(user.pk))],
        language=user.language,
        subject="",
        text=text,
        deadline=None,
        must_prove=False,
        owner_ref=ref_of(visit),
        account_id=visit.account_id,
        unit_id=visit.account.unit_id,
        manager_id=visit.account.manager_id,
        by=by,
        at=at,
    )
