"""Where a customer is connected. Substations and lines come with outage planning."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet


class SupplyPoint(models.Model):
    """A point at which an account takes supply (供电点)."""

    class Role(models.TextChoices):
        MAIN = "MAIN", _("main supply")
        STANDBY = "STANDBY", _("standby supply")

    account = models.ForeignKey(Account, models.CASCADE, related_name="supply_points")
    name = models.CharField(_("supply point"), max_length=80)
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.MAIN)
    kva = models.DecimalField(_("capacity"), max_digits=12, decimal_places=2, null=True, blank=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="supply_point_name")]

    def __str__(self) -> str:
        return self.name
