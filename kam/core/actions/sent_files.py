"""A table that a person sends: kept, looked at, taken in by a job; one batch per file (SYS-5).

What is in the table is the business of the app that reads it; this is what all of them do with the file itself.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.core.files import File
from django.db import transaction

from kam.core.actions.jobs import progress, start_job
from kam.core.models import IntakeBatch, Job, User

KEPT_REJECTS = 1_000
AT_ONCE_BYTES = 1024 * 1024


class AlreadyTakenIn(Exception):
    """The very same file was taken in before; `batch` is that one."""

    def __init__(self, batch: IntakeBatch) -> None:
        super().__init__(batch.pk)
        self.batch = batch


@dataclass(frozen=True)
class Seen:
    """What a look at a file found: `rejects` as [{"row", "column", "problem"}], `counts` as the page shows them."""

    counts: dict[str, Any] = field(default_factory=dict)
    rejects: list[dict[str, Any]] = field(default_factory=list)


def open_batch(
    *,
    kind: IntakeBatch.Kind,
    by: User,
    at: datetime,
    upload: BinaryIO,
    file_name: str,
    size: int,
    look: Callable[[Path], Seen],
    check: str,
) -> IntakeBatch:
    """Keep the file under a random name and look at it: at once where it is small, else by the job `check`.

    Raises `AlreadyTakenIn` and whatever `look` raises; then nothing is kept.
    """
    suffix = ".xlsx" if file_name.lower().endswith(".xlsx") else ".csv"
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        while block := upload.read(1 << 20):
            digest.update(block)
            copy.write(block)
        copy.flush()
        before = IntakeBatch.objects.filter(
            kind=kind, sha256=digest.hexdigest(), status=IntakeBatch.Status.DONE
        ).first()
        if before is not None and not before.counts.get("rejected"):
            raise AlreadyTakenIn(before)
        seen = look(Path(copy.name)) if size <= AT_ONCE_BYTES else None
        copy.seek(0)
        with transaction.atomic():
            batch = IntakeBatch.objects.create(
                kind=kind, by=by, at=at, file_name=Path(file_name).name[:200], sha256=digest.hexdigest()
            )
            batch.file.save(f"{digest.hexdigest()[:24]}{suffix}", File(copy), save=True)
            if seen is not None:
                keep(batch, seen)
            else:
                key = f"{kind.value.lower()}-check-{batch.pk}"
                batch.job = start_job(key=key, kind=check, by=by, at=at, args={"batch": batch.pk})
                batch.save(update_fields=["job"])
    return batch


def order(batch: IntakeBatch, *, take_in: str, by: User, at: datetime) -> bool:
    """Order the batch to be taken in by the job `take_in`; False where somebody ordered it already."""
    with transaction.atomic():
        waiting = IntakeBatch.objects.filter(pk=batch.pk, status=IntakeBatch.Status.PREVIEW)
        if not waiting.update(status=IntakeBatch.Status.WAITING):
            return False
        key = f"{batch.kind.lower()}-{batch.pk}"
        job = start_job(key=key, kind=take_in, by=by, at=at, args={"batch": batch.pk})
        IntakeBatch.objects.filter(pk=batch.pk).update(job=job)
    return True


def fail(batch: IntakeBatch) -> None:
    """Note that the file could not be read after all."""
    IntakeBatch.objects.filter(pk=batch.pk).update(status=IntakeBatch.Status.FAILED)


def keep(batch: IntakeBatch, seen: Seen) -> None:
    """Keep what a look found, the first thousand problems of it."""
    batch.counts, batch.rejects = seen.counts, seen.rejects[:KEPT_REJECTS]
    batch.save()


def teller(job: Job | None, *, rows: int = 0) -> Callable[[int], None] | None:
    """Return what tells the job's progress by rows done; `rows` is how many are expected."""
    return (lambda done: progress(job, done, max(rows, done))) if job is not None else None


@contextmanager
def local(batch: IntakeBatch) -> Iterator[Path]:
    """Give the batch's file a path, wherever it is stored."""
    with tempfile.NamedTemporaryFile(suffix=Path(str(batch.file.name)).suffix) as copy, batch.file.open("rb") as stored:
        for block in stored.chunks(1 << 20):
            copy.write(block)
        copy.flush()
        yield Path(copy.name)


@contextmanager
def text_file() -> Iterator[TextIO]:
    """Open a file for text that is kept only if somebody stores it."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as file:
        yield file


def file_of(text: TextIO) -> File[Any]:
    """Return what was written to `text`, to be stored."""
    text.flush()
    raw = text.buffer
    raw.seek(0)
    return File(raw)


def store_rejects(batch: IntakeBatch, text: TextIO) -> None:
    """Put the rejected rows by the batch, unsaved; nothing where there are none."""
    content = file_of(text)
    if content.size:
        batch.rejects_file.save(f"{batch.sha256[:24]}-rejected.csv", content, save=False)
