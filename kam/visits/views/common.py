"""What several pages of visits need."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kam.accounts.models import Account, Contact
from kam.core import access
from kam.core.rules import Right
from kam.visits.models import Visit
from kam.visits.queries.people import colleagues_of

WITH = ("account__unit", "manager", "series", "reviewed_by", "question_by")


def fetch_visit(request: HttpRequest, right: Right, **lookup: Any) -> Visit:
    """Return one visit with what its pages show."""
    visit: Visit = access.fetch(request, Visit.objects.select_related(*WITH), right, **lookup)
    return visit


def people_of(request: HttpRequest, account: Account) -> dict[str, Any]:
    """Return whom a form may name: contacts of the account, colleagues around it."""
    contacts = Contact.objects.filter(account=account, active=True)
    return {
        "contacts": access.listed(request, contacts, Right.VISITS_SEE).order_by("role", "name", "pk"),
        "colleagues": colleagues_of(account, access.staff(request)),
    }
