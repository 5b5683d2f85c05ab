"""Write what rounds owe, a portion at a time; the relay asks for it twice a second, a sweep once a minute.

A portion is one transaction: messages, notices and the count are all there or none is. Who is still owed is asked of
the rows each time, under the lock of the call or the outlook, so a process that is killed loses nothing, the next one
goes on where it stopped, and two at once write nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction

from kam.outage_planning.actions import load_control, outlooks, planning, rounds
from kam.outage_planning.models import Outage, Outlook, OutlookReader, Round
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.lifecycle import Status

log = logging.getLogger(__name__)
STILL = timedelta(seconds=30)  # after so long without a portion, the sweep writes what the relay does not
LIVE = (Status.ANNOUNCED, Status.UNDER_WAY)


def write_due(at: datetime) -> int:
    """Write one portion of the round that has waited longest; returns how many accounts have a message now."""
    for pk in Round.objects.owed().order_by("at", "pk").values_list("pk", flat=True)[:10]:
        if written := write(pk, at=at):
            return written
    return 0


def catch_up(*, at: datetime) -> int:
    """Write to their end the rounds that have stood still. Returns how many accounts got a message."""
    total = 0
    for pk in Round.objects.owed().filter(moved_at__lte=at - STILL).order_by("at", "pk").values_list("pk", flat=True):
        while written := write(pk, at=at):
            total += written
    return total


def write(pk: int, *, at: datetime) -> int:
    """Write the next portion of a round; how many accounts. One that cannot be told does not hold up the others."""
    try:
        with transaction.atomic():
            return _portion(pk, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # one of them is at fault; each by itself then
        log.exception("round %s: a portion could not be written", pk)
    return _one_by_one(pk, at)


def _portion(pk: int, at: datetime) -> int:
    held = _hold(pk)
    if held is None:
        return 0
    row, ids = held
    portion = ids[: rounds.PORTION]
    _tell(row, portion, at)
    rounds.count(row, written=len(portion), left=len(ids) - len(portion), at=at)
    return len(portion)


def _one_by_one(pk: int, at: datetime) -> int:
    done = 0
    for _ in range(rounds.PORTION):
        with transaction.atomic():
            held = _hold(pk)
            if held is None:
                break
            row, ids = held
            refused: list[dict[str, object]] = []
            try:
                with transaction.atomic():
                    _tell(row, ids[:1], at)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:  # shown on the page, told to planners by the sweep
                log.exception("round %s: account %s could not be told", pk, ids[0])
                refused = [{"account": ids[0], "problem": type(error).__name__}]
            rounds.count(row, written=1 - len(refused), left=len(ids) - 1, at=at, refused=refused)
            done += 1
    return done


def _hold(pk: int) -> tuple[Round, list[int]] | None:
    """Return the round and the accounts it still owes, its call or outlook locked; None where it is another's turn."""
    row = Round.objects.filter(pk=pk).first()
    if row is None:
        return None
    if row.outage_id is not None:
        outages = Outage.objects.select_for_update(of=("self",), skip_locked=True)
        row.outage = outages.filter(pk=row.outage_id).first()
    else:
        outlook_rows = Outlook.objects.select_for_update(of=("self",), skip_locked=True)
        row.outlook = outlook_rows.filter(pk=row.outlook_id).first()
    if row.outage is None and row.outlook is None:
        return None  # another process holds it
    # What the lock waited for may have changed the round.
    fresh: Round | None = Round.objects.owed().filter(pk=pk).first()
    if fresh is None:
        return None
    fresh.outage, fresh.outlook = row.outage, row.outlook
    if fresh.outage is not None and (fresh.outage.version != fresh.version or fresh.outage.status not in LIVE):
        rounds.stop(outage=fresh.outage, at=fresh.moved_at)
        return None
    refused = {one["account"] for one in fresh.refused}
    ids = [one for one in _owed(fresh) if one not in refused]
    if not ids:
        rounds.count(fresh, written=0, left=0, at=fresh.moved_at)
        return None
    return fresh, ids


def _owed(row: Round) -> list[int]:
    if row.outage is not None:
        return telling.untold(row.outage)
    readers = OutlookReader.objects.filter(outlook=row.outlook, message_key="").order_by("account_id")
    return list(readers.values_list("account_id", flat=True))


def _tell(row: Round, ids: Sequence[int], at: datetime) -> None:
    if row.outage is not None and row.outage.kind in planning.ANNOUNCED_HERE:
        planning.announce_to(outage=row.outage, accounts=ids, by=row.by, at=at)
    elif row.outage is not None:
        load_control.tell(outage=row.outage, accounts=ids, by=row.by, at=at)
    elif row.outlook is not None:
        outlooks.write(outlook=row.outlook, accounts=ids, by=row.by, at=at)
