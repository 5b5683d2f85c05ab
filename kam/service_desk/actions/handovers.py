"""Hand a request over, with acceptance; ask colleagues for help. The first owner stays answerable (SRV-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from kam.core.actions import record
from kam.core.models import User
from kam.lib.lifecycle import IllegalMove
from kam.service_desk.actions import deadlines
from kam.service_desk.actions.requests import locked, move
from kam.service_desk.actions.telling import tell
from kam.service_desk.models import Handover, Helper, Note, Request, RequestMove
from kam.service_desk.queries.people import people_for
from kam.service_desk.rules.lifecycle import TO_ANSWER, Status
from kam.service_desk.rules.promises import Step


class OnItsWay(Exception):
    """The request is being handed over already; whoever is asked decides first."""


class SamePerson(Exception):
    """The request is this person's already, or they help with it already."""


class NotAsked(Exception):
    """Only who was asked accepts, declines or tells their part."""


class Decided(Exception):
    """It was decided before."""


def offer(*, request: Request, taker: User, reason: str, by: User, at: datetime) -> Handover:
    """Ask a colleague to take a request over; until they accept it stays where it is.

    Raises `SamePerson`, `OnItsWay`, `IllegalMove` for what is answered, `IsDouble`.
    """
    with transaction.atomic():
        row = locked(request)
        if row.status not in TO_ANSWER or row.owner is None:
            raise IllegalMove(row.status)
        if taker.pk == row.owner_id:
            raise SamePerson
        try:
            with transaction.atomic():
                handover = Handover.objects.create(request=row, giver=row.owner, taker=taker, reason=reason, at=at)
        except IntegrityError as error:
            raise OnItsWay from error
        facts = {"number": row.number, "to": taker.pk}
        record(by=by, at=at, action="request.handover_offered", subject=row, account_id=row.account_id, **facts)
        tell(taker, "handover", row, by=by, at=at, key=str(handover.pk))
    return handover


def decide(*, handover: Handover, accept: bool, answer: str, by: User, at: datetime) -> Handover:
    """Accept a request that somebody hands over, or decline it with the reason. Raises `NotAsked`, `Decided`."""
    with transaction.atomic():
        request = locked(handover.request)
        row: Handover = Handover.objects.select_for_update(of=("self",)).get(pk=handover.pk)
        if row.taker_id != by.pk:
            raise NotAsked
        if row.decided_at is not None:
            raise Decided
        row.decided_at, row.accepted, row.answer = at, accept, answer[:300]
        row.save(update_fields=["decided_at", "accepted", "answer"])
        if accept:
            pass_on(request, taker=by, by=by, at=at, reason=row.reason)
        facts = {"number": request.number, "accepted": accept, "from": row.giver_id}
        record(by=by, at=at, action="request.handover_decided", subject=request, account_id=request.account_id, **facts)
        for user in {row.giver, request.first_owner}:
            tell(
                user,
                "handover_accepted" if accept else "handover_declined",
                request,
                by=by,
                at=at,
                key=str(row.pk),
            )
    return row


def pass_on(request: Request, *, taker: User, by: User | None, at: datetime, reason: str) -> None:
    """Make `taker` the owner of a locked request, with history; in the caller's transaction.

    What was assigned and is accepted is in hand; what was in hand stays in hand.
    """
    Request.objects.filter(pk=request.pk).update(owner=taker)
    request.owner = taker
    if by == taker and request.status in (Status.ASSIGNED, Status.REOPENED):
        move(request, Status.IN_HAND, by=by, at=at, reason=reason, in_hand_at=at)
        deadlines.meet(request, Step.ACCEPT, at)
    else:
        RequestMove.objects.create(
            request=request, from_status=request.status, to_status=request.status, at=at, by=by, reason=reason[:300]
        )


def ask_help(*, request: Request, user: User, ask: str, by: User, at: datetime) -> Helper:
    """Ask a colleague for a part of the work. Raises `SamePerson`, `IsDouble`."""
    with transaction.atomic():
        row = locked(request)
        if user.pk == row.owner_id:
            raise SamePerson
        try:
            with transaction.atomic():
                helper = Helper.objects.create(request=row, user=user, ask=ask, by=by, at=at)
        except IntegrityError as error:
            raise SamePerson from error
        facts = {"number": row.number, "helper": user.pk}
        record(by=by, at=at, action="request.help_asked", subject=row, account_id=row.account_id, **facts)
        tell(user, "help", row, by=by, at=at, key=str(helper.pk))
    return helper


def tell_part(*, helper: Helper, text: str, by: User, at: datetime) -> Helper:
    """The helper tells what came of their part. Raises `NotAsked`, `Decided`."""
    with transaction.atomic():
        request = locked(helper.request)
        row: Helper = Helper.objects.select_for_update(of=("self",)).get(pk=helper.pk)
        if row.user_id != by.pk:
            raise NotAsked
        if row.done_at is not None:
            raise Decided
        row.done_at = at
        row.save(update_fields=["done_at"])
        Note.objects.create(request=request, kind=Note.Kind.HELPED, text=text, by=by, at=at)
        facts = {"number": request.number}
        record(by=by, at=at, action="request.helped", subject=request, account_id=request.account_id, **facts)
        tell(request.owner, "helped", request, by=by, at=at, key=str(row.pk))
    return row


def follow_team(account_ids: Sequence[int], by: User | None, at: datetime) -> None:
    """Give the open requests of a manager who no longer sees the account to the one who holds it now."""
    rows = (
        Request.objects.open()
        .filter(account_id__in=account_ids, owner__isnull=False)
        .exclude(owner=F("account__manager"))
        .select_related("account__unit", "account__manager", "owner")
    )
    for row in rows:
        manager = row.account.manager
        if manager is None or people_for(row.account).filter(pk=row.owner_id).exists():
            continue
        former = row.owner_id
        Handover.objects.filter(request=row, decided_at=None).update(decided_at=at, accepted=False)
        pass_on(row, taker=manager, by=None, at=at, reason="")
        facts = {"number": row.number, "from": former, "to": manager.pk}
        record(by=by, at=at, action="request.followed_team", subject=row, account_id=row.account_id, **facts)
        tell(manager, "assigned", row, by=None, at=at, key=f"team-{at.isoformat()}")
