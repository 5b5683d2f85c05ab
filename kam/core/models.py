"""Staff, units, the audit chain, rules in force by date, background jobs, intake batches, saved views."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.rules import Reach, Right, Role, reach_of, rights_of
from kam.lib import clock

ROLE_LABELS = {
    Role.MANAGER: _("account manager"),
    Role.REPRESENTATIVE: _("service representative"),
    Role.STATION: _("supply-station staff"),
    Role.PLANNER: _("outage planner"),
    Role.CREDIT: _("credit and collection officer"),
    Role.SUPERVISOR: _("service-centre supervisor"),
    Role.EXECUTIVE: _("executive"),
    Role.AUDITOR: _("auditor"),
    Role.ADMINISTRATOR: _("administrator"),
}


# What the audit record's codes mean. A code without a line here is shown as it is.
AUDIT_LABELS = {
    "absence.ended": _("leave ended"),
    "absence.planned": _("leave noted"),
    "account.created": _("account made"),
    "account.edited": _("account edited"),
    "account.import_undone": _("account: import undone"),
    "account.imported": _("account taken in from a file"),
    "accounts.exported": _("list of accounts exported"),
    "list.exported": _("list exported"),
    "accounts.import_undone": _("import of accounts undone"),
    "accounts.imported": _("accounts taken in from a file"),
    "audit.exported": _("audit record exported"),
    "calendar.address_made": _("private calendar address made"),
    "calendar.address_revoked": _("private calendar address revoked"),
    "calendar.version_added": _("time-of-use calendar: new version"),
    "contact.activated": _("contact brought back"),
    "contact.added": _("contact added"),
    "contact.deactivated": _("contact put to rest"),
    "contact.edited": _("contact edited"),
    "demo.built": _("made-up company built"),
    "group.created": _("group made"),
    "group.edited": _("group edited"),
    "interruptions.taken_in": _("interruptions taken in from a file"),
    "keys.rekeyed": _("personal data encrypted anew"),
    "meter.added": _("meter added"),
    "network.line_edited": _("line edited"),
    "network.line_made": _("line made"),
    "network.point_edited": _("supply point connected"),
    "network.substation_edited": _("substation edited"),
    "network.substation_made": _("substation made"),
    "network.taken_in": _("network taken in from a file"),
    "outage.cancelled": _("outage cancelled"),
    "outage.drafted": _("outage drafted"),
    "outage.edited": _("outage edited"),
    "outage.moved_on": _("outage: next step"),
    "outage.override_approved": _("exception for an outage granted"),
    "outage.override_proposed": _("exception for an outage asked for"),
    "outage.override_refused": _("exception for an outage refused"),
    "outage.protected_added": _("protected period added"),
    "outage.protected_removed": _("protected period removed"),
    "password.changed": _("own password changed"),
    "personal.reveal_refused": _("look at personal data refused: too many in an hour"),
    "personal.revealed": _("personal data looked at"),
    "production.plan_dropped": _("production plan taken off"),
    "production.plan_edited": _("production plan changed"),
    "production.plan_noted": _("production plan noted"),
    "production.preference_dropped": _("hours in which an outage hurts taken off"),
    "production.preference_edited": _("hours in which an outage hurts changed"),
    "production.preference_noted": _("hours in which an outage hurts noted"),
    "readings.dropped": _("file of readings thrown away"),
    "readings.taken_in": _("readings taken in"),
    "report.batch_ordered": _("reports of a unit ordered"),
    "report.draft": _("report written"),
    "report.failed": _("report could not be written"),
    "report.ordered": _("report ordered"),
    "report.read": _("report read by the customer"),
    "report.reviewed": _("report reviewed"),
    "report.sent": _("report sent"),
    "rule.added": _("rule: new value"),
    "sign.in": _("signed in"),
    "sign.locked": _("sign-in locked after ten guesses"),
    "staff.edited": _("member of staff edited"),
    "staff.transferred": _("member of staff transferred since an earlier day"),
    "staff.factor_reset": _("second factor taken away"),
    "staff.made": _("member of staff made"),
    "staff.password_given": _("start password given"),
    "tariff.assigned": _("tariff assigned"),
    "tariff.version_added": _("tariff: new version"),
    "team.assigned": _("team changed"),
    "team.handed_over": _("accounts handed over"),
    "team.took_effect": _("change of team took effect"),
    "unit.edited": _("unit edited"),
    "unit.made": _("unit made"),
}


RULE_LABELS = {
    "billing.default_tariff": _("tariff of accounts without one"),
    "metering.default_calendar": _("time-of-use calendar of accounts without one"),
    "billing.power_factor.target": _("power factor that advice aims at"),
    "company.province": _("province whose periods go before the national ones"),
    "network.changeover_minutes": _("minutes until a load is on its other source"),
    "outage.answer_days": _("days that customers have to answer"),
    "outage.consultation_days": _("days before a planned outage that consultation begins"),
    "outage.fault.explained_minutes": _("a fault is explained within, minutes"),
    "outage.limit.notice_hours": _("notice of a limit, hours before"),
    "outage.max_per_year": _("planned outages per year, by supply voltage"),
    "outage.planned.notice_days": _("notice of a planned outage, days before"),
    "outage.reminder_days": _("reminders, days before the answer period ends"),
    "outage.silence.hours_apart": _("hours between two tries that both count"),
    "outage.silence.tries": _("tries after which silence counts as settled"),
    "outage.stagger.notice_minutes": _("notice of peak staggering, minutes before"),
    "outage.station.max_at_once": _("outages of a station on one day at most"),
    "outage.temporary.notice_hours": _("notice of a temporary outage, hours before"),
    "reliability.customers_served": _("customers served, for reliability; 0 counts the key accounts"),
    "reliability.shortage_causes": _("causes that RS-3 leaves out"),
    "reliability.sustained_minutes": _("minutes over which an interruption counts"),
    "reports.carbon.region": _("region of the grid's CO₂ factor"),
    "reveal.per_hour": _("looks at personal data per person and hour"),
}


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        """The user's own unit with all below; all of them for who keeps the staff list."""
        if user.may(Right.STAFF_EDIT) or user.unit_ids is None:
            return self
        return self.filter(pk__in=user.unit_ids)


class Unit(models.Model):
    """A part of the company; company > district > station."""

    class Kind(models.TextChoices):
        COMPANY = "COMPANY", _("company")
        DISTRICT = "DISTRICT", _("district")
        STATION = "STATION", _("supply station")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # "/1/4/9/": the ids from the company down to this unit, so that one prefix finds all below.
    path = models.CharField(max_length=200, default="", db_index=True)

    objects = UnitQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> UserQuerySet:
        """The staff of the user's unit with all below; all of them for who keeps the staff list."""
        if user.may(Right.STAFF_EDIT) or user.unit_ids is None:
            return self
        return self.filter(unit_id__in=user.unit_ids)

    def holding(self, *roles: Role) -> UserQuerySet:
        """Active users with one of `roles`."""
        return self.filter(is_active=True, groups__name__in=[role.value for role in roles]).distinct()


class StaffManager(UserManager["User"]):
    """Django's manager of users, with the scopes."""

    use_in_migrations = False

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: User) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def holding(self, *roles: Role) -> UserQuerySet:
        return self.get_queryset().holding(*roles)


class User(AbstractUser):
    """A member of staff. `groups` are role groups named by `Role`; `unit` is the place the role holds for."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=60, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="staff")
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    # Set with every password that somebody else chose; the next sign-in asks for an own one.
    must_change_password = models.BooleanField(default=False)

    objects: ClassVar[StaffManager] = StaffManager()

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles held, read once per request."""
        known = {role.value for role in Role}
        return frozenset(Role(name) for name in self.groups.values_list("name", flat=True) if name in known)

    @cached_property
    def rights(self) -> frozenset[Right]:
        return rights_of(self.roles)

    def may(self, right: Right) -> bool:
        """Tell whether one of the user's roles gives `right`."""
        return self.is_active and right in self.rights

    @cached_property
    def reach(self) -> Reach:
        return reach_of(self.roles) if self.is_active else Reach.NONE

    @cached_property
    def unit_ids(self) -> tuple[int, ...] | None:
        """Ids of the user's unit and all below; None where that is the whole company (no filter needed)."""
        if self.unit is None:
            return ()
        if self.unit.parent_id is None:
            return None
        return tuple(Unit.objects.filter(path__startswith=self.unit.path).values_list("id", flat=True))

    @cached_property
    def acts_for(self) -> tuple[int, ...]:
        """Ids of those whose own work the user does today: itself, those it stands in for. Read once per request."""
        away = Absence.objects.on(clock.today()).filter(deputy_id=self.pk)
        return (self.pk, *away.values_list("user_id", flat=True))


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> AbsenceQuerySet:
        return self.filter(absent_from__lte=day, absent_until__gt=day)

    def visible_to(self, user: User) -> AbsenceQuerySet:
        """Own leave, leave the user stands in for, and that of the unit for who sees its staff."""
        mine = Q(user=user) | Q(deputy=user)
        if not user.may(Right.STAFF_SEE):
            return self.filter(mine)
        if user.unit_ids is None:
            return self
        return self.filter(mine | Q(user__unit_id__in=user.unit_ids))


class Absence(models.Model):
    """Leave in `[absent_from, absent_until)`, during which `deputy` sees and does the user's own work."""

    user = models.ForeignKey(User, models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="deputising")
    absent_from = models.DateField(_("absent from"))
    absent_until = models.DateField(_("back on"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(absent_until__gt=F("absent_from")), name="absence_ends_after_start"),
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="absence_deputy_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.absent_from}"


class Post(models.Model):
    """Where somebody worked and in which roles, in `[held_from, held_until)`: entry, transfer, leaving.

    Somebody without a row has always been where `User.unit` and the role groups say.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    roles = models.JSONField(default=list)  # values of Role
    held_from = models.DateField(_("from"))
    held_until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(held_until=None), name="post_one_open"),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(held_until__gt=F("held_from")), name="post_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["user", "held_from"], name="post_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.held_from}"


class AuditHead(models.Model):
    """One row: the end of the chain. Locked while an entry is written, so that the chain cannot fork."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return str(self.seq)


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> AuditEntryQuerySet:
        """An auditor of the whole company reads all, one of a district what its staff did."""
        if not user.may(Right.AUDIT_SEE):
            return self.none()
        if user.unit_ids is None:
            return self
        return self.filter(by__unit_id__in=user.unit_ids)


class AuditEntry(models.Model):
    """One change or one look at personal data; `hash` = HMAC(key, prev_hash | seq | body). Append only."""

    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)  # "accounts.Account:17"
    # Plain id, not a foreign key: core knows no customer, and the entry outlives the row.
    account_id = models.BigIntegerField(null=True)
    body = models.TextField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["action", "-seq"], name="audit_action"),
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["account_id", "-seq"], name="audit_account"),
            models.Index(fields=["by", "-seq"], name="audit_by"),
            models.Index(fields=["subject", "-seq"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class RuleValueQuerySet(models.QuerySet["RuleValue"]):
    def visible_to(self, user: User) -> RuleValueQuerySet:
        """Rules hold for the whole company; whoever may see them sees all."""
        return self

    def in_force(self, day: date) -> RuleValueQuerySet:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)


class RuleValue(models.Model):
    """A figure that law or company may change, `[valid_from, valid_until)`, with its source."""

    key = models.CharField(_("rule"), max_length=80)
    value = models.JSONField(_("value"))
    unit_text = models.CharField(_("unit"), max_length=40, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)

    objects = RuleValueQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "valid_from"], name="rule_one_row_per_start")]

    def __str__(self) -> str:
        return f"{self.key} {self.valid_from}"


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobQuerySet:
        """A job and its results belong to the person who asked for it."""
        return self.filter(by=user)


class Job(models.Model):
    """Background work with progress. The row is written with the change that owes it; the queue only carries its id."""

    class Status(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        RUNNING = "RUNNING", _("running")
        DONE = "DONE", _("done")
        FAILED = "FAILED", _("failed")

    key = models.CharField(max_length=120, unique=True)  # the same work asked for twice is one job
    kind = models.CharField(max_length=60)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="jobs")
    args = models.JSONField(default=dict)  # ids and ISO dates only
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by", "-id"], name="job_by")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.status in (Job.Status.WAITING, Job.Status.RUNNING)


class IntakeBatchQuerySet(models.QuerySet["IntakeBatch"]):
    def visible_to(self, user: User) -> IntakeBatchQuerySet:
        """A batch belongs to who sent it; a supervisor, executive or auditor of the whole company sees all."""
        if user.reach == Reach.UNIT and user.unit_ids is None:
            return self
        return self.filter(by=user)


class IntakeBatch(models.Model):
    """One file taken in: what it was, what became of every row, and what it takes to undo it."""

    class Kind(models.TextChoices):
        ACCOUNTS = "ACCOUNTS", _("key accounts")
        READINGS = "READINGS", _("load readings")
        INTERRUPT = "INTERRUPT", _("interruptions of supply")
        BILLS = "BILLS", _("bills")
        BANK = "BANK", _("payments of a bank")
        NETWORK = "NETWORK", _("the network")

    class Status(models.TextChoices):
        PREVIEW = "PREVIEW", _("preview")
        WAITING = "WAITING", _("waiting")
        DONE = "DONE", _("taken in")
        FAILED = "FAILED", _("failed")
        UNDONE = "UNDONE", _("undone")

    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.PREVIEW)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to="intake/", blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    rejects = models.JSONField(default=list)  # [{"row", "column", "problem"}], first 1,000
    rejects_file = models.FileField(upload_to="intake/", blank=True)
    undo = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")

    objects = IntakeBatchQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["kind", "-id"], name="intake_kind")]

    def __str__(self) -> str:
        return self.file_name


class SavedView(models.Model):
    """A list as one person likes to see it: filters, order and columns, as the address's query string."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name")]

    def __str__(self) -> str:
        return self.name


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def visible_to(self, user: User) -> CalendarFeedQuerySet:
        """A calendar address belongs to one person; nobody else sees that there is one."""
        return self.filter(owner=user)


class CalendarFeed(models.Model):
    """A private address at which calendar programs read, without a sign-in, what its owner may see.

    `scope`: empty for all that concerns the owner, else the one thing that it is about ("line:17").
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")
    scope = models.CharField(max_length=40, blank=True, default="")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "scope"], condition=Q(revoked_at=None), name="calendar_feed_one_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.scope}"


class Heartbeat(models.Model):
    """When a process of ours last showed that it lives."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    detail: Any = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class GuessBucket(models.Model):
    """When somebody lately tried to sign in to one account (or from one known device). `key` is an HMAC, no name."""

    key = models.CharField(max_length=64, unique=True)
    taken = models.JSONField(default=list)  # seconds since 1970, oldest first
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key[:8]


class SpentCode(models.Model):
    """A one-time code that was used and must not be used again. `key` is an HMAC over user and code."""

    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key[:8]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """Tokens belong to the company; only who keeps them sees them."""
        return self if user.may(Right.TOKENS_EDIT) else self.none()


class ApiToken(models.Model):
    """The right of one other system to come in. Only a hash is kept; the token is shown once.

    `acts_for`: whose rights and units it has; without a person it hands requests in and nothing else.
    """

    name = models.CharField(_("name of the system"), max_length=60, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    acts_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
