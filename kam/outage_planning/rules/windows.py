"""The best times for one outage: windows that break no rule, by energy, hurt and what can be joined (OUT-9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property, lru_cache

from kam.accounts.rules.preferences import Preference
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.network.rules.impact import Effect, Impact
from kam.outage_planning.rules.conflicts import Code, Conflict, Context, Plan, conflicts
from kam.outage_planning.rules.energy import LikeDays, not_served
from kam.outage_planning.rules.hurt import hurt

# What one point of hurt and one warning weigh against one kWh not served.
KWH_PER_HURT, KWH_PER_WARNING = 40.0, 500.0
BEST = 5
LATE = "CONSULTATION_LATE"


# Time of day, length, offsets at both ends, kinds of the days touched: windows alike in these cost the same.
Clock = tuple[time, timedelta, timedelta | None, timedelta | None, tuple[DayKind, ...]]


@dataclass(frozen=True)
class Customer:
    """What an affected account brings into the choice. `like` None: no readings to estimate from."""

    impact: Impact
    like: LikeDays | None = None
    preferences: tuple[Preference, ...] = ()
    # Days of one kind repeat: what was computed for one serves the others.
    memo: dict[tuple[object, ...], tuple[float, int]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Request:
    """What is to be placed: so long, on these lines, from a day to before another, begun in these hours of the day.

    `earliest_start`: no start before it, as consultation takes 30 days. `crews`: who can do it, empty for nobody named.
    """

    outage_id: int
    duration: timedelta
    lines: frozenset[int]
    customers: Mapping[int, Customer]
    days_from: date
    days_until: date
    earliest_start: datetime
    stations: frozenset[int] = frozenset()
    crews: tuple[int, ...] = ()
    first_hour: int = 6
    last_hour: int = 22  # the outage is over by then, where its length allows
    is_planned: bool = True
    # Totals of the customers whose hurt depends on no date of their own, by what the clock and the calendar show.
    memo: dict[Clock, tuple[float, int]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def effects(self) -> Mapping[int, Effect]:
        return {pk: customer.impact.effect for pk, customer in self.customers.items()}

    @cached_property
    def plain(self) -> tuple[Customer, ...]:
        """Customers that have told of no hours."""
        return tuple(customer for customer in self.customers.values() if not customer.preferences)

    @cached_property
    def told(self) -> tuple[Customer, ...]:
        """Customers that have told when an outage hurts."""
        return tuple(customer for customer in self.customers.values() if customer.preferences)

    def plan(self, start: datetime, crew: int | None) -> Plan:
        return Plan(
            self.outage_id,
            start,
            start + self.duration,
            self.lines,
            self.effects,
            crew,
            self.stations,
            self.is_planned,
        )

    def totals(self, start: datetime, end: datetime, zone: tzinfo) -> tuple[float, int]:
        """Return the kWh not served and the points of hurt of all customers in `[start, end)`."""
        clock, _ = _clock_of(start, end, zone)
        if clock not in self.memo:
            self.memo[clock] = _sum(of_customer(customer, start, end, zone) for customer in self.plain)
        return _sum((self.memo[clock], *(of_customer(customer, start, end, zone) for customer in self.told)))


class Why(StrEnum):
    """Why a window is good or less good."""

    ENERGY = "ENERGY"
    HURT = "HURT"
    JOINED = "JOINED"  # an outage that is agreed already takes the same customers out (一停多用)
    WARNING = "WARNING"


@dataclass(frozen=True)
class Window:
    """A time that breaks no rule. `cost`: energy, hurt and warnings in kWh; smaller is better."""

    starts_at: datetime
    ends_at: datetime
    crew_id: int | None
    energy_kwh: float
    hurt: int
    cost: float
    joined: tuple[int, ...] = ()
    warnings: tuple[Conflict, ...] = ()

    @property
    def reasons(self) -> tuple[Why, ...]:
        found = [Why.ENERGY, Why.HURT]
        if self.joined:
            found.insert(0, Why.JOINED)
        return (*found, *([Why.WARNING] if self.warnings else []))


@dataclass(frozen=True)
class Found:
    """The best windows, best first, and how many starts each rule ruled out."""

    windows: tuple[Window, ...]
    looked_at: int
    ruled_out: Mapping[str, int] = field(default_factory=dict)


def find_windows(request: Request, others: Sequence[Plan], context: Context, *, best: int = BEST) -> Found:
    """Return the `best` windows that break no rule, on different days where there are enough.

    Without any, `ruled_out` says which rules stand in the way.
    """
    found: list[Window] = []
    ruled_out: dict[str, int] = {}
    looked_at = 0
    for start in starts(request, context.zone):
        looked_at += 1
        if start < request.earliest_start:
            ruled_out[LATE] = ruled_out.get(LATE, 0) + 1
            continue
        broken: set[str] = set()
        for crew in request.crews or (None,):
            plan = request.plan(start, crew)
            against = conflicts(plan, others, context)
            breaking = {one.code.value for one in against if one.breaks}
            if not breaking:
                found.append(weighed(request, plan, others, against, context.zone))
                break
            broken |= breaking
        else:
            for code in broken:
                ruled_out[code] = ruled_out.get(code, 0) + 1
    return Found(tuple(_spread(found, best, context.zone)), looked_at, ruled_out)


def starts(request: Request, zone: tzinfo) -> Iterator[datetime]:
    """Yield every full hour at which the outage may begin and, where it is short enough, ends within the hours."""
    day = request.days_from
    hours = request.duration.total_seconds() / 3600
    last = max(int(request.last_hour - hours), request.first_hour)
    while day < request.days_until:
        for hour in range(request.first_hour, last + 1):
            yield datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)
        day += timedelta(days=1)


def weighed(request: Request, plan: Plan, others: Sequence[Plan], against: Sequence[Conflict], zone: tzinfo) -> Window:
    """Return the window of a plan with its energy, hurt and cost.

    An account that an agreed outage takes out over the whole window anyway costs nothing more.
    """
    around = [other for other in others if other.starts_at <= plan.starts_at and plan.ends_at <= other.ends_at]
    spared = {
        account
        for other in around
        for account, effect in other.effects.items()
        if account in request.customers and effect >= request.customers[account].impact.effect
    }
    if spared:
        left = (customer for account, customer in request.customers.items() if account not in spared)
        kwh, points = _sum(of_customer(customer, plan.starts_at, plan.ends_at, zone) for customer in left)
    else:
        kwh, points = request.totals(plan.starts_at, plan.ends_at, zone)
    warnings = tuple(one for one in against if not one.breaks)
    return Window(
        plan.starts_at,
        plan.ends_at,
        plan.crew_id,
        kwh,
        points,
        kwh + KWH_PER_HURT * points + KWH_PER_WARNING * len(warnings),
        tuple(other.outage_id for other in around if spared & other.effects.keys()),
        warnings,
    )


def of_customer(customer: Customer, start: datetime, end: datetime, zone: tzinfo) -> tuple[float, int]:
    """Return the kWh not served and the points of hurt of one customer in `[start, end)`."""
    clock, days = _clock_of(start, end, zone)
    key = (clock, *(one.holds_on(day) for one in customer.preferences for day in days))
    if key not in customer.memo:
        customer.memo[key] = _of_customer(customer, start, end, zone)
    return customer.memo[key]


@lru_cache(maxsize=65_536)
def _clock_of(start: datetime, end: datetime, zone: tzinfo) -> tuple[Clock, tuple[date, ...]]:
    """Return what the clock and the calendar show of a window, and its days from the one before it."""
    begin, until = start.astimezone(zone), end.astimezone(zone)
    first = begin.date()
    days = tuple(first + timedelta(days=n) for n in range(-1, (until.date() - first).days + 1))
    kinds = tuple(kind_of(day) for day in days[1:])
    return (begin.time(), end - start, begin.utcoffset(), until.utcoffset(), kinds), days


def _sum(parts: Iterable[tuple[float, int]]) -> tuple[float, int]:
    kwh, points = 0.0, 0
    for energy, score in parts:
        kwh, points = kwh + energy, points + score
    return kwh, points


def _of_customer(customer: Customer, start: datetime, end: datetime, zone: tzinfo) -> tuple[float, int]:
    effect, like = customer.impact.effect, customer.like
    kwh, share = 0.0, None
    if like is not None:
        load = not_served(like, start, end, zone).kwh
        hours = (end - start).total_seconds() / 3600
        share = load / hours / like.mean_kw if like.mean_kw > 0 else None
        kwh = load * out_share(customer.impact, start, end)
    score = hurt(effect, customer.impact.marks, customer.preferences, start, end, zone, load_share=share).score
    return kwh, score


def out_share(impact: Impact, start: datetime, end: datetime) -> float:
    """Return which share of `[start, end)` the account is without supply."""
    if impact.effect == Effect.SUPPLY_LOST or impact.out_minutes is None:
        return 1.0 if impact.effect == Effect.SUPPLY_LOST else 0.0
    return min(impact.out_minutes * 60 / max((end - start).total_seconds(), 1), 1.0)


def _spread(found: list[Window], best: int, zone: tzinfo) -> list[Window]:
    """Take the best, one a day first: five starts of the same morning would be one proposal."""
    ordered = sorted(found, key=lambda one: (one.cost, one.starts_at))
    chosen: list[Window] = []
    days: set[date] = set()
    for one in ordered:
        day = one.starts_at.astimezone(zone).date()
        if day not in days:
            chosen.append(one)
            days.add(day)
        if len(chosen) == best:
            return chosen
    rest = [one for one in ordered if one not in chosen]
    return sorted([*chosen, *rest[: best - len(chosen)]], key=lambda one: (one.cost, one.starts_at))


def worst_rule(ruled_out: Mapping[str, int]) -> str:
    """Return the rule that ruled out most starts."""
    return max(ruled_out, key=lambda code: (ruled_out[code], code == Code.TOO_OFTEN), default="")


def shifted(plan: Plan, start: datetime) -> Plan:
    """Return the plan at another start."""
    return replace(plan, starts_at=start, ends_at=start + (plan.ends_at - plan.starts_at))
