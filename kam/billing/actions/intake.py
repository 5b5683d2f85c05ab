"""Take bills in from a file of the billing system: each number once, however often the file is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Q

from kam.accounts.actions.search_index import add, entries_of
from kam.accounts.models import Account, TimelineEntry
from kam.billing.actions.ledger import first_open_day, lock, post_payment, refresh_bills, spend_credit
from kam.billing.actions.notes import take_notes
from kam.billing.actions.posting import money_changed
from kam.billing.models import Allocation, Bill, CreditNote, Payment
from kam.billing.rules.bill_rows import ALIASES, BillRow, Problem, Understood, places_of, understand
from kam.core.actions import COMPANY_CODE, record
from kam.core.models import IntakeBatch, Unit, User
from kam.lib import clock
from kam.lib.sheets import read_table

CHUNK = 1_000
_KEPT_REJECTS = 1_000
STORED, UNCHANGED = "stored", "unchanged"


@dataclass
class Outcome:
    """What became of a file: `rows_read` = `stored` + `duplicates` + rejected. `fates`: by line, of the first two."""

    rows_read: int = 0
    stored: int = 0
    settled: int = 0
    duplicates: int = 0
    accounts_created: int = 0
    problems: list[Problem] = field(default_factory=list)
    fates: dict[int, str] = field(default_factory=dict)
    month_first: bool = False
    month_first_certain: bool = True
    batch: IntakeBatch | None = None


def take_in(
    *,
    path: Path,
    columns: Mapping[str, str],
    month_first: bool | None,
    create_accounts: bool,
    by: User | None,
    at: datetime,
    file_name: str = "",
) -> Outcome:
    """Store the bills of a file, in one transaction; a `settled` day makes a payment of the whole bill on that day.

    A number that is stored with the same figures is a duplicate, with others it is refused: a bill is not changed but
    reversed. An amount below nothing is a credit note. Unknown accounts are refused, or made as candidates. Who is
    not of the whole company takes in bills of its own accounts only.
    Raises `kam.lib.sheets.UnreadableTable`, `kam.billing.rules.bill_rows.NoColumn`.
    """
    table = read_table(path)
    said = understand(table.rows, places_of(table.header, columns), month_first=month_first)
    name, mark = file_name or path.name, hashlib.sha256(path.read_bytes()).hexdigest()
    return _take_in(said, create_accounts=create_accounts, name=name, sha256=mark, by=by, at=at)


def take_in_rows(*, rows: Sequence[Mapping[str, str]], name: str, by: User, at: datetime) -> Outcome:
    """Store bills that another system hands over, as those of a file: cells by column (`ALIASES`), days as ISO.

    Lines are counted from 0. Where all of them are stored already, nothing is written, no batch either.
    """
    columns = list(ALIASES)
    cells = [(line, [row.get(column, "") for column in columns]) for line, row in enumerate(rows)]
    said = understand(cells, {column: place for place, column in enumerate(columns)}, iso_only=True)
    mark = hashlib.sha256(json.dumps([dict(row) for row in rows], sort_keys=True).encode()).hexdigest()
    try:
        return _take_in(said, create_accounts=False, name=name, sha256=mark, by=by, at=at, quiet=True)
    except IntegrityError:
        # Another call stored one of the numbers for another account meanwhile; now it is seen and refused.
        return _take_in(said, create_accounts=False, name=name, sha256=mark, by=by, at=at, quiet=True)


def _take_in(
    said: Understood,
    *,
    create_accounts: bool,
    name: str,
    sha256: str,
    by: User | None,
    at: datetime,
    quiet: bool = False,
) -> Outcome:
    outcome = Outcome(
        rows_read=len(said.rows) + len(said.problems),
        problems=list(said.problems),
        month_first=said.month_first,
        month_first_certain=said.month_first_certain,
    )
    with transaction.atomic():
        mark = transaction.savepoint()
        batch = IntakeBatch.objects.create(
            kind=IntakeBatch.Kind.BILLS,
            status=IntakeBatch.Status.DONE,
            by=by,
            at=at,
            file_name=name[:200],
            sha256=sha256,
        )
        _store(said, batch, outcome, create_accounts=create_accounts, by=by, at=at)
        outcome.problems.sort(key=lambda one: one.row)
        if quiet and outcome.duplicates == outcome.rows_read and not outcome.settled:
            transaction.savepoint_rollback(mark)
            return outcome
        outcome.batch = batch
        batch.rejects = [
            {"row": one.row, "column": one.column, "problem": one.code} for one in outcome.problems[:_KEPT_REJECTS]
        ]
        batch.counts = {
            "rows_read": outcome.rows_read,
            "stored": outcome.stored,
            "settled": outcome.settled,
            "duplicates": outcome.duplicates,
            "rejected": len(outcome.problems),
            "accounts_created": outcome.accounts_created,
        }
        batch.save(update_fields=["counts", "rejects"])
        record(by=by, at=at, action="bills.taken_in", subject=batch, **batch.counts)
    return outcome


def _store(
    said: Understood, batch: IntakeBatch, outcome: Outcome, *, create_accounts: bool, by: User | None, at: datetime
) -> None:
    seen: set[str] = set()
    once: list[BillRow] = []
    for row in said.rows:
        if row.number in seen:
            outcome.problems.append(Problem(row.line, "number", "number_twice", row.number))
        else:
            seen.add(row.number)
            once.append(row)
    told: set[int] = set()
    changed: set[int] = set()
    notes = [row for row in once if row.amount < 0]
    once = [row for row in once if row.amount >= 0]
    for start in range(0, len(once), CHUNK):
        chunk = once[start : start + CHUNK]
        accounts = _locked(chunk, outcome, create_accounts=create_accounts, by=by, at=at)
        new, paid_since = _fresh(_of_today(chunk, outcome, at), accounts, outcome, by=by)
        _write(new, accounts, batch, outcome, by=by, at=at)
        for row, bill in paid_since:
            if _pay(row, bill, batch, by=by, at=at):
                outcome.settled += 1
                changed.add(bill.account_id)
        told |= {accounts[row.account_no].pk for row in new}
    for start in range(0, len(notes), CHUNK):  # after the bills that they may correct
        chunk = notes[start : start + CHUNK]
        accounts = _locked(chunk, outcome, create_accounts=create_accounts, by=by, at=at)
        within = [row for row in chunk if _reached(row, accounts, outcome, by=by)]
        fates, problems = take_notes(within, accounts, batch, by=by, at=at)
        outcome.problems += problems
        outcome.stored += sum(fates.values())
        outcome.duplicates += len(fates) - sum(fates.values())
        outcome.fates |= {line: STORED if is_new else UNCHANGED for line, is_new in fates.items()}
        changed |= {accounts[row.account_no].pk for row in within if fates.get(row.line)}
    facts = {"file": batch.file_name}
    ref = f"core.IntakeBatch:{batch.pk}"
    TimelineEntry.objects.bulk_create(
        (
            TimelineEntry(account_id=pk, at=at, by=by, kind="bills.taken_in", facts=facts, ref=ref)
            for pk in sorted(told)
        ),
        batch_size=1_000,
    )
    for pk in sorted(changed):
        money_changed(pk, at=at)


def _locked(
    rows: Sequence[BillRow], outcome: Outcome, *, create_accounts: bool, by: User | None, at: datetime
) -> dict[str, Account]:
    """Return the accounts of the rows, locked before anybody looks what is stored: sent twice at once, stored once."""
    accounts = _accounts(rows, outcome, create_accounts=create_accounts, by=by, at=at)
    for pk in sorted(account.pk for account in accounts.values()):
        lock(pk)
    return accounts


def _reached(row: BillRow, accounts: Mapping[str, Account], outcome: Outcome, *, by: User | None) -> bool:
    """Tell whether the row's account is there and within reach; else note why not."""
    account, reach = accounts.get(row.account_no), by.unit_ids if by else None
    if account is None:
        outcome.problems.append(Problem(row.line, "account", "unknown_account", row.account_no))
    elif reach is not None and account.unit_id not in reach:
        outcome.problems.append(Problem(row.line, "account", "out_of_reach", row.account_no))
    else:
        return True
    return False


def _accounts(
    rows: Sequence[BillRow], outcome: Outcome, *, create_accounts: bool, by: User | None, at: datetime
) -> dict[str, Account]:
    numbers = {row.account_no for row in rows}
    found = {account.account_no: account for account in Account.objects.filter(account_no__in=numbers)}
    missing = sorted(numbers - set(found))
    if missing and create_accounts:
        unit = (by.unit if by else None) or Unit.objects.get(code=COMPANY_CODE)
        made = Account.objects.bulk_create(
            Account(
                account_no=number,
                name=number,
                unit=unit,
                status=Account.Status.CANDIDATE,
                created_at=at,
                updated_at=at,
            )
            for number in missing
        )
        add(entry for account in made for entry in entries_of(account))
        TimelineEntry.objects.bulk_create(
            TimelineEntry(account=account, at=at, by=by, kind="account.created", facts={}) for account in made
        )
        outcome.accounts_created += len(made)
        found |= {account.account_no: account for account in made}
    return found


def _of_today(rows: Sequence[BillRow], outcome: Outcome, at: datetime) -> list[BillRow]:
    """Return the rows that tell of what has been; money of a day to come pays nothing."""
    today, found = clock.day_of(at), []
    for row in rows:
        if row.issued_on > today:
            outcome.problems.append(Problem(row.line, "issued", "in_future", row.issued_on.isoformat()))
        elif row.settled_on is not None and row.settled_on > today:
            outcome.problems.append(Problem(row.line, "settled", "in_future", row.settled_on.isoformat()))
        else:
            found.append(row)
    return found


def _pay(row: BillRow, bill: Bill, batch: IntakeBatch, *, by: User | None, at: datetime) -> bool:
    """Post what the file says was paid of a bill that was stored before."""
    if row.settled_on is None or not bill.open_amount or bill.cancelled_on:
        return False
    key = f"bill:{row.number}"
    before = list(
        Payment.objects.filter(Q(key=key) | Q(key__startswith=f"{key}#")).values_list("received_on", flat=True)
    )
    if row.settled_on in before:
        return False  # a person took that payment back: the same file again does not bring it again
    post_payment(
        account=bill.account,
        amount=bill.open_amount,
        channel=Payment.Channel.BANK,
        received_on=row.settled_on,
        key=f"{key}#{len(before)}" if before else key,
        reference=row.number,
        told={bill.pk: bill.open_amount},
        batch=batch,
        by=by,
        at=at,
    )
    return True


def _fresh(
    rows: Sequence[BillRow], accounts: Mapping[str, Account], outcome: Outcome, *, by: User | None
) -> tuple[list[BillRow], list[tuple[BillRow, Bill]]]:
    """Return the rows that are new and may be stored, and those stored before; the others are counted or refused."""
    numbers = [row.number for row in rows]
    stored = {bill.number: bill for bill in Bill.objects.filter(number__in=numbers).select_related("account")}
    noted = set(CreditNote.objects.filter(number__in=numbers).values_list("number", flat=True))
    opened = first_open_day()
    new, known = [], []
    for row in rows:
        if not _reached(row, accounts, outcome, by=by):
            continue
        account, bill = accounts[row.account_no], stored.get(row.number)
        if bill is not None and (bill.account_id, bill.amount, bill.issued_on, bill.due_on) == (
            account.pk,
            row.amount,
            row.issued_on,
            row.due_on,
        ):
            outcome.duplicates += 1
            outcome.fates[row.line] = UNCHANGED
            known.append((row, bill))
        elif bill is not None or row.number in noted:
            outcome.problems.append(Problem(row.line, "number", "differs", row.number))
        elif opened is not None and row.issued_on < opened:
            outcome.problems.append(Problem(row.line, "issued", "month_closed", row.issued_on.isoformat()))
        else:
            new.append(row)
    return new, known


def _write(
    rows: Sequence[BillRow],
    accounts: Mapping[str, Account],
    batch: IntakeBatch,
    outcome: Outcome,
    *,
    by: User | None,
    at: datetime,
) -> None:
    ids = sorted({accounts[row.account_no].pk for row in rows})
    bills = Bill.objects.bulk_create(
        [
            Bill(
                account=accounts[row.account_no],
                number=row.number,
                period_from=row.period_from,
                period_until=row.period_until,
                issued_on=row.issued_on,
                due_on=row.due_on,
                amount=row.amount,
                kwh=row.kwh,
                lines=[
                    {"code": code, "formula": "imported", "figures": {}, "yuan": str(yuan)} for code, yuan in row.lines
                ],
                source=Bill.Source.IMPORTED,
                batch=batch,
                by=by,
                at=at,
                open_amount=row.amount,
                settled_on=None if row.amount else row.issued_on,
            )
            for row in rows
        ]
    )
    paid = [(row, bill) for row, bill in zip(rows, bills, strict=True) if row.settled_on and row.amount]
    payments = Payment.objects.bulk_create(
        [
            Payment(
                account=bill.account,
                key=f"bill:{row.number}",
                channel=Payment.Channel.BANK,
                received_on=row.settled_on,
                booked_on=max(row.settled_on, row.issued_on),
                amount=row.amount,
                free_amount=0,
                reference=row.number,
                batch=batch,
                by=by,
                at=at,
            )
            for row, bill in paid
            if row.settled_on
        ]
    )
    Allocation.objects.bulk_create(
        [
            Allocation(
                payment=payment,
                bill=bill,
                amount=bill.amount,
                value_on=payment.booked_on,
                on=payment.booked_on,
                by=by,
                at=at,
            )
            for payment, (_row, bill) in zip(payments, paid, strict=True)
        ]
    )
    refresh_bills([bill.pk for _row, bill in paid])
    credited = Payment.objects.filter(account_id__in=ids, free_amount__gt=0, reversed_on=None)
    for pk in credited.order_by("account_id").values_list("account_id", flat=True).distinct():
        spend_credit(pk, by=by, at=at)
    outcome.stored += len(bills)
    outcome.fates |= {row.line: STORED for row in rows}
    outcome.settled += len(paid)
