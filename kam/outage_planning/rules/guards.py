"""What must hold before an outage takes its next step (DESIGN 6), and which of it a second person may waive."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.notice import Periods, consultation_latest, latest_notice


class Guard(StrEnum):
    """Why a step is refused."""

    NO_LINES = "NO_LINES"
    NO_IMPACTS = "NO_IMPACTS"  # not computed, or lines or time have changed since
    IN_THE_PAST = "IN_THE_PAST"
    CONSULTATION_LATE = "CONSULTATION_LATE"  # under 30 days before the start
    NOT_ANSWERED = "NOT_ANSWERED"
    NOTICES_MISSING = "NOTICES_MISSING"
    NOTICE_LATE = "NOTICE_LATE"
    NOT_ACKNOWLEDGED = "NOT_ACKNOWLEDGED"  # a continuous producer's notice
    NOT_RESTORED = "NOT_RESTORED"


# Rules that an override by a second person waives; the others are facts, which nobody can waive.
WAIVABLE = frozenset({Guard.CONSULTATION_LATE, Guard.NOT_ANSWERED, Guard.NOTICE_LATE, Guard.NOT_ACKNOWLEDGED})


@dataclass(frozen=True)
class Facts:
    """What is known of an outage when it is to take a step. Counts are of affected accounts."""

    kind: Kind
    starts_at: datetime
    has_lines: bool
    impacts_current: bool
    unanswered: int = 0
    asked_at: datetime | None = None  # when the plan as it stands was first put to who had not agreed to it before
    without_notice: int = 0
    unacknowledged: int = 0
    unrestored: int = 0


def problems(facts: Facts, to: Status, now: datetime, zone: tzinfo, periods: Periods) -> list[Guard]:
    """Return what stands against the step to `to` at `now`, in the order in which it is put right."""
    found: list[Guard] = []
    if to == Status.CANCELLED:
        return found
    if not facts.has_lines:
        found.append(Guard.NO_LINES)
    if to in (Status.CONSULTING, Status.AGREED, Status.ANNOUNCED):
        if not facts.impacts_current:
            found.append(Guard.NO_IMPACTS)
        if facts.starts_at <= now:
            found.append(Guard.IN_THE_PAST)
    if to == Status.CONSULTING and now > consultation_latest(facts.starts_at, zone, periods):
        found.append(Guard.CONSULTATION_LATE)
    if to == Status.AGREED:
        # A move may have put the question anew, with less time than the rule gives.
        if facts.asked_at is not None and facts.asked_at > consultation_latest(facts.starts_at, zone, periods):
            found.append(Guard.CONSULTATION_LATE)
        if facts.unanswered:
            found.append(Guard.NOT_ANSWERED)
    if to == Status.ANNOUNCED:
        if facts.without_notice:
            found.append(Guard.NOTICES_MISSING)
        latest = latest_notice(facts.starts_at, zone, periods, facts.kind)
        if latest is not None and now > latest:
            found.append(Guard.NOTICE_LATE)
    # Written in portions, so that some may still be owed; nobody's supply goes off untold.
    if to == Status.UNDER_WAY and facts.without_notice and facts.kind in (Kind.PLANNED, Kind.TEMPORARY):
        found.append(Guard.NOTICES_MISSING)
    if to == Status.UNDER_WAY and facts.unacknowledged:
        found.append(Guard.NOT_ACKNOWLEDGED)
    if to == Status.RESTORED and facts.unrestored:
        found.append(Guard.NOT_RESTORED)
    return found


def blocking(found: Collection[Guard], granted: Collection[str]) -> list[Guard]:
    """Return what still stands against a step when the exceptions in `granted` hold."""
    return [guard for guard in found if not (guard in WAIVABLE and guard.value in granted)]
