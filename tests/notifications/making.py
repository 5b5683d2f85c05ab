"""Messages, tasks and a relay that stands still, with fixed values."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from kam.accounts.models import Account
from kam.core.models import User
from kam.notifications import actions
from kam.notifications.actions import Address, sending
from kam.notifications.actions.channels import Way
from kam.notifications.management.loop import Relay
from kam.notifications.models import CallTask, Delivery, Message, Proof
from kam.notifications.rules.answers import Answer, Parcel, Verdict
from kam.notifications.rules.states import Channel
from tests.cast import NOW

PHONE = "13800005678"
MAIL = "wang.gong@example.cn"
TEXT = "【东湖供电】12月6日8:00-16:00停10kV东钢线。"
SMS = Address(Channel.SMS, PHONE)
DEADLINE = NOW + timedelta(days=8)


def make_message(key: str = "m", *, account: Account | None = None, to: Any = (SMS,), **changes: Any) -> Message:
    """A message owed now to one phone, for the account where one is given."""
    facts: dict[str, Any] = {
        "kind": "outage.announced",
        "language": "zh-hans",
        "subject": "停电通知",
        "text": TEXT,
        "deadline": DEADLINE,
        "by": None,
        "at": NOW,
    }
    if account is not None:
        facts |= {"account_id": account.pk, "unit_id": account.unit_id, "manager_id": account.manager_id}
    return actions.owe(key=key, to=list(to), **{**facts, **changes})


def delivery_of(message: Message, place: int = 1) -> Any:
    """The delivery at this place, as it is in the database now."""
    return Delivery.objects.select_related("message").get(message=message, place=place)


def make_task(message: Message, *, by: User, at: datetime = NOW) -> CallTask:
    """Have the message on the call list."""
    call = actions.hand_to_call_list(message=message, reason="打电话", by=by, at=at)
    [claim] = sending.claim(channel=Channel.CALL, owner="t", room=1, per_second=None, at=at)
    sending.do_here(claim, owner="t", at=at)
    task: CallTask = CallTask.objects.select_related("message", "delivery").get(delivery=call)
    return task


def photo(width: int = 60, height: int = 40, form: str = "JPEG") -> io.BytesIO:
    """A picture in memory."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, form)
    out.seek(0)
    return out


def make_proof(message: Message, *, by: User) -> Proof:
    return actions.accept_paper(message=message, photo=photo(), signed_by="王工", signed_at=NOW, by=by, at=NOW)


def accepted(parcel: Parcel) -> Answer:
    return Answer(Verdict.ACCEPTED, "http.202", f"G{parcel.reference[:8]}")


def make_relay(
    send: Callable[[Parcel], Answer] = accepted,
    ask: Callable[[Parcel], Answer] | None = None,
    *,
    owner: str = "relay-1",
    stop: Callable[[], bool] = lambda: False,
) -> Relay:
    """A relay whose every network channel sends by `send`."""
    way = Way(send, ask, 1000.0)
    ways = {Channel.SMS: way, Channel.MAIL: way, Channel.CHAT: way}
    return Relay(owner=owner, name="relay", ways=ways, in_flight=4, stop=stop)


def attempt(message: Message, answer: Answer, *, at: datetime, can_ask: bool = True, place: int = 1) -> Any:
    """Claim, begin and settle one delivery with this answer, as the relay does; None where nothing was sent."""
    row = delivery_of(message, place)
    claims = sending.claim(channel=Channel(row.channel), owner="t", room=20, per_second=None, at=at)
    claim = next(one for one in claims if one.pk == row.pk)
    parcel = sending.begin(claim, sending.rows_of([claim], owner="t").get(row.pk), owner="t", can_ask=can_ask, at=at)
    sending.settle(one=claim, owner="t", answer=answer, can_ask=can_ask, at=at)
    sending.release(owner="t", pks=[one.pk for one in claims])
    return parcel
