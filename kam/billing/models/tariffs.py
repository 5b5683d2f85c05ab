"""Tariffs as dated rows, and which tariff an account is on."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import User


class TariffQuerySet(models.QuerySet["Tariff"]):
    def visible_to(self, user: User) -> TariffQuerySet:
        """Prices hold for everybody."""
        return self

    def in_force(self, day: date) -> TariffQuerySet:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)


class Tariff(models.Model):
    """A tariff as it holds in `[valid_from, valid_until)`; one code has one row per version. Prices in yuan."""

    class Basis(models.TextChoices):
        ENERGY = "ENERGY", _("energy only")  # 单一制
        TWO_PART = "TWO_PART", _("two-part")  # 两部制

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis)
    calendar_code = models.CharField(_("time-of-use calendar"), max_length=20, blank=True)
    # yuan/kWh as text, by band: {"peak": "1.1433", "flat": "0.6725"}; what the customer pays, funds included
    prices = models.JSONField(default=dict)
    funds_yuan_kwh = models.DecimalField(_("government funds"), max_digits=10, decimal_places=8, default=0)
    capacity_yuan_kva = models.DecimalField(_("capacity price"), max_digits=8, decimal_places=4, null=True)
    demand_yuan_kw = models.DecimalField(_("demand price"), max_digits=8, decimal_places=4, null=True)
    power_factor_standard = models.DecimalField(_("power-factor standard"), max_digits=3, decimal_places=2, null=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)

    objects = TariffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="tariff_version"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="tariff_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"


class AccountTariff(models.Model):
    """Which tariff an account is on in `[valid_from, valid_until)`, and how its capacity is charged."""

    class Charge(models.TextChoices):
        CAPACITY = "CAPACITY", _("by transformer capacity")
        ACTUAL_DEMAND = "ACTUAL_DEMAND", _("by actual maximum demand")
        CONTRACT_DEMAND = "CONTRACT_DEMAND", _("by contracted demand")

    account = models.ForeignKey(Account, models.CASCADE, related_name="tariffs")
    code = models.CharField(_("tariff"), max_length=20)
    charge = models.CharField(_("capacity charge"), max_length=16, choices=Charge, default=Charge.CAPACITY)
    contract_demand_kw = models.DecimalField(_("contracted demand"), max_digits=12, decimal_places=2, null=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(valid_until=None), name="account_tariff_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.code}"
