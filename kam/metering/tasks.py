"""What the queue runs for metering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kam.core.actions import JobProblem, run_job
from kam.core.models import Job
from kam.lib import clock
from kam.metering.actions import batches, calendars
from kam.metering.actions.meters import IntervalInUse
from kam.metering.rules.prepare import NoMeter
from kam.metering.rules.readings import UnreadableFile
from kam.metering.templatetags.readings import refusal_words


def look(job_id: int) -> str:
    """Look at a large file of readings."""
    return run_job(job_id, _told(batches.look_at_batch))


def take_in(job_id: int) -> str:
    """Take a file of readings in."""
    return run_job(job_id, _told(lambda job: batches.take_in_batch(job, at=clock.now())))


def sort_anew(job_id: int) -> str:
    """Compute months anew after a new version of a time-of-use calendar."""
    return run_job(job_id, calendars.sort_anew)


def _told(work: Callable[[Job], dict[str, Any]]) -> Callable[[Job], dict[str, Any]]:
    """Put a refusal of the file into words for the person who sent it."""

    def told(job: Job) -> dict[str, Any]:
        try:
            return work(job)
        except (UnreadableFile, NoMeter, IntervalInUse) as refusal:
            raise JobProblem(refusal_words(refusal)) from refusal

    return told
