"""Quotas of a whole company on one page: by unit, who will miss it, whom nobody has seen (VIS-4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from kam.accounts.models import Account
from kam.core.models import Unit, User
from kam.core.rules import Reach
from kam.visits.models import VisitCredit
from kam.visits.queries.quota import Standing, managers, stations
from kam.visits.rules.quota import Status, whole

UNSEEN_DAYS = 90
LATE = (Status.MISSED, Status.AT_RISK)


@dataclass
class Sum:
    """Several quotas added up; what is required is rounded once, at the end."""

    exact: Fraction = Fraction(0)
    made: int = 0
    planned: int = 0

    @property
    def required(self) -> int:
        return whole(self.exact)

    @property
    def owed(self) -> int:
        return max(self.required - self.made, 0)

    @property
    def share(self) -> float | None:
        return self.made / self.required if self.required else None


@dataclass
class UnitFigures:
    """One unit with all below: its managers' quotas by the days they worked there, and the station's own."""

    unit: Unit
    depth: int
    year: Sum = field(default_factory=Sum)
    quarter: Sum = field(default_factory=Sum)
    statuses: Counter[Status] = field(default_factory=Counter)
    station: Standing | None = None

    @property
    def managers(self) -> int:
        return sum(self.statuses.values())

    @property
    def late(self) -> int:
        return sum(self.statuses[status] for status in LATE)


@dataclass(frozen=True)
class CompanyFigures:
    """The page: units as a tree, managers with the worst first, stations."""

    at: date
    units: list[UnitFigures]
    managers: list[Standing]
    stations: list[Standing]

    @property
    def total(self) -> UnitFigures | None:
        return self.units[0] if self.units else None

    @cached_property
    def late(self) -> list[Standing]:
        return [one for one in self.managers if one.status in LATE]


def company_figures(user: User, at: date, *, day_over: bool, unit: Unit | None = None) -> CompanyFigures:
    """Return what `user` may see of quotas on `at`, of one unit with all below where told.

    A fixed number of queries.
    """
    if user.reach == Reach.OWN:
        own = managers(at, day_over=day_over, users=User.objects.filter(pk=user.pk))
        return CompanyFigures(at, [], own, [])
    units = Unit.objects.visible_to(user)
    people = User.objects.visible_to(user)
    if unit is not None:
        units = units.filter(path__startswith=unit.path)
        people = people.filter(unit__path__startswith=unit.path)
    rows = sorted(units, key=lambda one: [int(part) for part in one.path.split("/") if part])
    found = managers(at, day_over=day_over, users=people)
    of_stations = stations(at, day_over=day_over, units=units)
    return CompanyFigures(at, _tree(rows, found, of_stations), sorted(found, key=_urgency), of_stations)


def _urgency(one: Standing) -> tuple[int, int, str]:
    return -list(Status).index(one.status), -(one.quarter.to_plan + one.year.to_plan), one.name


def _tree(rows: Sequence[Unit], found: Sequence[Standing], of_stations: Sequence[Standing]) -> list[UnitFigures]:
    top = min((unit.path.count("/") for unit in rows), default=0)
    figures = {unit.pk: UnitFigures(unit, unit.path.count("/") - top) for unit in rows}
    own = {one.pk: one for one in of_stations}
    for figure in figures.values():
        figure.station = own.get(figure.unit.pk)
    above = {unit.pk: [int(part) for part in unit.path.split("/") if part] for unit in rows}
    for one in found:
        for unit_id, share in one.shares.items():
            for pk in above.get(unit_id or 0, []):
                if pk not in figures:
                    continue
                figure = figures[pk]
                for total, part in ((figure.year, share.year), (figure.quarter, share.quarter)):
                    total.exact += part.exact
                    total.made += part.made
                    total.planned += part.planned
        for pk in above.get(one.unit_id or 0, []):
            if pk in figures:
                figures[pk].statuses[one.status] += 1
    return list(figures.values())


def unseen(accounts: QuerySet[Account], at: date, *, days: int = UNSEEN_DAYS) -> QuerySet[Account]:
    """Return key accounts that nobody has visited for so many days, the longest first; `seen` is the last day."""
    last = VisitCredit.objects.filter(account=OuterRef("pk"), day__lte=at).order_by("-day").values("day")[:1]
    rows = accounts.filter(status=Account.Status.CONFIRMED).annotate(seen=Subquery(last))
    return rows.filter(Q(seen=None) | Q(seen__lt=at - timedelta(days=days))).order_by(
        F("seen").asc(nulls_first=True), "pk"
    )
