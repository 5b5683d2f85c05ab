"""What an outage did together with others that were under way at the same time."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q

from kam.lib import clock
from kam.network import queries as network_queries
from kam.network.models import SupplyPoint
from kam.network.rules.impact import Changeover, Point
from kam.outage_planning.models import LostPoint, Outage
from kam.outage_planning.rules.together import Dead, Together, together


def with_others(outage: Outage) -> dict[int, list[Together]]:
    """Return by account when this outage and others together left it without supply. Four queries.

    Only stretches that this outage had a part in, and that are over.
    """
    start, end = outage.actual_from, outage.actual_until
    if start is None or end is None:
        return {}
    mine = LostPoint.objects.filter(outage=outage)
    others = (
        Outage.objects.filter(actual_from__lt=end)
        .filter(Q(actual_until=None) | Q(actual_until__gt=start))
        .exclude(pk=outage.pk)
    )
    rows = LostPoint.objects.filter(
        Q(outage=outage) | Q(outage__in=others.values("pk")), account_id__in=mine.values("account_id")
    ).values_list("account_id", "point_id", "outage_id", "outage__actual_from", "outage__actual_until", "step__at")
    dead: dict[int, list[Dead]] = defaultdict(list)
    for account, point, of, began, ended, back in rows.iterator(chunk_size=2_000):
        dead[account].append(Dead(point, of, began, back or ended))
    shared = {account: held for account, held in dead.items() if len({one.outage_id for one in held}) > 1}
    if not shared:
        return {}
    points: dict[int, dict[int, Point]] = defaultdict(dict)
    fields = ("pk", "account_id", "line_id", "role", "changeover", "kva")
    for pk, account, line, role, code, kva in SupplyPoint.objects.filter(account_id__in=shared).values_list(*fields):
        points[account][pk] = Point(account, line, role == SupplyPoint.Role.MAIN, Changeover(code), float(kva or 0))
    changeover = network_queries.changeover_minutes(clock.day_of(start))
    found = {}
    for account, held in shared.items():
        outs = [one for one in together(points[account], held, changeover) if outage.pk in one.outage_ids]
        if outs:
            found[account] = outs
    return found
