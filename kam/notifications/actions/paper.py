"""A paper notice with a signed receipt (签收): its photo is proof like a gateway's receipt."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from kam.core.actions import record
from kam.core.models import User
from kam.lib.pictures import PHOTO_BYTES, clean_photo
from kam.notifications.actions.moving import advance, deliveries_of, locked, make_delivery, move_delivery
from kam.notifications.actions.people import MessageClosed
from kam.notifications.models import Delivery, Message, Proof
from kam.notifications.rules.states import DELIVERY_MOVES, Channel, DeliveryState, MessageState


def accept_paper(
    *, message: Message, photo: IO[bytes], signed_by: str, signed_at: datetime, by: User, at: datetime
) -> Proof:
    """Take in the photo of a signed notice; the message is proven from the instant of the signature.

    Raises `NotAPhoto`, `MessageClosed` (withdrawn). The picture is encoded anew: what was hidden in the file, its
    place and its camera, is gone (RELIABILITY 3.5).
    """
    picture = clean_photo(photo.read(PHOTO_BYTES + 1))
    # A name that says nothing and that nobody can guess, outside the web root; written before the transaction begins.
    name = default_storage.save(f"proofs/{uuid.uuid4()}.jpg", ContentFile(picture))
    with transaction.atomic():
        row = locked(message.pk)
        if row.status == MessageState.WITHDRAWN:
            raise MessageClosed
        delivery = _paper_delivery(row, at=at)
        proof = Proof.objects.create(
            message=row,
            delivery=delivery,
            file=name,
            sha256=hashlib.sha256(picture).hexdigest(),
            signed_by=signed_by,
            signed_at=signed_at,
            by=by,
            at=at,
        )
        if DeliveryState.DELIVERED in DELIVERY_MOVES[delivery.status]:
            move_delivery(delivery, DeliveryState.DELIVERED, code="signed", at=at, by=by, delivered_at=signed_at)
        advance(row, at=at, by=by, code="signed")
        record(
            by=by,
            at=at,
            action="message.paper_accepted",
            subject=row,
            account_id=row.account_id,
            sha256=proof.sha256,
            signed_at=signed_at,
        )
    return proof


def _paper_delivery(message: Message, *, at: datetime) -> Delivery:
    """Return the message's paper delivery, made and opened where it has none."""
    rows = deliveries_of(message)
    row = next((one for one in rows if one.channel == Channel.PAPER), None)
    if row is None:
        row = make_delivery(message, max(one.place for one in rows) + 1, Channel.PAPER, "", text="", at=at)
    if row.status == DeliveryState.WAITING:
        move_delivery(row, DeliveryState.PENDING, code="by_hand", at=at, opened_at=at, not_before=at)
    return row
