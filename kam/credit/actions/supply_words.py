"""What a case on the supply owes besides its notice: the call before the cut, the letter to the administration."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Max
from django.utils import translation

from kam.billing.queries.asking import demandable
from kam.core.models import RuleValue, User
from kam.core.queries import company_name
from kam.credit.actions import messages as words
from kam.credit.models import SupplyCase, SupplyLetter
from kam.credit.queries import supply as queries
from kam.lib import clock
from kam.notifications import actions as notifications
from kam.notifications.models import CallTry, Message, Proof
from kam.notifications.queries.wording import text_for
from kam.notifications.rules.states import Channel, MessageState
from kam.notifications.rules.texts import Form

AT_LEAST = timedelta(minutes=5)  # what a late call has to be made within


def ref_of(case: SupplyCase) -> str:
    """Return how messages name the case that owes them."""
    return f"credit.SupplyCase:{case.pk}"


def case_of(message: Message) -> SupplyCase | None:
    """Return the case that owes a message."""
    if not message.owner_ref.startswith("credit.SupplyCase:"):
        return None
    pk = int(message.owner_ref.rpartition(":")[2])
    return SupplyCase.objects.select_related("account").filter(pk=pk).first()


def calls_of(case: SupplyCase) -> list[Message]:
    """Return the calls owed for the case's present notice, the newest first."""
    rows = Message.objects.filter(kind=words.CALL, owner_ref=ref_of(case), key__startswith=_call_key(case))
    return list(rows.order_by("-pk"))


def owe_call(case: SupplyCase, *, by: User | None, at: datetime) -> Message:
    """Put the call before the cut on the call list with its script; one that is open already stays the one.

    Call it under the case's lock. Who was never reached may be called by a new one.
    """
    earlier = calls_of(case)
    if earlier and earlier[0].status == MessageState.OPEN:
        return earlier[0]
    rules = queries.periods(clock.day_of(at))
    assert case.cut_at is not None
    return words.tell(
        kind=words.CALL,
        account=case.account,
        key=f"{_call_key(case)}{len(earlier) + 1}",
        facts={
            "amount": demandable(case.account_id, clock.day_of(at), overdue=True),
            "when": case.cut_at,
            "minutes": rules.final_minutes,
        },
        deadline=max(case.cut_at - timedelta(minutes=rules.final_minutes), at + AT_LEAST),
        owner_ref=ref_of(case),
        must_prove=True,
        only_call=True,
        priority=1,
        by=by,
        at=at,
    )


def who_answered(message: Message) -> str:
    """Return who took the call, or signed the paper that came instead."""
    reached = CallTry.objects.filter(task__message=message, reached=True).order_by("-pk").first()
    if reached is not None and reached.answered_by:
        return reached.answered_by
    signed = Proof.objects.filter(message=message).order_by("-pk").first()
    return signed.signed_by if signed is not None else ""


def owe_letter(case: SupplyCase, *, by: User | None, at: datetime) -> SupplyLetter:
    """Number and owe the copy of the case's present notice to the administration: paper, to be signed for.

    Call it under the case's lock; the same notice has one letter.
    """
    held: SupplyLetter | None = SupplyLetter.objects.filter(case=case, notice=case.notices).first()
    if held is not None:
        return held
    day = clock.day_of(at)
    # Two cases may ask at once: the second waits for the first one's number.
    list(RuleValue.objects.select_for_update().filter(key="credit.administration").order_by("pk"))
    last = SupplyLetter.objects.filter(year=day.year).aggregate(last=Max("sequence"))["last"] or 0
    number = f"停报〔{day.year}〕{last + 1}号"
    to = queries.administration(day)
    subject, text = _letter(case, number, to, day_at=at)
    assert case.cut_at is not None
    message = notifications.owe(
        key=f"{words.LETTER} {case.pk} {case.notices}",
        kind=words.LETTER,
        to=[notifications.Address(Channel.PAPER, "", text)],
        language=words.USUAL,
        subject=subject,
        text=text,
        deadline=case.cut_at - timedelta(days=1),
        owner_ref=ref_of(case),
        account_id=case.account_id,
        unit_id=case.account.unit_id,
        manager_id=case.account.manager_id,
        by=by,
        at=at,
    )
    made: SupplyLetter = SupplyLetter.objects.create(
        case=case,
        notice=case.notices,
        year=day.year,
        sequence=last + 1,
        number=number,
        to=to,
        message=message,
        made_at=at,
    )
    return made


def take_back(case: SupplyCase, *, reason: str, by: User | None, at: datetime) -> None:
    """Take the call and the letter of the present notice off the lists, where they have not been done."""
    keys = [one.key for one in calls_of(case)]
    keys += SupplyLetter.objects.filter(case=case, notice=case.notices).values_list("message__key", flat=True)
    for key in keys:
        with suppress(notifications.AlreadyLeft):
            notifications.withdraw(key=key, reason=reason, by=by, at=at)


def _letter(case: SupplyCase, number: str, to: str, *, day_at: datetime) -> tuple[str, str]:
    day = clock.day_of(day_at)
    rules = queries.periods(day)
    facts = queries.facts_of(case, day_at)
    with translation.override(words.USUAL):
        said = {
            "number": number,
            "administration": to,
            "customer": case.account.name,
            "account_no": case.account.account_no,
            "importance": case.account.get_importance_display(),
            "amount": facts.owed or Decimal(0),
            "oldest_due": facts.oldest_due or day,
            "when": case.cut_at,
            "overdue_days": rules.overdue_days,
            "minutes": rules.final_minutes,
            "hours": rules.reconnect_hours,
            "company": company_name(),
            "phone": settings.COMPANY_PHONE,
            "today": f"{day.year}年{day.month}月{day.day}日",
        }
        found = text_for(
            key=words.LETTER,
            language=words.USUAL,
            form=Form.LONG,
            day=day,
            facts={name: words.in_words(value, words.USUAL) for name, value in said.items()},
        )
    return found.subject, found.text


def _call_key(case: SupplyCase) -> str:
    return f"{words.CALL} {case.pk} {case.notices} "
