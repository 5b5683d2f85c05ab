"""What customers are asked and told about an outage, and what they say (OUT-1, 2, 3, 10)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, Contact, OfAccountQuerySet
from kam.core.models import User
from kam.notifications.models import Message
from kam.outage_planning.models.outages import Outage, OutageOverride
from kam.outage_planning.rules.consulting import DONE, TO_SETTLE, Said, State, Through, TryHow, TryResult, Window
from kam.outage_planning.rules.telling import ANNOUNCING, AckHow, NoticeKind, is_fulfilled

STATE_LABELS = {
    State.ASKED: _("not answered yet"),
    State.AGREED: _("agrees"),
    State.COUNTERED: _("proposes other times"),
    State.OBJECTED: _("objects"),
    State.SETTLED: _("settled"),
    State.SILENT: _("silent, tried in vain"),
    State.ENDED: _("no longer asked"),
}
SAID_LABELS = {
    Said.AGREE: _("agrees"),
    Said.OTHER: _("proposes other times"),
    Said.OBJECT: _("objects"),
}
THROUGH_LABELS = {
    Through.LINK: _("by link"),
    Through.PHONE: _("by telephone"),
    Through.VISIT: _("on a visit"),
}
TRY_LABELS = {
    TryHow.PHONE: _("telephone"),
    TryHow.VISIT: _("visit"),
    TryHow.MESSAGE: _("message"),
}
RESULT_LABELS = {
    TryResult.NOT_REACHED: _("nobody reached"),
    TryResult.NO_DECISION: _("reached, cannot say yet"),
    TryResult.REFUSED: _("reached, wants to say nothing"),
}
NOTICE_LABELS = {
    NoticeKind.ANNOUNCE: _("announcement"),
    NoticeKind.MOVE: _("move"),
    NoticeKind.POSTPONE: _("put off"),
    NoticeKind.CANCEL: _("cancellation"),
    NoticeKind.EXTEND: _("extension"),
    NoticeKind.ALL_CLEAR: _("supply is back"),
    NoticeKind.FAULT: _("fault explained"),
    NoticeKind.STAGGER: _("peak staggering"),
    NoticeKind.LIMIT: _("power limit"),
    NoticeKind.OUTLOOK: _("supply outlook"),
}
ACK_LABELS = {
    AckHow.LINK: _("by link"),
    AckHow.PHONE: _("by telephone"),
    AckHow.PAPER: _("on paper"),
}


def choices(labels: Any) -> list[tuple[str, Any]]:
    """Return the choices of a field, or of a form, from codes with their labels."""
    return [(code.value, label) for code, label in labels.items()]


class ConsultationQuerySet(OfAccountQuerySet):
    def to_settle(self) -> ConsultationQuerySet:
        """Counter-proposals and objections that wait for the planner."""
        return self.filter(status__in=[state.value for state in TO_SETTLE])


class Consultation(models.Model):
    """One account asked about one window of one outage, and where that stands.

    Points at outage and account and not at the impact: who was asked stays known when the lines or the network change
    and the account is no longer affected.
    """

    outage = models.ForeignKey(Outage, models.PROTECT, related_name="consultations")
    account = models.ForeignKey(Account, models.PROTECT, related_name="consultations")
    version = models.PositiveIntegerField()  # the outage's, when it was asked
    status = models.CharField(max_length=10, choices=choices(STATE_LABELS), default=State.ASKED.value)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    effect = models.PositiveSmallIntegerField()  # kam.network.rules.impact.Effect, as it was told
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()  # the cut-off of answers by link
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    language = models.CharField(max_length=10, default="zh-hans")
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)
    # What the account has said yes to; the window asked about, one of its own, or what was settled.
    agreed_from = models.DateTimeField(null=True)
    agreed_until = models.DateTimeField(null=True)
    # An answer to an earlier window that holds for this one, so that nobody is asked twice.
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.CharField(_("why it is settled so"), max_length=300, blank=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        constraints = [
            # One that ended may be followed by another: the account is affected again after all.
            models.UniqueConstraint(
                fields=["outage", "account", "version"],
                condition=~Q(status=State.ENDED.value),
                name="consultation_once_a_plan",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[state.value for state in State]), name="consultation_status_known"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="consultation_ends_after_start"),
            models.CheckConstraint(
                condition=~Q(status=State.SETTLED.value) | ~Q(settled_reason=""),
                name="consultation_settled_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "answer_by"], name="consultation_status"),
            models.Index(fields=["account", "-asked_at"], name="consultation_account"),
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.account_id} v{self.version}"

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at)

    @property
    def is_done(self) -> bool:
        return self.status in DONE

    @property
    def ref(self) -> str:
        """What messages and links about it carry."""
        return f"outage_planning.Consultation:{self.pk}"


class OfConsultationQuerySet(OfAccountQuerySet):
    account_field = "consultation__account"


class ConsultationMove(models.Model):
    """One step of a consultation."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="moves")
    from_status = models.CharField(max_length=10)
    to_status = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # NULL: the customer, or time itself
    reason = models.CharField(max_length=300, blank=True)

    objects = OfConsultationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.consultation_id} {self.from_status} → {self.to_status}"


class Answer(models.Model):
    """What a customer said, each time; the last one before the cut-off counts and all are kept."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="answers")
    said = models.CharField(max_length=6, choices=choices(SAID_LABELS))
    windows = models.JSONField(default=list)  # [{"from": ISO instant, "until": ISO instant}], of OTHER
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    attachment = models.FileField(upload_to="answers/", blank=True)
    attachment_name = models.CharField(max_length=120, blank=True)
    attachment_sha256 = models.CharField(max_length=64, blank=True)
    through = models.CharField(max_length=5, choices=choices(THROUGH_LABELS))
    answered_by = models.CharField(_("who gave the answer"), max_length=60, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # who noted it; NULL by link
    at = models.DateTimeField()
    # The form's own key: the same form sent twice is one answer.
    key = models.CharField(max_length=64, unique=True)

    objects = OfConsultationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(said=Said.OBJECT.value) | ~Q(reason=""), name="answer_objects_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["consultation", "at"], name="answer_of")]

    def __str__(self) -> str:
        return f"{self.consultation_id} {self.said}"


class ConsultationTry(models.Model):
    """A documented try to get an answer: how, when, who, whom, with what result."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="tries")
    how = models.CharField(_("how"), max_length=7, choices=choices(TRY_LABELS))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    whom = models.CharField(_("whom"), max_length=60, blank=True)
    result = models.CharField(_("what came of it"), max_length=11, choices=choices(RESULT_LABELS))
    note = models.CharField(_("note"), max_length=300)
    noted_at = models.DateTimeField()

    objects = OfConsultationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["consultation", "at"], name="try_of")]

    def __str__(self) -> str:
        return f"{self.consultation_id} {self.at}"


class NoticeQuerySet(OfAccountQuerySet):
    def of_ref(self, ref: str) -> NoticeQuerySet:
        """The notice that a link or message names; none where the text names none."""
        parts = ref.partition(":")[2].split(".")
        if len(parts) != 5 or not all(parts[place].isdigit() for place in (0, 1, 2, 4)):
            return self.none()
        outage, account, version, kind, number = parts
        return self.filter(
            outage=int(outage), account=int(account), version=int(version), kind=kind, number=int(number)
        )

    def current(self) -> NoticeQuerySet:
        """Notices of plans as they stand."""
        return self.filter(superseded_at=None)

    def announcing(self) -> NoticeQuerySet:
        """Those that tell when an outage will be, of the plan as it stands."""
        return self.current().filter(version=F("outage__version"), kind__in=[kind.value for kind in ANNOUNCING])

    def unacknowledged(self) -> NoticeQuerySet:
        """Announcements to continuous producers that have not been acknowledged (OUT-3)."""
        return self.announcing().filter(must_acknowledge=True, acknowledged_at=None)


class Notice(models.Model):
    """What one account is told of one outage: why, by when, by which message, with what proof.

    Written in the transaction of the change that owes it, by `actions.notices.tell` alone.
    """

    outage = models.ForeignKey(Outage, models.PROTECT, related_name="notices")
    account = models.ForeignKey(Account, models.PROTECT, related_name="outage_notices")
    kind = models.CharField(max_length=9, choices=choices(NOTICE_LABELS))
    version = models.PositiveIntegerField()  # the outage's, when it was told
    number = models.PositiveIntegerField(default=1)  # of several of one kind about one plan: updates of a fault
    message = models.ForeignKey(Message, models.PROTECT, related_name="+")
    deadline = models.DateTimeField(null=True)  # of law, contract or company; None: as soon as possible
    must_acknowledge = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proven_at = models.DateTimeField(null=True)  # first proof that it arrived
    proven_by = models.CharField(max_length=5, blank=True)  # its channel, kam.notifications Channel
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_how = models.CharField(max_length=5, choices=choices(ACK_LABELS), blank=True)
    acknowledged_by = models.CharField(_("who acknowledged"), max_length=60, blank=True)
    late = models.BooleanField(default=False)  # a promise not kept: told, or proven, after the deadline
    override = models.ForeignKey(OutageOverride, models.PROTECT, null=True, related_name="notices")
    superseded_at = models.DateTimeField(null=True)  # moved or cancelled since

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outage", "account", "version", "kind", "number"], name="notice_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in NoticeKind]), name="notice_kind_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_how="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_how="")),
                name="notice_acknowledged_somehow",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="notice_account"),
            models.Index(fields=["message"], name="notice_message"),
            models.Index(fields=["deadline"], condition=Q(proven_at=None, superseded_at=None), name="notice_to_prove"),
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.account_id} {self.kind} v{self.version}"

    @property
    def is_fulfilled(self) -> bool:
        return is_fulfilled(self.must_acknowledge, self.proven_at, self.acknowledged_at)

    @property
    def ref(self) -> str:
        """What messages and links about it carry; known before the row is written, since it points at its message."""
        return f"outage_planning.Notice:{self.outage_id}.{self.account_id}.{self.version}.{self.kind}.{self.number}"


class OfNoticeQuerySet(OfAccountQuerySet):
    account_field = "notice__account"


class NoticeEvent(models.Model):
    """One thing that happened to a notice; what is done once for it (a call, the supervisor told) stands here once."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="events")
    code = models.CharField(max_length=20)  # kam.outage_planning.rules.telling.Event
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    objects = OfNoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "code"], name="notice_event_once")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.code}"
