"""The file of a customer's electrical equipment and its tests (ACC-8, SRV-4)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import User
from kam.equipment.rules import Kind, Result

KIND_LABELS = {
    Kind.TRANSFORMER: _("transformer"),  # 变压器
    Kind.SWITCHGEAR: _("switchgear"),  # 开关柜
    Kind.BREAKER: _("circuit breaker"),  # 断路器
    Kind.PROTECTION: _("protection relay"),  # 继电保护
    Kind.CAPACITOR: _("capacitors"),  # 电容器
    Kind.CABLE: _("cable"),  # 电缆
    Kind.ARRESTER: _("surge arrester"),  # 避雷器
    Kind.METERING: _("metering cubicle"),  # 计量装置
    Kind.STANDBY: _("standby supply"),  # 自备应急电源
    Kind.OTHER: _("other equipment"),
}
RESULT_LABELS = {
    Result.PASSED: _("passed"),
    Result.DEFECT: _("passed with a defect to mend"),
    Result.FAILED: _("failed"),
}


class EquipmentQuerySet(OfAccountQuerySet):
    def due_before(self, day: date) -> EquipmentQuerySet:
        """What is in use and to be tested before `day`, the longest due first."""
        return self.filter(removed_on=None, due_on__lt=day).order_by("due_on", "pk")


class Equipment(models.Model):
    """One piece of equipment of an account. `due_on` follows from its last test (kam.equipment.rules.next_due)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="equipment")
    kind = models.CharField(
        _("kind"), max_length=11, choices=[(one.value, label) for one, label in KIND_LABELS.items()]
    )
    name = models.CharField(_("name"), max_length=80)
    model = models.CharField(_("model"), max_length=80, blank=True)  # SCB13-1250/10
    serial = models.CharField(_("serial number"), max_length=60, blank=True)
    maker = models.CharField(_("maker"), max_length=80, blank=True)
    place = models.CharField(_("installed at"), max_length=80, blank=True)
    installed_on = models.DateField(_("in use since"), null=True, blank=True)
    # NULL: the company's interval for its kind.
    months = models.PositiveSmallIntegerField(_("months between tests"), null=True, blank=True)
    tested_on = models.DateField(_("last tested"), null=True, blank=True)
    due_on = models.DateField(_("to be tested by"), null=True, blank=True)
    removed_on = models.DateField(_("out of use since"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[one.value for one in Kind]), name="equipment_kind_known"),
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__gte=1, months__lte=240), name="equipment_months_sane"
            ),
            models.CheckConstraint(
                condition=Q(removed_on=None) | Q(installed_on=None) | Q(removed_on__gte=F("installed_on")),
                name="equipment_removed_after_installed",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "removed_on", "due_on"], name="equipment_account"),
            models.Index(fields=["due_on", "id"], condition=Q(removed_on=None), name="equipment_due"),
        ]

    def __str__(self) -> str:
        return self.name


class OfEquipmentQuerySet(OfAccountQuerySet):
    account_field = "equipment__account"


class EquipmentTest(models.Model):
    """One test or inspection that was made; never changed, a mistake is followed by another row."""

    equipment = models.ForeignKey(Equipment, models.CASCADE, related_name="tests")
    day = models.DateField(_("day of the test"))
    result = models.CharField(
        _("result"), max_length=6, choices=[(one.value, label) for one, label in RESULT_LABELS.items()]
    )
    tester = models.CharField(_("who tested"), max_length=80, blank=True)
    note = models.CharField(_("finding"), max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfEquipmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["equipment", "-day"], name="equipment_test_day")]

    def __str__(self) -> str:
        return f"{self.equipment_id} {self.day}"
