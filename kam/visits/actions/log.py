"""Write down what came of a visit, once however often the phone sends it; and correct it until it is reviewed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from kam.accounts.models import Account, Contact
from kam.core.models import User
from kam.lib import clock
from kam.visits.actions.base import ChangedMeanwhile, NotOpen, locked, record_of, step_to, tell_of
from kam.visits.actions.credits import recount
from kam.visits.actions.planning import take_part
from kam.visits.models import Visit, VisitMove, VisitTopic
from kam.visits.rules.lifecycle import LOGGABLE, Status

USUAL_LENGTH = timedelta(hours=1)


class LoggedAlready(Exception):
    """The visit was written down by another entry; it is corrected, not written over."""


class NotYet(Exception):
    """A visit is written down once it has taken place."""


@dataclass(frozen=True)
class Entry:
    """What the log form holds. `uid` is made by whoever writes it; `day`: when it took place."""

    uid: uuid.UUID
    day: date
    purpose: str
    colleagues: Sequence[User] = ()
    contacts: Sequence[Contact] = ()
    others: Sequence[str] = ()
    topics: Mapping[str, str] = field(default_factory=dict)
    satisfaction: int | None = None
    next_step: str = ""
    next_step_day: date | None = None
    arrived_at: datetime | None = None


def log(*, visit: Visit, entry: Entry, by: User, at: datetime) -> Visit:
    """Write down a planned visit. The same entry again changes nothing.

    Raises `LoggedAlready`, `NotYet`, `NotOpen`.
    """
    with transaction.atomic():
        row = locked(visit)
        if row.log_uid == entry.uid:
            return row
        if row.log_uid is not None:
            raise LoggedAlready
        if row.status not in LOGGABLE:
            raise NotOpen
        if entry.day > clock.day_of(at):
            raise NotYet
        planned = row.day
        step_to(
            row, Status.DONE, by=by, at=at, **_fields(entry), log_uid=entry.uid, logged_at=at, version=row.version + 1
        )
        _write(row, entry)
        recount({(row.account_id, row.day)})
        tell_of(
            row,
            "visit.logged",
            by=by,
            at=at,
            day=row.day.isoformat(),
            purpose=row.purpose,
            satisfaction=row.satisfaction,
            planned=planned.isoformat() if planned != row.day else "",
        )
    return row


def log_unplanned(*, account: Account, manager: User, entry: Entry, by: User, at: datetime) -> Visit:
    """Write down a visit that nobody had planned. The same entry again gives the same visit. Raises `NotYet`."""
    with transaction.atomic():
        known: Visit | None = Visit.objects.filter(uid=entry.uid).first()
        if known is not None:
            return known
        if entry.day > clock.day_of(at):
            raise NotYet
        begin = entry.arrived_at or datetime.combine(entry.day, datetime.min.time().replace(hour=9), clock.zone())
        visit: Visit = Visit.objects.create(
            uid=entry.uid,
            account=account,
            manager=manager,
            starts_at=begin,
            ends_at=begin + USUAL_LENGTH,
            created_by=by,
            created_at=at,
            day=entry.day,
            purpose=entry.purpose,
        )
        VisitMove.objects.create(visit=visit, to_status=visit.status, at=at, by=by)
        return log(visit=visit, entry=entry, by=by, at=at)


def correct(*, visit: Visit, version: int, entry: Entry, by: User, at: datetime) -> Visit:
    """Put right what was written down, until it is reviewed; what counts where is derived anew.

    Raises `ChangedMeanwhile`, `NotOpen`, `NotYet`.
    """
    with transaction.atomic():
        row = locked(visit)
        if row.status != Status.DONE:
            raise NotOpen
        if row.version != version:
            raise ChangedMeanwhile
        if entry.day > clock.day_of(at):
            raise NotYet
        before = {"day": row.day.isoformat(), "purpose": row.purpose, "satisfaction": row.satisfaction}
        was = (row.account_id, row.day)
        changes = {**_fields(entry), "version": row.version + 1}
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))
        _write(row, entry)
        recount({was, (row.account_id, row.day)})
        after = {"day": row.day.isoformat(), "purpose": row.purpose, "satisfaction": row.satisfaction}
        VisitMove.objects.create(
            visit=row,
            from_status=row.status,
            to_status=row.status,
            at=at,
            by=by,
            facts={"corrected": {name: [before[name], after[name]] for name in after if before[name] != after[name]}},
        )
        record_of(row, "visit.corrected", by=by, at=at, before=before, after=after)
    return row


def _fields(entry: Entry) -> dict[str, Any]:
    return {
        "day": entry.day,
        "purpose": entry.purpose,
        "satisfaction": entry.satisfaction,
        "next_step": entry.next_step,
        "next_step_day": entry.next_step_day,
    }


def _write(visit: Visit, entry: Entry) -> None:
    take_part(visit, colleagues=entry.colleagues, contacts=entry.contacts, others=entry.others)
    VisitTopic.objects.filter(visit=visit).delete()
    VisitTopic.objects.bulk_create(
        VisitTopic(visit=visit, topic=topic, text=text) for topic, text in entry.topics.items() if text.strip()
    )
