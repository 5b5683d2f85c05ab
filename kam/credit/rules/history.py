"""What a customer did so far, as the grading looks at it: bills with their payments, plan instalments, noted facts.

Days are company days. A bill's last day to pay is `due`; it is late from the day after.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

NOTHING = Decimal(0)


class FactKind(StrEnum):
    """Conduct that no bill tells of; each is noted by a person, with its source."""

    THEFT = "THEFT"  # 窃电
    ILLEGAL_USE = "ILLEGAL_USE"  # 违约用电
    NO_NEW_CONTRACT = "NO_NEW_CONTRACT"  # 变更用电后未重新签订合同
    CONTRACT_BROKEN = "CONTRACT_BROKEN"  # 违反供用电合同
    ACCIDENT = "ACCIDENT"  # 因用户原因造成电网事故或人身伤亡
    HAZARD = "HAZARD"  # 重大隐患经通知不整改
    DEFECT = "DEFECT"  # 一般安全缺陷未消除
    DISHONOURED = "DISHONOURED"  # 商业承兑汇票拒付
    OUTSIDE = "OUTSIDE"  # 外部风险信号:失信、诉讼、重整、欠税


class BillFact(NamedTuple):
    """A bill, and what was paid on it: (day, yuan) in order of days. A contested bill is left out of the grading."""

    id: int
    due: date
    amount: Decimal
    paid: Sequence[tuple[date, Decimal]] = ()
    contested: bool = False


class Fact(NamedTuple):
    """Something noted. `mended`: the day from which it no longer stands; `weight` 1 (slight) to 3 (grave)."""

    id: int
    kind: FactKind
    day: date
    mended: date | None = None
    weight: int = 1


class Instalment(NamedTuple):
    """One date of a payment plan: kept is whether it was paid in full by then."""

    due: date
    kept: bool


@dataclass(frozen=True)
class History:
    """All that is known of a customer. `since`: customer from that day; None where nobody knows."""

    bills: Sequence[BillFact]
    facts: Sequence[Fact] = ()
    instalments: Sequence[Instalment] = ()
    since: date | None = None


def months_before(day: date, months: int) -> date:
    """Return the same day `months` earlier, or the last of that month where it is shorter."""
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def open_amount(bill: BillFact, at: date) -> Decimal:
    """Return what is unpaid of the bill at the end of `at`."""
    return max(bill.amount - sum((yuan for day, yuan in bill.paid if day <= at), NOTHING), NOTHING)


def paid_in_time(bill: BillFact) -> bool:
    """Tell whether all of it was paid by the last day."""
    return sum((yuan for day, yuan in bill.paid if day <= bill.due), NOTHING) >= bill.amount


def late_yuan_days(bill: BillFact, at: date) -> Decimal:
    """Return yuan × days late, paid pieces by the day they came, the unpaid rest by `at`."""
    total, rest = NOTHING, bill.amount
    for day, yuan in bill.paid:
        if day > at:
            break
        piece = min(yuan, rest)
        rest -= piece
        if day > bill.due:
            total += piece * (day - bill.due).days
    if rest > 0 and at > bill.due:
        total += rest * (at - bill.due).days
    return total


def overdue(history: History, at: date) -> list[tuple[BillFact, Decimal]]:
    """Return the bills of which something is overdue at the end of `at`, oldest first, with how much."""
    found = [
        (bill, rest)
        for bill in history.bills
        if bill.due < at and not bill.contested and (rest := open_amount(bill, at)) > 0
    ]
    return sorted(found, key=lambda one: (one[0].due, one[0].id))
