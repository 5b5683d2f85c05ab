"""Measures that follow from a grade: proposed by one person, put in force by another, ended with a reason (CRE-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from kam.accounts.models import Account, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.credit.actions.moves import move_row
from kam.credit.models import Measure, Standing
from kam.credit.queries.allowed import allowed
from kam.credit.queries.histories import scheme_on
from kam.credit.queries.money import collected_since, owed
from kam.credit.rules.measures import BY_CONTRACT, STEPS, MeasureKind, MeasureStatus
from kam.lib import clock


class NotForThisGrade(Exception):
    """The scheme in force does not give this measure to the account's grade, or the account has none."""


class NeedsAgreement(Exception):
    """The measure changes the contract: name the agreement that says so."""


class OpenAlready(Exception):
    """The account has this measure, or it waits for its second person."""


class SamePerson(Exception):
    """Who proposed a measure does not put it in force."""


def propose(*, account: Account, kind: MeasureKind, reason: str, agreement: str, by: User, at: datetime) -> Measure:
    """Propose a measure. Raises `NotForThisGrade`, `NeedsAgreement`, `OpenAlready`."""
    if kind not in allowed(account, scheme_on(clock.day_of(at))):
        raise NotForThisGrade(kind.value)
    if kind in BY_CONTRACT and not agreement.strip():
        raise NeedsAgreement(kind.value)
    try:
        with transaction.atomic():
            row = Measure.objects.create(
                account=account,
                kind=kind.value,
                grade=Standing.objects.get(account=account).grade,
                reason=reason,
                agreement=agreement,
                proposed_by=by,
                proposed_at=at,
            )
            _told(row, "credit.measure_proposed", by, at, reason=reason)
    except IntegrityError as error:
        raise OpenAlready(kind.value) from error
    return row


def decide(*, measure: Measure, grant: bool, reason: str, by: User, at: datetime) -> Measure:
    """Put a measure in force, or refuse it.

    Raises `SamePerson`, `NotForThisGrade` where the grade has changed since, `lifecycle.IllegalMove`, `StaleRow`.
    """
    with transaction.atomic():
        row: Measure = Measure.objects.select_for_update(of=("self",)).select_related("account").get(pk=measure.pk)
        if row.proposed_by_id == by.pk:
            raise SamePerson
        if not grant:
            move_row(row, to=MeasureStatus.REFUSED, table=STEPS, by=by, at=at, reason=reason)
            _told(row, "credit.measure_refused", by, at, reason=reason)
            return row
        if MeasureKind(row.kind) not in allowed(row.account, scheme_on(clock.day_of(at))):
            raise NotForThisGrade(row.kind)
        move_row(
            row,
            to=MeasureStatus.IN_FORCE,
            table=STEPS,
            by=by,
            at=at,
            reason=reason,
            approved_by_id=by.pk,
            approved_at=at,
            owed_at_start=owed(row.account_id, clock.day_of(at)).amount,
        )
        _told(row, "credit.measure_in_force", by, at, reason=reason)
    return row


def end(*, measure: Measure, reason: str, by: User, at: datetime) -> Measure:
    """End a measure, with the reason. Raises `lifecycle.IllegalMove`, `StaleRow`."""
    with transaction.atomic():
        row: Measure = Measure.objects.select_for_update(of=("self",)).select_related("account").get(pk=measure.pk)
        move_row(
            row,
            to=MeasureStatus.ENDED,
            table=STEPS,
            by=by,
            at=at,
            reason=reason,
            ended_at=at,
            end_reason=reason[:300],
            collected=brought_in(row, at),
        )
        _told(row, "credit.measure_ended", by, at, reason=reason)
    return row


def brought_in(measure: Measure, at: datetime) -> Any:
    """Return what was paid of the debt that stood when the measure began."""
    if measure.approved_at is None:
        return 0
    return collected_since(measure.account_id, clock.day_of(measure.approved_at), None)


def _told(row: Measure, kind: str, by: User, at: datetime, **facts: Any) -> None:
    said = {"what": row.kind, **facts}
    record(by=by, at=at, action=kind, subject=row, account_id=row.account_id, **said)
    TimelineEntry.objects.create(
        account_id=row.account_id, at=at, by=by, kind=kind, facts=said, ref=f"credit.Measure:{row.pk}"
    )
