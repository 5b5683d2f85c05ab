"""Background work about money: what is due by the state of the database, once each; safe to repeat."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TypeVar

from django.db import models

from kam.accounts.models import Account
from kam.billing.actions.agreements import look_at_plan
from kam.billing.actions.prepaid import look
from kam.billing.actions.telling import NothingOwed, remind, remind_instalment, tell_bill, tell_reading
from kam.billing.models import PaymentPlan, PrepaidContract
from kam.billing.queries import work
from kam.billing.queries.bills import CannotBill
from kam.lib import clock

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=models.Model)


def hourly() -> str:
    """Tell what is due to be told, look at plans and prepaid balances."""
    at = clock.now()
    done = run(at)
    return ", ".join(f"{name} {count}" for name, count in done.items())


def run(at: datetime) -> dict[str, int]:
    """Do what is due at `at`, and say how much of each."""
    day = clock.day_of(at)
    return {
        "bills": _each(work.bills_to_tell(day), lambda bill: tell_bill(bill=bill, by=None, at=at)),
        "reminders": sum(
            _each(work.bills_to_remind(day, days), lambda bill, days=days: remind(bill=bill, by=None, at=at, days=days))  # type: ignore[misc]
            for days in work.reminder_days(day)
        ),
        "plans": _each(work.open_plans(), lambda plan: _plan(plan, day, at)),
        "prepaid": _each(
            PrepaidContract.objects.exclude(status="ENDED").select_related("account"),
            lambda contract: look(contract=contract, at=at),
        ),
        "readings": _each(work.accounts_to_tell_readings(day), lambda account: _reading(account, day, at)),
    }


def _plan(plan: PaymentPlan, day: date, at: datetime) -> None:
    plan = look_at_plan(plan, at=at)
    remind_instalment(plan=plan, by=None, at=at)


def _reading(account: Account, day: date, at: datetime) -> None:
    tell_reading(account=account, until=day, by=None, at=at)


def _each(rows: Iterable[Row], do: Callable[[Row], object]) -> int:
    """Do it for each row; one that fails is written down and does not hold up the others."""
    count = 0
    for row in rows:
        try:
            do(row)
            count += 1
        except (NothingOwed, CannotBill):
            continue
        except Exception:
            log.exception("money task failed for %s %s", row._meta.label, row.pk)
    return count
