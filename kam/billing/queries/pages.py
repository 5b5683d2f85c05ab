"""What the pages of money show: bounded, in a handful of queries each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Min, Model, Prefetch, Q, QuerySet, Subquery, Sum, Value, When

from kam.accounts.models import Account
from kam.billing.models import (
    AcceptanceBill,
    Allocation,
    BankLine,
    Bill,
    Dispute,
    MoneyNotice,
    MoneyStep,
    Payment,
    PaymentPlan,
    PrepaidContract,
    WriteOffRequest,
)
from kam.billing.queries.money_rules import ageing_buckets
from kam.billing.queries.plans import watches
from kam.billing.queries.receivables import BillPenalty, account_penalties
from kam.billing.rules.ageing import bounds
from kam.billing.rules.plans import Watch
from kam.lib.money import to_cents
from kam.lib.typed import whole

ZERO = Decimal("0.00")
_YUAN: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=2)
MOST = 8
LONGEST = 100 * 365  # days that an age may have


@dataclass(frozen=True)
class AgeRow:
    """One age of receivables. `key`: "due" for what is not due, else "31-60"; `share` of all that is open, 0 to 1."""

    key: str
    from_days: int | None
    to_days: int | None
    bills: int
    amount: Decimal
    share: float


@dataclass(frozen=True)
class Totals:
    """What is open in sight, by age."""

    open: Decimal
    overdue: Decimal
    contested: Decimal
    due_soon: Decimal
    accounts: int
    ages: list[AgeRow]


def age_filter(key: str, at: date) -> Q:
    """Return what an age's key narrows bills to; everything where it is none."""
    if key == "due":
        return Q(due_on__gte=at)
    if key == "late":
        return Q(due_on__lt=at)
    begin, _, end = key.partition("-")
    first, last = whole(begin), whole(end)
    if first is None or first > LONGEST or (end and (last is None or last > LONGEST)):
        return Q()
    found = Q(due_on__lte=at - timedelta(days=first))
    return found & Q(due_on__gte=at - timedelta(days=last)) if last is not None else found


def totals(bills: QuerySet[Bill], at: date) -> Totals:
    """Add up what is open of `bills` on `at`, which is today. One query."""
    owed = bills.filter(cancelled_on=None, open_amount__gt=0)
    edges = bounds(ageing_buckets(at))
    keys = ["due", *(f"{low}-{high or ''}" for low, high in edges)]
    sums: dict[str, Any] = {
        "open": Sum("open_amount"),
        "late": Sum("open_amount", filter=Q(due_on__lt=at)),
        "contested": Sum("contested_amount"),
        "soon": Sum("open_amount", filter=Q(due_on__gte=at, due_on__lte=at + timedelta(days=7))),
        "accounts": Count("account", distinct=True),
    }
    for number, key in enumerate(keys):
        sums[f"n{number}"] = Count("pk", filter=age_filter(key, at))
        sums[f"s{number}"] = Sum("open_amount", filter=age_filter(key, at))
    found = owed.order_by().aggregate(**sums)
    opened = _yuan(found["open"])
    ages = []
    for number, key in enumerate(keys):
        low, high = (None, None) if not number else edges[number - 1]
        amount = _yuan(found[f"s{number}"])
        ages.append(AgeRow(key, low, high, found[f"n{number}"], amount, float(amount / opened) if opened else 0.0))
    return Totals(
        opened,
        _yuan(found["late"]),
        _yuan(found["contested"]),
        _yuan(found["soon"]),
        found["accounts"],
        ages,
    )


def by_account(bills: QuerySet[Bill], at: date) -> QuerySet[Any]:
    """Return one row per account with something open: what is overdue, since when, contested; most overdue first."""
    late = Case(When(due_on__lt=at, then=F("open_amount")), default=Value(ZERO), output_field=_YUAN)
    return (
        bills.filter(cancelled_on=None, open_amount__gt=0)
        .order_by()
        .values("account_id", "account__account_no", "account__name", "account__unit__name", "account__manager__name")
        .annotate(
            bills=Count("pk"),
            opened=Sum("open_amount", output_field=_YUAN),
            overdue=Sum(late, output_field=_YUAN),
            contested=Sum("contested_amount", output_field=_YUAN),
            oldest=Min("due_on"),
        )
        .order_by("-overdue", "oldest", "account_id")
    )


def _yuan(value: Any) -> Decimal:
    return to_cents(Decimal(str(value or 0)))


@dataclass(frozen=True)
class Work:
    """What waits for a person about money, each list bounded."""

    broken: list[tuple[PaymentPlan, Watch]]
    plans_to_decide: list[PaymentPlan]
    write_offs: list[WriteOffRequest]
    disputes: list[Dispute]
    bank_lines: int
    prepaid: list[PrepaidContract]
    acceptance: list[AcceptanceBill]
    very_late: list[dict[str, Any]]

    @property
    def any(self) -> bool:
        return bool(
            self.broken
            or self.plans_to_decide
            or self.write_offs
            or self.disputes
            or self.bank_lines
            or self.prepaid
            or self.acceptance
            or self.very_late
        )


def work_for(user: Any, at: date) -> Work:
    """Return what waits within the user's reach. Nine queries."""
    plans = PaymentPlan.objects.visible_to(user).select_related("account")
    live = list(plans.filter(status__in=["ACTIVE", "BROKEN"]).order_by("-status", "pk")[:200])
    watched = watches(live, at) if live else {}
    broken = [(plan, watched[plan.pk]) for plan in live if watched[plan.pk].missing]
    bills = Bill.objects.visible_to(user).filter(due_on__lt=at - timedelta(days=30))
    return Work(
        broken=broken[:MOST],
        plans_to_decide=list(plans.filter(status="PROPOSED").select_related("proposed_by").order_by("pk")[:MOST]),
        write_offs=list(
            WriteOffRequest.objects.visible_to(user)
            .filter(decided_at=None)
            .select_related("bill__account", "proposed_by")
            .order_by("pk")[:MOST]
        ),
        disputes=list(
            Dispute.objects.visible_to(user)
            .filter(decided_at=None)
            .select_related("bill__account")
            .order_by("raised_on", "pk")[:MOST]
        ),
        bank_lines=BankLine.objects.visible_to(user).filter(status=BankLine.Status.OPEN)[:1000].count(),
        prepaid=list(
            PrepaidContract.objects.visible_to(user)
            .exclude(status="ENDED")
            .exclude(level="FINE", status="RUNNING")
            .select_related("account")
            .order_by("runs_out_on", "pk")[:MOST]
        ),
        acceptance=list(
            AcceptanceBill.objects.visible_to(user)
            .filter(status__in=["REGISTERED", "HELD", "DISCOUNTED"], due_on__lte=at + timedelta(days=7))
            .select_related("account")
            .order_by("due_on", "pk")[:MOST]
        ),
        very_late=list(by_account(bills, at)[:MOST]),
    )


@dataclass(frozen=True)
class AccountMoney:
    """The money of one account on a page."""

    open: Decimal
    overdue: Decimal
    contested: Decimal
    credit: Decimal
    late_days: int
    penalties: list[BillPenalty]
    plan: PaymentPlan | None
    watch: Watch | None
    prepaid: PrepaidContract | None
    acceptance: list[AcceptanceBill]
    notices: list[MoneyNotice]
    paid_in_time: int
    paid: int

    @property
    def penalty(self) -> Decimal:
        """What was borne and is not charged yet."""
        return sum((one.to_charge for one in self.penalties), ZERO)

    @property
    def chargeable(self) -> Decimal:
        """What of it can be charged now: of bills that are settled."""
        return sum((one.to_charge for one in self.penalties if not one.bill.open_amount), ZERO)

    @property
    def demandable(self) -> Decimal:
        return max(self.overdue - self.contested - self.credit, ZERO)


def account_money(account: Account, at: date) -> AccountMoney:
    """Return how the account's money stands on `at`, which is today. Some twelve queries."""
    owed = Bill.objects.owed().filter(account=account)
    sums = owed.aggregate(
        open=Sum("open_amount"),
        late=Sum("open_amount", filter=Q(due_on__lt=at)),
        contested=Sum("contested_amount"),
        oldest=Min("due_on"),
    )
    free = Payment.objects.standing().filter(account=account, free_amount__gt=0).aggregate(sum=Sum("free_amount"))
    settled = Bill.objects.standing().filter(
        account=account, kind=Bill.Kind.ENERGY, settled_on__isnull=False, due_on__gt=at - timedelta(days=731)
    )
    counts = settled.aggregate(n=Count("pk"), good=Count("pk", filter=Q(settled_on__lte=F("due_on"))))
    plan = (
        PaymentPlan.objects.filter(account=account, status__in=["PROPOSED", "ACTIVE", "BROKEN"]).order_by("-pk").first()
    )
    return AccountMoney(
        open=_yuan(sums["open"]),
        overdue=_yuan(sums["late"]),
        contested=_yuan(sums["contested"]),
        credit=_yuan(free["sum"]),
        late_days=max((at - sums["oldest"]).days, 0) if sums["oldest"] else 0,
        penalties=account_penalties(account.pk, at),
        plan=plan,
        watch=watches([plan], at)[plan.pk] if plan else None,
        prepaid=PrepaidContract.objects.filter(account=account).exclude(status="ENDED").first(),
        acceptance=list(AcceptanceBill.objects.filter(account=account).order_by("-due_on", "-pk")[:MOST]),
        notices=list(
            MoneyNotice.objects.filter(account=account).select_related("message", "bill").order_by("-at", "-pk")[:MOST]
        ),
        paid_in_time=counts["good"],
        paid=counts["n"],
    )


@dataclass(frozen=True)
class MoneyBrief:
    """The money of one account in a few lines."""

    open: Decimal
    overdue: Decimal
    contested: Decimal
    credit: Decimal
    oldest: date | None
    plan: str  # status of a payment plan that is not over; "" where there is none
    last: list[Bill]


def money_brief(account: Account, at: date) -> MoneyBrief:
    """Return what the account's own page says of its money. Two queries."""
    owed = Bill.objects.owed().filter(account=account).order_by().values("account")
    free = Payment.objects.standing().filter(account=account, free_amount__gt=0).order_by().values("account")
    plans = PaymentPlan.objects.filter(account=account, status__in=["PROPOSED", "ACTIVE", "BROKEN"]).order_by("pk")
    sums = (
        Account.objects.filter(pk=account.pk)
        .values(
            open=Subquery(owed.values(sum=Sum("open_amount"))),
            late=Subquery(owed.values(sum=Sum("open_amount", filter=Q(due_on__lt=at)))),
            contested=Subquery(owed.values(sum=Sum("contested_amount"))),
            oldest=Subquery(owed.values(day=Min("due_on"))),
            free=Subquery(free.values(sum=Sum("free_amount"))),
            plan=Subquery(plans.values("status")[:1]),
        )
        .get()
    )
    last = Bill.objects.standing().filter(account=account).defer("lines").order_by("-issued_on", "-pk")[:3]
    return MoneyBrief(
        open=_yuan(sums["open"]),
        overdue=_yuan(sums["late"]),
        contested=_yuan(sums["contested"]),
        credit=_yuan(sums["free"]),
        oldest=sums["oldest"],
        plan=sums["plan"] or "",
        last=list(last),
    )


@dataclass(frozen=True)
class Week:
    """Money expected in one week from `first` on: of what is due then, and of what is overdue."""

    first: date
    due: Decimal
    expected: Decimal
    share: float


@dataclass(frozen=True)
class Cash:
    """Expected cash by week. `curve`: of what falls due, the share paid by the end of week n after it (0: in time)."""

    weeks: list[Week]
    curve: list[float]
    bills_seen: int
    rest: Decimal


SEEN_MOST = 20_000
CURVE_WEEKS = 8
WITHOUT_HISTORY = [0.9, 0.95, 0.97, 0.98, 0.99, 0.99, 0.99, 0.99, 0.99]


def expected_cash(bills: QuerySet[Bill], at: date, weeks: int = 8) -> Cash:
    """Return what is likely to come in, week by week, from how bills in sight were paid in the last year.

    What is open is not contested; of what is w weeks late, only the part of the curve that lies after w is expected.
    """
    curve, seen = _curve(bills, at)
    owed = bills.filter(cancelled_on=None, open_amount__gt=0).order_by()
    by_due = owed.values("due_on").annotate(sum=Sum(F("open_amount") - F("contested_amount")))
    coming: dict[int, Decimal] = defaultdict(lambda: ZERO)
    due: dict[int, Decimal] = defaultdict(lambda: ZERO)
    total = ZERO
    for row in by_due.values_list("due_on", "sum"):
        day, amount = row[0], _yuan(row[1])
        total += amount
        late = max((at - day).days, 0)
        first_week = max((day - at).days, 0) // 7
        if day >= at:
            due[first_week] += amount
        age = -(-late // 7)
        have = curve[min(age, CURVE_WEEKS)] if late else 0.0
        left = max(1.0 - have, 1e-9)
        for step in range(weeks - first_week):
            upto = min(age + step + (1 if late else 0), CURVE_WEEKS)
            part = max(curve[upto] - have, 0.0) / left
            have, left = curve[upto], left
            coming[first_week + step] += amount * Decimal(str(round(part, 6)))
    found = [Week(at + timedelta(days=7 * n), to_cents(due[n]), to_cents(coming[n]), 0.0) for n in range(weeks)]
    top = max((max(week.expected, week.due) for week in found), default=ZERO)
    return Cash(
        [Week(w.first, w.due, w.expected, float(w.expected / top) if top else 0.0) for w in found],
        curve,
        seen,
        to_cents(total - sum((week.expected for week in found), ZERO)),
    )


def _curve(bills: QuerySet[Bill], at: date) -> tuple[list[float], int]:
    rows = (
        bills.filter(
            cancelled_on=None,
            kind=Bill.Kind.ENERGY,
            due_on__gt=at - timedelta(days=365 + 7 * CURVE_WEEKS),
            due_on__lte=at - timedelta(days=7 * CURVE_WEEKS),  # what is younger may still be paid within the curve
        )
        .order_by("-due_on", "-pk")
        .values_list("due_on", "amount", "settled_on")[:SEEN_MOST]
    )
    weights = [0.0] * (CURVE_WEEKS + 1)
    total = 0.0
    seen = 0
    for due_on, amount, settled_on in rows:
        seen += 1
        total += float(amount)
        if settled_on is not None:
            week = -(-max((settled_on - due_on).days, 0) // 7)
            if week <= CURVE_WEEKS:
                weights[week] += float(amount)
    if not total:
        return WITHOUT_HISTORY, 0
    curve, sum_ = [], 0.0
    for weight in weights:
        sum_ += weight / total
        curve.append(round(sum_, 6))
    return curve, seen


def steps_of(row: Model) -> list[MoneyStep]:
    """Return the latest steps of a plan, a contract, an acceptance bill."""
    ref = f"{row._meta.label}:{row.pk}"
    return list(MoneyStep.objects.filter(ref=ref).select_related("by").order_by("-pk")[:50])


def write_offs_asked(bill: Bill) -> list[WriteOffRequest]:
    """Return what was asked to be written off of a bill, the latest first."""
    rows = WriteOffRequest.objects.filter(bill=bill).select_related("proposed_by", "decided_by")
    return list(rows.order_by("-pk")[:20])


def told_about(bill: Bill) -> list[MoneyNotice]:
    """Return what the customer was told about a bill, the latest first."""
    return list(MoneyNotice.objects.filter(bill=bill).select_related("message").order_by("-at", "-pk")[:20])


def bills_for(payment: Payment) -> list[Bill]:
    """Return what the payment could settle: open bills of its account, and those that it settles now."""
    mine = payment.allocations.filter(reversed_on=None).values("bill_id")
    bills = Bill.objects.standing().filter(account=payment.account)
    found = bills.filter(open_amount__gt=0) | bills.filter(pk__in=mine)
    return list(found.order_by("due_on", "pk")[:60])


def notice_of(ref: str, account_id: int) -> MoneyNotice | None:
    """Return the notice that a signed link of the account is about; None where there is none with a standing bill."""
    kind, _, pk = ref.partition(":")
    if kind != "billing.MoneyNotice" or not pk.isdigit():
        return None
    rows = MoneyNotice.objects.filter(pk=int(pk), account_id=account_id).select_related("bill", "account")
    return rows.filter(bill__isnull=False, bill__cancelled_on=None).first()


def names_of(lines: Sequence[BankLine]) -> dict[int, Account]:
    """Return the accounts that open lines may be of, by id."""
    ids = {one["account"] for line in lines for one in line.candidates}
    return {account.pk: account for account in Account.objects.filter(pk__in=ids)}


def with_shares(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Fetch along what each payment settles: `allocations` then holds the standing ones, with their bills."""
    return payments.prefetch_related(Prefetch("allocations", Allocation.objects.standing().select_related("bill")))
