"""Questions to the network: the plain network that rules take, the tree of districts, what hangs on a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from kam.accounts.models import Account
from kam.core import queries as core
from kam.core.models import Unit
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.rules.drawing import Picture, hanging, picture
from kam.network.rules.impact import AccountFacts, Changeover, ChangeoverMinutes, Network, Point, dead_lines


def network(day: date, *, around: Iterable[int] | None = None) -> Network:
    """Return the network as rules take it, with the changeover times in force on `day`. Three queries.

    `around`: only the accounts that hang on these lines or on what branches off them, with all their supply points;
    what an outage of them does costs what it touches, not what is stored. Accounts that have left are not in it.
    """
    parents = dict(Line.objects.values_list("pk", "parent_id"))
    points = in_use(SupplyPoint.objects.all())
    if around is not None:
        touched = SupplyPoint.objects.filter(line_id__in=dead_lines(around, Network(parents, ())))
        points = points.filter(account_id__in=touched.values("account_id"))
    fields = ("account_id", "line_id", "role", "changeover", "kva")
    marks = ("account__kind", "account__importance", "account__continuous")
    facts: dict[int, AccountFacts] = {}
    found = []
    for account, line, role, changeover, kva, *told in points.values_list(*fields, *marks).iterator(chunk_size=5_000):
        found.append(Point(account, line, role == SupplyPoint.Role.MAIN, Changeover(changeover), float(kva or 0)))
        if account not in facts:
            facts[account] = AccountFacts(*told)
    return Network(parents=parents, points=tuple(found), accounts=facts, changeover=changeover_minutes(day))


def changeover_minutes(day: date) -> ChangeoverMinutes:
    """Return how long a load is out while it goes over, by the rule in force on `day`."""
    try:
        told = core.rule("network.changeover_minutes", day)
    except core.NoRule:
        return ChangeoverMinutes()
    return ChangeoverMinutes(float(told["AUTOMATIC"]), float(told["MANUAL"]))


@dataclass
class LineNode:
    """A line in the tree, with the key accounts that hang on it and on all below."""

    line: Line
    accounts: int
    depth: int


@dataclass
class SubstationNode:
    substation: Substation
    lines: list[LineNode] = field(default_factory=list)

    @property
    def accounts(self) -> int:
        return sum(node.accounts for node in self.lines if node.depth == 0)


@dataclass
class UnitBranch:
    """A unit of the tree with its substations and the lines that leave none."""

    unit: Unit
    depth: int
    substations: list[SubstationNode] = field(default_factory=list)
    loose: list[LineNode] = field(default_factory=list)


def tree(units: QuerySet[Unit], substations: QuerySet[Any], lines: QuerySet[Any]) -> list[UnitBranch]:
    """Return the given rows as district, station, substation, line, with counts of points below. Five queries."""
    rows = list(lines.select_related("unit").order_by("voltage_kv", "code"))
    counts = dict(
        in_use(SupplyPoint.objects.exclude(line=None))
        .order_by()
        .values("line_id")
        .annotate(n=Count("account", distinct=True))
        .values_list("line_id", "n")
    )
    below: dict[int | None, list[Line]] = defaultdict(list)
    known = {line.pk for line in rows}
    for line in rows:
        below[line.parent_id if line.parent_id in known else None].append(line)

    def nodes(line: Line, depth: int, seen: frozenset[int]) -> list[LineNode]:
        found = [LineNode(line, counts.get(line.pk, 0), depth)]
        for branch in below[line.pk]:
            if branch.pk not in seen:
                deeper = nodes(branch, depth + 1, seen | {line.pk})
                found[0].accounts += deeper[0].accounts
                found += deeper
        return found

    stations = {row.pk: SubstationNode(row) for row in substations.order_by("code")}
    branches = {node.unit.pk: UnitBranch(node.unit, node.depth) for node in core.unit_tree(units)}
    for root in below[None]:
        if root.substation_id in stations:
            stations[root.substation_id].lines += nodes(root, 0, frozenset())
        elif root.unit_id in branches:
            branches[root.unit_id].loose += nodes(root, 0, frozenset())
    for node in stations.values():
        if node.substation.unit_id in branches:
            branches[node.substation.unit_id].substations.append(node)
    return list(branches.values())


def in_use(points: QuerySet[Any]) -> QuerySet[Any]:
    """Return the supply points of accounts that have not left."""
    return points.exclude(account__status=Account.Status.LEFT)


def below(line_ids: Iterable[int]) -> frozenset[int]:
    """Return the lines with all that hang on them. One query."""
    return dead_lines(line_ids, Network(dict(Line.objects.values_list("pk", "parent_id")), ()))


def lines_of_substations(substation_ids: Iterable[int]) -> frozenset[int]:
    """Return the lines that leave these substations, without what branches off them."""
    return frozenset(Line.objects.filter(substation_id__in=substation_ids).values_list("pk", flat=True))


def single_line(line: Line, points: QuerySet[Any]) -> Picture:
    """Return the picture of what hangs on `line`; `points`: those the reader may see. Three queries."""
    lines = below([line.pk])
    branches: dict[int, list[int]] = defaultdict(list)
    labels: dict[int, str] = {}
    for row in Line.objects.filter(pk__in=lines).order_by("code"):
        labels[row.pk] = f"{row.name} · {row.voltage_kv.normalize():f} kV"
        if row.parent_id and row.pk != line.pk:
            branches[row.parent_id].append(row.pk)
    hung: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for point in points.filter(line_id__in=lines).select_related("account").order_by("account__name", "name"):
        kva = f" · {point.kva:,.0f} kVA" if point.kva else ""
        hung[point.line_id].append(
            (point.account.account_no, f"{point.account.name}{kva} · {point.get_role_display()}")
        )
    return picture(hanging(line.pk, branches=branches, labels=labels, points=hung))
