"""Which supply points an outage made dead, who is still without supply, and what it came to (OUT-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from kam.lib import clock
from kam.network import queries as network_queries
from kam.network.models import Line, SupplyPoint
from kam.network.rules.impact import Changeover, Point
from kam.outage_planning.models import LostPoint, Notice, Outage, OutageImpact, OutageLine
from kam.outage_planning.queries import planning
from kam.outage_planning.queries.telling import knowing
from kam.outage_planning.rules.energy import not_served
from kam.outage_planning.rules.restoration import Out, PointBack, without_supply
from kam.outage_planning.rules.telling import NoticeKind

_CHUNK = 500


def dead_points(outage: Outage) -> QuerySet[SupplyPoint]:
    """Return the supply points that are dead while the outage's lines are."""
    lines = OutageLine.objects.filter(outage=outage).values_list("line_id", flat=True)
    points: QuerySet[SupplyPoint] = network_queries.in_use(
        SupplyPoint.objects.filter(line_id__in=network_queries.below(lines))
    )
    return points


def still_dead(outage: Outage) -> int:
    """Return how many supply points wait for their supply."""
    return LostPoint.objects.filter(outage=outage, step=None).count()


def cleared(outage: Outage) -> set[int]:
    """Return the accounts that were told that supply is back."""
    rows = Notice.objects.filter(outage=outage, kind=NoticeKind.ALL_CLEAR.value, superseded_at=None)
    return set(rows.values_list("account_id", flat=True))


def concerned(outage: Outage) -> set[int]:
    """Return the accounts that know of the outage and have not been told that it is over for them."""
    return knowing(outage) - cleared(outage)


def outs(outage: Outage) -> dict[int, Out]:
    """Return by account since when and until when it was without supply; accounts that never were are left out.

    Two queries for every five hundred accounts.
    """
    start = outage.actual_from
    if start is None:
        return {}
    changeover = network_queries.changeover_minutes(clock.day_of(start))
    back = {
        row["point_id"]: row["step__at"]
        for row in LostPoint.objects.filter(outage=outage).values("point_id", "step__at").iterator(chunk_size=2_000)
    }
    ids = list(LostPoint.objects.filter(outage=outage).order_by("account_id").values_list("account_id", flat=True))
    points: dict[int, list[PointBack]] = defaultdict(list)
    for part in _parts(sorted(set(ids))):
        rows = SupplyPoint.objects.filter(account_id__in=part).order_by("pk")
        fields = ("pk", "account_id", "line_id", "role", "changeover", "kva")
        for pk, account, line, role, changeover_code, kva in rows.values_list(*fields):
            is_main = role == SupplyPoint.Role.MAIN
            point = Point(account, line, is_main, Changeover(changeover_code), float(kva or 0))
            points[account].append(PointBack(point, pk in back, back.get(pk)))
    found = {account: without_supply(of, start, changeover) for account, of in points.items()}
    return {account: out for account, out in found.items() if out is not None}


def energy_of(found: dict[int, Out], day_at: datetime, until: datetime) -> dict[int, float]:
    """Return by account the energy that it did not get (kWh), estimated from the eight weeks before `day_at`.

    What is still without supply counts until `until`; an account without readings has no estimate.
    """
    likes = planning.likes_of(found, clock.day_of(day_at))
    zone = clock.zone()
    energy: dict[int, float] = {}
    for account, out in found.items():
        end = out.ends_at or until
        if account in likes and end > out.starts_at:
            energy[account] = not_served(likes[account], out.starts_at, end, zone).kwh
    return energy


def lines_of(outage: Outage) -> QuerySet[Line]:
    """Return the lines on which supply points went dead."""
    return Line.objects.filter(pk__in=LostPoint.objects.filter(outage=outage).values("line_id"))


def points_on(outage: Outage, lines: Iterable[Line]) -> set[int]:
    """Return the lost points (ids) that hang on these lines."""
    rows = LostPoint.objects.filter(outage=outage, line__in=[line.pk for line in lines])
    return set(rows.values_list("pk", flat=True))


@dataclass(frozen=True)
class LineOut:
    """A line's dead supply points: how many still wait, which of them the reader may see, when the last came back."""

    line: Line
    waiting: int
    points: list[LostPoint]
    back_at: datetime | None

    @property
    def unseen(self) -> int:
        return self.waiting - sum(point.step_id is None for point in self.points)


def lines_out(outage: Outage, visible: QuerySet[Any]) -> list[LineOut]:
    """Return the lost points by line; `visible`: the rows that the reader may see. Two queries."""
    waiting: dict[int, int] = defaultdict(int)
    back: dict[int, datetime | None] = {}
    for line, at in LostPoint.objects.filter(outage=outage).values_list("line_id", "step__at"):
        waiting[line] += at is None
        known = back.get(line)
        back[line] = at if known is None or (at is not None and at > known) else known
    seen: dict[int, list[LostPoint]] = defaultdict(list)
    for row in visible.filter(outage=outage).select_related("account", "point", "step").order_by("account__name", "pk"):
        seen[row.line_id].append(row)
    lines = Line.objects.filter(pk__in=waiting).order_by("code")
    return [
        LineOut(line, waiting[line.pk], seen[line.pk], None if waiting[line.pk] else back[line.pk]) for line in lines
    ]


@dataclass(frozen=True)
class Comparison:
    """Planned against actual: start, end, minutes, energy. Figures without a basis are None."""

    planned_from: datetime
    planned_until: datetime
    actual_from: datetime | None
    actual_until: datetime | None
    planned_kwh: float | None
    actual_kwh: float | None
    accounts: int
    interrupted: int
    customer_minutes: float

    @property
    def planned_minutes(self) -> float:
        return (self.planned_until - self.planned_from).total_seconds() / 60

    @property
    def actual_minutes(self) -> float | None:
        if self.actual_from is None or self.actual_until is None:
            return None
        return (self.actual_until - self.actual_from).total_seconds() / 60

    @property
    def start_late(self) -> float | None:
        """From the planned start to the real one."""
        return None if self.actual_from is None else (self.actual_from - self.planned_from).total_seconds() / 60

    @property
    def longer(self) -> float | None:
        """How much longer it took than planned."""
        return None if self.actual_minutes is None else self.actual_minutes - self.planned_minutes

    @property
    def minutes_late(self) -> float | None:
        """From the promised end to the real one; below zero: early."""
        if self.actual_until is None:
            return None
        return (self.actual_until - self.planned_until).total_seconds() / 60


def comparison(outage: Outage) -> Comparison:
    """Return planned against actual of an outage that is closed. One query."""
    planned = actual = None
    minutes, accounts, interrupted = 0.0, 0, 0
    rows = OutageImpact.objects.filter(outage=outage).values_list("energy_kwh", "actual_kwh", "out_from", "out_until")
    for before, after, start, end in rows.iterator(chunk_size=2_000):
        accounts += 1
        planned = planned if before is None else (planned or 0.0) + before
        actual = actual if after is None else (actual or 0.0) + after
        if start is not None and end is not None:
            interrupted += 1
            minutes += (end - start).total_seconds() / 60
    return Comparison(
        planned_from=outage.starts_at,
        planned_until=outage.promised_until or outage.ends_at,
        actual_from=outage.actual_from,
        actual_until=outage.actual_until,
        planned_kwh=planned,
        actual_kwh=actual,
        accounts=accounts,
        interrupted=interrupted,
        customer_minutes=minutes,
    )


def _parts(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
