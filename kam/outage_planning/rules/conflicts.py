"""What an outage's time runs into: the same customers too often, both sources, protected days, crews (OUT-1, OUT-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property

from kam.accounts.rules.preferences import Preference, minutes_within
from kam.network.rules.impact import Effect, LinesOut, Network, joint_impacts


class Code(StrEnum):
    """What kind of conflict."""

    TOO_OFTEN = "TOO_OFTEN"
    OFTEN = "OFTEN"  # one more is still allowed, or this is the last
    BOTH_SOURCES = "BOTH_SOURCES"
    PROTECTED = "PROTECTED"
    HOLIDAY = "HOLIDAY"
    BAD_HOURS = "BAD_HOURS"
    CREW_BUSY = "CREW_BUSY"
    STATION_FULL = "STATION_FULL"


# A rule that a plan must not break; the others make a plan worse and are weighed.
BREAKS = frozenset({Code.TOO_OFTEN, Code.BOTH_SOURCES, Code.PROTECTED, Code.CREW_BUSY, Code.STATION_FULL})


@dataclass(frozen=True)
class Plan:
    """An outage as planned. `effects`: by account; `stations`: units whose lines it takes out."""

    outage_id: int
    starts_at: datetime
    ends_at: datetime
    lines: frozenset[int]
    effects: Mapping[int, Effect]
    crew_id: int | None = None
    stations: frozenset[int] = frozenset()
    is_planned: bool = True

    @cached_property
    def interrupted(self) -> frozenset[int]:
        """Accounts that are without supply, if only for a changeover."""
        return frozenset(pk for pk, effect in self.effects.items() if effect >= Effect.SHORT_CHANGEOVER)

    def days(self, zone: tzinfo) -> list[date]:
        """Return the local days that the outage touches."""
        first = self.starts_at.astimezone(zone).date()
        last = (self.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def meets(self, other: Plan) -> bool:
        """Tell whether both are under way at one time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Protected:
    """Days `[days_from, days_until)` in which no outage is planned in these units."""

    name: str
    units: frozenset[int]
    days_from: date
    days_until: date


@dataclass(frozen=True)
class Context:
    """What a plan is held against. `yearly_limits`: planned outages per year and account, absent means no limit."""

    zone: tzinfo
    network: Network
    yearly_limits: Mapping[int, int] = field(default_factory=dict)
    protected: Sequence[Protected] = ()
    preferences: Mapping[int, tuple[Preference, ...]] = field(default_factory=dict)
    station_most: int = 3
    is_holiday: Callable[[date], bool] = lambda day: False


@dataclass(frozen=True)
class Conflict:
    """One conflict; `account_ids` whom it concerns, `other_ids` the outages it is with, `facts` figures and names."""

    code: Code
    account_ids: tuple[int, ...] = ()
    other_ids: tuple[int, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def breaks(self) -> bool:
        return self.code in BREAKS


def conflicts(plan: Plan, others: Iterable[Plan], context: Context, *, with_hours: bool = True) -> list[Conflict]:
    """Return what `plan` runs into, rules that it breaks first.

    `others`: every outage of the same year that counts: open ones, and closed ones for the yearly number. An account
    is counted once for an outage that meets another of its outages in time: they are one interruption (一停多用).
    `with_hours`: tell of bad hours too, which are no rule; a search that weighs them by their hurt does without.
    """
    rest = [other for other in others if other.outage_id != plan.outage_id]
    near = [other for other in rest if plan.meets(other)]
    days = plan.days(context.zone)
    found = [
        *_too_often(plan, rest, context),
        *_both_sources(plan, near, context),
        *_protected(plan, days, context),
        *_crew(plan, near),
        *_station(plan, rest, days, context),
        *_holidays(days, context),
        *(_bad_hours(plan, context) if with_hours else ()),
    ]
    return sorted(found, key=lambda one: not one.breaks)


def _too_often(plan: Plan, rest: Sequence[Plan], context: Context) -> list[Conflict]:
    if not plan.is_planned:
        return []
    year = plan.starts_at.astimezone(context.zone).year
    mates = [
        other
        for other in rest
        if other.is_planned
        and not plan.meets(other)
        and other.starts_at.astimezone(context.zone).year == year
        and plan.interrupted & other.interrupted
    ]
    by_count: dict[tuple[Code, int, int], list[int]] = {}
    shared = frozenset().union(*(other.interrupted for other in mates))
    # A limit of none at all stops even the first.
    watched = (account for account in plan.interrupted if account in shared or context.yearly_limits.get(account) == 0)
    for account in sorted(watched):
        limit = context.yearly_limits.get(account)
        if limit is None:
            continue
        number = 1 + sum(account in other.interrupted for other in mates)
        if number > limit:
            by_count.setdefault((Code.TOO_OFTEN, number, limit), []).append(account)
        elif number > 1 and number >= limit - 1:
            by_count.setdefault((Code.OFTEN, number, limit), []).append(account)
    return [
        Conflict(
            code,
            tuple(accounts),
            tuple(other.outage_id for other in mates if other.interrupted & set(accounts)),
            {"number": number, "limit": limit},
        )
        for (code, number, limit), accounts in by_count.items()
    ]


def _both_sources(plan: Plan, near: Sequence[Plan], context: Context) -> list[Conflict]:
    # Those that go on at one time are the set that acts on shared accounts; most plans share none.
    mine = plan.effects.keys() & context.network.several
    near = [other for other in near if not mine.isdisjoint(other.effects)]
    if not near:
        return []
    lines = [LinesOut(one.outage_id, one.starts_at, one.ends_at, one.lines) for one in (plan, *near)]
    by_others: dict[tuple[int, ...], list[int]] = {}
    for joint in joint_impacts(lines, context.network):
        if plan.outage_id in joint.outage_ids:
            with_whom = tuple(sorted(joint.outage_ids - {plan.outage_id}))
            by_others.setdefault(with_whom, []).append(joint.impact.account_id)
    return [
        Conflict(Code.BOTH_SOURCES, tuple(dict.fromkeys(accounts)), with_whom)
        for with_whom, accounts in by_others.items()
    ]


def _protected(plan: Plan, days: Sequence[date], context: Context) -> list[Conflict]:
    return [
        Conflict(Code.PROTECTED, facts={"name": one.name, "from": one.days_from, "until": one.days_until})
        for one in context.protected
        if plan.stations & one.units and any(one.days_from <= day < one.days_until for day in days)
    ]


def _crew(plan: Plan, near: Sequence[Plan]) -> list[Conflict]:
    if plan.crew_id is None:
        return []
    busy = tuple(other.outage_id for other in near if other.crew_id == plan.crew_id)
    return [Conflict(Code.CREW_BUSY, other_ids=busy)] if busy else []


def _station(plan: Plan, rest: Sequence[Plan], days: Sequence[date], context: Context) -> list[Conflict]:
    found = []
    on = set(days)
    for station in sorted(plan.stations):
        here = [other for other in rest if station in other.stations and on & set(other.days(context.zone))]
        for day in days:
            same = [other.outage_id for other in here if day in other.days(context.zone)]
            if len(same) + 1 > context.station_most:
                facts = {"station": station, "day": day, "number": len(same) + 1, "limit": context.station_most}
                found.append(Conflict(Code.STATION_FULL, other_ids=tuple(same), facts=facts))
    return found


def _holidays(days: Sequence[date], context: Context) -> list[Conflict]:
    off = [day for day in days if context.is_holiday(day)]
    return [Conflict(Code.HOLIDAY, facts={"day": off[0]})] if off else []


def _bad_hours(plan: Plan, context: Context) -> list[Conflict]:
    by_text: dict[str, list[int]] = {}
    for account in sorted(plan.interrupted):
        for one in context.preferences.get(account, ()):
            if one.most and minutes_within(one, plan.starts_at, plan.ends_at, context.zone) > 0:
                by_text.setdefault(one.reason, []).append(account)
    return [Conflict(Code.BAD_HOURS, tuple(accounts), facts={"text": text}) for text, accounts in by_text.items()]
