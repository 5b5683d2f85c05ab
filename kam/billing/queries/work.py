"""What is due about money on a day: whom to tell, what to look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef

from kam.accounts.models import Account, Contact
from kam.billing.models import Bill, MoneyNotice, PaymentPlan
from kam.billing.rules.asking import Kind
from kam.core import queries as core
from kam.metering.models import MonthUse

NEW_BILL_DAYS = 3  # an older bill that comes in late is history, not news


def bills_to_tell(day: date) -> Iterable[Bill]:
    """Return new bills whose notice is not owed yet."""
    told = MoneyNotice.objects.filter(bill=OuterRef("pk"), kind=Kind.BILL.value)
    rows = Bill.objects.owed().filter(issued_on__gt=day - timedelta(days=NEW_BILL_DAYS), issued_on__lte=day)
    return rows.filter(~Exists(told)).select_related("account").order_by("pk")[:5000]


def reminder_days(day: date) -> list[int]:
    """Return how many days before the due date reminders go."""
    return [int(days) for days in core.rule("billing.reminder.days", day)]


def bills_to_remind(day: date, days: int) -> Iterable[Bill]:
    """Return bills due within `days` that are open beyond what is contested and were not reminded for this distance."""
    told = MoneyNotice.objects.filter(
        bill=OuterRef("pk"),
        kind=Kind.REMINDER.value,
        facts__days=str(days),
        amount=F("bill__open_amount") - F("bill__contested_amount"),
    )
    rows = Bill.objects.owed().filter(due_on__gte=day, due_on__lte=day + timedelta(days=days))
    rows = rows.filter(open_amount__gt=F("contested_amount"))
    return rows.filter(~Exists(told)).select_related("account").order_by("due_on", "pk")[:5000]


def open_plans() -> Iterable[PaymentPlan]:
    """Return plans in force or broken."""
    return PaymentPlan.objects.filter(status__in=["ACTIVE", "BROKEN"]).select_related("account").order_by("pk")


def accounts_to_tell_readings(day: date) -> Iterable[Account]:
    """Return, on the days of the rule, the accounts with readings of the month who have somebody to tell."""
    if day.day not in core.rule("billing.readings.days", day):
        return []
    month = (day - timedelta(days=1)).replace(day=1)
    told = MoneyNotice.objects.filter(account=OuterRef("pk"), kind=Kind.READING.value, key__endswith=f" {day}")
    keeper = Contact.objects.filter(account=OuterRef("pk"), active=True, role=Contact.Role.FINANCE)
    read = MonthUse.objects.filter(account=OuterRef("pk"), month=month)
    rows = Account.objects.filter(Exists(keeper), Exists(read), ~Exists(told), status=Account.Status.CONFIRMED)
    return rows.order_by("pk")[:5000]
