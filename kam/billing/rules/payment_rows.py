"""Payments that another system hands over: what a row says, what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kam.billing.rules.bill_rows import Problem, amount_of, iso_day

LIMITS: Mapping[str, int] = {"account": 32, "reference": 100, "payer": 120, "note": 200}
NEEDED = ("account", "reference", "received", "amount")


@dataclass(frozen=True)
class PaymentRow:
    """One payment; `told`: what it is for, yuan by the number of a bill; None: the oldest debt first."""

    line: int
    account_no: str
    reference: str
    received_on: date
    amount: Decimal
    channel: str
    payer: str
    note: str
    told: Mapping[str, Decimal] | None


@dataclass
class UnderstoodPayments:
    """What a call says."""

    rows: list[PaymentRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def understand(
    rows: Sequence[tuple[Mapping[str, str], Mapping[str, str] | None]], *, channels: Collection[str], today: date
) -> UnderstoodPayments:
    """Return the payments in their order, lines counted from 0, and why the other rows are none.

    A row is its cells by column, and what it is told for by bill number. The first of `channels` is the usual one.
    """
    found, seen = UnderstoodPayments(), set()
    usual = next(iter(channels))
    for line, (cells, told) in enumerate(rows):
        one = _row(line, cells, told, channels=channels, usual=usual, today=today)
        if isinstance(one, PaymentRow) and one.reference in seen:
            one = Problem(line, "reference", "number_twice", one.reference)
        if isinstance(one, Problem):
            found.problems.append(one)
        else:
            seen.add(one.reference)
            found.rows.append(one)
    return found


def _row(
    line: int,
    cells: Mapping[str, str],
    told: Mapping[str, str] | None,
    *,
    channels: Collection[str],
    usual: str,
    today: date,
) -> PaymentRow | Problem:
    row = {name: text.strip() for name, text in cells.items()}
    for name in NEEDED:
        if not row.get(name):
            return Problem(line, name, "missing")
    for name, most in LIMITS.items():
        if len(row.get(name, "")) > most:
            return Problem(line, name, "too_long", row[name][:40])
    received = iso_day(row["received"])
    if received is None:
        return Problem(line, "received", "not_a_date", row["received"][:40])
    if received > today:
        return Problem(line, "received", "in_future", row["received"])
    amount = amount_of(row["amount"])
    if amount is None:
        return Problem(line, "amount", "not_an_amount", row["amount"][:40])
    if amount <= 0:
        return Problem(line, "amount", "not_above_nothing", row["amount"][:40])
    channel = row.get("channel") or usual
    if channel not in channels:
        return Problem(line, "channel", "unknown_channel", channel[:40])
    shares: dict[str, Decimal] | None = None
    if told is not None:
        shares = {}
        for number, text in told.items():
            share = amount_of(text)
            if share is None or share <= 0:
                return Problem(line, "bills", "not_an_amount", f"{number}: {text}"[:40])
            shares[number] = share
        if sum(shares.values()) > amount:
            return Problem(line, "bills", "too_much", str(amount))
    return PaymentRow(
        line,
        row["account"],
        row["reference"],
        received,
        amount,
        channel,
        row.get("payer", ""),
        row.get("note", ""),
        shares,
    )
