"""Rows of the service desk that the table's addresses take: Li's account and Zhao's."""

from typing import Any

from kam.lib.uploads import accept
from kam.service_desk.actions import attachments, handovers, requests
from kam.service_desk.models import Request
from tests.cast import NOW, Cast

Kwargs = dict[str, Any]


def both(cast: Cast, **changes: Any) -> tuple[Request, Request]:
    fields: dict[str, Any] = {"kind": "QUESTION", "text": "核对电费", "source": "HOTLINE", "phone": "13800001234"}
    own = requests.take(**{"account": cast.account, "by": cast.chen, "at": NOW, **fields, **changes})
    other = requests.take(**{"account": cast.other_account, "by": cast.zhao, "at": NOW, **fields, **changes})
    return own, other


def keys(*rows: Any) -> tuple[Kwargs, ...]:
    return (*({"pk": row.pk} for row in rows), {"pk": 10**9})


def request(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*both(cast))


def handover(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(
        *(
            handovers.offer(request=row, taker=taker, reason="休假", by=cast.chen, at=NOW)
            for row, taker in zip(both(cast), (cast.li, cast.boss), strict=True)
        )
    )


def part(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(
        *(
            handovers.ask_help(request=row, user=user, ask="核对", by=cast.chen, at=NOW)
            for row, user in zip(both(cast), (cast.li, cast.boss), strict=True)
        )
    )


def file(cast: Cast) -> tuple[Kwargs, ...]:
    text = accept("a.txt", b"a")
    return keys(*(attachments.attach(request=row, file=text, by=cast.chen, at=NOW) for row in both(cast)))


MAKES = {"desk_request": request, "desk_handover": handover, "desk_part": part, "desk_file": file}
