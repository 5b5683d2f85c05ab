"""What the clock and events do in credit: grade who had an event, grade all each month, prepare figures each night."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kam.billing.models import Allocation, Bill, Reversal
from kam.credit.actions import risk, tiers
from kam.credit.actions.grading import regrade
from kam.credit.actions.standing import refresh_ended_overrides
from kam.credit.models import ConductFact, GradingRun, TierDay
from kam.lib import clock

NIGHT_HOUR = 2


def grade_due(*, at: datetime) -> dict[str, int]:
    """Grade all accounts at the first of the month, once; else those with payments, new arrears or facts since last."""
    day = clock.day_of(at)
    done = {"overrides": refresh_ended_overrides(day=day)}
    first = day.replace(day=1)
    if not GradingRun.objects.filter(as_of=first, unit=None, cause=GradingRun.Cause.SCHEDULE).exists():
        outcome = regrade(as_of=first, by=None, at=at, cause=GradingRun.Cause.SCHEDULE)
        return done | {"graded": outcome.graded, "changed": outcome.changed}
    last = GradingRun.objects.order_by("-at").values_list("at", flat=True).first() or at - timedelta(days=1)
    ids = sorted(touched_since(last, day))
    if not ids:
        return done | {"graded": 0}
    outcome = regrade(as_of=day, by=None, at=at, account_ids=ids, cause=GradingRun.Cause.EVENT)
    return done | {"graded": outcome.graded, "changed": outcome.changed}


def touched_since(last: datetime, day: date) -> set[int]:
    """Return the accounts to which something happened that a grade looks at: money, a reversal, arrears, a fact."""
    late = Allocation.objects.filter(at__gte=last)
    ids = set(late.values_list("bill__account_id", flat=True))
    ids |= set(Reversal.objects.filter(at__gte=last).values_list("account_id", flat=True))
    ids |= set(ConductFact.objects.filter(noted_at__gte=last).values_list("account_id", flat=True))
    fresh = Bill.objects.owed().filter(due_on__gte=clock.day_of(last) - timedelta(days=1), due_on__lt=day)
    ids |= set(fresh.values_list("account_id", flat=True))
    return ids


def nightly(*, at: datetime) -> dict[str, int]:
    """Learn, score, warn and prepare the figures of the day, once a night."""
    local = at.astimezone(clock.zone())
    if local.hour < NIGHT_HOUR or TierDay.objects.filter(as_of=local.date()).exists():
        return {}
    told = risk.nightly(at=at)
    told["prepared"] = tiers.prepare(as_of=local.date(), at=at)
    return told
