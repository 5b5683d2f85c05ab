"""A file of accounts sent by a person: looked at, taken in by a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from kam.core.actions import JobProblem, sent_files
from kam.core.models import IntakeBatch, Job, User
from kam.lib import clock
from kam.reports.actions.account_import.file import BadTable, Outcome, go_through, take_in

CHECK, TAKE_IN = "kam.reports.tasks.check_accounts", "kam.reports.tasks.import_accounts"


def open_batch(*, by: User, at: datetime, upload: BinaryIO, file_name: str, size: int) -> IntakeBatch:
    """Keep the file and look at it. Raises `sent_files.AlreadyTakenIn`, `BadTable` (nothing is kept)."""
    return sent_files.open_batch(
        kind=IntakeBatch.Kind.ACCOUNTS,
        by=by,
        at=at,
        upload=upload,
        file_name=file_name,
        size=size,
        look=lambda path: _seen(go_through(path, by=by)),
        check=CHECK,
    )


def start(batch: IntakeBatch, *, by: User, at: datetime) -> bool:
    """Order the batch to be taken in; False where somebody ordered it already."""
    return sent_files.order(batch, take_in=TAKE_IN, by=by, at=at)


def check_for_job(job: Job) -> dict[str, Any]:
    """Do the look that `open_batch` ordered."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    try:
        with sent_files.local(batch) as path:
            outcome = go_through(path, by=batch.by, progress=sent_files.teller(job))
    except BadTable as error:
        sent_files.fail(batch)
        raise JobProblem(f"{error.code} {error.detail}".strip()) from error
    sent_files.keep(batch, _seen(outcome))
    return dict(outcome.counts())


def take_in_for_job(job: Job) -> dict[str, Any]:
    """Do what `start` ordered. Safe to repeat: a batch that is taken in is left alone."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    if batch.status != IntakeBatch.Status.WAITING:
        return dict(batch.counts)
    at = clock.now()
    with (
        sent_files.text_file() as rejected,
        sent_files.text_file() as notes,
        sent_files.local(batch) as path,
    ):
        try:
            with transaction.atomic():
                outcome = take_in(
                    path,
                    by=batch.by,
                    at=at,
                    ref=f"core.IntakeBatch:{batch.pk}",
                    rejected=rejected,
                    notes=notes,
                    progress=sent_files.teller(job, rows=batch.counts.get("rows_read", 0)),
                )
                sent_files.store_rejects(batch, rejected)
                name = batch.file.storage.save(f"intake/{batch.sha256[:24]}-undo.jsonl", sent_files.file_of(notes))
                batch.undo = {"file": name}
                batch.status = IntakeBatch.Status.DONE
                sent_files.keep(batch, _seen(outcome))
        except BadTable as error:
            sent_files.fail(batch)
            raise JobProblem(_("The file could not be read to its end. Nothing was taken in.")) from error
    return outcome.counts()


def _seen(outcome: Outcome) -> sent_files.Seen:
    counts = {
        **outcome.counts(),
        "unchanged": outcome.unchanged,
        "problems": outcome.reject_count,
        "warnings": outcome.warning_count,
        "by_problem": outcome.by_problem,
        "sample": outcome.sample,
        "warned": [r.__dict__ | {"problem": str(r.problem)} for r in outcome.warnings[:200]],
    }
    return sent_files.Seen(
        counts, [{"row": r.row, "column": r.column, "problem": str(r.problem)} for r in outcome.rejects]
    )
