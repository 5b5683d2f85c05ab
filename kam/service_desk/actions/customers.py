"""Words to the customer about a request, with a signed page, in the transaction that owes them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.utils import translation

from kam.accounts.actions import links
from kam.accounts.actions.contacts import mail_place, phone_place
from kam.accounts.models import Contact
from kam.core.models import User
from kam.core.queries import company_name
from kam.lib import clock, encryption
from kam.notifications import queries as texts
from kam.notifications.actions.owing import owe
from kam.notifications.rules.addresses import Address, BadAddress, normal
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import FORM_OF, Form
from kam.service_desk.actions.requests import phone_place as caller_place
from kam.service_desk.models import KIND_LABELS, Request
from kam.service_desk.rules.lifecycle import Kind


def say(
    request: Request,
    *,
    text: str,
    purpose: str,
    expires_at: datetime,
    key: str,
    by: User | None,
    at: datetime,
    facts: Mapping[str, str] | None = None,
) -> bool:
    """Owe the customer the text `text` with a link to the page of `purpose`; False where nobody can be written to.

    To the request's contact by its preferred way first, else to the number from which the call came. The links that
    went out before for the same purpose are closed.
    """
    ways, language = ways_of(request)
    if not ways:
        return False
    ref = f"service_desk.Request:{request.pk}"
    links.revoke_all(ref=ref, purpose=purpose, by=by, at=at)
    link = links.issue(
        account=request.account,
        purpose=purpose,
        ref=ref,
        expires_at=expires_at,
        language=language,
        contact=request.contact,
        by=by,
        at=at,
    )
    with translation.override(language):
        kind = str(KIND_LABELS[Kind(request.kind)])
    given = {
        "company": company_name(),
        "phone": settings.COMPANY_PHONE,
        "customer": request.account.name,
        "number": request.number,
        "kind": kind,
        "title": request.title,
        "link": links.placeholder(link),
        **(facts or {}),
    }
    day = clock.day_of(at)

    def said(form: Form) -> texts.Wording:
        return texts.text_for(key=text, language=language, form=form, day=day, facts=given)

    owe(
        key=f"{text}:{request.pk}:{key}:{link.pk}",
        kind=text,
        to=[Address(channel, address, said(FORM_OF[channel]).text) for channel, address in ways],
        language=language,
        subject=said(Form.LONG).subject,
        text=said(Form.SHORT).text,
        deadline=None,
        must_prove=False,
        owner_ref=ref,
        account_id=request.account_id,
        unit_id=request.account.unit_id,
        manager_id=request.account.manager_id,
        by=by,
        at=at,
    )
    return True


def ways_of(request: Request) -> tuple[list[tuple[Channel, str]], str]:
    """Return by which ways the customer of a request is written to, the preferred first, and in which language."""
    contact = request.contact if request.contact and request.contact.active else None
    found: list[tuple[Channel, str]] = []
    if contact is not None:
        phone = encryption.decrypt(contact.phone_encrypted, place=phone_place(contact.pk))
        mail = encryption.decrypt(contact.mail_encrypted, place=mail_place(contact.pk))
        found = [(Channel.SMS, phone), (Channel.MAIL, mail)]
        if contact.channel == Contact.Channel.MAIL:
            found.reverse()
    if not any(address for _, address in found):
        phone = encryption.decrypt(request.phone_encrypted, place=caller_place(request.pk))
        found = [(Channel.SMS, phone)]
    return [one for one in found if one[1] and _can_be(*one)], contact.language if contact else "zh-hans"


def _can_be(channel: Channel, address: str) -> bool:
    with suppress(BadAddress):
        normal(channel, address)
        return True
    return False
