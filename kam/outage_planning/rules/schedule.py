"""A quarter's outages placed together: OR-Tools CP-SAT over the windows that each outage may take (OUT-9)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ortools.sat.python import cp_model

from kam.network.rules.impact import LinesOut, joint_impacts
from kam.outage_planning.rules.conflicts import Code, Context, Plan, conflicts
from kam.outage_planning.rules.windows import LATE, Request, starts, weighed, worst_rule

UNPLACED = 10_000_000  # kWh: no placed set is worth leaving one out
A_DAY = 2  # starts kept of each day: the cheapest ones
MOST = 40  # starts kept of each outage for the first search; all of them where that does not place the set
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Draft:
    """Where the planner would put an outage."""

    starts_at: datetime
    crew_id: int | None = None


@dataclass(frozen=True)
class Placed:
    """An outage with its time, crew and what it costs (kWh)."""

    outage_id: int
    starts_at: datetime
    crew_id: int | None
    cost: float


@dataclass(frozen=True)
class Unplaced:
    """An outage for which no time was found, the rule that stands in the way most, and how often each does."""

    outage_id: int
    rule: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Schedule:
    """The set as placed. `draft_cost` None where the planner's draft breaks a rule; `optimal`: nothing is cheaper."""

    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    cost: float
    draft_cost: float | None
    optimal: bool
    is_draft: bool = False


@dataclass
class _Option:
    start: datetime
    cost: float
    crews: tuple[int | None, ...]


@dataclass
class _Job:
    request: Request
    options: list[_Option] = field(default_factory=list)
    ruled_out: Counter[str] = field(default_factory=Counter)


def schedule(
    requests: Sequence[Request],
    others: Sequence[Plan],
    context: Context,
    *,
    drafts: Mapping[int, Draft] | None = None,
    seconds: float = 45.0,
    workers: int = 2,
) -> Schedule:
    """Place all of `requests` around `others` (fixed), or say of each that cannot be placed which rule is in the way.

    One job at a time for a crew, no two outages that together take both sources, station and yearly limits kept. The
    cost is that of `windows.weighed`; never worse than a draft that breaks no rule. `seconds`: time to search.
    """
    given = drafts or {}
    fixed = list(others)
    jobs, refused = _within_yearly_limits(requests, fixed, context)
    for job in jobs:
        _fill_options(job, fixed, context, given.get(job.request.outage_id))
    draft = _draft(requests, fixed, context, given)
    apart = _never_together([job.request for job in jobs], context)
    start = _greedy(jobs, apart, context)
    if draft is not None and _rank(draft) <= _rank(start):
        start = draft
    hints = {one.outage_id: one for one in start}
    few = [_Job(job.request, _fewer(job, hints.get(job.request.outage_id)), job.ruled_out) for job in jobs]
    placed, optimal = _solve(few, apart, context, hints, seconds, workers)
    if len(placed) < len(jobs) and len(start) < len(jobs):
        hints |= {one.outage_id: one for one in placed}
        again, optimal = _solve(jobs, apart, context, hints, seconds, workers)
        placed = min(placed, again, key=_rank)
    else:
        optimal = optimal and all(len(job.options) <= MOST for job in jobs)
    draft_cost = None if draft is None else sum(one.cost for one in draft)
    is_start = _rank(start) < _rank(placed)
    placed = start if is_start else placed
    cost = sum(one.cost for one in placed)
    unplaced = [*refused, *_explained(jobs, placed, fixed, context)]
    return Schedule(tuple(placed), tuple(unplaced), cost, draft_cost, optimal and not unplaced, placed is draft)


def _rank(placed: Sequence[Placed]) -> tuple[int, float]:
    """Order sets: more placed first, then cheaper."""
    return -len(placed), sum(one.cost for one in placed)


def _fewer(job: _Job, hint: Placed | None) -> list[_Option]:
    cheapest = sorted(job.options, key=lambda one: one.cost)[:MOST]
    kept = [one for one in job.options if hint is not None and one.start == hint.starts_at and one not in cheapest]
    return cheapest + kept


def _greedy(jobs: Sequence[_Job], apart: Sequence[tuple[int, int]], context: Context) -> list[Placed]:
    """Place each outage at its cheapest free start, those with the fewest starts first: where the search begins."""
    foes: dict[int, set[int]] = defaultdict(set)
    for first, second in apart:
        foes[first].add(second)
        foes[second].add(first)
    taken: dict[int, Plan] = {}
    load: Counter[tuple[int, date]] = Counter()
    placed: list[Placed] = []
    for number in sorted(range(len(jobs)), key=lambda at: len(jobs[at].options)):
        job = jobs[number]
        for option in sorted(job.options, key=lambda one: one.cost):
            plan = job.request.plan(option.start, None)
            cells = [(station, day) for day in plan.days(context.zone) for station in job.request.stations]
            if any(load[cell] >= context.station_most for cell in cells):
                continue
            near = {at: other for at, other in taken.items() if plan.meets(other)}
            if not foes[number].isdisjoint(near):
                continue
            busy = {other.crew_id for other in near.values()}
            free = [crew for crew in option.crews if crew is None or crew not in busy]
            if not free:
                continue
            taken[number] = job.request.plan(option.start, free[0])
            load.update(cells)
            placed.append(Placed(job.request.outage_id, option.start, free[0], option.cost))
            break
    return placed


def _within_yearly_limits(
    requests: Sequence[Request], fixed: Sequence[Plan], context: Context
) -> tuple[list[_Job], list[Unplaced]]:
    """Keep the outages that leave every account within its yearly number; in the order given.

    When in the year an outage lies does not change the number, so this is decided before any time is.
    """
    held: Counter[tuple[int, int]] = Counter()
    for plan in fixed:
        if plan.is_planned:
            year = plan.starts_at.astimezone(context.zone).year
            held.update((account, year) for account in plan.interrupted)
    jobs: list[_Job] = []
    refused: list[Unplaced] = []
    for request in requests:
        year = request.days_from.year
        # A set that reaches over New Year is held to the limit where it begins; each window is checked again below.
        accounts = request.plan(request.earliest_start, None).interrupted if request.is_planned else frozenset()
        full = [
            account
            for account in accounts
            if account in context.yearly_limits and held[account, year] + 1 > context.yearly_limits[account]
        ]
        if full:
            refused.append(Unplaced(request.outage_id, Code.TOO_OFTEN.value, {Code.TOO_OFTEN.value: len(full)}))
            continue
        held.update((account, year) for account in accounts)
        jobs.append(_Job(request))
    return jobs, refused


def _fill_options(job: _Job, fixed: Sequence[Plan], context: Context, draft: Draft | None) -> None:
    request = job.request
    by_day: dict[date, list[_Option]] = defaultdict(list)
    moments = list(starts(request, context.zone))
    if draft is not None and draft.starts_at not in moments:
        moments.append(draft.starts_at)
    # Crews change neither energy nor hurt; whether one is free is checked apart, without weighing again.
    reach = [other for other in fixed if _concerns(request, other)]
    for start in moments:
        if start < request.earliest_start:
            job.ruled_out[LATE] += 1
            continue
        plan = request.plan(start, None)
        against = conflicts(plan, reach, context, with_hours=False)
        breaking = {one.code.value for one in against if one.breaks}
        if breaking:
            job.ruled_out.update(breaking)
            continue
        free = tuple(crew for crew in request.crews if not _is_busy(crew, plan, reach))
        if request.crews and not free:
            job.ruled_out[Code.CREW_BUSY.value] += 1
            continue
        option = _Option(start, weighed(request, plan, reach, against, context.zone).cost, free or (None,))
        by_day[start.astimezone(context.zone).date()].append(option)
    for options in by_day.values():
        cheapest = sorted(options, key=lambda one: one.cost)[:A_DAY]
        job.options += cheapest
        if draft is not None:
            job.options += [one for one in options if one.start == draft.starts_at and one not in cheapest]


def _concerns(request: Request, other: Plan) -> bool:
    """Tell whether a fixed outage can run into one that is to be placed: same accounts, station or crew."""
    return (
        not request.customers.keys().isdisjoint(other.effects)
        or not request.stations.isdisjoint(other.stations)
        or other.crew_id in request.crews
    )


def _is_busy(crew: int, plan: Plan, fixed: Sequence[Plan]) -> bool:
    return any(other.crew_id == crew and plan.meets(other) for other in fixed)


def _solve(
    every: Sequence[_Job],
    apart: Sequence[tuple[int, int]],
    context: Context,
    hints: Mapping[int, Placed],
    seconds: float,
    workers: int,
) -> tuple[list[Placed], bool]:
    number_of = {at: place for place, at in enumerate(at for at, job in enumerate(every) if job.options)}
    jobs = [every[at] for at in number_of]
    if not jobs:
        return [], True
    model = cp_model.CpModel()
    origin = min(option.start for job in jobs for option in job.options)
    chosen: list[list[cp_model.IntVar]] = []
    crew_of: list[dict[int, cp_model.IntVar]] = []
    by_crew: dict[int, list[cp_model.IntervalVar]] = defaultdict(list)
    spans: list[cp_model.IntervalVar] = []
    stations: dict[tuple[int, date], list[cp_model.IntVar]] = defaultdict(list)
    costs: list[tuple[cp_model.IntVar, int]] = []
    for number, job in enumerate(jobs):
        minutes = [int((option.start - origin) / _MINUTE) for option in job.options]
        length = int(job.request.duration / _MINUTE)
        picks = [model.new_bool_var(f"o{number}_{place}") for place in range(len(job.options))]
        is_placed = model.new_bool_var(f"p{number}")
        model.add(sum(picks) == is_placed)
        start = model.new_int_var_from_domain(cp_model.Domain.from_values(sorted(set(minutes))), f"s{number}")
        told = sum(pick * minute for pick, minute in zip(picks, minutes, strict=True))
        model.add(start == told).only_enforce_if(is_placed)
        spans.append(model.new_optional_fixed_size_interval_var(start, length, is_placed, f"i{number}"))
        crews: dict[int, cp_model.IntVar] = {}
        for one in job.request.crews:
            present = crews[one] = model.new_bool_var(f"c{number}_{one}")
            by_crew[one].append(model.new_optional_fixed_size_interval_var(start, length, present, f"j{number}_{one}"))
            for pick, option in zip(picks, job.options, strict=True):
                if one not in option.crews:
                    model.add_bool_or([~pick, ~present])
        if crews:
            model.add(sum(crews.values()) == is_placed)
        crew_of.append(crews)
        chosen.append(picks)
        costs.append((is_placed, -UNPLACED))
        for pick, option in zip(picks, job.options, strict=True):
            costs.append((pick, round(option.cost)))
            for day in job.request.plan(option.start, None).days(context.zone):
                for station in job.request.stations:
                    stations[station, day].append(pick)
        _hint(model, job, picks, crews, is_placed, hints.get(job.request.outage_id))
    for intervals in by_crew.values():
        model.add_no_overlap(intervals)
    for first, second in apart:
        if first in number_of and second in number_of:
            model.add_no_overlap([spans[number_of[first]], spans[number_of[second]]])
    for picks in stations.values():
        if len(picks) > context.station_most:
            model.add(sum(picks) <= context.station_most)
    model.minimize(sum(variable * weight for variable, weight in costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = 1
    solver.parameters.relative_gap_limit = 0.001
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [], False
    placed = []
    for job, picks, crews in zip(jobs, chosen, crew_of, strict=True):
        for pick, option in zip(picks, job.options, strict=True):
            if solver.value(pick):
                crew = next((pk for pk, present in crews.items() if solver.value(present)), None)
                placed.append(Placed(job.request.outage_id, option.start, crew, option.cost))
    return placed, status == cp_model.OPTIMAL


def _hint(
    model: cp_model.CpModel,
    job: _Job,
    picks: Sequence[cp_model.IntVar],
    crews: Mapping[int, cp_model.IntVar],
    is_placed: cp_model.IntVar,
    hint: Placed | None,
) -> None:
    if hint is None:
        return
    model.add_hint(is_placed, True)
    for pick, option in zip(picks, job.options, strict=True):
        model.add_hint(pick, option.start == hint.starts_at)
    for crew, present in crews.items():
        model.add_hint(present, crew == hint.crew_id)


def _never_together(requests: Sequence[Request], context: Context) -> list[tuple[int, int]]:
    """Return the pairs that together would do more to an account than the worst of both alone."""
    touching: dict[int, list[int]] = defaultdict(list)
    for number, request in enumerate(requests):
        for account in request.customers:
            if account in context.network.several:
                touching[account].append(number)
    pairs = {
        (first, second)
        for numbers in touching.values()
        for place, first in enumerate(numbers)
        for second in numbers[place + 1 :]
    }
    moment = requests[0].earliest_start if requests else None
    found = []
    for first, second in sorted(pairs):
        assert moment is not None
        out = [LinesOut(at, moment, moment + timedelta(hours=1), requests[at].lines) for at in (first, second)]
        if joint_impacts(out, context.network):
            found.append((first, second))
    return found


def _draft(
    requests: Sequence[Request], fixed: Sequence[Plan], context: Context, given: Mapping[int, Draft]
) -> list[Placed] | None:
    """Return the planner's draft with its cost; None where it does not place all, or breaks a rule."""
    if any(request.outage_id not in given for request in requests) or not requests:
        return None
    plans = [request.plan(given[request.outage_id].starts_at, given[request.outage_id].crew_id) for request in requests]
    placed = []
    for request, plan in zip(requests, plans, strict=True):
        if plan.starts_at < request.earliest_start:
            return None
        against = conflicts(plan, [*fixed, *plans], context)
        if any(one.breaks for one in against):
            return None
        # Weighed like every option: what the set's own outages do to each other is kept out by rules alone.
        alone = conflicts(plan, fixed, context, with_hours=False)
        cost = weighed(request, plan, fixed, alone, context.zone).cost
        placed.append(Placed(request.outage_id, plan.starts_at, plan.crew_id, cost))
    return placed


def _explained(
    jobs: Sequence[_Job], placed: Sequence[Placed], fixed: Sequence[Plan], context: Context
) -> list[Unplaced]:
    there = {one.outage_id: one for one in placed}
    plans = [
        job.request.plan(there[pk].starts_at, there[pk].crew_id)
        for job in jobs
        if (pk := job.request.outage_id) in there
    ]
    found = []
    for job in jobs:
        if job.request.outage_id in there:
            continue
        counts = Counter(job.ruled_out)
        for option in job.options:
            tried = [job.request.plan(option.start, crew) for crew in option.crews]
            codes = [{one.code.value for one in conflicts(plan, plans, context) if one.breaks} for plan in tried]
            counts.update(set().union(*codes))
        found.append(Unplaced(job.request.outage_id, worst_rule(counts), dict(counts)))
    return found
