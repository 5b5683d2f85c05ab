"""Signs of early warning that apps above know of: each is registered at start and asked every night (SRV-5)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise

from kam.core.rules import Right

EVIDENCE = 5


@dataclass(frozen=True)
class Found:
    """What a sign says of one account: how grave (1 to 45), the figure, what it is compared with.

    `evidence`: (id, number) of up to five rows that show it.
    """

    weight: float
    now: float
    then: float
    evidence: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Sign:
    """`find` looks at many accounts on a day; `words` says a figure; `url_name` opens a row of evidence by its id."""

    code: str
    label: str | Promise
    find: Callable[[Collection[int], date], dict[int, Found]]
    words: Callable[[float, float], str]
    url_name: str
    right: Right


SIGNS: dict[str, Sign] = {}


def register(sign: Sign) -> None:
    """Have a sign looked at every night; called in AppConfig.ready."""
    SIGNS[sign.code] = sign


def signs_of(account_ids: Collection[int], day: date) -> dict[int, list[tuple[str, Found]]]:
    """Return what the registered signs say, by account."""
    found: dict[int, list[tuple[str, Found]]] = {}
    for code, sign in sorted(SIGNS.items()):
        for pk, one in sign.find(account_ids, day).items():
            found.setdefault(pk, []).append((code, one))
    return found


def stored(one: Found) -> list[Any]:
    """Return the evidence as it is kept with a warning."""
    return [[pk, number] for pk, number in one.evidence[:EVIDENCE]]
