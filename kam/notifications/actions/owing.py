"""Owe somebody a message, in the transaction of the change that owes it; take it back before it has left."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import User
from kam.notifications.actions.files import fingerprint, keep
from kam.notifications.actions.moving import (
    deliveries_of,
    locked,
    make_delivery,
    move_delivery,
    move_message,
    open_delivery,
)
from kam.notifications.models import ChatRobot, Message
from kam.notifications.rules.addresses import Address, BadAddress, normal
from kam.notifications.rules.files import File, check
from kam.notifications.rules.states import Channel, DeliveryState, MessageState

LEFT = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.UNKNOWN)


class KeyReused(Exception):
    """The key names another message already, with other words."""


class NobodyToTell(Exception):
    """A message needs at least one address."""


class AlreadyLeft(Exception):
    """It has left, or is leaving now: it cannot be taken back, only followed by another message."""


def owe(
    *,
    key: str,
    kind: str,
    to: Sequence[Address],
    language: str,
    subject: str,
    text: str,
    deadline: datetime | None,
    priority: int = 5,
    owner_ref: str = "",
    account_id: int | None = None,
    unit_id: int | None = None,
    manager_id: int | None = None,
    not_before: datetime | None = None,
    must_prove: bool = True,
    files: Sequence[File] = (),
    by: User | None,
    at: datetime,
) -> Message:
    """Write the message and one delivery for each address, in their order; the same key gives the same message.

    Call it in the transaction of what owes it: then both are there or neither, and the relay sends within seconds of
    the commit. The text is frozen here. `deadline`: by when it must be proven; None, within 72 h. `priority`: 1 goes
    first. `must_prove=False`: a gateway's acceptance is enough and nobody is called. The call list is always the last
    way of a message that must be proven, also where `to` does not name it. `files` are frozen like the text and go
    along by mail alone.
    Raises `BadAddress`, `KeyReused`, `NobodyToTell`, `TooMuch`.
    """
    if not to:
        raise NobodyToTell
    ways = [(Channel(way.channel), normal(Channel(way.channel), way.address), way.text) for way in to]
    robots = {address for channel, address, _ in ways if channel == Channel.CHAT}
    if robots and ChatRobot.objects.filter(name__in=robots).count() < len(robots):
        raise BadAddress(Channel.CHAT)
    readers = {int(address) for channel, address, _ in ways if channel == Channel.APP}
    if readers and User.objects.filter(pk__in=readers, is_active=True).count() < len(readers):
        raise BadAddress(Channel.APP)
    check(files)
    body = "\n".join((kind, language, subject, text)) + fingerprint(files)
    body_hash = hashlib.sha256(body.encode()).hexdigest()
    with transaction.atomic():
        message, created = Message.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "language": language,
                "subject": subject,
                "text": text,
                "body_hash": body_hash,
                "must_prove": must_prove,
                "not_before": not_before,
                "deadline": deadline,
                "priority": priority,
                "owner_ref": owner_ref,
                "account_id": account_id,
                "unit_id": unit_id,
                "manager_id": manager_id,
                "by": by,
                "created_at": at,
            },
        )
        if not created:
            if message.body_hash != body_hash:
                raise KeyReused(key)
            return message
        keep(message, files)
        rows = [
            make_delivery(message, place, channel, address, text=words, at=at)
            for place, (channel, address, words) in enumerate(ways, 1)
        ]
        open_delivery(rows[0], left=len(rows) - 1, code="owed", at=at, by=by)
    return message


def withdraw(*, key: str, reason: str, by: User | None, at: datetime) -> Message:
    """Take a message back that has not left. Raises `AlreadyLeft`, `Message.DoesNotExist`.

    What is being sent at this moment, or may have been taken by the gateway, has left; a call not yet made has not.
    """
    with transaction.atomic():
        message = locked(Message.objects.values_list("pk", flat=True).get(key=key))
        if message.status == MessageState.WITHDRAWN:
            return message
        rows = deliveries_of(message)
        gone = any(row.in_flight or (row.status in LEFT and not row.by_hand) for row in rows)
        if gone or message.status != MessageState.OPEN:
            raise AlreadyLeft(key)
        take_back(message, code="withdrawn", at=at, by=by, note=reason)
        record(
            by=by,
            at=at,
            action="message.withdrawn",
            subject=message,
            account_id=message.account_id,
            reason=reason,
        )
    return message


def take_back(message: Message, *, code: str, at: datetime, by: User | None = None, note: str = "") -> None:
    """Close what has not left. A message of which a channel has left already is handed over, not withdrawn."""
    rows = deliveries_of(message)
    for row in rows:
        if row.by_hand and row.status == DeliveryState.SENT:
            row.task.done_at = at
            row.task.save(update_fields=["done_at"])
            move_delivery(row, DeliveryState.SPARED, code=code, at=at, by=by)
        elif row.status in (DeliveryState.WAITING, DeliveryState.PENDING):
            move_delivery(row, DeliveryState.WITHDRAWN, code=code, at=at, by=by, last_error_code=code)
    sent = any(row.status in LEFT for row in rows)
    if message.status == MessageState.OPEN:
        to = MessageState.HANDED_OVER if sent else MessageState.WITHDRAWN
        move_message(message, to, code=code, at=at, by=by, note=note)
