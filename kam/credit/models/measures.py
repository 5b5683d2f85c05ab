"""What follows from a grade or from arrears: measures, and cases on the supply itself (CRE-2)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import User
from kam.credit.rules.measures import ON_SUPPLY, ORDINARY, MeasureKind, MeasureStatus
from kam.credit.rules.supply import OPEN, Step
from kam.notifications.models import Message

MEASURE_LABELS = {
    MeasureKind.NO_DEPOSIT: _("deposit waived"),
    MeasureKind.GREEN_CHANNEL: _("green channel"),
    MeasureKind.INSTALMENTS: _("instalments by agreement"),
    MeasureKind.STRICT_PENALTY: _("late-payment penalty without grace"),
    MeasureKind.FIXED_DATES: _("payment on fixed dates"),
    MeasureKind.ACCEPTANCE_BILLS: _("commercial acceptance bills"),
    MeasureKind.PREPAYMENT: _("energy bought in advance"),
    MeasureKind.LIMIT: _("supply limited"),
    MeasureKind.DISCONNECT: _("supply cut"),
}
MEASURE_STATUS_LABELS = {
    MeasureStatus.PROPOSED: _("waits for a second person"),
    MeasureStatus.IN_FORCE: _("in force"),
    MeasureStatus.ENDED: _("ended"),
    MeasureStatus.REFUSED: pgettext_lazy("of an approval", "refused"),
}
STEP_LABELS = {
    Step.OPENED: _("opened"),
    Step.DEMANDED: _("payment demanded"),
    Step.SUBMITTED: _("waits for approval"),
    Step.APPROVED: _("approved"),
    Step.NOTICED: _("notice given"),
    Step.REPORTED: _("reported to the administration"),
    Step.WARNED: _("told once more"),
    Step.CUT: _("cut"),
    Step.CLEARED: _("cause removed, to be reconnected"),
    Step.RECONNECTED: _("reconnected"),
    Step.STOPPED: _("stopped"),
    Step.REFUSED: pgettext_lazy("of an approval", "refused"),
}


class Measure(models.Model):
    """A benefit or a burden that the grade allows; proposed by one person, put in force by another."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="credit_measures")
    kind = models.CharField(_("measure"), max_length=16, choices=[(one.value, MEASURE_LABELS[one]) for one in ORDINARY])
    status = models.CharField(
        max_length=8,
        choices=[(one.value, label) for one, label in MEASURE_STATUS_LABELS.items()],
        default=MeasureStatus.PROPOSED.value,
    )
    grade = models.CharField(_("grade"), max_length=4)  # in force when it was proposed
    reason = models.CharField(_("reason"), max_length=300)
    agreement = models.CharField(_("contract or agreement"), max_length=120, blank=True)
    owed_at_start = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    collected = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # of that, paid since
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="measure_by_two"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PROPOSED", "REFUSED"]) | Q(approved_by__isnull=False),
                name="measure_in_force_is_approved",
            ),
            models.UniqueConstraint(
                fields=["account", "kind"], condition=Q(status__in=["PROPOSED", "IN_FORCE"]), name="measure_one_open"
            ),
        ]
        indexes = [models.Index(fields=["status", "kind"], name="measure_status")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"


_KINDS = [(one.value, MEASURE_LABELS[one]) for one in MeasureKind if one in ON_SUPPLY]
# What must be on the row once a case has come so far; the constraints repeat what the rules guard.
_AFTER_APPROVAL = ["APPROVED", "NOTICED", "REPORTED", "WARNED", "CUT", "CLEARED", "RECONNECTED"]
_AFTER_CUT = ["CUT", "CLEARED", "RECONNECTED"]


class SupplyCase(models.Model):
    """Limiting or cutting the supply of one account for arrears, from the first step to the last (DOMAIN 1.5)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="supply_cases")
    kind = models.CharField(_("measure"), max_length=16, choices=_KINDS, default=MeasureKind.DISCONNECT.value)
    status = models.CharField(
        max_length=12, choices=[(one.value, label) for one, label in STEP_LABELS.items()], default=Step.OPENED.value
    )
    important = models.BooleanField()  # as the account stood when the case was opened, or since
    owed_at_start = models.DecimalField(max_digits=14, decimal_places=2)
    collected = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    demanded_at = models.DateTimeField(null=True)  # the first demand that is proven
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    notices = models.PositiveSmallIntegerField(default=0)  # how many were given; each message's key names its number
    cut_at = models.DateTimeField(_("supply is cut at"), null=True)  # the time told
    notice_proven_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    report_ref = models.CharField(_("receipt of the administration"), max_length=120, blank=True)
    warned_at = models.DateTimeField(null=True)
    warned_to = models.CharField(_("who was told"), max_length=60, blank=True)
    cut_done_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_how = models.CharField(_("how the cause was removed"), max_length=300, blank=True)
    reconnect_by = models.DateTimeField(null=True)
    reconnected_at = models.DateTimeField(null=True)
    ended_how = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=[one.value for one in Step]), name="supply_status_known"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(status__in=[one.value for one in OPEN]), name="supply_one_open"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("submitted_by")), name="supply_by_two"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=_AFTER_APPROVAL)
                | Q(demanded_at__isnull=False, submitted_by__isnull=False, approved_by__isnull=False),
                name="supply_approved_after_demand",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["WARNED", *_AFTER_CUT])
                | Q(notice_proven_at__isnull=False, cut_at__isnull=False, warned_at__isnull=False),
                name="supply_warned_after_notice",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["WARNED", *_AFTER_CUT]) | Q(important=False) | Q(reported_at__isnull=False),
                name="supply_important_reported",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=_AFTER_CUT)
                | Q(cut_done_at__isnull=False, cut_done_at__gte=F("cut_at"), cut_done_at__gt=F("warned_at")),
                name="supply_cut_not_before_told",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["CLEARED", "RECONNECTED"])
                | Q(cleared_at__isnull=False, reconnect_by__isnull=False),
                name="supply_cleared_has_a_clock",
            ),
        ]
        indexes = [models.Index(fields=["status", "cut_at"], name="supply_status")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind} {self.status}"


class LetterQuerySet(OfAccountQuerySet):
    account_field = "case__account"


class SupplyLetter(models.Model):
    """The numbered copy of one notice for the administration (DOMAIN 1.5, step 5). Its words are the message's."""

    case = models.ForeignKey(SupplyCase, models.PROTECT, related_name="letters")
    notice = models.PositiveSmallIntegerField()  # which of the case's notices
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(_("number"), max_length=40, unique=True)
    to = models.CharField(_("to"), max_length=120)
    message = models.OneToOneField(Message, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "notice"], name="supply_letter_one_a_notice"),
            models.UniqueConstraint(fields=["year", "sequence"], name="supply_letter_number"),
        ]

    def __str__(self) -> str:
        return self.number
