"""What a prepaid account has left, from payments, bills and readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, Sum

from kam.billing.models import Bill, Payment, PrepaidContract
from kam.billing.queries.bills import CannotBill, month_bill, next_month
from kam.billing.queries.tariffs import price_table, tariff_lookup
from kam.billing.rules.energy import as_kwh
from kam.billing.rules.prepaid import Balance, Level, daily_cost, level_of, runs_out_on
from kam.core import queries as core
from kam.lib.money import to_cents
from kam.metering.queries import account_profile, calendar_lookup
from kam.metering.rules.load import bands_in
from kam.metering.rules.profile import NoReadings
from kam.metering.rules.tou import BANDS

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class PrepaidState:
    """A prepaid account on a day: its balance, what a day costs, when it runs out, and the level of warning."""

    balance: Balance
    per_day: dict[bool, Decimal]
    daily: list[tuple[date, Decimal]]
    runs_out: date | None
    level: Level
    problem: str  # why the use could not be priced: a code of CannotBill


def prepaid_state(contract: PrepaidContract, at: date) -> PrepaidState:
    """Return how the contract's account stands, from the ledger and from every reading since the last bill."""
    account = contract.account
    bills = Bill.objects.standing().filter(account=account)
    opened = bills.aggregate(sum=Sum("open_amount"))["sum"] or ZERO
    free = Payment.objects.standing().filter(account=account).aggregate(sum=Sum("free_amount"))["sum"] or ZERO
    last = bills.filter(kind=Bill.Kind.ENERGY).aggregate(last=Max("period_until"))["last"]
    since = max(last, contract.signed_on) if last else contract.signed_on
    used, until, problem = _used(contract, since, at)
    balance = Balance(to_cents(Decimal(free)), to_cents(Decimal(opened)), used, until)
    costs = _daily(contract, at)
    per_day = daily_cost(costs)
    end = runs_out_on(balance.yuan, per_day, until or at) if per_day else None
    days = core.rule("prepaid.warn_days", at)
    return PrepaidState(balance, per_day, costs, end, level_of(balance.yuan, end, at, days), problem)


def _used(contract: PrepaidContract, since: date, at: date) -> tuple[Decimal, date | None, str]:
    """Price what was used from `since` on, month by month, as the bill will."""
    total, until, month = ZERO, None, since.replace(day=1)
    while month <= at:
        try:
            found = month_bill(contract.account, month, min(at + timedelta(days=1), next_month(month)))
        except CannotBill as cannot:
            return total, until, "" if cannot.code == "no_readings" and until else cannot.code
        total += found.draft.total
        until = _read_until(contract, month) or until
        month = next_month(month)
    return total, until, ""


def _read_until(contract: PrepaidContract, month: date) -> date | None:
    try:
        profile = account_profile(contract.account, month, next_month(month))
    except NoReadings:
        return None
    read = profile.day_index[profile.kwh == profile.kwh]
    return (profile.days[int(read.max())] + 1).item() if len(read) else None


def _daily(contract: PrepaidContract, at: date) -> list[tuple[date, Decimal]]:
    """Return what each day of the last five weeks cost; the second part of the tariff is spread over the days."""
    account = contract.account
    try:
        profile = account_profile(account, at - timedelta(days=35), at + timedelta(days=1))
    except NoReadings:
        return []
    lookup = tariff_lookup(account)
    bands = bands_in(profile, calendar_lookup(account))
    found = []
    for number, day in enumerate(profile.days.tolist()):
        tariff = lookup.tariff(day)
        here = profile.day_index == number
        kwh = profile.kwh[here]
        if tariff is None or (kwh != kwh).all():
            continue
        prices = price_table(tariff).prices
        yuan = ZERO
        for index, band in enumerate(BANDS):
            part = kwh[bands[here] == index]
            if len(part) and band in prices:
                yuan += as_kwh(float(part[part == part].sum())) * prices[band]
        if tariff.capacity_yuan_kva and account.contract_kva:
            yuan += tariff.capacity_yuan_kva * account.contract_kva / Decimal(30)
        found.append((day, to_cents(yuan)))
    return found
