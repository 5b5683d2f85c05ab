"""What each account suffers when lines are dead (OUT-4): plain sets over the tree of lines and the supply points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property


class Effect(IntEnum):
    """What an account suffers, from bearable to worst."""

    LOAD_CUT = 0  # supply goes on, and the customer is asked to take less (有序用电)
    ONE_SOURCE_LEFT = 1  # nothing goes out, but the next fault would
    SHORT_CHANGEOVER = 2  # out until the load is over on the other source, which is then the only one or one of few
    SUPPLY_LOST = 3


class Changeover(StrEnum):
    """How the load gets over to a supply point."""

    NONE = "NONE"
    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"


class Mark(StrEnum):
    """Why an account asks for more care than its load says."""

    GOVERNMENT = "GOVERNMENT"
    MEDIA = "MEDIA"
    IMPORTANT = "IMPORTANT"  # 特级, 一级, 二级 or temporary important user
    CONTINUOUS = "CONTINUOUS"  # its notice counts only when acknowledged (OUT-3)


@dataclass(frozen=True)
class Point:
    """A supply point. `line_id` None: nobody knows what feeds it, so no load is planned to go over to it."""

    account_id: int
    line_id: int | None
    is_main: bool = True
    changeover: Changeover = Changeover.NONE
    kva: float = 0.0


@dataclass(frozen=True)
class AccountFacts:
    """What marks an account; codes of kam.accounts.models.Account."""

    kind: str = ""
    importance: str = "NONE"
    continuous: bool = False

    @property
    def marks(self) -> frozenset[Mark]:
        found = {mark for mark in (Mark.GOVERNMENT, Mark.MEDIA) if mark.value == self.kind}
        if self.importance != "NONE":
            found.add(Mark.IMPORTANT)
        if self.continuous:
            found.add(Mark.CONTINUOUS)
        return frozenset(found)


@dataclass(frozen=True)
class ChangeoverMinutes:
    """How long a load is out while it goes over."""

    automatic: float = 0.1
    manual: float = 30.0

    def of(self, kind: Changeover) -> float:
        return self.automatic if kind == Changeover.AUTOMATIC else self.manual


@dataclass(frozen=True)
class Network:
    """Lines as line → parent (None at a substation), supply points, marks of their accounts."""

    parents: Mapping[int, int | None]
    points: tuple[Point, ...]
    accounts: Mapping[int, AccountFacts] = field(default_factory=dict)
    changeover: ChangeoverMinutes = ChangeoverMinutes()

    @cached_property
    def branches(self) -> Mapping[int, tuple[int, ...]]:
        found: dict[int, list[int]] = defaultdict(list)
        for line, parent in self.parents.items():
            if parent is not None:
                found[parent].append(line)
        return {line: tuple(below) for line, below in found.items()}

    @cached_property
    def points_of(self) -> Mapping[int, tuple[Point, ...]]:
        """Supply points by account."""
        found: dict[int, list[Point]] = defaultdict(list)
        for point in self.points:
            found[point.account_id].append(point)
        return {account: tuple(points) for account, points in found.items()}

    @cached_property
    def several(self) -> frozenset[int]:
        """Accounts with more than one supply point."""
        return frozenset(account for account, points in self.points_of.items() if len(points) > 1)

    @cached_property
    def accounts_on(self) -> Mapping[int, frozenset[int]]:
        """Accounts by the line that a point of theirs hangs on directly."""
        found: dict[int, set[int]] = defaultdict(set)
        for point in self.points:
            if point.line_id is not None:
                found[point.line_id].add(point.account_id)
        return {line: frozenset(accounts) for line, accounts in found.items()}


@dataclass(frozen=True)
class Impact:
    """What one account suffers. `out_minutes` None: as long as the outage; `lost_kva`: capacity of the dead points."""

    account_id: int
    effect: Effect
    lost_points: int
    left_points: int
    lost_kva: float = 0.0
    out_minutes: float | None = None
    marks: frozenset[Mark] = frozenset()


def dead_lines(lines_out: Iterable[int], network: Network) -> frozenset[int]:
    """Return `lines_out` with every line that hangs on them, however deep; lines that do not exist are left out."""
    dead: set[int] = set()
    waiting = [line for line in lines_out if line in network.parents]
    while waiting:
        line = waiting.pop()
        if line not in dead:  # a ring by mistake in the data must not run for ever
            dead.add(line)
            waiting.extend(network.branches.get(line, ()))
    return frozenset(dead)


def impact(lines_out: Iterable[int], network: Network) -> dict[int, Impact]:
    """Return what each affected account suffers while `lines_out` are dead, by account id.

    Supply is lost where a main point is dead and no other lives that the load can go over to; a point whose line
    nobody knows is never dead and never a way out. An account that keeps its main point and two sources or more is
    not affected. More lines never hurt less. Source: OUT-4; DOMAIN 5 for the sources of important users.
    """
    dead = dead_lines(lines_out, network)
    accounts = {account for line in dead for account in network.accounts_on.get(line, ())}
    found = (_of_account(account, dead, network) for account in sorted(accounts))
    return {one.account_id: one for one in found if one is not None}


def effect_of(
    lost: Sequence[Point], left: Sequence[Point], changeover: ChangeoverMinutes
) -> tuple[Effect, float | None] | None:
    """Return what an account suffers with these points dead and those alive, and for how many minutes; None: nothing.

    Minutes None: as long as it stays so.
    """
    if not lost:
        return None
    if any(point.is_main for point in lost) or not any(point.is_main for point in left):
        known = [point for point in left if point.line_id is not None]
        ways = [changeover.of(point.changeover) for point in known if point.changeover != Changeover.NONE]
        return (Effect.SHORT_CHANGEOVER, min(ways)) if ways else (Effect.SUPPLY_LOST, None)
    return None if len(left) > 1 else (Effect.ONE_SOURCE_LEFT, 0.0)


def _of_account(account: int, dead: Collection[int], network: Network) -> Impact | None:
    points = network.points_of[account]
    lost = [point for point in points if point.line_id in dead]
    left = [point for point in points if point.line_id not in dead]
    found = effect_of(lost, left, network.changeover)
    if found is None:
        return None
    effect, out_minutes = found
    return Impact(
        account_id=account,
        effect=effect,
        lost_points=len(lost),
        left_points=len(left),
        lost_kva=sum(point.kva for point in lost),
        out_minutes=out_minutes,
        marks=network.accounts.get(account, AccountFacts()).marks,
    )


@dataclass(frozen=True)
class LinesOut:
    """Lines out in `[starts_at, ends_at)`."""

    outage_id: int
    starts_at: datetime
    ends_at: datetime
    lines: frozenset[int]


@dataclass(frozen=True)
class Joint:
    """Outages that together, in `[starts_at, ends_at)`, do more to an account than the worst of them alone."""

    outage_ids: frozenset[int]
    starts_at: datetime
    ends_at: datetime
    impact: Impact


def joint_impacts(outages: Sequence[LinesOut], network: Network) -> list[Joint]:
    """Return what outages at the same time do together and none of them alone, in order of time.

    In every stretch the lines of all outages in it are dead at once: joint is union. Adjacent stretches with the same
    outages and the same effect are one.
    """
    alone = {one.outage_id: impact(one.lines, network) for one in outages}
    touched = {one.outage_id: _touched(one, network) & network.several for one in outages}
    edges = sorted({edge for one in outages for edge in (one.starts_at, one.ends_at)})
    found: list[Joint] = []
    for begin, end in zip(edges, edges[1:], strict=False):
        active = [one for one in outages if one.starts_at <= begin and end <= one.ends_at]
        if len(active) < 2:
            continue
        counts: dict[int, list[int]] = defaultdict(list)
        for one in active:
            for account in touched[one.outage_id]:
                counts[account].append(one.outage_id)
        shared = {account: ids for account, ids in counts.items() if len(ids) > 1}
        if not shared:
            continue
        together = impact(frozenset().union(*(one.lines for one in active)), network)
        for account, ids in sorted(shared.items()):
            worst = max((alone[pk][account].effect for pk in ids if account in alone[pk]), default=0)
            if account in together and together[account].effect > worst:
                found.append(Joint(frozenset(ids), begin, end, together[account]))
    return _merged(found)


def _touched(one: LinesOut, network: Network) -> frozenset[int]:
    dead = dead_lines(one.lines, network)
    return frozenset(account for line in dead for account in network.accounts_on.get(line, ()))


def _merged(found: list[Joint]) -> list[Joint]:
    merged: list[Joint] = []
    last: dict[tuple[int, frozenset[int]], int] = {}
    for one in found:
        key = (one.impact.account_id, one.outage_ids)
        place = last.get(key)
        if place is not None and merged[place].ends_at == one.starts_at and merged[place].impact == one.impact:
            before = merged[place]
            merged[place] = Joint(before.outage_ids, before.starts_at, one.ends_at, before.impact)
            continue
        last[key] = len(merged)
        merged.append(one)
    return merged
