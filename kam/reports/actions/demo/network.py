"""The made-up network: six substations, some forty lines with branches, every supply point on one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import cycle

from django.db.models import CharField
from django.db.models.functions import Cast

from kam.accounts.models import Account
from kam.core.models import Unit
from kam.network.models import Line, Substation, SupplyPoint
from kam.reports.actions.demo.people import Station

# name, kilovolts, the stations that it feeds, counted from 0
_SUBSTATIONS = (
    ("临江变", "110", (0, 1)),
    ("东郊变", "110", (2,)),
    ("高新变", "220", (3, 4)),
    ("沙嘴变", "110", (5,)),
    ("石桥变", "110", (6, 7)),
    ("高坡变", "35", (8,)),
)
_LETTERS = "甲乙丙丁"
Changeover = SupplyPoint.Changeover


def lay_lines(stations: Sequence[Station]) -> dict[int, list[Line]]:
    """Make substations and lines; returns the lines of each station, the two trunks first."""
    found: dict[int, list[Line]] = {}
    number = 0
    for place, (name, kilovolts, fed) in enumerate(_SUBSTATIONS, 1):
        unit = stations[fed[0]].unit.parent or stations[fed[0]].unit
        substation = Substation.objects.create(
            code=f"BD{place:02d}", name=name, unit=unit, voltage_kv=Decimal(kilovolts)
        )
        for station in fed:
            at = stations[station].unit
            stem = at.name.removesuffix("供电所")
            trunks = []
            for letter in _LETTERS[:2]:
                number += 1
                trunks.append(_line(number, f"10千伏{stem}{letter}线", "10", at, substation, None))
            branches = []
            for branch, trunk in zip(("一", "二"), trunks, strict=True):
                number += 1
                branches.append(_line(number, f"{trunk.name}{branch}支线", "10", at, None, trunk))
            found[station] = [*trunks, *branches]
        number += 1
        high = _line(number, f"35千伏{name[:-1]}专线", "35", unit, substation, None)
        for station in fed:
            found[station].append(high)
    return found


def _line(
    number: int, name: str, kilovolts: str, unit: Unit, substation: Substation | None, parent: Line | None
) -> Line:
    return Line.objects.create(
        code=f"XL{number:03d}",
        name=name,
        voltage_kv=Decimal(kilovolts),
        unit=unit,
        substation=substation,
        parent=parent,
    )


def connect_points(stations: Sequence[Station]) -> int:
    """Put every supply point on a line of its station; a standby point on another line. Returns how many."""
    lines = lay_lines(stations)
    # By what is written, so that 100,000 points are a few hundred statements.
    connected: dict[tuple[Line, str], list[int]] = defaultdict(list)
    for place, station in enumerate(stations):
        first, second, below_first, below_second, high = lines[place]
        low = cycle((first, below_first, second, below_second))
        chosen: dict[int, Line] = {}
        points = SupplyPoint.objects.filter(account__unit=station.unit).order_by("account_id", "role")
        rows = points.values_list("pk", "account_id", "account__voltage_kv", "account__importance")
        for pk, account_id, voltage_kv, importance in rows.iterator(chunk_size=2_000):
            main = chosen.get(account_id)
            if main is None:
                chosen[account_id] = high if voltage_kv is not None and voltage_kv >= 35 else next(low)
                connected[chosen[account_id], Changeover.NONE].append(pk)
                continue
            # From the other trunk, so that one fault does not take both; the most important switch by themselves.
            other = second if main in (first, below_first) else first
            is_automatic = importance in {Account.Importance.SPECIAL, Account.Importance.FIRST}
            connected[other, Changeover.AUTOMATIC if is_automatic else Changeover.MANUAL].append(pk)
    # A point is named after its line. The old names go first: two points of one account may change places.
    ours = SupplyPoint.objects.filter(account__unit__in=[station.unit for station in stations])
    ours.update(name=Cast("pk", CharField()))
    for (line, changeover), ids in connected.items():
        for start in range(0, len(ids), 500):
            SupplyPoint.objects.filter(pk__in=ids[start : start + 500]).update(
                line=line, changeover=changeover, name=line.name
            )
    return sum(map(len, connected.values()))
