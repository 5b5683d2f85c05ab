"""Limiting or cutting the supply for arrears: the legal procedure as a lifecycle, step by step (DOMAIN 1.5).

    overdue → demand on record → more than 30 days → submitted → approved → notice delivered, 7 days (law 3)
    → important users: copy to the administration → 30 minutes before: told once more → cut at the time told
    → paid → reconnected within 24 hours

No step can be skipped: `STEPS` has no other way, and `problems` names what stands against the next one. Where the
company's pledge is stricter than the law, the stricter holds. Instants are aware.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum


class Step(StrEnum):
    OPENED = "OPENED"
    DEMANDED = "DEMANDED"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    NOTICED = "NOTICED"
    REPORTED = "REPORTED"
    WARNED = "WARNED"
    CUT = "CUT"
    CLEARED = "CLEARED"
    RECONNECTED = "RECONNECTED"
    STOPPED = "STOPPED"
    REFUSED = "REFUSED"


_END = frozenset({Step.STOPPED})
# A notice whose hour has passed unused leads back to APPROVED: a new one, with its own seven days.
STEPS: dict[str, frozenset[str]] = {
    Step.OPENED: frozenset({Step.DEMANDED}) | _END,
    Step.DEMANDED: frozenset({Step.SUBMITTED}) | _END,
    Step.SUBMITTED: frozenset({Step.APPROVED, Step.REFUSED}) | _END,
    Step.APPROVED: frozenset({Step.NOTICED}) | _END,
    Step.NOTICED: frozenset({Step.REPORTED, Step.WARNED, Step.APPROVED}) | _END,
    Step.REPORTED: frozenset({Step.WARNED, Step.APPROVED}) | _END,
    Step.WARNED: frozenset({Step.CUT, Step.APPROVED}) | _END,
    Step.CUT: frozenset({Step.CLEARED}),
    Step.CLEARED: frozenset({Step.RECONNECTED}),
    Step.RECONNECTED: frozenset(),
    Step.STOPPED: frozenset(),
    Step.REFUSED: frozenset(),
}
OPEN = tuple(step for step in Step if STEPS[step])
BEFORE_CUT = tuple(step for step in OPEN if step not in (Step.CUT, Step.CLEARED))


class Level(IntEnum):
    """How far a person may approve."""

    NONE = 0
    ORDINARY = 1  # head of the unit
    IMPORTANT = 2  # manager in charge: important users as well


class Guard(StrEnum):
    """What stands against a step."""

    NOTHING_OWED = "NOTHING_OWED"
    NOT_YET_30_DAYS = "NOT_YET_30_DAYS"
    NO_DEMAND = "NO_DEMAND"
    SAME_PERSON = "SAME_PERSON"
    LEVEL = "LEVEL"
    NO_TIME = "NO_TIME"
    NOTICE_DAYS = "NOTICE_DAYS"
    NOTICE_UNPROVEN = "NOTICE_UNPROVEN"
    NOT_REPORTED = "NOT_REPORTED"
    NO_LETTER = "NO_LETTER"
    REPORT_NEEDLESS = "REPORT_NEEDLESS"
    HOURS = "HOURS"
    DAY_OFF = "DAY_OFF"
    WARNING_TOO_EARLY = "WARNING_TOO_EARLY"
    WARNING_MISSING = "WARNING_MISSING"
    WARNING_MINUTES = "WARNING_MINUTES"
    TOO_EARLY = "TOO_EARLY"
    TIME_PASSED = "TIME_PASSED"
    TIME_NOT_PASSED = "TIME_NOT_PASSED"
    STILL_OWED = "STILL_OWED"


@dataclass(frozen=True)
class Periods:
    """Figures in force for one case. `hours`: working hours `[from, until)`, in which supply may be cut."""

    overdue_days: int = 30
    notice_days: int = 3
    pledge_days: int = 7
    final_minutes: int = 30
    call_minutes: int = 90
    hours: tuple[int, int] = (9, 16)
    not_before_day_off: bool = True
    window_hours: int = 3
    reconnect_hours: int = 24

    @property
    def days_ahead(self) -> int:
        return max(self.notice_days, self.pledge_days)


@dataclass(frozen=True)
class Facts:
    """How a case stands. `owed` and `oldest_due`: overdue and not contested, at this moment."""

    owed: Decimal
    oldest_due: date | None
    important: bool
    demanded_at: datetime | None = None
    submitted_by: int | None = None
    approver: int | None = None
    approver_level: Level = Level.NONE
    cut_at: datetime | None = None
    notice_proven_at: datetime | None = None
    letter: bool = False  # the copy for the administration is written and numbered
    reported_at: datetime | None = None
    warned_at: datetime | None = None
    excused: bool = False  # guaranteed, agreed, or ordered by an authority: the cause is removed without payment


Workday = Callable[[date], bool]


def problems(facts: Facts, to: Step, at: datetime, zone: tzinfo, periods: Periods, workday: Workday) -> list[Guard]:
    """Return what stands against the step to `to` at `at`, in the order in which it is put right."""
    found: list[Guard] = []
    today = at.astimezone(zone).date()
    forward = to in (Step.DEMANDED, Step.SUBMITTED, Step.APPROVED, Step.NOTICED, Step.REPORTED, Step.WARNED, Step.CUT)
    if forward and facts.owed <= 0:
        found.append(Guard.NOTHING_OWED)
    if forward and facts.demanded_at is None:
        found.append(Guard.NO_DEMAND)
    if forward and to != Step.DEMANDED and not long_overdue(facts, today, periods):
        found.append(Guard.NOT_YET_30_DAYS)
    if to in (Step.APPROVED, Step.REFUSED):
        found += _approval(facts)
    if to == Step.NOTICED:
        found += _time_told(facts, at, zone, periods, workday)
    if to in (Step.WARNED, Step.CUT):
        found += _notice(facts, zone, periods)
    if to == Step.REPORTED and not facts.important:
        found.append(Guard.REPORT_NEEDLESS)
    elif to == Step.REPORTED and not facts.letter:
        found.append(Guard.NO_LETTER)
    if to in (Step.WARNED, Step.CUT) and facts.important and facts.reported_at is None:
        found.append(Guard.NOT_REPORTED)
    if to == Step.WARNED:
        found += _warning(facts, at, zone, periods)
    if to == Step.CUT:
        found += _cut(facts, at, zone, periods, workday)
    if to == Step.CLEARED and facts.owed > 0 and not facts.excused:
        found.append(Guard.STILL_OWED)
    return found


def call_due(facts: Facts, at: datetime, periods: Periods) -> bool:
    """Tell whether the call before the cut belongs on the call list now: from 90 minutes before the time told."""
    if facts.cut_at is None or facts.warned_at is not None:
        return False
    first = facts.cut_at - timedelta(minutes=max(periods.call_minutes, periods.final_minutes))
    return first <= at <= facts.cut_at + timedelta(hours=periods.window_hours)


def renew_problems(facts: Facts, at: datetime, periods: Periods) -> list[Guard]:
    """Return what stands against taking a notice back to APPROVED, to give another: its hour must have passed."""
    passed = facts.cut_at is None or at > facts.cut_at + timedelta(hours=periods.window_hours)
    return [] if passed else [Guard.TIME_NOT_PASSED]


def long_overdue(facts: Facts, today: date, periods: Periods) -> bool:
    """Tell whether the oldest debt is more than 30 days overdue."""
    return facts.oldest_due is not None and (today - facts.oldest_due).days > periods.overdue_days


def may_be_cut(moment: datetime, zone: tzinfo, periods: Periods, workday: Workday) -> list[Guard]:
    """Return why supply is not cut at this hour: outside working hours, on a day off or the day before one."""
    local = moment.astimezone(zone)
    found = []
    if not periods.hours[0] <= local.hour < periods.hours[1]:
        found.append(Guard.HOURS)
    next_day = local.date() + timedelta(days=1)
    if not workday(local.date()) or (periods.not_before_day_off and not workday(next_day)):
        found.append(Guard.DAY_OFF)
    return found


def days_between(told: datetime, cut_at: datetime, zone: tzinfo) -> int:
    """Return the whole days of notice: both as many times 24 hours and as many calendar days, the fewer."""
    hours = (cut_at - told) // timedelta(days=1)
    return min(hours, (cut_at.astimezone(zone).date() - told.astimezone(zone).date()).days)


def first_cut(told: datetime, zone: tzinfo, periods: Periods, workday: Workday) -> datetime:
    """Return the first hour at which supply may be cut if the customer is told at `told`."""
    day = told.astimezone(zone).date() + timedelta(days=periods.days_ahead)
    for _ in range(60):
        moment = datetime.combine(day, time(periods.hours[0] + 1), tzinfo=zone)
        if not may_be_cut(moment, zone, periods, workday) and days_between(told, moment, zone) >= periods.days_ahead:
            return moment
        day += timedelta(days=1)
    raise ValueError("no working day within two months")


def reconnect_by(cleared_at: datetime, periods: Periods) -> datetime:
    """Return until when the supply must be back."""
    return cleared_at + timedelta(hours=periods.reconnect_hours)


def _approval(facts: Facts) -> list[Guard]:
    found = []
    if facts.approver is None or facts.approver == facts.submitted_by:
        found.append(Guard.SAME_PERSON)
    if facts.approver_level < (Level.IMPORTANT if facts.important else Level.ORDINARY):
        found.append(Guard.LEVEL)
    return found


def _time_told(facts: Facts, at: datetime, zone: tzinfo, periods: Periods, workday: Workday) -> list[Guard]:
    if facts.cut_at is None:
        return [Guard.NO_TIME]
    found = may_be_cut(facts.cut_at, zone, periods, workday)
    if days_between(at, facts.cut_at, zone) < periods.days_ahead:
        found.append(Guard.NOTICE_DAYS)
    return found


def _notice(facts: Facts, zone: tzinfo, periods: Periods) -> list[Guard]:
    if facts.cut_at is None or facts.notice_proven_at is None:
        return [Guard.NOTICE_UNPROVEN]
    if days_between(facts.notice_proven_at, facts.cut_at, zone) < periods.days_ahead:
        return [Guard.NOTICE_DAYS]
    return []


def _warning(facts: Facts, at: datetime, zone: tzinfo, periods: Periods) -> list[Guard]:
    if facts.cut_at is None:
        return [Guard.NO_TIME]
    if at > facts.cut_at + timedelta(hours=periods.window_hours):
        return [Guard.TIME_PASSED]
    same_day = at.astimezone(zone).date() == facts.cut_at.astimezone(zone).date()
    return [] if same_day else [Guard.WARNING_TOO_EARLY]


def _cut(facts: Facts, at: datetime, zone: tzinfo, periods: Periods, workday: Workday) -> list[Guard]:
    found = may_be_cut(at, zone, periods, workday)
    if facts.warned_at is None:
        found.append(Guard.WARNING_MISSING)
    elif at - facts.warned_at < timedelta(minutes=periods.final_minutes):
        found.append(Guard.WARNING_MINUTES)
    if facts.cut_at is None:
        return [*found, Guard.NO_TIME]
    if at < facts.cut_at:
        found.append(Guard.TOO_EARLY)
    if at > facts.cut_at + timedelta(hours=periods.window_hours):
        found.append(Guard.TIME_PASSED)
    return found
