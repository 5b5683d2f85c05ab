"""Crews on the road: who belongs to them, where they are, and what they did on the spot (SRV-2, SRV-8)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.models import User
from kam.network.models import OfUnitQuerySet
from kam.outage_planning.models import Crew
from kam.service_desk.models.requests import OfRequestQuerySet, Request


class OfCrewQuerySet(OfUnitQuerySet):
    """Rows of a crew are seen by whoever sees the crew."""

    def visible_to(self, user: User) -> OfCrewQuerySet:
        return self.filter(crew__in=Crew.objects.visible_to(user).values("pk"))


class CrewPost(models.Model):
    """Where a crew starts from and where it was last, and whether it goes out to faults now."""

    crew = models.OneToOneField(Crew, models.CASCADE, related_name="post")
    base = models.CharField(_("base"), max_length=120, blank=True)
    base_latitude = models.FloatField(_("latitude"))
    base_longitude = models.FloatField(_("longitude"))
    on_duty = models.BooleanField(_("goes out to faults"), default=True)
    last_latitude = models.FloatField(null=True)
    last_longitude = models.FloatField(null=True)
    last_at = models.DateTimeField(null=True)

    objects = OfCrewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(base_latitude__gte=-90, base_latitude__lte=90)
                & Q(base_longitude__gte=-180, base_longitude__lte=180),
                name="crew_post_on_earth",
            )
        ]

    def __str__(self) -> str:
        return self.base


class CrewMember(models.Model):
    """Who goes out with a crew and records its work."""

    crew = models.ForeignKey(Crew, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="crews")

    objects = OfCrewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["crew", "user"], name="crew_member_once")]

    def __str__(self) -> str:
        return f"{self.crew_id} {self.user_id}"


class FieldJob(models.Model):
    """A crew sent to a request: when it left, was there and had finished, with the place its telephone told."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="field_jobs")
    crew = models.ForeignKey(Crew, models.PROTECT, related_name="field_jobs")
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    distance_km = models.FloatField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # The entry's own mark, made on the telephone: the same entry twice is recorded once.
    arrived_uid = models.UUIDField(null=True)
    finished_uid = models.UUIDField(null=True)
    arrived_latitude = models.FloatField(null=True)
    arrived_longitude = models.FloatField(null=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    finished_latitude = models.FloatField(null=True)
    finished_longitude = models.FloatField(null=True)
    cause = models.CharField(_("cause"), max_length=120, blank=True)
    result = models.TextField(_("what was done"), blank=True)
    called_off_at = models.DateTimeField(null=True)
    called_off_reason = models.CharField(max_length=300, blank=True)

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(finished_at=None, called_off_at=None), name="field_job_one_a_request"
            ),
            models.UniqueConstraint(
                fields=["crew"], condition=Q(finished_at=None, called_off_at=None), name="field_job_one_a_crew"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(arrived_at__isnull=False, finished_at__gte=F("arrived_at")),
                name="field_job_finished_after_arrival",
            ),
        ]
        indexes = [models.Index(fields=["crew", "-sent_at"], name="field_job_crew")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.crew_id}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None and self.called_off_at is None
