"""Rows of messages for the table: Li's account's, Zhao's, and none."""

from typing import Any

from kam.lib import encryption
from kam.notifications.actions.places import robot_place
from kam.notifications.models import ChatRobot, InboxItem, Message, MessageTemplate
from tests.cast import Cast
from tests.notifications.making import make_message, make_proof, make_task

Kwargs = dict[str, Any]
ABSENT = {"pk": 10**9}


def _messages(cast: Cast) -> tuple[Message, Message]:
    own = make_message(key="own", account=cast.account)
    return own, make_message(key="other", account=cast.other_account)


def message(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = _messages(cast)
    return {"pk": own.pk}, {"pk": other.pk}, ABSENT


def delivery(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = _messages(cast)
    return {"pk": own.deliveries.get(place=1).pk}, {"pk": other.deliveries.get(place=1).pk}, ABSENT


def call(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = _messages(cast)
    return {"pk": make_task(own, by=cast.sun).pk}, {"pk": make_task(other, by=cast.sun).pk}, ABSENT


def proof(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = _messages(cast)
    return {"pk": make_proof(own, by=cast.sun).pk}, {"pk": make_proof(other, by=cast.sun).pk}, ABSENT


def template(cast: Cast) -> tuple[Kwargs, ...]:
    rows = MessageTemplate.objects.filter(key="outage.announced").order_by("pk")
    return {"pk": rows[0].pk}, {"pk": rows[1].pk}, ABSENT


def robot(cast: Cast) -> tuple[Kwargs, ...]:
    pks = []
    for name in ("dispatch", "station"):
        row = ChatRobot.objects.create(name=name)
        row.url_encrypted = encryption.encrypt("wecombot://key", place=robot_place(row.pk))
        row.save()
        pks.append(row.pk)
    return {"pk": pks[0]}, {"pk": pks[1]}, ABSENT


def inbox(cast: Cast) -> tuple[Kwargs, ...]:
    own, other = _messages(cast)
    mine = InboxItem.objects.create(user=cast.li, delivery=own.deliveries.get(place=1), at=own.created_at)
    theirs = InboxItem.objects.create(user=cast.zhao, delivery=other.deliveries.get(place=1), at=own.created_at)
    return {"pk": mine.pk}, {"pk": theirs.pk}, ABSENT


MAKES = {
    "message": message,
    "delivery": delivery,
    "call": call,
    "proof": proof,
    "template": template,
    "robot": robot,
    "inbox": inbox,
}
