"""What the relay writes: claim a delivery, count the attempt before it is made, note what came of it.

RELIABILITY 3.1. No network in here: each function is one short transaction, and the sends lie between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from kam.lib import encryption
from kam.notifications.actions import hooks
from kam.notifications.actions.files import files_of
from kam.notifications.actions.moving import (
    address_of,
    advance,
    deliveries_of,
    in_how_long,
    locked,
    move_delivery,
    receipt_due,
)
from kam.notifications.actions.owing import take_back
from kam.notifications.actions.places import robot_place
from kam.notifications.models import CallTask, ChatRobot, Delivery, InboxItem, Message, Move, Pace
from kam.notifications.rules.answers import Answer, Parcel, Verdict
from kam.notifications.rules.files import CARRIES_FILES, File
from kam.notifications.rules.pace import (
    CLAIM_AT_MOST,
    LEASE_SECONDS,
    POISON_ATTEMPTS,
    backoff_seconds,
    refilled,
)
from kam.notifications.rules.states import BY_HAND, NETWORK, Channel, DeliveryState

ASK_AFTER_SECONDS = 2  # a gateway that has just dropped the line may still be writing
RESEND_AFTER_SECONDS = 60  # for channels that cannot be asked


@dataclass(frozen=True)
class Claim:
    """A delivery that is this relay's until its lease ends. `ask`: by reference, before anything is sent."""

    pk: int
    message_id: int
    channel: Channel
    ask: bool
    suspect: bool  # a process died while sending it: it goes alone


def channels_due(*, at: datetime) -> list[Channel]:
    """Return the channels with something to do; a reading that takes no lock, because it is asked twice a second."""
    due = Delivery.objects.due(at)
    return [channel for channel in Channel if due.filter(channel=channel).exists()]


def claim(*, channel: Channel, owner: str, room: int, per_second: float | None, at: datetime) -> list[Claim]:
    """Take up to `room` deliveries of a channel, at most 20, the nearest deadline of the highest priority first.

    Two relays never take the same row: rows are locked and skipped on PostgreSQL, SQLite has one writer, and the
    update holds only for rows that are still free. `per_second`: the gateway's limit, shared by all relays.
    """
    with transaction.atomic():
        wanted = min(room, CLAIM_AT_MOST)
        if per_second is not None:
            wanted = _take_tokens(channel, wanted, per_second, at)
        if wanted < 1:
            return []
        due = Delivery.objects.due(at).filter(channel=channel)
        rows = list(
            due.select_for_update(skip_locked=True)
            .order_by("priority", "deadline", "pk")
            .values("pk", "message_id", "status", "in_flight", "lost_attempts")[:wanted]
        )
        ids = [row["pk"] for row in rows]
        lease = {"lease_owner": owner, "lease_until": in_how_long(at, LEASE_SECONDS)}
        if Delivery.objects.due(at).filter(pk__in=ids).update(**lease) != len(ids):
            transaction.set_rollback(True)
            return []
    return [
        Claim(
            pk=row["pk"],
            message_id=row["message_id"],
            channel=channel,
            ask=row["status"] == DeliveryState.UNKNOWN,
            suspect=row["status"] == DeliveryState.PENDING and not row["in_flight"] and row["lost_attempts"] > 0,
        )
        for row in rows
    ]


def _take_tokens(channel: Channel, wanted: int, per_second: float, at: datetime) -> int:
    Pace.objects.get_or_create(channel=channel, defaults={"at": at, "tokens": max(per_second, 1.0)})
    pace = Pace.objects.select_for_update().get(channel=channel)
    tokens = refilled(pace.tokens, (at - pace.at).total_seconds(), per_second)
    taken = min(wanted, int(tokens))
    if taken:
        pace.tokens, pace.at = tokens - taken, max(at, pace.at)
        pace.save(update_fields=["tokens", "at"])
    return taken


def release(*, owner: str, pks: list[int]) -> None:
    """Let go of what was claimed and not begun, so that nobody waits for the lease."""
    free = {"lease_owner": "", "lease_until": None}
    Delivery.objects.filter(pk__in=pks, lease_owner=owner, in_flight=False).update(**free)


def rows_of(claims: list[Claim], *, owner: str) -> dict[int, Delivery]:
    """Return those of the claimed rows that are still mine, with their messages, by id."""
    mine = Delivery.objects.select_related("message").filter(pk__in=[one.pk for one in claims], lease_owner=owner)
    return {row.pk: row for row in mine}


def begin(one: Claim, row: Delivery | None, *, owner: str, can_ask: bool, at: datetime) -> Parcel | None:
    """Count the attempt and return what to send; None where there is nothing to send (any more).

    The count is written before the send, so that a message that kills the process runs out of attempts. A row whose
    lease is no longer mine is left alone.
    """
    if row is None:
        return None
    if one.ask:
        return _begin_asking(row, owner=owner, at=at)
    if row.in_flight:
        _after_crash(row, owner=owner, can_ask=can_ask, at=at)
        return None
    reason = hooks.reason_against(row.message, at)
    if isinstance(reason, datetime):
        _hold(row, reason, owner=owner)
        return None
    if reason:
        _stop(row, reason, at=at)
        return None
    address = _destination(row)
    files = _files(row)
    if address is None or files is None:
        _refuse_here(row, at=at)
        return None
    mine = Delivery.objects.filter(
        pk=row.pk, lease_owner=owner, status=DeliveryState.PENDING, attempts=row.attempts, in_flight=False
    )
    until = in_how_long(at, LEASE_SECONDS)
    if mine.update(attempts=F("attempts") + 1, in_flight=True, lease_until=until) != 1:
        return None
    return Parcel(address, row.message.subject, hooks.filled(row.words), str(row.idempotency_key), files)


def _begin_asking(row: Delivery, *, owner: str, at: datetime) -> Parcel | None:
    mine = Delivery.objects.filter(pk=row.pk, lease_owner=owner, status=DeliveryState.UNKNOWN)
    if mine.update(lease_until=in_how_long(at, LEASE_SECONDS)) != 1:
        return None
    return Parcel("", "", "", str(row.idempotency_key))


def _after_crash(row: Delivery, *, owner: str, can_ask: bool, at: datetime) -> None:
    """Somebody died between the attempt and its end: ask the gateway, or try again, or stop where it was too often."""
    with transaction.atomic():
        message = locked(row.message_id)
        current = next(one for one in deliveries_of(message) if one.pk == row.pk)
        if current.lease_owner != owner or current.status != DeliveryState.PENDING:
            return
        lost = current.lost_attempts + 1
        if lost >= POISON_ATTEMPTS:
            move_delivery(
                current, DeliveryState.DEAD, code="poison", at=at, lost_attempts=lost, last_error_code="poison"
            )
            advance(message, at=at, code="poison")
        elif can_ask:
            move_delivery(
                current, DeliveryState.UNKNOWN, code="crashed", at=at, lost_attempts=lost, last_error_code="crashed"
            )
        else:
            _try_later(current, Answer(Verdict.LATER, "crashed"), at=at, lost_attempts=lost)


def _stop(row: Delivery, reason: str, *, at: datetime) -> None:
    with transaction.atomic():
        message = locked(row.message_id)
        take_back(message, code=reason, at=at)


def _hold(row: Delivery, until: datetime, *, owner: str) -> None:
    """Let go of it until then; no attempt was made."""
    mine = Delivery.objects.filter(pk=row.pk, lease_owner=owner, status=DeliveryState.PENDING)
    mine.update(not_before=until, lease_owner="", lease_until=None)


def _destination(row: Delivery) -> str | None:
    """Return the plain address, for a robot its secret one; None where it cannot be read or is out of use."""
    try:
        address = address_of(row)
        if row.channel == Channel.CHAT:
            robot = ChatRobot.objects.filter(name=address, active=True).first()
            return encryption.decrypt(robot.url_encrypted, place=robot_place(robot.pk)) if robot else None
    except encryption.Undecipherable:
        return None
    return address or None


def _files(row: Delivery) -> tuple[File, ...] | None:
    """Return what goes along by this channel; None where it cannot be read any more."""
    if row.channel not in CARRIES_FILES:
        return ()
    try:
        return files_of(row.message)
    except encryption.Undecipherable:
        return None


def _refuse_here(row: Delivery, *, at: datetime) -> None:
    with transaction.atomic():
        message = locked(row.message_id)
        current = next(one for one in deliveries_of(message) if one.pk == row.pk)
        if current.status == DeliveryState.PENDING:
            move_delivery(current, DeliveryState.FAILED, code="no.address", at=at, last_error_code="no.address")
            advance(message, at=at, code="no.address")


def settle(*, one: Claim, owner: str, answer: Answer, can_ask: bool, at: datetime) -> None:
    """Write what came of an attempt, or of a question by reference.

    That a gateway took it is true whoever holds the row by now; any other outcome counts only while it is mine.
    """
    with transaction.atomic(savepoint=False):
        message = locked(one.message_id)
        rows = deliveries_of(message)
        row = next(row for row in rows if row.pk == one.pk)
        if row.status not in (DeliveryState.PENDING, DeliveryState.UNKNOWN):
            # A receipt was faster; the gateway's number is still worth having.
            if answer.gateway_id and not row.gateway_message_id:
                Delivery.objects.filter(pk=row.pk).update(gateway_message_id=answer.gateway_id[:80])
            return
        if answer.verdict in (Verdict.ACCEPTED, Verdict.DELIVERED):
            _note_taken(row, rows, answer, at=at)
            advance(message, at=at, code=answer.code, rows=rows)
        elif row.lease_owner == owner:
            _note_not_taken(message, row, answer, can_ask=can_ask, at=at)


def _note_taken(row: Delivery, rows: list[Delivery], answer: Answer, *, at: datetime) -> None:
    changes: dict[str, Any] = {
        "sent_at": row.sent_at or at,
        "gateway_message_id": answer.gateway_id[:80] or row.gateway_message_id,
        "last_error_code": "",
        "tries": 0,
    }
    if answer.verdict == Verdict.DELIVERED:
        move_delivery(row, DeliveryState.DELIVERED, code=answer.code, at=at, delivered_at=at, **changes)
    else:
        left = sum(other.status == DeliveryState.WAITING for other in rows)
        due = receipt_due(row, left=left, at=at)
        move_delivery(row, DeliveryState.SENT, code=answer.code, at=at, receipt_due_at=due, **changes)


def _note_not_taken(message: Message, row: Delivery, answer: Answer, *, can_ask: bool, at: datetime) -> None:
    if answer.verdict == Verdict.REFUSED:
        move_delivery(row, DeliveryState.FAILED, code=answer.code, at=at, last_error_code=answer.code[:40])
        advance(message, at=at, code=answer.code)
    elif answer.verdict == Verdict.ABSENT:
        # It never arrived there, so sending it cannot double it.
        move_delivery(row, DeliveryState.PENDING, code=answer.code, at=at, not_before=at)
    elif answer.verdict == Verdict.UNKNOWN and can_ask:
        again = in_how_long(at, ASK_AFTER_SECONDS if row.status == DeliveryState.PENDING else _pause(row, answer))
        if row.status == DeliveryState.PENDING:
            move_delivery(
                row,
                DeliveryState.UNKNOWN,
                code=answer.code,
                at=at,
                last_error_code=answer.code[:40],
                not_before=again,
                tries=0,
            )
        elif row.give_up_at and again > row.give_up_at:
            move_delivery(row, DeliveryState.DEAD, code=answer.code, at=at, last_error_code=answer.code[:40])
            advance(message, at=at, code=answer.code)
        else:
            _stay(row, answer, not_before=again, at=at)
    else:
        _try_later(row, answer, at=at)
        advance(message, at=at, code=answer.code)


def _pause(row: Delivery, answer: Answer) -> float:
    if answer.wait_seconds is not None:
        return min(max(answer.wait_seconds, 1.0), 3600.0)
    return backoff_seconds(row.tries + 1)


def _try_later(row: Delivery, answer: Answer, *, at: datetime, lost_attempts: int | None = None) -> None:
    """Put the next try off, or give the channel up where that would be after its time."""
    lost = row.lost_attempts if lost_attempts is None else lost_attempts
    again = in_how_long(at, RESEND_AFTER_SECONDS if answer.verdict == Verdict.UNKNOWN else _pause(row, answer))
    if row.give_up_at and again > row.give_up_at:
        move_delivery(row, DeliveryState.DEAD, code=answer.code, at=at, last_error_code=answer.code[:40])
    else:
        _stay(row, answer, not_before=again, at=at, lost_attempts=lost)


def _stay(
    row: Delivery, answer: Answer, *, not_before: datetime, at: datetime, lost_attempts: int | None = None
) -> None:
    """Leave the status, free the row, and keep the attempt in the history."""
    row.tries += 1
    row.lost_attempts = row.lost_attempts if lost_attempts is None else lost_attempts
    row.not_before, row.last_error_code = not_before, answer.code[:40]
    row.in_flight, row.lease_until, row.lease_owner = False, None, ""
    row.save(
        update_fields=[
            "tries",
            "lost_attempts",
            "not_before",
            "last_error_code",
            "in_flight",
            "lease_until",
            "lease_owner",
        ]
    )
    Move.objects.create(
        message_id=row.message_id,
        delivery=row,
        from_status=row.status,
        to_status=row.status,
        code=answer.code[:40],
        at=at,
    )


def note_broken(*, one: Claim, owner: str, code: str, at: datetime) -> None:
    """Count an attempt that raised as one that killed the process: after five it goes to a person."""
    with transaction.atomic(savepoint=False):
        message = locked(one.message_id)
        row = next(row for row in deliveries_of(message) if row.pk == one.pk)
        if row.lease_owner != owner or row.status not in (DeliveryState.PENDING, DeliveryState.UNKNOWN):
            return
        lost = row.lost_attempts + 1
        if lost >= POISON_ATTEMPTS:
            move_delivery(row, DeliveryState.DEAD, code="poison", at=at, last_error_code=code[:40], lost_attempts=lost)
            advance(message, at=at, code="poison")
        else:
            _try_later(row, Answer(Verdict.LATER, code), at=at, lost_attempts=lost)


def do_here(one: Claim, *, owner: str, at: datetime) -> None:
    """Do what needs no network: put it into the inbox, onto the call list, onto the list of paper notices."""
    with transaction.atomic():
        message = locked(one.message_id)
        rows = deliveries_of(message)
        row = next(row for row in rows if row.pk == one.pk)
        if row.lease_owner != owner or row.status != DeliveryState.PENDING:
            return
        reason = hooks.reason_against(message, at)
        if isinstance(reason, datetime):
            _hold(row, reason, owner=owner)
            return
        if reason:
            take_back(message, code=reason, at=at)
            return
        if row.channel in BY_HAND:
            CallTask.objects.create(
                message=message,
                delivery=row,
                script=row.words,
                reason=last_problem(message),
                due_at=message.deadline,
                created_at=at,
            )
        else:
            InboxItem.objects.create(user_id=int(address_of(row)), delivery=row, at=at)
        row.attempts += 1
        row.save(update_fields=["attempts"])
        _note_taken(row, rows, Answer(Verdict.ACCEPTED, "here"), at=at)
        advance(message, at=at, code="here", rows=rows)


def last_problem(message: Message) -> str:
    """Return the code of what went wrong last on the way to this task; empty where it is simply its turn."""
    spent = message.deliveries.exclude(last_error_code="").order_by("-place").first()
    return spent.last_error_code if spent else ""


def sweep(*, at: datetime, most: int = 200) -> int:
    """Go on with messages whose receipt is overdue; returns how many."""
    overdue = Delivery.objects.filter(status=DeliveryState.SENT, receipt_overdue=False, receipt_due_at__lte=at)
    ids = list(overdue.order_by("receipt_due_at").values_list("message_id", flat=True)[:most])
    for message_id in dict.fromkeys(ids):
        with transaction.atomic():
            message = locked(message_id)
            overdue.filter(message=message).update(receipt_overdue=True)
            advance(message, at=at, code="no.receipt")
    return len(ids)


def wake(*, channel: Channel, at: datetime) -> int:
    """Bring forward what waits for a gateway that answers again; its backlog must not wait for the next full hour."""
    network = Q(last_error_code__startswith="http.5") | Q(last_error_code__in=["connect", "http.429", "timeout"])
    return (
        Delivery.objects.filter(network, channel=channel, status=DeliveryState.PENDING, not_before__gt=at)
        .filter(lease_until=None, channel__in=NETWORK)
        .update(not_before=at)
    )
