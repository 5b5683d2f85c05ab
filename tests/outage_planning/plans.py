"""Small plans for tests: two trunks, accounts with one source or two, one crew."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kam.metering.rules.daykinds import DayKind
from kam.network.rules.impact import Changeover, Effect, Network, Point, impact
from kam.outage_planning.rules.conflicts import Context, Plan
from kam.outage_planning.rules.energy import LikeDays
from kam.outage_planning.rules.windows import Customer, Request

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Accounts 1 and 2 hang on line 1, account 3 on lines 1 and 2, account 4 on line 2.
NETWORK = Network(
    {1: None, 2: None, 3: None},
    (
        Point(1, 1),
        Point(2, 1),
        Point(3, 1),
        Point(3, 2, is_main=False, changeover=Changeover.AUTOMATIC),
        Point(4, 2),
        Point(5, 3),
    ),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def plan(pk: int, start: str, hours: float = 8, *, lines: Iterable[int] = (1,), **changes: Any) -> Plan:
    chosen = frozenset(lines)
    effects = {account: found.effect for account, found in impact(chosen, NETWORK).items()}
    begin = at(start)
    fields: dict[str, Any] = {"starts_at": begin, "ends_at": begin + timedelta(hours=hours), "lines": chosen}
    return Plan(**{"outage_id": pk, "effects": effects, **fields, **changes})


def context(**changes: Any) -> Context:
    return Context(**{"zone": SHANGHAI, "network": NETWORK, **changes})


def flat(kw: float, night_kw: float | None = None) -> LikeDays:
    """The same load all day, or less from 22 to 6 o'clock."""
    load = np.full(96, kw)
    if night_kw is not None:
        load[:24] = load[88:] = night_kw
    return LikeDays(dict.fromkeys(DayKind, load))


def request(pk: int, *, hours: float = 8, lines: Iterable[int] = (1,), **changes: Any) -> Request:
    chosen = frozenset(lines)
    fields: dict[str, Any] = {
        "outage_id": pk,
        "duration": timedelta(hours=hours),
        "lines": chosen,
        "customers": {account: Customer(found, flat(100.0)) for account, found in impact(chosen, NETWORK).items()},
        "days_from": date(2027, 1, 11),
        "days_until": date(2027, 1, 18),
        "earliest_start": at("2027-01-10 00:00"),
    }
    return Request(**{**fields, **changes})


LOST, SHORT, ONE = Effect.SUPPLY_LOST, Effect.SHORT_CHANGEOVER, Effect.ONE_SOURCE_LEFT
