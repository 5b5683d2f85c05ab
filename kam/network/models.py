"""Where a customer is connected: substations, lines with what they hang on, supply points (OUT-4)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import Unit, User
from kam.core.rules import Reach


class OfUnitQuerySet(models.QuerySet[Any]):
    """Rows of the network that a unit runs."""

    def visible_to(self, user: User) -> OfUnitQuerySet:
        """What the user's unit runs, with all below it, and what the units above it run: that feeds it."""
        if user.reach == Reach.NONE or user.unit is None:
            return self.none()
        if user.unit_ids is None:
            return self
        above = [int(part) for part in user.unit.path.split("/") if part]
        return self.filter(unit_id__in={*above, *user.unit_ids})


class Substation(models.Model):
    """A substation (变电站). `unit` is who runs it."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("run by"), related_name="substations")
    voltage_kv = models.DecimalField(_("voltage"), max_digits=6, decimal_places=2)

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(voltage_kv__gt=0), name="substation_voltage_positive")]

    def __str__(self) -> str:
        return self.name


class Line(models.Model):
    """A line (线路). It leaves a substation, or branches off its parent line, and is dead when that is."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    voltage_kv = models.DecimalField(_("voltage"), max_digits=6, decimal_places=2)
    substation = models.ForeignKey(
        Substation, models.PROTECT, verbose_name=_("substation"), null=True, blank=True, related_name="lines"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("branches off"), null=True, blank=True, related_name="branches"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("run by"), related_name="lines")

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(voltage_kv__gt=0), name="line_voltage_positive"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("pk")), name="line_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class SupplyPoint(models.Model):
    """A point at which an account takes supply (供电点). Without a line nothing is known of what feeds it."""

    class Role(models.TextChoices):
        MAIN = "MAIN", _("main supply")
        STANDBY = "STANDBY", _("standby supply")

    class Changeover(models.TextChoices):
        NONE = "NONE", _("no changeover")
        MANUAL = "MANUAL", _("changeover by hand")
        AUTOMATIC = "AUTOMATIC", _("automatic changeover")

    account = models.ForeignKey(Account, models.CASCADE, related_name="supply_points")
    name = models.CharField(_("supply point"), max_length=80)
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.MAIN)
    kva = models.DecimalField(_("capacity"), max_digits=12, decimal_places=2, null=True, blank=True)
    line = models.ForeignKey(
        Line, models.PROTECT, verbose_name=_("line"), null=True, blank=True, related_name="supply_points"
    )
    # How the account's load gets over to this point when another of its points is dead.
    changeover = models.CharField(_("changeover to it"), max_length=9, choices=Changeover, default=Changeover.NONE)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="supply_point_name")]

    def __str__(self) -> str:
        return self.name
