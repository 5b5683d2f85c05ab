"""Background work of outage planning: load by id, one action, a short text."""

from datetime import date

from kam.core.actions import run_job
from kam.core.models import Job
from kam.lib import clock
from kam.outage_planning.actions import milestones, portions, watching
from kam.outage_planning.models import Outage
from kam.outage_planning.queries import proposals


def place_drafts(job_id: int) -> str:
    """Place the drafts that the job names in its period, and keep the proposal as the job's result."""

    def work(job: Job) -> dict[str, object]:
        drafts = Outage.objects.filter(pk__in=job.args["outages"], status="DRAFT").order_by("pk")
        found = proposals.quarter(
            drafts,
            days_from=date.fromisoformat(job.args["from"]),
            days_until=date.fromisoformat(job.args["until"]),
            now=clock.now(),
        )
        return {
            "placed": [
                {
                    "outage": one.outage_id,
                    "starts_at": one.starts_at.isoformat(),
                    "crew": one.crew_id,
                    "cost": round(one.cost),
                }
                for one in found.placed
            ],
            "unplaced": [{"outage": one.outage_id, "rule": one.rule} for one in found.unplaced],
            "cost": round(found.cost),
            "draft_cost": None if found.draft_cost is None else round(found.draft_cost),
            "optimal": found.optimal,
        }

    return run_job(job_id, work)


def watch_under_way() -> str:
    """Once a minute: tell who is responsible what has run over, begin and end calls for less load."""
    at = clock.now()
    ended = watching.run_calls(at=at)
    return f"told {watching.alarm_overruns(at=at)}, calls moved on {ended}"


def look_after_plans() -> str:
    """Every ten minutes: reminders, alarms, call lists and the supervisor, by what the database says is due."""
    return milestones.look_after(at=clock.now())


def sweep_notices() -> str:
    """Once a minute: no announced outage without a notice for each account that it affects (RELIABILITY 3.1).

    What was decided for many and stands still is written first.
    """
    at = clock.now()
    caught = portions.catch_up(at=at)
    return f"caught up {caught}, missing {milestones.sweep(at=at)}"
