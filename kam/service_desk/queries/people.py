"""Who may work on a request: colleagues who see its account."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kam.accounts.models import Account
from kam.core.models import Absence, User
from kam.core.rules import REACH, RIGHTS, Reach, Right
from kam.lib import clock


def people_for(account: Account) -> QuerySet[User]:
    """Return the active staff who see the account and may work on requests, by name."""
    above = [int(part) for part in account.unit.path.split("/") if part]
    wide = [
        role.value for role, rights in RIGHTS.items() if Right.REQUESTS_WORK in rights and REACH[role] == Reach.UNIT
    ]
    deputies = Absence.objects.on(clock.today()).filter(user=account.manager).values("deputy_id")
    mine = Q(pk=account.manager_id) | Q(pk__in=deputies)
    found = Q(unit_id__in=above, groups__name__in=wide) | mine
    return User.objects.filter(found, is_active=True).distinct().order_by("name", "pk")
