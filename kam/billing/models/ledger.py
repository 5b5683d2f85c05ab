"""Bills and the ledger that settles them: rows are added, never changed; what was wrong is reversed by another row.

A bill and a payment each keep figures that follow from the ledger (`open_amount`, `settled_on`, `free_amount` …), so
that lists need no sums. `kam.billing.actions.ledger` writes them in the transaction of the row they follow from, and
`kam.billing.queries.reconcile` proves that they do.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.core.models import IntakeBatch, User
from kam.core.rules import Reach

ZERO = Decimal("0.00")


class RowIsKept(Exception):
    """A row of the ledger is neither changed nor deleted; reverse it."""


class LedgerQuerySet(OfAccountQuerySet):
    """Rows of which only the figures that follow from the ledger may change."""

    def update(self, **changes: Any) -> int:
        follows: frozenset[str] = getattr(self.model, "FOLLOWS", frozenset())
        if set(changes) - set(follows):
            raise RowIsKept(", ".join(sorted(set(changes) - set(follows))))
        return super().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise RowIsKept(self.model._meta.label)


class PlainLedgerRow(models.Model):
    """A row that is written once."""

    FOLLOWS: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise RowIsKept(str(self._meta.label))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise RowIsKept(str(self._meta.label))


class BillQuerySet(LedgerQuerySet):
    def standing(self) -> BillQuerySet:
        """Bills that were not reversed."""
        return self.filter(cancelled_on=None)

    def owed(self) -> BillQuerySet:
        """Bills of which something is still open."""
        return self.filter(cancelled_on=None, open_amount__gt=0)


class Bill(PlainLedgerRow):
    """What an account owes for a period, due on a day; yuan. `lines` explain the amount, each with its formula.

    A line is {"code", "formula", "figures", "yuan"}; `kam.billing.rules.bill` says which codes there are.
    """

    FOLLOWS = frozenset(
        {"open_amount", "written_off_amount", "contested_amount", "settled_on", "cancelled_on", "version"}
    )

    class Kind(models.TextChoices):
        ENERGY = "ENERGY", _("electricity")
        PENALTY = "PENALTY", _("late-payment penalty")  # 电费违约金
        OTHER = "OTHER", _("other charge")

    class Source(models.TextChoices):
        OURS = "OURS", _("computed here from readings")
        IMPORTED = "IMPORTED", _("from the billing system")

    account = models.ForeignKey(Account, models.PROTECT, related_name="bills")
    number = models.CharField(_("bill number"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.ENERGY)
    source = models.CharField(_("origin"), max_length=8, choices=Source, default=Source.IMPORTED)
    residential = models.BooleanField(_("residential"), default=False)  # its penalty has a rate of its own
    period_from = models.DateField(_("from"))
    period_until = models.DateField(_("until"))
    issued_on = models.DateField(_("issued"))
    due_on = models.DateField(_("due"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    kwh = models.DecimalField(_("energy"), max_digits=16, decimal_places=4, null=True)
    lines = models.JSONField(default=list)
    penalty_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="penalties")
    batch = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    # What follows from the ledger:
    open_amount = models.DecimalField(_("open"), max_digits=14, decimal_places=2)
    written_off_amount = models.DecimalField(_("written off"), max_digits=14, decimal_places=2, default=ZERO)
    contested_amount = models.DecimalField(_("contested"), max_digits=14, decimal_places=2, default=ZERO)
    settled_on = models.DateField(_("settled"), null=True)  # the day on which nothing was open any more
    cancelled_on = models.DateField(_("reversed"), null=True)
    version = models.PositiveIntegerField(default=1)

    objects = BillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="bill_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(open_amount__gte=0, written_off_amount__gte=0)
                & Q(open_amount__lte=F("amount"), written_off_amount__lte=F("amount")),
                name="bill_open_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(contested_amount__gte=0, contested_amount__lte=F("amount")),
                name="bill_contested_within_amount",
            ),
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="bill_period_ends_later"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="bill_due_not_before_issue"),
            models.CheckConstraint(
                condition=Q(kind="PENALTY", penalty_of__isnull=False) | (~Q(kind="PENALTY") & Q(penalty_of=None)),
                name="bill_penalty_names_its_bill",
            ),
            models.CheckConstraint(
                condition=Q(open_amount=0, settled_on__isnull=False)
                | Q(open_amount__gt=0, settled_on=None)
                | Q(open_amount=0, cancelled_on__isnull=False),
                name="bill_settled_when_nothing_open",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-issued_on", "-id"], name="bill_account"),
            models.Index(fields=["account", "due_on", "id"], condition=Q(open_amount__gt=0), name="bill_owed"),
            models.Index(fields=["due_on", "account"], condition=Q(open_amount__gt=0), name="bill_owed_due"),
            models.Index(fields=["issued_on"], name="bill_issued"),
            models.Index(fields=["settled_on"], name="bill_settled"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> str:
        """Say how the bill stands, from its own figures."""
        if self.cancelled_on:
            return "CANCELLED"
        if self.open_amount:
            return "OPEN" if self.open_amount == self.amount else "PARTLY"
        return "WRITTEN_OFF" if self.written_off_amount else "SETTLED"

    @property
    def paid_amount(self) -> Decimal:
        if self.cancelled_on:
            return ZERO
        return self.amount - self.open_amount - self.written_off_amount

    @property
    def demandable_amount(self) -> Decimal:
        """What may be asked for: open and not contested."""
        return max(self.open_amount - self.contested_amount, ZERO)


BILL_STATUS_LABELS = {
    "OPEN": _("open"),
    "PARTLY": _("partly paid"),
    "SETTLED": _("paid"),
    "WRITTEN_OFF": _("written off"),
    "CANCELLED": _("reversed"),
}


class PaymentQuerySet(LedgerQuerySet):
    def standing(self) -> PaymentQuerySet:
        """Payments that were not reversed."""
        return self.filter(reversed_on=None)


class Payment(PlainLedgerRow):
    """Money that came in. `key` makes the same post twice one payment; `free_amount` is kept as credit."""

    FOLLOWS = frozenset({"free_amount", "reversed_on"})

    class Channel(models.TextChoices):
        BANK = "BANK", _("bank transfer")
        ONLINE = "ONLINE", _("online")
        POS = "POS", _("card at the counter")
        COUNTER = "COUNTER", _("cash at the counter")
        DOOR = "DOOR", _("at the customer's door")  # 走收
        ACCEPTANCE = "ACCEPTANCE", _("acceptance bill")  # 商业承兑汇票
        NOTE = "NOTE", _("credit note")  # 退补、冲红: no money came, the bill was too high

    account = models.ForeignKey(Account, models.PROTECT, related_name="payments")
    key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    received_on = models.DateField(_("received"))
    booked_on = models.DateField(_("booked"))  # later than the receipt where its month was closed by then
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    payer = models.CharField(_("payer"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    batch = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    # What follows from the ledger:
    free_amount = models.DecimalField(_("not allocated"), max_digits=14, decimal_places=2)
    reversed_on = models.DateField(_("reversed"), null=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(free_amount__gte=0, free_amount__lte=F("amount")), name="payment_free_within_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-received_on", "-id"], name="payment_account"),
            models.Index(fields=["account", "received_on", "id"], condition=Q(free_amount__gt=0), name="payment_free"),
            models.Index(fields=["received_on"], name="payment_received"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.received_on} {self.amount}"


class CreditNote(PlainLedgerRow):
    """A negative bill of the billing system (退补、冲红), and the row by which it settles: like money of its own kind.

    `amount`: yuan above nothing, taken off what is owed. `corrects`: the bill that was too high, where it is named; for
    its penalty that part was never owed. Reversing the payment reverses the note.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="credit_notes")
    number = models.CharField(_("number"), max_length=60, unique=True)
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="credit_note")
    corrects = models.ForeignKey(Bill, models.PROTECT, null=True, related_name="credit_notes")
    period_from = models.DateField(_("from"))
    period_until = models.DateField(_("until"))
    issued_on = models.DateField(_("issued"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    kwh = models.DecimalField(_("energy"), max_digits=16, decimal_places=4, null=True)
    lines = models.JSONField(default=list)
    batch = models.ForeignKey(IntakeBatch, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_amount_positive"),
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="credit_note_period"),
        ]

    def __str__(self) -> str:
        return self.number


class OfBillQuerySet(LedgerQuerySet):
    account_field = "bill__account"

    def standing(self) -> OfBillQuerySet:
        """Rows that were not reversed."""
        return self.filter(reversed_on=None)


class Allocation(PlainLedgerRow):
    """So much of a payment settles so much of a bill.

    `value_on`: the later of receipt and issue, from which the debt bears no penalty. `on`: from which day the books say
    so, later than that where a payment was allocated anew or came into a month that was closed.
    """

    FOLLOWS = frozenset({"reversed_on"})

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="allocations")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    value_on = models.DateField()
    on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reversed_on = models.DateField(null=True)

    objects = OfBillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_amount_positive"),
            models.CheckConstraint(condition=Q(on__gte=F("value_on")), name="allocation_booked_not_before_value"),
        ]
        indexes = [models.Index(fields=["on"], name="allocation_on")]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.bill_id}"


class WriteOff(PlainLedgerRow):
    """So much of a bill is given up; proposed by one person, approved by another."""

    FOLLOWS = frozenset({"reversed_on"})

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="write_offs")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    on = models.DateField()
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reversed_on = models.DateField(null=True)

    objects = OfBillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_amount_positive"),
            models.CheckConstraint(condition=~Q(by=F("proposed_by")), name="write_off_by_two"),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} −{self.amount}"


class Reversal(PlainLedgerRow):
    """One row of the ledger no longer holds: in the books from `on`, for the penalty as if it had never been."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="reversals")
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="reversal")
    allocation = models.OneToOneField(Allocation, models.PROTECT, null=True, related_name="reversal")
    write_off = models.OneToOneField(WriteOff, models.PROTECT, null=True, related_name="reversal")
    bill = models.OneToOneField(Bill, models.PROTECT, null=True, related_name="reversal")
    on = models.DateField()
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(payment__isnull=False, allocation=None, write_off=None, bill=None)
                | Q(payment=None, allocation__isnull=False, write_off=None, bill=None)
                | Q(payment=None, allocation=None, write_off__isnull=False, bill=None)
                | Q(payment=None, allocation=None, write_off=None, bill__isnull=False),
                name="reversal_of_one_row",
            )
        ]

    def __str__(self) -> str:
        return f"reversal {self.pk}"


class MonthCloseQuerySet(models.QuerySet["MonthClose"]):
    def visible_to(self, user: User) -> MonthCloseQuerySet:
        """Sums of the whole company: for who sees the whole company."""
        return self if user.unit_ids is None and user.reach == Reach.UNIT else self.none()


class MonthClose(models.Model):
    """A month whose books are closed: nothing is dated into it any more. `figures`: what it added up to."""

    month = models.DateField(_("month"), unique=True)  # its first day
    figures = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = MonthCloseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
