"""The indicators of a grade: each gives a value, the evidence behind it, and what would lift it (CRE-1).

Formulas: on-time rate = bills paid by due date / bills due; days late weighted by amount; arrears ratio = overdue /
one month's bills (DOMAIN 7.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from kam.credit.rules.history import (
    BillFact,
    Fact,
    FactKind,
    History,
    late_yuan_days,
    months_before,
    open_amount,
    overdue,
    paid_in_time,
)

EVIDENCE = 12  # bills or facts kept behind one indicator; the page leads to all of them


class Indicator(StrEnum):
    ON_TIME = "ON_TIME"  # share of bills paid by the last day
    DAYS_LATE = "DAYS_LATE"  # average days late, weighted by amount
    ARREARS = "ARREARS"  # overdue now, in months' bills
    ARREARS_AGE = "ARREARS_AGE"  # days the oldest overdue bill is late
    PLANS_KEPT = "PLANS_KEPT"  # share of plan instalments paid on their date
    DISHONOURED = "DISHONOURED"  # bills of exchange dishonoured
    CONTRACT = "CONTRACT"  # breaches of the supply contract
    ILLEGAL_USE = "ILLEGAL_USE"  # theft and illegal use
    DEFECTS = "DEFECTS"  # safety defects and hazards unmended
    LENGTH = "LENGTH"  # years a customer
    SIZE = "SIZE"  # yuan billed in a year
    OUTSIDE = "OUTSIDE"  # signs from outside, by weight


@dataclass(frozen=True)
class Measured:
    """What an indicator found. `value` None: there is nothing to measure yet. `lift`: what would raise it, as a code
    with figures; empty where nothing the customer does now can."""

    value: float | None
    bills: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()
    lift: tuple[str, str] = ("", "")


class Window:
    """A history seen at one day over the last `months`; what several indicators need is worked out once."""

    __slots__ = ("history", "at", "begin", "months", "due", "late", "overdue")

    def __init__(self, history: History, at: date, months: int) -> None:
        self.history, self.at, self.months = history, at, months
        self.begin = months_before(at, months)
        self.due: list[BillFact] = [
            bill for bill in history.bills if self.begin <= bill.due < at and not bill.contested and bill.amount > 0
        ]
        self.late: list[BillFact] = [bill for bill in self.due if not paid_in_time(bill)]
        self.overdue: list[tuple[BillFact, Decimal]] = overdue(history, at)

    def facts(self, *kinds: FactKind) -> list[Fact]:
        """Return facts of these kinds of the window, mended or not."""
        return [fact for fact in self.history.facts if fact.kind in kinds and self.begin <= fact.day <= self.at]

    def standing(self, *kinds: FactKind) -> list[Fact]:
        """Return facts of these kinds that still stand at the day."""
        return [
            fact
            for fact in self.history.facts
            if fact.kind in kinds and fact.day <= self.at and (fact.mended is None or fact.mended > self.at)
        ]


def _ids(bills: list[BillFact]) -> tuple[int, ...]:
    return tuple(bill.id for bill in bills[-EVIDENCE:])


def _facts(facts: list[Fact]) -> tuple[int, ...]:
    return tuple(fact.id for fact in facts[-EVIDENCE:])


def _on_time(seen: Window) -> Measured:
    if not seen.due:
        return Measured(None)
    share = 1 - len(seen.late) / len(seen.due)
    lift = ("bills_in_time", str(len(seen.late))) if seen.late else ("", "")
    return Measured(share, _ids(seen.late), lift=lift)


def _days_late(seen: Window) -> Measured:
    billed = sum((bill.amount for bill in seen.due), Decimal(0))
    if not billed:
        return Measured(None)
    days = float(sum((late_yuan_days(bill, seen.at) for bill in seen.late), Decimal(0)) / billed)
    return Measured(days, _ids(seen.late), lift=("bills_in_time", str(len(seen.late))) if seen.late else ("", ""))


def _arrears(seen: Window) -> Measured:
    owed = sum((rest for _, rest in seen.overdue), Decimal(0))
    billed = sum((bill.amount for bill in seen.due), Decimal(0))
    if not owed:
        return Measured(0.0)
    months = max(len({(bill.due.year, bill.due.month) for bill in seen.due}), 1)
    ratio = float(owed / (billed / months)) if billed else 1.0
    return Measured(ratio, _ids([bill for bill, _ in seen.overdue]), lift=("pay", f"{owed:.2f}"))


def _arrears_age(seen: Window) -> Measured:
    if not seen.overdue:
        return Measured(0.0)
    oldest = seen.overdue[0][0].due
    behind = [bill for bill, _ in seen.overdue if bill.due == oldest]
    owed = sum((open_amount(bill, seen.at) for bill in behind), Decimal(0))
    return Measured(float((seen.at - oldest).days), _ids(behind), lift=("pay", f"{owed:.2f}"))


def _plans_kept(seen: Window) -> Measured:
    due = [one for one in seen.history.instalments if seen.begin <= one.due < seen.at]
    if not due:
        return Measured(None)
    kept = sum(one.kept for one in due)
    return Measured(kept / len(due), lift=("keep_plan", "") if kept < len(due) else ("", ""))


def _count(*kinds: FactKind, lift: str = "wait") -> Callable[[Window], Measured]:
    def count(seen: Window) -> Measured:
        found = seen.facts(*kinds)
        return Measured(float(len(found)), facts=_facts(found), lift=(lift, str(len(found))) if found else ("", ""))

    return count


def _standing(*kinds: FactKind, lift: str) -> Callable[[Window], Measured]:
    def standing(seen: Window) -> Measured:
        found = seen.standing(*kinds)
        weight = float(sum(fact.weight for fact in found))
        return Measured(weight, facts=_facts(found), lift=(lift, str(len(found))) if found else ("", ""))

    return standing


def _length(seen: Window) -> Measured:
    if seen.history.since is None:
        return Measured(None)
    return Measured(max((seen.at - seen.history.since).days, 0) / 365.25)


def _size(seen: Window) -> Measured:
    if not seen.due:
        return Measured(None)
    billed = sum((bill.amount for bill in seen.due), Decimal(0))
    months = max(len({(bill.due.year, bill.due.month) for bill in seen.due}), 1)
    return Measured(float(billed) / months * 12)


MEASURES: dict[Indicator, Callable[[Window], Measured]] = {
    Indicator.ON_TIME: _on_time,
    Indicator.DAYS_LATE: _days_late,
    Indicator.ARREARS: _arrears,
    Indicator.ARREARS_AGE: _arrears_age,
    Indicator.PLANS_KEPT: _plans_kept,
    Indicator.DISHONOURED: _count(FactKind.DISHONOURED),
    Indicator.CONTRACT: _count(FactKind.CONTRACT_BROKEN, FactKind.NO_NEW_CONTRACT),
    Indicator.ILLEGAL_USE: _count(FactKind.THEFT, FactKind.ILLEGAL_USE),
    Indicator.DEFECTS: _standing(FactKind.DEFECT, FactKind.HAZARD, lift="mend"),
    Indicator.LENGTH: _length,
    Indicator.SIZE: _size,
    Indicator.OUTSIDE: _standing(FactKind.OUTSIDE, lift="outside"),
}
