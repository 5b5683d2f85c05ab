"""The one guard: whether a customer may be asked for money now (CRE-7). Every demand, reminder and threat passes it."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import F, Sum

from kam.billing.models import Bill, MoneyNotice, Payment, PaymentPlan
from kam.billing.queries.plans import watched
from kam.billing.rules.asking import Kind, next_asking
from kam.core import queries as core
from kam.lib import clock
from kam.lib.money import to_cents
from kam.notifications.models import Message

ZERO = Decimal("0.00")
NOTHING_OWED = "nothing.owed"
AMOUNT_CHANGED = "amount.changed"


def demandable(account_id: int, at: date, *, overdue: bool) -> Decimal:
    """Return what may be asked for: open, not contested, less the account's credit; of bills past due where told."""
    bills = Bill.objects.owed().filter(account_id=account_id)
    if overdue:
        bills = bills.filter(due_on__lt=at)
    owed = bills.aggregate(sum=Sum(F("open_amount") - F("contested_amount")))["sum"] or ZERO
    free = Payment.objects.standing().filter(account_id=account_id, free_amount__gt=0).aggregate(sum=Sum("free_amount"))
    return max(to_cents(Decimal(owed)) - to_cents(Decimal(free["sum"] or ZERO)), ZERO)


def hours(day: date) -> tuple[time, time]:
    """Return the hours of a working day in which customers may be asked for money."""
    first, last = core.rule("billing.asking.hours", day)
    return time.fromisoformat(first), time.fromisoformat(last)


def allowed_from(at: datetime) -> datetime:
    """Return `at`, or the beginning of the next hours in which one may ask: never at night or on a day off."""
    return next_asking(at, clock.zone(), *hours(clock.day_of(at)))


def reason_against(message: Message, at: datetime) -> str | datetime | None:
    """Say why the message must not leave: a code drops it, an instant holds it until then. None: let it go.

    The relay asks just before each send, so that what was right in the morning does not leave after a payment at noon.
    """
    if message.account_id is None:
        return NOTHING_OWED
    day = clock.day_of(at)
    if message.kind == Kind.PREPAID:
        return _held(at)
    notice = MoneyNotice.objects.filter(message=message).select_related("bill").first()
    if message.kind == Kind.PLAN:
        if not _plan_wants(message.account_id, day):
            return NOTHING_OWED
    else:
        overdue = message.kind != Kind.REMINDER
        left = demandable(message.account_id, day, overdue=overdue)
        bill = notice.bill if notice else None
        if bill is not None:
            left = min(left, ZERO if bill.cancelled_on else bill.demandable_amount)
        if left <= 0:
            return NOTHING_OWED
        if notice is not None and notice.amount is not None and notice.amount != left:
            return AMOUNT_CHANGED
    return _held(at)


def _held(at: datetime) -> datetime | None:
    allowed = allowed_from(at)
    return allowed if allowed > at else None


def _plan_wants(account_id: int, day: date) -> bool:
    plan = PaymentPlan.objects.filter(account_id=account_id, status__in=["ACTIVE", "BROKEN"]).first()
    if plan is None:
        return False
    found = watched(plan, day)
    return bool(found.missing or found.next_due)
