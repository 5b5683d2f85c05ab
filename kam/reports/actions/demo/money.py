"""The made-up company's money: two years of bills and payments, some late, and what is agreed about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from kam.accounts.models import Account
from kam.billing.actions import acceptance, agreements, ledger, posting, prepaid, telling
from kam.billing.models import Allocation, BankLine, Bill, Payment, PrepaidContract
from kam.billing.queries.bills import lines_of, terms_of
from kam.billing.queries.prepaid import prepaid_state
from kam.billing.queries.tariffs import TariffLookup, tariff_lookup
from kam.billing.rules.bill import Month, NoDemand, NoPriceFor, bill
from kam.billing.rules.energy import NoPrice, as_kwh
from kam.billing.rules.plans import Instalment
from kam.core.models import IntakeBatch, User
from kam.lib.money import to_cents
from kam.metering.models import MonthUse
from kam.metering.rules.tou import Band
from kam.reports.actions.demo.plan import SEED

MONTHS = 24
ISSUED, DUE = 5, 20  # days of the month after
CHANNELS = ("BANK", "BANK", "BANK", "ONLINE", "COUNTER", "POS", "DOOR")


def write_money(*, accounts: Sequence[Account], by: User, second: User, today: date, at: datetime) -> int:
    """Write bills of the months that are over, how they were paid, and stories for the pages; return how many."""
    uses: dict[int, list[MonthUse]] = defaultdict(list)
    rows = MonthUse.objects.filter(account__in=accounts, completeness__gte=0.5)
    for use in rows.order_by("account_id", "month"):
        if _issued(use.month) <= today:
            uses[use.account_id].append(use)
    bills: list[Bill] = []
    paid: list[tuple[Bill, date, Decimal]] = []
    for place, account in enumerate(accounts):
        dice = np.random.default_rng([SEED, 88, place])
        lookup = tariff_lookup(account)
        for use in uses[account.pk][-MONTHS:]:
            row = _bill(account, use, lookup, at)
            if row is None:
                continue
            bills.append(row)
            day = _paid_on(row, place, dice, today)
            if day is not None:
                paid.append((row, day, row.amount))
    Bill.objects.bulk_create(bills, batch_size=500)
    _pay(paid, at)
    with_bills = [account for account in accounts if uses[account.pk]]
    if len(with_bills) >= 8:
        _stories(with_bills, by=by, second=second, today=today, at=at)
    return len(bills)


def _issued(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, ISSUED)


def _bill(account: Account, use: MonthUse, lookup: TariffLookup, at: datetime) -> Bill | None:
    tariff = lookup.tariff(use.month)
    if tariff is None or use.kwh <= 0:
        return None
    reactive = [abs(value) for value in (use.kvarh_lag, use.kvarh_lead) if value is not None]
    month = Month(
        {Band(band): as_kwh(kwh) for band, kwh in use.kwh_by_band.items()},
        as_kwh(sum(reactive)) if reactive else None,
        None if use.max_kw is None else as_kwh(use.max_kw),
    )
    try:
        draft = bill(month, terms_of(account, tariff, lookup, use.month))
    except (NoPrice, NoPriceFor, NoDemand):
        return None
    issued = _issued(use.month)
    return Bill(
        account=account,
        number=f"DF{account.account_no}-{use.month:%Y%m}",
        period_from=use.month,
        period_until=issued.replace(day=1),
        issued_on=issued,
        due_on=issued.replace(day=DUE),
        amount=draft.total,
        kwh=draft.kwh,
        lines=lines_of(draft),
        source=Bill.Source.IMPORTED,
        at=at,
        open_amount=draft.total,
        settled_on=None if draft.total else issued,
    )


def _paid_on(row: Bill, place: int, dice: np.random.Generator, today: date) -> date | None:
    """Return the day of payment: most pay in time, every fifth now and then late, every eleventh mostly and longer."""
    if place % 11 == 4:
        late = int(dice.integers(3, 45)) if dice.random() < 0.75 else -int(dice.integers(0, 6))
    elif place % 5 == 2:
        late = int(dice.integers(1, 14)) if dice.random() < 0.35 else -int(dice.integers(0, 10))
    else:
        late = int(dice.integers(1, 4)) if dice.random() < 0.03 else -int(dice.integers(0, 13))
    day = row.due_on + timedelta(days=late)
    return day if day <= today else None


def _pay(paid: Sequence[tuple[Bill, date, Decimal]], at: datetime) -> None:
    payments = Payment.objects.bulk_create(
        [
            Payment(
                account=row.account,
                key=f"demo:{row.number}",
                channel=CHANNELS[number % len(CHANNELS)],
                received_on=day,
                booked_on=day,
                amount=amount,
                free_amount=0,
                reference=row.number,
                payer=row.account.name,
                at=at,
            )
            for number, (row, day, amount) in enumerate(paid)
            if amount
        ],
        batch_size=500,
    )
    owed = [one for one in paid if one[2]]
    Allocation.objects.bulk_create(
        [
            Allocation(payment=payment, bill=row, amount=amount, value_on=day, on=day, at=at)
            for payment, (row, day, amount) in zip(payments, owed, strict=True)
        ],
        batch_size=500,
    )
    ids = [row.pk for row, _day, _amount in owed]
    for start in range(0, len(ids), 500):
        ledger.refresh_bills(ids[start : start + 500])


def _stories(accounts: Sequence[Account], *, by: User, second: User, today: date, at: datetime) -> None:
    """Make accounts that show what pages are for: the third to the tenth of those with bills."""
    chosen = list(accounts[2:10])
    _unpay(chosen[0], 3)  # three open bills: a plan that is broken
    _unpay(chosen[1], 2)  # a plan in force
    _unpay(chosen[2], 2)  # an acceptance bill that was dishonoured
    _unpay(chosen[3], 1)  # contested in part
    _unpay(chosen[4], 4)  # long overdue, a demand and a write-off asked for
    _plan(chosen[0], days=(-20, 10), start=-35, by=by, second=second, today=today, at=at)
    _plan(chosen[1], days=(6, 26, 46), start=0, by=by, second=second, today=today, at=at)
    _dishonour(chosen[2], by=by, today=today, at=at)
    _contest(chosen[3], by=by, at=at)
    late = Bill.objects.owed().filter(account=chosen[4]).order_by("due_on").first()
    if late is not None:
        telling.demand(account=chosen[4], by=by, at=at)
        part = to_cents(late.open_amount / 10)
        agreements.propose_write_off(bill=late, amount=part, reason="抄表差错多计部分，客户已提供证明", by=by, at=at)
    if len(chosen) > 5:
        _prepaid(chosen[5], by=by, today=today, at=at)
    _bank(chosen, by=by, today=today, at=at)


def _unpay(account: Account, count: int) -> None:
    """Leave the last bills of the account open: their payments never came in this story."""
    last = list(Bill.objects.filter(account=account).order_by("-issued_on")[:count])
    ids = [row.pk for row in last]
    payments = list(Allocation.objects.filter(bill__in=ids).values_list("payment_id", flat=True))
    # Made a moment ago by this very build and seen by nobody: not rows of the ledger yet.
    Allocation.objects.filter(bill__in=ids)._raw_delete(using=Allocation.objects.db)
    Payment.objects.filter(pk__in=payments)._raw_delete(using=Payment.objects.db)
    ledger.refresh_bills(ids)


def _plan(
    account: Account, *, days: Sequence[int], start: int, by: User, second: User, today: date, at: datetime
) -> None:
    owed = sum((row.open_amount for row in Bill.objects.owed().filter(account=account)), Decimal(0))
    if not owed:
        return
    part = to_cents(owed / len(days))
    parts = [part] * (len(days) - 1)
    amounts = [*parts, owed - sum(parts, Decimal(0))]
    # It was agreed when it began, so that its past days are past.
    then = at + timedelta(days=start)
    plan = agreements.propose_plan(
        account=account,
        instalments=[Instalment(today + timedelta(days=d), a) for d, a in zip(days, amounts, strict=True)],
        starts_on=today + timedelta(days=start),
        reason="货款每月中旬回笼，申请分期",
        with_expected=False,
        by=by,
        at=then,
    )
    agreements.decide_plan(plan=plan, approve=True, note="同意，按期跟踪", by=second, at=then)
    agreements.look_at_plan(plan, at=at)


def _dishonour(account: Account, *, by: User, today: date, at: datetime) -> None:
    first = Bill.objects.owed().filter(account=account).order_by("due_on").first()
    if first is None:
        return
    row = acceptance.register(
        account=account,
        number=f"1302{account.account_no}2026",
        acceptor="江海集团财务有限公司",
        face=first.open_amount,
        issued_on=today - timedelta(days=190),
        due_on=today - timedelta(days=3),
        discount_rate=Decimal(0),
        by=by,
        at=at - timedelta(days=20),
    )
    acceptance.take(bill=row, by=by, at=at - timedelta(days=19))
    acceptance.dishonour(bill=row, reason="承兑人账户余额不足", by=by, at=at - timedelta(days=2))


def _contest(account: Account, *, by: User, at: datetime) -> None:
    row = Bill.objects.owed().filter(account=account).order_by("-due_on").first()
    if row is not None:
        part = to_cents(row.open_amount / 5)
        agreements.contest(bill=row, amount=part, reason="客户称力调电费计算有误", version=row.version, by=by, at=at)


def _prepaid(account: Account, *, by: User, today: date, at: datetime) -> None:
    for row in Bill.objects.owed().filter(account=account):
        posting.post(
            account=account,
            amount=row.open_amount,
            channel="ONLINE",
            received_on=today,
            key=f"demo:rest:{row.number}",
            by=by,
            at=at,
        )
    contract = PrepaidContract(account=account, contract_no=f"GD{account.account_no}", signed_on=today.replace(day=1))
    found = prepaid_state(contract, today)
    left = found.per_day.get(False, Decimal(10_000)) * 7
    posting.post(
        account=account,
        amount=to_cents(found.balance.used + left),
        channel="ONLINE",
        received_on=today.replace(day=1),
        key=f"demo:prepaid:{account.account_no}",
        by=by,
        at=at,
    )
    prepaid.sign(
        account=account,
        contract_no=contract.contract_no,
        signed_on=contract.signed_on,
        may_limit=True,
        by=by,
        at=at,
    )


def _bank(accounts: Sequence[Account], *, by: User, today: date, at: datetime) -> None:
    """Leave two lines of a bank that a person has to look at."""
    batch = IntakeBatch.objects.create(
        kind=IntakeBatch.Kind.BANK,
        status=IntakeBatch.Status.DONE,
        by=by,
        at=at,
        file_name=f"银行流水{today:%Y%m%d}（虚构）.csv",
        sha256="0" * 64,
        counts={"rows_read": 2, "posted": 0, "open": 2, "duplicates": 0, "rejected": 0},
    )
    for number, account in enumerate(accounts[:2]):
        BankLine.objects.create(
            batch=batch,
            key=f"bank:demo:{number}",
            line=number + 2,
            received_on=today - timedelta(days=1),
            amount=Decimal(50_000) + number,
            payer=account.name if number == 0 else "江海物资贸易有限公司",
            reference=f"2026{number:08d}",
            text="电费" if number == 0 else "代付电费",
            candidates=[{"account": account.pk, "why": "name" if number == 0 else "amount"}],
        )
