"""Background work of the network: load by id, one action, a short text."""

from kam.core.actions import run_job
from kam.network.actions import batches


def check_network(job_id: int) -> str:
    """Look at a long file of the network."""
    return run_job(job_id, batches.check_for_job)


def import_network(job_id: int) -> str:
    """Take a file of the network in."""
    return run_job(job_id, batches.take_in_for_job)
