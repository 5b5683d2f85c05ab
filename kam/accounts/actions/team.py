"""Who holds an account: from a day on, with history; all accounts of a manager at once (ACC-3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, Assignment, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock

Part = Assignment.Part
COLUMN = {Part.MANAGER: "manager", Part.REPRESENTATIVE: "representative"}
CHUNK = 1_000
# Apps whose rows have an owner of their own hand down what follows the team: (account ids, by, at).
FOLLOWERS: list[Callable[[Sequence[int], User | None, datetime], None]] = []


class BeganLater(Exception):
    """The present holder began on `began`, which is after the day asked for."""

    def __init__(self, began: date) -> None:
        super().__init__(f"{began}")
        self.began = began


class SamePerson(Exception):
    """The accounts are to go to the person who holds them."""


def assign(*, account: Account, part: str, user: User | None, held_from: date, by: User, at: datetime) -> None:
    """Let `user` (None: nobody) hold `part` of the account from `held_from` on; the holder before ends that day.

    A day to come is planned and takes effect by `take_effect`; what was planned before is dropped. Raises
    `BeganLater`, `SamePerson`.
    """
    today = clock.day_of(at)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        held = Assignment.objects.filter(account=account, part=part)
        planned = held.filter(held_from__gt=today)
        if planned.exists():
            first = min(planned.values_list("held_from", flat=True))
            planned.delete()
            held.filter(held_until=first).update(held_until=None)
        now = held.filter(held_until=None).first()
        if now is not None and now.user_id == (user.pk if user else None):
            raise SamePerson
        if now is not None and now.held_from > held_from:
            raise BeganLater(now.held_from)
        if now is not None and now.held_from == held_from:
            now.delete()  # corrected on its first day: it never held
        elif now is not None:
            now.held_until = held_from
            now.save(update_fields=["held_until"])
        if user is not None:
            Assignment.objects.create(account=account, part=part, user=user, held_from=held_from)
        if held_from <= today:
            Account.objects.filter(pk=account.pk).update(**{COLUMN[Part(part)]: user})
            setattr(account, COLUMN[Part(part)], user)
            follow([account.pk], by=by, at=at)
        tell(
            account=account,
            by=by,
            at=at,
            kind="team.assigned",
            part=part,
            to=user.pk if user else None,
            before=now.user_id if now else None,
            held_from=held_from.isoformat(),
        )


def follow(account_ids: Sequence[int], *, by: User | None, at: datetime) -> None:
    """Let what has an owner of its own follow the team that holds the accounts now; in the caller's transaction."""
    if account_ids:
        for move in FOLLOWERS:
            move(account_ids, by, at)


def held_by(user: User, part: str) -> list[int]:
    """Return the ids of all accounts whose open assignment of `part` is the user's."""
    return list(
        Assignment.objects.filter(user=user, part=part, held_until=None)
        .order_by("account_id")
        .values_list("account_id", flat=True)
    )


def hand_over(
    *, giver: User, taker: User, part: str, held_from: date, only: Sequence[int] | None, by: User, at: datetime
) -> int:
    """Give all accounts that `giver` holds in `part` (those of `only`, where told) to `taker` from `held_from` on.

    One transaction, one line on each timeline, one audit entry. Accounts that `giver` took over later than that day
    stay. Returns how many went. Raises `SamePerson`.
    """
    if giver.pk == taker.pk:
        raise SamePerson
    today = clock.day_of(at)
    with transaction.atomic():
        held = Assignment.objects.select_for_update().filter(user=giver, part=part, held_until=None)
        held = held.filter(held_from__lt=held_from)
        if only is not None:
            held = held.filter(account_id__in=only)
        account_ids = list(held.order_by("account_id").values_list("account_id", flat=True))
        facts: dict[str, Any] = {"part": part, "to": taker.pk, "before": giver.pk, "held_from": held_from.isoformat()}
        for start in range(0, len(account_ids), CHUNK):
            ids = account_ids[start : start + CHUNK]
            Assignment.objects.filter(account_id__in=ids, part=part, held_until=None).update(held_until=held_from)
            Assignment.objects.bulk_create(
                [Assignment(account_id=pk, part=part, user=taker, held_from=held_from) for pk in ids]
            )
            if held_from <= today:
                Account.objects.filter(pk__in=ids).update(**{COLUMN[Part(part)]: taker})
                follow(ids, by=by, at=at)
            TimelineEntry.objects.bulk_create(
                [TimelineEntry(account_id=pk, at=at, by=by, kind="team.handed_over", facts=facts) for pk in ids]
            )
        record(
            by=by,
            at=at,
            action="team.handed_over",
            subject=giver,
            count=len(account_ids),
            accounts=account_ids,
            **facts,
        )
    return len(account_ids)


def take_effect(*, at: datetime) -> int:
    """Make the team that lists show the one that holds today; how many accounts changed. Safe to repeat.

    Runs every day: what is due is read from the rows, so a day without it is made up for by the next.
    """
    today = clock.day_of(at)
    changed = 0
    for part, column in COLUMN.items():
        with transaction.atomic():
            due = list(
                Assignment.objects.on(today)
                .filter(part=part)
                .filter(~Q(user_id=F(f"account__{column}_id")) | Q(**{f"account__{column}": None}))
                .values_list("account_id", "user_id")
            )
            for account_id, user_id in due:
                Account.objects.filter(pk=account_id).update(**{f"{column}_id": user_id})
            follow([account_id for account_id, _user_id in due], by=None, at=at)
            holding = Assignment.objects.on(today).filter(part=part).values("account_id")
            ended = Account.objects.exclude(**{column: None}).filter(
                assignments__part=part, assignments__held_until__lte=today
            )
            changed += len(due) + ended.exclude(pk__in=holding).update(**{column: None})
    if changed:
        record(by=None, at=at, action="team.took_effect", subject="accounts", count=changed, day=today.isoformat())
    return changed


def assign_many(wanted: Mapping[int, int], *, part: str, held_from: date) -> None:
    """Let users hold accounts (account id: user id) from `held_from` on, which is today or earlier, in bulk.

    In the caller's transaction, without timeline and audit: the import that calls it leaves one for all.
    """
    held = Assignment.objects.filter(account_id__in=wanted, part=part)
    held.filter(held_from__gte=held_from).delete()
    held.filter(Q(held_until=None) | Q(held_until__gt=held_from)).update(held_until=held_from)
    Assignment.objects.bulk_create(
        [Assignment(account_id=pk, part=part, user_id=user, held_from=held_from) for pk, user in wanted.items()],
        batch_size=1_000,
    )
    by_user: dict[int, list[int]] = {}
    for pk, user in wanted.items():
        by_user.setdefault(user, []).append(pk)
    for user, ids in by_user.items():
        Account.objects.filter(pk__in=ids).update(**{f"{COLUMN[Part(part)]}_id": user})
