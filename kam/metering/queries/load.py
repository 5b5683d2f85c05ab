"""The load of meters and accounts, read back from stored days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Max, Min, Subquery

from kam.accounts.models import Account
from kam.lib import clock
from kam.metering.models import LoadDay, Meter
from kam.metering.rules.profile import Floats, Marks, NoReadings, Profile, from_days
from kam.metering.rules.sums import MeterLoad, account_load


class _Stored(NamedTuple):
    """A row of a load day, with its arrays unpacked: what `rules.profile.from_days` takes."""

    day: date
    minutes: int
    kwh: Floats
    kvarh_lag: Floats | None
    kvarh_lead: Floats | None
    marks: Marks


def account_profile(account: Account, days_from: date, days_until: date) -> Profile:
    """Return the account's load in `[days_from, days_until)`, its meters added up. Raises `NoReadings`."""
    profiles = account_profiles([account.pk], days_from, days_until)
    if account.pk not in profiles:
        raise NoReadings
    return profiles[account.pk]


def account_profiles(account_ids: Sequence[int], days_from: date, days_until: date) -> dict[int, Profile]:
    """Return the load of each account that has readings in `[days_from, days_until)`, its meters added up.

    Three queries for all; a year of one account is some 5 ms. Raises `MixedIntervals`.
    """
    meters = {meter.pk: meter for meter in Meter.objects.filter(account_id__in=account_ids)}
    days = _days_of(meters.values(), days_from, days_until)
    edges = _service_days([meter for meter in meters.values() if meter.pk in days])
    loads: dict[int, list[MeterLoad]] = defaultdict(list)
    for meter_id, rows in days.items():
        meter = meters[meter_id]
        first, last = edges.get(meter_id, (rows[0].day, rows[-1].day))
        profile = from_days(rows, clock.zone(), days_from=days_from, days_until=days_until)
        loads[meter.account_id].append(MeterLoad(profile, first, None if meter.active else last + timedelta(days=1)))
    return {account_id: account_load(parts) for account_id, parts in loads.items()}


def meter_profile(meter: Meter, days_from: date, days_until: date) -> Profile:
    """Return one meter's load in `[days_from, days_until)`. One query. Raises `NoReadings`."""
    days = _days_of([meter], days_from, days_until)
    return from_days(days[meter.pk], clock.zone(), days_from=days_from, days_until=days_until)


def _days_of(meters: Iterable[Meter], days_from: date, days_until: date) -> dict[int, list[_Stored]]:
    minutes = {meter.pk: meter.interval_minutes for meter in meters}
    found: dict[int, list[_Stored]] = defaultdict(list)
    rows = LoadDay.objects.filter(meter_id__in=minutes, day__gte=days_from, day__lt=days_until).order_by(
        "meter_id", "day"
    )
    for meter_id, day, kwh, lag, lead, quality in rows.values_list(
        "meter_id", "day", "kwh", "kvarh_lag", "kvarh_lead", "quality"
    ):
        found[meter_id].append(
            _Stored(
                day,
                minutes[meter_id],
                np.frombuffer(kwh, "<f4"),
                None if lag is None else np.frombuffer(lag, "<f4"),
                None if lead is None else np.frombuffer(lead, "<f4"),
                np.frombuffer(quality, np.uint8),
            )
        )
    return found


def _service_days(meters: Sequence[Meter]) -> dict[int, tuple[date, date]]:
    """Return the first and last stored day of meters that share an account; a meter alone needs no such border."""
    shared = Counter(meter.account_id for meter in meters)
    several = [meter.pk for meter in meters if shared[meter.account_id] > 1]
    if not several:
        return {}
    rows = LoadDay.objects.filter(meter_id__in=several).values("meter_id").annotate(first=Min("day"), last=Max("day"))
    return {row["meter_id"]: (row["first"], row["last"]) for row in rows.order_by()}


def readings_span(account: Account) -> tuple[date, date] | None:
    """Return the first day with readings and the day after the last, None without any."""
    span = LoadDay.objects.filter(meter__account=account).aggregate(first=Min("day"), last=Max("day"))
    return None if span["first"] is None else (span["first"], span["last"] + timedelta(days=1))


def spans(account: Account) -> dict[str, Subquery]:
    """Return what lets the rows of another query of the account come with its span of readings."""
    days = LoadDay.objects.filter(meter__account=account).order_by().values("meter__account")
    return {
        "first_read": Subquery(days.values(day=Min("day"))),
        "last_read": Subquery(days.values(day=Max("day"))),
    }


def span_in(row: Any) -> tuple[date, date] | None:
    """Return the span that came with a row, as `readings_span` does."""
    return None if row.first_read is None else (row.first_read, row.last_read + timedelta(days=1))


def meter_numbers(account: Account) -> list[str]:
    """Return the account's meter numbers."""
    return list(Meter.objects.filter(account=account).order_by("meter_no").values_list("meter_no", flat=True))
