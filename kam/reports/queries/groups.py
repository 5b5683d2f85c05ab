"""What the accounts of a group add up to, as far as the reader sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from kam.accounts.models import Account
from kam.metering.models import MonthUse


@dataclass(frozen=True)
class Totals:
    """Sums over the accounts of one group that the reader sees; energy of the year in kWh."""

    accounts: int
    capacity_kva: Decimal
    kwh: float


NOTHING = Totals(0, Decimal(0), 0.0)


def totals(visible: QuerySet[Account], group_ids: Sequence[int], *, year: int) -> dict[int, Totals]:
    """Return the totals of each group among the `visible` accounts, in two queries."""
    members = visible.filter(group_id__in=group_ids)
    sums = members.order_by().values("group_id").annotate(n=Count("pk"), kva=Sum("contract_kva"))
    used = (
        MonthUse.objects.filter(
            account__in=members.values("pk"), month__gte=date(year, 1, 1), month__lt=date(year + 1, 1, 1)
        )
        .order_by()
        .values("account__group_id")
        .annotate(kwh=Sum("kwh"))
    )
    energy = {row["account__group_id"]: float(row["kwh"]) for row in used}
    return {
        row["group_id"]: Totals(row["n"], row["kva"] or Decimal(0), energy.get(row["group_id"], 0.0)) for row in sums
    }


def with_energy(accounts: Sequence[Account], *, year: int) -> list[tuple[Account, float | None]]:
    """Pair each account with its energy of the year, in one query; None where there are no readings."""
    sums = (
        MonthUse.objects.filter(
            account__in=[account.pk for account in accounts],
            month__gte=date(year, 1, 1),
            month__lt=date(year + 1, 1, 1),
        )
        .order_by()
        .values("account_id")
        .annotate(kwh=Sum("kwh"))
    )
    energy = {row["account_id"]: float(row["kwh"]) for row in sums}
    return [(account, energy.get(account.pk)) for account in accounts]
