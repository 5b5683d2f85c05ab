"""Prepare month figures, so that lists and comparisons read one row per month instead of thirty days per meter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from kam.metering.models import LoadDay, MonthUse
from kam.metering.queries import CalendarLookup, account_profiles, calendar_lookups
from kam.metering.rules.load import MonthFigures, bands_in, by_month
from kam.metering.rules.profile import Profile

Bands = NDArray[np.uint8]
ACCOUNTS_PER_READ = 20  # a year of one meter is about half a megabyte

_FIGURES = (
    "kwh",
    "kwh_by_band",
    "kvarh_lag",
    "kvarh_lead",
    "max_kw",
    "max_at",
    "load_factor",
    "power_factor",
    "completeness",
    "estimated_share",
)


def refresh_months(account_ids: Iterable[int], months: Collection[date] | None = None) -> int:
    """Compute the month figures of accounts anew and return how many were written.

    `months`: first days; all months that have readings where left out. Call it in the transaction of the change, or
    after it: the result depends on what is stored alone, so doing it twice does no harm.
    """
    return refresh(dict.fromkeys(account_ids, frozenset(months) if months is not None else None))


def refresh(wanted: Mapping[int, Collection[date] | None]) -> int:
    """Do `refresh_months` with months of its own for each account."""
    ids = [account_id for account_id, months in wanted.items() if months is None or months]
    lookups = calendar_lookups(ids)
    painted: dict[tuple[int, str, int, int], Bands] = {}
    written = 0
    for start in range(0, len(ids), ACCOUNTS_PER_READ):
        rows: list[MonthUse] = []
        for account_id, profile in _profiles({pk: wanted[pk] for pk in ids[start : start + ACCOUNTS_PER_READ]}):
            months = wanted[account_id]
            for figures in by_month(profile, _bands(profile, lookups[account_id], painted)):
                month = date.fromisoformat(f"{figures.month}-01")
                if figures.completeness > 0 and (months is None or month in months):
                    rows.append(_row(account_id, month, figures))
        MonthUse.objects.bulk_create(
            rows, batch_size=500, update_conflicts=True, unique_fields=["account", "month"], update_fields=_FIGURES
        )
        written += len(rows)
    return written


def _bands(profile: Profile, lookup: CalendarLookup, painted: dict[tuple[int, str, int, int], Bands]) -> Bands:
    """Return the bands of the profile's intervals; accounts on one calendar over the same days share them."""
    key = (id(lookup), str(profile.days[0]), len(profile.days), profile.minutes)
    if key not in painted:
        painted[key] = bands_in(profile, lookup)
    return painted[key]


def _profiles(wanted: Mapping[int, Collection[date] | None]) -> Iterable[tuple[int, Profile]]:
    spans: dict[tuple[date, date], list[int]] = {}
    for account_id, months in wanted.items():
        first, last = (min(months), max(months)) if months else _stored_months(account_id)
        if first is not None and last is not None:
            spans.setdefault((first, _next_month(last)), []).append(account_id)
    for (days_from, days_until), ids in spans.items():
        yield from account_profiles(ids, days_from, days_until).items()


def _stored_months(account_id: int) -> tuple[date | None, date | None]:
    days = LoadDay.objects.filter(meter__account_id=account_id)
    first = days.order_by("day").values_list("day", flat=True).first()
    last = days.order_by("-day").values_list("day", flat=True).first()
    return (first.replace(day=1), last.replace(day=1)) if first and last else (None, None)


def _next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _row(account_id: int, month: date, figures: MonthFigures) -> MonthUse:
    return MonthUse(
        account_id=account_id,
        month=month,
        kwh=figures.energy_kwh,
        kwh_by_band={band.value: kwh for band, kwh in figures.bands.items()},
        kvarh_lag=figures.kvarh_lag,
        kvarh_lead=figures.kvarh_lead,
        max_kw=figures.max_demand_kw,
        max_at=figures.max_demand_at,
        load_factor=figures.load_factor,
        power_factor=figures.power_factor,
        completeness=figures.completeness,
        estimated_share=figures.estimated_share,
    )
