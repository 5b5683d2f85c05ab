"""A scheme: which indicators count how much, where the grades begin, what no points can outweigh (CRE-1).

A scheme is kept as a table (JSON) in a dated row; `scheme_of` reads it and refuses one that cannot grade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from kam.credit.rules.history import FactKind, History, months_before
from kam.credit.rules.indicators import MEASURES, Indicator, Measured, Window

TENTH = Decimal("0.1")


class BadScheme(ValueError):
    """A table that cannot grade; `code` says why, `detail` where."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail = code, detail


class Veto(StrEnum):
    """What no points outweigh."""

    OVERDUE_DAYS = "OVERDUE_DAYS"  # something is overdue for more than `over` days
    OPEN_IN_PERIOD = "OPEN_IN_PERIOD"  # a bill of the period is unpaid
    OLD_DEBT = "OLD_DEBT"  # debt of an earlier year without a plan that is kept
    FACT = "FACT"  # a fact of `kind` within `months`


@dataclass(frozen=True)
class Weight:
    """One indicator in a scheme. `scale`: (value, share of the points), by value; between two, linear.

    `none`: the share where there is nothing to measure.
    """

    indicator: Indicator
    max_points: Decimal
    scale: tuple[tuple[float, float], ...]
    none: float

    def points(self, value: float | None) -> Decimal:
        """Return the points for a value, to a tenth, half up."""
        share = self.none if value is None else _on_scale(self.scale, value)
        return (self.max_points * Decimal(repr(share))).quantize(TENTH, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Bar:
    """A veto: the grade is `at_best` this."""

    veto: Veto
    at_best: str
    kind: FactKind | None = None
    over: int = 0
    months: int = 12


@dataclass(frozen=True)
class Scheme:
    """A scheme that can grade. `grades`: best first. `bands`: least points of each, in the same order."""

    grades: tuple[str, ...]
    bands: tuple[Decimal, ...]
    months: int
    weights: tuple[Weight, ...]
    bars: tuple[Bar, ...]
    new_months: int
    new_grade: str
    rise_grades: int
    rise_months: int
    measures: Mapping[str, tuple[str, ...]]

    def rank(self, grade: str) -> int:
        """Return the place of a grade, 0 the best; a grade of another scheme stands where it would by its share."""
        return self.grades.index(grade) if grade in self.grades else len(self.grades) - 1

    def by_points(self, points: Decimal) -> str:
        """Return the grade that the points alone give."""
        return next(grade for grade, least in zip(self.grades, self.bands, strict=True) if points >= least)

    def worse(self, one: str, other: str) -> str:
        return one if self.rank(one) >= self.rank(other) else other


def fell(grades: Sequence[str], was: str, now: str) -> bool:
    """Tell whether `now` stands below `was` in the order of a scheme's grades; grades of another scheme do not say."""
    return was in grades and now in grades and grades.index(now) > grades.index(was)


@dataclass(frozen=True)
class Part:
    """One indicator of a grade: what was measured and what it gave."""

    indicator: Indicator
    measured: Measured
    points: Decimal
    max_points: Decimal


@dataclass(frozen=True)
class Struck:
    """A veto that struck: which, the best grade that it leaves, and what is behind it."""

    veto: Veto
    kind: FactKind | None
    at_best: str
    bills: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Graded:
    """A computed grade. `held`: the rise was held back to `grade` from `uncapped`; `new`: too young to be graded."""

    grade: str
    points: Decimal
    parts: tuple[Part, ...]
    vetoes: tuple[Struck, ...]
    uncapped: str
    new: bool

    @property
    def held(self) -> bool:
        return self.grade != self.uncapped


def grade(history: History, at: date, scheme: Scheme, earlier: Sequence[tuple[date, str]] = ()) -> Graded:
    """Grade a customer at the end of `at`. `earlier`: grades in force before `at` as (from day, grade), by day.

    The same history, day, scheme and earlier grades always give the same grade.
    """
    seen = Window(history, at, scheme.months)
    parts = tuple(_part(weight, seen) for weight in scheme.weights)
    points = sum((part.points for part in parts), Decimal(0))
    vetoes = tuple(struck for bar in scheme.bars if (struck := _strikes(bar, seen)) is not None)
    new = is_new(seen, scheme)
    found = scheme.new_grade if new else scheme.by_points(points)
    for struck in vetoes:
        found = scheme.worse(found, struck.at_best)
    return Graded(
        grade=capped(found, at, scheme, earlier), points=points, parts=parts, vetoes=vetoes, uncapped=found, new=new
    )


def is_new(seen: Window, scheme: Scheme) -> bool:
    """Tell whether fewer months of bills are known than the scheme asks before it grades by points."""
    return len({(bill.due.year, bill.due.month) for bill in seen.due}) < scheme.new_months


def capped(found: str, at: date, scheme: Scheme, earlier: Sequence[tuple[date, str]]) -> str:
    """Hold a rise back: at most so many grades above the worst one held within the period. A fall is never held."""
    known = [(day, one) for day, one in earlier if day < at and one in scheme.grades]
    if not scheme.rise_months or not known:
        return found
    begin = months_before(at, scheme.rise_months)
    # The one in force when the period began, and all since.
    held = [one for day, one in known if day <= begin][-1:] + [one for day, one in known if day > begin]
    worst = max(scheme.rank(one) for one in held)
    return scheme.grades[max(scheme.rank(found), worst - scheme.rise_grades)]


def _part(weight: Weight, seen: Window) -> Part:
    measured = MEASURES[weight.indicator](seen)
    return Part(weight.indicator, measured, weight.points(measured.value), weight.max_points)


def _strikes(bar: Bar, seen: Window) -> Struck | None:
    if bar.veto == Veto.FACT:
        begin = months_before(seen.at, bar.months)
        found = [fact for fact in seen.history.facts if fact.kind == bar.kind and begin < fact.day <= seen.at]
        if bar.kind in (FactKind.HAZARD, FactKind.NO_NEW_CONTRACT):  # these end when they are put right
            found = [fact for fact in found if fact.mended is None or fact.mended > seen.at]
        return Struck(bar.veto, bar.kind, bar.at_best, facts=tuple(fact.id for fact in found)) if found else None
    behind = [bill for bill, _ in seen.overdue]
    if bar.veto == Veto.OVERDUE_DAYS:
        behind = [bill for bill in behind if (seen.at - bill.due).days > bar.over]
    elif bar.veto == Veto.OPEN_IN_PERIOD:
        behind = [bill for bill in behind if bill.due >= months_before(seen.at, bar.months)]
    else:
        plans = [one.kept for one in seen.history.instalments if one.due < seen.at]
        behind = [bill for bill in behind if bill.due.year < seen.at.year and not (plans and all(plans))]
    return Struck(bar.veto, None, bar.at_best, bills=tuple(bill.id for bill in behind)) if behind else None


def _on_scale(scale: Sequence[tuple[float, float]], value: float) -> float:
    if value <= scale[0][0]:
        return scale[0][1]
    for (left, low), (right, high) in zip(scale, scale[1:], strict=False):
        if value <= right:
            return low + (high - low) * (value - left) / (right - left)
    return scale[-1][1]


# ---- reading a table -----------------------------------------------------------------------------------------


def scheme_of(body: Mapping[str, Any]) -> Scheme:
    """Read a scheme from its table. Raises `BadScheme`."""
    try:
        grades = tuple(str(one) for one in body["grades"])
        bands = tuple(Decimal(str(body["bands"][one])) for one in grades)
        weights = tuple(_weight(one) for one in body["indicators"])
        bars = tuple(_bar(one, grades) for one in body.get("vetoes", []))
        new, rise = body.get("new", {}), body.get("rise", {})
        measures = {str(one): tuple(map(str, kinds)) for one, kinds in body.get("measures", {}).items()}
        scheme = Scheme(
            grades=grades,
            bands=bands,
            months=int(body.get("months", 24)),
            weights=weights,
            bars=bars,
            new_months=int(new.get("months", 0)),
            new_grade=str(new.get("grade", grades[-1])),
            rise_grades=int(rise.get("grades", 1)),
            rise_months=int(rise.get("months", 0)),
            measures=measures,
        )
    except BadScheme:
        raise
    except (KeyError, TypeError, ValueError, ArithmeticError, IndexError) as error:
        raise BadScheme("unreadable", str(error)) from error
    _check(scheme)
    return scheme


def _weight(row: Mapping[str, Any]) -> Weight:
    code = str(row["code"])
    if code not in set(Indicator):
        raise BadScheme("unknown_indicator", code)
    scale = tuple((float(value), float(share)) for value, share in row["scale"])
    if not scale or any(a[0] >= b[0] for a, b in zip(scale, scale[1:], strict=False)):
        raise BadScheme("scale_order", code)
    if any(not 0 <= share <= 1 for _, share in scale) or not 0 <= float(row.get("none", 1)) <= 1:
        raise BadScheme("scale_share", code)
    return Weight(Indicator(code), Decimal(str(row["max_points"])), scale, float(row.get("none", 1)))


def _bar(row: Mapping[str, Any], grades: Sequence[str]) -> Bar:
    code, at_best = str(row["code"]), str(row["at_best"])
    if code not in set(Veto):
        raise BadScheme("unknown_veto", code)
    if at_best not in grades:
        raise BadScheme("unknown_grade", at_best)
    kind = FactKind(row["kind"]) if code == Veto.FACT else None
    return Bar(Veto(code), at_best, kind, int(row.get("over", 0)), int(row.get("months", 12)))


def _check(scheme: Scheme) -> None:
    if len(set(scheme.grades)) != len(scheme.grades) or not scheme.grades:
        raise BadScheme("grades_twice")
    if any(a <= b for a, b in zip(scheme.bands, scheme.bands[1:], strict=False)):
        raise BadScheme("bands_order")
    if scheme.bands[-1] > 0:
        raise BadScheme("bands_end")
    codes = [weight.indicator for weight in scheme.weights]
    if len(set(codes)) != len(codes):
        raise BadScheme("indicator_twice")
    if sum((weight.max_points for weight in scheme.weights), Decimal(0)) != 100:
        raise BadScheme("not_hundred", str(sum((weight.max_points for weight in scheme.weights), Decimal(0))))
    if any(weight.max_points < 0 for weight in scheme.weights):
        raise BadScheme("negative_points")
    if not 1 <= scheme.months <= 120 or not 0 <= scheme.rise_months <= 120 or scheme.rise_grades < 1:
        raise BadScheme("months")
    if scheme.new_grade not in scheme.grades:
        raise BadScheme("unknown_grade", scheme.new_grade)
    stray = set(scheme.measures) - set(scheme.grades)
    if stray:
        raise BadScheme("unknown_grade", ", ".join(sorted(stray)))
