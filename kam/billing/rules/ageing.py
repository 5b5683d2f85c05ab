"""Receivables by age (账龄): days past the due date, in buckets that are data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal("0.00")


class BadBuckets(ValueError):
    """Bounds are whole days above nothing, each larger than the one before."""


@dataclass(frozen=True)
class Bucket:
    """Days late from `from_days` to `to_days`, both counted in; no end: all that is older. None, None: not due yet."""

    from_days: int | None
    to_days: int | None
    invoices: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True)
class Ageing:
    """What is open on a day; `not_due` and `buckets` add up to `total`."""

    total: Decimal
    invoices: int
    not_due: Bucket
    buckets: tuple[Bucket, ...]

    @property
    def overdue(self) -> Decimal:
        return self.total - self.not_due.amount


def bounds(buckets: Sequence[int]) -> list[tuple[int, int | None]]:
    """Return (from, to) of each bucket: 30, 60 gives 1-30, 31-60 and 61 on. Raises `BadBuckets`."""
    last = 0
    found: list[tuple[int, int | None]] = []
    for bound in buckets:
        if isinstance(bound, bool) or not isinstance(bound, int) or bound <= last:
            raise BadBuckets(list(buckets))
        found.append((last + 1, bound))
        last = bound
    return [*found, (last + 1, None)]


def ageing(opened: Iterable[tuple[date, Decimal]], at: date, buckets: Sequence[int]) -> Ageing:
    """Sort open amounts, (due date, yuan) each, by how late they are on `at`; due on `at` itself is not late."""
    edges = bounds(buckets)
    counts, sums = [0] * len(edges), [ZERO] * len(edges)
    early, early_sum = 0, ZERO
    for due, amount in opened:
        late = (at - due).days
        if late <= 0:
            early, early_sum = early + 1, early_sum + amount
            continue
        place = next(i for i, (_from, to) in enumerate(edges) if to is None or late <= to)
        counts[place] += 1
        sums[place] += amount
    return Ageing(
        total=early_sum + sum(sums, ZERO),
        invoices=early + sum(counts),
        not_due=Bucket(None, None, early, early_sum),
        buckets=tuple(
            Bucket(low, high, count, amount) for (low, high), count, amount in zip(edges, counts, sums, strict=True)
        ),
    )
