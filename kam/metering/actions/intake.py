"""Take files of load readings in (负荷数据导入): look first, then store, and tell what became of every row."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.db import models, transaction

from kam.accounts.models import TimelineEntry
from kam.core.actions import record
from kam.core.models import IntakeBatch, User
from kam.lib import clock
from kam.metering.actions.meters import IntervalInUse, fit_interval
from kam.metering.actions.months import refresh
from kam.metering.actions.store import MeterDays, StoreResult, packed_of, plan_many, store_many
from kam.metering.models import LoadDay, Meter
from kam.metering.rules.packing import unpack
from kam.metering.rules.prepare import (
    OTHER_INTERVAL,
    FileFound,
    MeterFacts,
    NoMeter,
    Prepared,
    keep_known,
    key_of,
    prepare,
    prepare_known,
    prepare_meter,
)
from kam.metering.rules.readings import Assumption, DayArrays, Hints, Reject, UnreadableFile

METERS_AT_ONCE = 12  # a file of so few meters is stored in one transaction, months and record included
HISTORY_DAYS = 35  # four like days of each kind are found within five weeks

Progress = Callable[[int, int], None]
Refusal = UnreadableFile | NoMeter


@dataclass(frozen=True)
class Outcome:
    """What became of a file; the figures of the command's contract. `by_account`: what changed, per account."""

    rows_read: int
    intervals_stored: int
    rows_rejected: int
    duplicates: int
    missing: int
    estimated: int
    negative: int
    dead: int
    over: int
    frozen: int
    first: datetime | None
    until: datetime | None
    rejects: list[Reject]
    assumptions: list[Assumption]
    results: Mapping[int, StoreResult]
    batch: IntakeBatch | None = None

    @property
    def days_changed(self) -> int:
        return sum(result.changed for result in self.results.values())

    def counts(self) -> dict[str, Any]:
        """Return the figures as they are kept with the batch and printed."""
        names = (
            "rows_read",
            "intervals_stored",
            "rows_rejected",
            "duplicates",
            "missing",
            "estimated",
            "negative",
            "dead",
        )
        return {name: getattr(self, name) for name in names} | {
            "over": self.over,
            "frozen": self.frozen,
            "days_changed": self.days_changed,
            "meters": len(self.results),
            "first": self.first.astimezone(clock.zone()).isoformat() if self.first else None,
            "until": self.until.astimezone(clock.zone()).isoformat() if self.until else None,
            "assumed": [[one.code, one.detail] for one in self.assumptions],
        }


def look(source: Path, hints: Hints, *, meters: models.QuerySet[Meter], meter: Meter | None = None) -> FileFound:
    """Read and check the file; nothing is written.

    `meters`: those that may be taken in, already scoped; `meter`: whose readings they are, where that was told. Raises
    `UnreadableFile`, `NoMeter`, and `IntervalInUse` where the one meter told has readings of another interval.
    """
    found = prepare(
        source,
        hints,
        zone=clock.zone(),
        meter=facts_of([meter])[key_of(meter.meter_no)] if meter else None,
        known=lambda names: facts_of(_named(meters, names)),
    )
    return settled(found, alone=meter is not None)


def settled(found: FileFound, *, alone: bool) -> FileFound:
    """Bring in what only the database knows: intervals of meters that have readings, and stored days for estimates."""
    rows = {meter.pk: meter for meter in Meter.objects.filter(pk__in=[one.facts.meter_id for one in found.meters])}
    kept: list[Prepared] = []
    refused: list[Prepared] = []
    fitted: list[str] = []
    for one in found.meters:
        meter = rows[one.facts.meter_id]
        if meter.interval_minutes != one.minutes:
            if LoadDay.objects.filter(meter=meter).exists():
                if alone:
                    raise IntervalInUse(meter.meter_no, meter.interval_minutes)
                refused.append(one)
                continue
            fitted.append(meter.meter_no)
        kept.append(_with_history(one))
    assumptions = list(found.assumptions)
    if fitted:
        assumptions.append(Assumption("interval_set", ", ".join(fitted[:5])))
    rejects = [Reject(0, "", OTHER_INTERVAL, one.facts.meter_no) for one in refused]
    return replace(
        found,
        meters=kept,
        rejects=[*rejects, *found.rejects],
        rows_rejected=found.rows_rejected + sum(one.rows_read for one in refused),
        assumptions=assumptions,
    )


def _with_history(one: Prepared) -> Prepared:
    if not one.leans_on_history or one.series is None:
        return one
    history = _history(one)
    return prepare_meter(one.series, one.facts, zone=clock.zone(), history=history) if history else one


def _history(one: Prepared) -> list[DayArrays]:
    """Return the meter's stored days around the file's; those inside are left out, or a second time would differ."""
    first, last = one.days[0].day, one.days[-1].day
    span = timedelta(days=HISTORY_DAYS)
    rows = LoadDay.objects.filter(meter_id=one.facts.meter_id, day__gte=first - span, day__lte=last + span).exclude(
        day__gte=first, day__lte=last
    )
    return [unpack(packed_of(row), one.minutes) for row in rows]


def _named(meters: models.QuerySet[Meter], names: Sequence[str]) -> list[Meter]:
    found: list[Meter] = []
    for start in range(0, len(names), 500):
        found += meters.filter(meter_no__in=names[start : start + 500]).select_related("account")
    missing = set(names) - {key_of(meter.meter_no) for meter in found}
    # Numbers are kept as they were typed; the few that hold small letters are looked for one by one.
    for name in sorted(missing)[:200]:
        found += meters.filter(meter_no__iexact=name).select_related("account")[:1]
    return found


def facts_of(meters: Sequence[Meter]) -> dict[str, MeterFacts]:
    """Return what the checks need of each meter, by its number in capitals."""
    return {
        key_of(meter.meter_no): MeterFacts(
            meter.pk,
            meter.account_id,
            meter.meter_no,
            float(meter.multiplier),
            None if meter.account.contract_kva is None else float(meter.account.contract_kva),
        )
        for meter in meters
    }


def planned(found: FileFound) -> Outcome:
    """Tell what taking the file in would do, without doing it."""
    return _outcome(found, plan_many(_items(found.meters)))


def take_in(
    found: FileFound, *, batch: IntakeBatch, by: User | None, at: datetime, progress: Progress | None = None
) -> Outcome:
    """Store what `look` found, prepare the months, leave one line on each account's timeline, and close the batch.

    Few meters: one transaction. Many: a short one for every few meters, so that nobody waits for the writer; if it
    stops in between, the same file taken in again finishes the work. What changes nothing leaves no line.
    """
    if len(found.meters) <= METERS_AT_ONCE:
        with transaction.atomic():
            results = _store(found.meters, batch, at, progress)
            return _close(_outcome(found, results), found, batch, by, at)
    try:
        results = _store(found.meters, batch, at, progress)
        with transaction.atomic():
            return _close(_outcome(found, results), found, batch, by, at)
    except IntervalInUse:
        # A reading came in for one of the meters since the file was looked at.
        IntakeBatch.objects.filter(pk=batch.pk).update(status=IntakeBatch.Status.FAILED)
        raise


def _store(
    prepared: Sequence[Prepared], batch: IntakeBatch, at: datetime, progress: Progress | None
) -> dict[int, StoreResult]:
    results: dict[int, StoreResult] = {}
    for start in range(0, len(prepared), METERS_AT_ONCE):
        chunk = prepared[start : start + METERS_AT_ONCE]
        for meter in Meter.objects.filter(pk__in=[one.facts.meter_id for one in chunk]):
            minutes = next(one.minutes for one in chunk if one.facts.meter_id == meter.pk)
            fit_interval(meter, minutes)
        stored = store_many(_items(chunk), batch=batch, at=at, at_once=False)
        results |= stored
        refresh(_months(chunk, stored))
        if progress:
            progress(min(start + METERS_AT_ONCE, len(prepared)), len(prepared))
    return results


def _items(prepared: Sequence[Prepared]) -> list[MeterDays]:
    return [MeterDays(one.facts.meter_id, one.minutes, one.days) for one in prepared]


def _months(prepared: Sequence[Prepared], results: Mapping[int, StoreResult]) -> dict[int, set[date]]:
    months: dict[int, set[date]] = {}
    for one in prepared:
        months.setdefault(one.facts.account_id, set()).update(results[one.facts.meter_id].months)
    return {account_id: touched for account_id, touched in months.items() if touched}


def _outcome(found: FileFound, results: Mapping[int, StoreResult]) -> Outcome:
    counts = [one.counts for one in found.meters]
    return Outcome(
        rows_read=found.rows_read,
        intervals_stored=sum(result.intervals for result in results.values()),
        rows_rejected=found.rows_rejected,
        duplicates=sum(one.duplicates for one in counts),
        missing=sum(one.missing for one in counts),
        estimated=sum(one.estimated for one in counts),
        negative=sum(one.negative for one in counts),
        dead=sum(one.dead for one in counts),
        over=sum(one.over for one in counts),
        frozen=sum(one.frozen for one in counts),
        first=found.start,
        until=found.until,
        rejects=found.rejects,
        assumptions=found.assumptions,
        results=results,
    )


def _close(outcome: Outcome, found: FileFound, batch: IntakeBatch, by: User | None, at: datetime) -> Outcome:
    changed: dict[int, int] = {}
    meters: dict[int, list[str]] = {}
    for one in found.meters:
        if intervals := outcome.results[one.facts.meter_id].intervals:
            changed[one.facts.account_id] = changed.get(one.facts.account_id, 0) + intervals
            meters.setdefault(one.facts.account_id, []).append(one.facts.meter_no)
    ref = f"core.IntakeBatch:{batch.pk}"
    TimelineEntry.objects.bulk_create(
        [
            TimelineEntry(
                account_id=account_id,
                at=at,
                by=by,
                kind="readings.taken_in",
                facts={"intervals": intervals, "meters": meters[account_id][:5], "file": batch.file_name},
                ref=ref,
            )
            for account_id, intervals in changed.items()
        ],
        batch_size=500,
    )
    for account_id, intervals in changed.items():
        record(
            by=by,
            at=at,
            action="readings.taken_in",
            subject=batch,
            account_id=account_id,
            intervals=intervals,
            sha256=batch.sha256,
        )
    batch.status = IntakeBatch.Status.DONE
    batch.counts = outcome.counts()
    batch.rejects = [reject_facts(reject) for reject in outcome.rejects]
    batch.save(update_fields=["status", "counts", "rejects"])
    return replace(outcome, batch=batch)


def reject_facts(reject: Reject) -> dict[str, Any]:
    """Return a reject as it is kept with the batch; words are put to the code where it is shown."""
    facts = {"row": reject.row, "column": reject.column, "code": reject.code, "value": reject.value}
    return facts | ({"file": reject.file} if reject.file else {})


def new_batch(
    *, source: Path, file_name: str, by: User | None, at: datetime, options: Mapping[str, Any] | None = None
) -> IntakeBatch:
    """Return an unsaved batch for a file of readings, with the file's SHA-256."""
    return IntakeBatch(
        kind=IntakeBatch.Kind.READINGS,
        by=by,
        at=at,
        file_name=file_name[:200],
        sha256=sha256_of(source),
        options=dict(options or {}),
        status=IntakeBatch.Status.WAITING,
    )


def sha256_of(source: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def take_in_files(
    sources: Sequence[Path], hints: Hints, *, by: User | None, at: datetime, processes: int = 2
) -> Iterator[tuple[Path, Outcome | Refusal]]:
    """Take many files in, each a batch of its own, for every meter that is known; yield what became of each.

    Files are read and checked in `processes` - 1 other processes while this one writes; the database is touched here
    alone. A file that cannot be taken is told and the next one is taken.
    """
    known = facts_of(list(Meter.objects.select_related("account")))
    with ProcessPoolExecutor(
        max(processes - 1, 1),
        mp_context=get_context("spawn"),
        initializer=keep_known,
        initargs=(known, hints, clock.zone()),
    ) as pool:
        # A few files ahead keep both sides busy; all of them would fill the memory.
        ahead: deque[tuple[Path, Future[FileFound]]] = deque()
        waiting = iter(sources)
        while True:
            while len(ahead) <= processes and (source := next(waiting, None)) is not None:
                ahead.append((source, pool.submit(prepare_known, source)))
            if not ahead:
                return
            source, future = ahead.popleft()
            try:
                found = settled(future.result(), alone=False)
            except (UnreadableFile, NoMeter) as refusal:
                yield source, refusal
                continue
            batch = new_batch(source=source, file_name=source.name, by=by, at=at)
            batch.save()
            yield source, take_in(found, batch=batch, by=by, at=at)
