"""Key accounts (大客户), their contacts, team, groups and timeline, and what the search looks through."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit, User
from kam.core.rules import Reach, Right


class AccountGroupQuerySet(models.QuerySet["AccountGroup"]):
    def visible_to(self, user: User) -> AccountGroupQuerySet:
        """Groups with an account the user sees, and those without any, which nobody's data are in."""
        if user.reach == Reach.UNIT and user.unit_ids is None:
            return self
        if user.reach == Reach.NONE:
            return self.none()
        seen = Account.objects.visible_to(user).exclude(group=None).values("group_id")
        return self.filter(Q(pk__in=seen) | ~models.Exists(Account.objects.filter(group=models.OuterRef("pk"))))


class AccountGroup(models.Model):
    """A group of companies (集团): a parent and its subsidiaries (ACC-5)."""

    name = models.CharField(_("group"), max_length=120, unique=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = AccountGroupQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User) -> AccountQuerySet:
        """Own accounts (held, or held by someone the user deputises for today), the unit and all below, or none."""
        if user.reach == Reach.UNIT:
            if user.unit_ids is None:
                return self
            return self.filter(unit_id__in=user.unit_ids)
        if user.reach == Reach.OWN:
            return self.filter(manager_id__in=own_manager_ids(user))
        return self.none()


def own_manager_ids(user: User) -> tuple[int, ...]:
    """Ids of the managers whose accounts `user` holds today: its own, those it deputises for."""
    return user.acts_for


class Account(models.Model):
    """One key account (ACC-1). `manager` and `representative` repeat the assignment in force: lists need no join."""

    class Importance(models.TextChoices):
        NONE = "NONE", _("ordinary")
        SPECIAL = "SPECIAL", _("special grade")  # 特级
        FIRST = "FIRST", _("grade one")  # 一级
        SECOND = "SECOND", _("grade two")  # 二级
        TEMPORARY = "TEMPORARY", _("temporary important")  # 临时重要用户

    class Kind(models.TextChoices):
        INDUSTRIAL = "INDUSTRIAL", _("industrial")
        COMMERCIAL = "COMMERCIAL", _("commercial")
        GOVERNMENT = "GOVERNMENT", _("government")  # 政府机关
        MEDIA = "MEDIA", _("news media")  # 新闻媒体
        PUBLIC_UTILITY = "PUBLIC_UTILITY", _("public utility")  # 公用事业
        WELFARE = "WELFARE", _("social welfare")  # 社会公益

    class Status(models.TextChoices):
        CANDIDATE = "CANDIDATE", _("candidate")
        PROPOSED = "PROPOSED", _("proposed")
        CONFIRMED = "CONFIRMED", _("confirmed")
        LEFT = "LEFT", _("left")

    account_no = models.CharField(_("account number"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    uscc = models.CharField(_("credit code"), max_length=18, blank=True, db_index=True)
    # The register issued it although the check character is wrong; a person looked at it and keeps it (DATA 16).
    uscc_kept = models.BooleanField(_("kept in spite of its check character"), default=False)
    other_id = models.CharField(_("other identifier"), max_length=60, blank=True)
    industry = models.CharField(_("industry"), max_length=4, blank=True)  # GB/T 4754 code
    kind = models.CharField(_("customer kind"), max_length=16, choices=Kind, default=Kind.INDUSTRIAL)
    address = models.CharField(_("address"), max_length=200, blank=True)
    # Where the gate is (WGS 84), so that who visits sees the way and a check-in can be compared.
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("supply station"), related_name="accounts")
    voltage_kv = models.DecimalField(_("voltage"), max_digits=6, decimal_places=2, null=True, blank=True)
    contract_kva = models.DecimalField(_("contracted capacity"), max_digits=12, decimal_places=2, null=True, blank=True)
    # The first day on which the supply contract (供用电合同) no longer holds; NULL: open-ended or not known.
    contract_until = models.DateField(_("supply contract ends"), null=True, blank=True)
    importance = models.CharField(_("importance"), max_length=10, choices=Importance, default=Importance.NONE)
    continuous = models.BooleanField(_("continuous production"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CONFIRMED)
    group = models.ForeignKey(
        AccountGroup, models.PROTECT, null=True, blank=True, verbose_name=_("group"), related_name="accounts"
    )
    is_group_parent = models.BooleanField(_("parent company of its group"), default=False)
    service_group = models.CharField(_("service group"), max_length=60, blank=True)
    manager = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("account manager"), related_name="+"
    )
    representative = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, verbose_name=_("service representative"), related_name="+"
    )
    note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contract_kva=None) | Q(contract_kva__gte=Decimal(0)), name="account_kva_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "name", "id"], name="account_unit_name"),
            models.Index(fields=["manager", "name", "id"], name="account_manager_name"),
            models.Index(fields=["name", "id"], name="account_name"),
            models.Index(fields=["contract_kva", "id"], name="account_kva"),
            models.Index(fields=["industry", "id"], name="account_industry"),
            # What lists filter by; each ends in the list's own order, so that a page is read and not sorted.
            models.Index(fields=["kind", "name", "id"], name="account_kind_name"),
            models.Index(fields=["importance", "name", "id"], name="account_importance_name"),
            models.Index(fields=["status", "name", "id"], name="account_status_name"),
            models.Index(fields=["voltage_kv", "name", "id"], name="account_voltage_name"),
            models.Index(fields=["continuous", "name", "id"], name="account_continuous_name"),
            models.Index(fields=["group", "name", "id"], name="account_group_name"),
            models.Index(fields=["updated_at", "id"], name="account_updated"),
            models.Index(fields=["unit", "account_no"], name="account_unit_no"),
            models.Index(
                fields=["contract_until", "id"], condition=Q(contract_until__isnull=False), name="account_contract_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_no} {self.name}"


class OfAccountQuerySet(models.QuerySet[Any]):
    """Rows that belong to an account are seen by whoever sees the account."""

    account_field = "account"

    def visible_to(self, user: User) -> OfAccountQuerySet:
        if user.reach == Reach.UNIT:
            if user.unit_ids is None:
                return self
            return self.filter(**{f"{self.account_field}__unit_id__in": user.unit_ids})
        if user.reach == Reach.OWN:
            return self.filter(**{f"{self.account_field}__manager_id__in": own_manager_ids(user)})
        return self.none()


class Contact(models.Model):
    """A person at the customer (ACC-4). Phone and mail are encrypted; `phone_index` finds an exact number."""

    class Role(models.TextChoices):
        DECISION = "DECISION", _("decision maker")
        ELECTRICAL = "ELECTRICAL", _("electrical engineer")
        FINANCE = "FINANCE", _("finance")
        DUTY = "DUTY", _("duty room, 24 h")
        OTHER = "OTHER", _("other")

    class Channel(models.TextChoices):
        PHONE = "PHONE", _("phone call")
        SMS = "SMS", _("text message")
        MAIL = "MAIL", _("mail")
        CHAT = "CHAT", _("work chat")

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OTHER)
    phone_encrypted = models.TextField(blank=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    phone_last4 = models.CharField(max_length=4, blank=True)
    mail_encrypted = models.TextField(blank=True)
    mail_index = models.CharField(max_length=64, blank=True, db_index=True)
    mail_hint = models.CharField(max_length=80, blank=True)  # "w***@example.cn"
    channel = models.CharField(_("preferred channel"), max_length=6, choices=Channel, default=Channel.PHONE)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    consent_at = models.DateField(_("consented on"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = OfAccountQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class AssignmentQuerySet(OfAccountQuerySet):
    def on(self, day: date) -> AssignmentQuerySet:
        return self.filter(Q(held_until=None) | Q(held_until__gt=day), held_from__lte=day)


class Assignment(models.Model):
    """Who held an account in which part, in `[held_from, held_until)` (ACC-3)."""

    class Part(models.TextChoices):
        MANAGER = "MANAGER", _("account manager")
        REPRESENTATIVE = "REPRESENTATIVE", _("service representative")

    account = models.ForeignKey(Account, models.CASCADE, related_name="assignments")
    user = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    part = models.CharField(max_length=14, choices=Part)
    held_from = models.DateField(_("from"))
    held_until = models.DateField(_("until"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "part"], condition=Q(held_until=None), name="assignment_one_open"
            ),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(held_until__gte=F("held_from")), name="assignment_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["user", "held_until"], name="assignment_user")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.part} {self.held_from}"


# Which right a reader needs for entries whose kind begins so; apps add theirs when they start.
GUARDED_KINDS: dict[str, Right] = {}


class TimelineQuerySet(OfAccountQuerySet):
    def readable_by(self, user: User) -> TimelineQuerySet:
        """Leave out what the reader has no right to, such as payments."""
        hidden = Q()
        for start, right in GUARDED_KINDS.items():
            if not user.may(right):
                hidden |= Q(kind__startswith=start)
        return self.exclude(hidden) if hidden else self

    def visible_to(self, user: User) -> TimelineQuerySet:
        """Entries of accounts that the reader sees, without those that it has no right to."""
        return cast("TimelineQuerySet", super().visible_to(user)).readable_by(user)


class TimelineEntry(models.Model):
    """What happened to an account, in one line (ACC-10). Written in the transaction of the change.

    It stands here and not in core, because it points at the account. `subject` and `text` are data (codes and
    figures); `kam.accounts.templatetags` puts them into words in the reader's language.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40)  # "account.created", "readings.taken_in", ...
    facts = models.JSONField(default=dict)
    ref = models.CharField(max_length=80, blank=True)  # "reports.EnergyReport:5"

    objects = TimelineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-at", "-id"], name="timeline_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"


class CustomerLink(models.Model):
    """A signed address for one customer and one purpose, no login needed (RELIABILITY 3.8).

    Nothing here opens the page: the token is derived from the row with a key that is not in the database, and only its
    hash is stored, to find the row by. `ref` names what the link is about in the app that issued it.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="links")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    purpose = models.CharField(max_length=40)  # "outage.consult"
    ref = models.CharField(max_length=80, db_index=True)  # "outage_planning.Consultation:5"
    language = models.CharField(max_length=10, default="zh-hans")
    nonce = models.CharField(max_length=32)
    token_hash = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # the latest answer
    revoked_at = models.DateTimeField(null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="link_expires_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.ref}"


WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]


class OutagePreference(models.Model):
    """When an outage hurts the customer most or least (ACC-6): a weekly pattern, or certain days, with the reason."""

    class Level(models.TextChoices):
        MOST = "MOST", _("hurts most")
        LEAST = "LEAST", _("hurts least")

    account = models.ForeignKey(Account, models.CASCADE, related_name="outage_preferences")
    level = models.CharField(_("an outage then"), max_length=5, choices=Level)
    weekdays = models.JSONField(_("weekdays"), default=list)  # 1 Monday to 7; empty: every day
    from_minute = models.PositiveSmallIntegerField(_("from"), default=0)
    until_minute = models.PositiveSmallIntegerField(_("until"), default=1440)  # at or before `from`: over midnight
    days_from = models.DateField(_("only from the day"), null=True, blank=True)
    days_until = models.DateField(_("only before the day"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_minute__lt=1440, until_minute__lte=1440, until_minute__gt=0),
                name="preference_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(days_from=None) | Q(days_until=None) | Q(days_until__gt=F("days_from")),
                name="preference_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.level}"


class ProductionPlan(models.Model):
    """What the customer is going to produce, near, mid or long term (近期、中期、远期生产发展计划, ACC-6)."""

    class Horizon(models.TextChoices):
        NEAR = "NEAR", _("near term")
        MID = "MID", _("mid term")
        LONG = "LONG", _("long term")

    account = models.ForeignKey(Account, models.CASCADE, related_name="production_plans")
    horizon = models.CharField(_("horizon"), max_length=4, choices=Horizon)
    days_from = models.DateField(_("from"))
    days_until = models.DateField(_("until"), null=True, blank=True)
    load_change_kw = models.DecimalField(_("change of load"), max_digits=12, decimal_places=2, null=True, blank=True)
    # Work that must not stop, or a stop of the works in which an outage costs nothing.
    bearing = models.CharField(
        _("bearing on outages"),
        max_length=5,
        choices=[("NONE", _("none")), ("PEAK", _("must run through")), ("STOP", _("the works stand still"))],
        default="NONE",
    )
    text = models.TextField(_("plan"))

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days_until=None) | Q(days_until__gt=F("days_from")), name="plan_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.horizon}"


class SearchEntry(models.Model):
    """One text an account is found by. `grams` is indexed (SQLite FTS5, PostgreSQL GIN): see migrations and queries."""

    class Kind(models.TextChoices):
        NUMBER = "NUMBER", _("account number")
        NAME = "NAME", _("name")
        INITIALS = "INITIALS", _("pinyin initials")
        USCC = "USCC", _("credit code")
        METER = "METER", _("meter number")
        CONTACT = "CONTACT", _("contact")

    account = models.ForeignKey(Account, models.CASCADE, related_name="search_entries")
    kind = models.CharField(max_length=8, choices=Kind)
    ref = models.CharField(max_length=40, blank=True)  # which meter, which contact
    text = models.CharField(max_length=200)  # folded: see kam.accounts.rules.fold
    grams = models.TextField()

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "ref"], name="search_entry_once")]
        indexes = [models.Index(fields=["text"], name="search_entry_text")]

    def __str__(self) -> str:
        return self.text
