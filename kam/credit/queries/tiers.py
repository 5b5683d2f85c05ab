"""The executives' page of the tiers, read from prepared figures only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kam.accounts.rules import industry
from kam.core.models import Unit, User
from kam.credit.models import (
    MEASURE_LABELS,
    ExpectedCash,
    ManagerFigure,
    Measure,
    Position,
    SupplyCase,
    TierDay,
    TierFigure,
    TierMove,
)
from kam.credit.queries.histories import NoScheme, scheme_on
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.scheme import scheme_of
from kam.credit.rules.tiers import Concentration, Movement, Tier, concentration, movement, tiers

ZERO = Decimal("0.00")
MONTHS, WEEKS, LARGEST, MANAGERS = 24, 8, 50, 12


@dataclass(frozen=True)
class Part:
    """One unit, section or manager: what it owes, and how many accounts stand in each grade."""

    key: str
    name: str
    accounts: int
    receivable: Decimal
    overdue: Decimal
    by_grade: dict[str, int]

    @property
    def overdue_share(self) -> float:
        return float(self.overdue / self.receivable) if self.receivable else 0.0


@dataclass(frozen=True)
class Success:
    """What one kind of measure has brought in."""

    kind: str
    label: str
    cases: int
    owed: Decimal
    collected: Decimal

    @property
    def share(self) -> float:
        return float(self.collected / self.owed) if self.owed else 0.0


@dataclass(frozen=True)
class TiersPage:
    """All that the page shows; `before` is the day that changes and the movement are counted from."""

    as_of: date
    before: date | None
    days: list[date]
    grades: tuple[str, ...]
    tiers: list[Tier]
    earlier: dict[str, Tier]
    movement: Movement | None
    overdue: Concentration
    receivable: Concentration
    largest: list[Position]
    weeks: list[tuple[date, Decimal, Decimal]]
    success: list[Success]
    units: list[Part]
    sections: list[Part]
    managers: list[Part]
    trend: list[tuple[date, dict[str, float]]]

    @property
    def matrix(self) -> list[tuple[str, list[tuple[str, int, str]]]]:
        """Return the movement as rows (from, [(to, how many, "up" | "down" | "same" | "")])."""
        if self.movement is None:
            return []
        grades = self.movement.grades
        place = {grade: index for index, grade in enumerate(grades)}

        def kind(was: str, now: str) -> str:
            if not was or not now:
                return ""
            return "same" if was == now else "up" if place[now] < place[was] else "down"

        return [
            (was, [(now, n, kind(was, now)) for now, n in zip(grades, row, strict=True)])
            for was, row in zip(grades, self.movement.rows, strict=True)
        ]

    @property
    def accounts(self) -> int:
        return sum(one.accounts for one in self.tiers)

    @property
    def receivable_sum(self) -> Decimal:
        return sum((one.receivable for one in self.tiers), ZERO)

    @property
    def overdue_sum(self) -> Decimal:
        return sum((one.overdue for one in self.tiers), ZERO)

    @property
    def sales_sum(self) -> Decimal:
        return sum((one.sales for one in self.tiers), ZERO)

    @property
    def expected_sum(self) -> Decimal:
        return sum((row[2] for row in self.weeks), ZERO)

    @property
    def collected_sum(self) -> Decimal:
        return sum((one.collected for one in self.success), ZERO)

    @property
    def overdue_before(self) -> Decimal | None:
        return sum((one.overdue for one in self.earlier.values()), ZERO) if self.earlier else None


def prepared_days() -> list[date]:
    """Return the days that have figures, the newest first."""
    return list(TierDay.objects.order_by("-as_of").values_list("as_of", flat=True)[:60])


def scoped(rows: QuerySet[Any], unit: Unit | None, section: str) -> QuerySet[Any]:
    """Narrow prepared rows to a unit with all below and a section."""
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    return rows.filter(section=section) if section else rows


def tiers_page(
    user: User, as_of: date, before: date | None, days: list[date], unit: Unit | None, section: str
) -> TiersPage:
    """Return the page for a prepared day, within what `user` sees; seventeen queries, none over the accounts."""
    try:
        grades = scheme_of(scheme_on(as_of).body).grades
    except NoScheme:
        grades = ()
    figures = scoped(TierFigure.objects.visible_to(user), unit, section)
    now = tiers(_by_grade(figures.filter(as_of=as_of)), grades)
    earlier = tiers(_by_grade(figures.filter(as_of=before)), grades) if before else []
    positions = scoped(Position.objects.visible_to(user).filter(as_of=as_of), unit, section)
    largest = list(positions.filter(overdue__gt=0).select_related("account").order_by("-overdue", "pk")[:LARGEST])
    owing = positions.order_by("-receivable", "pk").values_list("receivable", flat=True)[:LARGEST]
    return TiersPage(
        as_of=as_of,
        before=before,
        days=days,
        grades=tuple(one.grade for one in now),
        tiers=now,
        earlier={one.grade: one for one in earlier},
        movement=movement(_moves(user, before, as_of, unit, section), grades) if before else None,
        overdue=concentration([row.overdue for row in largest], sum((one.overdue for one in now), ZERO)),
        receivable=concentration(list(owing), sum((one.receivable for one in now), ZERO)),
        largest=largest[:10],
        weeks=_weeks(scoped(ExpectedCash.objects.visible_to(user).filter(as_of=as_of), unit, section)),
        success=success(user, unit),
        units=_parts(figures.filter(as_of=as_of), "unit_id", _unit_names),
        sections=_parts(figures.filter(as_of=as_of), "section", _section_names),
        managers=_parts(
            scoped(ManagerFigure.objects.visible_to(user).filter(as_of=as_of), unit, section), "manager_id", _user_names
        )[:MANAGERS],
        trend=_trend(figures.filter(as_of__in=days[:MONTHS]), grades),
    )


def _by_grade(rows: QuerySet[Any]) -> dict[str, tuple[int, Decimal, Decimal, Decimal]]:
    sums = (
        rows.order_by()
        .values("grade")
        .annotate(n=Sum("accounts"), owed=Sum("receivable"), late=Sum("overdue"), sold=Sum("sales"))
    )
    return {row["grade"]: (row["n"], row["owed"], row["late"], row["sold"]) for row in sums}


def _moves(user: User, begin: date, end: date, unit: Unit | None, section: str) -> dict[tuple[str, str], int]:
    """Return how many went from which grade to which: prepared, or counted now where the two days were not paired."""
    if TierMove.objects.filter(begin=begin, end=end).exists():
        rows = scoped(TierMove.objects.visible_to(user).filter(begin=begin, end=end), unit, section)
        sums = rows.order_by().values("from_grade", "to_grade").annotate(n=Sum("accounts"))
        return {(row["from_grade"], row["to_grade"]): row["n"] for row in sums}
    seen = scoped(Position.objects.visible_to(user), unit, section)
    there = Position.objects.filter(as_of=begin, account=OuterRef("account")).values("grade")[:1]
    pairs = seen.filter(as_of=end).annotate(was=Coalesce(Subquery(there), Value("")))
    counts = pairs.order_by().values("was", "grade").annotate(n=Count("pk"))
    found = {(row["was"], row["grade"]): row["n"] for row in counts}
    gone = seen.filter(as_of=begin).exclude(account__in=Position.objects.filter(as_of=end).values("account_id"))
    for row in gone.order_by().values("grade").annotate(n=Count("pk")):
        found[row["grade"], ""] = row["n"]
    return found


def _weeks(rows: QuerySet[Any]) -> list[tuple[date, Decimal, Decimal]]:
    sums = rows.order_by("week").values("week").annotate(owed=Sum("due"), hoped=Sum("expected"))
    found = [(row["week"], row["owed"], row["hoped"]) for row in sums if row["hoped"] or row["owed"]]
    return [row for row in found if row[2] > 0][:WEEKS]


def _parts(rows: QuerySet[Any], key: str, names: Any) -> list[Part]:
    sums = rows.order_by().values(key, "grade").annotate(n=Sum("accounts"), owed=Sum("receivable"), late=Sum("overdue"))
    found: dict[Any, list[Any]] = defaultdict(lambda: [0, ZERO, ZERO, {}])
    for row in sums:
        one = found[row[key]]
        one[0] += row["n"]
        one[1] += row["owed"]
        one[2] += row["late"]
        one[3][row["grade"]] = row["n"]
    named = names(list(found))
    parts = [
        Part("" if pk is None else str(pk), named.get(pk, _("unknown")), n, owed, late, by_grade)
        for pk, (n, owed, late, by_grade) in found.items()
    ]
    return sorted(parts, key=lambda one: (-one.overdue, -one.receivable, one.name))


def _unit_names(ids: list[Any]) -> dict[Any, str]:
    return dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))


def _user_names(ids: list[Any]) -> dict[Any, str]:
    rows = User.objects.filter(pk__in=ids).values_list("pk", "name", "username")
    named: dict[Any, str] = {pk: name or username for pk, name, username in rows}
    return named | {None: _("nobody")}


def _section_names(codes: list[Any]) -> dict[Any, str]:
    chinese = str(get_language()).startswith("zh")
    return {code: industry.name_of(code, chinese=chinese) or _("unknown") for code in codes}


def _trend(rows: QuerySet[Any], grades: Sequence[str]) -> list[tuple[date, dict[str, float]]]:
    sums = rows.order_by("as_of").values("as_of", "grade").annotate(n=Sum("accounts"))
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for row in sums:
        found[row["as_of"]][row["grade"]] = row["n"]
    return [
        (day, {grade: counts.get(grade, 0) / max(sum(counts.values()), 1) for grade in grades})
        for day, counts in found.items()
    ]


def success(user: User, unit: Unit | None) -> list[Success]:
    """Return what measures and cases have brought in, by kind."""
    found = []
    for model, statuses in ((Measure, ["IN_FORCE", "ENDED"]), (SupplyCase, None)):
        rows = model.objects.visible_to(user)
        if statuses:
            rows = rows.filter(status__in=statuses)
        if unit is not None:
            rows = rows.filter(account__unit__path__startswith=unit.path)
        sums = rows.order_by().values("kind").annotate(owed=Sum("owed_at_start"), paid=Sum("collected"), n=Count("pk"))
        found += [
            Success(row["kind"], str(MEASURE_LABELS[MeasureKind(row["kind"])]), row["n"], row["owed"], row["paid"])
            for row in sums
        ]
    return sorted(found, key=lambda one: (-one.collected, one.kind))


def listed(
    rows: QuerySet[Position],
    *,
    as_of: date,
    grade: str | None,
    unit: Unit | None,
    section: str,
    manager: int | None,
    begin: date | None,
    was: str | None,
    overdue: bool,
) -> QuerySet[Position]:
    """Return the accounts behind a number: of a day and grade, of a cell of the matrix (`begin`, `was`), of a part.

    An account that is only in the earlier day is listed as it stood then.
    """
    if begin is not None and grade == "":
        gone = rows.filter(as_of=begin, grade=was).exclude(
            account__in=Position.objects.filter(as_of=as_of).values("account_id")
        )
        return _narrowed(gone, unit, section, manager, overdue)
    found = rows.filter(as_of=as_of)
    if grade is not None:
        found = found.filter(grade=grade)
    if begin is not None and was is not None:
        before = Position.objects.filter(as_of=begin)
        there = before.filter(grade=was).values("account_id") if was else before.values("account_id")
        found = found.filter(account__in=there) if was else found.exclude(account__in=there)
    return _narrowed(found, unit, section, manager, overdue)


def _narrowed(
    rows: QuerySet[Position], unit: Unit | None, section: str, manager: int | None, overdue: bool
) -> QuerySet[Position]:
    rows = scoped(rows, unit, section)
    if manager is not None:
        rows = rows.filter(Q(manager=manager or None))
    return rows.filter(overdue__gt=0) if overdue else rows
