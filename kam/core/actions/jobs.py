"""Background work: owe it, run it, tell how far it is; and the signs of life of our processes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import caches
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django_q.models import OrmQ
from django_q.tasks import async_task

from kam.core.models import Heartbeat, Job, User
from kam.lib import clock, logs

log = logging.getLogger(__name__)
ATTEMPTS = 3
PROGRESS_SECONDS = 0.5
ALIVE_SECONDS = 10
_told_at: dict[int, float] = {}


class JobProblem(Exception):
    """A job cannot be done, for a reason that is fit to be read by the person who asked for it."""


def start_job(*, key: str, kind: str, by: User | None, at: datetime, args: dict[str, Any]) -> Job:
    """Write the job's row and enqueue its id, both in the caller's transaction; the same key gives the same job.

    `kind` is the dotted name of a function `(job_id: int) -> str` in a `tasks` module.
    """
    with transaction.atomic():
        job, created = Job.objects.get_or_create(
            key=key, defaults={"kind": kind, "by": by, "args": args, "created_at": at}
        )
        if created:
            async_task(kind, job.pk, task_name=key[:100])
    return job


def run_job(job_id: int, work: Callable[[Job], dict[str, Any]]) -> str:
    """Do `work(job)` once and keep what it returns as the job's result; a short text for the queue.

    Delivery may repeat: a job that has ended is left alone. Attempts are counted before the work, because a worker
    that dies counts nothing afterwards; after three the job has failed. `JobProblem` is told to the person as it is,
    any other exception as an incident number. The work itself must be safe to repeat.
    """
    open_states = [Job.Status.WAITING, Job.Status.RUNNING]
    at = clock.now()
    taken = Job.objects.filter(pk=job_id, status__in=open_states, attempts__lt=ATTEMPTS).update(
        attempts=F("attempts") + 1, status=Job.Status.RUNNING, started_at=at
    )
    job = Job.objects.select_related("by").filter(pk=job_id).first()
    if job is None:
        return "no such job"
    token = logs.request_id.set(f"job-{job.pk}")
    try:
        with translation.override(job.by.language if job.by else None):
            if not taken:
                if job.status not in open_states:
                    return f"already {job.status}"
                return _end(job, Job.Status.FAILED, problem=_("It was stopped three times before it could end."))
            with _sign_of_life(job):
                return _attempt(job, work)
    finally:
        logs.request_id.reset(token)


@contextmanager
def _sign_of_life(job: Job) -> Iterator[None]:
    """Say every few seconds that somebody works at the job; from a thread, as the work may be one long statement."""
    over = threading.Event()

    def say() -> None:
        caches["shared"].set(f"job-alive-{job.pk}", True, 6 * ALIVE_SECONDS)

    def go_on() -> None:
        while not over.wait(ALIVE_SECONDS):
            say()

    say()
    thread = threading.Thread(target=go_on, name=f"job-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        caches["shared"].delete(f"job-alive-{job.pk}")


def revive_jobs(*, at: datetime) -> int:
    """Enqueue running jobs anew whose worker is gone (killed, out of memory); how many.

    The queue itself would give the task out again only after `retry`, which is longer than the longest job.
    """
    lost = Job.objects.filter(status=Job.Status.RUNNING, started_at__lt=at - timedelta(seconds=6 * ALIVE_SECONDS))
    count = 0
    for job in lost.order_by("pk")[:100]:
        if caches["shared"].get(f"job-alive-{job.pk}"):
            continue
        with transaction.atomic():
            taken = Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, attempts=job.attempts)
            if taken.update(status=Job.Status.WAITING):
                async_task(job.kind, job.pk, task_name=f"{job.key[:90]}-{job.attempts + 1}")
                count += 1
                log.warning("job %s attempt %s: its worker is gone", job.pk, job.attempts)
    return count


def _attempt(job: Job, work: Callable[[Job], dict[str, Any]]) -> str:
    try:
        result = work(job)
    except JobProblem as problem:
        return _end(job, Job.Status.FAILED, problem=str(problem))
    except OperationalError:
        # The database was busy or gone for a moment: the next attempt may find it well.
        log.warning("job %s attempt %s: database", job.pk, job.attempts, exc_info=True)
        if job.attempts >= ATTEMPTS:
            return _end(job, Job.Status.FAILED, problem=_("The database did not answer. Try again later."))
        Job.objects.filter(pk=job.pk).update(status=Job.Status.WAITING)
        async_task(job.kind, job.pk, task_name=f"{job.key[:90]}-{job.attempts + 1}")
        return "again"
    except Exception:
        # The outermost frame of background work, as the error page is for a request: no trace for the person.
        log.exception("job %s failed", job.pk)
        number = logs.request_id.get()
        return _end(
            job,
            Job.Status.FAILED,
            problem=_("Something went wrong. Tell the administrator this number: %(n)s") % {"n": number},
        )
    return _end(job, Job.Status.DONE, result=result)


def _end(job: Job, status: Job.Status, *, problem: str = "", result: dict[str, Any] | None = None) -> str:
    done, total = told_progress(job)
    Job.objects.filter(pk=job.pk).update(
        status=status,
        problem=problem,
        result=result or {},
        ended_at=clock.now(),
        done=total if status == Job.Status.DONE else done,
        total=total,
    )
    _told_at.pop(job.pk, None)
    return str(status.value)


def progress(job: Job, done: int, total: int) -> None:
    """Tell how far the job is. Cheap enough for every row: it writes at most twice a second.

    Goes to the shared cache and not to the table, so that it is seen while the work's own transaction is open.
    """
    now = clock.monotonic()
    last = _told_at.get(job.pk)
    if done < total and last is not None and now - last < PROGRESS_SECONDS:
        return
    _told_at[job.pk] = now
    caches["shared"].set(f"job-{job.pk}", (done, total), 24 * 3600)


def told_progress(job: Job) -> tuple[int, int]:
    """Return (done, total) as last told."""
    told: tuple[int, int] | None = caches["shared"].get(f"job-{job.pk}")
    return told or (job.done, job.total)


def beat(*, name: str, at: datetime, **detail: Any) -> None:
    """Note that the process `name` lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "detail": detail})


def release_tasks(*, at: datetime) -> int:
    """Let tasks that a dead worker had taken be taken again at once; how many.

    Only while no cluster runs: a living worker's task would be done twice at the same time.
    """
    return int(OrmQ.objects.filter(lock__gt=at).update(lock=at))
