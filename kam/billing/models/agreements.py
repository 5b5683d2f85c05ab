"""What is agreed with a customer about money: plans, energy bought in advance, acceptance bills; each step of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, OfAccountQuerySet
from kam.billing.models.ledger import Bill, Payment
from kam.billing.rules.acceptance import BillOfExchange
from kam.billing.rules.plans import PlanStatus
from kam.billing.rules.prepaid import Level, PrepaidStatus
from kam.core.models import User

PLAN_LABELS = {
    PlanStatus.PROPOSED: _("proposed"),
    PlanStatus.ACTIVE: _("in force"),
    PlanStatus.KEPT: _("kept"),
    PlanStatus.BROKEN: _("broken"),
    PlanStatus.REFUSED: _("not approved"),
    PlanStatus.ENDED: _("ended"),
}
PREPAID_LABELS = {
    PrepaidStatus.RUNNING: _("in operation"),
    PrepaidStatus.LIMIT_PROPOSED: _("limit proposed"),
    PrepaidStatus.LIMITED: _("limited"),
    PrepaidStatus.ENDED: _("ended"),
}
LEVEL_LABELS = {
    Level.FINE: _("enough"),
    Level.FIRST: _("first warning"),
    Level.SECOND: _("second warning"),
    Level.LAST: _("last warning"),
    Level.OUT: _("nothing left"),
}
ACCEPTANCE_LABELS = {
    BillOfExchange.REGISTERED: _("registered"),
    BillOfExchange.HELD: _("held"),
    BillOfExchange.DISCOUNTED: _("discounted"),
    BillOfExchange.PAID: _("paid"),
    BillOfExchange.DISHONOURED: _("dishonoured"),
    BillOfExchange.RETURNED: _("returned"),
}


class AboutBillQuerySet(OfAccountQuerySet):
    account_field = "bill__account"


class OfPlanQuerySet(OfAccountQuerySet):
    account_field = "plan__account"


class MoneyStep(models.Model):
    """One step of a plan, a prepaid contract, an acceptance bill, a dispute or a write-off: who, when, why."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    ref = models.CharField(max_length=80, db_index=True)  # "billing.PaymentPlan:5"
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16)
    note = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfAccountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.ref} {self.to_status}"


class PaymentPlan(models.Model):
    """Dates and sums on which an account pays (分期缴费协议). `status` moves by lifecycle.move alone."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="payment_plans")
    status = models.CharField(
        _("status"),
        max_length=8,
        choices=[(one.value, label) for one, label in PLAN_LABELS.items()],
        default=PlanStatus.PROPOSED.value,
    )
    starts_on = models.DateField(_("starts"))  # payments from this day on count
    total = models.DecimalField(_("sum"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300)
    # The bills it was made for, and what the trial said, as they were then.
    trial = models.JSONField(default=dict)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    broken_on = models.DateField(_("broken on"), null=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=[one.value for one in PlanStatus]), name="plan_status_known"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="plan_decided_by_another"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status__in=["PROPOSED", "ACTIVE", "BROKEN"]),
                name="plan_one_open_per_account",
            ),
        ]
        indexes = [models.Index(fields=["status", "account"], name="plan_status")]

    def __str__(self) -> str:
        return f"plan {self.pk}"


class Instalment(models.Model):
    """So much by the end of this day."""

    plan = models.ForeignKey(PaymentPlan, models.PROTECT, related_name="instalments")
    due_on = models.DateField(_("due"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_on"], name="instalment_day_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_positive"),
        ]
        indexes = [models.Index(fields=["due_on"], name="instalment_due")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.due_on}"


class Dispute(models.Model):
    """A customer contests (part of) a bill; what is contested is neither reminded nor demanded until it is decided."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="disputes")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300)
    raised_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    objects = AboutBillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill"], condition=Q(decided_at=None), name="dispute_one_open"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_positive"),
        ]

    def __str__(self) -> str:
        return f"dispute {self.bill_id}"


class WriteOffRequest(models.Model):
    """Somebody proposes to give up part of a bill; another decides."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="write_off_requests")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)

    objects = AboutBillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill"], condition=Q(decided_at=None), name="write_off_request_one_open"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="write_off_decided_by_another"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="write_off_request_positive"),
        ]

    def __str__(self) -> str:
        return f"write-off {self.bill_id}"


class PrepaidContract(models.Model):
    """An account buys its energy in advance (购电制). `status` moves by lifecycle.move alone."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="prepaid_contracts")
    status = models.CharField(
        _("status"),
        max_length=14,
        choices=[(one.value, label) for one, label in PREPAID_LABELS.items()],
        default=PrepaidStatus.RUNNING.value,
    )
    contract_no = models.CharField(_("contract number"), max_length=60)
    signed_on = models.DateField(_("signed"))
    may_limit = models.BooleanField(_("the contract allows to limit the load"), default=False)
    limit_kw = models.DecimalField(_("limited to"), max_digits=12, decimal_places=2, null=True)
    # As last looked at; the page works it out anew.
    level = models.CharField(
        max_length=6, choices=[(one.value, label) for one, label in LEVEL_LABELS.items()], default="FINE"
    )
    balance = models.DecimalField(_("balance"), max_digits=14, decimal_places=2, default=0)
    runs_out_on = models.DateField(_("runs out"), null=True)
    looked_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=~Q(status="ENDED"), name="prepaid_one_open"),
            models.CheckConstraint(
                condition=~Q(status__in=["LIMIT_PROPOSED", "LIMITED"]) | Q(may_limit=True),
                name="prepaid_limit_by_contract_only",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_no}"


class AcceptanceBill(models.Model):
    """A bill of exchange that a company has accepted (商业承兑汇票). `status` moves by lifecycle.move alone."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="acceptance_bills")
    status = models.CharField(
        _("status"),
        max_length=11,
        choices=[(one.value, label) for one, label in ACCEPTANCE_LABELS.items()],
        default=BillOfExchange.REGISTERED.value,
    )
    number = models.CharField(_("bill of exchange number"), max_length=60, unique=True)
    acceptor = models.CharField(_("acceptor"), max_length=120)
    face = models.DecimalField(_("face value"), max_digits=14, decimal_places=2)
    issued_on = models.DateField(_("issued"))
    due_on = models.DateField(_("due"))
    # Share a year that the customer bears; 0: the company bears it.
    discount_rate = models.DecimalField(_("discount rate"), max_digits=7, decimal_places=6, default=0)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, default=0)
    taken_on = models.DateField(_("taken on"), null=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="acceptance_bill")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(face__gt=0, discount__gte=0), name="acceptance_face_positive"),
            models.CheckConstraint(condition=Q(due_on__gt=F("issued_on")), name="acceptance_due_after_issue"),
        ]
        indexes = [models.Index(fields=["status", "due_on"], name="acceptance_due")]

    def __str__(self) -> str:
        return self.number
