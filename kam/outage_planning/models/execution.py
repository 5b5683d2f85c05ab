"""Supply that went and came back, news of an outage under way, and the outlook (OUT-5, OUT-7, OUT-8)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import Unit, User
from kam.network.models import Line, OfUnitQuerySet, SupplyPoint
from kam.outage_planning.models.outages import LEVELS, OfOutageQuerySet, Outage
from kam.outage_planning.rules.load_control import Level


class RestorationStep(models.Model):
    """Supply that came back at one instant: which points is told by `LostPoint.step`."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="restorations")
    at = models.DateTimeField(_("back at"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField()
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = OfOutageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.outage_id} {self.at:%Y-%m-%d %H:%M}"


class LostPoint(models.Model):
    """A supply point that an outage made dead when it began, and the step that brought it back."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="lost_points")
    point = models.ForeignKey(SupplyPoint, models.PROTECT, related_name="outages")
    account = models.ForeignKey(Account, models.PROTECT, related_name="lost_points")
    line = models.ForeignKey(Line, models.PROTECT, related_name="lost_points")
    step = models.ForeignKey(RestorationStep, models.PROTECT, null=True, related_name="points")

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outage", "point"], name="lost_point_once")]
        indexes = [models.Index(fields=["account", "outage"], name="lost_point_account")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.point_id}"


class OutageUpdate(models.Model):
    """News of an outage under way that everybody concerned is told: what is being done, until when."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="updates")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    text = models.CharField(_("news"), max_length=300)
    expected_at = models.DateTimeField(_("supply expected"), null=True)

    objects = OfOutageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.outage_id} {self.at:%Y-%m-%d %H:%M}"


class Outlook(models.Model):
    """The grid's supply and demand outlook for days `[days_from, days_until)`, told to chosen accounts (OUT-7)."""

    title = models.CharField(_("title"), max_length=120)
    level = models.CharField(_("level"), max_length=3, choices=LEVELS, blank=True)
    text = models.TextField(_("text"))
    days_from = models.DateField(_("first day"))
    days_until = models.DateField(_("day after the last"))
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("accounts of"), related_name="+")
    scope = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days_until__gt=F("days_from")), name="outlook_ends_after_start"),
            models.CheckConstraint(
                condition=Q(level="") | Q(level__in=[level.value for level in Level]), name="outlook_level_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OutlookReader(models.Model):
    """An account that an outlook was told to. `read_at`: the customer said that it has read it."""

    outlook = models.ForeignKey(Outlook, models.CASCADE, related_name="readers")
    account = models.ForeignKey(Account, models.PROTECT, related_name="outlooks")
    message_key = models.CharField(max_length=160, blank=True)  # empty: the message is still to be written
    read_at = models.DateTimeField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outlook", "account"], name="outlook_reader_once")]

    def __str__(self) -> str:
        return f"{self.outlook_id} {self.account_id}"
