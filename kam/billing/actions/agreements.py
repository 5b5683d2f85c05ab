"""What is agreed about money, each by two people where it binds: plans, disputes, what is given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from kam.accounts.models import Account, TimelineEntry
from kam.billing.actions.ledger import SamePerson, lock, refresh_bills, write_off
from kam.billing.models import Bill, Dispute, Instalment, MoneyStep, PaymentPlan, WriteOffRequest
from kam.billing.queries import plans as queries
from kam.billing.rules import plans as rules
from kam.billing.rules.plans import PLAN_MOVES, PlanStatus
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock
from kam.lib.lifecycle import move

ZERO = Decimal("0.00")


class PlanOpen(Exception):
    """The account has a plan that is proposed, in force or broken; end it first."""


class PlanRefused(Exception):
    """The plan breaks the rules of collection. `problems`: codes of `rules.plans.simulate`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = tuple(problems)


class Decided(Exception):
    """Somebody has decided it meanwhile."""


class BadAmount(ValueError):
    """Above nothing, and not more than is open on the bill."""


class Changed(Exception):
    """Somebody changed the bill since it was read; `bill` is what it is now."""

    def __init__(self, bill: Bill) -> None:
        super().__init__(bill.number)
        self.bill = bill


def stepped(
    account_id: int, by: User | None, at: datetime, kind: str, note: str = "", **facts: Any
) -> Callable[[models.Model, str, str], object]:
    """Return what leaves the history of a step: its row, the audit entry and the line on the timeline."""

    def history(row: models.Model, before: str, after: str) -> object:
        ref = f"{row._meta.label}:{row.pk}"
        record(by=by, at=at, action=kind, subject=row, account_id=account_id, before=before, after=after, **facts)
        TimelineEntry.objects.create(
            account_id=account_id, at=at, by=by, kind=kind, facts={"status": after, **facts}, ref=ref
        )
        return MoneyStep.objects.create(
            account_id=account_id,
            ref=ref,
            from_status=before,
            to_status=after,
            note=note[:300],
            facts=facts,
            by=by,
            at=at,
        )

    return history


def propose_plan(
    *,
    account: Account,
    instalments: Sequence[rules.Instalment],
    starts_on: date,
    reason: str,
    with_expected: bool,
    by: User,
    at: datetime,
) -> PaymentPlan:
    """Propose a plan that the trial allows; another person puts it in force. Raises `PlanRefused`, `PlanOpen`."""
    with transaction.atomic():
        lock(account.pk)
        if PaymentPlan.objects.filter(account=account, status__in=["PROPOSED", "ACTIVE", "BROKEN"]).exists():
            raise PlanOpen
        tried = queries.trial(account, instalments, start=starts_on, with_expected=with_expected)
        if tried.simulation.problems:
            raise PlanRefused(tried.simulation.problems)
        total = sum((one.amount for one in instalments), ZERO)
        plan = PaymentPlan.objects.create(
            account=account,
            starts_on=starts_on,
            total=total,
            reason=reason,
            trial={
                "arrears": str(tried.arrears),
                "expected": str(tried.expected),
                "penalty": str(tried.simulation.penalty),
                "peak_overdue": str(tried.simulation.peak_overdue),
                "bills": [[one.number, str(one.amount), one.expected] for one in tried.owed],
            },
            proposed_by=by,
            proposed_at=at,
        )
        Instalment.objects.bulk_create(
            Instalment(plan=plan, due_on=one.due_on, amount=one.amount) for one in instalments
        )
        stepped(account.pk, by, at, "plan.stepped", note=reason, amount=str(total))(plan, "", plan.status)
    return plan


def decide_plan(*, plan: PaymentPlan, approve: bool, note: str, by: User, at: datetime) -> PaymentPlan:
    """Put a proposed plan in force or refuse it. Raises `SamePerson`, `IllegalMove`, `StaleRow`."""
    if by.pk == plan.proposed_by_id:
        raise SamePerson
    with transaction.atomic():
        to = PlanStatus.ACTIVE if approve else PlanStatus.REFUSED
        move(
            plan,
            to=to.value,
            table=PLAN_MOVES,
            by=by,
            at=at,
            history=stepped(plan.account_id, by, at, "plan.stepped", note=note, amount=str(plan.total)),
            decided_by=by,
            decided_at=at,
        )
        look_at_plan(plan, at=at)
    return plan


def end_plan(*, plan: PaymentPlan, note: str, by: User, at: datetime) -> PaymentPlan:
    """End a plan that no longer fits. Raises `IllegalMove`, `StaleRow`."""
    with transaction.atomic():
        return move(
            plan,
            to=PlanStatus.ENDED.value,
            table=PLAN_MOVES,
            by=by,
            at=at,
            history=stepped(plan.account_id, by, at, "plan.stepped", note=note, amount=str(plan.total)),
        )


def keep_plan(*, plan: PaymentPlan, note: str, by: User, at: datetime) -> None:
    """Leave a plan as it is though the bills differ from the expected ones; a new difference asks anew.

    Raises `Decided` where nothing is to be decided.
    """
    with transaction.atomic():
        lock(plan.account_id)
        found = queries.drift(plan)
        if found is None or not found.to_decide or plan.status not in (PlanStatus.ACTIVE, PlanStatus.BROKEN):
            raise Decided
        facts = {"amount": str(plan.total), "difference": str(found.difference)}
        stepped(plan.account_id, by, at, "plan.stepped", note=note, **facts)(plan, plan.status, plan.status)


def look_at_plan(plan: PaymentPlan, *, at: datetime) -> PaymentPlan:
    """Let the status say what the payments say: broken the day after too little was there, kept once all is."""
    if plan.status not in (PlanStatus.ACTIVE, PlanStatus.BROKEN, PlanStatus.KEPT):
        return plan
    found = queries.watched(plan, clock.day_of(at))
    if found.fulfilled:
        to = PlanStatus.KEPT if found.broken_on is None or plan.status == PlanStatus.KEPT else PlanStatus.ENDED
    elif found.missing:
        to = PlanStatus.BROKEN
    else:
        to = PlanStatus.ACTIVE if plan.status != PlanStatus.KEPT else PlanStatus.BROKEN
    if to == plan.status or to not in PLAN_MOVES[plan.status]:
        return plan
    return move(
        plan,
        to=to.value,
        table=PLAN_MOVES,
        by=None,
        at=at,
        history=stepped(plan.account_id, None, at, "plan.stepped", amount=str(plan.total)),
        broken_on=found.broken_on,
    )


def look_at_plans(account_id: int, *, at: datetime) -> None:
    """Look at the account's plan after a payment or a reversal: a broken one shows at once."""
    for plan in PaymentPlan.objects.filter(account_id=account_id, status__in=["ACTIVE", "BROKEN", "KEPT"]):
        look_at_plan(plan, at=at)


def contest(*, bill: Bill, amount: Decimal, reason: str, version: int, by: User | None, at: datetime) -> Dispute:
    """Note that the customer contests so much of the bill; that part is not asked for until it is decided.

    `version`: of the bill as it was read. Raises `BadAmount`, `Changed`.
    """
    with transaction.atomic():
        lock(bill.account_id)
        bill = Bill.objects.get(pk=bill.pk)
        if bill.version != version:
            raise Changed(bill)
        if not ZERO < amount <= bill.open_amount:
            raise BadAmount(str(bill.open_amount))
        row = Dispute.objects.filter(bill=bill, decided_at=None).first()
        if row is None:
            row = Dispute(bill=bill, raised_on=clock.day_of(at), by=by, at=at)
        row.amount, row.reason = amount, reason
        row.save()
        Bill.objects.filter(pk=bill.pk).update(contested_amount=amount, version=bill.version + 1)
        facts = {"number": bill.number, "amount": str(amount)}
        stepped(bill.account_id, by, at, "bill.contested", note=reason, **facts)(row, "", "OPEN")
    return row


def decide_dispute(*, dispute: Dispute, outcome: str, by: User, at: datetime) -> Dispute:
    """Decide what was contested; a bill that was wrong is reversed and issued anew. Raises `Decided`."""
    with transaction.atomic():
        lock(dispute.bill.account_id)
        changed = Dispute.objects.filter(pk=dispute.pk, decided_at=None).update(
            decided_at=at, decided_by=by, outcome=outcome
        )
        if not changed:
            raise Decided
        dispute.refresh_from_db()
        Bill.objects.filter(pk=dispute.bill_id).update(contested_amount=ZERO)
        refresh_bills([dispute.bill_id])
        facts = {"number": dispute.bill.number, "amount": str(dispute.amount)}
        stepped(dispute.bill.account_id, by, at, "bill.dispute_decided", note=outcome, **facts)(
            dispute, "OPEN", "DECIDED"
        )
    return dispute


def propose_write_off(*, bill: Bill, amount: Decimal, reason: str, by: User, at: datetime) -> WriteOffRequest:
    """Propose to give up so much of a bill; another person decides. Raises `BadAmount`, `Decided` where one waits."""
    with transaction.atomic():
        lock(bill.account_id)
        bill = Bill.objects.get(pk=bill.pk)
        if not ZERO < amount <= bill.open_amount:
            raise BadAmount(str(bill.open_amount))
        if WriteOffRequest.objects.filter(bill=bill, decided_at=None).exists():
            raise Decided
        row = WriteOffRequest.objects.create(bill=bill, amount=amount, reason=reason, proposed_by=by, proposed_at=at)
        facts = {"number": bill.number, "amount": str(amount)}
        stepped(bill.account_id, by, at, "bill.write_off_proposed", note=reason, **facts)(row, "", "PROPOSED")
    return row


def decide_write_off(*, request: WriteOffRequest, approve: bool, by: User, at: datetime) -> WriteOffRequest:
    """Give it up, or not. Raises `SamePerson`, `Decided`, `kam.billing.actions.ledger.NotThatMuch`."""
    if by.pk == request.proposed_by_id:
        raise SamePerson
    with transaction.atomic():
        bill = request.bill
        lock(bill.account_id)
        changed = WriteOffRequest.objects.filter(pk=request.pk, decided_at=None).update(
            decided_at=at, decided_by=by, approved=approve
        )
        if not changed:
            raise Decided
        request.refresh_from_db()
        if approve:
            write_off(
                bill=bill,
                amount=request.amount,
                reason=request.reason,
                proposed_by=request.proposed_by,
                by=by,
                at=at,
            )
        else:
            facts = {"number": bill.number, "amount": str(request.amount)}
            stepped(bill.account_id, by, at, "bill.write_off_refused", **facts)(request, "PROPOSED", "REFUSED")
    return request
