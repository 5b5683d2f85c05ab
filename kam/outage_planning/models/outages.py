"""Outages from draft to closed, what they do to whom, exceptions, and interruptions of supply (OUT-1 to OUT-10)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import IntakeBatch, Unit, User
from kam.network.models import Line, OfUnitQuerySet
from kam.outage_planning.rules.lifecycle import OPEN, Kind, Status
from kam.outage_planning.rules.load_control import Level

KIND_LABELS = {
    Kind.PLANNED: _("planned maintenance"),  # 计划检修
    Kind.TEMPORARY: _("temporary repair"),  # 临时检修
    Kind.STAGGER: _("peak staggering"),  # 错峰
    Kind.LIMIT: _("power limit"),  # 限电
    Kind.FAULT: _("fault or emergency trip"),  # 故障, 事故拉闸
}
STATUS_LABELS = {
    Status.DRAFT: _("draft"),
    Status.CONSULTING: _("in consultation"),
    Status.AGREED: _("agreed"),
    Status.ANNOUNCED: _("announced"),
    Status.UNDER_WAY: _("under way"),
    Status.RESTORED: _("restored"),
    Status.CLOSED: _("closed"),
    Status.CANCELLED: _("cancelled"),
}
LEVEL_LABELS = {
    Level.I: _("level Ⅰ, extremely severe"),
    Level.II: _("level Ⅱ, severe"),
    Level.III: _("level Ⅲ, considerable"),
    Level.IV: _("level Ⅳ, ordinary"),
}
LEVELS = [(level.value, label) for level, label in LEVEL_LABELS.items()]
# The field's own terms, as files of interruptions have them too; the last is what RS-3 leaves out.
CAUSES = [
    ("雷击", _("lightning")),
    ("外力破坏", _("damage by others")),
    ("设备故障", _("equipment failure")),
    ("用户故障出门", _("fault of a customer's plant")),
    ("树障", _("trees")),
    ("恶劣天气", _("severe weather")),
    ("上级电源故障", _("fault of the grid above")),
    ("拉闸限电", _("emergency trip for lack of supply")),
]
KINDS = [(kind.value, label) for kind, label in KIND_LABELS.items()]
STATUSES = [(status.value, label) for status, label in STATUS_LABELS.items()]


class Crew(models.Model):
    """A crew (班组) that does one job at a time."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit"), related_name="crews")
    active = models.BooleanField(_("active"), default=True)

    objects = OfUnitQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class OutageQuerySet(OfUnitQuerySet):
    def open(self) -> OutageQuerySet:
        """Outages that may still happen or are happening."""
        return self.filter(status__in=[status.value for status in OPEN])


class Outage(models.Model):
    """One outage of lines, planned in `[starts_at, ends_at)`, from draft to closed (DESIGN 6)."""

    number = models.CharField(_("outage number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=KINDS, default=Kind.PLANNED.value)
    status = models.CharField(_("status"), max_length=10, choices=STATUSES, default=Status.DRAFT.value)
    title = models.CharField(_("what for"), max_length=120)
    reason = models.TextField(_("reason told to customers"), blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit"), related_name="outages")
    crew = models.ForeignKey(
        Crew, models.PROTECT, verbose_name=_("crew"), null=True, blank=True, related_name="outages"
    )
    lines: models.ManyToManyField[Line, Any] = models.ManyToManyField(
        Line, through="OutageLine", verbose_name=_("lines"), related_name="outages"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    actual_from = models.DateTimeField(_("actually from"), null=True, blank=True)
    actual_until = models.DateTimeField(_("actually until"), null=True, blank=True)
    # Until when supply was promised to be back when it began; an extension does not change it.
    promised_until = models.DateTimeField(null=True)
    cause = models.CharField(_("cause"), max_length=60, blank=True)  # of a fault, as far as known
    level = models.CharField(_("level"), max_length=3, choices=LEVELS, blank=True)  # of orderly use (有序用电)
    cancel_reason = models.CharField(_("why it was cancelled"), max_length=300, blank=True)
    # What the impacts were computed for; empty where lines or time have changed since.
    impacts_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = OutageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="outage_ends_after_start"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="outage_status_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="outage_kind_known"),
            models.CheckConstraint(
                condition=Q(level="") | Q(level__in=[level.value for level in Level]), name="outage_level_known"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "starts_at"], name="outage_status_start"),
            models.Index(fields=["starts_at"], name="outage_start"),
            models.Index(fields=["unit", "starts_at"], name="outage_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class OfOutageQuerySet(models.QuerySet[Any]):
    """Rows of an outage are seen by whoever sees the outage."""

    def visible_to(self, user: User) -> OfOutageQuerySet:
        return self.filter(outage__in=Outage.objects.visible_to(user).values("pk"))


class OutageLine(models.Model):
    """A line that an outage takes out; what branches off it goes with it."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="outage_lines")
    line = models.ForeignKey(Line, models.PROTECT, related_name="outage_lines")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outage", "line"], name="outage_line_once")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.line_id}"


class OutageImpact(models.Model):
    """What one account suffers from an outage, as computed for its lines and its time."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="impacts")
    account = models.ForeignKey(Account, models.PROTECT, related_name="outage_impacts")
    effect = models.PositiveSmallIntegerField()  # kam.network.rules.impact.Effect
    out_minutes = models.FloatField(null=True)  # NULL: as long as the outage
    lost_kva = models.FloatField(default=0)
    marks = models.JSONField(default=list)
    # NULL where no readings of like days are there to estimate from.
    energy_kwh = models.FloatField(null=True)
    revenue_yuan = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    hurt = models.PositiveSmallIntegerField(default=0)
    hurt_reasons = models.JSONField(default=list)  # [{"code": ..., "points": ...}]
    cut_kw = models.PositiveIntegerField(_("load to be reduced"), null=True)  # peak staggering, limit
    # What really happened, written when the outage is closed; NULL: supply was not interrupted.
    out_from = models.DateTimeField(null=True)
    out_until = models.DateTimeField(null=True)
    actual_kwh = models.FloatField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outage", "account"], name="outage_impact_once"),
            models.CheckConstraint(condition=Q(hurt__lte=100), name="outage_impact_hurt_to_100"),
        ]
        indexes = [models.Index(fields=["account", "outage"], name="outage_impact_account")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.account_id}"


class OutageMove(models.Model):
    """One step of an outage's life, or a move of its time within one status."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="moves")
    from_status = models.CharField(max_length=10)
    to_status = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)

    objects = OfOutageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.outage_id} {self.from_status} → {self.to_status}"


class OutageOverride(models.Model):
    """An exception from one rule for one outage, asked for by one person and granted by another, with the reason."""

    outage = models.ForeignKey(Outage, models.CASCADE, related_name="overrides")
    rule = models.CharField(_("rule"), max_length=40)  # kam.outage_planning.rules.guards.Guard
    reason = models.CharField(_("reason"), max_length=300)
    # The exception is for this plan; another time or other lines need another.
    version = models.PositiveIntegerField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    refused = models.BooleanField(default=False)

    objects = OfOutageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="override_by_a_second_person"
            ),
            models.UniqueConstraint(
                fields=["outage", "rule", "version"], condition=Q(refused=False), name="override_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.rule}"


class ProtectedPeriod(models.Model):
    """Days `[days_from, days_until)` in which supply is guarded (保供电) and no outage is planned in the unit."""

    name = models.CharField(_("what for"), max_length=100)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit with all below"), related_name="+")
    days_from = models.DateField(_("first day"))
    days_until = models.DateField(_("day after the last"))
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days_until__gt=F("days_from")), name="protected_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.name


class AccountPeriod(models.Model):
    """A rule period that the contract with an account fixes otherwise, in `[valid_from, valid_until)`."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="outage_periods")
    key = models.CharField(_("rule"), max_length=80)
    value = models.JSONField(_("value"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key", "valid_from"], name="account_period_one_per_start")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.key}"


class InterruptionQuerySet(models.QuerySet["Interruption"]):
    def visible_to(self, user: User) -> InterruptionQuerySet:
        """What belongs to a unit is seen by who sees the unit; what belongs to none, by the whole company's people."""
        if user.unit_ids is None:
            return self
        return self.filter(unit_id__in=user.unit_ids)


class Interruption(models.Model):
    """Customers without supply in `[started_at, ended_at)`: from a file, or from an outage here, one row per account.

    Restoration in steps is several rows of one `event_id`.
    """

    event_id = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    customers = models.PositiveIntegerField()
    cause = models.CharField(max_length=120, blank=True)
    planned = models.BooleanField(default=False)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="interruptions")
    line = models.ForeignKey(Line, models.SET_NULL, null=True, related_name="interruptions")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, related_name="interruptions")
    outage = models.ForeignKey(Outage, models.CASCADE, null=True, related_name="interruptions")
    batch = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")

    objects = InterruptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "started_at"], condition=Q(account=None), name="interruption_once"
            ),
            models.UniqueConstraint(
                fields=["event_id", "started_at", "account"],
                condition=Q(account__isnull=False),
                name="interruption_once_an_account",
            ),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="interruption_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["started_at"], name="interruption_start"),
            models.Index(fields=["unit", "started_at"], name="interruption_unit"),
            models.Index(fields=["line", "started_at"], name="interruption_line"),
            models.Index(fields=["account", "started_at"], name="interruption_account"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.started_at:%Y-%m-%d}"
