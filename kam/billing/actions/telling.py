"""Tell customers about money: bills, readings, reminders, demands. What asks for money passes one guard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from kam.accounts.actions import links
from kam.accounts.actions.reaching import Reachable, people_to_tell
from kam.accounts.models import Account, Contact, CustomerLink, TimelineEntry
from kam.billing.models import Bill, MoneyNotice, PaymentPlan
from kam.billing.queries import asking
from kam.billing.queries.bills import expected
from kam.billing.queries.plans import watched
from kam.billing.rules.asking import ASKS, Kind
from kam.core import queries as core
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock
from kam.notifications import actions as messages
from kam.notifications.models import Message
from kam.notifications.queries.wording import text_for
from kam.notifications.rules.addresses import normal
from kam.notifications.rules.states import Channel, MessageState
from kam.notifications.rules.texts import FORM_OF, Form

PURPOSE = "money.bill"  # of the link under which a customer reads a bill
LINK_DAYS = 90
USUAL = "zh-hans"
# Who keeps the books is told about money first.
ORDER = (
    Contact.Role.FINANCE,
    Contact.Role.DECISION,
    Contact.Role.OTHER,
    Contact.Role.ELECTRICAL,
    Contact.Role.DUTY,
)


class NothingOwed(Exception):
    """The customer owes nothing that may be asked for."""


class Facts(dict[str, Any]):
    """What a text is filled with: words, dates (written in the reader's language), sums (with two decimals)."""

    def words(self, language: str) -> dict[str, str]:
        return {name: _word(value, language, month=name == "month") for name, value in self.items()}


def tell(
    *,
    kind: Kind,
    account: Account,
    key: str,
    facts: Mapping[str, Any],
    by: User | None,
    at: datetime,
    bill: Bill | None = None,
    amount: Decimal | None = None,
    deadline: datetime | None = None,
    must_prove: bool = False,
    people: Sequence[Reachable] | None = None,
) -> MoneyNotice:
    """Write one notice with its message, in the transaction of what owes it; the same key gives the same notice.

    What asks for money leaves in the hours of a working day only, and the relay asks the guard just before it does.
    """
    with transaction.atomic():
        notice, created = MoneyNotice.objects.get_or_create(
            key=key,
            defaults={
                "account": account,
                "bill": bill,
                "kind": kind.value,
                "amount": amount,
                "facts": {name: str(value) for name, value in facts.items()},
                "by": by,
                "at": at,
            },
        )
        if not created:
            return notice
        if people is None:
            people = people_to_tell([account.pk]).get(account.pk, [])
        notice.message = _owe(notice, kind, account, people, Facts(facts), deadline, must_prove, by, at)
        notice.save(update_fields=["message"])
        told = {"what": kind.value, "amount": "" if amount is None else str(amount)}
        record(by=by, at=at, action="money.told", subject=notice, account_id=account.pk, **told)
        TimelineEntry.objects.create(
            account=account, at=at, by=by, kind="money.told", facts=told, ref=f"billing.MoneyNotice:{notice.pk}"
        )
    return notice


def _owe(
    notice: MoneyNotice,
    kind: Kind,
    account: Account,
    people: Sequence[Reachable],
    facts: Facts,
    deadline: datetime | None,
    must_prove: bool,
    by: User | None,
    at: datetime,
) -> Message:
    people = sorted(people, key=lambda one: ORDER.index(Contact.Role(one.contact.role)))[:2]
    given: dict[str, dict[str, str]] = {}

    def said(language: str, form: Form) -> tuple[str, str]:
        if language not in given:
            usual = {"company": settings.COMPANY_NAME, "phone": settings.COMPANY_PHONE, "customer": account.name}
            given[language] = usual | facts.words(language)
            if kind in (Kind.BILL, Kind.INVOICE) and notice.bill is not None:
                contact = next((one.contact for one in people if one.language == language), None)
                given[language]["link"] = links.placeholder(
                    links.issue(
                        account=account,
                        purpose=PURPOSE,
                        ref=f"billing.MoneyNotice:{notice.pk}",
                        expires_at=at + timedelta(days=LINK_DAYS),
                        language=language,
                        contact=contact,
                        by=by,
                        at=at,
                    )
                )
        words = text_for(key=kind.value, language=language, form=form, day=clock.day_of(at), facts=given[language])
        return words.subject, words.text

    first = people[0].language if people else USUAL
    ways = []
    for one in people:
        known = [(Channel.SMS, one.phone), (Channel.MAIL, one.mail)]
        if one.contact.channel == Contact.Channel.MAIL:
            known.reverse()
        for channel, address in known:
            if address and _can_be(channel, address):
                ways.append(messages.Address(channel, address, said(one.language, FORM_OF[channel])[1]))
    if must_prove or not ways:
        phone = next((one.phone for one in people if one.phone and _can_be(Channel.CALL, one.phone)), "")
        ways.append(messages.Address(Channel.CALL, phone, said(first, Form.SPOKEN)[1]))
    return messages.owe(
        key=notice.key,
        kind=kind.value,
        to=ways,
        language=first,
        subject=said(first, Form.LONG)[0],
        text=said(first, Form.SHORT)[1],
        deadline=deadline,
        not_before=asking.allowed_from(at) if kind in (*ASKS, Kind.PREPAID) else None,
        must_prove=must_prove,
        owner_ref=f"billing.MoneyNotice:{notice.pk}",
        account_id=account.pk,
        unit_id=account.unit_id,
        manager_id=account.manager_id,
        by=by,
        at=at,
    )


def tell_bill(*, bill: Bill, by: User | None, at: datetime) -> MoneyNotice:
    """Owe the bill notice, with a link to every line; opening it and saying so is its proof."""
    return tell(
        kind=Kind.BILL,
        account=bill.account,
        bill=bill,
        amount=bill.amount,
        key=f"bill {bill.pk}",
        facts={"bill": bill.number, "month": bill.period_from, "amount": bill.amount, "due": bill.due_on},
        must_prove=True,
        by=by,
        at=at,
    )


def deliver_invoice(*, bill: Bill, invoice_no: str, by: User, at: datetime) -> MoneyNotice:
    """Deliver the invoice of a bill, to be proven."""
    return tell(
        kind=Kind.INVOICE,
        account=bill.account,
        bill=bill,
        amount=bill.amount,
        key=f"invoice {bill.pk} {invoice_no}",
        facts={"invoice": invoice_no, "month": bill.period_from, "amount": bill.amount},
        must_prove=True,
        by=by,
        at=at,
    )


def remind(*, bill: Bill, by: User | None, at: datetime, days: int = 0) -> MoneyNotice:
    """Owe a friendly reminder before the due date. Raises `NothingOwed`."""
    day = clock.day_of(at)
    left = min(bill.demandable_amount, asking.demandable(bill.account_id, day, overdue=False))
    if left <= 0 or bill.cancelled_on:
        raise NothingOwed(bill.number)
    return tell(
        kind=Kind.REMINDER,
        account=bill.account,
        bill=bill,
        amount=left,
        key=f"reminder {bill.pk} {days} {left}",
        facts={"bill": bill.number, "month": bill.period_from, "amount": left, "due": bill.due_on, "days": days},
        by=by,
        at=at,
    )


def demand(*, account: Account, by: User | None, at: datetime) -> MoneyNotice:
    """Demand what is overdue and not contested (催交), to be proven; once a day. Raises `NothingOwed`."""
    day = clock.day_of(at)
    left = asking.demandable(account.pk, day, overdue=True)
    if left <= 0:
        raise NothingOwed(account.account_no)
    return tell(
        kind=Kind.DEMAND,
        account=account,
        amount=left,
        key=f"demand {account.pk} {day} {left}",
        facts={"amount": left},
        must_prove=True,
        deadline=asking.allowed_from(at) + timedelta(days=3),
        by=by,
        at=at,
    )


def tell_reading(*, account: Account, until: date, by: User | None, at: datetime) -> MoneyNotice:
    """Tell what the month has come to before `until`, and what it is expected to come to (分旬抄见).

    On the first of a month that is the month before, whole. Raises `kam.billing.queries.bills.CannotBill`.
    """
    month = (until - timedelta(days=1)).replace(day=1)
    found = expected(account, month, until)
    return tell(
        kind=Kind.READING,
        account=account,
        amount=found.so_far.draft.total,
        key=f"reading {account.pk} {until}",
        facts={
            "month": month,
            "until": until - timedelta(days=1),
            "kwh": f"{found.so_far.draft.kwh:,.0f}",
            "amount": found.so_far.draft.total,
            "expected": found.yuan,
        },
        by=by,
        at=at,
    )


def remind_instalment(*, plan: PaymentPlan, by: User | None, at: datetime) -> MoneyNotice | None:
    """Owe a reminder of the plan's next instalment, once each, as long before as bills are reminded; None: not yet."""
    day = clock.day_of(at)
    following = watched(plan, day).next_due
    if plan.status not in ("ACTIVE", "BROKEN") or following is None:
        return None
    if (following.due_on - day).days > max(core.rule("billing.reminder.days", day)):
        return None
    return tell(
        kind=Kind.PLAN,
        account=plan.account,
        amount=following.amount,
        key=f"instalment {plan.pk} {following.due_on}",
        facts={"amount": following.amount, "due": following.due_on},
        by=by,
        at=at,
    )


def take_back_what_is_paid(account_id: int, *, at: datetime) -> int:
    """Withdraw open messages that ask the account for money it no longer owes; call it after a payment. How many."""
    waiting = MoneyNotice.objects.filter(
        account_id=account_id, kind__in=[kind.value for kind in ASKS], message__status=MessageState.OPEN.value
    ).select_related("message")
    count = 0
    for notice in waiting:
        reason = asking.reason_against(notice.message, at)
        if isinstance(reason, str):
            with suppress(messages.AlreadyLeft):
                messages.withdraw(key=notice.message.key, reason=reason, by=None, at=at)
                count += 1
    return count


def heard(message: Message) -> None:
    """Note the proof of a notice; the messages call it in the transaction that ends one."""
    if message.status == MessageState.PROVEN and message.closed_at:
        MoneyNotice.objects.filter(message=message, proven_at=None).update(proven_at=message.closed_at)


def received(*, link: CustomerLink, notice: MoneyNotice, at: datetime) -> None:
    """Note that the customer says that it has the bill or the invoice: its proof."""
    with transaction.atomic():
        links.note_use(link=link, at=at)
        if MoneyNotice.objects.filter(pk=notice.pk, proven_at=None).update(proven_at=at):
            record(by=None, at=at, action="money.received", subject=notice, account_id=notice.account_id)
            TimelineEntry.objects.create(
                account_id=notice.account_id,
                at=at,
                kind="money.received",
                facts={"what": notice.kind},
                ref=f"billing.MoneyNotice:{notice.pk}",
            )


def _word(value: Any, language: str, *, month: bool) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, date):
        if language.startswith("zh"):
            return f"{value.year}年{value.month}月" if month else f"{value.month}月{value.day}日"
        return f"{value:%B %Y}" if month else f"{value.day} {value:%b}"
    return str(value)


def _can_be(channel: Channel, address: str) -> bool:
    try:
        normal(channel, address)
    except messages.BadAddress:
        return False
    return True
