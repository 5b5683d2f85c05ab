"""Payment plans: how they stand, the customer's cash cycle, and a trial against rules and expected bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kam.accounts.models import Account
from kam.billing.models import Bill, Instalment, MoneyStep, Payment, PaymentPlan
from kam.billing.queries.bills import next_month
from kam.billing.queries.money_rules import penalty_rates
from kam.billing.rules import plans
from kam.billing.rules.plans import Limits, Owed, Simulation, Watch
from kam.core import queries as core
from kam.lib.money import to_cents

ZERO = Decimal("0.00")
YEAR = timedelta(days=366)


def watches(plans_: Sequence[PaymentPlan], at: date) -> dict[int, Watch]:
    """Return how each plan stands on `at`, from the payments that came since it began. Two queries."""
    by_plan: dict[int, list[plans.Instalment]] = defaultdict(list)
    for row in Instalment.objects.filter(plan__in=plans_).order_by("due_on"):
        by_plan[row.plan_id].append(plans.Instalment(row.due_on, row.amount))
    since = min((plan.starts_on for plan in plans_), default=at)
    came = _payments([plan.account_id for plan in plans_], since, at)
    return {
        plan.pk: plans.watch(by_plan[plan.pk], [one for one in came[plan.account_id] if one[0] >= plan.starts_on], at)
        for plan in plans_
    }


def watched(plan: PaymentPlan, at: date) -> Watch:
    """Return how the plan stands on `at`."""
    return watches([plan], at)[plan.pk]


def _payments(
    account_ids: Collection[int], since: date, at: date, *, money_only: bool = False
) -> dict[int, list[tuple[date, Decimal]]]:
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = Payment.objects.standing().filter(account_id__in=account_ids, received_on__gte=since, received_on__lte=at)
    if money_only:
        rows = rows.exclude(channel=Payment.Channel.NOTE)
    for account_id, day, amount in rows.values_list("account_id", "received_on", "amount"):
        found[account_id].append((day, amount))
    return found


def cash_cycle(account: Account, at: date) -> list[tuple[int, Decimal]]:
    """Return on which days of the month the account's money came in the last year, with shares."""
    return plans.paydays(_payments([account.pk], at - YEAR, at, money_only=True)[account.pk])


def limits(day: date) -> Limits:
    """Return what the company allows of a plan."""
    rule = core.rule("billing.plan.limits", day)
    return Limits(rule["days"], rule["instalments"], rule["first_within_days"], Decimal(str(rule["least_share"])))


@dataclass(frozen=True)
class Trial:
    """What a plan would do: the bills it is tried on, among them expected ones, and what came of it."""

    owed: list[Owed]
    simulation: Simulation
    arrears: Decimal
    expected: Decimal


def owed_by(account: Account, start: date, until: date) -> list[Owed]:
    """Return the account's open bills, and one expected bill for each month that falls due before `until`.

    An expected bill is the mean of the last three, issued on their usual day and due after their usual time.
    """
    bills = list(Bill.objects.owed().filter(account=account).order_by("due_on", "pk"))
    found = [
        Owed(bill.pk, bill.number, bill.issued_on, bill.due_on, bill.open_amount, residential=bill.residential)
        for bill in bills
    ]
    last = list(
        Bill.objects.standing().filter(account=account, kind=Bill.Kind.ENERGY).order_by("-issued_on", "-pk")[:3]
    )
    if not last:
        return found
    mean = sum((bill.amount for bill in last), ZERO) / len(last)
    terms = last[0].due_on - last[0].issued_on
    month = next_month(last[0].issued_on)
    key = -1
    while month < until:
        issued = month.replace(day=min(last[0].issued_on.day, 28))
        if issued + terms < until and issued > start:
            found.append(Owed(key, f"{month:%Y-%m}", issued, issued + terms, to_cents(mean), expected=True))
            key -= 1
        month = next_month(month)
    return found


def trial(account: Account, instalments: Sequence[plans.Instalment], *, start: date, with_expected: bool) -> Trial:
    """Try a plan on the account's bills."""
    until = max((one.due_on for one in instalments), default=start) + timedelta(days=1)
    owed = owed_by(account, start, until if with_expected else start)
    found = plans.simulate(owed, instalments, start=start, rates=penalty_rates(), limits=limits(start))
    return Trial(
        owed,
        found,
        sum((one.amount for one in owed if not one.expected), ZERO),
        sum((one.amount for one in owed if one.expected), ZERO),
    )


@dataclass(frozen=True)
class Drift:
    """How the bills really issued differ from those a plan was made for: by month (issue), only what has come."""

    lines: list[tuple[str, Decimal, Bill]]  # month, expected, issued
    difference: Decimal  # issued less expected
    decided: bool  # somebody left the plan as it is at this difference

    @property
    def to_decide(self) -> bool:
        return bool(self.difference) and not self.decided


def drift(plan: PaymentPlan) -> Drift | None:
    """Return how issued bills differ from the expected ones that are part of the plan; None: none was. Two queries."""
    expected = {month: Decimal(amount) for month, amount, is_expected in plan.trial.get("bills", []) if is_expected}
    if not expected:
        return None
    first = date.fromisoformat(f"{min(expected)}-01")
    issued: dict[str, Bill] = {}
    bills = Bill.objects.standing().filter(account_id=plan.account_id, kind=Bill.Kind.ENERGY, issued_on__gte=first)
    for bill in bills.defer("lines").order_by("issued_on", "pk"):
        issued.setdefault(f"{bill.issued_on:%Y-%m}", bill)
    lines = [(month, amount, issued[month]) for month, amount in sorted(expected.items()) if month in issued]
    difference = sum((bill.amount - amount for _month, amount, bill in lines), ZERO)
    steps = MoneyStep.objects.filter(ref=f"billing.PaymentPlan:{plan.pk}", facts__has_key="difference")
    last = steps.order_by("-pk").first()
    return Drift(lines, difference, last is not None and last.facts["difference"] == str(difference))
