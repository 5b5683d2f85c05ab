"""A file of accounts sent by a person: kept, looked at, taken in by a job; one batch per file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from kam.core.actions import JobProblem, progress, start_job
from kam.core.models import IntakeBatch, Job, User
from kam.lib import clock
from kam.reports.actions.account_import.file import BadTable, Outcome, go_through, take_in

KEPT_REJECTS = 1_000
AT_ONCE_BYTES = 1024 * 1024
CHECK, TAKE_IN = "kam.reports.tasks.check_accounts", "kam.reports.tasks.import_accounts"


class AlreadyTakenIn(Exception):
    """The very same file was taken in before; `batch` is that one."""

    def __init__(self, batch: IntakeBatch) -> None:
        super().__init__(batch.pk)
        self.batch = batch


def open_batch(*, by: User, at: datetime, upload: BinaryIO, file_name: str, size: int) -> IntakeBatch:
    """Keep the file under a random name and look at it: at once where it is small, else by a job.

    Raises `AlreadyTakenIn`, `BadTable` (nothing is kept).
    """
    suffix = ".xlsx" if file_name.lower().endswith(".xlsx") else ".csv"
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        while block := upload.read(1 << 20):
            digest.update(block)
            copy.write(block)
        copy.flush()
        before = IntakeBatch.objects.filter(
            kind=IntakeBatch.Kind.ACCOUNTS, sha256=digest.hexdigest(), status=IntakeBatch.Status.DONE
        ).first()
        if before is not None and not before.counts.get("rejected"):
            raise AlreadyTakenIn(before)
        outcome = go_through(Path(copy.name), by=by) if size <= AT_ONCE_BYTES else None
        copy.seek(0)
        with transaction.atomic():
            batch = IntakeBatch.objects.create(
                kind=IntakeBatch.Kind.ACCOUNTS,
                by=by,
                at=at,
                file_name=Path(file_name).name[:200],
                sha256=digest.hexdigest(),
            )
            batch.file.save(f"{digest.hexdigest()[:24]}{suffix}", File(copy), save=True)
            if outcome is not None:
                _keep(batch, outcome)
            else:
                batch.job = start_job(
                    key=f"accounts-check-{batch.pk}", kind=CHECK, by=by, at=at, args={"batch": batch.pk}
                )
                batch.save(update_fields=["job"])
    return batch


def check(batch: IntakeBatch, *, job: Job | None = None) -> Outcome:
    """Look at the batch's file again, writing nothing but the batch's counts and problems. Raises `BadTable`."""
    with _local(batch) as path:
        outcome = go_through(path, by=batch.by, progress=_teller(job))
    _keep(batch, outcome)
    return outcome


def start(batch: IntakeBatch, *, by: User, at: datetime) -> bool:
    """Order the batch to be taken in; False where somebody ordered it already."""
    with transaction.atomic():
        waiting = IntakeBatch.objects.filter(pk=batch.pk, status=IntakeBatch.Status.PREVIEW)
        if not waiting.update(status=IntakeBatch.Status.WAITING):
            return False
        job = start_job(key=f"accounts-{batch.pk}", kind=TAKE_IN, by=by, at=at, args={"batch": batch.pk})
        IntakeBatch.objects.filter(pk=batch.pk).update(job=job)
    return True


def check_for_job(job: Job) -> dict[str, Any]:
    """Do the look that `open_batch` ordered."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    try:
        return dict(check(batch, job=job).counts())
    except BadTable as error:
        IntakeBatch.objects.filter(pk=batch.pk).update(status=IntakeBatch.Status.FAILED)
        raise JobProblem(f"{error.code} {error.detail}".strip()) from error


def take_in_for_job(job: Job) -> dict[str, Any]:
    """Do what `start` ordered. Safe to repeat: a batch that is taken in is left alone."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    if batch.status != IntakeBatch.Status.WAITING:
        return dict(batch.counts)
    at = clock.now()
    with _text_file() as rejected, _text_file() as notes, _local(batch) as path:
        try:
            with transaction.atomic():
                outcome = take_in(
                    path,
                    by=batch.by,
                    at=at,
                    ref=f"core.IntakeBatch:{batch.pk}",
                    rejected=rejected,
                    notes=notes,
                    progress=_teller(job, outcome_rows=batch.counts.get("rows_read", 0)),
                )
                _store(batch, "rejects_file", rejected, f"{batch.sha256[:24]}-rejected.csv")
                name = batch.file.storage.save(f"intake/{batch.sha256[:24]}-undo.jsonl", _file_of(notes))
                batch.undo = {"file": name}
                batch.status = IntakeBatch.Status.DONE
                _keep(batch, outcome)
        except BadTable as error:
            IntakeBatch.objects.filter(pk=batch.pk).update(status=IntakeBatch.Status.FAILED)
            raise JobProblem(_("The file could not be read to its end. Nothing was taken in.")) from error
    return outcome.counts()


def _keep(batch: IntakeBatch, outcome: Outcome) -> None:
    batch.counts = {
        **outcome.counts(),
        "unchanged": outcome.unchanged,
        "problems": outcome.reject_count,
        "warnings": outcome.warning_count,
        "by_problem": outcome.by_problem,
        "sample": outcome.sample,
        "warned": [r.__dict__ | {"problem": str(r.problem)} for r in outcome.warnings[:200]],
    }
    batch.rejects = [
        {"row": r.row, "column": r.column, "problem": str(r.problem)} for r in outcome.rejects[:KEPT_REJECTS]
    ]
    batch.save()


def _teller(job: Job | None, *, outcome_rows: int = 0) -> Any:
    return (lambda done: progress(job, done, max(outcome_rows, done))) if job is not None else None


@contextmanager
def _local(batch: IntakeBatch) -> Iterator[Path]:
    """Give the batch's file a path, wherever it is stored."""
    with tempfile.NamedTemporaryFile(suffix=Path(str(batch.file.name)).suffix) as copy, batch.file.open("rb") as stored:
        for block in stored.chunks(1 << 20):
            copy.write(block)
        copy.flush()
        yield Path(copy.name)


@contextmanager
def _text_file() -> Iterator[TextIO]:
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as file:
        yield file


def _file_of(text: TextIO) -> File[Any]:
    text.flush()
    raw = text.buffer
    raw.seek(0)
    return File(raw)


def _store(batch: IntakeBatch, field: str, text: TextIO, name: str) -> None:
    content = _file_of(text)
    if content.size:
        getattr(batch, field).save(name, content, save=False)
