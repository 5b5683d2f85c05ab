"""What the apps above ask: did it arrive, when and how; and an account's log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q

from kam.core.models import User
from kam.notifications.models import Delivery, Message, OfMessageQuerySet
from kam.notifications.rules.states import DeliveryState


@dataclass(frozen=True)
class Proven:
    """How far a message got. `sent_at`: first handed to a channel; `proven_at`: first proof; `channel` of the proof."""

    status: str
    sent_at: datetime | None
    proven_at: datetime | None
    channel: str


def proof_of(*, key: str) -> Proven | None:
    """Return how far the message with this key got; None where nobody owed it. Two queries."""
    message = Message.objects.filter(key=key).values("pk", "status").first()
    if message is None:
        return None
    rows = Delivery.objects.filter(message_id=message["pk"])
    first = rows.filter(status=DeliveryState.DELIVERED).order_by("delivered_at").first()
    sent = rows.aggregate(at=Min("sent_at", filter=Q(sent_at__isnull=False)))["at"]
    return Proven(message["status"], sent, first.delivered_at if first else None, first.channel if first else "")


def log_of_account(*, account_id: int, user: User) -> OfMessageQuerySet:
    """Return the deliveries of an account that `user` may see, latest message first."""
    rows: OfMessageQuerySet = (
        Delivery.objects.visible_to(user)
        .filter(message__account_id=account_id)
        .select_related("message")
        .order_by("-message_id", "place")
    )
    return rows
