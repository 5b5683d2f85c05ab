"""Doors by which requests come in without a person: mail that was fetched, and calls of other systems."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, own_manager_ids
from kam.core.models import ApiToken, User
from kam.core.rules import Reach
from kam.service_desk.models.requests import Request


class MailInQuerySet(models.QuerySet["MailIn"]):
    def visible_to(self, user: User) -> MailInQuerySet:
        """Mail of a known sender is seen with the account; that of nobody known by who answers for a whole unit."""
        if user.reach == Reach.UNIT:
            if user.unit_ids is None:
                return self
            return self.filter(Q(account=None) | Q(account__unit_id__in=user.unit_ids))
        if user.reach == Reach.OWN:
            return self.filter(account__manager_id__in=own_manager_ids(user))
        return self.none()


class MailIn(models.Model):
    """One mail taken in, once, whatever how often it is fetched."""

    class Status(models.TextChoices):
        WAITING = "WAITING", _("whose it is must be said")
        TAKEN = "TAKEN", _("became a request")
        ADDED = "ADDED", _("added to a request")
        DROPPED = "DROPPED", _("thrown away")

    message_id = models.CharField(max_length=300, unique=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    from_encrypted = models.TextField(blank=True)
    from_index = models.CharField(max_length=64, blank=True, db_index=True)
    from_hint = models.CharField(max_length=80, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    request = models.ForeignKey(Request, models.SET_NULL, null=True, related_name="mails")
    refused_files = models.PositiveSmallIntegerField(default=0)

    objects = MailInQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "-id"], name="mail_in_status")]

    def __str__(self) -> str:
        return self.subject


class OfMailQuerySet(models.QuerySet[Any]):
    """Files of a mail are seen by whoever sees the mail."""

    def visible_to(self, user: User) -> OfMailQuerySet:
        return self.filter(mail__in=MailIn.objects.visible_to(user).values("pk"))


class MailFile(models.Model):
    """A checked file of a mail of which nobody has said yet whose it is; it goes with the mail, or away with it."""

    mail = models.ForeignKey(MailIn, models.CASCADE, related_name="files")
    file = models.FileField(upload_to="mails/")
    name = models.CharField(max_length=120)  # as it was called, shown as text alone
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = OfMailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="mail_file_at")]

    def __str__(self) -> str:
        return self.name


class ApiCall(models.Model):
    """A request handed in under an idempotency key: the same key gives the same answer (RELIABILITY 1)."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="calls")
    key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    request = models.ForeignKey(Request, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="api_call_once")]

    def __str__(self) -> str:
        return self.key
