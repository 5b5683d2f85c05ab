"""Background work of key accounts."""

from kam.accounts.actions import team
from kam.accounts.actions.export import write_for_job
from kam.core.actions import run_job
from kam.lib import clock


def take_effect() -> str:
    """Let planned team changes take effect on their day."""
    return f"{team.take_effect(at=clock.now())} accounts"


def export(job_id: int) -> str:
    """Write a long list into a file that belongs to who asked."""
    return run_job(job_id, write_for_job)
