"""Visits to key accounts, who took part, what was said, what they count towards (VIS-1, VIS-2)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.accounts.models import Account, Contact, OfAccountQuerySet, own_manager_ids
from kam.core.models import Unit, User
from kam.core.rules import Reach
from kam.visits.rules.lifecycle import COUNTS, OPEN, Status
from kam.visits.rules.symposium import SymposiumStatus

STATUS_LABELS = {
    Status.PLANNED: _("planned"),
    Status.CONFIRMED: _("confirmed"),
    Status.DONE: _("carried out"),
    Status.REVIEWED: _("reviewed"),
    Status.MISSED: _("missed"),
    Status.CANCELLED: _("cancelled"),
}
STATUSES = [(status.value, label) for status, label in STATUS_LABELS.items()]


class Purpose(models.TextChoices):
    ROUTINE = "ROUTINE", _("regular visit")  # 例行走访
    OUTAGE = "OUTAGE", _("agree on an outage")  # 停电协商
    ENERGY = "ENERGY", _("energy use and report")  # 用能服务
    PAYMENT = "PAYMENT", _("bills and payment")  # 电费回收
    COMPLAINT = "COMPLAINT", _("complaint or request")  # 诉求回访
    SAFETY = "SAFETY", _("safety of electrical equipment")  # 用电安全
    CAPACITY = "CAPACITY", _("capacity and production plans")  # 业扩与发展
    GUARD = "GUARD", _("guarding supply")  # 保供电
    OTHER = "OTHER", _("other")


class Topic(models.TextChoices):
    SUPPLY = "SUPPLY", _("supply and outages")
    QUALITY = "QUALITY", _("quality of supply")
    PRICE = "PRICE", _("tariff and bills")
    ENERGY = "ENERGY", _("use of energy")
    PRODUCTION = "PRODUCTION", _("production plans")
    EQUIPMENT = "EQUIPMENT", _("equipment and safety")
    SERVICE = "SERVICE", _("our service")
    OTHER = "OTHER", _("other")


class Answer(models.TextChoices):
    """What the customer said to the time proposed."""

    NONE = "", _("no answer yet")
    CONFIRMED = "CONFIRMED", _("suits them")
    PROPOSED = "PROPOSED", _("proposed another time")


class VisitSeries(models.Model):
    """Visits that return every so many weeks or months; one date may be moved or left out (`exceptions`)."""

    class Step(models.TextChoices):
        WEEKS = "WEEKS", _("weeks")
        MONTHS = "MONTHS", pgettext_lazy("how many", "months")

    account = models.ForeignKey(Account, models.PROTECT, related_name="visit_series")
    step = models.CharField(max_length=6, choices=Step)
    every = models.PositiveSmallIntegerField(_("every"))
    first_day = models.DateField(_("first day"))
    until_day = models.DateField(_("before the day"))
    exceptions = models.JSONField(default=list)  # ISO dates on which there is no visit
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_day__gt=F("first_day")), name="series_ends_after_start"),
            models.CheckConstraint(condition=Q(every__gte=1), name="series_goes_on"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.first_day}"


class VisitQuerySet(OfAccountQuerySet):
    def visible_to(self, user: User) -> VisitQuerySet:
        """Visits to accounts the user sees, and those the user took part in: they stand behind the user's figures."""
        if user.reach == Reach.NONE:
            return self.none()
        if user.reach == Reach.UNIT and user.unit_ids is None:
            return self
        if user.reach == Reach.UNIT:
            seen = Q(account__unit_id__in=user.unit_ids)
        else:
            seen = Q(account__manager_id__in=own_manager_ids(user))
        took_part = VisitParticipant.objects.filter(user_id__in=own_manager_ids(user)).values("visit_id")
        return self.filter(seen | Q(pk__in=took_part))

    def open(self) -> VisitQuerySet:
        """Visits that are still to take place."""
        return self.filter(status__in=[status.value for status in OPEN])

    def joined_by(self, user: User) -> VisitQuerySet:
        """Visits that `user` leads or takes part in."""
        return self.filter(pk__in=VisitParticipant.objects.filter(user=user).values("visit_id"))

    def counting(self) -> VisitQuerySet:
        """Visits that took place."""
        return self.filter(status__in=[status.value for status in COUNTS])


class Visit(models.Model):
    """One visit. `day` is the day it counts on: the planned one until it took place, then the real one."""

    # Made by whoever writes it down, a phone without a network too: the same one twice is one visit.
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("key account"), related_name="visits")
    manager = models.ForeignKey(User, models.PROTECT, verbose_name=_("who leads it"), related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=STATUSES, default=Status.PLANNED.value)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.ROUTINE)
    note = models.CharField(_("what about"), max_length=300, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    place = models.CharField(_("where"), max_length=200, blank=True)
    day = models.DateField(_("day"))
    series = models.ForeignKey(VisitSeries, models.PROTECT, null=True, related_name="visits")
    series_day = models.DateField(null=True)  # the date the series had it on, before anybody moved it
    # What the customer was told and answered.
    told_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer_note = models.CharField(max_length=300, blank=True)
    proposed_at = models.DateTimeField(null=True)
    # On the spot, where the person agreed to it.
    arrived_at = models.DateTimeField(null=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    accuracy_m = models.PositiveIntegerField(null=True)
    distance_m = models.PositiveIntegerField(null=True)  # to the account's address
    # What came of it. `log_uid`: the entry's own mark, made on the phone; the same entry twice is stored once.
    log_uid = models.UUIDField(null=True, unique=True)
    logged_at = models.DateTimeField(null=True)
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_step_day = models.DateField(_("by"), null=True)
    next_step_done_at = models.DateTimeField(null=True)
    # The supervisor's look: one tap, or a question back.
    question = models.CharField(max_length=300, blank=True)
    question_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    question_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="visit_ends_after_start"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="visit_status_known"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__gte=1, satisfaction__lte=5), name="visit_rated_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("manager")), name="visit_reviewed_by_another"
            ),
            models.UniqueConstraint(fields=["series", "series_day"], name="visit_once_a_series_day"),
        ]
        indexes = [
            models.Index(fields=["account", "-day"], name="visit_account"),
            models.Index(fields=["status", "day"], name="visit_status_day"),
            models.Index(fields=["manager", "day"], name="visit_manager"),
            models.Index(fields=["day", "id"], name="visit_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class OfVisitQuerySet(models.QuerySet[Any]):
    """Rows of a visit are seen by whoever sees the visit."""

    def visible_to(self, user: User) -> OfVisitQuerySet:
        return self.filter(visit__in=Visit.objects.visible_to(user).values("pk"))


class VisitParticipant(models.Model):
    """Somebody who is to take part, or did: one of ours (`user`), a contact, or somebody known by name alone."""

    class Side(models.TextChoices):
        OURS = "OURS", _("ours")
        THEIRS = "THEIRS", _("the customer's")

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="participants")
    side = models.CharField(max_length=6, choices=Side)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "user"], name="participant_user_once"),
            models.UniqueConstraint(fields=["visit", "contact"], name="participant_contact_once"),
        ]
        indexes = [models.Index(fields=["user", "visit"], name="participant_user")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.side}"


class VisitTopic(models.Model):
    """What was said about one thing."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="topics")
    topic = models.CharField(max_length=10, choices=Topic)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "topic"], name="topic_once")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.topic}"


class Photo(models.Model):
    """A picture of a visit, or the signature of who was visited; encoded anew, kept outside the web root."""

    class Kind(models.TextChoices):
        PHOTO = "PHOTO", _("photo")
        SIGNATURE = "SIGNATURE", _("signature")

    uid = models.UUIDField(unique=True)  # made on the phone: the same one twice is one picture
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.PHOTO)
    file = models.FileField(upload_to="visits/")
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfVisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=Q(kind="SIGNATURE"), name="photo_one_signature_a_visit")
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.kind}"


class VisitMove(models.Model):
    """One step of a visit's life, or a change of its time; what was moved or cancelled keeps its history."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="moves")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.from_status} → {self.to_status}"


class VisitCredit(models.Model):
    """What counts towards a quota: one account on one day (户次), once for each manager and once for each station.

    Derived from visits that took place (kam.visits.actions.credits), so that a company's figures are a sum over one
    index. `user` NULL: the station's. `unit`: the station, or the unit that the manager belonged to on that day.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="credits")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    day = models.DateField()
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "account", "day"], condition=Q(user__isnull=False), name="credit_once_a_manager"
            ),
            models.UniqueConstraint(
                fields=["unit", "account", "day"], condition=Q(user=None), name="credit_once_a_station"
            ),
        ]
        indexes = [
            models.Index(fields=["day", "user", "unit"], name="credit_day"),
            models.Index(fields=["account", "-day"], name="credit_account"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.unit_id} {self.account_id} {self.day:%Y-%m-%d}"


class VisitTally(models.Model):
    """Credits of a whole month, counted beforehand: a company's page adds up thousands of rows and not its visits.

    `user` NULL: the station's. Kept by kam.visits.actions.credits in the transaction of the credit.
    """

    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    month = models.DateField()  # its first day
    made = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "month"], condition=Q(user__isnull=False), name="tally_once_a_manager"
            ),
            models.UniqueConstraint(fields=["unit", "month"], condition=Q(user=None), name="tally_once_a_station"),
        ]
        indexes = [models.Index(fields=["month", "user", "unit"], name="tally_month")]

    def __str__(self) -> str:
        return f"{self.user_id or self.unit_id} {self.month:%Y-%m}"


SYMPOSIUM_LABELS = {
    SymposiumStatus.PLANNED: _("planned"),
    SymposiumStatus.HELD: pgettext_lazy("of a symposium", "held"),
    SymposiumStatus.CANCELLED: _("cancelled"),
}


class SymposiumQuerySet(models.QuerySet["Symposium"]):
    def visible_to(self, user: User) -> SymposiumQuerySet:
        """Who organises it, the unit with all above it, and whoever has a guest of their own there."""
        if user.reach == Reach.NONE:
            return self.none()
        if user.reach == Reach.UNIT and user.unit_ids is None:
            return self
        guests = SymposiumGuest.objects.visible_to(user).values("symposium_id")
        mine = Q(organiser_id__in=own_manager_ids(user)) | Q(pk__in=guests)
        if user.reach == Reach.UNIT:
            mine |= Q(unit_id__in=user.unit_ids)
        return self.filter(mine)


class Symposium(models.Model):
    """A meeting with several customers (座谈会, VIS-5): who is invited, who came, what was said, what they ask for."""

    title = models.CharField(_("subject"), max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit"), related_name="+")
    organiser = models.ForeignKey(User, models.PROTECT, verbose_name=_("organiser"), related_name="+")
    status = models.CharField(
        max_length=10,
        choices=[(one.value, label) for one, label in SYMPOSIUM_LABELS.items()],
        default=SymposiumStatus.PLANNED.value,
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    place = models.CharField(_("where"), max_length=200)
    agenda = models.TextField(_("agenda"), blank=True)
    minutes = models.TextField(_("minutes"), blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    objects = SymposiumQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="symposium_ends_after_start"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in SymposiumStatus]), name="symposium_status_known"
            ),
        ]
        indexes = [models.Index(fields=["-starts_at", "-id"], name="symposium_start")]

    def __str__(self) -> str:
        return self.title


class SymposiumMove(models.Model):
    """One step of a symposium's life."""

    symposium = models.ForeignKey(Symposium, models.CASCADE, related_name="moves")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.symposium_id} {self.to_status}"


class SymposiumGuest(models.Model):
    """One account that is invited, what it answered, and whether somebody came."""

    class Coming(models.TextChoices):
        NONE = "", _("no answer yet")
        YES = "YES", _("comes")
        NO = "NO", _("does not come")

    symposium = models.ForeignKey(Symposium, models.CASCADE, related_name="guests")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(null=True)
    coming = models.CharField(max_length=3, choices=Coming, blank=True)
    people = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)
    attended = models.BooleanField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["symposium", "account"], name="guest_once")]

    def __str__(self) -> str:
        return f"{self.symposium_id} {self.account_id}"


class OfSymposiumQuerySet(models.QuerySet[Any]):
    """Rows of a symposium are seen by whoever sees the symposium."""

    def visible_to(self, user: User) -> OfSymposiumQuerySet:
        return self.filter(symposium__in=Symposium.objects.visible_to(user).values("pk"))


class SymposiumFile(models.Model):
    """Material of a symposium, checked by content and only ever given out as a download."""

    symposium = models.ForeignKey(Symposium, models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    file = models.FileField(upload_to="symposia/")
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfSymposiumQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
