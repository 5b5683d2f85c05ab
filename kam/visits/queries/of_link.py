"""What a signed link is about."""

from __future__ import annotations

from kam.accounts.models import CustomerLink
from kam.visits.models import SymposiumGuest, Visit


def visit_of(link: CustomerLink) -> Visit | None:
    """Return the visit whose time the link asks about; None where it is gone or of another account."""
    name, _, pk = link.ref.partition(":")
    if name != "visits.Visit" or not pk.isdecimal():
        return None
    rows = Visit.objects.filter(pk=int(pk), account_id=link.account_id)
    return rows.select_related("account__unit", "manager").first()


def guest_of(link: CustomerLink) -> SymposiumGuest | None:
    """Return the guest whose invitation the link is; None where it is gone or of another account."""
    name, _, pk = link.ref.partition(":")
    if name != "visits.SymposiumGuest" or not pk.isdecimal():
        return None
    rows = SymposiumGuest.objects.filter(pk=int(pk), account_id=link.account_id)
    return rows.select_related("symposium__unit", "account").first()
