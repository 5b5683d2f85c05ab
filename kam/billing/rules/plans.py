"""Payment plans (分期缴费): dates and shares that fit the customer's cash, tried out against rules and bills."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kam.billing.rules.allocation import Open, allocate
from kam.billing.rules.penalty import Rates, Settled, penalty
from kam.lib.money import to_cents

ZERO = Decimal("0.00")


class PlanStatus(StrEnum):
    """How a plan stands."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    KEPT = "KEPT"
    BROKEN = "BROKEN"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


PLAN_MOVES: dict[str, frozenset[str]] = {
    PlanStatus.PROPOSED: frozenset({PlanStatus.ACTIVE, PlanStatus.REFUSED}),
    PlanStatus.ACTIVE: frozenset({PlanStatus.KEPT, PlanStatus.BROKEN, PlanStatus.ENDED}),
    # Paid after all, or the payment that had mended it bounced.
    PlanStatus.BROKEN: frozenset({PlanStatus.ACTIVE, PlanStatus.KEPT, PlanStatus.ENDED}),
    PlanStatus.KEPT: frozenset({PlanStatus.BROKEN}),
    PlanStatus.REFUSED: frozenset(),
    PlanStatus.ENDED: frozenset(),
}


class BadShares(ValueError):
    """Shares are above nothing and add up to 100 %; days are those of a month."""


@dataclass(frozen=True)
class Instalment:
    """So much until and on this day."""

    due_on: date
    amount: Decimal


def spread(total: Decimal, days: Sequence[date], shares: Sequence[Decimal]) -> list[Instalment]:
    """Cut `total` by `shares`: each rounded half up to the cent, the last takes what is left, so that they add up."""
    if len(days) != len(shares) or not days or min(shares) <= 0:
        raise BadShares
    whole = sum(shares, Decimal(0))
    parts = [to_cents(total * share / whole) for share in shares[:-1]]
    parts.append(total - sum(parts, ZERO))
    return [Instalment(day, part) for day, part in zip(days, parts, strict=True)]


def cycle(
    days_of_month: Sequence[int], shares: Sequence[Decimal], start: date, rounds: int
) -> list[tuple[date, Decimal]]:
    """Return the next days of the customer's cash cycle after `start` with their shares, `rounds` months of them.

    `days_of_month`: 10, 25 is the 10th and 25th; 31 is the last day of each month.
    """
    if len(days_of_month) != len(shares) or not shares or min(shares) <= 0 or not rounds > 0:
        raise BadShares
    if any(not 1 <= day <= 31 for day in days_of_month) or len(set(days_of_month)) < len(days_of_month):
        raise BadShares
    found: list[tuple[date, Decimal]] = []
    year, month = start.year, start.month
    while len(found) < rounds * len(shares):
        for day, share in sorted(zip(days_of_month, shares, strict=True)):
            on = date(year, month, min(day, monthrange(year, month)[1]))
            if on > start and len(found) < rounds * len(shares):
                found.append((on, share))
        year, month = year + month // 12, month % 12 + 1
    return found


@dataclass(frozen=True)
class Owed:
    """One bill of the simulation; `expected`: not issued yet, its amount is a forecast."""

    key: int
    number: str
    issued_on: date
    due_on: date
    amount: Decimal
    expected: bool = False
    residential: bool = False


@dataclass(frozen=True)
class Step:
    """What one instalment does. `open_before`: what is owed that day; `open_after`; `overdue_after`: past its day."""

    instalment: Instalment
    open_before: Decimal
    open_after: Decimal
    overdue_after: Decimal


@dataclass(frozen=True)
class Simulation:
    """The plan tried out. `penalty`: what the bills would bear under the plan; `left`: what it does not pay."""

    steps: tuple[Step, ...]
    penalty: Decimal
    left: Decimal
    peak_overdue: Decimal
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What the company allows; a plan outside is refused by the rules of collection, whoever asks."""

    most_days: int
    most_instalments: int
    first_within_days: int
    least_share: Decimal


def simulate(
    owed: Sequence[Owed], instalments: Sequence[Instalment], *, start: date, rates: Sequence[Rates], limits: Limits
) -> Simulation:
    """Let the instalments pay the bills, the oldest first, and say what is left, late and against the rules.

    Problems: `not_in_order`, `in_the_past`, `too_long`, `too_many`, `first_too_late`, `share_too_small`, `not_covered`,
    `too_much`.
    """
    open_now = {one.key: one.amount for one in owed}
    settled: dict[int, list[Settled]] = defaultdict(list)
    issued = {one.key: one.issued_on for one in owed}
    credit = ZERO
    steps: list[Step] = []

    def pay(money: Decimal, on: date, since: date) -> Decimal:
        """Let money that is there since `since` pay what is issued by `on`; returns what waits for the next bill."""
        rows = [Open(one.key, one.due_on, open_now[one.key]) for one in owed if issued[one.key] <= on]
        shares, rest = allocate(money, [row for row in rows if row.amount])
        for share in shares:
            open_now[share.bill_id] -= share.amount
            settled[share.bill_id].append(Settled(max(since, issued[share.bill_id]), share.amount))
        return rest

    last = start
    for instalment in instalments:
        on = instalment.due_on
        credit = pay(credit, on, last)
        there = [one for one in owed if one.issued_on <= on]
        before = sum((open_now[one.key] for one in there), ZERO)
        credit += pay(instalment.amount, on, on)
        last = on
        late = sum((open_now[one.key] for one in there if one.due_on < on), ZERO)
        steps.append(Step(instalment, before, sum((open_now[one.key] for one in there), ZERO), late))
    end = max((one.due_on for one in instalments), default=start)
    credit = pay(credit, date.max, last)
    borne = sum(
        (
            penalty(one.amount, one.due_on, settled[one.key], until=end, rates=rates, residential=one.residential).yuan
            for one in owed
        ),
        ZERO,
    )
    left = sum(open_now.values(), ZERO)
    return Simulation(
        tuple(steps),
        borne,
        left,
        max((step.overdue_after for step in steps), default=ZERO),
        tuple(_problems(owed, instalments, start, limits, left, credit)),
    )


def _problems(
    owed: Sequence[Owed],
    instalments: Sequence[Instalment],
    start: date,
    limits: Limits,
    left: Decimal,
    credit: Decimal,
) -> Iterable[str]:
    days = [one.due_on for one in instalments]
    if days != sorted(set(days)) or not days:
        yield "not_in_order"
        return
    if days[0] < start:
        yield "in_the_past"
    if (days[-1] - start).days > limits.most_days:
        yield "too_long"
    if len(days) > limits.most_instalments:
        yield "too_many"
    overdue = any(one.due_on < start for one in owed)
    if overdue and (days[0] - start).days > limits.first_within_days:
        yield "first_too_late"
    total = sum((one.amount for one in instalments), ZERO)
    if any(one.amount < total * limits.least_share for one in instalments):
        yield "share_too_small"
    if left:
        yield "not_covered"
    if credit:
        yield "too_much"


@dataclass(frozen=True)
class Watched:
    """One instalment as it stands on a day: `missing` of the sum that was to be there by its day."""

    instalment: Instalment
    paid: Decimal  # of this instalment
    missing: Decimal
    days_late: int


@dataclass(frozen=True)
class Watch:
    """A plan as it stands on a day: `broken_on` is the first day on which too little was there; None: kept so far."""

    rows: tuple[Watched, ...]
    paid: Decimal
    broken_on: date | None
    fulfilled: bool
    next_due: Instalment | None

    @property
    def missing(self) -> Decimal:
        return sum((row.missing for row in self.rows if row.days_late), ZERO)


def watch(
    instalments: Sequence[Instalment], payments: Sequence[tuple[date, Decimal]], at: date, grace: int = 0
) -> Watch:
    """Say whether the payments, (day, yuan) each, were there in time: by the end of each instalment's day.

    `grace`: days that the bank may take. What comes early counts for the next instalments.
    """
    came = sorted(payments)
    paid = sum((amount for day, amount in came if day <= at), ZERO)
    rows: list[Watched] = []
    broken: date | None = None
    due = ZERO
    for one in sorted(instalments, key=lambda one: one.due_on):
        have = min(max(paid - due, ZERO), one.amount)
        due += one.amount
        limit = one.due_on + timedelta(days=grace)
        by_then = sum((amount for day, amount in came if day <= min(limit, at)), ZERO)
        if at > limit and by_then < due and broken is None:
            broken = limit + timedelta(days=1)
        missing = one.amount - have
        late = (at - limit).days if missing and at > limit else 0
        rows.append(Watched(one, have, missing, late))
    following = next((row.instalment for row in rows if row.missing and not row.days_late), None)
    return Watch(tuple(rows), paid, broken, paid >= due, following)


def paydays(payments: Iterable[tuple[date, Decimal]], most: int = 3) -> list[tuple[int, Decimal]]:
    """Return on which days of the month the customer's money has come, with their shares: its cash cycle.

    Days within two of one another are one; the weightiest first, at most `most`, those under a tenth left out.
    """
    by_day: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for on, amount in payments:
        by_day[on.day] += amount
    total = sum(by_day.values(), ZERO)
    found: list[tuple[int, Decimal]] = []
    while by_day and len(found) < most:
        centre = max(by_day, key=lambda day: (sum(by_day.get(n, ZERO) for n in range(day - 2, day + 3)), day))
        weight = sum((by_day.pop(n, ZERO) for n in range(centre - 2, centre + 3)), ZERO)
        if weight * 10 < total:
            break
        found.append((centre, weight))
    whole = sum((weight for _, weight in found), ZERO)
    return sorted((day, (weight / whole).quantize(Decimal("0.01"))) for day, weight in found) if whole else []
