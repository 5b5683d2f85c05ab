"""Messages to customers about one outage: in each contact's language, over each of its ways, with its own link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kam.accounts.actions import links
from kam.accounts.actions.reaching import Reachable
from kam.accounts.models import Account, Contact, CustomerLink
from kam.core.models import User
from kam.lib import clock
from kam.notifications import actions as messages
from kam.notifications import queries as texts
from kam.notifications.models import Message, MessageTemplate
from kam.notifications.rules.addresses import normal
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import FORM_OF, Form
from kam.outage_planning.models import Outage
from kam.outage_planning.queries import telling as queries
from kam.outage_planning.rules.words import moment_words

USUAL = "zh-hans"
_HERE = "⟦link⟧"
# What stands in a place of a text: words, an instant, or words that depend on the reader's language.
Fact = str | datetime | Callable[[str], str]
Facts = Mapping[str, Fact]


class Teller:
    """Owes messages of one text about one outage to several accounts; what they have in common is asked once.

    Without an outage (the supply outlook) `facts` fill every place, and `owner_ref` says whose messages they are.
    """

    def __init__(self, outage: Outage | None, text: str, facts: Facts, *, at: datetime, owner_ref: str = "") -> None:
        self.outage, self.text, self.facts, self.at = outage, text, facts, at
        self.owner_ref = f"outage_planning.Outage:{outage.pk}" if outage is not None else owner_ref
        self._usual: dict[str, dict[str, str]] = {}
        self._templates: dict[tuple[str, Form], MessageTemplate] = {}

    def owe(
        self,
        account: Account,
        people: Sequence[Reachable],
        *,
        key: str,
        ref: str,
        facts: Facts,
        deadline: datetime | None,
        priority: int,
        by: User | None,
        purpose: str = "",
        until: datetime | None = None,
        must_prove: bool = True,
        only_call: bool = False,
    ) -> Message:
        """Write one message with its ways, in the transaction of what owes it.

        Each person is told by its preferred way first and in its language; a telephone call to the first number is
        the last way. `purpose`, `until`: of the signed link that stands at {link}; one for each language.
        """
        places: dict[str, str] = {}

        def link_in(language: str) -> str:
            """Return what stands at {link}; the link is made with the first text that has the place."""
            if language not in places:
                places[language] = ""
                if purpose and until is not None:
                    contact = next((one.contact for one in people if one.language == language), None)
                    link = self._link(account, contact, language, purpose, ref, until, by)
                    places[language] = links.placeholder(link)
            return places[language]

        def said(language: str, form: Form) -> texts.Wording:
            template = self._template(language, form)
            found = texts.filled_in(template, self._facts(account, language, facts) | {"link": _HERE})
            if _HERE not in found.text:
                return found
            return replace(found, text=found.text.replace(_HERE, link_in(language)))

        first = people[0].language if people else USUAL
        ways = [] if only_call else _ways(people, said)
        phone = next((one.phone for one in people if one.phone and _can_be(Channel.CALL, one.phone)), "")
        ways.append(messages.Address(Channel.CALL, phone, said(first, Form.SPOKEN).text))
        return messages.owe(
            key=key,
            kind=self.text,
            to=ways,
            language=first,
            subject=said(first, Form.LONG).subject,
            text=said(first, Form.SPOKEN if only_call else Form.SHORT).text,
            deadline=deadline,
            priority=priority,
            owner_ref=self.owner_ref,
            account_id=account.pk,
            unit_id=account.unit_id,
            manager_id=account.manager_id,
            must_prove=must_prove,
            by=by,
            at=self.at,
        )

    def _link(
        self,
        account: Account,
        contact: Contact | None,
        language: str,
        purpose: str,
        ref: str,
        until: datetime,
        by: User | None,
    ) -> CustomerLink:
        return links.issue(
            account=account,
            purpose=purpose,
            ref=ref,
            expires_at=until,
            language=language,
            contact=contact,
            by=by,
            at=self.at,
        )

    def _template(self, language: str, form: Form) -> MessageTemplate:
        if (language, form) not in self._templates:
            self._templates[language, form] = texts.template_for(
                key=self.text, language=language, form=form, day=clock.day_of(self.at)
            )
        return self._templates[language, form]

    def _facts(self, account: Account, language: str, own: Facts) -> dict[str, str]:
        if language not in self._usual:
            about = queries.facts_for(self.outage, language) if self.outage is not None else {}
            self._usual[language] = about | _in_words(self.facts, language)
        return self._usual[language] | {"customer": account.name} | _in_words(own, language)


def effect_fact(found: tuple[int, float | None] | None) -> Fact:
    """Return what happens to an account, to be put into words of the reader's language."""
    if found is None:
        return ""
    effect, minutes = found
    return lambda language: queries.effect_words(effect, minutes, language)


def _in_words(facts: Facts, language: str) -> dict[str, str]:
    found = {}
    for name, fact in facts.items():
        if isinstance(fact, datetime):
            found[name] = moment_words(fact, clock.zone(), language)
        else:
            found[name] = fact if isinstance(fact, str) else fact(language)
    return found


def _ways(people: Sequence[Reachable], said: Callable[[str, Form], texts.Wording]) -> list[messages.Address]:
    ways: list[messages.Address] = []
    for one in people:
        known = [(Channel.SMS, one.phone), (Channel.MAIL, one.mail)]
        if one.contact.channel == Contact.Channel.MAIL:
            known.reverse()
        ways += [
            messages.Address(channel, address, said(one.language, FORM_OF[channel]).text)
            for channel, address in known
            if address and _can_be(channel, address)
        ]
    return ways


def _can_be(channel: Channel, address: str) -> bool:
    try:
        normal(channel, address)
    except messages.BadAddress:
        return False
    return True
