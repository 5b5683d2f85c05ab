"""Background work of visits."""

from kam.core import actions, queries
from kam.lib import clock
from kam.visits.actions.credits import recount_after_transfer
from kam.visits.actions.digest import send_digests
from kam.visits.actions.planning import miss_what_is_over


def miss() -> str:
    """Call visits missed that nobody wrote down within the days of grace."""
    grace = int(queries.rule("visits.missed_after_days", clock.today()))
    return f"{miss_what_is_over(at=clock.now(), grace_days=grace)} missed"


def recount_posts(job_id: int) -> str:
    """Count anew the visits of somebody whose posts have changed; args: {"user": 5, "since": "2026-10-01"}."""
    return actions.run_job(job_id, recount_after_transfer)


def digest() -> str:
    """Owe the week's digests."""
    return f"{send_digests(at=clock.now())} digests"
