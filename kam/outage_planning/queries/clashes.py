"""What many outages run into, asked at once: as many queries for a board as for one outage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kam.accounts.models import Account
from kam.lib import clock
from kam.network import queries as network_queries
from kam.network.rules.impact import Effect, Impact, Mark, impact
from kam.outage_planning.models import Outage
from kam.outage_planning.queries import planning
from kam.outage_planning.rules.conflicts import Conflict, Context, Plan, conflicts
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Kind
from kam.outage_planning.rules.notice import Periods, consultation_latest


def conflicts_of_all(outages: Sequence[Outage], now: datetime) -> dict[int, list[Conflict]]:
    """Return for each outage what it runs into as it is planned, bad hours left out. Some twenty queries."""
    if not outages:
        return {}
    plans = planning.plans(Outage.objects.filter(pk__in=[row.pk for row in outages]))
    against, others = _against(plans, now)
    return {plan.outage_id: conflicts(plan, others, against, with_hours=False) for plan in plans}


def conflicts_at(outage: Outage, starts_at: datetime, ends_at: datetime, now: datetime) -> list[Conflict]:
    """Return what an outage would run into at another time."""
    (plan,) = planning.plans(Outage.objects.filter(pk=outage.pk))
    there = Plan(
        outage_id=plan.outage_id,
        starts_at=starts_at,
        ends_at=ends_at,
        lines=plan.lines,
        effects=plan.effects,
        crew_id=plan.crew_id,
        stations=plan.stations,
        is_planned=plan.is_planned,
    )
    against, others = _against([there], now)
    return conflicts(there, others, against)


def promises_at(kind: Kind, starts_at: datetime, now: datetime, periods: Periods) -> list[Guard]:
    """Return the promises of time that an outage could not keep any more if it began then."""
    found = []
    if starts_at <= now:
        found.append(Guard.IN_THE_PAST)
    elif kind == Kind.PLANNED and now > consultation_latest(starts_at, clock.zone(), periods):
        found.append(Guard.CONSULTATION_LATE)
    return found


def _against(plans: Sequence[Plan], now: datetime) -> tuple[Context, list[Plan]]:
    zone, today = clock.zone(), clock.day_of(now)
    first = min(plan.starts_at for plan in plans).astimezone(zone).date()
    last = max(plan.ends_at for plan in plans).astimezone(zone).date() + timedelta(days=1)
    lines = {line for plan in plans for line in plan.lines}
    accounts = {account for plan in plans for account in plan.effects}
    network = network_queries.network(today, around=lines)
    return planning.context(network, today, accounts, first, last), planning.other_plans(first, last)


def named(found: Sequence[Conflict]) -> tuple[dict[int, str], dict[int, str]]:
    """Return the numbers of the outages and the names of the accounts that words about conflicts need."""
    others = {pk for one in found for pk in one.other_ids}
    accounts = {pk for one in found for pk in one.account_ids[:20]}
    return (
        dict(Outage.objects.filter(pk__in=others).values_list("pk", "number")),
        dict(Account.objects.filter(pk__in=accounts).values_list("pk", "name")),
    )


@dataclass(frozen=True)
class Would:
    """What an outage that nobody has drafted yet would do: to whom, what it would run into, which promise it breaks."""

    impacts: Mapping[int, Impact]
    conflicts: list[Conflict]
    promises: list[Guard]

    @property
    def effects(self) -> list[tuple[Effect, int]]:
        """Return how many accounts suffer what, the worst first."""
        counts = Counter(one.effect for one in self.impacts.values())
        return sorted(counts.items(), reverse=True)

    @property
    def marks(self) -> list[tuple[Mark, int]]:
        """Return how many of them ask for more care, by why."""
        counts = Counter(mark for one in self.impacts.values() for mark in one.marks)
        return [(mark, counts[mark]) for mark in Mark if counts[mark]]

    @property
    def worst(self) -> list[int]:
        """Return the accounts, those that suffer most first."""
        return sorted(self.impacts, key=lambda pk: (-self.impacts[pk].effect, -len(self.impacts[pk].marks), pk))


def would(
    lines: Collection[int], kind: Kind, starts_at: datetime, ends_at: datetime, crew_id: int | None, now: datetime
) -> Would:
    """Return what an outage of these lines at this time would do. Some twenty queries."""
    today = clock.day_of(now)
    found = impact(lines, network_queries.network(today, around=lines))
    plan = Plan(
        outage_id=0,
        starts_at=starts_at,
        ends_at=ends_at,
        lines=frozenset(lines),
        effects={pk: one.effect for pk, one in found.items()},
        crew_id=crew_id,
        stations=planning.stations_of(lines),
        is_planned=kind == Kind.PLANNED,
    )
    against, others = _against([plan], now)
    promises = promises_at(kind, starts_at, now, planning.periods(today, found))
    return Would(found, conflicts(plan, others, against), promises)
