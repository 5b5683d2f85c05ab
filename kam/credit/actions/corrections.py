"""What people set beside the computed grade: noted conduct, an override by two, a customer's objection (CRE-1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from kam.accounts.actions import links
from kam.accounts.models import Account, CustomerLink, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.credit.actions.grading import regrade
from kam.credit.actions.standing import refresh_standing
from kam.credit.models import ConductFact, CreditGrade, GradeContest, GradeOverride, GradingRun
from kam.credit.queries.histories import scheme_on
from kam.credit.rules.scheme import scheme_of
from kam.lib import clock

OVERRIDE_DAYS = 366


class UnknownGrade(Exception):
    """The scheme in force has no such grade."""


class AskedAlready(Exception):
    """One proposal or objection waits already."""


class SamePerson(Exception):
    """Who proposed it does not approve it."""


class Decided(Exception):
    """It was decided before."""


class BadPeriod(Exception):
    """An override begins today or later and ends within a year."""


class AlreadyMended(Exception):
    """It was put right, or taken back, before."""


def note_fact(
    *,
    account: Account,
    kind: str,
    day: date,
    weight: int,
    source: str,
    note: str,
    by: User | None,
    at: datetime,
) -> ConductFact:
    """Note conduct that no bill tells of, and grade the account anew."""
    with transaction.atomic():
        row = ConductFact.objects.create(
            account=account, kind=kind, day=day, weight=weight, source=source, note=note, noted_by=by, noted_at=at
        )
        facts = {"what": kind, "day": day.isoformat(), "source": source}
        _told(account, "credit.fact_noted", row, facts, by=by, at=at)
        _regrade(account, at)
    return row


def mend_fact(*, fact: ConductFact, day: date, by: User, at: datetime) -> ConductFact:
    """Note that it was put right on a day. Raises `AlreadyMended`."""
    with transaction.atomic():
        row: ConductFact = ConductFact.objects.select_for_update(of=("self",)).select_related("account").get(pk=fact.pk)
        if row.mended_on or row.taken_back_at:
            raise AlreadyMended
        row.mended_on = max(day, row.day)
        row.save(update_fields=["mended_on"])
        _told(row.account, "credit.fact_mended", row, {"what": row.kind, "day": str(row.mended_on)}, by=by, at=at)
        _regrade(row.account, at)
    return row


def take_back_fact(*, fact: ConductFact, reason: str, by: User, at: datetime) -> ConductFact:
    """Stop counting what was noted by mistake; it stays on record. Raises `AlreadyMended`."""
    with transaction.atomic():
        row: ConductFact = ConductFact.objects.select_for_update(of=("self",)).select_related("account").get(pk=fact.pk)
        if row.taken_back_at:
            raise AlreadyMended
        row.taken_back_at = at
        row.save(update_fields=["taken_back_at"])
        _told(row.account, "credit.fact_taken_back", row, {"what": row.kind, "reason": reason}, by=by, at=at)
        _regrade(row.account, at)
    return row


# ---- another grade, for a time, by two ---------------------------------------------------------------------------


def propose_override(
    *, account: Account, grade: str, reason: str, valid_from: date, valid_until: date, by: User, at: datetime
) -> GradeOverride:
    """Ask for another grade in `[valid_from, valid_until)`. Raises `UnknownGrade`, `BadPeriod`, `AskedAlready`."""
    day = clock.day_of(at)
    if grade not in scheme_of(scheme_on(day).body).grades:
        raise UnknownGrade(grade)
    if not day <= valid_from < valid_until or (valid_until - valid_from).days > OVERRIDE_DAYS:
        raise BadPeriod
    try:
        with transaction.atomic():
            row = GradeOverride.objects.create(
                account=account,
                grade=grade,
                reason=reason,
                valid_from=valid_from,
                valid_until=valid_until,
                proposed_by=by,
                proposed_at=at,
            )
            _told(account, "credit.override_proposed", row, _period(row), by=by, at=at)
    except IntegrityError as error:
        raise AskedAlready from error
    return row


def decide_override(*, override: GradeOverride, grant: bool, by: User, at: datetime) -> GradeOverride:
    """Approve or refuse another grade. Raises `SamePerson`, `Decided`."""
    with transaction.atomic():
        row: GradeOverride = (
            GradeOverride.objects.select_for_update(of=("self",)).select_related("account").get(pk=override.pk)
        )
        if row.proposed_by_id == by.pk:
            raise SamePerson
        if row.approved_by_id is not None or row.refused:
            raise Decided
        row.refused, row.approved_by, row.approved_at = not grant, by, at
        row.save(update_fields=["refused", "approved_by", "approved_at"])
        kind = f"credit.override_{'approved' if grant else 'refused'}"
        _told(row.account, kind, row, _period(row), by=by, at=at)
        refresh_standing([row.account_id], day=clock.day_of(at))
    return row


def _period(row: GradeOverride) -> dict[str, Any]:
    return {
        "to": row.grade,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat(),
        "reason": row.reason,
    }


# ---- the customer contests ---------------------------------------------------------------------------------------


def contest(*, grade: CreditGrade, said_by: str, text: str, at: datetime) -> GradeContest:
    """Take the customer's objection to a grade. Raises `AskedAlready` while one waits for its answer."""
    try:
        with transaction.atomic():
            row = GradeContest.objects.create(
                account_id=grade.account_id, grade=grade, said_by=said_by, text=text, at=at
            )
            _told(grade.account, "credit.contested", row, {"to": grade.grade, "said_by": said_by}, by=None, at=at)
    except IntegrityError as error:
        raise AskedAlready from error
    return row


def contest_by_link(*, link: CustomerLink, grade: CreditGrade, said_by: str, text: str, at: datetime) -> GradeContest:
    """Take an objection that came by a signed link. Raises `AskedAlready`."""
    with transaction.atomic():
        links.note_use(link=link, at=at)
        return contest(grade=grade, said_by=said_by, text=text, at=at)


def answer_contest(*, contest: GradeContest, outcome: str, answer: str, by: User, at: datetime) -> GradeContest:
    """Decide an objection, with the answer the customer reads; a correction goes on as a fact or an override.

    Raises `Decided`.
    """
    with transaction.atomic():
        row: GradeContest = (
            GradeContest.objects.select_for_update(of=("self",)).select_related("account").get(pk=contest.pk)
        )
        if row.outcome:
            raise Decided
        row.outcome, row.answer, row.decided_by, row.decided_at = outcome, answer, by, at
        row.save(update_fields=["outcome", "answer", "decided_by", "decided_at"])
        _told(row.account, "credit.contest_answered", row, {"outcome": outcome, "answer": answer}, by=by, at=at)
    return row


def _regrade(account: Account, at: datetime) -> None:
    regrade(as_of=clock.day_of(at), by=None, at=at, account_ids=[account.pk], cause=GradingRun.Cause.EVENT)


def _told(
    account: Account, kind: str, row: models.Model, facts: dict[str, Any], *, by: User | None, at: datetime
) -> None:
    record(by=by, at=at, action=kind, subject=row, account_id=account.pk, **facts)
    ref = f"{row._meta.label}:{row.pk}"
    TimelineEntry.objects.create(account=account, at=at, by=by, kind=kind, facts=facts, ref=ref)
