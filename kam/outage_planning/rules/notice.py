"""Until when customers must have been told of an outage, and when what else is due (OUT-1, 2, 5, 6).

All instants are aware; days are those of the company's zone. A deadline is the last instant that is in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from kam.outage_planning.rules.lifecycle import Kind

_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True)
class Periods:
    """The periods in force for one outage: national or provincial rule, or a stricter contract (DOMAIN 14).

    `notice_days`: both as many times 24 hours and as many calendar days. `clear_days`: count whole days between the
    notice and the outage, neither day itself (some provinces and contracts say so).
    """

    consultation_days: int = 30
    answer_days: int = 7
    notice_days: int = 7
    clear_days: bool = False
    temporary_hours: float = 24
    limit_hours: float = 24
    stagger_minutes: float = 30


class Due(StrEnum):
    """What is due before an outage."""

    CONSULT = "CONSULT"  # consultation begins
    ALARM_UNSENT = "ALARM_UNSENT"  # T-9 d: notices not sent yet are shown in red
    CALL_UNPROVED = "CALL_UNPROVED"  # T-8 d: who has no proof of delivery is called
    NOTICE = "NOTICE"  # the notice of law
    CALL_UNACKNOWLEDGED = "CALL_UNACKNOWLEDGED"  # T-5 d: continuous producers that have not acknowledged
    SUPERVISOR = "SUPERVISOR"  # T-3 d: still not acknowledged
    START = "START"
    BACK = "BACK"  # supply is back; a planned end that has passed is an overrun


@dataclass(frozen=True)
class Deadlines:
    """The last instants in time for a planned outage's notice; `latest` is the stricter of the two."""

    by_hours: datetime
    by_days: datetime

    @property
    def latest(self) -> datetime:
        return min(self.by_hours, self.by_days)


def deadlines(start: datetime, zone: tzinfo, periods: Periods) -> Deadlines:
    """Return until when a planned outage from `start` may be told: 7 × 24 h and 7 calendar days before it.

    Hours are counted on the world's clock; days on the calendar of `zone`: the notice goes out on the seventh day
    before the day of the outage, or earlier. The two differ where clocks change in between. Source: RELIABILITY R6.
    """
    _check(start)
    by_hours = start.astimezone(UTC) - timedelta(hours=24 * periods.notice_days)
    last_day = start.astimezone(zone).date() - timedelta(days=periods.notice_days + (1 if periods.clear_days else 0))
    return Deadlines(by_hours, _day_start(last_day + timedelta(days=1), zone) - _LEAST)


def latest_notice(start: datetime, zone: tzinfo, periods: Periods, kind: Kind = Kind.PLANNED) -> datetime | None:
    """Return the last instant at which a notice of an outage of this kind is in time.

    None for a fault: it is explained as soon as possible, there is nothing to be late for.
    """
    _check(start)
    if kind == Kind.PLANNED:
        return deadlines(start, zone, periods).latest
    before = {
        Kind.TEMPORARY: timedelta(hours=periods.temporary_hours),
        Kind.LIMIT: timedelta(hours=periods.limit_hours),
        Kind.STAGGER: timedelta(minutes=periods.stagger_minutes),
    }.get(kind)
    return None if before is None else start.astimezone(UTC) - before


def is_late(sent_at: datetime, start: datetime, zone: tzinfo, periods: Periods, kind: Kind = Kind.PLANNED) -> bool:
    """Tell whether a notice whose first proof of delivery is of `sent_at` came too late for an outage from `start`."""
    _check(sent_at)
    latest = latest_notice(start, zone, periods, kind)
    return latest is not None and sent_at.astimezone(UTC) > latest


def consultation_latest(start: datetime, zone: tzinfo, periods: Periods) -> datetime:
    """Return the last instant at which the consultation for a planned outage may begin: 30 days before, both ways."""
    days = Periods(notice_days=periods.consultation_days)
    return deadlines(start, zone, days).latest


def milestones(
    start: datetime, zone: tzinfo, periods: Periods, kind: Kind = Kind.PLANNED
) -> list[tuple[Due, datetime]]:
    """Return what is due when before an outage, in order of time."""
    found = [(Due.START, start.astimezone(UTC))]
    latest = latest_notice(start, zone, periods, kind)
    if latest is not None:
        found.append((Due.NOTICE, latest))
    if kind == Kind.PLANNED:
        found.append((Due.CONSULT, consultation_latest(start, zone, periods)))
        ahead = ((Due.ALARM_UNSENT, 2), (Due.CALL_UNPROVED, 1))
        found += [(due, deadlines(start, zone, periods).latest - timedelta(days=days)) for due, days in ahead]
        behind = ((Due.CALL_UNACKNOWLEDGED, 5), (Due.SUPERVISOR, 3))
        found += [(due, start.astimezone(UTC) - timedelta(days=days)) for due, days in behind]
    order = list(Due)
    return sorted(found, key=lambda one: (one[1], order.index(one[0])))


def next_due(done: frozenset[Due], when: list[tuple[Due, datetime]]) -> tuple[Due, datetime] | None:
    """Return the first of the milestones that is not done yet."""
    return next(((due, at) for due, at in when if due not in done), None)


def _day_start(day: date, zone: tzinfo) -> datetime:
    # Where the clock skips midnight, fold 0 gives the instant of the skip, which is when that day begins.
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _check(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("an instant needs its zone")
