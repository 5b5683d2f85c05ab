"""The grade that holds for each account now: the newest in force, or the override of the day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from django.db.models import Q

from kam.credit.models import CreditGrade, GradeOverride, Standing
from kam.credit.queries.histories import NoScheme, scheme_on
from kam.credit.rules.scheme import scheme_of
from kam.credit.rules.statuses import GradeStatus

AT_ONCE = 2_000


def refresh_standing(account_ids: Collection[int], *, day: date) -> None:
    """Write anew what holds for these accounts on `day`. Call it in the transaction of what changed it."""
    try:
        scheme = scheme_of(scheme_on(day).body)
    except NoScheme:
        return
    for ids in _chunks(sorted(set(account_ids))):
        newest: dict[int, CreditGrade] = {}
        previous: dict[int, list[CreditGrade]] = {}
        graded = CreditGrade.objects.filter(account_id__in=ids, status=GradeStatus.IN_FORCE, as_of__lte=day)
        for row in graded.defer("parts", "vetoes").order_by("account_id", "-as_of"):
            newest.setdefault(row.account_id, row)
            previous.setdefault(row.account_id, []).append(row)
        overrides = {row.account_id: row for row in GradeOverride.objects.on(day).filter(account_id__in=ids)}
        rows = []
        for pk, row in newest.items():
            override = overrides.get(pk)
            grade = override.grade if override else row.grade
            rows.append(
                Standing(
                    account_id=pk,
                    grade=grade,
                    rank=scheme.rank(grade),
                    computed=row,
                    points=row.points,
                    as_of=row.as_of,
                    since=override.valid_from if override else _since(previous[pk]),
                    override_until=override.valid_until if override else None,
                )
            )
        Standing.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["account"],
            update_fields=["grade", "rank", "computed", "points", "as_of", "since", "override_until"],
        )


def refresh_ended_overrides(*, day: date) -> int:
    """Take up the computed grade again where an override ended or began lately; returns how many were looked at."""
    turned = Q(valid_until__gt=day - timedelta(days=7), valid_until__lte=day) | Q(
        valid_from__gt=day - timedelta(days=7), valid_from__lte=day
    )
    ids = list(GradeOverride.objects.filter(turned, refused=False).values_list("account_id", flat=True).distinct())
    refresh_standing(ids, day=day)
    return len(ids)


def _since(rows: list[CreditGrade]) -> date:
    """Return from when the newest grade has held without a break; rows newest first."""
    since = rows[0].as_of
    for row in rows[1:]:
        if row.grade != rows[0].grade:
            break
        since = row.as_of
    return since


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
