"""A small stored network: Li's account with two sources, Zhao's with one, on two lines of one substation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kam.network.models import Line, Substation, SupplyPoint
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Crew, Outage
from tests.cast import NOW, Cast, make_cast


@dataclass
class Grid:
    cast: Cast
    first: Line  # Li's main supply, Zhao's only one
    second: Line  # Li's standby, automatic
    crew: Crew


def make_grid() -> Grid:
    cast = make_cast()
    substation = Substation.objects.create(code="B1", name="东湖变", unit=cast.district, voltage_kv=Decimal(110))
    first, second = (
        Line.objects.create(
            code=code, name=f"东湖{code}线", unit=cast.station, voltage_kv=Decimal(10), substation=substation
        )
        for code in ("甲", "乙")
    )
    SupplyPoint.objects.create(account=cast.account, name="主供", line=first, kva=2_000)
    SupplyPoint.objects.create(
        account=cast.account, name="备用", role="STANDBY", changeover="AUTOMATIC", line=second, kva=1_000
    )
    SupplyPoint.objects.create(account=cast.other_account, name="主供", line=first, kva=800)
    return Grid(cast, first, second, Crew.objects.create(code="C1", name="检修一班", unit=cast.district))


def make_outage(grid: Grid, *, days: float = 40, hours: float = 8, **changes: Any) -> Outage:
    """A planned outage of the first line, so many days from now."""
    start: datetime = NOW + timedelta(days=days)
    fields: dict[str, Any] = {
        "kind": "PLANNED",
        "title": "更换12号杆",
        "reason": "电杆老化",
        "unit": grid.cast.station,
        "crew": None,
        "lines": [grid.first],
        "starts_at": start,
        "ends_at": start + timedelta(hours=hours),
        "by": grid.cast.planner,
        "at": NOW,
    }
    return planning.draft(**{**fields, **changes})
