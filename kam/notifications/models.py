"""Messages, one delivery for each way to the person, what people do by hand, and what stands in the app.

Knows no customer and no reason: `account_id`, `unit_id` and `manager_id` are plain ids that say who may look
(`ACCOUNT_SCOPE`), and `owner_ref` is a text for the app that owes the message (STYLE 3).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.models import User
from kam.core.rules import Reach, Right
from kam.notifications.rules.files import MOST_BYTES
from kam.notifications.rules.states import BY_HAND, Channel, DeliveryState, MessageState
from kam.notifications.rules.texts import Form

CHANNEL_LABELS = {
    Channel.SMS: _("text message"),
    Channel.MAIL: _("e-mail"),
    Channel.CHAT: _("work chat"),
    Channel.APP: _("in the app"),
    Channel.CALL: _("call list"),
    Channel.PAPER: _("paper notice"),
}
DELIVERY_LABELS = {
    DeliveryState.WAITING: _("its turn has not come"),
    DeliveryState.PENDING: _("to be sent"),
    DeliveryState.UNKNOWN: _("left, no answer"),
    DeliveryState.SENT: _("sent"),
    DeliveryState.DELIVERED: _("delivered"),
    DeliveryState.FAILED: _("refused"),
    DeliveryState.DEAD: _("gave up"),
    DeliveryState.SPARED: _("not needed"),
    DeliveryState.WITHDRAWN: _("withdrawn"),
}
MESSAGE_LABELS = {
    MessageState.OPEN: _("under way"),
    MessageState.PROVEN: _("proven"),
    MessageState.HANDED_OVER: _("handed over"),
    MessageState.WITHDRAWN: _("withdrawn"),
    MessageState.UNREACHED: _("not reached"),
}
FORM_LABELS = {Form.SHORT: _("short text"), Form.LONG: _("letter"), Form.SPOKEN: _("spoken on the telephone")}


# Which accounts a user sees, as a query of ids; the app that knows accounts hands it down when it starts.
ACCOUNT_SCOPE: dict[str, Callable[[User], models.QuerySet[Any, Any]]] = {}


# Which right a reader needs for messages whose kind begins so; the apps that owe them add theirs when they start.
GUARDED_KINDS: dict[str, Right] = {}


class OfMessageQuerySet(models.QuerySet[Any]):
    """Rows of a message about an account are seen by whoever sees the account now, handed over or not.

    Rows about no account are seen by the unit with all above it, or by the manager that they name.
    """

    prefix = "message__"

    def visible_to(self, user: User) -> OfMessageQuerySet:
        hidden = Q()
        for start, right in GUARDED_KINDS.items():
            if not user.may(right):
                hidden |= Q(**{f"{self.prefix}kind__startswith": start})
        found = self._within_reach(user)
        return found.exclude(hidden) if hidden else found

    def _within_reach(self, user: User) -> OfMessageQuerySet:
        if user.reach == Reach.NONE:
            return self.none()
        if user.reach == Reach.UNIT and user.unit_ids is None:
            return self
        if user.reach == Reach.UNIT:
            mine = Q(**{f"{self.prefix}unit_id__in": user.unit_ids})
        else:
            mine = Q(**{f"{self.prefix}manager_id__in": user.acts_for})
        find = ACCOUNT_SCOPE.get("ids")
        if find is None:
            return self.filter(mine)
        about_none = Q(**{f"{self.prefix}account_id": None})
        return self.filter((about_none & mine) | Q(**{f"{self.prefix}account_id__in": find(user)}))


class MessageQuerySet(OfMessageQuerySet):
    prefix = ""


class Message(models.Model):
    """What is owed to one person, frozen when it is owed. Never deleted by the relay."""

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    body_hash = models.CharField(max_length=64)  # the same key with another body is a mistake of the caller
    status = models.CharField(
        max_length=12,
        choices=[(one.value, label) for one, label in MESSAGE_LABELS.items()],
        default=MessageState.OPEN.value,
    )
    # Whether somebody must be able to show that it arrived; without it, a gateway's acceptance is enough.
    must_prove = models.BooleanField(default=True)
    not_before = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    priority = models.PositiveSmallIntegerField(default=5)  # 1 goes first
    owner_ref = models.CharField(max_length=80, blank=True, db_index=True)  # "outage_planning.Notice:5"
    account_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    manager_id = models.BigIntegerField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[one.value for one in MessageState]), name="message_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=MessageState.OPEN.value, closed_at=None)
                | (~Q(status=MessageState.OPEN.value) & Q(closed_at__isnull=False)),
                name="message_open_or_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["account_id", "-id"], name="message_account"),
            models.Index(fields=["unit_id", "-id"], name="message_unit"),
            models.Index(fields=["manager_id", "-id"], name="message_manager"),
            models.Index(fields=["status", "deadline"], name="message_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MessageFile(models.Model):
    """A file that goes with a message by the channels that carry files, frozen with it (kam.notifications.rules.files).

    Encrypted: an invitation names the address it goes to.
    """

    message = models.ForeignKey(Message, models.PROTECT, related_name="files")
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=80)
    content_encrypted = models.TextField(blank=True)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    objects = OfMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__lte=MOST_BYTES), name="message_file_bounded"),
            models.UniqueConstraint(fields=["message", "name"], name="message_file_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(OfMessageQuerySet):
    def due(self, at: datetime) -> DeliveryQuerySet:
        """What a relay may take now: to be sent or asked for, its time has come, and nobody else holds it."""
        free = Q(lease_until=None) | Q(lease_until__lte=at)
        states = [DeliveryState.PENDING, DeliveryState.UNKNOWN]
        return self.filter(free, status__in=states, not_before__lte=at)


class Delivery(models.Model):
    """One way to the person. Counters and leases belong to the relay; `status` moves by lifecycle.move alone."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    place = models.PositiveSmallIntegerField()  # 1 is tried first
    channel = models.CharField(max_length=5, choices=[(one.value, label) for one, label in CHANNEL_LABELS.items()])
    address_encrypted = models.TextField(blank=True)
    address_hint = models.CharField(max_length=80, blank=True)
    text = models.TextField(blank=True)  # where this channel says it in other words than the message
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(
        max_length=9,
        choices=[(one.value, label) for one, label in DELIVERY_LABELS.items()],
        default=DeliveryState.WAITING.value,
    )
    priority = models.PositiveSmallIntegerField(default=5)
    deadline = models.DateTimeField()  # the message's, or 72 h: who waits least goes first
    opened_at = models.DateTimeField(null=True)
    give_up_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)  # counted before each send
    tries = models.PositiveSmallIntegerField(default=0)  # failures in a row, for the back-off
    lost_attempts = models.PositiveSmallIntegerField(default=0)  # begun and never ended: the process died
    in_flight = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=60, blank=True)
    last_error_code = models.CharField(max_length=40, blank=True)
    gateway_message_id = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)
    receipt_due_at = models.DateTimeField(null=True)  # nothing: as long as it takes
    receipt_overdue = models.BooleanField(default=False)
    delivered_at = models.DateTimeField(null=True)
    receipt = models.TextField(blank=True)  # raw, as the gateway sent it
    body_hash = models.CharField(max_length=64)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "place"], name="delivery_one_per_place"),
            models.CheckConstraint(
                condition=Q(status__in=[one.value for one in DeliveryState]), name="delivery_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=DeliveryState.DELIVERED.value) | Q(delivered_at__isnull=False),
                name="delivery_proof_has_an_instant",
            ),
        ]
        indexes = [
            # Small whatever the table's size: only what is under way.
            models.Index(
                fields=["channel", "priority", "deadline", "id"],
                condition=Q(status__in=[DeliveryState.PENDING.value, DeliveryState.UNKNOWN.value]),
                name="delivery_to_send",
            ),
            models.Index(
                fields=["receipt_due_at"],
                condition=Q(status=DeliveryState.SENT.value, receipt_overdue=False),
                name="delivery_receipt_due",
            ),
            models.Index(fields=["gateway_message_id"], name="delivery_gateway_id"),
            models.Index(fields=["status", "channel"], name="delivery_status"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"

    @property
    def words(self) -> str:
        """What this channel says."""
        return self.text or self.message.text

    @property
    def by_hand(self) -> bool:
        return self.channel in BY_HAND


class Move(models.Model):
    """One step of a message or of one of its deliveries; also each attempt that changed nothing."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="moves")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="moves")
    from_status = models.CharField(max_length=12)
    to_status = models.CharField(max_length=12)
    code = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)  # the reason a person gave
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfMessageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["message", "at", "id"], name="move_message")]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class CallTask(models.Model):
    """Work for a person: a call, or a paper notice to bring. `taken_by` holds it while the telephone rings."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="tasks")
    delivery = models.OneToOneField(Delivery, models.PROTECT, related_name="task")
    script = models.TextField()
    reason = models.CharField(max_length=40, blank=True)  # code of what made it necessary
    due_at = models.DateTimeField(null=True)
    call_again_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    taken_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = OfMessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(done_at=None), name="call_next"),
            models.Index(fields=["message"], name="call_message"),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class CallTry(models.Model):
    """One try to reach somebody: who called when, and who answered."""

    task = models.ForeignKey(CallTask, models.PROTECT, related_name="tries")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reached = models.BooleanField()
    answered_by = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.task_id} {self.at}"


class Proof(models.Model):
    """A signed paper receipt: its photo, re-encoded, and who signed when."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="proofs")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="proofs")
    file = models.FileField(upload_to="proofs/")
    sha256 = models.CharField(max_length=64)
    signed_by = models.CharField(_("signed by"), max_length=60)
    signed_at = models.DateTimeField(_("signed at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfMessageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"proof {self.pk}"


class InboxItemQuerySet(models.QuerySet["InboxItem"]):
    def visible_to(self, user: User) -> InboxItemQuerySet:
        """What stands in somebody's inbox is theirs alone."""
        return self.filter(user=user)


class InboxItem(models.Model):
    """A message to a member of staff, in the app; reading it is its receipt."""

    user = models.ForeignKey(User, models.PROTECT, related_name="inbox")
    delivery = models.OneToOneField(Delivery, models.PROTECT, related_name="inbox_item")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = InboxItemQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "read_at", "-id"], name="inbox_user")]

    def __str__(self) -> str:
        return f"inbox {self.pk}"


class MessageTemplateQuerySet(models.QuerySet["MessageTemplate"]):
    def visible_to(self, user: User) -> MessageTemplateQuerySet:
        """Texts hold no customer; who sees messages or words them sees all of them."""
        return self if user.may(Right.NOTIFY_SEE) or user.may(Right.TEMPLATES_EDIT) else self.none()

    def in_force(self, day: date) -> MessageTemplateQuerySet:
        return self.filter(valid_from__lte=day).order_by("-valid_from", "-version")


class MessageTemplate(models.Model):
    """A text with places to fill in, from a day on. A new wording is a new version; what was sent keeps its own."""

    key = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    form = models.CharField(max_length=6, choices=[(one.value, label) for one, label in FORM_LABELS.items()])
    version = models.PositiveIntegerField(default=1)
    valid_from = models.DateField(_("holds from"))
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "language", "form", "version"], name="template_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.language} {self.form} v{self.version}"


class ChatRobotQuerySet(models.QuerySet["ChatRobot"]):
    def visible_to(self, user: User) -> ChatRobotQuerySet:
        """Robots belong to the company and have secrets; only who keeps them sees them."""
        return self if user.may(Right.ROBOTS_EDIT) else self.none()


class ChatRobot(models.Model):
    """A robot in a work chat. Its address is a secret: who has it can write to the chat."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    url_encrypted = models.TextField()
    url_hint = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    objects = ChatRobotQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Pace(models.Model):
    """How many sends one gateway may still get now; shared by all relays, so that together they keep its limit."""

    channel = models.CharField(max_length=5, unique=True)
    tokens = models.FloatField(default=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.channel
