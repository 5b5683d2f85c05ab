"""Requests from the first word to the rating, with who had them, what was promised and when time stood still."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, Contact, OfAccountQuerySet
from kam.core.models import User
from kam.service_desk.rules.lifecycle import OPEN, Kind, Source, Status
from kam.service_desk.rules.promises import Base, Place, Step, Supply
from kam.service_desk.rules.working_time import Clock

KIND_LABELS = {
    Kind.QUESTION: _("question"),  # 咨询
    Kind.COMPLAINT: _("complaint"),  # 投诉
    Kind.FAULT: _("fault"),  # 故障报修
    Kind.APPLICATION: _("business application"),  # 业扩
    Kind.PRAISE: _("praise"),  # 表扬
    Kind.SUGGESTION: _("suggestion"),  # 建议
}
SOURCE_LABELS = {
    Source.HOTLINE: _("hotline"),
    Source.VISIT: _("visit"),
    Source.SYMPOSIUM: _("symposium"),
    Source.LINK: _("page for the customer"),
    Source.MAIL: _("mail"),
    Source.API: _("another system"),
    Source.STAFF: _("noted by staff"),
}
STATUS_LABELS = {
    Status.NEW: _("not given to anybody"),
    Status.ASSIGNED: _("assigned"),
    Status.IN_HAND: _("in hand"),
    Status.ANSWERED: _("answered"),
    Status.CALLED_BACK: _("called back"),
    Status.CLOSED: _("closed"),
    Status.REOPENED: _("reopened"),
}
STEP_LABELS = {
    Step.ACCEPT: _("take in hand"),
    Step.CONTACT: _("speak to the customer"),
    Step.ARRIVE: _("be there"),
    Step.RESTORE: _("restore supply"),
    Step.CONNECT: _("finish the application"),
    Step.ANSWER: _("answer"),
    Step.CALL_BACK: _("call back"),
}
PLACE_LABELS = {Place.TOWN: _("town"), Place.COUNTRY: _("country"), Place.REMOTE: _("remote area")}
SUPPLY_LABELS = {
    Supply.LV: _("low voltage"),
    Supply.HV_SINGLE: _("high voltage, one source"),
    Supply.HV_DUAL: _("high voltage, two sources"),
    Supply.CHANGE: _("change without building"),
}
CLOCK_LABELS = {
    Clock.ELAPSED: _("minutes, day and night"),
    Clock.WORKING: _("minutes of working hours"),
    Clock.WORKDAYS: _("workdays"),
}
BASE_LABELS = {Base.RECEIVED: _("received"), Base.ARRIVED: _("crew there"), Base.ANSWERED: _("answered")}


def choices(labels: Any) -> list[tuple[str, Any]]:
    """Return a table of labels as choices of a field."""
    return [(one.value, label) for one, label in labels.items()]


class PromiseQuerySet(models.QuerySet["Promise"]):
    def visible_to(self, user: User) -> PromiseQuerySet:
        """Promises are the company's; whoever may see them sees all."""
        return self

    def in_force(self, day: date) -> PromiseQuerySet:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)


class Promise(models.Model):
    """A figure promised to customers or kept inside, `[valid_from, valid_until)`, with its source (SRV-2, SRV-9)."""

    code = models.CharField(_("promise"), max_length=60)
    kind = models.CharField(_("kind"), max_length=11, choices=choices(KIND_LABELS), blank=True)
    step = models.CharField(_("step"), max_length=9, choices=choices(STEP_LABELS))
    place = models.CharField(_("place"), max_length=7, choices=choices(PLACE_LABELS), blank=True)
    supply = models.CharField(_("supply"), max_length=9, choices=choices(SUPPLY_LABELS), blank=True)
    province = models.CharField(_("province"), max_length=8, blank=True)
    clock = models.CharField(_("counted in"), max_length=8, choices=choices(CLOCK_LABELS))
    figure = models.PositiveIntegerField(_("figure"))
    base = models.CharField(_("counted from"), max_length=8, choices=choices(BASE_LABELS), default=Base.RECEIVED.value)
    pausable = models.BooleanField(_("stands still while the customer is waited for"), default=False)
    public = models.BooleanField(_("told to customers"), default=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "province", "valid_from"], name="promise_one_row_per_start"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="promise_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"


class RequestQuerySet(OfAccountQuerySet):
    def open(self) -> RequestQuerySet:
        """Requests that somebody still owes something; doubles are part of the request they were merged into."""
        return self.filter(status__in=[status.value for status in OPEN], merged_into=None)


class Request(models.Model):
    """What a customer asked for, in one closed loop (SRV-1). `first_owner` stays answerable to the end (首问负责制)."""

    number = models.CharField(_("request number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=11, choices=choices(KIND_LABELS))
    status = models.CharField(_("status"), max_length=11, choices=choices(STATUS_LABELS), default=Status.NEW.value)
    account = models.ForeignKey(Account, models.PROTECT, related_name="requests")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="requests")
    # Who called, where it is nobody among the contacts.
    caller_name = models.CharField(_("caller"), max_length=60, blank=True)
    phone_encrypted = models.TextField(blank=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    phone_last4 = models.CharField(max_length=4, blank=True)
    title = models.CharField(_("in short"), max_length=120)
    text = models.TextField(_("what was asked for"))
    source = models.CharField(_("came by"), max_length=9, choices=choices(SOURCE_LABELS))
    source_ref = models.CharField(max_length=80, blank=True)  # "visits.Visit:5"
    place = models.CharField(_("place"), max_length=7, choices=choices(PLACE_LABELS), blank=True)
    site = models.CharField(_("where it is"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    first_owner = models.ForeignKey(
        User, models.PROTECT, null=True, verbose_name=_("answerable"), related_name="requests_first"
    )
    owner = models.ForeignKey(User, models.PROTECT, null=True, verbose_name=_("owner"), related_name="requests_owned")
    received_at = models.DateTimeField(_("received"))
    in_hand_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(default=1)  # one more each time it is reopened
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="doubles")
    # Repeats the earliest open deadline whose clock runs: queues are sorted by it without a join.
    next_step = models.CharField(max_length=9, choices=choices(STEP_LABELS), blank=True)
    next_due_at = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="request_status_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="request_kind_known"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="request_not_its_own_double"),
            models.CheckConstraint(
                condition=Q(status=Status.NEW.value) | Q(owner__isnull=False, first_owner__isnull=False),
                name="request_has_an_owner",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "next_due_at", "id"], name="request_queue"),
            models.Index(fields=["status", "next_due_at", "id"], name="request_status_due"),
            models.Index(fields=["account", "-received_at", "-id"], name="request_account"),
            models.Index(fields=["received_at"], name="request_received"),
            models.Index(fields=["source", "source_ref"], name="request_source"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class OfRequestQuerySet(OfAccountQuerySet):
    """Rows of a request are seen by whoever sees its account."""

    account_field = "request__account"


class RequestMove(models.Model):
    """One step of a request's life."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="moves")
    from_status = models.CharField(max_length=11)
    to_status = models.CharField(max_length=11)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    objects = OfRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.request_id} {self.from_status} → {self.to_status}"


class Note(models.Model):
    """What somebody did or heard about a request."""

    class Kind(models.TextChoices):
        NOTE = "NOTE", _("note")
        CONTACT = "CONTACT", _("spoke to the customer")
        CUSTOMER = "CUSTOMER", _("the customer added")
        HELPED = "HELPED", _("a helper's part")

    request = models.ForeignKey(Request, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NOTE)
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class RequestRef(models.Model):
    """What a request is about: an outage, a bill, a meter, a visit, by reference; `text` as it was called then.

    `by` NULL: it came with the request. A link that was taken off stays, with the reason.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="refs")
    ref = models.CharField(max_length=80, db_index=True)  # "outage_planning.Outage:5"
    text = models.CharField(max_length=120)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = models.CharField(max_length=300, blank=True)

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "ref"], condition=Q(ended_at=None), name="request_ref_once")
        ]

    def __str__(self) -> str:
        return self.text


class Helper(models.Model):
    """A colleague who helps the owner; done when their part is told."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="helpers")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    ask = models.CharField(_("what is asked of them"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], condition=Q(done_at=None), name="helper_once_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.user_id}"


class Handover(models.Model):
    """A request on its way from one owner to another; it stays with the giver until the taker accepts."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="handovers")
    giver = models.ForeignKey(User, models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, models.PROTECT, related_name="handovers_in")
    reason = models.CharField(_("why"), max_length=300)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(decided_at=None), name="handover_one_open"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="handover_to_another"),
            models.CheckConstraint(
                condition=Q(decided_at=None, accepted=None) | Q(decided_at__isnull=False, accepted__isnull=False),
                name="handover_decided_with_an_answer",
            ),
        ]
        indexes = [models.Index(fields=["taker", "decided_at"], name="handover_taker")]

    def __str__(self) -> str:
        return f"{self.request_id} → {self.taker_id}"


class Pause(models.Model):
    """Time in which a request waits for somebody else, `[begun_at, ended_at)`; it does not count (FIELD 10)."""

    class Reason(models.TextChoices):
        CUSTOMER = "CUSTOMER", _("waits for the customer")
        WEATHER = "WEATHER", _("weather makes work unsafe")
        ACCESS = "ACCESS", _("no access to the site")
        OTHERS = "OTHERS", _("waits for another authority")

    request = models.ForeignKey(Request, models.CASCADE, related_name="pauses")
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    text = models.CharField(_("what is waited for"), max_length=300)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(ended_at=None), name="pause_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("begun_at")), name="pause_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.begun_at}"


class Deadline(models.Model):
    """One promise given for one request: from when it counts, when it is due, when it was kept.

    `promise` NULL: agreed with the customer, not promised to everybody. `stood_still`: a pause holds its clock now.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="deadlines")
    promise = models.ForeignKey(Promise, models.PROTECT, null=True, related_name="deadlines")
    step = models.CharField(max_length=9, choices=choices(STEP_LABELS))
    round = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stood_still = models.BooleanField(default=False)
    met_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "step", "round"],
                condition=Q(promise__isnull=False),
                name="deadline_one_promise_a_step",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(met_at=None, stood_still=False), name="deadline_running"),
            models.Index(fields=["started_at", "promise"], name="deadline_started"),
            models.Index(fields=["request", "due_at"], name="deadline_request"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.step}"


class CallBack(models.Model):
    """One try to hear from the customer whether the answer is good (回访): by telephone, or on the signed page."""

    class Way(models.TextChoices):
        PHONE = "PHONE", _("by telephone")
        LINK = "LINK", _("on the page for the customer")

    request = models.ForeignKey(Request, models.CASCADE, related_name="call_backs")
    round = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=5, choices=Way)
    reached = models.BooleanField()
    content = models.BooleanField(null=True)  # NULL: not reached
    words = models.CharField(_("in the customer's words"), max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reached=False, content=None) | Q(reached=True, content__isnull=False),
                name="call_back_says_whether_content",
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.way}"


class Rating(models.Model):
    """How the customer rates what was done, 1 to 5 (SRV-6)."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="ratings")
    round = models.PositiveSmallIntegerField()
    stars = models.PositiveSmallIntegerField(_("rating"))
    words = models.CharField(max_length=500, blank=True)
    way = models.CharField(max_length=5, choices=CallBack.Way)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="rating_1_to_5"),
            models.UniqueConstraint(fields=["request", "round"], name="rating_one_a_round"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.stars}"


class Attachment(models.Model):
    """A file of a request, checked and under a random name; only ever given out as a download (RELIABILITY 3.5)."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to="requests/")
    name = models.CharField(max_length=120)  # as it was called, shown as text alone
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class CannedTextQuerySet(models.QuerySet["CannedText"]):
    def visible_to(self, user: User) -> CannedTextQuerySet:
        """Texts hold no customer; whoever works on requests uses all of them."""
        return self


class CannedText(models.Model):
    """A text that is written often: put in with one choice, then changed as the case needs."""

    kind = models.CharField(_("kind"), max_length=11, choices=choices(KIND_LABELS), blank=True)
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"))
    active = models.BooleanField(_("in use"), default=True)

    objects = CannedTextQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title"], name="canned_text_title")]

    def __str__(self) -> str:
        return self.title
