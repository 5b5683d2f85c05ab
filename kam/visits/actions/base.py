"""What every action on a visit does: lock it, take it a step on, leave a line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kam.accounts.actions.timeline import tell
from kam.core.actions import record
from kam.core.models import User
from kam.lib import lifecycle
from kam.visits.models import Visit, VisitMove
from kam.visits.rules.lifecycle import STEPS, Status


class NotOpen(Exception):
    """The visit has taken place, was missed or is cancelled: its time stands."""


class ChangedMeanwhile(Exception):
    """Somebody saved the visit after the form was opened."""


def locked(visit: Visit) -> Visit:
    """Return the visit as it stands now, locked until the transaction ends."""
    row: Visit = Visit.objects.select_for_update(of=("self",)).select_related("account", "manager").get(pk=visit.pk)
    return row


def step_to(
    row: Visit,
    to: Status,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Take the visit to its next status, with a line of history."""
    lifecycle.move(
        row,
        to=to,
        table=STEPS,
        by=by,
        at=at,
        history=lambda visit, before, after: VisitMove.objects.create(
            visit=visit, from_status=before, to_status=after, at=at, by=by, reason=reason, facts=facts or {}
        ),
        **changes,
    )


def tell_of(visit: Visit, kind: str, *, by: User | None, at: datetime, **facts: Any) -> None:
    """Put a change of the visit on the audit record and the account's timeline."""
    tell(account=visit.account, by=by, at=at, kind=kind, subject=visit, ref=f"visits.Visit:{visit.pk}", **facts)


def record_of(visit: Visit, action: str, *, by: User | None, at: datetime, **facts: Any) -> None:
    """Put a change that does not concern the customer on the audit record alone."""
    record(by=by, at=at, action=action, subject=visit, account_id=visit.account_id, **facts)
