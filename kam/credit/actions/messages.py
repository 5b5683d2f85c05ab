"""Tell a customer about its supply or its grade, in each contact's language; proven by telephone at the last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import formats, translation

from kam.accounts.actions import links
from kam.accounts.actions.reaching import people_to_tell
from kam.accounts.models import Account, Contact
from kam.core.models import User
from kam.lib import clock
from kam.notifications import actions as notifications
from kam.notifications.models import Message
from kam.notifications.queries.wording import text_for
from kam.notifications.rules.addresses import normal
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import FORM_OF, Form

NOTICE, CALL, LETTER, STOPPED, RECONNECTED, GRADE = (
    "credit.cut_notice",
    "credit.cut_call",
    "credit.cut_letter",
    "credit.cut_stopped",
    "credit.reconnected",
    "credit.grade_told",
)
USUAL = "zh-hans"
LINK_DAYS = 60


def tell(
    *,
    kind: str,
    account: Account,
    key: str,
    facts: Mapping[str, Any],
    deadline: datetime | None,
    owner_ref: str,
    must_prove: bool,
    by: User | None,
    at: datetime,
    purpose: str = "",
    only_call: bool = False,
    priority: int = 5,
) -> Message:
    """Owe one message, in the transaction of what owes it; the same key gives the same message.

    `only_call`: it goes to the call list at once, no other way is tried.
    `purpose`: of the signed link that stands at {link}, about `owner_ref`; one for each language.
    """
    people = people_to_tell([account.pk]).get(account.pk, [])
    places: dict[str, str] = {}

    def link_in(language: str) -> str:
        if purpose and language not in places:
            contact = next((one.contact for one in people if one.language == language), None)
            places[language] = links.placeholder(
                links.issue(
                    account=account,
                    purpose=purpose,
                    ref=owner_ref,
                    expires_at=at + timedelta(days=LINK_DAYS),
                    language=language,
                    contact=contact,
                    by=by,
                    at=at,
                )
            )
        return places.get(language, "")

    def said(language: str, form: Form) -> tuple[str, str]:
        usual = {"company": settings.COMPANY_NAME, "phone": settings.COMPANY_PHONE, "customer": account.name}
        own = {name: in_words(value, language) for name, value in facts.items()}
        found = text_for(
            key=kind,
            language=language,
            form=form,
            day=clock.day_of(at),
            facts=usual | own | {"link": link_in(language)},
        )
        return found.subject, found.text

    first = people[0].language if people else USUAL
    ways = []
    for one in people if not only_call else ():
        known = [(Channel.SMS, one.phone), (Channel.MAIL, one.mail)]
        if one.contact.channel == Contact.Channel.MAIL:
            known.reverse()
        for channel, address in known:
            if address and _can_be(channel, address):
                ways.append(notifications.Address(channel, address, said(one.language, FORM_OF[channel])[1]))
    if must_prove or not ways:
        phone = next((one.phone for one in people if one.phone and _can_be(Channel.CALL, one.phone)), "")
        ways.append(notifications.Address(Channel.CALL, phone, said(first, Form.SPOKEN)[1]))
    return notifications.owe(
        key=key,
        kind=kind,
        to=ways,
        language=first,
        subject=said(first, Form.LONG)[0],
        text=said(first, Form.SHORT)[1],
        deadline=deadline,
        priority=priority,
        must_prove=must_prove,
        owner_ref=owner_ref,
        account_id=account.pk,
        unit_id=account.unit_id,
        manager_id=account.manager_id,
        by=by,
        at=at,
    )


def in_words(value: Any, language: str) -> str:
    """Write a sum with two decimals, an instant or a day the language's way."""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        local = value.astimezone(clock.zone())
        return f"{in_words(local.date(), language)} {local:%H:%M}".replace("日 ", "日")
    if isinstance(value, date):
        if language.startswith("zh"):
            return f"{value.month}月{value.day}日"
        with translation.override("en"):
            return f"{value.day} {formats.date_format(value, 'M')}"
    return str(value)


def _can_be(channel: Channel, address: str) -> bool:
    try:
        normal(channel, address)
    except notifications.BadAddress:
        return False
    return True
