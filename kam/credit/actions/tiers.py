"""Prepare the executives' figures of a day: positions, their sums, movement between days, cash expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Model, Q, QuerySet, Sum

from kam.accounts.models import Account
from kam.accounts.rules import industry
from kam.billing.models import Bill
from kam.billing.queries.receivables import settled_on_day
from kam.core.actions import record
from kam.credit.models import (
    BillRisk,
    CreditGrade,
    ExpectedCash,
    GradeOverride,
    ManagerFigure,
    Measure,
    Position,
    TierDay,
    TierFigure,
    TierMove,
)
from kam.credit.queries.money import collected_since
from kam.credit.queries.risk import expected_of, week_of
from kam.credit.rules.history import months_before
from kam.credit.rules.measures import MeasureStatus
from kam.credit.rules.statuses import GradeStatus
from kam.lib import clock

AT_ONCE = 2_000
ZERO = Decimal("0.00")
MONTHS_BACK = (1, 3, 6, 12)  # the movements that are prepared with a day

Place = tuple[int, str]  # unit, section
_SUMS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (TierFigure, ("section",)),
    (ManagerFigure, ("section", "manager_id")),
)


def prepare(*, as_of: date, at: datetime) -> int:
    """Write the figures as of the end of a day anew; returns how many accounts. The same day twice is the same."""
    count = 0
    for ids, rows in _positions(as_of):
        with transaction.atomic():
            Position.objects.filter(as_of=as_of, account_id__in=ids).delete()
            Position.objects.bulk_create(rows, batch_size=500)
        count += len(rows)
    with transaction.atomic():
        Position.objects.filter(as_of=as_of, account__status=Account.Status.LEFT).delete()
        sum_up(as_of)
        TierDay.objects.update_or_create(as_of=as_of, defaults={"accounts": count, "at": at})
    for begin in _days_before(as_of):
        prepare_move(begin=begin, end=as_of)
    if as_of >= clock.day_of(at):
        with transaction.atomic():
            _expected_cash(as_of)
        _success(at)
    record(by=None, at=at, action="credit.tiers_prepared", subject="tiers", as_of=as_of, accounts=count)
    return count


def _positions(as_of: date) -> Iterator[tuple[list[int], list[Position]]]:
    accounts = Account.objects.exclude(status=Account.Status.LEFT).order_by("pk")
    ids = list(accounts.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        chunk = ids[start : start + AT_ONCE]
        grades = grades_on(chunk, as_of)
        receivable, overdue = _open_on(chunk, as_of)
        sales = _sums(
            Bill.objects.standing().filter(
                account_id__in=chunk, issued_on__gt=months_before(as_of, 12), issued_on__lte=as_of
            ),
            "amount",
        )
        rows = Account.objects.filter(pk__in=chunk).values_list("pk", "unit_id", "manager_id", "industry")
        found = [
            Position(
                as_of=as_of,
                account_id=pk,
                unit_id=unit,
                manager_id=manager,
                section=section_of(code),
                grade=grades.get(pk, ""),
                receivable=receivable.get(pk, ZERO),
                overdue=overdue.get(pk, ZERO),
                sales=sales.get(pk, ZERO),
            )
            for pk, unit, manager, code in rows.order_by("pk")
        ]
        yield chunk, found


def grades_on(ids: list[int], day: date) -> dict[int, str]:
    """Return the grade that held for each account at the end of `day`, overrides counted in."""
    rows = CreditGrade.objects.filter(account_id__in=ids, as_of__lte=day, status=GradeStatus.IN_FORCE)
    rows = rows.filter(as_of__gt=months_before(day, 24))
    found = dict(rows.order_by("account_id", "as_of").values_list("account_id", "grade"))
    found.update(
        GradeOverride.objects.on(day)
        .filter(account_id__in=ids)
        .order_by("approved_at")
        .values_list("account_id", "grade")
    )
    return found


def section_of(code: str) -> str:
    """Return the section (门类) of an industry code; empty where it is unknown."""
    try:
        return industry.section_of(code)
    except industry.UnknownIndustry:
        return ""


def _open_on(ids: list[int], day: date) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """Return what was open of each account at the end of `day`, and what of it overdue."""
    there = Bill.objects.filter(
        Q(open_amount__gt=0) | Q(settled_on__gt=day), account_id__in=ids, cancelled_on=None, issued_on__lte=day
    ).values_list("pk", "account_id", "due_on", "amount", "open_amount", "settled_on")
    rows = list(there)
    gone: dict[int, Decimal] = {}
    pks = [row[0] for row in rows]
    for start in range(0, len(pks), 5_000):
        gone |= settled_on_day(pks[start : start + 5_000], day)
    receivable: dict[int, Decimal] = defaultdict(lambda: ZERO)
    overdue: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for pk, account_id, due, amount, _, _ in rows:
        left = amount - gone.get(pk, ZERO)
        if left > 0:
            receivable[account_id] += left
            if due < day:
                overdue[account_id] += left
    return receivable, overdue


def _sums(bills: QuerySet[Bill], field: str) -> dict[int, Decimal]:
    rows = bills.order_by().values("account_id").annotate(sum=Sum(field))
    return dict(rows.values_list("account_id", "sum"))


def sum_up(as_of: date) -> None:
    """Add the positions up twice: by unit and section, and by manager within them."""
    there = Position.objects.filter(as_of=as_of).order_by()
    sums = {"n": Count("pk"), "owed": Sum("receivable"), "late": Sum("overdue"), "sold": Sum("sales")}
    for model, keys in _SUMS:
        rows = list(there.values("unit_id", *keys, "grade").annotate(**sums))
        model._default_manager.filter(as_of=as_of).delete()
        model._default_manager.bulk_create(
            [
                model(
                    as_of=as_of,
                    unit_id=row["unit_id"],
                    grade=row["grade"],
                    accounts=row["n"],
                    receivable=row["owed"],
                    overdue=row["late"],
                    sales=row["sold"],
                    **{key: row[key] for key in keys},
                )
                for row in rows
            ],
            batch_size=500,
        )


def _days_before(as_of: date) -> list[date]:
    days = set(TierDay.objects.filter(as_of__lt=as_of).values_list("as_of", flat=True))
    wanted = {months_before(as_of, back) for back in MONTHS_BACK}
    newest = {max(days)} if days else set()
    return sorted(days & wanted | newest)


def prepare_move(*, begin: date, end: date) -> int:
    """Write the movement between two prepared days anew; returns its rows. A place is where the account is at the end.

    Accounts that only one of the days knows have no grade on the other.
    """
    before = dict(Position.objects.filter(as_of=begin).values_list("account_id", "grade"))
    sums: dict[tuple[Place, str, str], list[Any]] = defaultdict(lambda: [0, ZERO])
    rows = Position.objects.filter(as_of=end).values_list("account_id", "unit_id", "section", "grade", "receivable")
    for pk, unit, section, grade, owed in rows.iterator(chunk_size=5_000):
        one = sums[(unit, section), before.pop(pk, ""), grade]
        one[0] += 1
        one[1] += owed
    gone = Position.objects.filter(as_of=begin).exclude(
        account__in=Position.objects.filter(as_of=end).values("account_id")
    )
    for unit, section, grade in gone.values_list("unit_id", "section", "grade"):
        sums[(unit, section), grade, ""][0] += 1
    with transaction.atomic():
        TierMove.objects.filter(begin=begin, end=end).delete()
        TierMove.objects.bulk_create(
            (
                TierMove(
                    begin=begin,
                    end=end,
                    unit_id=unit,
                    section=section,
                    from_grade=was,
                    to_grade=now,
                    accounts=n,
                    receivable=owed,
                )
                for ((unit, section), was, now), (n, owed) in sums.items()
            ),
            batch_size=500,
        )
    return len(sums)


def _expected_cash(as_of: date) -> None:
    """Write what cash the open bills are expected to bring, by week; computed for the day itself alone."""
    ExpectedCash.objects.filter(as_of=as_of).delete()
    due: dict[tuple[Place, date], Decimal] = defaultdict(lambda: ZERO)
    expected: dict[tuple[Place, date], Decimal] = defaultdict(lambda: ZERO)
    places = {
        pk: (unit, section)
        for pk, unit, section in Position.objects.filter(as_of=as_of, receivable__gt=0).values_list(
            "account_id", "unit_id", "section"
        )
    }
    risks = {row.bill_id: row for row in BillRisk.objects.defer("drivers").iterator(chunk_size=5_000)}
    bills = Bill.objects.owed().filter(issued_on__lte=as_of).annotate(left=F("open_amount") - F("contested_amount"))
    for pk, account_id, due_on, left in bills.values_list("pk", "account_id", "due_on", "left").iterator(5_000):
        place = places.get(account_id)
        if place is None or left <= 0:
            continue
        due[place, week_of(due_on)] += left
        for one in expected_of(Decimal(left), due_on, risks.get(pk), as_of):
            expected[place, week_of(one.on)] += one.amount
    ExpectedCash.objects.bulk_create(
        (
            ExpectedCash(
                as_of=as_of,
                unit_id=place[0],
                section=place[1],
                week=week,
                due=due.get((place, week), ZERO),
                expected=expected.get((place, week), ZERO),
            )
            for place, week in sorted(due.keys() | expected.keys(), key=str)
        ),
        batch_size=500,
    )


def _success(at: datetime) -> None:
    """Bring up to date what the measures in force have brought in."""
    for row in Measure.objects.filter(status=MeasureStatus.IN_FORCE, owed_at_start__gt=0).iterator():
        if row.approved_at is not None:
            paid = collected_since(row.account_id, clock.day_of(row.approved_at), None)
            Measure.objects.filter(pk=row.pk).update(collected=min(paid, row.owed_at_start))
