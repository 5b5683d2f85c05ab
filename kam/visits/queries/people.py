"""Who may come along to a customer."""

from __future__ import annotations

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.core.models import User


def colleagues_of(account: Account, user: User) -> QuerySet[User]:
    """Return active staff of the account's station, its district and the company's own, without `user`."""
    chain = [int(part) for part in account.unit.path.split("/") if part]
    own = {user.unit_id} if user.unit_id else set()
    return User.objects.filter(is_active=True, unit_id__in={*chain, *own}).exclude(pk=user.pk).order_by("name", "pk")
