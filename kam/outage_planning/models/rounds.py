"""Many accounts that are told one thing: decided in one transaction, written in portions (OUT-5, OUT-7)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.models import User
from kam.outage_planning.models.execution import Outlook
from kam.outage_planning.models.outages import Outage


class RoundQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> RoundQuerySet:
        """A round is seen by whoever sees the call or the outlook."""
        return self.filter(
            Q(outage__in=Outage.objects.visible_to(user).values("pk"))
            | Q(outlook__in=Outlook.objects.visible_to(user).values("pk"))
        )

    def owed(self) -> RoundQuerySet:
        """Rounds of which something is still to be written."""
        return self.filter(status=Round.Status.OPEN)


class Round(models.Model):
    """What one person decided to tell many: `written` of `total` accounts have their message.

    The row stands from the moment of the decision. Whoever has no message yet is told by the rows themselves (an
    impact without a notice, a reader without a key), so that a process that dies loses nothing and repeats nothing.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", _("being written")
        DONE = "DONE", _("everybody has a message")
        FAILED = "FAILED", _("not everybody could be told")
        STOPPED = "STOPPED", _("stopped before everybody was told")

    outage = models.ForeignKey(Outage, models.PROTECT, null=True, related_name="rounds")
    outlook = models.ForeignKey(Outlook, models.PROTECT, null=True, related_name="rounds")
    version = models.PositiveIntegerField(default=1)  # the outage's
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    total = models.PositiveIntegerField()
    written = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)  # [{"account": id, "problem": kind of error}]
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when the last portion was written
    ended_at = models.DateTimeField(null=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outage=None, outlook__isnull=False) | Q(outage__isnull=False, outlook=None),
                name="round_of_one_thing",
            ),
            models.UniqueConstraint(fields=["outage", "version"], name="round_of_outage_once"),
            models.UniqueConstraint(fields=["outlook"], name="round_of_outlook_once"),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(status="OPEN"), name="round_owed")]

    def __str__(self) -> str:
        return f"{self.outage_id or self.outlook_id} {self.written}/{self.total}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def left(self) -> int:
        return max(self.total - self.written, 0)
