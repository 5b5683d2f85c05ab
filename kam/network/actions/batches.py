"""A file of the network sent by a person: looked at, taken in by a job in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from kam.core.actions import JobProblem, sent_files
from kam.core.models import IntakeBatch, Job, User
from kam.lib import clock
from kam.lib.sheets import UnreadableTable
from kam.network.actions.intake import Outcome, go_through, take_in
from kam.network.rules.rows import NoKindColumn

CHECK, TAKE_IN = "kam.network.tasks.check_network", "kam.network.tasks.import_network"


def open_batch(*, by: User, at: datetime, upload: BinaryIO, file_name: str, size: int) -> IntakeBatch:
    """Keep the file and look at it. Raises `sent_files.AlreadyTakenIn`, `UnreadableTable`, `NoKindColumn`."""
    return sent_files.open_batch(
        kind=IntakeBatch.Kind.NETWORK,
        by=by,
        at=at,
        upload=upload,
        file_name=file_name,
        size=size,
        look=lambda path: _seen(go_through(path=path, by=by)),
        check=CHECK,
    )


def start(batch: IntakeBatch, *, by: User, at: datetime) -> bool:
    """Order the batch to be taken in; False where somebody ordered it already."""
    return sent_files.order(batch, take_in=TAKE_IN, by=by, at=at)


def check_for_job(job: Job) -> dict[str, Any]:
    """Do the look that `open_batch` ordered."""
    batch = IntakeBatch.objects.select_related("by__unit").get(pk=job.args["batch"])
    try:
        with sent_files.local(batch) as path:
            seen = _seen(go_through(path=path, by=batch.by, progress=sent_files.teller(job)))
    except (UnreadableTable, NoKindColumn) as error:
        sent_files.fail(batch)
        raise JobProblem(_("This is not a table of the network. Nothing was taken in.")) from error
    sent_files.keep(batch, seen)
    return {"rows_read": seen.counts["rows_read"]}


def take_in_for_job(job: Job) -> dict[str, Any]:
    """Do what `start` ordered. Safe to repeat: a batch that is taken in is left alone."""
    batch = IntakeBatch.objects.select_related("by__unit").get(pk=job.args["batch"])
    if batch.status != IntakeBatch.Status.WAITING:
        return dict(batch.counts)
    with sent_files.text_file() as rejected, sent_files.local(batch) as path:
        try:
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL statement_timeout = '10min'")  # a page's limit is for pages
                outcome = take_in(
                    path=path,
                    by=batch.by,
                    at=clock.now(),
                    ref=f"core.IntakeBatch:{batch.pk}",
                    rejected=rejected,
                    progress=sent_files.teller(job, rows=batch.counts.get("rows_read", 0)),
                )
                sent_files.store_rejects(batch, rejected)
                batch.status = IntakeBatch.Status.DONE
                seen = _seen(outcome)
                sent_files.keep(batch, seen)
        except (UnreadableTable, NoKindColumn) as error:
            sent_files.fail(batch)
            raise JobProblem(_("The file could not be read to its end. Nothing was taken in.")) from error
    return seen.counts


def _seen(outcome: Outcome) -> sent_files.Seen:
    kinds = {name: asdict(getattr(outcome, name)) for name in ("substations", "lines", "supply_points")}
    counts = {
        **kinds,
        "rows_read": outcome.rows_read,
        "rejected": len(outcome.problems),
        "to_write": sum(kind["created"] + kind["updated"] for kind in kinds.values()),
        "by_problem": dict(Counter(problem.code for problem in outcome.problems)),
    }
    return sent_files.Seen(
        counts,
        [
            {"row": one.row, "column": one.column, "problem": one.code, "value": one.value}
            for one in outcome.problems[: sent_files.KEPT_REJECTS]
        ],
    )
