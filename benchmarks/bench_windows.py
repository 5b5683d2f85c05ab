"""200 outages placed over 90 days with 20 crews and 2,000 affected accounts (target: 60 s or less, all placed).

The planner's own draft is made here by the first start that is free, day by day, as one does by hand.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kam.accounts.rules.preferences import Preference
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.network.rules.impact import AccountFacts, Changeover, Network, Point, impact
from kam.outage_planning.rules.conflicts import Context, Plan, Protected, conflicts
from kam.outage_planning.rules.energy import LikeDays
from kam.outage_planning.rules.schedule import Draft, schedule
from kam.outage_planning.rules.windows import Customer, Request, find_windows, starts

OUTAGES, CREWS, ACCOUNTS, STATIONS, DAYS = 200, 20, 2_000, 20, 90
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2027, 1, 4)
TARGET_SECONDS = 60
dice = np.random.default_rng(2027)


def made() -> tuple[list[Request], Context]:
    """200 lines with ten accounts each; every eighth account has a second source on another line."""
    points = []
    for account in range(ACCOUNTS):
        line = account % OUTAGES
        points.append(Point(account, line, kva=float(dice.integers(315, 5_000))))
        if account % 8 == 0:
            way = Changeover.AUTOMATIC if account % 16 else Changeover.MANUAL
            points.append(Point(account, (line + 37) % OUTAGES, False, way))
    facts = {account: AccountFacts(continuous=account % 9 == 0) for account in range(ACCOUNTS)}
    network = Network(dict.fromkeys(range(OUTAGES)), tuple(points), facts)
    hours = np.arange(96) / 4
    preferences = {
        account: (Preference(True, frozenset({1 + account % 5}), 480, 1_080, reason="shift"),)
        for account in range(0, ACCOUNTS, 5)
    }
    likes = {}
    for account in range(ACCOUNTS):
        base, swing = float(dice.integers(50, 2_000)), float(dice.random())
        load = base * (1 + swing * np.sin((hours - 8) / 24 * 2 * np.pi))
        likes[account] = LikeDays({DayKind.WORKDAY: load, DayKind.REST: load * 0.6, DayKind.HOLIDAY: load * 0.4})
    requests = []
    for number in range(OUTAGES):
        customers = {
            account: Customer(found, likes[account], preferences.get(account, ()))
            for account, found in impact([number], network).items()
        }
        home = number % STATIONS
        requests.append(
            Request(
                outage_id=number + 1,
                duration=timedelta(hours=int(dice.integers(4, 11))),
                lines=frozenset({number}),
                customers=customers,
                days_from=FIRST,
                days_until=FIRST + timedelta(days=DAYS),
                earliest_start=datetime(2027, 1, 3, tzinfo=UTC),
                stations=frozenset({home}),
                crews=tuple(1 + (home + step) % CREWS for step in range(4)),
            )
        )
    context = Context(
        ZONE,
        network,
        yearly_limits=dict.fromkeys(range(ACCOUNTS), 3),
        protected=[Protected("congress", frozenset(range(0, STATIONS, 2)), date(2027, 3, 1), date(2027, 3, 14))],
        preferences=preferences,
        station_most=2,
        is_holiday=lambda day: kind_of(day) == DayKind.HOLIDAY,
    )
    return requests, context


def by_hand(requests: list[Request], context: Context) -> dict[int, Draft]:
    """Each outage at the first start that breaks no rule, in the order of the list."""
    plans: list[Plan] = []
    drafts: dict[int, Draft] = {}
    for request in requests:
        for start in starts(request, ZONE):
            options = (request.plan(start, crew) for crew in request.crews)
            free = (one for one in options if not any(found.breaks for found in conflicts(one, plans, context)))
            plan = next(free, None)
            if plan is not None:
                plans.append(plan)
                drafts[request.outage_id] = Draft(plan.starts_at, plan.crew_id)
                break
    return drafts


def main() -> int:
    requests, context = made()
    affected = len({account for request in requests for account in request.customers})
    begun = time.monotonic()
    single = find_windows(requests[0], [], context)
    print(f"five windows for one outage out of {single.looked_at:,} starts: {time.monotonic() - begun:.2f} s")
    drafts = by_hand(requests, context)
    begun = time.monotonic()
    found = schedule(requests, [], context, drafts=drafts, seconds=25)
    seconds = time.monotonic() - begun
    print(f"{len(requests)} outages, {CREWS} crews, {affected:,} accounts, {DAYS} days: {seconds:.1f} s")
    for left in found.unplaced:
        print(left)
    print(f"placed {len(found.placed)}, not placed {len(found.unplaced)}, proven best: {found.optimal}")
    print(f"cost {found.cost:,.0f} kWh, the draft {found.draft_cost or 0:,.0f} kWh")
    plans = [requests[one.outage_id - 1].plan(one.starts_at, one.crew_id) for one in found.placed]
    broken = sum(any(one.breaks for one in conflicts(plan, plans, context)) for plan in plans)
    print(f"plans that break a rule: {broken}")
    worse = found.draft_cost is None or found.cost > found.draft_cost
    return 1 if seconds > TARGET_SECONDS or len(found.placed) < OUTAGES or broken or worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
