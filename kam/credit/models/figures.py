"""Figures prepared for executives: one row an account and month end, and their sums, so that pages only read."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import Unit, User
from kam.core.rules import Reach


class OfUnitFiguresQuerySet(models.QuerySet[Any]):
    """Sums are seen by who sees the whole unit they are of."""

    def visible_to(self, user: User) -> OfUnitFiguresQuerySet:
        if user.reach != Reach.UNIT:
            return self.none()
        return self if user.unit_ids is None else self.filter(unit_id__in=user.unit_ids)


class Position(models.Model):
    """One account at the end of a day: grade, what it owes, what was sold to it in twelve months."""

    as_of = models.DateField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="credit_positions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    section = models.CharField(max_length=1, blank=True)  # of GB/T 4754
    grade = models.CharField(_("grade"), max_length=4)
    receivable = models.DecimalField(_("receivable"), max_digits=14, decimal_places=2)
    overdue = models.DecimalField(_("overdue"), max_digits=14, decimal_places=2)
    sales = models.DecimalField(_("sales of twelve months"), max_digits=16, decimal_places=2)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["as_of", "account"], name="credit_position_once")]
        indexes = [
            models.Index(fields=["as_of", "grade", "-overdue"], name="credit_position_grade"),
            models.Index(fields=["as_of", "-overdue"], name="credit_position_overdue"),
            models.Index(fields=["as_of", "-receivable"], name="credit_position_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.as_of} {self.grade}"


class TierFigure(models.Model):
    """Sums of the positions of one day by unit, section and grade."""

    as_of = models.DateField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    section = models.CharField(max_length=1, blank=True)
    grade = models.CharField(max_length=4)
    accounts = models.PositiveIntegerField()
    receivable = models.DecimalField(max_digits=16, decimal_places=2)
    overdue = models.DecimalField(max_digits=16, decimal_places=2)
    sales = models.DecimalField(max_digits=18, decimal_places=2)

    objects = OfUnitFiguresQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["as_of", "unit"], name="tier_figure_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.unit_id} {self.grade}"


class TierMove(models.Model):
    """How many accounts went from one grade to another between two prepared days, by unit and section.

    An account that one of the days does not know has an empty grade there.
    """

    begin = models.DateField()
    end = models.DateField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    section = models.CharField(max_length=1, blank=True)
    from_grade = models.CharField(max_length=4, blank=True)
    to_grade = models.CharField(max_length=4, blank=True)
    accounts = models.PositiveIntegerField()
    receivable = models.DecimalField(max_digits=16, decimal_places=2)

    objects = OfUnitFiguresQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["begin", "end", "unit"], name="tier_move_days")]

    def __str__(self) -> str:
        return f"{self.begin} {self.end} {self.from_grade} → {self.to_grade}"


class ExpectedCash(models.Model):
    """Cash expected of the bills open on a day, by unit, section and week (its Monday)."""

    as_of = models.DateField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    section = models.CharField(max_length=1, blank=True)
    week = models.DateField()
    due = models.DecimalField(max_digits=16, decimal_places=2)  # what falls due in the week
    expected = models.DecimalField(max_digits=16, decimal_places=2)

    objects = OfUnitFiguresQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["as_of", "unit"], name="expected_cash_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.week}"


class ManagerFigure(models.Model):
    """Sums of the positions of one day by account manager, unit, section and grade."""

    as_of = models.DateField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    section = models.CharField(max_length=1, blank=True)
    manager = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    grade = models.CharField(max_length=4)
    accounts = models.PositiveIntegerField()
    receivable = models.DecimalField(max_digits=16, decimal_places=2)
    overdue = models.DecimalField(max_digits=16, decimal_places=2)
    sales = models.DecimalField(max_digits=18, decimal_places=2)

    objects = OfUnitFiguresQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["as_of", "unit"], name="manager_figure_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.manager_id} {self.grade}"


class TierDay(models.Model):
    """A day for which figures are prepared."""

    as_of = models.DateField(unique=True)
    accounts = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.as_of)
