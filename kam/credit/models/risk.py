"""What was learned about late payment, what it says of each open bill, and which accounts give early warning."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.billing.models import Bill


class LateRiskModel(models.Model):
    """A model as it was trained and judged; the newest one scores. `judged`: see rules.late_risk.Judged."""

    train_until = models.DateField()
    test_until = models.DateField()
    learned = models.JSONField(default=dict)
    judged = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.train_until}"


class BillRiskQuerySet(OfAccountQuerySet):
    account_field = "bill__account"


class BillRisk(models.Model):
    """How likely a bill is paid late, as known when it was issued, and how late. `drivers`: [[feature, weight], …]."""

    bill = models.OneToOneField(Bill, models.CASCADE, primary_key=True, related_name="late_risk")
    probability = models.FloatField(_("probability of late payment"))
    days_if_late = models.FloatField()
    usual_days = models.FloatField()
    thin = models.BooleanField()
    drivers = models.JSONField(default=list)
    at = models.DateTimeField()

    objects = BillRiskQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-probability"], name="bill_risk_probability")]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.probability:.2f}"


class EarlyWarning(models.Model):
    """An account whose behaviour changes for the worse.

    `reasons`: [[code, figure, compared with, evidence], …], the gravest first; evidence is [[id, number], …].
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="early_warning")
    score = models.PositiveSmallIntegerField()  # 1 to 100
    reasons = models.JSONField(default=list)
    first_on = models.DateField()  # warned of without a break since then
    as_of = models.DateField()

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-score", "account"], name="early_warning_score")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.score}"
