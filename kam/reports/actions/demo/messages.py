"""Messages of the made-up company: one for each way to a customer, so that queue, call list and inbox have a first row.

The relay sends them as soon as it runs. The numbers belong to nobody (no mobile number in China begins with 100), so
that nobody is told of a made-up outage where somebody names a real gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kam.accounts.models import Account
from kam.core.models import User
from kam.lib import clock
from kam.notifications import actions, queries
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import FORM_OF

TEXT = "计量装置将于下周例行巡检，无须停电，请安排人员配合。"
PHONE = "95598"


def owe_messages(*, accounts: Sequence[Account], by: User, manager: User, at: datetime) -> None:
    """Owe one message by each channel to the first of `accounts`, and one in the app to `manager`."""
    ways = (
        (Channel.SMS, "10000000001"),
        (Channel.SMS, "10000000002"),
        (Channel.MAIL, "electrical@customer.example"),
        (Channel.CALL, "10000000003"),
        (Channel.PAPER, ""),
    )
    for number, ((channel, address), account) in enumerate(zip(ways, accounts, strict=False), 1):
        _owe(f"demo-{number}", channel, address, account=account, by=by, at=at, deadline=at + timedelta(days=number))
    if accounts:
        _owe("demo-app", Channel.APP, str(manager.pk), account=accounts[0], by=by, at=at, deadline=None)


def _owe(
    key: str, channel: Channel, address: str, *, account: Account, by: User, at: datetime, deadline: datetime | None
) -> None:
    facts = {"company": str(account.unit), "customer": account.name, "text": TEXT, "phone": PHONE}
    said = queries.text_for(
        key="general.notice", language="zh-hans", form=FORM_OF[channel], day=clock.day_of(at), facts=facts
    )
    actions.owe(
        key=key,
        kind="general.notice",
        to=[actions.Address(channel, address)],
        language="zh-hans",
        subject=said.subject or "计量装置巡检",
        text=said.text,
        deadline=deadline,
        account_id=account.pk,
        unit_id=account.unit_id,
        manager_id=account.manager_id,
        by=by,
        at=at,
    )
