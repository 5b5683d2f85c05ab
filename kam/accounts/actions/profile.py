"""Make an account, change what is written about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction

from kam.accounts.actions.search_index import reindex
from kam.accounts.actions.team import assign
from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, Assignment
from kam.core.models import User
from kam.lib import clock

FIELDS = (
    "name", "uscc", "uscc_kept", "other_id", "industry", "kind", "address", "latitude", "longitude",
    "unit", "voltage_kv", "contract_kva", "contract_until", "importance", "continuous",
    "status", "group", "is_group_parent", "service_group", "note",
)  # fmt: skip
SEARCHED = {"name", "uscc", "other_id", "unit"}


class AccountNumberTaken(Exception):
    """Another account has this number."""


class ChangedMeanwhile(Exception):
    """Somebody saved the account after the form was opened; `now` is the row as it stands."""

    def __init__(self, now: Account) -> None:
        super().__init__(now.account_no)
        self.now = now


def create(
    *,
    account_no: str,
    fields: Mapping[str, Any],
    manager: User | None,
    representative: User | None = None,
    by: User,
    at: datetime,
) -> Account:
    """Make an account with its team from today on. Raises `AccountNumberTaken`."""
    try:
        with transaction.atomic():
            account = Account.objects.create(account_no=account_no, created_at=at, updated_at=at, **fields)
            tell(account=account, by=by, at=at, kind="account.created")
            day = clock.day_of(at)
            for part, user in ((Assignment.Part.MANAGER, manager), (Assignment.Part.REPRESENTATIVE, representative)):
                if user is not None:
                    assign(account=account, part=part, user=user, held_from=day, by=by, at=at)
            reindex([account.pk])
    except IntegrityError as error:
        if Account.objects.filter(account_no=account_no).exists():
            raise AccountNumberTaken(account_no) from error
        raise
    return account


def edit(*, account_id: int, version: int, fields: Mapping[str, Any], by: User, at: datetime) -> Account:
    """Write `fields` where the row is still of `version`. Raises `ChangedMeanwhile`. Unchanged writes nothing."""
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account_id)
        if account.version != version:
            raise ChangedMeanwhile(account)
        before = {name: plain(getattr(account, name)) for name in fields}
        changed = sorted(name for name in fields if plain(fields[name]) != before[name])
        if not changed:
            return account
        for name in changed:
            setattr(account, name, fields[name])
        account.version += 1
        account.updated_at = at
        account.save(update_fields=[*changed, "version", "updated_at"])
        tell(
            account=account,
            by=by,
            at=at,
            kind="account.edited",
            changes={name: [before[name], plain(fields[name])] for name in changed if name != "note"},
            fields=changed,
        )
        if SEARCHED & set(changed):
            reindex([account.pk])
    return account


def plain(value: Any) -> Any:
    """Return a field's value as JSON can carry it: ids for rows, text for decimals, without needless zeros."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value
