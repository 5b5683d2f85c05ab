"""Grading schemes: load the first ones, draft, try, propose, release by a second person (CRE-1)."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from kam.core.actions import record
from kam.core.models import User
from kam.credit.actions.moves import move_row
from kam.credit.models import CreditRuleSet
from kam.credit.rules.scheme import scheme_of
from kam.credit.rules.schemes import FIRST_SCHEMES
from kam.credit.rules.statuses import SCHEME_STEPS, SchemeStatus
from kam.lib import clock


class NotADraft(Exception):
    """What was proposed or released is not edited: copy it."""


class ChangedMeanwhile(Exception):
    """Somebody saved the scheme after the form was opened."""


class NotTried(Exception):
    """A scheme is proposed only with a trial run of exactly what is proposed."""


class SamePerson(Exception):
    """Who proposed a scheme does not release it."""


class StartsTooEarly(Exception):
    """A scheme holds from a day after the last released one began, and not before the day of its release."""


def ensure_schemes() -> None:
    """Load each first scheme whose code nobody has; rows that exist are never touched."""
    known = set(CreditRuleSet.objects.values_list("code", flat=True))
    at = clock.now()
    for first in FIRST_SCHEMES:
        if first.code in known:
            continue
        CreditRuleSet.objects.create(
            code=first.code,
            name=first.name,
            source=first.source,
            body=first.body,
            status=(SchemeStatus.RELEASED if first.in_force else SchemeStatus.DRAFT).value,
            valid_from=first.valid_from,
            created_at=at,
            released_at=at if first.in_force else None,
        )


def digest(body: dict[str, Any]) -> str:
    """Return what names a table: equal tables, equal digest."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def copy(*, of: CreditRuleSet, valid_from: date, by: User, at: datetime) -> CreditRuleSet:
    """Draft a new version from one that exists."""
    with transaction.atomic():
        list(CreditRuleSet.objects.select_for_update().filter(code=of.code))
        last = CreditRuleSet.objects.filter(code=of.code).aggregate(last=Max("version"))["last"]
        row = CreditRuleSet.objects.create(
            code=of.code,
            version=last + 1,
            name=of.name,
            source=of.source,
            body=of.body,
            valid_from=valid_from,
            created_by=by,
            created_at=at,
        )
        record(by=by, at=at, action="credit.scheme_drafted", subject=row, code=row.code, version=row.version)
    return row


def edit(
    *,
    rule_set: CreditRuleSet,
    edits: int,
    name: str,
    source: str,
    valid_from: date,
    body: dict[str, Any],
    by: User,
    at: datetime,
) -> CreditRuleSet:
    """Change a draft; its trial run no longer stands where the table changed.

    Raises `NotADraft`, `ChangedMeanwhile`, `kam.credit.rules.scheme.BadScheme`.
    """
    scheme_of(body)
    with transaction.atomic():
        row = CreditRuleSet.objects.select_for_update().get(pk=rule_set.pk)
        if row.status not in (SchemeStatus.DRAFT, SchemeStatus.REFUSED):
            raise NotADraft
        if row.edits != edits:
            raise ChangedMeanwhile
        before = {"name": row.name, "source": row.source, "valid_from": row.valid_from, "body": row.body}
        if row.status == SchemeStatus.REFUSED:
            move_row(row, to=SchemeStatus.DRAFT, table=SCHEME_STEPS, by=by, at=at)
        row.name, row.source, row.valid_from, row.body, row.edits = name, source, valid_from, body, row.edits + 1
        row.save(update_fields=["name", "source", "valid_from", "body", "edits"])
        after = {"name": name, "source": source, "valid_from": valid_from, "body": body}
        changed = [key for key in after if after[key] != before[key]]
        record(
            by=by,
            at=at,
            action="credit.scheme_edited",
            subject=row,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )
    return row


def note_trial(*, rule_set: CreditRuleSet, trial: dict[str, Any], by: User | None, at: datetime) -> None:
    """Keep what a trial run found, with what exactly was tried."""
    with transaction.atomic():
        CreditRuleSet.objects.filter(pk=rule_set.pk).update(trial=trial, trial_of=digest(rule_set.body))
        counts = {key: trial[key] for key in ("graded", "changed", "by_grade") if key in trial}
        record(by=by, at=at, action="credit.scheme_tried", subject=rule_set, **counts)


def propose(*, rule_set: CreditRuleSet, by: User, at: datetime) -> CreditRuleSet:
    """Ask a second person to release a tried draft. Raises `NotTried`, `lifecycle.IllegalMove`, `BadScheme`."""
    with transaction.atomic():
        row = CreditRuleSet.objects.select_for_update().get(pk=rule_set.pk)
        scheme_of(row.body)
        if row.trial_of != digest(row.body):
            raise NotTried
        move_row(row, to=SchemeStatus.PROPOSED, table=SCHEME_STEPS, by=by, at=at, proposed_by_id=by.pk, proposed_at=at)
        record(by=by, at=at, action="credit.scheme_proposed", subject=row, code=row.code, version=row.version)
    return row


def decide(*, rule_set: CreditRuleSet, release: bool, reason: str, by: User, at: datetime) -> CreditRuleSet:
    """Release a proposed scheme, which then holds from its day and ends the one before; or refuse it with a reason.

    Raises `SamePerson`, `StartsTooEarly`, `lifecycle.IllegalMove`.
    """
    with transaction.atomic():
        row = CreditRuleSet.objects.select_for_update().get(pk=rule_set.pk)
        if row.proposed_by_id == by.pk:
            raise SamePerson
        if not release:
            move_row(row, to=SchemeStatus.REFUSED, table=SCHEME_STEPS, by=by, at=at, reason=reason)
            record(by=by, at=at, action="credit.scheme_refused", subject=row, reason=reason)
            return row
        held = CreditRuleSet.objects.select_for_update().filter(status=SchemeStatus.RELEASED)
        last = held.order_by("-valid_from").first()
        if row.valid_from < clock.day_of(at) or (last is not None and row.valid_from <= last.valid_from):
            raise StartsTooEarly
        held.filter(Q(valid_until=None) | Q(valid_until__gt=row.valid_from)).update(valid_until=row.valid_from)
        move_row(
            row,
            to=SchemeStatus.RELEASED,
            table=SCHEME_STEPS,
            by=by,
            at=at,
            reason=reason,
            released_by_id=by.pk,
            released_at=at,
        )
        record(
            by=by,
            at=at,
            action="credit.scheme_released",
            subject=row,
            code=row.code,
            version=row.version,
            valid_from=row.valid_from,
            body=row.body,
        )
    return row
