"""Take the file of a bank in: certain matches are posted, the others become work for a person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from kam.accounts.models import Account
from kam.billing.actions.posting import post
from kam.billing.models import BankLine, Bill, Payment
from kam.billing.rules import matching
from kam.billing.rules.bill_rows import places_of
from kam.billing.rules.matching import BankRow, Match, Payer
from kam.core.actions import record
from kam.core.models import IntakeBatch, User
from kam.lib import clock
from kam.lib.sheets import read_table


class LineDone(Exception):
    """Somebody posted it or set it aside meanwhile."""


@dataclass
class BankOutcome:
    """What became of a file: `rows_read` = posted + open + duplicates + refused."""

    batch: IntakeBatch
    rows_read: int = 0
    posted: int = 0
    left: int = 0
    duplicates: int = 0
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def take_in_bank_file(
    *, path: Path, columns: Mapping[str, str], by: User, at: datetime, file_name: str = ""
) -> BankOutcome:
    """Read the payments of a file, once each, however often it is sent; post what surely belongs to one account.

    Only accounts that the person sees are looked through. Raises `UnreadableTable`, `NoColumn`.
    """
    table = read_table(path)
    rows, problems = matching.read(
        table.rows, places_of(table.header, columns, aliases=matching.ALIASES, needed=matching.NEEDED)
    )
    today = clock.day_of(at)
    problems += [(row.line, "day", "in_future") for row in rows if row.received_on > today]
    rows = [row for row in rows if row.received_on <= today]
    with transaction.atomic():
        batch = IntakeBatch.objects.create(
            kind=IntakeBatch.Kind.BANK,
            status=IntakeBatch.Status.DONE,
            by=by,
            at=at,
            file_name=(file_name or path.name)[:200],
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        outcome = BankOutcome(batch, rows_read=len(rows) + len(problems), problems=problems)
        keys = _keys(rows)
        known = set(BankLine.objects.filter(key__in=keys).values_list("key", flat=True))
        fresh = [(row, key) for row, key in zip(rows, keys, strict=True) if key not in known]
        outcome.duplicates = len(rows) - len(fresh)
        payers = payers_of([row for row, _ in fresh], by)
        accounts = {
            account.pk: account for account in Account.objects.filter(pk__in=[one.account_id for one in payers])
        }
        for row, key in fresh:
            found = matching.match(row, payers)
            line = _line(batch, row, key, found)
            if found and found[0].certain:
                _post(line, accounts[found[0].account_id], found[0], by=by, at=at)
                outcome.posted += 1
            else:
                outcome.left += 1
        batch.counts = {
            "rows_read": outcome.rows_read,
            "posted": outcome.posted,
            "open": outcome.left,
            "duplicates": outcome.duplicates,
            "rejected": len(problems),
        }
        batch.rejects = [{"row": line, "column": name, "problem": code} for line, name, code in problems[:1000]]
        batch.save(update_fields=["counts", "rejects"])
        record(by=by, at=at, action="bank.taken_in", subject=batch, **batch.counts)
    return outcome


def post_line(*, line: BankLine, account: Account, by: User, at: datetime) -> Payment:
    """Post a line that a person has given to an account. Raises `LineDone`."""
    with transaction.atomic():
        line = BankLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
        if line.status != BankLine.Status.OPEN:
            raise LineDone
        return _post(line, account, Match(account.pk, "person", True), by=by, at=at)


def set_aside(*, line: BankLine, note: str, by: User, at: datetime) -> BankLine:
    """Note that a line is no payment of a customer. Raises `LineDone`."""
    with transaction.atomic():
        done = BankLine.objects.filter(pk=line.pk, status=BankLine.Status.OPEN).update(
            status=BankLine.Status.SET_ASIDE, note=note[:200], decided_by=by, decided_at=at
        )
        if not done:
            raise LineDone
        record(by=by, at=at, action="bank.set_aside", subject=line, note=note)
    line.refresh_from_db()
    return line


def _keys(rows: Sequence[BankRow]) -> list[str]:
    """Return a key for each row: its reference, else its day, sum and payer, numbered where they are alike."""
    seen: dict[str, int] = defaultdict(int)
    keys = []
    for row in rows:
        base = row.reference or hashlib.sha256(f"{row.payer}|{row.text}".encode()).hexdigest()[:24]
        base = f"bank:{row.received_on}:{row.amount}:{base}"[:110]
        seen[base] += 1
        keys.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return keys


def payers_of(rows: Sequence[BankRow], by: User) -> list[Payer]:
    """Return the accounts that the rows may name: by a number in their text, by name, and all that owe these sums."""
    words = set().union(*(matching.numbers_in(row) for row in rows)) if rows else set()
    names = {row.payer for row in rows if row.payer}
    sums = {row.amount for row in rows}
    seen = Account.objects.visible_to(by)
    ids = set(seen.filter(account_no__in=words).values_list("pk", flat=True))
    ids |= set(seen.filter(name__in=names).values_list("pk", flat=True))
    owed = Bill.objects.owed().filter(account__in=seen)
    ids |= set(owed.filter(number__in=words).values_list("account_id", flat=True))
    ids |= set(owed.filter(open_amount__in=sums).values_list("account_id", flat=True))
    plain = {matching.plain_name(name) for name in names}
    debtors = seen.filter(pk__in=owed.order_by().values("account_id"))
    ids |= {pk for pk, name in debtors.values_list("pk", "name") if matching.plain_name(name) in plain}
    bills: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    rows_of = Bill.objects.owed().filter(account_id__in=ids).order_by("due_on", "pk")
    for account_id, number, left in rows_of.values_list("account_id", "number", "open_amount"):
        bills[account_id].append((number, left))
    found = Account.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "account_no", "name")
    return [Payer(pk, number, name, tuple(bills[pk])) for pk, number, name in found]


def _line(batch: IntakeBatch, row: BankRow, key: str, found: Sequence[Match]) -> BankLine:
    return BankLine.objects.create(
        batch=batch,
        key=key,
        line=row.line,
        received_on=row.received_on,
        amount=row.amount,
        payer=row.payer,
        reference=row.reference,
        text=row.text,
        candidates=[{"account": one.account_id, "why": one.why} for one in found],
    )


def _post(line: BankLine, account: Account, found: Match, *, by: User, at: datetime) -> Payment:
    told = None
    if found.bill_number:
        bill = Bill.objects.owed().filter(number=found.bill_number, account=account).first()
        # More than the bill is not told for it alone: the rest pays what is oldest.
        told = {bill.pk: line.amount} if bill and line.amount <= bill.open_amount else None
    payment = post(
        account=account,
        amount=line.amount,
        channel=Payment.Channel.BANK,
        received_on=line.received_on,
        key=line.key,
        reference=line.reference,
        payer=line.payer,
        note=line.text,
        told=told,
        batch=line.batch,
        by=by,
        at=at,
    )
    BankLine.objects.filter(pk=line.pk).update(
        status=BankLine.Status.POSTED, why=found.why, account=account, payment=payment, decided_by=by, decided_at=at
    )
    return payment
