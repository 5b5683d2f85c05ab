"""Meters, load days, prepared month figures, time-of-use calendars (ENE-1)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import IntakeBatch, User
from kam.network.models import SupplyPoint


class Meter(models.Model):
    """A meter of an account; readings are taken every `interval_minutes` and multiplied by `multiplier` (CT × PT)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="meters")
    supply_point = models.ForeignKey(SupplyPoint, models.CASCADE, related_name="meters")
    meter_no = models.CharField(_("meter number"), max_length=40, unique=True)
    interval_minutes = models.PositiveSmallIntegerField(_("interval"), default=15)
    multiplier = models.DecimalField(_("multiplier"), max_digits=12, decimal_places=4, default=1)
    active = models.BooleanField(_("active"), default=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(interval_minutes__in=[5, 10, 15, 30, 60]), name="meter_interval_known"),
            models.CheckConstraint(condition=Q(multiplier__gt=0), name="meter_multiplier_positive"),
        ]

    def __str__(self) -> str:
        return self.meter_no


class OfMeterQuerySet(OfAccountQuerySet):
    account_field = "meter__account"


class LoadDay(models.Model):
    """One company day of one meter: packed little-endian float32 arrays, one quality byte per interval (DESIGN D5).

    `kwh` holds the values that reports use, estimates included; NaN is a value that is missing and could not be
    estimated. `raw_kwh` holds what the file said where that differs, else NULL. A day of 15 minutes has 96 values,
    92 or 100 where the zone changes its clock.
    """

    meter = models.ForeignKey(Meter, models.CASCADE, related_name="load_days")
    day = models.DateField()
    kwh = models.BinaryField()
    kvarh_lag = models.BinaryField(null=True)
    kvarh_lead = models.BinaryField(null=True)
    quality = models.BinaryField()
    raw_kwh = models.BinaryField(null=True)
    batch = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")

    objects = OfMeterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter", "day"], name="load_day_once")]
        indexes = [models.Index(fields=["day", "meter"], name="load_day_day")]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.day}"


class LoadDayBefore(models.Model):
    """A load day as it was before a later file corrected it."""

    meter = models.ForeignKey(Meter, models.CASCADE, related_name="+")
    day = models.DateField()
    kwh = models.BinaryField()
    kvarh_lag = models.BinaryField(null=True)
    kvarh_lead = models.BinaryField(null=True)
    quality = models.BinaryField()
    raw_kwh = models.BinaryField(null=True)
    batch = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")
    replaced_by = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField()

    objects = OfMeterQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["meter", "day"], name="load_day_before")]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.day} until {self.replaced_at}"


class MonthUse(models.Model):
    """Prepared figures of one account and month, over all its meters; rewritten whenever a load day of it changes."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="month_uses")
    month = models.DateField()  # its first day
    kwh = models.FloatField()
    kwh_by_band = models.JSONField(default=dict)
    kvarh_lag = models.FloatField(null=True)
    kvarh_lead = models.FloatField(null=True)
    max_kw = models.FloatField(null=True)
    max_at = models.DateTimeField(null=True)
    load_factor = models.FloatField(null=True)
    power_factor = models.FloatField(null=True)
    completeness = models.FloatField(default=0)
    estimated_share = models.FloatField(default=0)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="month_use_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.month:%Y-%m}"


class TouCalendarQuerySet(models.QuerySet["TouCalendar"]):
    def visible_to(self, user: User) -> TouCalendarQuerySet:
        """Tables hold for everybody."""
        return self

    def in_force(self, day: date) -> TouCalendarQuerySet:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)


class TouCalendar(models.Model):
    """A time-of-use calendar (分时时段) as it holds in `[valid_from, valid_until)`; one row per version of a code."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    # The band of the hours that no row names; empty: such hours are gaps.
    default_band = models.CharField(_("band of all other hours"), max_length=12, blank=True)

    objects = TouCalendarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="tou_calendar_version"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="tou_calendar_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"


class TouBand(models.Model):
    """A stretch of the day in one band; `until_minute` at or before `from_minute` runs over midnight."""

    calendar = models.ForeignKey(TouCalendar, models.CASCADE, related_name="bands")
    band = models.CharField(max_length=12)  # kam.metering.rules.tou.Band
    from_minute = models.PositiveSmallIntegerField()
    until_minute = models.PositiveSmallIntegerField()
    months = models.JSONField(default=list)  # [1, 2, 12]; empty: all
    kinds = models.JSONField(default=list)  # ["workday", "rest", "holiday"]; empty: all
    holidays = models.JSONField(default=list)  # names of public holidays it is limited to; empty: no limit
    dates = models.JSONField(default=list)  # single days (ISO) it is limited to, as hot days; empty: no limit

    def __str__(self) -> str:
        return f"{self.band} {self.from_minute}-{self.until_minute}"


class AccountCalendar(models.Model):
    """Which calendar code sorts an account's energy into bands, in `[valid_from, valid_until)`."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="calendars")
    code = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(valid_until=None), name="account_calendar_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.code}"
