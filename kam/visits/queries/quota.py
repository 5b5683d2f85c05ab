"""How the quotas stand at any date, and the visits behind the figures (VIS-1, VIS-4).

A fixed number of queries however many managers and visits there are: what was made is a sum over an index
(`VisitCredit`), what is planned lies in the future and is little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from django.db.models import Count, Q, QuerySet

from kam.accounts.models import Account
from kam.core.models import RuleValue, Unit, User
from kam.core.rules import Role
from kam.lib import clock
from kam.visits.models import Visit, VisitCredit, VisitParticipant, VisitTally
from kam.visits.queries.staff import Worker, workers
from kam.visits.rules.quota import (
    ALWAYS,
    Frame,
    Kind,
    Period,
    Progress,
    Quota,
    Span,
    Status,
    frame,
    owed_in,
    quarter_of,
    worst,
    year_of,
)

Key = tuple[int, date]  # account, day
FEW = 50  # so many people are asked for by name; more are counted all at once


@dataclass(frozen=True)
class Part:
    """What of one quota belongs to one unit."""

    exact: Fraction
    made: int
    planned: int


@dataclass(frozen=True)
class Share:
    """A manager's quotas at one unit: what is owed by the days there, what was made while there."""

    year: Part
    quarter: Part


@dataclass(frozen=True)
class Standing:
    """How one manager, station or account stands. `unit_id`: where a manager is now; `shares`: by unit of the year."""

    kind: Kind
    pk: int
    subject: str
    name: str
    year: Progress
    quarter: Progress
    unit_id: int | None = None
    shares: Mapping[int | None, Share] = field(default_factory=dict)

    @cached_property
    def status(self) -> Status:
        return worst([self.year.status, self.quarter.status])


def quotas_of(kind: Kind, period: Period) -> list[Quota]:
    """Return the quotas of managers or stations that hold on any day of `period`."""
    rows = RuleValue.objects.filter(key=f"visits.quota.{kind.value}", valid_from__lt=period.until)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=period.start)).order_by("valid_from")
    return [
        Quota(int(row.value.get("year", 0)), int(row.value.get("quarter", 0)), row.valid_from, row.valid_until)
        for row in rows
    ]


def managers(at: date, *, day_over: bool, users: QuerySet[User]) -> list[Standing]:
    """Return how each account manager among `users` stands on `at`, by name. A fixed number of queries."""
    year = year_of(at)
    had = Q(posts__held_from__lt=year.until) & (Q(posts__held_until=None) | Q(posts__held_until__gt=year.start))
    asked = users.filter(Q(groups__name=Role.MANAGER.value, is_active=True) | had).distinct()
    staff = workers(asked.order_by("name", "username"), with_leave=True)
    whose = Q(user__in=list(staff)) if len(staff) <= FEW else Q(user__isnull=False)
    counts = counts_of(at, whose, by="user_id")
    ahead = ahead_of(at, staff, by="user")
    quotas = quotas_of(Kind.MANAGER, year)
    frames: dict[tuple[tuple[Span, ...], tuple[Span, ...]], Frames] = {}
    found = []
    for pk, worker in staff.items():
        on, off = tuple(worker.on(Role.MANAGER)), tuple(worker.off)
        if (on, off) not in frames:  # most have worked all year: one calculation for all of them
            frames[on, off] = frames_of(quotas, on, off, at, day_over)
        both = both_periods(frames[on, off], counts.get(pk, {}), ahead[pk])
        if not both[0].duty:
            continue
        shares = _shares(worker, quotas, both, counts.get(pk, {}), ahead[pk])
        unit_id = worker.posts[-1][0]
        found.append(Standing(Kind.MANAGER, pk, worker.username, worker.name, *both, unit_id=unit_id, shares=shares))
    return found


def _shares(
    worker: Worker,
    quotas: list[Quota],
    both: tuple[Progress, Progress],
    counts: Mapping[int | None, Counts],
    ahead: set[Key],
) -> dict[int | None, Share]:
    """Part a manager's quotas among the units of the year; who has been at one has one share, the whole."""
    year, quarter = both
    units = {unit for unit, roles, _ in worker.posts if Role.MANAGER.value in roles}
    if len(units) == 1:
        whole_year = Part(year.exact, year.made, year.planned)
        return {units.pop(): Share(whole_year, Part(quarter.exact, quarter.made, quarter.planned))}
    at_unit: dict[int | None, set[Key]] = defaultdict(set)
    for key in ahead:
        at_unit[worker.post_on(key[1])[0]].add(key)
    found = {}
    for unit in units:
        own = counts.get(unit, Counts())
        on = worker.on(Role.MANAGER, unit)
        days = sum(day < quarter.period.until for _, day in at_unit[unit])
        found[unit] = Share(
            Part(owed_in(quotas, on, worker.off, year.period), own.year, own.later_year + len(at_unit[unit])),
            Part(owed_in(quotas, on, worker.off, quarter.period), own.quarter, own.later_quarter + days),
        )
    return found


def stations(at: date, *, day_over: bool, units: QuerySet[Unit]) -> list[Standing]:
    """Return how each supply station among `units` stands on `at`, by code. Eight queries."""
    rows = list(units.filter(kind=Unit.Kind.STATION).order_by("code"))
    counts = counts_of(at, Q(user=None), by="unit_id")
    joining = VisitParticipant.objects.filter(visit__in=_coming(at)).values("user_id")
    ahead = ahead_of(at, workers(User.objects.filter(pk__in=joining)), by="unit")
    frames = frames_of(quotas_of(Kind.STATION, year_of(at)), [ALWAYS], [], at, day_over)
    return [
        Standing(
            Kind.STATION,
            unit.pk,
            unit.code,
            unit.name,
            *both_periods(frames, counts.get(unit.pk, {}), ahead[unit.pk]),
            unit_id=unit.pk,
        )
        for unit in rows
    ]


@dataclass
class Counts:
    """Credits of one subject: up to and including the day, and after it, in its year and quarter."""

    year: int = 0
    quarter: int = 0
    later_year: int = 0
    later_quarter: int = 0


def counts_of(at: date, whose: Q, *, by: str) -> dict[int, dict[int | None, Counts]]:
    """Sum the credits of the year of `at` by user or unit, and by the unit of the day. Three queries.

    Whole months come from their tallies, only the month of `at` from its credits: the cost is that of a month.
    """
    year, quarter = year_of(at), quarter_of(at)
    month = at.replace(day=1)
    following = (month + timedelta(days=31)).replace(day=1)
    found: dict[int, dict[int | None, Counts]] = defaultdict(lambda: defaultdict(Counts))

    def add(subject: int, unit_id: int | None, day: date, n: int) -> None:
        counts = found[subject][unit_id]
        within = quarter.start <= day < quarter.until
        if day <= at:
            counts.year += n
            counts.quarter += n if within else 0
        else:
            counts.later_year += n
            counts.later_quarter += n if within else 0

    tallies = VisitTally.objects.filter(whose, month__gte=year.start, month__lt=year.until).exclude(month=month)
    for subject, unit_id, of, n in tallies.values_list(by, "unit_id", "month", "made"):
        add(subject, unit_id, of, n)
    tomorrow = at + timedelta(days=1)
    for day, since, until in ((at, month, tomorrow), (tomorrow, tomorrow, following)):
        rows = VisitCredit.objects.filter(whose, day__gte=since, day__lt=until).values_list(by, "unit_id").order_by()
        for subject, unit_id, n in rows.annotate(n=Count("pk")) if since < until else ():
            add(subject, unit_id, day, n)
    return found


def _coming(at: date) -> QuerySet[Visit]:
    return Visit.objects.open().filter(day__gte=at, day__lt=year_of(at).until)


def ahead_of(at: date, staff: Mapping[int, Worker], *, by: str) -> dict[int, set[Key]]:
    """Return accounts and days that are planned from `at` on and not counted yet, by user or by unit.

    Two on one day at one account are one, as they will be when they are made. Two queries.
    """
    coming = _coming(at)
    rows = VisitParticipant.objects.filter(
        visit__in=coming, side=VisitParticipant.Side.OURS, user__isnull=False
    ).values_list("user_id", "visit__account_id", "visit__day")
    ahead: dict[int, set[Key]] = defaultdict(set)
    for user_id, account_id, day in rows:
        worker = staff.get(user_id)
        unit_id, roles = worker.post_on(day) if worker else (None, frozenset[str]())
        if by == "unit" and unit_id is not None:
            ahead[unit_id].add((account_id, day))
        elif by == "user" and Role.MANAGER.value in roles:
            ahead[user_id].add((account_id, day))
    if ahead:
        whose = Q(user=None) if by == "unit" else Q(user__isnull=False)
        days = {day for keys in ahead.values() for _, day in keys}
        made = VisitCredit.objects.filter(whose, day__in=days, account__in=coming.values("account_id"))
        for subject, account_id, day in made.values_list(f"{by}_id", "account_id", "day"):
            ahead[subject].discard((account_id, day))
    return ahead


Frames = tuple[Frame, Frame]  # of the year and of the quarter


def frames_of(quotas: Sequence[Quota], on: Sequence[Span], off: Sequence[Span], at: date, day_over: bool) -> Frames:
    """Return what the year and the quarter of `at` ask of somebody on duty in `on` without `off`."""
    year, quarter = (
        frame(quotas, on, off, period, at=at, day_over=day_over) for period in (year_of(at), quarter_of(at))
    )
    return year, quarter


def both_periods(frames: Frames, counts: Mapping[int | None, Counts], ahead: set[Key]) -> tuple[Progress, Progress]:
    """Return the progress of one subject in the year and in the quarter."""
    year, quarter = frames
    in_quarter = sum(day < quarter.period.until for _, day in ahead)
    made = [sum(one.year for one in counts.values()), sum(one.quarter for one in counts.values())]
    later = [sum(one.later_year for one in counts.values()), sum(one.later_quarter for one in counts.values())]
    return (
        year.progress(made[0], later[0] + len(ahead)),
        quarter.progress(made[1], later[1] + in_quarter),
    )


def account_quotas(importance: str, period: Period) -> list[Quota]:
    """Return what is owed to accounts of one class on any day of `period`; nothing where it is switched off."""
    rows = RuleValue.objects.filter(key="visits.quota.account", valid_from__lt=period.until)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=period.start)).order_by("valid_from")
    return [Quota(int(row.value.get(importance, 0)), 0, row.valid_from, row.valid_until) for row in rows]


def accounts(at: date, *, day_over: bool, rows: QuerySet[Account]) -> list[Standing]:
    """Return how each key account that is owed visits stands on `at`; none where the company asks for none.

    An account made within the year owes from then on.
    """
    year = year_of(at)
    by_class = {importance: account_quotas(importance, year) for importance in Account.Importance.values}
    asked = [name for name, quotas in by_class.items() if any(quota.per_year for quota in quotas)]
    chosen = rows.filter(status=Account.Status.CONFIRMED, importance__in=asked)
    found = list(chosen.order_by("account_no").only("account_no", "name", "importance", "created_at")) if asked else []
    if not found:
        return []
    taken = Visit.objects.counting().filter(account__in=chosen.order_by(), day__gte=year.start, day__lt=year.until)
    made: dict[int, set[date]] = defaultdict(set)
    for account_id, day in taken.values_list("account_id", "day").distinct():
        made[account_id].add(day)
    ahead: dict[int, set[Key]] = defaultdict(set)
    for account_id, day in _coming(at).filter(account__in=chosen.order_by()).values_list("account_id", "day"):
        if day not in made[account_id]:
            ahead[account_id].add((account_id, day))
    quarter = quarter_of(at)
    standings = []
    for row in found:
        days = made[row.pk]
        counts = Counts(
            sum(day <= at for day in days),
            sum(quarter.start <= day <= at for day in days),
            sum(day > at for day in days),
            sum(at < day < quarter.until for day in days),
        )
        on: list[Span] = [(clock.day_of(row.created_at), None)]
        frames = frames_of(by_class[row.importance], on, [], at, day_over)
        both = both_periods(frames, {None: counts}, ahead[row.pk])
        if both[0].exact:
            standings.append(Standing(Kind.ACCOUNT, row.pk, row.account_no, row.name, *both))
    return standings
