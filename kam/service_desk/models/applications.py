"""Business applications (业扩): steps and documents by kind, survey at the customer's place, supply schemes (SRV-3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.models import User
from kam.network.models import Line
from kam.service_desk.models.requests import SUPPLY_LABELS, OfRequestQuerySet, Request, choices
from kam.service_desk.rules.applications import Kind, Side

APPLICATION_LABELS = {
    Kind.NEW_SUPPLY: _("new supply"),  # 新装
    Kind.MORE_CAPACITY: _("more capacity"),  # 增容
    Kind.LESS_CAPACITY: _("less capacity"),  # 减容
    Kind.SUSPENSION: _("suspension"),  # 暂停
    Kind.NAME_CHANGE: _("change of name"),  # 更名
    Kind.TARIFF_CHANGE: _("change of tariff"),  # 改类
}
SIDE_LABELS = {Side.SUPPLIER: _("the company"), Side.CUSTOMER: _("the customer")}


class ApplicationTemplateQuerySet(models.QuerySet["ApplicationTemplate"]):
    def visible_to(self, user: User) -> ApplicationTemplateQuerySet:
        """Templates are the company's; whoever may see requests sees all."""
        return self

    def in_force(self, day: date) -> ApplicationTemplateQuerySet:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)


class ApplicationTemplate(models.Model):
    """The steps and documents of one kind of application from a day on, with their source."""

    kind = models.CharField(_("kind"), max_length=13, choices=choices(APPLICATION_LABELS))
    steps: Any = models.JSONField(_("steps"))  # [{"code", "side"}]
    documents: Any = models.JSONField(_("documents"))  # [{"code", "needed"}]
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)

    objects = ApplicationTemplateQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "valid_from"], name="application_template_start")]

    def __str__(self) -> str:
        return f"{self.kind} {self.valid_from}"


class Application(models.Model):
    """What a request of the kind business application is about."""

    request = models.OneToOneField(Request, models.CASCADE, related_name="application")
    kind = models.CharField(_("kind of application"), max_length=13, choices=choices(APPLICATION_LABELS))
    supply = models.CharField(_("supply"), max_length=9, choices=choices(SUPPLY_LABELS))
    kva_before = models.DecimalField(_("capacity so far"), max_digits=12, decimal_places=2, null=True, blank=True)
    kva_wanted = models.DecimalField(_("capacity wanted"), max_digits=12, decimal_places=2, null=True, blank=True)
    wanted_from = models.DateField(_("wanted from"), null=True, blank=True)
    wanted_until = models.DateField(_("wanted until"), null=True, blank=True)
    template = models.ForeignKey(ApplicationTemplate, models.PROTECT, related_name="+")

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_until=None) | Q(wanted_until__gt=F("wanted_from")),
                name="application_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(kva_wanted=None) | Q(kva_wanted__gte=Decimal(0)), name="application_kva_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class OfApplicationQuerySet(OfRequestQuerySet):
    """Rows of an application are seen by whoever sees its account."""

    account_field = "application__request__account"


class ApplicationStep(models.Model):
    """One step of an application, in order; those of the customer's side do not count against the company."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="steps")
    place = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30)
    side = models.CharField(max_length=8, choices=choices(SIDE_LABELS))
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = OfApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "place"], name="application_step_place"),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(begun_at__isnull=False, done_at__gte=F("begun_at")),
                name="application_step_done_after_begun",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.code}"


class ApplicationDocument(models.Model):
    """A document that an application needs: asked for, given, looked at."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    code = models.CharField(max_length=30)
    needed = models.BooleanField(default=True)
    attachment = models.ForeignKey(
        "service_desk.Attachment", models.SET_NULL, null=True, related_name="application_documents"
    )
    received_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    looked_at_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("what is missing"), max_length=200, blank=True)

    objects = OfApplicationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "code"], name="application_document_once")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.code}"


class Appointment(models.Model):
    """A survey at the customer's place, `[starts_at, ends_at)` (预约上门). A moved one is another row."""

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        CONFIRMED = "CONFIRMED", _("confirmed by the customer")
        DECLINED = "DECLINED", _("another time is asked for")
        DONE = "DONE", _("done")
        MOVED = "MOVED", _("moved")

    application = models.ForeignKey(Application, models.CASCADE, related_name="appointments")
    status = models.CharField(max_length=9, choices=Status, default=Status.PROPOSED)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    surveyor = models.ForeignKey(User, models.PROTECT, verbose_name=_("who comes"), related_name="surveys")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    words = models.CharField(_("in the customer's words"), max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    finding = models.TextField(_("what was found"), blank=True)

    objects = OfApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(status__in=["PROPOSED", "CONFIRMED"]),
                name="appointment_one_ahead",
            ),
        ]
        indexes = [models.Index(fields=["surveyor", "starts_at"], name="appointment_surveyor")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.starts_at}"


class Scheme(models.Model):
    """One way to supply the customer (供电方案); of several the customer chooses one."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="schemes")
    title = models.CharField(_("scheme"), max_length=80)
    line = models.ForeignKey(Line, models.SET_NULL, null=True, blank=True, verbose_name=_("line"), related_name="+")
    voltage_kv = models.DecimalField(_("voltage"), max_digits=6, decimal_places=2)
    kva = models.DecimalField(_("capacity"), max_digits=12, decimal_places=2)
    metering = models.CharField(_("metering"), max_length=120, blank=True)
    cost_yuan = models.DecimalField(_("customer's cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    workdays = models.PositiveSmallIntegerField(_("building time, workdays"), null=True, blank=True)
    text = models.TextField(_("description"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    chosen_at = models.DateTimeField(null=True)
    chosen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # NULL: on the customer's page

    objects = OfApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(chosen_at__isnull=False), name="scheme_one_chosen"
            )
        ]

    def __str__(self) -> str:
        return self.title
