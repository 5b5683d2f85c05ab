"""Background work of credit: load by id, one action, a short text."""

from __future__ import annotations

from kam.core.actions import run_job
from kam.core.models import Job
from kam.credit.actions import events, supply, trials
from kam.credit.models import CreditRuleSet
from kam.lib import clock


def try_scheme(job_id: int) -> str:
    """Try the scheme that the job names."""

    def work(job: Job) -> dict[str, object]:
        row = CreditRuleSet.objects.get(pk=job.args["rule_set"])
        return dict(trials.run(rule_set=row, by=job.by, at=clock.now()))

    return run_job(job_id, work)


def grade_what_happened() -> str:
    """Grade the accounts to which something happened since the last time, and all at the first of a month."""
    return str(events.grade_due(at=clock.now()))


def watch_supply() -> str:
    """Look at every open case on the supply."""
    return str(supply.watch(at=clock.now()))


def night() -> str:
    """Learn, score, warn, and prepare the executives' figures, once a day."""
    return str(events.nightly(at=clock.now()))
