"""Whom to tell at a customer, in which order, with plain addresses: for messages that are owed and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kam.accounts.actions.contacts import mail_place, phone_place
from kam.accounts.models import Contact
from kam.lib import encryption

# Who runs the customer's supply is told first; whoever keeps the books is told where there is nobody else.
ORDER = (
    Contact.Role.ELECTRICAL,
    Contact.Role.DUTY,
    Contact.Role.DECISION,
    Contact.Role.OTHER,
    Contact.Role.FINANCE,
)
MOST = 4


@dataclass(frozen=True)
class Reachable:
    """One person at a customer. `phone` and `mail` are plain, empty where unknown; they go into messages alone."""

    contact: Contact
    phone: str
    mail: str

    @property
    def language(self) -> str:
        return self.contact.language

    def __repr__(self) -> str:
        return f"Reachable({self.contact.pk})"


def people_to_tell(account_ids: Iterable[int]) -> dict[int, list[Reachable]]:
    """Return up to four active contacts of each account in the order in which to tell them. One query.

    A contact whose key is gone, or who has neither phone nor mail, is left out; an account may have none.
    """
    rows = Contact.objects.filter(account_id__in=list(account_ids), active=True).order_by("account_id", "pk")
    found: dict[int, list[Reachable]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: ORDER.index(Contact.Role(one.role))):
        one = Reachable(
            row,
            _plain(row.phone_encrypted, phone_place(row.pk)),
            _plain(row.mail_encrypted, mail_place(row.pk)),
        )
        if (one.phone or one.mail) and len(found[row.account_id]) < MOST:
            found[row.account_id].append(one)
    return dict(found)


def _plain(text: str, place: str) -> str:
    try:
        return encryption.decrypt(text, place=place)
    except encryption.Undecipherable:
        return ""
