"""Grades, what stands against them, and what a person may set in their place (CRE-1)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import Unit, User
from kam.credit.models.schemes import CreditRuleSet
from kam.credit.rules.history import FactKind
from kam.credit.rules.statuses import GradeStatus

FACT_LABELS = {
    FactKind.THEFT: _("theft of electricity"),
    FactKind.ILLEGAL_USE: _("illegal use"),
    FactKind.NO_NEW_CONTRACT: _("no new contract after a change of use"),
    FactKind.CONTRACT_BROKEN: _("supply contract broken"),
    FactKind.ACCIDENT: _("accident in the grid or injury"),
    FactKind.HAZARD: _("major hazard not mended after notice"),
    FactKind.DEFECT: _("safety defect"),
    FactKind.DISHONOURED: _("bill of exchange dishonoured"),
    FactKind.OUTSIDE: _("sign from outside"),
}
OUTSIDE_SIGNS = [(1, _("slight")), (2, _("serious")), (3, _("grave"))]
GRADE_STATUS_LABELS = {
    GradeStatus.PROPOSED: _("waits for confirmation"),
    GradeStatus.IN_FORCE: _("in force"),
    GradeStatus.SET_ASIDE: _("set aside"),
}


class GradingRun(models.Model):
    """One grading of many accounts at the end of `as_of`. `counts`: {"graded", "changed", "by_grade"}."""

    class Cause(models.TextChoices):
        SCHEDULE = "SCHEDULE", _("on schedule")
        EVENT = "EVENT", _("something happened")
        ORDER = "ORDER", _("ordered")

    as_of = models.DateField(_("as of"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    rule_set = models.ForeignKey(CreditRuleSet, models.PROTECT, related_name="runs")
    cause = models.CharField(max_length=8, choices=Cause)
    counts = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-as_of", "-id"], name="grading_run_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.rule_set_id}"


class CreditGradeQuerySet(OfAccountQuerySet):
    def in_force(self) -> CreditGradeQuerySet:
        return self.filter(status=GradeStatus.IN_FORCE.value)


class CreditGrade(models.Model):
    """One account's grade at the end of `as_of`, with every indicator behind it.

    `parts`: rows [indicator, value, points, max points, bill ids, fact ids, lift code, lift figure].
    `vetoes`: rows [veto, kind, at best, bill ids, fact ids]. `uncapped`: before the rise was held back.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="credit_grades")
    as_of = models.DateField(_("as of"))
    status = models.CharField(max_length=9, choices=[(one.value, label) for one, label in GRADE_STATUS_LABELS.items()])
    grade = models.CharField(_("grade"), max_length=4)
    uncapped = models.CharField(max_length=4)
    previous = models.CharField(max_length=4, blank=True)  # in force before; empty for the first
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    new = models.BooleanField(default=False)
    parts = models.JSONField(default=list)
    vetoes = models.JSONField(default=list)
    rule_set = models.ForeignKey(CreditRuleSet, models.PROTECT, related_name="grades")
    run = models.ForeignKey(GradingRun, models.PROTECT, null=True, related_name="grades")

    objects = CreditGradeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "as_of"], name="credit_grade_one_a_day"),
            models.CheckConstraint(
                condition=Q(status__in=[one.value for one in GradeStatus]), name="credit_grade_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-as_of"], name="credit_grade_account"),
            models.Index(fields=["as_of", "grade"], name="credit_grade_as_of"),
            models.Index(fields=["as_of"], condition=Q(status="PROPOSED"), name="credit_grade_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.as_of} {self.grade}"


class Standing(models.Model):
    """The grade that holds for an account now, an override counted in: what lists, filters and pages read."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="credit_standing")
    grade = models.CharField(_("grade"), max_length=4)
    rank = models.PositiveSmallIntegerField()  # 0 the best
    computed = models.ForeignKey(CreditGrade, models.CASCADE, null=True, related_name="+")
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    as_of = models.DateField()
    since = models.DateField()  # this grade has held from then
    override_until = models.DateField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["grade", "account"], name="standing_grade")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.grade}"


class ConductFact(models.Model):
    """Conduct that no bill tells of, noted by a person with its source; `mended_on` ends what can be put right."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="conduct_facts")
    kind = models.CharField(
        _("what"), max_length=16, choices=[(one.value, label) for one, label in FACT_LABELS.items()]
    )
    day = models.DateField(_("on"))
    mended_on = models.DateField(_("put right on"), null=True, blank=True)
    weight = models.PositiveSmallIntegerField(_("weight"), choices=OUTSIDE_SIGNS, default=1)
    source = models.CharField(_("source"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True)
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)  # noted by mistake: kept, and no longer counted

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mended_on=None) | Q(mended_on__gte=F("day")), name="conduct_mended_not_before"
            ),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=3), name="conduct_weight_known"),
        ]
        indexes = [models.Index(fields=["account", "day"], name="conduct_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind} {self.day}"


class GradeOverrideQuerySet(OfAccountQuerySet):
    def on(self, day: date) -> GradeOverrideQuerySet:
        """Overrides that hold on the day."""
        return self.filter(valid_from__lte=day, valid_until__gt=day, refused=False, approved_by__isnull=False)


class GradeOverride(models.Model):
    """Another grade in `[valid_from, valid_until)`, proposed by one person with a reason and approved by another."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="grade_overrides")
    grade = models.CharField(_("grade"), max_length=4)
    reason = models.CharField(_("reason"), max_length=300)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"))
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    refused = models.BooleanField(default=False)

    objects = GradeOverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="grade_override_by_two"
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="grade_override_ends_later"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(approved_by=None, refused=False),
                name="grade_override_one_waits",
            ),
        ]
        indexes = [models.Index(fields=["account", "-valid_until"], name="grade_override_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.grade}"


CONTEST_OUTCOMES = [("UPHELD", _("the grade stands")), ("CORRECTED", _("the grade is corrected"))]


class GradeContest(models.Model):
    """A customer's objection to its grade, and the person's answer to it (PIPL Art. 24)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="grade_contests")
    grade = models.ForeignKey(CreditGrade, models.PROTECT, related_name="contests")
    said_by = models.CharField(_("name"), max_length=60)
    text = models.TextField(_("objection"))
    at = models.DateTimeField()
    outcome = models.CharField(_("decision"), max_length=10, choices=CONTEST_OUTCOMES, blank=True)
    answer = models.CharField(_("answer to the customer"), max_length=500, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grade"], condition=Q(outcome=""), name="grade_contest_one_open"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by=None) | (~Q(outcome="") & Q(decided_by__isnull=False)),
                name="grade_contest_decided_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d}"
