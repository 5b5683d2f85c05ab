"""Readings of the made-up meters, through the same checks and the same store as a file that somebody sends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from kam.accounts.models import Account, TimelineEntry
from kam.core.models import IntakeBatch
from kam.lib.intervals import day_start
from kam.metering.actions.months import refresh_months
from kam.metering.actions.store import store_days
from kam.metering.models import Meter
from kam.metering.rules.checks import check
from kam.metering.rules.daykinds import kind_of
from kam.metering.rules.days import split_days
from kam.metering.rules.marks import Quality
from kam.metering.rules.readings import Checked, Series
from kam.reports.actions.demo.faults import add_faults
from kam.reports.actions.demo.load import Load, load_of
from kam.reports.actions.demo.people import Station
from kam.reports.actions.demo.plan import Customer
from kam.reports.actions.demo.weather import Season, season

MINUTES = 15
# How the energy of a customer with two meters is shared between them.
_SHARES: dict[int, tuple[float, ...]] = {1: (1.0,), 2: (0.62, 0.38)}


def take_in_readings(
    *,
    pairs: Sequence[tuple[Customer, Account]],
    stations: Sequence[Station],
    first: date,
    until: date,
    zone: ZoneInfo,
    at: datetime,
) -> int:
    """Store `[first, until)` for these accounts, one batch for each station. Returns how many intervals."""
    span = season(first, (until - first).days)
    meters: dict[int, list[Meter]] = {}
    for meter in Meter.objects.filter(account__in=[account for _, account in pairs]).order_by("meter_no"):
        meters.setdefault(meter.account_id, []).append(meter)
    stored = 0
    for place, station in enumerate(stations):
        here = [(one, account) for one, account in pairs if one.station == place]
        if not here:
            continue
        batch = _batch(station, day_start(first, zone).astimezone(zone), day_start(until, zone).astimezone(zone), at)
        counts = dict.fromkeys(("rows_read", "rows_rejected", "days_changed", "meters"), 0)
        told: list[TimelineEntry] = []
        for one, account in here:
            intervals = 0
            for checked, meter in _checked(one, meters[account.pk], span, zone):
                store_days(meter=meter, days=split_days(checked, zone), batch=batch, at=at)
                for name, number in asdict(checked.counts).items():
                    counts[name] = counts.get(name, 0) + number
                counts["meters"] += 1
                intervals += len(checked.kwh)
            counts["rows_read"] += intervals
            told.append(_told(account, intervals, [meter.meter_no for meter in meters[account.pk]], batch))
        counts["intervals_stored"] = counts["rows_read"]
        stored += counts["rows_read"]
        batch.counts |= counts
        batch.save(update_fields=["counts"])
        TimelineEntry.objects.bulk_create(told)
    refresh_months([account.pk for _, account in pairs])
    return stored


def _told(account: Account, intervals: int, meter_nos: list[str], batch: IntakeBatch) -> TimelineEntry:
    return TimelineEntry(
        account=account,
        at=batch.at,
        by=batch.by,
        kind="readings.taken_in",
        facts={"intervals": intervals, "meters": meter_nos, "file": batch.file_name},
        ref=f"core.IntakeBatch:{batch.pk}",
    )


def _batch(station: Station, first: datetime, until: datetime, at: datetime) -> IntakeBatch:
    name = f"示范负荷（虚构）{station.unit.name}.csv"
    return IntakeBatch.objects.create(
        kind=IntakeBatch.Kind.READINGS,
        status=IntakeBatch.Status.DONE,
        by=station.staff,
        at=at,
        file_name=name,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        counts={"first": first.isoformat(), "until": until.isoformat(), "assumed": []},
    )


def _checked(one: Customer, meters: Sequence[Meter], span: Season, zone: ZoneInfo) -> Iterator[tuple[Checked, Meter]]:
    """Make the load, put the faults in, run the checks; faults are at the first meter."""
    whole = load_of(one, span)
    for place, (meter, share) in enumerate(zip(meters, _SHARES[len(meters)], strict=True)):
        load = Load(*(np.round(values * share, 2) for values in (whole.kwh, whole.lag, whole.lead)))
        if place == 0:
            add_faults(load, one, span)
        yield check(_series(load, span, zone), contract_kva=float(one.kva), kind_of=kind_of, zone=zone), meter


def _series(load: Load, span: Season, zone: ZoneInfo) -> Series:
    kwh = load.kwh.reshape(-1)
    missing = np.isnan(kwh)
    return Series(
        meter_no=None,
        start=day_start(span.days[0], zone),
        minutes=MINUTES,
        kwh=kwh,
        kvarh_lag=load.lag.reshape(-1),
        kvarh_lead=load.lead.reshape(-1),
        marks=np.where(missing, np.uint8(Quality.MISSING), np.uint8(0)),
        rows_read=len(kwh),
        rows_rejected=0,
        rejects=[],
        duplicates=0,
        missing=int(missing.sum()),
    )
