"""Give accounts their meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kam.accounts.actions import search_index
from kam.accounts.models import Account, SearchEntry, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.metering.models import LoadDay, Meter
from kam.network.models import SupplyPoint

FIRST_POINT = "1"


class MeterTaken(ValueError):
    """A meter of this number belongs to another account, or to this one already."""


class IntervalInUse(ValueError):
    """The meter has readings of another interval; a day cannot hold both. `minutes` is the stored one."""

    def __init__(self, meter_no: str, minutes: int) -> None:
        super().__init__(f"{meter_no}: {minutes} min")
        self.meter_no, self.minutes = meter_no, minutes


@dataclass(frozen=True)
class NewMeter:
    """A meter to be made. `supply_point` is the point's name at the account; `kva` its capacity if it is new."""

    account_id: int
    meter_no: str
    interval_minutes: int = 15
    multiplier: Decimal = Decimal(1)
    supply_point: str = FIRST_POINT
    kva: Decimal | None = None


def add_meter(
    *,
    account: Account,
    meter_no: str,
    by: User | None,
    at: datetime,
    interval_minutes: int = 15,
    multiplier: Decimal = Decimal(1),
    supply_point: str = FIRST_POINT,
) -> Meter:
    """Add a meter to the account, at a supply point that is made where it is missing. Raises `MeterTaken`."""
    new = NewMeter(account.pk, meter_no, interval_minutes, multiplier, supply_point, account.contract_kva)
    with transaction.atomic():
        (meter,) = add_meters([new])
        search_index.put(account=account, kind=SearchEntry.Kind.METER, ref=str(meter.pk), text=meter_no)
        record(
            by=by,
            at=at,
            action="meter.added",
            subject=meter,
            account_id=account.pk,
            meter_no=meter_no,
            interval_minutes=interval_minutes,
            multiplier=str(multiplier),
        )
        TimelineEntry.objects.create(
            account=account,
            at=at,
            by=by,
            kind="meter.added",
            facts={"meter_no": meter_no},
            ref=f"metering.Meter:{meter.pk}",
        )
    return meter


def add_meters(new: Sequence[NewMeter]) -> list[Meter]:
    """Add many meters, all or none, without timeline, audit and search entries: the import writes those for all.

    Raises `MeterTaken` with the first number that exists.
    """
    with transaction.atomic():
        meters: list[Meter] = []
        for start in range(0, len(new), 500):
            meters += _add(new[start : start + 500])
    return meters


def _add(new: Sequence[NewMeter]) -> list[Meter]:
    taken = Meter.objects.filter(meter_no__in=[meter.meter_no for meter in new]).values_list("meter_no", flat=True)
    if first := next(iter(taken), None):
        raise MeterTaken(first)
    accounts = {meter.account_id for meter in new}
    points = {(p.account_id, p.name): p for p in SupplyPoint.objects.filter(account_id__in=accounts)}
    missing = {
        (meter.account_id, meter.supply_point): SupplyPoint(
            account_id=meter.account_id, name=meter.supply_point, kva=meter.kva
        )
        for meter in new
        if (meter.account_id, meter.supply_point) not in points
    }
    SupplyPoint.objects.bulk_create(missing.values())
    points |= missing
    return Meter.objects.bulk_create(
        [
            Meter(
                account_id=meter.account_id,
                supply_point=points[meter.account_id, meter.supply_point],
                meter_no=meter.meter_no,
                interval_minutes=meter.interval_minutes,
                multiplier=meter.multiplier,
            )
            for meter in new
        ]
    )


def fit_interval(meter: Meter, minutes: int) -> bool:
    """Set the meter's interval to what its readings have; tell whether it changed. Raises `IntervalInUse`.

    The file knows better than the file of accounts how often a meter is read, as long as nothing is stored.
    """
    if meter.interval_minutes == minutes:
        return False
    if LoadDay.objects.filter(meter=meter).exists():
        raise IntervalInUse(meter.meter_no, meter.interval_minutes)
    meter.interval_minutes = minutes
    meter.save(update_fields=["interval_minutes"])
    return True
