"""Questions to tariffs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet

from kam.accounts.models import Account
from kam.billing.models import AccountTariff, Tariff
from kam.billing.rules.energy import PriceTable
from kam.core import queries as core
from kam.lib import clock
from kam.metering.rules.tou import Band


@dataclass(frozen=True)
class TariffLookup:
    """Which tariff an account is on; days before the first version or assignment take the first, and it is said.

    `own`: the account's assignments by start. `versions`: tariffs by code, by start.
    """

    versions: dict[str, list[Tariff]]
    own: tuple[AccountTariff, ...]
    default_code: str

    def assignment(self, day: date) -> AccountTariff | None:
        """Return the assignment that holds on `day`, else the first."""
        return next((row for row in reversed(self.own) if row.valid_from <= day), self.own[0] if self.own else None)

    def tariff(self, day: date) -> Tariff | None:
        """Return the version of the tariff that holds on `day`, else its first."""
        row = self.assignment(day)
        versions = self.versions.get(row.code if row else self.default_code, [])
        held = next((tariff for tariff in reversed(versions) if tariff.valid_from <= day), None)
        return held or (versions[0] if versions else None)

    def assumptions(self, day: date) -> list[dict[str, str]]:
        """Say what was assumed for a period that begins on `day`, as codes with details."""
        tariff = self.tariff(day)
        if tariff is None:
            return [{"code": "no_tariff"}]
        found = [] if self.own else [{"code": "default_tariff", "name": tariff.name}]
        if day < tariff.valid_from:
            found.append({"code": "tariff_later", "name": tariff.name, "from": tariff.valid_from.isoformat()})
        return found


def tariff_lookup(account: Account) -> TariffLookup:
    """Return which tariff holds for the account on any day; three queries."""
    own = tuple(AccountTariff.objects.filter(account=account).order_by("valid_from", "id"))
    try:
        default = str(core.rule("billing.default_tariff", clock.today()))
    except core.NoRule:
        default = ""
    codes = {row.code for row in own} or {default}
    versions: dict[str, list[Tariff]] = {}
    for tariff in Tariff.objects.filter(code__in=codes).order_by("code", "valid_from"):
        versions.setdefault(tariff.code, []).append(tariff)
    return TariffLookup(versions, own, default)


def price_table(tariff: Tariff) -> PriceTable:
    """Return the tariff's energy prices for the rules."""
    return PriceTable(
        {Band(band): Decimal(price) for band, price in tariff.prices.items()}, Decimal(tariff.funds_yuan_kwh)
    )


@dataclass(frozen=True)
class TariffRow:
    """A version of a tariff for a page; `prices` in the order of the bands, None where a band has no price."""

    tariff: Tariff
    now: bool
    prices: list[Decimal | None]
    accounts: int
    versions: int


def tariff_rows(
    versions: Iterable[Tariff], accounts: QuerySet[AccountTariff], today: date, *, every_version: bool = False
) -> list[TariffRow]:
    """Return one row per tariff, the version of today (or the last there is), or every version in the order given."""
    counts = dict(
        accounts.filter(valid_until=None).order_by().values("code").annotate(n=Count("pk")).values_list("code", "n")
    )
    by_code: dict[str, list[Tariff]] = {}
    for tariff in versions:
        by_code.setdefault(tariff.code, []).append(tariff)
    found = []
    for code, held in by_code.items():
        now = next((one for one in held if _holds(one, today)), None)
        for tariff in held if every_version else [now or held[-1]]:
            prices = [Decimal(tariff.prices[band]) if band in tariff.prices else None for band in Band]
            found.append(TariffRow(tariff, tariff is now, prices, counts.get(code, 0), len(held)))
    return found


def _holds(tariff: Tariff, day: date) -> bool:
    return tariff.valid_from <= day and (tariff.valid_until is None or day < tariff.valid_until)


def on_tariff(accounts: QuerySet[AccountTariff], code: str) -> QuerySet[AccountTariff]:
    """Return the open assignments to a tariff, with their accounts, by name."""
    rows = accounts.filter(code=code, valid_until=None).select_related("account")
    return rows.order_by("account__name", "account_id")
