"""What executives see of the tiers: sums, shares, movement, concentration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Tier:
    """One grade on one day."""

    grade: str
    accounts: int
    receivable: Decimal
    overdue: Decimal
    sales: Decimal
    accounts_share: float
    sales_share: float
    overdue_share: float


def tiers(sums: Mapping[str, tuple[int, Decimal, Decimal, Decimal]], grades: Sequence[str]) -> list[Tier]:
    """Return one row a grade, best first, grades of older schemes and none ("") after them where there are any.

    `sums`: grade → (accounts, receivable, overdue, sales).
    """
    order = [*grades, *sorted(one for one in sums if one not in grades)]
    accounts = sum(one[0] for one in sums.values())
    overdue = sum((one[2] for one in sums.values()), ZERO)
    sales = sum((one[3] for one in sums.values()), ZERO)
    found = []
    for grade in order:
        n, receivable, late, sold = sums.get(grade, (0, ZERO, ZERO, ZERO))
        found.append(
            Tier(
                grade,
                n,
                receivable,
                late,
                sold,
                n / accounts if accounts else 0.0,
                float(sold / sales) if sales else 0.0,
                float(late / overdue) if overdue else 0.0,
            )
        )
    return found


@dataclass(frozen=True)
class Movement:
    """The matrix between two days: `rows` from, columns to; both in the order of `grades`, "" (not there) last."""

    grades: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    risen: int
    fallen: int
    stayed: int


def movement(counts: Mapping[tuple[str, str], int], grades: Sequence[str]) -> Movement:
    """Return the matrix of how many accounts went from which grade to which."""
    strange = sorted({one for pair in counts for one in pair if one and one not in grades})
    order = (*grades, *strange, "")
    place = {grade: index for index, grade in enumerate(order)}
    risen = fallen = stayed = 0
    for (before, after), n in counts.items():
        if before and after:
            if place[after] < place[before]:
                risen += n
            elif place[after] > place[before]:
                fallen += n
            else:
                stayed += n
    rows = tuple(tuple(counts.get((before, after), 0) for after in order) for before in order)
    return Movement(order, rows, risen, fallen, stayed)


@dataclass(frozen=True)
class Concentration:
    """How much of a sum hangs on few: the share of the first ten, and how many make a half."""

    top: int
    share: float
    half: int | None


def concentration(largest: Iterable[Decimal], total: Decimal, top: int = 10) -> Concentration:
    """Return the concentration of a sum; `largest`: the greatest parts, largest first, at least `top` of them.

    `half` is None where the parts given do not reach a half.
    """
    parts = list(largest)
    if total <= 0:
        return Concentration(0, 0.0, None)
    run, half = ZERO, None
    for place, part in enumerate(parts, 1):
        run += part
        if run * 2 >= total:
            half = place
            break
    first = [part for part in parts[:top] if part > 0]
    return Concentration(len(first), float(sum(first, ZERO) / total), half)
