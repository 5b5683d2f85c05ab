"""What customers were told about money, and the lines of a bank's files."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.billing.models.ledger import Bill, Payment
from kam.billing.rules.asking import Kind
from kam.core.models import IntakeBatch, User
from kam.core.rules import Reach
from kam.notifications.models import Message

NOTICE_LABELS = {
    Kind.READING: _("reading told"),
    Kind.BILL: _("bill notice"),
    Kind.INVOICE: _("invoice"),
    Kind.REMINDER: _("reminder"),
    Kind.DEMAND: _("demand for payment"),
    Kind.PLAN: _("instalment reminder"),
    Kind.PREPAID: _("balance warning"),
    Kind.DISHONOUR: _("dishonoured bill told"),
}


class MoneyNotice(models.Model):
    """One thing told to a customer about money; its message holds the proof. `key` makes it one, however often owed."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="money_notices")
    bill = models.ForeignKey(Bill, models.PROTECT, null=True, related_name="notices")
    kind = models.CharField(max_length=20, choices=[(one.value, label) for one, label in NOTICE_LABELS.items()])
    key = models.CharField(max_length=120, unique=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True)
    facts = models.JSONField(default=dict)
    message = models.OneToOneField(Message, models.PROTECT, null=True, related_name="money_notice")
    proven_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-at"], name="money_notice_account"),
            models.Index(fields=["kind", "-at"], name="money_notice_kind"),
        ]

    def __str__(self) -> str:
        return self.key


class BankLineQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> BankLineQuerySet:
        """Matched lines are seen with their account; those of nobody yet by who took the file in and the company."""
        if user.reach == Reach.UNIT and user.unit_ids is None:
            return self
        if user.reach == Reach.UNIT:
            return self.filter(Q(account__unit_id__in=user.unit_ids) | Q(account=None, batch__by=user))
        return self.none()


class BankLine(models.Model):
    """One payment of a bank's file: posted by itself where the match is certain, else work for a person."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("not matched")
        POSTED = "POSTED", _("posted")
        SET_ASIDE = "SET_ASIDE", _("set aside")

    batch = models.ForeignKey(IntakeBatch, models.PROTECT, related_name="bank_lines")
    key = models.CharField(max_length=120, unique=True)
    line = models.PositiveIntegerField()
    received_on = models.DateField(_("received"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    payer = models.CharField(_("payer"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    text = models.CharField(_("text"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    why = models.CharField(max_length=20, blank=True)  # how it was matched
    candidates = models.JSONField(default=list)  # [{"account", "why"}], the likeliest first
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="bank_line")
    note = models.CharField(_("note"), max_length=200, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = BankLineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "-id"], name="bank_line_status")]

    def __str__(self) -> str:
        return self.key
