"""The network as a tree, and what hangs on a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.network import queries
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.rules.impact import impact


@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """Districts, stations, substations, lines, with how many key accounts hang on each."""
    units = access.listed(request, Unit.objects.all(), Right.NETWORK_SEE)
    substations = access.listed(request, Substation.objects.all(), Right.NETWORK_SEE)
    lines = access.listed(request, Line.objects.all(), Right.NETWORK_SEE)
    branches = [branch for branch in queries.tree(units, substations, lines) if branch.substations or branch.loose]
    context = {
        "section": "network",
        "branches": branches,
        "lines": sum(len(s.lines) for b in branches for s in b.substations) + sum(len(b.loose) for b in branches),
    }
    return render(request, "network/tree.html", context)


@require_GET
def substation(request: HttpRequest, pk: int) -> HttpResponse:
    """A substation with its lines, and what its outage would do to whom."""
    row = access.fetch(request, Substation.objects.select_related("unit"), Right.NETWORK_SEE, pk=pk)
    lines = access.listed(request, Line.objects.all(), Right.NETWORK_SEE).filter(substation=row).order_by("code")
    leaving = queries.lines_of_substations([row.pk])
    context = {"section": "network", "substation": row, "lines": lines, **_out(request, leaving)}
    return render(request, "network/substation.html", context)


@require_GET
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """A line: the picture of what hangs on it, and what its outage would do to whom."""
    row = access.fetch(request, Line.objects.select_related("unit", "substation", "parent"), Right.NETWORK_SEE, pk=pk)
    points = queries.in_use(access.listed(request, SupplyPoint.objects.all(), Right.NETWORK_SEE))
    picture = queries.single_line(row, points)
    context = {"section": "network", "line": row, "picture": picture, **_out(request, [row.pk])}
    return render(request, "network/line.html", context)


def _out(request: HttpRequest, lines: Collection[int]) -> dict[str, Any]:
    """Return the supply points that hang on `lines`, and what an outage of these lines does to their accounts."""
    points = queries.in_use(access.listed(request, SupplyPoint.objects.all(), Right.NETWORK_SEE))
    effects = impact(lines, queries.network(clock.today(), around=lines))
    hanging = (
        points.filter(line_id__in=queries.below(lines))
        .select_related("account", "line")
        .order_by("account__name", "name")
    )
    page = page_of(hanging, request.GET.get("page"))
    seen = set(hanging.order_by().values_list("account_id", flat=True))
    return {
        "page": page,
        "rows": [{"point": point, "effect": effects.get(point.account_id)} for point in page.rows],
        "elsewhere": len(effects.keys() - seen),
        "counts": sorted(Counter(found.effect for pk, found in effects.items() if pk in seen).items(), reverse=True),
    }
