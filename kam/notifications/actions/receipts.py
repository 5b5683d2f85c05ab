"""What a gateway tells us later: a receipt, by our reference or by its own number. Told twice is told once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kam.notifications.actions.moving import advance, deliveries_of, locked, move_delivery
from kam.notifications.models import Delivery
from kam.notifications.rules.states import DELIVERY_MOVES, DeliveryState


class UnknownReference(Exception):
    """No delivery of ours has this reference or number."""


@dataclass(frozen=True)
class Receipt:
    """A gateway's word on one message. `status`: delivered or failed; `raw`: as it came, kept as proof."""

    reference: str
    gateway_id: str
    status: str
    code: str
    raw: str


def record_receipt(*, receipt: Receipt, at: datetime) -> Delivery:
    """Note the receipt; the message is proven, or its next channel opens. Raises `UnknownReference`.

    A "delivered" counts whatever we thought before, since receipts come late and gateways correct themselves; a
    "failed" counts only for what is under way, and never takes back a proof.
    """
    found = _find(receipt)
    with transaction.atomic():
        message = locked(found.message_id)
        row = next(one for one in deliveries_of(message) if one.pk == found.pk)
        changes: dict[str, Any] = {
            "receipt": receipt.raw[:4000],
            "gateway_message_id": row.gateway_message_id or receipt.gateway_id[:80],
            "sent_at": row.sent_at or at,
        }
        code = f"receipt.{receipt.code or receipt.status}"[:40]
        if receipt.status == "delivered" and DeliveryState.DELIVERED in DELIVERY_MOVES[row.status]:
            move_delivery(
                row, DeliveryState.DELIVERED, code=code, at=at, delivered_at=at, last_error_code="", **changes
            )
            advance(message, at=at, code=code)
        elif receipt.status == "failed" and row.status in (
            DeliveryState.PENDING,
            DeliveryState.UNKNOWN,
            DeliveryState.SENT,
        ):
            move_delivery(row, DeliveryState.FAILED, code=code, at=at, last_error_code=code, **changes)
            advance(message, at=at, code=code)
    return row


def _find(receipt: Receipt) -> Delivery:
    rows = Delivery.objects.only("pk", "message_id")
    try:
        row: Delivery | None = rows.filter(idempotency_key=uuid.UUID(receipt.reference)).first()
    except ValueError:
        row = None
    if row is None and receipt.gateway_id and not receipt.reference:
        row = rows.filter(gateway_message_id=receipt.gateway_id[:80]).first()
    if row is None:
        raise UnknownReference
    return row


def read_item(*, delivery: Delivery, at: datetime) -> None:
    """Note that a member of staff has read a message in the app; that is its proof."""
    with transaction.atomic():
        message = locked(delivery.message_id)
        row = next(one for one in deliveries_of(message) if one.pk == delivery.pk)
        item = row.inbox_item
        if item.read_at is None:
            item.read_at = at
            item.save(update_fields=["read_at"])
        if DeliveryState.DELIVERED in DELIVERY_MOVES[row.status]:
            move_delivery(row, DeliveryState.DELIVERED, code="read", at=at, by=item.user, delivered_at=at)
            advance(message, at=at, by=item.user, code="read")
