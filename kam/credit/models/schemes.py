"""Schemes by which accounts are graded, as dated rows, and the history of everything in credit that moves."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import User
from kam.core.rules import Right
from kam.credit.rules.statuses import SchemeStatus

SCHEME_STATUS_LABELS = {
    SchemeStatus.DRAFT: _("draft"),
    SchemeStatus.PROPOSED: _("waits for a second person"),
    SchemeStatus.RELEASED: _("released"),
    SchemeStatus.REFUSED: pgettext_lazy("of an approval", "refused"),
}


class CreditRuleSetQuerySet(models.QuerySet["CreditRuleSet"]):
    def visible_to(self, user: User) -> CreditRuleSetQuerySet:
        """A scheme holds for the whole company: whoever sees grades sees by what they are made."""
        return self if user.may(Right.CREDIT_SEE) else self.none()

    def in_force(self, day: date) -> CreditRuleSetQuerySet:
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gt=day), status=SchemeStatus.RELEASED.value, valid_from__lte=day
        )


class CreditRuleSet(models.Model):
    """One version of a scheme; released, it holds in `[valid_from, valid_until)`. `body`: see rules.scheme.

    `trial`: who would move if it held, as found by the last trial run.
    """

    code = models.CharField(_("grading scheme"), max_length=20)
    version = models.PositiveIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=80)
    source = models.CharField(_("source"), max_length=300)
    body = models.JSONField(default=dict)
    status = models.CharField(
        max_length=10,
        choices=[(one.value, label) for one, label in SCHEME_STATUS_LABELS.items()],
        default=SchemeStatus.DRAFT.value,
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    trial = models.JSONField(default=dict)
    trial_of = models.CharField(max_length=64, blank=True)  # digest of the body that was tried
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    edits = models.PositiveIntegerField(default=1)

    objects = CreditRuleSetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="credit_scheme_version"),
            models.UniqueConstraint(
                fields=["valid_from"], condition=Q(status="RELEASED"), name="credit_scheme_one_per_start"
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("proposed_by")), name="credit_scheme_by_two"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="credit_scheme_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class CreditMoveQuerySet(OfAccountQuerySet):
    """Steps of an account's rows are seen by who sees the account; those of schemes, by who sees schemes."""


class CreditMove(models.Model):
    """One step of anything in credit that has a life: a scheme, a grade, a measure, a case on the supply."""

    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="credit_moves")
    subject = models.CharField(max_length=60)  # "credit.SupplyCase:5"
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)

    objects = CreditMoveQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="credit_move_subject")]

    def __str__(self) -> str:
        return f"{self.subject} {self.from_status} → {self.to_status}"
