"""Decide that many are told, count who has a message, stop it, take it up again; `portions` does the writing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from kam.core.actions import record
from kam.core.models import User
from kam.outage_planning.models import Outage, Outlook, Round
from kam.outage_planning.queries.telling import untold

log = logging.getLogger(__name__)
PORTION = 50  # messages in one transaction: well under a second, so that nobody waits for the writer


def begin(
    *, outage: Outage | None = None, outlook: Outlook | None = None, total: int, by: User | None, at: datetime
) -> tuple[Round, bool]:
    """Owe messages to `total` accounts, in the transaction that decides it; the same plan gives the same round.

    Returns the round and whether it is new.
    """
    about = {"outage": outage, "version": outage.version} if outage is not None else {"outlook": outlook}
    return Round.objects.get_or_create(**about, defaults={"total": total, "by": by, "at": at, "moved_at": at})


def tell_many(*, outage: Outage, write: Callable[[Sequence[int]], None], by: User | None, at: datetime) -> None:
    """Owe a message to every affected account that has none of the plan as it stands, and write the first portion.

    The caller holds the lock of the outage. A plan that has its round already is left to it.
    """
    ids = untold(outage)
    row, is_new = begin(outage=outage, total=len(ids), by=by, at=at)
    if is_new:
        first_portion(row, ids, write=write, at=at)


def first_portion(row: Round, ids: Sequence[int], *, write: Callable[[Sequence[int]], None], at: datetime) -> None:
    """Write the first messages with the decision; what cannot be written there is left to `portions`, not lost."""
    portion = ids[:PORTION]
    try:
        with transaction.atomic():
            write(portion)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # one account is at fault: the decision stands, and each is tried by itself
        log.exception("round %s: the first portion could not be written", row.pk)
        return
    count(row, written=len(portion), left=len(ids) - len(portion), at=at)


def owes(outage: Outage) -> bool:
    """Tell whether messages about the outage as it stands are still to be written."""
    return bool(Round.objects.owed().filter(outage=outage, version=outage.version).exists())


def count(row: Round, *, written: int, left: int, at: datetime, refused: Sequence[dict[str, object]] = ()) -> None:
    """Note that a portion is written and how many are left to be; the caller holds the lock of what it is about."""
    row.written += written
    row.moved_at = at
    row.refused = [*row.refused, *refused]
    if not left:
        row.status = Round.Status.FAILED if row.refused else Round.Status.DONE
        row.ended_at = at
    row.save(update_fields=["written", "moved_at", "refused", "status", "ended_at"])


def stop(*, outage: Outage, at: datetime) -> None:
    """End what is still owed about an outage that will not be, in the transaction that ends it."""
    rows = Round.objects.filter(outage=outage, status__in=[Round.Status.OPEN, Round.Status.FAILED])
    rows.update(status=Round.Status.STOPPED, ended_at=at)


def again(*, row: Round, by: User, at: datetime) -> bool:
    """Have those tried again that could not be written; False where there are none."""
    with transaction.atomic():
        failed = Round.objects.filter(pk=row.pk, status=Round.Status.FAILED)
        if not failed.update(status=Round.Status.OPEN, refused=[], moved_at=at, ended_at=None):
            return False
        subject = row.outage if row.outage is not None else f"outlook {row.outlook_id}"
        record(by=by, at=at, action="outage.told_again", subject=subject, left=row.left)
    return True
