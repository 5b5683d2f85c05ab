"""How a case on the supply stands: what its guards look at, and what stands against each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from kam.accounts.models import Account
from kam.billing.models import MoneyNotice
from kam.billing.queries.asking import demandable
from kam.billing.rules.asking import Kind
from kam.core import queries as core
from kam.core.models import RuleValue, User
from kam.core.rules import Right
from kam.credit.models import SupplyCase, SupplyLetter
from kam.credit.queries.money import owed
from kam.credit.rules.supply import STEPS, Facts, Guard, Level, Periods, Step, first_cut, problems, renew_problems
from kam.lib import clock
from kam.metering.rules.daykinds import DayKind, kind_of


def workday(day: date) -> bool:
    """Tell whether it is a working day, make-up days counted."""
    return kind_of(day) == DayKind.WORKDAY


def periods(day: date) -> Periods:
    """Return the figures of the procedure in force on `day`. One query."""
    rows = RuleValue.objects.in_force(day).filter(key__startswith="credit.").order_by("valid_from")
    held = dict(rows.values_list("key", "value"))
    hours = held.get("credit.cut.hours", [9, 16])
    return Periods(
        overdue_days=int(held.get("credit.cut.overdue_days", 30)),
        notice_days=int(held.get("credit.cut.notice_days", 3)),
        pledge_days=int(held.get("credit.cut.pledge_days", 7)),
        final_minutes=int(held.get("credit.cut.final_minutes", 30)),
        call_minutes=int(held.get("credit.cut.call_minutes", 90)),
        hours=(int(hours[0]), int(hours[1])),
        not_before_day_off=bool(held.get("credit.cut.not_before_day_off", True)),
        window_hours=int(held.get("credit.cut.window_hours", 3)),
        reconnect_hours=int(held.get("credit.reconnect_hours", 24)),
    )


def administration(day: date) -> str:
    """Return who gets the copy of a notice to an important user (同级电力管理部门)."""
    return str(core.rule("credit.administration", day))


def level_of(user: User | None) -> Level:
    """Return how far `user` may approve: important users need the manager in charge (DOMAIN 1.5, step 3)."""
    if user is None:
        return Level.NONE
    if user.may(Right.CREDIT_APPROVE_IMPORTANT):
        return Level.IMPORTANT
    return Level.ORDINARY if user.may(Right.CREDIT_APPROVE) else Level.NONE


def proven_demand(account_id: int, since: date | None) -> datetime | None:
    """Return when the first demand that is proven reached the customer, of those made for the present debt."""
    rows = MoneyNotice.objects.filter(account_id=account_id, kind=Kind.DEMAND.value, proven_at__isnull=False)
    if since is not None:
        rows = rows.filter(at__date__gt=since)
    first = rows.order_by("proven_at").first()
    return first.proven_at if first else None


def facts_of(case: SupplyCase, at: datetime, by: User | None = None) -> Facts:
    """Return how the case stands at `at`, with `by` as the person who would take the next step."""
    day = clock.day_of(at)
    debt = owed(case.account_id, day)
    account = Account.objects.only("importance").get(pk=case.account_id)
    return Facts(
        owed=demandable(case.account_id, day, overdue=True),
        oldest_due=debt.oldest_due,
        important=case.important or account.importance != Account.Importance.NONE,
        demanded_at=case.demanded_at or proven_demand(case.account_id, debt.oldest_due),
        submitted_by=case.submitted_by_id,
        approver=by.pk if by else None,
        approver_level=level_of(by),
        cut_at=case.cut_at,
        notice_proven_at=case.notice_proven_at,
        letter=case.notices > 0 and SupplyLetter.objects.filter(case=case, notice=case.notices).exists(),
        reported_at=case.reported_at,
        warned_at=case.warned_at,
    )


def against(case: SupplyCase, to: Step, facts: Facts, at: datetime) -> list[Guard]:
    """Return what stands against the step to `to`, by the figures in force."""
    rules = periods(clock.day_of(at))
    if to == Step.APPROVED and case.status in (Step.NOTICED, Step.REPORTED, Step.WARNED):
        return renew_problems(facts, at, rules)
    return problems(facts, to, at, clock.zone(), rules, workday)


def next_steps(case: SupplyCase, at: datetime, by: User | None) -> list[tuple[Step, list[Guard]]]:
    """Return the steps that may follow, each with what stands against it now; for the page."""
    facts = facts_of(case, at, by)
    found: list[tuple[Step, list[Guard]]] = []
    for to in Step:
        if to.value not in STEPS[case.status] or to in (Step.STOPPED, Step.REFUSED):
            continue
        if to == Step.REPORTED and not facts.important:
            continue
        if to == Step.NOTICED:  # its time is typed into the form and judged there
            facts = replace(facts, cut_at=None)
        if to == Step.APPROVED and case.status != Step.SUBMITTED and against(case, to, facts, at):
            continue
        found.append((to, [one for one in against(case, to, facts, at) if one != Guard.NO_TIME]))
    return found


def first_hour(at: datetime, rules: Periods) -> datetime:
    """Return the first hour that may be told if the notice goes out at `at` and is proven within two hours."""
    return first_cut(at + timedelta(hours=2), clock.zone(), rules, workday)
