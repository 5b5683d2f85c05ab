"""A file of readings from the upload to the last row: kept, looked at, taken in, or dropped (ENE-1)."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files import File
from django.db import transaction

from kam.core.actions import progress, record, start_job
from kam.core.models import IntakeBatch, Job, User
from kam.lib import clock
from kam.metering.actions import intake
from kam.metering.actions.meters import IntervalInUse
from kam.metering.models import Meter
from kam.metering.rules import quality
from kam.metering.rules.packing import PackedDay, floats
from kam.metering.rules.prepare import FileFound, NoMeter
from kam.metering.rules.readings import Hints, UnreadableFile

LOOK_AT_ONCE_BYTES = 24 * 1024 * 1024
"""A file up to this size is looked at while the person waits (about a second); a larger one in the background."""

SHOWN_METERS = 20
Refusal = UnreadableFile | NoMeter | IntervalInUse


class NotWaiting(ValueError):
    """The batch is past its preview: somebody took it in or dropped it meanwhile."""


def receive(
    *, file: File[bytes], file_name: str, hints: Hints, meter: Meter | None, by: User, at: datetime
) -> IntakeBatch:
    """Keep an uploaded file under a random name and look at it, at once or, when large, in the background.

    Raises `UnreadableFile`, `NoMeter`, `IntervalInUse`; then nothing is kept.
    """
    batch = IntakeBatch(
        kind=IntakeBatch.Kind.READINGS,
        status=IntakeBatch.Status.PREVIEW,
        by=by,
        at=at,
        file_name=Path(file_name).name[:200],
        options={"hints": asdict(hints), "meter": meter.pk if meter else None},
    )
    batch.file.save(uuid.uuid4().hex, file, save=False)
    try:
        source = Path(batch.file.path)
        batch.sha256 = intake.sha256_of(source)
        if file.size <= LOOK_AT_ONCE_BYTES:
            look_again(batch, by=by)
        with transaction.atomic():
            if file.size > LOOK_AT_ONCE_BYTES:
                batch.status = IntakeBatch.Status.WAITING
            batch.save()
            if batch.status == IntakeBatch.Status.WAITING:
                batch.job = start_job(
                    key=f"readings-look-{batch.pk}",
                    kind="kam.metering.tasks.look",
                    by=by,
                    at=at,
                    args={"batch": batch.pk},
                )
                batch.save(update_fields=["job"])
    except BaseException:
        batch.file.delete(save=False)
        raise
    return batch


def look_again(batch: IntakeBatch, *, by: User) -> FileFound:
    """Look at the batch's file and keep what it would do and how it looks; the caller saves the batch.

    Only meters that `by` sees are filled.
    """
    found = _found(batch, by)
    outcome = intake.planned(found)
    batch.counts = outcome.counts()
    batch.rejects = [intake.reject_facts(reject) for reject in outcome.rejects]
    batch.options = batch.options | {"preview": preview_of(found)}
    return found


def _found(batch: IntakeBatch, by: User) -> FileFound:
    meters = Meter.objects.visible_to(by)
    meter = None
    if batch.options.get("meter"):
        meter = meters.select_related("account").filter(pk=batch.options["meter"]).first()
        if meter is None:
            raise NoMeter("no_known_meter", "–")
    return intake.look(Path(batch.file.path), Hints(**batch.options["hints"]), meters=meters, meter=meter)


def preview_of(found: FileFound) -> dict[str, Any]:
    """Return what the preview shows of a file: sample rows, meters, and the first meter's days as numbers to draw."""
    shown = found.meters[:SHOWN_METERS]
    accounts = dict(
        Meter.objects.filter(pk__in=[one.facts.meter_id for one in shown]).values_list("pk", "account__name")
    )
    return {
        "columns": list(found.understanding.columns)[:12],
        "sample": [list(row)[:12] for row in found.understanding.sample[:6]],
        "meter_count": len(found.meters),
        "meters": [
            {
                "id": one.facts.meter_id,
                "meter_no": one.facts.meter_no,
                "account": accounts.get(one.facts.meter_id, ""),
                "from": one.start.astimezone(clock.zone()).isoformat(),
                "until": one.until.astimezone(clock.zone()).isoformat(),
                "days": len(one.days),
            }
            for one in shown
        ],
        "picture": picture_of(found.meters[0].days, found.meters[0].minutes) if found.meters else None,
    }


def picture_of(days: list[PackedDay] | Any, minutes: int) -> dict[str, Any]:
    """Return daily kWh of at most 400 days, and the load in kW of the day with the median energy."""
    shown = days[:400]
    values = [floats(day.kwh) for day in shown]
    known = [None if one is None or np.isnan(one).all() else float(np.nansum(one)) for one in values]
    ranked = sorted((kwh, place) for place, kwh in enumerate(known) if kwh is not None)
    place = ranked[len(ranked) // 2][1] if ranked else 0
    load = values[place] if values else None
    kw = [] if load is None else [None if np.isnan(v) else round(float(v) * 60 / minutes, 3) for v in load]
    return {
        "first": shown[0].day.isoformat(),
        "last": shown[-1].day.isoformat(),
        "daily_kwh": [None if kwh is None else round(kwh, 2) for kwh in known],
        "day": shown[place].day.isoformat(),
        "kw": kw,
    }


def order(*, batch: IntakeBatch, by: User, at: datetime) -> Job:
    """Take the batch in, in the background. Raises `NotWaiting`."""
    with transaction.atomic():
        moved = IntakeBatch.objects.filter(pk=batch.pk, status=IntakeBatch.Status.PREVIEW).update(
            status=IntakeBatch.Status.WAITING
        )
        if not moved:
            raise NotWaiting(batch.status)
        job = start_job(
            key=f"readings-{batch.pk}", kind="kam.metering.tasks.take_in", by=by, at=at, args={"batch": batch.pk}
        )
        IntakeBatch.objects.filter(pk=batch.pk).update(job=job)
    return job


def take_in_batch(job: Job, *, at: datetime) -> dict[str, Any]:
    """Do what `order` asked for; safe to repeat. Raises `UnreadableFile`, `NoMeter`, `IntervalInUse`."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    if batch.status == IntakeBatch.Status.DONE or batch.by is None:
        return {"batch": batch.pk}
    try:
        found = _found(batch, batch.by)
        outcome = intake.take_in(
            found, batch=batch, by=batch.by, at=at, progress=lambda done, total: progress(job, done, total)
        )
    except (UnreadableFile, NoMeter, IntervalInUse):
        IntakeBatch.objects.filter(pk=batch.pk).update(status=IntakeBatch.Status.FAILED)
        raise
    months = quality.added(month for one in found.meters for month in quality.by_month(one.days))
    batch.counts = batch.counts | {"months": [asdict(month) for month in months]}
    batch.save(update_fields=["counts"])
    return {"batch": batch.pk, "intervals": outcome.intervals_stored}


def look_at_batch(job: Job) -> dict[str, Any]:
    """Do the look of a large file. Raises `UnreadableFile`, `NoMeter`, `IntervalInUse`."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    if batch.status != IntakeBatch.Status.WAITING or batch.by is None:
        return {"batch": batch.pk}
    try:
        look_again(batch, by=batch.by)
    except (UnreadableFile, NoMeter, IntervalInUse):
        IntakeBatch.objects.filter(pk=batch.pk).update(status=IntakeBatch.Status.FAILED)
        raise
    batch.status, batch.job = IntakeBatch.Status.PREVIEW, None
    batch.save(update_fields=["status", "job", "counts", "rejects", "options"])
    return {"batch": batch.pk}


def drop(*, batch: IntakeBatch, by: User, at: datetime) -> None:
    """Throw away a batch that was only looked at, with its file. Raises `NotWaiting`."""
    with transaction.atomic():
        row = IntakeBatch.objects.select_for_update().filter(pk=batch.pk, status=IntakeBatch.Status.PREVIEW).first()
        if row is None:
            raise NotWaiting(batch.status)
        record(by=by, at=at, action="readings.dropped", subject=row, sha256=row.sha256)
        row.delete()
        transaction.on_commit(lambda: batch.file.delete(save=False) if batch.file else None)
