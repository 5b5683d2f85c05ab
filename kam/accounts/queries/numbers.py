"""Accounts by number and by id, for pages of apps that know only the one."""

from __future__ import annotations

from collections.abc import Iterable

from kam.accounts.models import Account


def id_of(number: str) -> int | None:
    """Return the id of the account with this number; None where there is none."""
    return Account.objects.filter(account_no=number).values_list("pk", flat=True).first()


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of accounts by id. One query."""
    return dict(Account.objects.filter(pk__in=list(ids)).values_list("pk", "account_no"))
