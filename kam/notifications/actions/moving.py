"""How a message goes on after one of its deliveries moved: the next channel, the call list, the end.

Everything here runs in the caller's transaction with the message's row locked (`locked`): always the message first and
its deliveries after, so that the relay, a receipt and a person cannot wait for each other in a circle.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from kam.core import queries as core_queries
from kam.core.models import User
from kam.lib import clock, encryption
from kam.lib.lifecycle import move
from kam.notifications.actions import hooks
from kam.notifications.actions.places import address_place
from kam.notifications.models import CallTask, Delivery, Message, Move
from kam.notifications.rules.addresses import hint
from kam.notifications.rules.pace import WITHOUT_DEADLINE, give_up_at, receipt_due_at
from kam.notifications.rules.states import (
    BY_HAND,
    DELIVERY_MOVES,
    MESSAGE_MOVES,
    Channel,
    DeliveryState,
    MessageState,
    Step,
    next_step,
)

SPENT = (DeliveryState.FAILED, DeliveryState.DEAD)
RECEIPT_RULE = "notifications.receipt_minutes"
RECEIPT_MINUTES = {Channel.SMS: 60, Channel.MAIL: 24 * 60, Channel.CHAT: 24 * 60, Channel.APP: 24 * 60}


def locked(message_id: int) -> Message:
    """Return the message with its row locked until the transaction ends."""
    row: Message = Message.objects.select_for_update().get(pk=message_id)
    return row


def deliveries_of(message: Message) -> list[Delivery]:
    """Return the message's deliveries in their order, locked."""
    rows = list(Delivery.objects.select_for_update().filter(message=message).order_by("place"))
    for row in rows:
        row.message = message
    return rows


def noted(code: str, by: User | None, at: datetime, note: str = "") -> Callable[[Any, str, str], object]:
    """Return the function that leaves the history row of a step (kam.lib.lifecycle)."""

    def history(row: Message | Delivery, before: str, after: str) -> object:
        delivery = row if isinstance(row, Delivery) else None
        return Move.objects.create(
            message_id=row.message_id if isinstance(row, Delivery) else row.pk,
            delivery=delivery,
            from_status=before,
            to_status=after,
            code=code[:40],
            note=note,
            by=by,
            at=at,
        )

    return history


def move_delivery(
    row: Delivery, to: str, *, code: str, at: datetime, by: User | None = None, note: str = "", **changes: Any
) -> Delivery:
    """Move one delivery and leave its history row; whatever held it lets go."""
    free: dict[str, Any] = {"in_flight": False, "lease_until": None, "lease_owner": ""}
    history = noted(code, by, at, note)
    return move(row, to=to, table=DELIVERY_MOVES, by=by, at=at, history=history, **{**free, **changes})


def move_message(row: Message, to: str, *, code: str, at: datetime, by: User | None = None, note: str = "") -> Message:
    """Move the message, and tell the app that owes it."""
    closed_at = None if to == MessageState.OPEN else at
    history = noted(code, by, at, note)
    move(row, to=to, table=MESSAGE_MOVES, by=by, at=at, history=history, closed_at=closed_at)
    hooks.tell(row)
    return row


def make_delivery(message: Message, place: int, channel: Channel, address: str, *, text: str, at: datetime) -> Delivery:
    """Write a delivery that waits for its turn, its address encrypted."""
    words = text or message.text
    row = Delivery.objects.create(
        message=message,
        place=place,
        channel=channel,
        text=text,
        address_hint=hint(channel, address),
        priority=message.priority,
        deadline=message.deadline or at + WITHOUT_DEADLINE,
        body_hash=hashlib.sha256(f"{message.subject}\n{words}".encode()).hexdigest(),
    )
    if address:
        # The place of an encrypted value is its row's id, which is only known now.
        row.address_encrypted = encryption.encrypt(address, place=address_place(row.pk))
        row.save(update_fields=["address_encrypted"])
    return row


def address_of(row: Delivery) -> str:
    """Return the plain address."""
    return encryption.decrypt(row.address_encrypted, place=address_place(row.pk))


def open_delivery(row: Delivery, *, left: int, code: str, at: datetime, by: User | None = None, note: str = "") -> None:
    """Let a delivery's turn begin: from now on the relay may take it."""
    message = row.message
    move_delivery(
        row,
        DeliveryState.PENDING,
        code=code,
        at=at,
        by=by,
        note=note,
        opened_at=at,
        not_before=max(at, message.not_before) if message.not_before else at,
        give_up_at=give_up_at(at, message.deadline, left),
        tries=0,
        lost_attempts=0,
    )


def advance(
    message: Message,
    *,
    at: datetime,
    by: User | None = None,
    code: str = "",
    rows: list[Delivery] | None = None,
) -> None:
    """Do what the message needs now: open the next channel, put it on the call list, or close it.

    `rows`: its deliveries, locked and as they are now, where the caller has them.
    """
    rows = deliveries_of(message) if rows is None else rows
    if message.status != MessageState.OPEN:
        if any(row.status == DeliveryState.DELIVERED for row in rows):
            prove(message, at=at, by=by, code=code)
        return
    step = next_step([(row.channel, row.status, awaited(row)) for row in rows], must_prove=message.must_prove)
    if step == Step.PROVE:
        prove(message, at=at, by=by, code=code)
    elif step == Step.HAND_OVER:
        spare(rows, at=at, code="handed_over")
        move_message(message, MessageState.HANDED_OVER, code=code, at=at, by=by)
    elif step == Step.OPEN_NEXT:
        waiting = [row for row in rows if row.status == DeliveryState.WAITING]
        open_delivery(waiting[0], left=len(waiting) - 1, code=code or "next", at=at)
    elif step == Step.CALL:
        call = last_resort(message, rows, at=at)
        open_delivery(call, left=0, code=code or "last", at=at)
    elif step == Step.GIVE_UP:
        spare(rows, at=at, code="given_up")
        move_message(message, MessageState.UNREACHED, code=code, at=at, by=by)


def awaited(row: Delivery) -> bool:
    """Tell whether a sent delivery still waits for its receipt or for the person who does it."""
    if row.channel in BY_HAND:
        return True
    return not row.receipt_overdue


def prove(message: Message, *, at: datetime, by: User | None, code: str) -> None:
    """Close a message that arrived; nothing more is sent, nobody calls any more."""
    if message.status in (MessageState.PROVEN, MessageState.WITHDRAWN):
        return
    spare(deliveries_of(message), at=at, code="proven")
    move_message(message, MessageState.PROVEN, code=code, at=at, by=by)


def spare(rows: list[Delivery], *, at: datetime, code: str) -> None:
    """Let go of what has not left: waiting channels, those between two tries, calls still to be made."""
    for row in rows:
        open_task = row.channel in BY_HAND and row.status == DeliveryState.SENT
        not_begun = row.status == DeliveryState.PENDING and not row.in_flight
        if row.status == DeliveryState.WAITING or open_task or not_begun:
            move_delivery(row, DeliveryState.SPARED, code=code, at=at)
            CallTask.objects.filter(delivery=row, done_at=None).update(done_at=at)


def last_resort(message: Message, rows: list[Delivery], *, at: datetime) -> Delivery:
    """Make the delivery by telephone that every message has in the end, to the number that is known."""
    number = next((address_of(row) for row in rows if row.channel == Channel.SMS), "")
    return make_delivery(message, max(row.place for row in rows) + 1, Channel.CALL, number, text="", at=at)


def receipt_due(row: Delivery, *, left: int, at: datetime) -> datetime | None:
    """Return until when a delivery that has just been sent waits for its receipt; None: for ever.

    `left`: how many channels come after it.
    """
    if row.channel in BY_HAND or not row.message.must_prove:
        return None
    return receipt_due_at(at, row.message.deadline, receipt_minutes(Channel(row.channel), at), left)


_minutes: dict[tuple[Channel, date], tuple[float, int]] = {}


def receipt_minutes(channel: Channel, at: datetime) -> int:
    """Return the channel's rule in force: how many minutes a receipt may take. Asked once a minute."""
    key = (channel, clock.day_of(at))
    asked, minutes = _minutes.get(key, (float("-inf"), 0))
    if clock.monotonic() - asked >= 60:
        try:
            minutes = int(core_queries.rule(f"{RECEIPT_RULE}.{channel.value}", key[1]))
        except core_queries.NoRule:
            minutes = RECEIPT_MINUTES[channel]
        _minutes[key] = (clock.monotonic(), minutes)
    return minutes


def in_how_long(at: datetime, seconds: float) -> datetime:
    """Return the instant `seconds` after `at`."""
    return at + timedelta(seconds=seconds)
