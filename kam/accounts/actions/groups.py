"""Groups of companies (ACC-5)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from kam.accounts.models import AccountGroup
from kam.core.actions import record
from kam.core.models import User


class GroupNameTaken(Exception):
    """Another group has this name."""


def save_group(*, group: AccountGroup | None, name: str, note: str, by: User, at: datetime) -> AccountGroup:
    """Make a group, or change one. Raises `GroupNameTaken`."""
    row = group or AccountGroup()
    before = row.name
    row.name, row.note = name, note
    try:
        with transaction.atomic():
            row.save()
            record(
                by=by,
                at=at,
                action="group.edited" if group else "group.created",
                subject=row,
                name=name,
                before=before,
            )
    except IntegrityError as error:
        raise GroupNameTaken(name) from error
    return row
