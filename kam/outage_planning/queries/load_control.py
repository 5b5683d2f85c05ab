"""Who can be asked to take less, how a cut is shared, and who has read a call (OUT-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from kam.accounts.models import Account
from kam.network import queries as network_queries
from kam.network.models import SupplyPoint
from kam.outage_planning.models import Notice, Outage, OutageImpact
from kam.outage_planning.rules.load_control import Level, shared

_SHORT = {Level.I: "Ⅰ", Level.II: "Ⅱ", Level.III: "Ⅲ", Level.IV: "Ⅳ"}


def level_words(level: str, language: str) -> str:
    """Name a level to a customer: Ⅲ级, level Ⅲ; nothing for none."""
    if not level:
        return ""
    sign = _SHORT[Level(level)]
    return f"{sign}级" if language.startswith("zh") else f"level {sign}"


def cuts_of(outage: Outage) -> dict[int, int]:
    """Return the kW that each account of a call is to take less."""
    rows = OutageImpact.objects.filter(outage=outage, cut_kw__isnull=False)
    return {pk: kw for pk, kw in rows.values_list("account_id", "cut_kw") if kw is not None}


def told(outage: Outage) -> int:
    """Return how many accounts have a notice of an outage."""
    return Notice.objects.filter(outage=outage).values("account_id").distinct().count()


def on_lines(accounts: QuerySet[Account], line_ids: Iterable[int]) -> QuerySet[Account]:
    """Return those of the accounts that hang on these lines or on what branches off them."""
    points = SupplyPoint.objects.filter(line_id__in=network_queries.below(line_ids))
    return accounts.filter(pk__in=points.values("account_id"))


def shares(accounts: QuerySet[Account], total_kw: int) -> dict[int, int]:
    """Share a cut among accounts by their contracted capacity."""
    weights = {pk: float(kva or 0) for pk, kva in accounts.order_by("pk").values_list("pk", "contract_kva")}
    return shared(total_kw, weights)


@dataclass(frozen=True)
class Receipts:
    """Who has read a call and who has not; `rows` those who have not first."""

    rows: list[Notice]
    told: int
    proven: int
    acknowledged: int

    @property
    def silent(self) -> int:
        return self.told - self.acknowledged

    @property
    def share(self) -> float | None:
        return self.acknowledged / self.told if self.told else None


def receipts(notices: QuerySet[Any], *, most: int = 500) -> Receipts:
    """Return how far the notices of one outage are. Two queries; figures count all, rows stop at `most`."""
    live = notices.filter(superseded_at=None)
    counts = list(live.values_list("proven_at", "acknowledged_at"))
    rows = list(
        live.select_related("account", "message").order_by("acknowledged_at", "proven_at", "account__name", "pk")[:most]
    )
    rows.sort(key=lambda row: (row.acknowledged_at is not None, row.proven_at is not None, row.account.name))
    return Receipts(
        rows=rows,
        told=len(counts),
        proven=sum(proven is not None for proven, _ in counts),
        acknowledged=sum(seen is not None for _, seen in counts),
    )
