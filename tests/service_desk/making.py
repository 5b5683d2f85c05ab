"""Requests for tests, with fixed values."""

from datetime import timedelta
from typing import Any

from kam.accounts.actions import contacts
from kam.accounts.models import Contact
from kam.service_desk.actions import requests
from kam.service_desk.models import Deadline, Request, RequestMove
from tests.cast import NOW, Cast

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def take(cast: Cast, **changes: Any) -> Request:
    """Li's request about his account unless told otherwise: a question, in hand."""
    fields = {"kind": "QUESTION", "text": "电费怎么涨了这么多？请核对。", "source": "HOTLINE", "by": cast.li}
    return requests.take(**{"account": cast.account, "at": NOW, **fields, **changes})


def answered(cast: Cast, **changes: Any) -> Request:
    row = take(cast, **changes)
    return requests.answer(request=row, text="已核对，抄表无误。", by=cast.li, at=NOW + HOUR)


def statuses(request: Request) -> list[str]:
    return list(RequestMove.objects.filter(request=request).order_by("pk").values_list("to_status", flat=True))


def dues(request: Request) -> dict[str, Deadline]:
    request.refresh_from_db()
    return {row.step: row for row in Deadline.objects.filter(request=request, round=request.round)}


def make_contact(cast: Cast, **changes: Any) -> Contact:
    fields = {"name": "周工", "phone": "13800001234", "mail": "zhou@example.cn", "by": cast.li, "at": NOW}
    return contacts.add(**{"account": cast.account, **fields, **changes})
