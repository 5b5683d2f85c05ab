"""Late-payment penalty (电费违约金), derived day by day from what was open; DOMAIN section 1.4.

Day d bears a penalty where due < d, on the balance open when d began (a payment of day d still counts as open on d),
at the rate in force on d. Simple: penalty bears none. The sum of all days is rounded half up to the cent, once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kam.lib.money import to_cents

ZERO = Decimal(0)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rates:
    """Rates per day as they hold in `[valid_from, valid_until)`: shares of the overdue amount, 0.002 is 0.2 %.

    `same_year`: days in the calendar year of the due date; `cross_year`: days in later years.
    """

    valid_from: date
    valid_until: date | None
    residential: Decimal
    same_year: Decimal
    cross_year: Decimal

    def of(self, day: date, due: date, *, residential: bool) -> Decimal:
        if residential:
            return self.residential
        return self.same_year if day.year == due.year else self.cross_year


class NoRate(LookupError):
    """No row of the rule holds on a day that bears a penalty."""


@dataclass(frozen=True)
class Settled:
    """So much was paid (or given up) on a day."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Stretch:
    """Days `[first, until)` on which one balance was open at one rate; `yuan` is not rounded."""

    first: date
    until: date
    balance: Decimal
    rate: Decimal

    @property
    def days(self) -> int:
        return (self.until - self.first).days

    @property
    def yuan(self) -> Decimal:
        return self.balance * self.days * self.rate


@dataclass(frozen=True)
class Penalty:
    """What one bill bears until a day. `exact`: before rounding; `yuan`: rounded, with the minimum where one holds."""

    stretches: tuple[Stretch, ...]
    exact: Decimal
    yuan: Decimal
    minimum_applied: bool

    @property
    def days(self) -> int:
        return sum(stretch.days for stretch in self.stretches)


def penalty(
    amount: Decimal,
    due: date,
    settled: Sequence[Settled],
    *,
    until: date,
    rates: Sequence[Rates],
    residential: bool = False,
    minimum: Decimal = ZERO,
) -> Penalty:
    """Return the penalty of one bill over all days d with due < d <= `until`.

    `minimum`: yuan; a penalty above nothing and below it is collected as it (DOMAIN 1.4, L4); 0 switches it off.
    Raises `NoRate`.
    """
    stretches = tuple(_stretches(amount, due, settled, until, rates, residential))
    exact = sum((stretch.yuan for stretch in stretches), ZERO)
    yuan = to_cents(exact)
    small = ZERO < exact < minimum
    return Penalty(stretches, exact, to_cents(minimum) if small else yuan, small)


def _stretches(
    amount: Decimal, due: date, settled: Sequence[Settled], until: date, rates: Sequence[Rates], residential: bool
) -> Iterator[Stretch]:
    """Cut the days after `due` wherever balance or rate changes."""
    end = until + _DAY
    start = due + _DAY
    # A payment of day p lowers the balance from p + 1 on; a new year or a new rate changes it on its own first day.
    cuts = {one.on + _DAY for one in settled} | {date(year, 1, 1) for year in range(start.year, end.year + 1)}
    for row in rates:
        cuts |= {row.valid_from} | ({row.valid_until} if row.valid_until else set())
    edges = sorted({start, end} | {cut for cut in cuts if start < cut < end}) if start < end else []
    for first, stop in zip(edges, edges[1:], strict=False):
        balance = amount - sum((one.amount for one in settled if one.on < first), ZERO)
        if balance > 0:
            yield Stretch(first, stop, balance, _rate(first, due, rates, residential))


def _rate(day: date, due: date, rates: Sequence[Rates], residential: bool) -> Decimal:
    for row in rates:
        if row.valid_from <= day and (row.valid_until is None or day < row.valid_until):
            return row.of(day, due, residential=residential)
    raise NoRate(day.isoformat())


def daily(balance: Decimal, due: date, day: date, rates: Sequence[Rates], *, residential: bool = False) -> Decimal:
    """Return what one day adds, not rounded: what tomorrow costs who does not pay today."""
    return balance * _rate(day, due, rates, residential) if day > due else ZERO
