"""Energy bought in advance (购电制): sign, look, warn, limit by contract with two people, lift."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from kam.accounts.models import Account
from kam.billing.actions.agreements import stepped
from kam.billing.actions.ledger import SamePerson, lock
from kam.billing.actions.telling import tell
from kam.billing.models import PrepaidContract
from kam.billing.queries.prepaid import PrepaidState, prepaid_state
from kam.billing.rules.asking import Kind
from kam.billing.rules.prepaid import ORDER, PREPAID_MOVES, Level, PrepaidStatus
from kam.core.models import User
from kam.lib import clock
from kam.lib.lifecycle import move

KIND = "prepaid.stepped"


class ContractOpen(Exception):
    """The account has a prepaid contract already."""


class NotByContract(Exception):
    """The contract does not allow to limit the load: nobody may."""


class BalanceLeft(Exception):
    """There is a balance, so there is nothing to limit for; or there is none yet, so the limit stays."""


def sign(
    *, account: Account, contract_no: str, signed_on: date, may_limit: bool, by: User, at: datetime
) -> PrepaidContract:
    """Note a prepaid contract. Raises `ContractOpen`."""
    with transaction.atomic():
        lock(account.pk)
        if PrepaidContract.objects.filter(account=account).exclude(status="ENDED").exists():
            raise ContractOpen
        row = PrepaidContract.objects.create(
            account=account, contract_no=contract_no, signed_on=signed_on, may_limit=may_limit, by=by, at=at
        )
        stepped(account.pk, by, at, KIND, number=contract_no)(row, "", row.status)
        look(contract=row, at=at)
    return row


def look(*, contract: PrepaidContract, at: datetime) -> PrepaidState:
    """Work the balance out anew and warn once per level on the way down; a level that rises again may warn anew."""
    day = clock.day_of(at)
    with transaction.atomic():
        lock(contract.account_id)
        found = prepaid_state(contract, day)
        before = Level(contract.level)
        kept = {
            "level": found.level.value,
            "balance": found.balance.yuan,
            "runs_out_on": found.runs_out,
            "looked_at": at,
        }
        PrepaidContract.objects.filter(pk=contract.pk).update(**kept)
        for name, value in kept.items():
            setattr(contract, name, value)
        if ORDER.index(found.level) > ORDER.index(before) and found.daily:
            facts = {"number": contract.contract_no, "level": found.level.value, "amount": str(found.balance.yuan)}
            note = f"¥ {found.balance.yuan:,.2f}"
            warned = stepped(contract.account_id, None, at, "prepaid.warned", note=note, **facts)
            warned(contract, contract.status, found.level.value)
            tell(
                kind=Kind.PREPAID,
                account=contract.account,
                key=f"prepaid {contract.pk} {found.level} {day}",
                amount=found.balance.yuan,
                facts={"balance": found.balance.yuan, "runs_out": found.runs_out or day},
                must_prove=found.level in (Level.LAST, Level.OUT),
                by=None,
                at=at,
            )
    return found


def propose_limit(
    *, contract: PrepaidContract, limit_kw: Decimal, reason: str, by: User, at: datetime
) -> PrepaidContract:
    """Propose to limit the load to so many kW. Raises `NotByContract`, `BalanceLeft`, `IllegalMove`."""
    if not contract.may_limit:
        raise NotByContract
    with transaction.atomic():
        if look(contract=contract, at=at).balance.yuan > 0:
            raise BalanceLeft
        return _move(contract, PrepaidStatus.LIMIT_PROPOSED, by, at, note=reason, limit_kw=limit_kw, proposed_by=by)


def decide_limit(*, contract: PrepaidContract, approve: bool, note: str, by: User, at: datetime) -> PrepaidContract:
    """Limit, or do not; the balance is looked at once more. Raises `SamePerson`, `NotByContract`, `BalanceLeft`."""
    if by.pk == contract.proposed_by_id:
        raise SamePerson
    if not contract.may_limit:
        raise NotByContract
    with transaction.atomic():
        if not approve:
            return _move(contract, PrepaidStatus.RUNNING, by, at, note=note)
        if look(contract=contract, at=at).balance.yuan > 0:
            raise BalanceLeft
        return _move(contract, PrepaidStatus.LIMITED, by, at, note=note)


def lift_limit(*, contract: PrepaidContract, note: str, by: User | None, at: datetime) -> PrepaidContract:
    """Lift the limit once there is a balance again. Raises `BalanceLeft` where there is none yet."""
    with transaction.atomic():
        if look(contract=contract, at=at).balance.yuan <= 0:
            raise BalanceLeft
        return _move(contract, PrepaidStatus.RUNNING, by, at, note=note)


def end(*, contract: PrepaidContract, note: str, by: User, at: datetime) -> PrepaidContract:
    """End the contract; its account is billed afterwards again."""
    with transaction.atomic():
        return _move(contract, PrepaidStatus.ENDED, by, at, note=note)


def _move(
    contract: PrepaidContract, to: PrepaidStatus, by: User | None, at: datetime, note: str = "", **changes: Any
) -> PrepaidContract:
    history = stepped(contract.account_id, by, at, KIND, note=note, number=contract.contract_no)
    return move(contract, to=to.value, table=PREPAID_MOVES, by=by, at=at, history=history, **changes)
