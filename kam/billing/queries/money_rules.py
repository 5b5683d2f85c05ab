"""The rules of money in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kam.billing.rules.penalty import Rates
from kam.core import queries as core
from kam.core.models import RuleValue


def penalty_rates() -> list[Rates]:
    """Return every row of the penalty's rates, for days of any year."""
    rows = RuleValue.objects.filter(key="penalty.daily").order_by("-valid_from")
    return [
        Rates(
            row.valid_from,
            row.valid_until,
            **{name: Decimal(str(row.value[name])) for name in ("residential", "same_year", "cross_year")},
        )
        for row in rows
    ]


def penalty_minimum(day: date) -> Decimal:
    """Return the smallest penalty that is collected, 0 where there is none."""
    return Decimal(str(core.rule("penalty.minimum_yuan", day)))


def ageing_buckets(day: date) -> Sequence[int]:
    """Return the bounds of the ages of receivables."""
    return list(core.rule("billing.ageing.buckets", day))
