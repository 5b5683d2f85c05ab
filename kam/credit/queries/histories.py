"""What accounts did so far, in bulk, as the grading looks at it; and which scheme grades on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.db.models import Min, Q

from kam.billing.models import AcceptanceBill, Allocation, Bill, Payment, WriteOff
from kam.billing.models import Instalment as PlanInstalment
from kam.credit.models import ConductFact, CreditGrade, CreditRuleSet
from kam.credit.rules.history import BillFact, Fact, FactKind, History, Instalment, months_before
from kam.credit.rules.scheme import Scheme, scheme_of
from kam.credit.rules.statuses import GradeStatus

AT_ONCE = 5_000


class NoScheme(Exception):
    """No released scheme holds on that day."""


def scheme_on(day: date) -> CreditRuleSet:
    """Return the scheme that holds on the day. Raises `NoScheme`."""
    row = CreditRuleSet.objects.in_force(day).order_by("-valid_from").first()
    if row is None:
        raise NoScheme(day.isoformat())
    return row


def histories(account_ids: Collection[int], at: date, scheme: Scheme) -> dict[int, History]:
    """Return the history of each account as known at the end of `at`; accounts without any bill have an empty one.

    Nine queries and one for each 5,000 bills that were not paid in one piece in time.
    """
    bills = bills_of(account_ids, at, months_before(at, scheme.months))
    facts: dict[int, list[Fact]] = defaultdict(list)
    noted = ConductFact.objects.filter(account_id__in=account_ids, day__lte=at, taken_back_at=None)
    for account_id, *rest in noted.order_by("day", "pk").values_list(
        "account_id", "pk", "kind", "day", "mended_on", "weight"
    ):
        pk, kind, day, mended, weight = rest
        facts[account_id].append(Fact(pk, FactKind(kind), day, mended, weight))
    for account_id, fact in _dishonoured(account_ids, at):
        facts[account_id].append(fact)
    since = dict(
        Bill.objects.filter(account_id__in=account_ids, cancelled_on=None)
        .order_by()
        .values("account_id")
        .annotate(first=Min("issued_on"))
        .values_list("account_id", "first")
    )
    plans = instalments_of(account_ids, at)
    return {
        pk: History(bills.get(pk, ()), tuple(facts.get(pk, ())), tuple(plans.get(pk, ())), since.get(pk))
        for pk in account_ids
    }


def bills_of(account_ids: Collection[int], at: date, begin: date) -> dict[int, list[BillFact]]:
    """Return each account's bills for electricity due since `begin`, and older ones that were open at `at`, by due."""
    there = Bill.objects.filter(
        Q(due_on__gte=begin) | Q(open_amount__gt=0) | Q(settled_on__gt=at),
        account_id__in=account_ids,
        kind=Bill.Kind.ENERGY,
        cancelled_on=None,
        issued_on__lte=at,
    )
    rows = list(
        there.order_by("account_id", "due_on", "pk").values_list(
            "account_id", "pk", "due_on", "amount", "settled_on", "contested_amount"
        )
    )
    pieces = _pieces(pk for _, pk, due, _, settled, _ in rows if settled is None or settled > due)
    found: dict[int, list[BillFact]] = defaultdict(list)
    for account_id, pk, due, amount, settled, contested in rows:
        paid = ((settled, amount),) if settled is not None and settled <= due else pieces.get(pk, ())
        found[account_id].append(BillFact(pk, due, amount, paid, contested > 0))
    return found


def _pieces(bill_ids: Iterable[int]) -> dict[int, list[tuple[date, Decimal]]]:
    """Return what settled each of the bills, piece by piece, by day."""
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for ids in _chunks(list(bill_ids)):
        paid = Allocation.objects.standing().filter(bill_id__in=ids).order_by("value_on", "pk")
        for bill_id, on, amount in paid.values_list("bill_id", "value_on", "amount"):
            found[bill_id].append((on, amount))
        given_up = WriteOff.objects.standing().filter(bill_id__in=ids).values_list("bill_id", "on", "amount")
        for bill_id, on, amount in given_up:
            found[bill_id].append((on, amount))
            found[bill_id].sort()
    return found


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def instalments_of(account_ids: Collection[int], at: date) -> dict[int, list[Instalment]]:
    """Return the dates of plans that have passed, and whether all that was due by each had come. Two queries."""
    rows = PlanInstalment.objects.filter(
        plan__account_id__in=account_ids, due_on__lt=at, plan__status__in=["ACTIVE", "BROKEN", "KEPT"]
    ).values_list("plan__account_id", "plan_id", "plan__starts_on", "due_on", "amount")
    dates = list(rows.order_by("plan_id", "due_on"))
    if not dates:
        return {}
    came: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    payments = Payment.objects.standing().filter(
        account_id__in={row[0] for row in dates}, received_on__gte=min(row[2] for row in dates), received_on__lte=at
    )
    for account_id, day, amount in payments.values_list("account_id", "received_on", "amount"):
        came[account_id].append((day, amount))
    found: dict[int, list[Instalment]] = defaultdict(list)
    due: dict[int, Decimal] = defaultdict(Decimal)
    for account_id, plan_id, starts, day, amount in dates:
        due[plan_id] += amount
        paid = sum((yuan for on, yuan in came[account_id] if starts <= on <= day), Decimal(0))
        found[account_id].append(Instalment(day, paid >= due[plan_id]))
    return found


def _dishonoured(account_ids: Collection[int], at: date) -> Iterator[tuple[int, Fact]]:
    """Yield bills of exchange that were not honoured, as facts; below zero, their ids are those of the bills."""
    rows = AcceptanceBill.objects.filter(
        account_id__in=account_ids, status__in=["DISHONOURED", "RETURNED"], due_on__lte=at
    )
    for account_id, pk, day in rows.order_by("due_on").values_list("account_id", "pk", "due_on"):
        yield account_id, Fact(-pk, FactKind.DISHONOURED, day)


def earlier_grades(account_ids: Collection[int], at: date, scheme: Scheme) -> dict[int, list[tuple[date, str]]]:
    """Return the grades in force before `at`, by day, as far back as the rise is held; older ones count for nothing."""
    begin = months_before(at, scheme.rise_months + 24)
    rows = CreditGrade.objects.filter(
        account_id__in=account_ids, as_of__lt=at, as_of__gte=begin, status=GradeStatus.IN_FORCE
    )
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for account_id, day, grade in rows.order_by("account_id", "as_of").values_list("account_id", "as_of", "grade"):
        found[account_id].append((day, grade))
    return found


def orders() -> dict[int, tuple[str, ...]]:
    """Return the grades of every scheme that ever graded, the best first, by its id. One query."""
    rows = CreditRuleSet.objects.exclude(released_by=None, status="DRAFT").values_list("pk", "body")
    return {pk: scheme_of(body).grades for pk, body in rows}
