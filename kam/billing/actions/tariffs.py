"""Put accounts on tariffs, add versions of a tariff, load the first tariffs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from kam.accounts.models import Account, TimelineEntry
from kam.billing.models import AccountTariff, Tariff
from kam.billing.rules.tables import TARIFFS
from kam.core.actions import record
from kam.core.models import User
from kam.metering.actions.calendars import use_calendars
from kam.metering.rules.tou import Band


class UnknownTariff(ValueError):
    """No tariff has this code."""


class StartsBeforeOpenRow(ValueError):
    """The account's present tariff began later than the change is to hold from; correct that row first."""


class VersionExists(ValueError):
    """The code has a version from this very day; versions are added, never rewritten."""


@dataclass(frozen=True)
class OnTariff:
    """An account to be put on a tariff."""

    account_id: int
    code: str
    charge: str = AccountTariff.Charge.CAPACITY
    contract_demand_kw: Decimal | None = None


def assign_tariff(
    *,
    account: Account,
    code: str,
    valid_from: date,
    by: User | None,
    at: datetime,
    charge: str = AccountTariff.Charge.CAPACITY,
    contract_demand_kw: Decimal | None = None,
) -> AccountTariff:
    """Put the account on tariff `code` and its calendar from `valid_from` on; the rows before are closed.

    Unchanged is kept. Raises `UnknownTariff`, `StartsBeforeOpenRow`.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        before = AccountTariff.objects.filter(account=account, valid_until=None).first()
        changed = assign_tariffs([OnTariff(account.pk, code, charge, contract_demand_kw)], valid_from)
        row = AccountTariff.objects.get(account=account, valid_until=None)
        if changed:
            facts = {"code": code, "valid_from": valid_from.isoformat(), "before": before.code if before else ""}
            record(by=by, at=at, action="tariff.assigned", subject=row, account_id=account.pk, charge=charge, **facts)
            TimelineEntry.objects.create(
                account=account,
                at=at,
                by=by,
                kind="tariff.assigned",
                facts=facts,
                ref=f"billing.AccountTariff:{row.pk}",
            )
    return row


def assign_tariffs(wanted: Iterable[OnTariff], valid_from: date) -> int:
    """Do `assign_tariff` for many accounts, all or none, without timeline and audit: an import leaves one for all.

    Returns how many changed.
    """
    by_account = {one.account_id: one for one in wanted}
    calendars = dict(Tariff.objects.order_by("valid_from").values_list("code", "calendar_code"))
    unknown = {one.code for one in by_account.values()} - set(calendars)
    if unknown:
        raise UnknownTariff(", ".join(sorted(unknown)))
    changed: list[OnTariff] = []
    ids = sorted(by_account)
    with transaction.atomic():
        for start in range(0, len(ids), 500):
            changed += _assign([by_account[pk] for pk in ids[start : start + 500]], valid_from)
        use_calendars([(one.account_id, calendars[one.code]) for one in changed if calendars[one.code]], valid_from)
    return len(changed)


def _assign(wanted: Sequence[OnTariff], valid_from: date) -> list[OnTariff]:
    held = AccountTariff.objects.select_for_update().filter(
        account_id__in=[one.account_id for one in wanted], valid_until=None
    )
    open_rows = {row.account_id: row for row in held}
    new, close, rewrite, changed = [], [], [], []
    for one in wanted:
        row = open_rows.get(one.account_id)
        if row is not None and (row.code, row.charge, row.contract_demand_kw) == (
            one.code,
            one.charge,
            one.contract_demand_kw,
        ):
            continue
        if row is not None and row.valid_from > valid_from:
            raise StartsBeforeOpenRow(f"{row.valid_from}")
        changed.append(one)
        if row is not None and row.valid_from == valid_from:
            row.code, row.charge, row.contract_demand_kw = one.code, one.charge, one.contract_demand_kw
            rewrite.append(row)
            continue
        if row is not None:
            row.valid_until = valid_from
            close.append(row)
        new.append(
            AccountTariff(
                account_id=one.account_id,
                code=one.code,
                charge=one.charge,
                contract_demand_kw=one.contract_demand_kw,
                valid_from=valid_from,
            )
        )
    AccountTariff.objects.bulk_update(close, ["valid_until"])
    AccountTariff.objects.bulk_update(rewrite, ["code", "charge", "contract_demand_kw"])
    AccountTariff.objects.bulk_create(new)
    return changed


def add_version(*, tariff: Tariff, by: User, at: datetime) -> Tariff:
    """Save `tariff` (unsaved) as a version of its code: it ends where the next begins, the one before where it begins.

    Raises `VersionExists`.
    """
    with transaction.atomic():
        versions = list(Tariff.objects.select_for_update().filter(code=tariff.code).order_by("valid_from"))
        if any(version.valid_from == tariff.valid_from for version in versions):
            raise VersionExists(f"{tariff.code} {tariff.valid_from}")
        later = next((version for version in versions if version.valid_from > tariff.valid_from), None)
        for version in versions:
            if version.valid_from < tariff.valid_from and (
                version.valid_until is None or version.valid_until > tariff.valid_from
            ):
                version.valid_until = tariff.valid_from
                version.save(update_fields=["valid_until"])
        tariff.valid_until = later.valid_from if later else None
        tariff.save(force_insert=True)
        record(
            by=by,
            at=at,
            action="tariff.version_added",
            subject=tariff,
            code=tariff.code,
            valid_from=tariff.valid_from,
            prices=tariff.prices,
            source=tariff.source,
        )
    return tariff


def ensure_tariffs() -> None:
    """Load the tariffs that come with the product where a version is missing; rows that exist are never touched."""
    known = set(Tariff.objects.values_list("code", "valid_from"))
    Tariff.objects.bulk_create(
        [
            Tariff(
                code=one.code,
                name=one.name,
                basis=Tariff.Basis.ENERGY if one.capacity_yuan_kva is None else Tariff.Basis.TWO_PART,
                calendar_code=one.calendar_code,
                prices={band.value: str(one.energy.prices[band]) for band in Band if band in one.energy.prices},
                funds_yuan_kwh=one.energy.funds_yuan_kwh,
                capacity_yuan_kva=one.capacity_yuan_kva,
                demand_yuan_kw=one.demand_yuan_kw,
                power_factor_standard=one.pf_standard,
                valid_from=one.valid_from,
                valid_until=one.valid_until,
                source=one.source,
            )
            for one in TARIFFS
            if (one.code, one.valid_from) not in known
        ]
    )
