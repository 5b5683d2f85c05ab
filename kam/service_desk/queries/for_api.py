"""What other systems may ask: key accounts by number, and the requests that they handed in themselves."""

from __future__ import annotations

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.core.models import ApiToken
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Source


def account_of(number: str, token: ApiToken) -> Account | None:
    """Return the key account with this number, where the person sees it for whom the system speaks."""
    rows = Account.objects.select_related("unit", "manager")
    if token.acts_for is not None:
        rows = rows.visible_to(token.acts_for)
    return rows.filter(account_no=number.strip()).first()


def requests_of(token: ApiToken) -> QuerySet[Request]:
    """Return the requests that came in by this token."""
    rows: QuerySet[Request] = Request.objects.filter(source=Source.API.value, source_ref=f"core.ApiToken:{token.pk}")
    return rows.select_related("account")
