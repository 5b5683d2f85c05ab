"""Grade accounts: all of a unit, or those to which something happened; confirm a fall, or set it aside (CRE-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from kam.accounts.models import Account, TimelineEntry
from kam.core import queries as core
from kam.core.actions import record
from kam.core.models import Unit, User
from kam.credit.actions.moves import move_row
from kam.credit.actions.standing import refresh_standing
from kam.credit.models import CreditGrade, CreditRuleSet, GradingRun
from kam.credit.queries.histories import earlier_grades, histories, scheme_on
from kam.credit.rules.scheme import Graded, Scheme, grade, scheme_of
from kam.credit.rules.statuses import GRADE_STEPS, GradeStatus
from kam.lib import clock

AT_ONCE = 2_000
MOVERS = 200  # of a trial run that are kept by name; all are counted


@dataclass
class Outcome:
    """What a grading found. `changed`: another grade than the one in force before. `falls` wait for a person."""

    rule_set: CreditRuleSet
    graded: int = 0
    changed: int = 0
    by_grade: Counter[str] = field(default_factory=Counter)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    movers: list[tuple[int, str, str]] = field(default_factory=list)
    falls: int = 0

    def told(self) -> dict[str, Any]:
        """Return the contract's figures; all grades of the scheme, best first."""
        grades = scheme_of(self.rule_set.body).grades
        return {
            "graded": self.graded,
            "changed": self.changed,
            "by_grade": {one: self.by_grade.get(one, 0) for one in grades},
            "rule_set": str_of(self.rule_set),
        }


def str_of(rule_set: CreditRuleSet) -> str:
    """Return how a version of a scheme is named: KAM-1."""
    return f"{rule_set.code}-{rule_set.version}"


def regrade(
    *,
    as_of: date,
    by: User | None,
    at: datetime,
    unit: Unit | None = None,
    account_ids: Collection[int] | None = None,
    cause: str = GradingRun.Cause.ORDER,
    dry_run: bool = False,
    rule_set: CreditRuleSet | None = None,
) -> Outcome:
    """Grade every account that has not left, of `unit` with all below, at the end of `as_of`.

    In transactions of 2,000 accounts each; run again, it finds the same and writes nothing. `dry_run` writes nothing,
    `rule_set` then may be one that does not hold yet. Raises `NoScheme`.
    """
    held = rule_set or scheme_on(as_of)
    scheme = scheme_of(held.body)
    outcome = Outcome(held)
    confirm = bool(core.rule("credit.confirm_falls", as_of))
    run = None
    if not dry_run:
        run = GradingRun.objects.create(as_of=as_of, unit=unit, rule_set=held, cause=cause, by=by, at=at)
    for ids in _accounts(unit, account_ids):
        earlier = earlier_grades(ids, as_of, scheme)
        found = {
            pk: grade(history, as_of, scheme, earlier.get(pk, ()))
            for pk, history in histories(ids, as_of, scheme).items()
        }
        before = {pk: rows[-1][1] for pk, rows in earlier.items()}
        _count(outcome, found, before, scheme)
        if run is not None:
            with transaction.atomic():
                outcome.falls += _write(found, before, run=run, scheme=scheme, confirm=confirm, by=by, at=at)
    if run is not None:
        run.counts = {**outcome.told(), "falls": outcome.falls}
        run.save(update_fields=["counts"])
        record(by=by, at=at, action="credit.graded", subject=run, as_of=as_of, **run.counts)
    return outcome


def _accounts(unit: Unit | None, account_ids: Collection[int] | None) -> Iterator[list[int]]:
    rows = Account.objects.exclude(status=Account.Status.LEFT)
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    if account_ids is not None:
        rows = rows.filter(pk__in=account_ids)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _count(outcome: Outcome, found: dict[int, Graded], before: dict[int, str], scheme: Scheme) -> None:
    for pk, one in found.items():
        outcome.graded += 1
        outcome.by_grade[one.grade] += 1
        was = before.get(pk, "")
        outcome.matrix[was, one.grade] += 1
        if was and was != one.grade:
            outcome.changed += 1
            if len(outcome.movers) < MOVERS:
                outcome.movers.append((pk, was, one.grade))


def _write(
    found: dict[int, Graded],
    before: dict[int, str],
    *,
    run: GradingRun,
    scheme: Scheme,
    confirm: bool,
    by: User | None,
    at: datetime,
) -> int:
    """Write the grades that are not there as they are; returns how many falls wait."""
    held = {row.account_id: row for row in CreditGrade.objects.filter(account_id__in=list(found), as_of=run.as_of)}
    rows, moved, falls = [], [], 0
    for pk, one in found.items():
        was = before.get(pk, "")
        fell = was in scheme.grades and scheme.rank(one.grade) > scheme.rank(was)
        status = GradeStatus.PROPOSED if fell and confirm else GradeStatus.IN_FORCE
        row = CreditGrade(
            account_id=pk,
            as_of=run.as_of,
            status=status.value,
            grade=one.grade,
            uncapped=one.uncapped,
            previous=was,
            points=one.points,
            new=one.new,
            parts=parts_of(one),
            vetoes=vetoes_of(one),
            rule_set=run.rule_set,
            run=run,
        )
        same = held.get(pk)
        if same is not None and _content(same) == _content(row):
            falls += same.status == GradeStatus.PROPOSED
            continue
        if same is not None and same.grade == row.grade:
            row.status = same.status  # what a person decided about this grade stands
        falls += row.status == GradeStatus.PROPOSED
        rows.append(row)
        if was and was != one.grade and (same is None or same.grade != one.grade):
            moved.append((pk, was, one.grade, row.status == GradeStatus.PROPOSED, fell))
    CreditGrade.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["account", "as_of"],
        update_fields=[
            "status",
            "grade",
            "uncapped",
            "previous",
            "points",
            "new",
            "parts",
            "vetoes",
            "rule_set",
            "run",
        ],
    )
    TimelineEntry.objects.bulk_create(
        (
            TimelineEntry(
                account_id=pk,
                at=at,
                by=by,
                kind="credit.fall_proposed" if waits else "credit.fell" if fell else "credit.rose",
                facts={"before": was, "to": now, "as_of": run.as_of.isoformat()},
                ref=f"credit.GradingRun:{run.pk}",
            )
            for pk, was, now, waits, fell in moved
        ),
        batch_size=500,
    )
    if rows:
        refresh_standing([row.account_id for row in rows], day=clock.day_of(at))
    return falls


def parts_of(one: Graded) -> list[list[Any]]:
    """Return the indicators as they are stored."""
    return [
        [
            part.indicator.value,
            None if part.measured.value is None else round(part.measured.value, 4),
            str(part.points),
            str(part.max_points),
            list(part.measured.bills),
            list(part.measured.facts),
            *part.measured.lift,
        ]
        for part in one.parts
    ]


def vetoes_of(one: Graded) -> list[list[Any]]:
    """Return the vetoes that struck as they are stored."""
    return [
        [struck.veto.value, struck.kind.value if struck.kind else "", struck.at_best, list(struck.bills[:12])]
        + [list(struck.facts[:12])]
        for struck in one.vetoes
    ]


def _content(row: CreditGrade) -> tuple[Any, ...]:
    return (row.grade, row.uncapped, row.points, row.new, row.parts, row.vetoes, row.rule_set_id, row.previous)


# ---- a fall waits for a person ----------------------------------------------------------------------------------


def confirm_falls(*, grades: Collection[CreditGrade], by: User, at: datetime) -> int:
    """Put proposed grades in force; returns how many were still waiting."""
    done = 0
    with transaction.atomic():
        ids = [row.pk for row in grades]
        for row in CreditGrade.objects.select_for_update().filter(pk__in=ids, status=GradeStatus.PROPOSED):
            move_row(row, to=GradeStatus.IN_FORCE, table=GRADE_STEPS, by=by, at=at)
            _told(row, "credit.fell", by, at, "")
            done += 1
        refresh_standing([row.account_id for row in grades], day=clock.day_of(at))
    return done


def set_aside(*, grade: CreditGrade, reason: str, by: User, at: datetime) -> CreditGrade:
    """Leave the grade in force as it is, with a reason. Raises `lifecycle.IllegalMove`, `lifecycle.StaleRow`."""
    with transaction.atomic():
        move_row(grade, to=GradeStatus.SET_ASIDE, table=GRADE_STEPS, by=by, at=at, reason=reason)
        _told(grade, "credit.fall_set_aside", by, at, reason)
    return grade


def _told(row: CreditGrade, kind: str, by: User, at: datetime, reason: str) -> None:
    facts = {"before": row.previous, "to": row.grade, "as_of": row.as_of.isoformat()}
    record(by=by, at=at, action=kind, subject=row, account_id=row.account_id, reason=reason, **facts)
    TimelineEntry.objects.create(
        account_id=row.account_id, at=at, by=by, kind=kind, facts=facts, ref=f"credit.CreditGrade:{row.pk}"
    )
