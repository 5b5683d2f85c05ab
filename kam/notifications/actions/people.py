"""What people do by hand: call, bring paper, try again, choose another way, give up with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kam.core.actions import note_reveal, record
from kam.core.models import User
from kam.notifications.actions.moving import (
    SPENT,
    address_of,
    advance,
    deliveries_of,
    last_resort,
    locked,
    make_delivery,
    move_delivery,
    move_message,
    noted,
    open_delivery,
)
from kam.notifications.models import CallTask, CallTry, Delivery, Message
from kam.notifications.rules.addresses import Address, normal
from kam.notifications.rules.states import BY_HAND, Channel, DeliveryState, MessageState

CALL_MINUTES = 15


class CannotRetry(Exception):
    """Only what was refused, given up or waits for its next try is tried again."""


class MessageClosed(Exception):
    """It has been proven or withdrawn; there is nothing left to do."""


class TaskDone(Exception):
    """Somebody has done this already, or it is no longer needed."""


class TaskTaken(Exception):
    """Another person is calling at this moment."""

    def __init__(self, by: User) -> None:
        super().__init__(by.pk)
        self.by = by


def take_call(*, task: CallTask, by: User, at: datetime) -> str:
    """Hold the task for 15 minutes and return the number to call. Raises `TaskTaken`, `TaskDone`, `RevealRefused`.

    The look at the number is on the record first.
    """
    free = Q(taken_by=None) | Q(taken_by=by) | Q(taken_until__lte=at)
    until = at + timedelta(minutes=CALL_MINUTES)
    if not CallTask.objects.filter(free, pk=task.pk, done_at=None).update(taken_by=by, taken_until=until):
        row = CallTask.objects.select_related("taken_by").get(pk=task.pk)
        if row.done_at or row.taken_by is None:
            raise TaskDone
        raise TaskTaken(row.taken_by)
    if not task.delivery.address_encrypted:
        return ""
    note_reveal(
        by=by,
        at=at,
        subject=task.delivery,
        account_id=task.message.account_id,
        field="phone",
        reason=f"call task {task.pk}",
    )
    return address_of(task.delivery)


def note_call(
    *,
    task: CallTask,
    answered_by: str,
    at: datetime,
    note: str,
    reached: bool,
    by: User,
    again_at: datetime | None = None,
) -> CallTask:
    """Note one try on the telephone: who answered when. Reached is proof; else it stays on the list.

    `again_at`: not before then. Raises `TaskDone`, `TaskTaken`.
    """
    with transaction.atomic():
        message = locked(task.message_id)
        row = _open_task(task, by, at)
        CallTry.objects.create(task=row, by=by, at=at, reached=reached, answered_by=answered_by, note=note)
        row.taken_by = row.taken_until = None
        row.call_again_at = again_at
        if reached:
            row.done_at = at
        row.save(update_fields=["taken_by", "taken_until", "call_again_at", "done_at"])
        if reached:
            delivery = next(one for one in deliveries_of(message) if one.pk == row.delivery_id)
            move_delivery(delivery, DeliveryState.DELIVERED, code="called", at=at, by=by, delivered_at=at)
            advance(message, at=at, by=by, code="called")
        record(
            by=by,
            at=at,
            action="message.called",
            subject=message,
            account_id=message.account_id,
            reached=reached,
            task=row.pk,
        )
    return row


def _open_task(task: CallTask, by: User, at: datetime) -> CallTask:
    row: CallTask = CallTask.objects.select_for_update(of=("self",)).select_related("taken_by").get(pk=task.pk)
    if row.done_at:
        raise TaskDone
    if row.taken_by and row.taken_by != by and row.taken_until and row.taken_until > at:
        raise TaskTaken(row.taken_by)
    return row


def give_up(*, task: CallTask, reason: str, by: User, at: datetime) -> None:
    """End a task without having reached anybody; the reason stays with the message. Raises `TaskDone`, `TaskTaken`."""
    with transaction.atomic():
        message = locked(task.message_id)
        row = _open_task(task, by, at)
        row.done_at = at
        row.save(update_fields=["done_at"])
        delivery = next(one for one in deliveries_of(message) if one.pk == row.delivery_id)
        move_delivery(
            delivery, DeliveryState.FAILED, code="given_up", at=at, by=by, note=reason, last_error_code="given_up"
        )
        advance(message, at=at, by=by, code="given_up")
        _on_record("message.given_up", message, delivery, reason, by=by, at=at)


def retry(*, delivery: Delivery, reason: str, by: User, at: datetime) -> Delivery:
    """Try a delivery again at once. Raises `CannotRetry`, `MessageClosed`."""
    with transaction.atomic():
        message = locked(delivery.message_id)
        _still_open(message)
        row = next(one for one in deliveries_of(message) if one.pk == delivery.pk)
        if row.status == DeliveryState.PENDING and not row.in_flight:
            row.not_before, row.tries = at, 0
            row.save(update_fields=["not_before", "tries"])
            noted("retry", by, at, reason)(row, row.status, row.status)
        elif row.status in SPENT and row.channel not in BY_HAND:
            _reopen(message, by=by, at=at)
            open_delivery(row, left=0, code="retry", at=at, by=by, note=reason)
        else:
            raise CannotRetry
        _on_record("message.retried", message, row, reason, by=by, at=at)
    return row


def hand_to_call_list(*, message: Message, reason: str, by: User | None, at: datetime) -> Delivery:
    """Let a person call, without waiting for the channels before. Raises `MessageClosed`.

    Where a call is on the list already, that one.
    """
    with transaction.atomic():
        row = locked(message.pk)
        _still_open(row)
        rows = deliveries_of(row)
        calls = [one for one in rows if one.channel == Channel.CALL]
        if any(one.status in (DeliveryState.PENDING, DeliveryState.SENT) for one in calls):
            return calls[-1]
        _reopen(row, by=by, at=at)
        ready = [one for one in calls if one.status == DeliveryState.WAITING]
        call = ready[0] if ready else last_resort(row, rows, at=at)
        open_delivery(call, left=0, code="by_hand", at=at, by=by, note=reason)
        _on_record("message.handed_over", row, call, reason, by=by, at=at)
    return call


def resend_other_channel(*, message: Message, to: Address, reason: str, by: User, at: datetime) -> Delivery:
    """Send the message by another way as well, at once. Raises `BadAddress`, `MessageClosed`."""
    channel = Channel(to.channel)
    address = normal(channel, to.address)
    with transaction.atomic():
        row = locked(message.pk)
        _still_open(row)
        rows = deliveries_of(row)
        _reopen(row, by=by, at=at)
        # After all others, so that places stay unique; opened now, so that the order does not hold it up.
        delivery = make_delivery(row, max(one.place for one in rows) + 1, channel, address, text=to.text, at=at)
        open_delivery(delivery, left=0, code="by_hand", at=at, by=by, note=reason)
        _on_record("message.retried", row, delivery, reason, by=by, at=at)
    return delivery


def _still_open(message: Message) -> None:
    if message.status in (MessageState.PROVEN, MessageState.WITHDRAWN):
        raise MessageClosed


def _reopen(message: Message, *, by: User | None, at: datetime) -> None:
    if message.status != MessageState.OPEN:
        move_message(message, MessageState.OPEN, code="by_hand", at=at, by=by)


def _on_record(
    action: str, message: Message, delivery: Delivery, reason: str, *, by: User | None, at: datetime
) -> None:
    record(
        by=by,
        at=at,
        action=action,
        subject=message,
        account_id=message.account_id,
        channel=delivery.channel,
        reason=reason,
    )
