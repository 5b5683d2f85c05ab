"""Trial runs of a scheme: everybody graded by it, nothing written but who would move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kam.core.actions import start_job
from kam.core.models import Job, User
from kam.credit.actions.grading import regrade
from kam.credit.actions.schemes import digest, note_trial
from kam.credit.models import CreditRuleSet
from kam.credit.rules.scheme import scheme_of
from kam.lib import clock

TASK = "kam.credit.tasks.try_scheme"


def order(*, rule_set: CreditRuleSet, by: User, at: datetime) -> Job:
    """Have a scheme tried in the background; the same table tried twice at once is one job. Raises `BadScheme`."""
    scheme_of(rule_set.body)
    key = f"scheme-{rule_set.pk}-{digest(rule_set.body)[:16]}-{at:%Y%m%d%H%M}"
    return start_job(key=key, kind=TASK, by=by, at=at, args={"rule_set": rule_set.pk})


def run(*, rule_set: CreditRuleSet, by: User | None, at: datetime) -> dict[str, Any]:
    """Grade all accounts as of today by the scheme, dry, and keep what was found with it."""
    outcome = regrade(as_of=clock.day_of(at), by=by, at=at, dry_run=True, rule_set=rule_set)
    trial = {
        **outcome.told(),
        "as_of": clock.day_of(at).isoformat(),
        "matrix": [[was, now, n] for (was, now), n in sorted(outcome.matrix.items())],
        "movers": [list(one) for one in outcome.movers],
    }
    note_trial(rule_set=rule_set, trial=trial, by=by, at=at)
    return {key: trial[key] for key in ("graded", "changed", "by_grade")}


def moves_of(trial: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return who would move as (from, to, how many), the largest first."""
    rows = [(was, now, n) for was, now, n in trial.get("matrix", []) if was and was != now]
    return sorted(rows, key=lambda row: -row[2])
