"""Cases on the supply: each step by its own function, each guarded, none to be skipped (CRE-2, DOMAIN 1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from kam.accounts.models import Account, TimelineEntry
from kam.billing.actions import telling
from kam.billing.queries.asking import demandable
from kam.core.actions import record
from kam.core.models import User
from kam.credit.actions import messages as words
from kam.credit.actions import supply_words
from kam.credit.actions.moves import move_row
from kam.credit.models import SupplyCase, SupplyLetter
from kam.credit.queries import supply as queries
from kam.credit.queries.money import collected_since, owed
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.supply import BEFORE_CUT, OPEN, STEPS, Facts, Guard, Level, Step, call_due, reconnect_by
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.notifications import actions as notifications
from kam.notifications.models import Message
from kam.notifications.rules.states import MessageState


class GuardsRefuse(Exception):
    """Something stands against the step; `guards` says what, in the order in which it is put right."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        super().__init__(", ".join(guard.value for guard in guards))
        self.guards = tuple(guards)


class NothingOwed(Exception):
    """Nothing of the account is overdue that may be asked for."""


class OpenAlready(Exception):
    """The account has a case on its supply."""


class ReasonMissing(Exception):
    """Who was told, which receipt, why: the step needs it in words."""


class LevelMissing(Exception):
    """Only who may approve may order a reconnection without payment."""


def open_case(*, account: Account, kind: MeasureKind, by: User, at: datetime) -> SupplyCase:
    """Begin a case for what is overdue. Raises `NothingOwed`, `OpenAlready`."""
    debt = owed(account.pk, clock.day_of(at))
    if debt.amount <= 0:
        raise NothingOwed(account.account_no)
    try:
        with transaction.atomic():
            row = SupplyCase.objects.create(
                account=account,
                kind=kind.value,
                important=account.importance != Account.Importance.NONE,
                owed_at_start=debt.amount,
                opened_by=by,
                opened_at=at,
            )
            _told(row, Step.OPENED, by, at, {"owed": str(debt.amount)})
    except IntegrityError as error:
        raise OpenAlready(account.account_no) from error
    return row


def demand(*, case: SupplyCase, by: User, at: datetime) -> None:
    """Owe the customer a demand for payment; its proof lets the case go on. Raises `NothingOwed`."""
    try:
        telling.demand(account=case.account, by=by, at=at)
    except telling.NothingOwed as error:
        raise NothingOwed(case.account_id) from error


def demanded(*, case: SupplyCase, by: User | None, at: datetime) -> SupplyCase:
    """Note that a demand is on record. Raises `GuardsRefuse`."""
    return _step(case, Step.DEMANDED, by=by, at=at)


def submit(*, case: SupplyCase, reason: str, by: User, at: datetime) -> SupplyCase:
    """Ask the head of the unit for approval. Raises `GuardsRefuse`, `ReasonMissing`."""
    if not reason.strip():
        raise ReasonMissing
    return _step(
        case, Step.SUBMITTED, by=by, at=at, reason=reason, submitted_by=by, submitted_at=at, reason_text=reason
    )


def approve(*, case: SupplyCase, grant: bool, reason: str, by: User, at: datetime) -> SupplyCase:
    """Approve or refuse what another person submitted. Raises `GuardsRefuse`, `ReasonMissing` for a refusal."""
    if grant:
        return _step(case, Step.APPROVED, by=by, at=at, reason=reason, approved_by=by, approved_at=at)
    if not reason.strip():
        raise ReasonMissing
    return _step(case, Step.REFUSED, by=by, at=at, reason=reason, ended_how=reason)


def give_notice(*, case: SupplyCase, cut_at: datetime, by: User, at: datetime) -> SupplyCase:
    """Owe the customer the notice (停电通知书) for a time, to be proven the days before. Raises `GuardsRefuse`."""
    with transaction.atomic():
        row = _step(case, Step.NOTICED, by=by, at=at, cut_at=cut_at, notices=case.notices + 1, notice_proven_at=None)
        rules = queries.periods(clock.day_of(at))
        words.tell(
            kind=words.NOTICE,
            account=row.account,
            key=notice_key(row),
            facts={"amount": demandable(row.account_id, clock.day_of(at), overdue=True), "when": cut_at},
            deadline=cut_at - timedelta(days=rules.days_ahead),
            owner_ref=f"credit.SupplyCase:{row.pk}",
            must_prove=True,
            by=by,
            at=at,
        )
        if row.important:
            supply_words.owe_letter(row, by=by, at=at)
    return row


def notice_heard(message: Message) -> None:
    """Note the proof of a notice; the messages call it in the transaction that ends one."""
    if message.status != MessageState.PROVEN or not message.owner_ref.startswith("credit.SupplyCase:"):
        return
    rows = SupplyCase.objects.filter(pk=int(message.owner_ref.rpartition(":")[2]), notice_proven_at=None)
    for row in rows:
        if message.key == notice_key(row):
            rows.update(notice_proven_at=message.closed_at)


def report(*, case: SupplyCase, receipt: str, by: User | None, at: datetime) -> SupplyCase:
    """Note how the numbered copy went to the administration (同级电力管理部门), and its receipt.

    Raises `GuardsRefuse`, `ReasonMissing`.
    """
    if not receipt.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = _step(case, Step.REPORTED, by=by, at=at, reported_at=at, report_ref=receipt[:120])
        letter = SupplyLetter.objects.get(case=row, notice=row.notices)
        with suppress(notifications.AlreadyLeft):  # it went another way: nobody has to bring it any more
            notifications.withdraw(key=letter.message.key, reason=receipt, by=by, at=at)
    return row


def letter_heard(message: Message) -> None:
    """Take the step where the administration signed for its copy; the messages call it when one ends."""
    case = supply_words.case_of(message) if message.status == MessageState.PROVEN else None
    letter = SupplyLetter.objects.filter(message=message).first()
    if case is None or letter is None or letter.notice != case.notices or message.closed_at is None:
        return
    receipt = f"{letter.number} {supply_words.who_answered(message)}".strip()
    with suppress(GuardsRefuse, IllegalMove, StaleRow):
        report(case=case, receipt=receipt, by=None, at=message.closed_at)


def call(*, case: SupplyCase, by: User | None, at: datetime) -> Message:
    """Put the call before the cut on the call list; who takes it there takes the step. Raises `GuardsRefuse`."""
    with transaction.atomic():
        row = SupplyCase.objects.select_for_update(of=("self",)).select_related("account").get(pk=case.pk)
        if Step.WARNED not in STEPS[row.status]:
            raise IllegalMove(row.status, Step.WARNED)
        found = queries.against(row, Step.WARNED, queries.facts_of(row, at, by), at)
        if found:
            raise GuardsRefuse(found)
        return supply_words.owe_call(row, by=by, at=at)


def call_heard(message: Message) -> None:
    """Take the step where somebody was reached; the messages call it in the transaction that ends the call."""
    case = supply_words.case_of(message) if message.status == MessageState.PROVEN else None
    if case is None or message.closed_at is None or message not in supply_words.calls_of(case):
        return
    with suppress(GuardsRefuse, IllegalMove, StaleRow):
        told_to = supply_words.who_answered(message) or "–"
        warn(case=case, told_to=told_to, by=None, at=message.closed_at)


def warn(*, case: SupplyCase, told_to: str, by: User | None, at: datetime) -> SupplyCase:
    """Note that the customer was told the time once more, and who took the call. Raises `GuardsRefuse`."""
    if not told_to.strip():
        raise ReasonMissing
    return _step(case, Step.WARNED, by=by, at=at, warned_at=at, warned_to=told_to[:60])


def cut(*, case: SupplyCase, by: User, at: datetime) -> SupplyCase:
    """Note that the supply is cut, or limited, at this moment. Raises `GuardsRefuse`."""
    return _step(case, Step.CUT, by=by, at=at, cut_done_at=at)


def clear(*, case: SupplyCase, how: str, by: User, at: datetime) -> SupplyCase:
    """Remove the cause without payment: a guarantee, an agreement, an order. The clock to reconnect starts.

    Raises `LevelMissing`, `ReasonMissing`, `lifecycle.IllegalMove`.
    """
    if queries.level_of(by) == Level.NONE:
        raise LevelMissing
    if not how.strip():
        raise ReasonMissing
    return _clear(case, how=how, excused=True, by=by, at=at)


def _clear(case: SupplyCase, *, how: str, excused: bool, by: User | None, at: datetime) -> SupplyCase:
    until = reconnect_by(at, queries.periods(clock.day_of(at)))
    return _step(
        case,
        Step.CLEARED,
        by=by,
        at=at,
        reason=how,
        excused=excused,
        cleared_at=at,
        cleared_how=how,
        reconnect_by=until,
    )


def reconnect(*, case: SupplyCase, by: User, at: datetime) -> SupplyCase:
    """Note that the supply is back, and tell the customer. Raises `lifecycle.IllegalMove`."""
    with transaction.atomic():
        row = _step(case, Step.RECONNECTED, by=by, at=at, reconnected_at=at, ended_how="reconnected")
        _tell_end(row, words.RECONNECTED, by, at)
    return row


def stop(*, case: SupplyCase, reason: str, by: User | None, at: datetime) -> SupplyCase:
    """End a case before the cut; whoever was told that supply will be cut is told that it will not.

    Raises `ReasonMissing`, `lifecycle.IllegalMove`.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        told = case.notices > 0
        row = _step(case, Step.STOPPED, by=by, at=at, reason=reason, ended_how=reason)
        if told:
            left = False
            try:
                notifications.withdraw(key=notice_key(row), reason=reason, by=by, at=at)
            except notifications.AlreadyLeft:
                left = True
            except Message.DoesNotExist:
                pass
            supply_words.take_back(row, reason=reason, by=by, at=at)
            if left:
                _tell_end(row, words.STOPPED, by, at)
    return row


def renew(*, case: SupplyCase, reason: str, by: User, at: datetime) -> SupplyCase:
    """Take a notice whose hour has passed back, to give another with its own days. Raises `GuardsRefuse`."""
    with transaction.atomic():
        row = _step(
            case,
            Step.APPROVED,
            by=by,
            at=at,
            reason=reason,
            cut_at=None,
            notice_proven_at=None,
            reported_at=None,
            report_ref="",
            warned_at=None,
            warned_to="",
        )
        supply_words.take_back(row, reason=reason, by=by, at=at)
    return row


def on_money(account_id: int, at: datetime) -> None:
    """Stop at once, or start the clock to reconnect, where the account owes nothing any more.

    The ledger calls it in the transaction of the payment; a schedule looks again at what came in files.
    """
    rows = SupplyCase.objects.select_related("account").filter(account_id=account_id, status__in=OPEN)
    for case in rows:
        if demandable(account_id, clock.day_of(at), overdue=True) > 0:
            continue
        if case.status in BEFORE_CUT:
            stop(case=case, reason="paid", by=None, at=at)
        elif case.status == Step.CUT:
            _clear(case, how="paid", excused=False, by=None, at=at)


def watch(*, at: datetime) -> dict[str, int]:
    """Look at every open case: proven demands, money that came in files, the call whose hour has come.

    Returns how many moved.
    """
    moved = {"demanded": 0, "called": 0, "looked_at": 0}
    for case in SupplyCase.objects.select_related("account").filter(status__in=OPEN).order_by("pk").iterator():
        moved["looked_at"] += 1
        with transaction.atomic():
            on_money(case.account_id, at)
        if case.status == Step.OPENED:
            with suppress(GuardsRefuse):
                demanded(case=case, by=None, at=at)
                moved["demanded"] += 1
        elif case.status in (Step.NOTICED, Step.REPORTED):
            moved["called"] += _look_after_notice(case, at)
    return moved


def _look_after_notice(case: SupplyCase, at: datetime) -> bool:
    """Owe the letter of a user that became important since, and the call from its hour on; tell of the call."""
    with transaction.atomic():
        row = SupplyCase.objects.select_for_update(of=("self",)).select_related("account").get(pk=case.pk)
        if row.status not in (Step.NOTICED, Step.REPORTED):
            return False
        facts = queries.facts_of(row, at)
        if facts.important and not facts.letter:
            supply_words.owe_letter(row, by=None, at=at)
        if not call_due(facts, at, queries.periods(clock.day_of(at))) or supply_words.calls_of(row):
            return False
        with suppress(GuardsRefuse):
            call(case=row, by=None, at=at)
            return True
        return False


def notice_key(case: SupplyCase) -> str:
    """Return the key of the case's latest notice."""
    return f"credit.cut_notice {case.pk} {case.notices}"


def _step(
    case: SupplyCase,
    to: Step,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    excused: bool = False,
    reason_text: str = "",
    **changes: Any,
) -> SupplyCase:
    """Take one step: lock, look at the guards, move, tell. The only way in which a case moves."""
    with transaction.atomic():
        row: SupplyCase = SupplyCase.objects.select_for_update(of=("self",)).select_related("account").get(pk=case.pk)
        facts = queries.facts_of(row, at, by)
        facts = _with(facts, to, changes, excused)
        found = queries.against(row, to, facts, at)
        if found and to.value in STEPS[row.status]:
            raise GuardsRefuse(found)
        if to == Step.DEMANDED:
            changes["demanded_at"] = facts.demanded_at
        if facts.important:
            changes["important"] = True
        if to in (Step.STOPPED, Step.CLEARED, Step.RECONNECTED):
            changes["collected"] = collected_since(row.account_id, clock.day_of(row.opened_at), None)
        ids = {f"{name}_id": value.pk for name, value in changes.items() if isinstance(value, User)}
        plain = {name: value for name, value in changes.items() if not isinstance(value, User)}
        move_row(row, to=to, table=STEPS, by=by, at=at, reason=reason, facts=_said(facts), **plain, **ids)
        if reason_text:
            row.reason = reason_text[:300]
            row.save(update_fields=["reason"])
        _told(row, to, by, at, {"reason": reason, **{k: str(v) for k, v in plain.items() if k in SAID}})
    return row


SAID = ("cut_at", "report_ref", "warned_to", "cleared_how", "reconnect_by")


def _with(facts: Facts, to: Step, changes: dict[str, Any], excused: bool) -> Facts:
    """Return the facts as they would be with what the step brings; a warning of this very moment is none for a cut."""
    if to == Step.NOTICED:
        facts = replace(facts, cut_at=changes["cut_at"])
    return replace(facts, excused=excused)


def _said(facts: Facts) -> dict[str, Any]:
    return {"owed": str(facts.owed), "oldest_due": str(facts.oldest_due or ""), "important": facts.important}


def _tell_end(case: SupplyCase, kind: str, by: User | None, at: datetime) -> None:
    words.tell(
        kind=kind,
        account=case.account,
        key=f"{kind} {case.pk} {case.notices}",
        facts={},
        deadline=None,
        owner_ref=f"credit.SupplyCase:{case.pk}",
        must_prove=False,
        by=by,
        at=at,
    )


def _told(row: SupplyCase, to: Step, by: User | None, at: datetime, facts: dict[str, Any]) -> None:
    said = {"what": row.kind, "to": to.value, **{key: value for key, value in facts.items() if value}}
    record(by=by, at=at, action="credit.supply_step", subject=row, account_id=row.account_id, **said)
    TimelineEntry.objects.create(
        account_id=row.account_id,
        at=at,
        by=by,
        kind="credit.supply_step",
        facts=said,
        ref=f"credit.SupplyCase:{row.pk}",
    )
