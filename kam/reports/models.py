"""Energy-use analysis reports (用电分析报告): frozen figures, version, PDF with its hash."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import Job, Unit, User
from kam.core.rules import Reach


class ReportBatchQuerySet(models.QuerySet["ReportBatch"]):
    def visible_to(self, user: User) -> ReportBatchQuerySet:
        if user.reach == Reach.UNIT:
            return self if user.unit_ids is None else self.filter(unit_id__in=user.unit_ids)
        return self.filter(by=user)


class ReportBatch(models.Model):
    """Reports for all accounts of a unit and month, with progress and the problem of each that failed."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    period_from = models.DateField()
    period_until = models.DateField()
    language = models.CharField(max_length=10)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    problems = models.JSONField(default=list)  # [{"account_no", "code"}]

    objects = ReportBatchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.unit} {self.period_from}"


class EnergyReport(models.Model):
    """One version of a report for `[period_from, period_until)`. `figures` are frozen when it is written."""

    class Status(models.TextChoices):
        WAITING = "WAITING", _("being written")
        FAILED = "FAILED", _("could not be written")
        DRAFT = "DRAFT", _("draft")
        REVIEWED = "REVIEWED", _("reviewed")
        SENT = "SENT", _("sent")
        READ = "READ", _("read")

    account = models.ForeignKey(Account, models.CASCADE, related_name="energy_reports")
    period_from = models.DateField()
    period_until = models.DateField()
    language = models.CharField(max_length=10, default="zh-hans")
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    figures = models.JSONField(default=dict)
    pdf = models.FileField(upload_to="reports/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    batch = models.ForeignKey(ReportBatch, models.SET_NULL, null=True, related_name="reports")
    problem = models.CharField(max_length=60, blank=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period_from", "period_until", "language", "version"], name="report_version_once"
            ),
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="report_ends_after_start"),
        ]
        indexes = [models.Index(fields=["account", "-at"], name="report_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period_from} v{self.version}"


class ReportMove(models.Model):
    """One step of a report's status (DESIGN D11)."""

    report = models.ForeignKey(EnergyReport, models.CASCADE, related_name="moves")
    from_status = models.CharField(max_length=10)
    to_status = models.CharField(max_length=10)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
