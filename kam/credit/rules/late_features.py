"""What is known of a bill on the day it is issued that may tell whether it will be paid late (CRE-8).

Only what was settled before that day counts as known; nothing of the bill's own fate is used.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

FEATURES = (
    "own_rate",  # share of own bills paid late, drawn towards the company's
    "own_days",  # days after the due date on average, drawn towards the company's
    "recent_days",  # the same with the newest counting most
    "recent_share",  # of the last three, how many were late
    "chance",  # of lateness, if own days were normally spread
    "spread",  # of own days
    "last_days",  # of the bill settled last
    "worst_days",
    "known",  # log of the bills known
    "open",  # bills unpaid on the day of issue
    "overdue",  # of them overdue
    "amount",  # log of yuan
    "amount_ratio",  # to the own average
    "amount_days",  # what the amount adds, as own larger bills were paid later or earlier
    "company_rate",  # the company's share of late bills over the last 60 days
)
HISTORY_NEEDED = 3
_DRAW = 5.0
_RECENT_DAYS = 60


class PaidBill(NamedTuple):
    """A bill as the risk of late payment sees it. `settled`: the day its last yuan came; None while unpaid."""

    id: int
    account: int
    issued: date
    due: date
    amount: float
    settled: date | None


class Known(NamedTuple):
    """What was known of a bill when it was issued. `bills`: how many own bills were settled then."""

    bill: PaidBill
    features: tuple[float, ...]
    bills: int
    own_rate: float  # plain, the company's where there is no own


@dataclass
class _Customer:
    days: list[int] = field(default_factory=list)  # after the due date, by day of settlement
    amounts: list[float] = field(default_factory=list)
    late: int = 0
    recent: float = 0.0
    recent_weight: float = 0.0
    worst: int = -999
    open: dict[int, date] = field(default_factory=dict)


def known_at_issue(bills: Iterable[PaidBill], keep: Callable[[PaidBill], bool] | None = None) -> list[Known]:
    """Return what was known of each bill, walking through time once. `bills`: in order of issue.

    `keep`: of which bills the answer is wanted; from the others is only learned: a million need little memory.
    """
    customers: dict[int, _Customer] = {}
    waiting: list[tuple[date, int, PaidBill]] = []  # issued, not yet settled, by day of settlement
    company = _Company()
    found = []
    for bill in bills:
        while waiting and waiting[0][0] < bill.issued:
            day, _, paid = heapq.heappop(waiting)
            _settle(customers[paid.account], company, paid, day)
        customer = customers.setdefault(bill.account, _Customer())
        company.forget(bill.issued)
        if keep is None or keep(bill):
            found.append(_known(bill, customer, company))
        customer.open[bill.id] = bill.due
        if bill.settled is not None:
            heapq.heappush(waiting, (bill.settled, bill.id, bill))
    return found


class _Company:
    """The company's late bills, all and of the last 60 days."""

    def __init__(self) -> None:
        self.bills = self.late = 0
        self.days = 0.0
        self.recent: deque[tuple[date, int]] = deque()
        self.recent_late = 0

    def add(self, day: date, days: int) -> None:
        late = int(days > 0)
        self.bills, self.late, self.days = self.bills + 1, self.late + late, self.days + days
        self.recent.append((day, late))
        self.recent_late += late

    def forget(self, today: date) -> None:
        while self.recent and (today - self.recent[0][0]).days > _RECENT_DAYS:
            self.recent_late -= self.recent.popleft()[1]

    @property
    def rate(self) -> float:
        return (self.late + 6) / (self.bills + 20)  # 30 % until more is known

    @property
    def recent_rate(self) -> float:
        return (self.recent_late + 10 * self.rate) / (len(self.recent) + 10)

    @property
    def mean_days(self) -> float:
        return self.days / self.bills if self.bills else -3.0


def _settle(customer: _Customer, company: _Company, bill: PaidBill, day: date) -> None:
    days = max(min((day - bill.due).days, 365), -120)
    customer.open.pop(bill.id, None)
    customer.days.append(days)
    customer.amounts.append(bill.amount)
    customer.late += days > 0
    customer.recent = 0.8 * customer.recent + days
    customer.recent_weight = 0.8 * customer.recent_weight + 1
    customer.worst = max(customer.worst, days)
    company.add(day, days)


def _known(bill: PaidBill, customer: _Customer, company: _Company) -> Known:
    n = len(customer.days)
    rate = (customer.late + _DRAW * company.rate) / (n + _DRAW)
    mean = (sum(customer.days) + 3 * company.mean_days) / (n + 3)
    spread = _spread(customer.days) if n > 2 else 8.0
    last = customer.days[-3:]
    average = sum(customer.amounts) / n if n else bill.amount
    features = (
        rate,
        mean,
        (customer.recent + company.mean_days) / (customer.recent_weight + 1),
        (sum(day > 0 for day in last) + rate) / (len(last) + 1),
        0.5 * (1 + math.erf(mean / max(spread, 3.0) / math.sqrt(2))),
        spread,
        float(last[-1]) if last else mean,
        float(customer.worst) if n else mean,
        math.log1p(n),
        float(len(customer.open)),
        float(sum(due < bill.issued for due in customer.open.values())),
        math.log(max(bill.amount, 1.0)),
        min(bill.amount / average, 5.0) if average > 0 else 1.0,
        _slope(customer.amounts, customer.days) * (bill.amount - average) if n >= 4 else 0.0,
        company.recent_rate,
    )
    return Known(bill, features, n, customer.late / n if n else company.rate)


def _spread(days: Sequence[int]) -> float:
    mean = sum(days) / len(days)
    return math.sqrt(sum((day - mean) ** 2 for day in days) / len(days))


def _slope(amounts: Sequence[float], days: Sequence[int]) -> float:
    n = len(amounts)
    mean, mean_days = sum(amounts) / n, sum(days) / n
    spread = sum((amount - mean) ** 2 for amount in amounts)
    if spread <= 0:
        return 0.0
    both = sum((amount - mean) * (day - mean_days) for amount, day in zip(amounts, days, strict=True))
    return both / spread * n / (n + 10)
