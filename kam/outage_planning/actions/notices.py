"""Tell customers about an outage, and note what proves that they know: the one way to a `Notice` (OUT-2, 3, 5, 10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from kam.accounts.actions import links
from kam.accounts.actions.reaching import people_to_tell
from kam.accounts.models import Account, CustomerLink, TimelineEntry
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock
from kam.notifications import actions as messages
from kam.notifications.models import CallTry, Delivery, Message, Proof
from kam.notifications.rules.states import Channel, DeliveryState, MessageState
from kam.outage_planning.actions.wording import Facts, Teller, effect_fact
from kam.outage_planning.models import Notice, NoticeEvent, Outage, OutageOverride
from kam.outage_planning.queries import telling as queries
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.telling import (
    CALL_KEY,
    PRIORITIES,
    TEXTS,
    TO_ACKNOWLEDGE,
    WITHOUT_PROOF,
    AckHow,
    Event,
    NoticeKind,
    is_late,
)

ACKNOWLEDGE = "outage.acknowledge"  # purpose of the link in a notice
AFTERWARDS = timedelta(days=1)  # a link opens this long after the outage


def tell(
    *,
    outage: Outage,
    kind: NoticeKind,
    by: User | None,
    at: datetime,
    accounts: Iterable[int] | None = None,
    facts: Facts | None = None,
    own: Mapping[int, Facts] | None = None,
    deadlines: Mapping[int, datetime | None] | None = None,
    text: str = "",
    until: datetime | None = None,
    said_by: Mapping[int, Message] | None = None,
    number: int | None = None,
) -> list[Notice]:
    """Write one notice with its message for each account, in the caller's transaction; the relay sends after commit.

    `accounts`: ids; all affected ones unless told. `facts` fill places of the text beside the usual ones (company,
    customer, phone, lines, reason, effect, window, expected, restored, link); `own` those of single accounts
    ({account id: {"cut_kw": "800"}}). An instant is written in the language of the reader (12月6日15:20).
    `deadlines`: by account, those of law and contract unless told for kinds that are acknowledged, else none (as soon
    as possible). `text`: the key of another text than the kind's (TEXTS). `until`: until when the link of the message
    opens, a day after the outage unless told. A second notice of one kind about one plan gets the next number, so that
    updates of a fault are all kept; whoever must not be told twice is left out of `accounts` by the caller.
    `number`: that of a telling which is written in portions, which all carry the same.
    `said_by`: messages by account that are owed already and say it; these accounts get no second one.
    Every notice is on the account's timeline ("outage.told") and all of them in one audit entry.
    """
    with transaction.atomic():
        effects = queries.effects_of(outage)
        ids = sorted(set(effects) if accounts is None else set(accounts))
        if not ids:
            return []
        people = people_to_tell(ids)
        if deadlines is None:
            deadlines = queries.deadlines(outage, ids, clock.day_of(at)) if kind in TO_ACKNOWLEDGE else {}
        if number is None:
            same = Notice.objects.filter(outage=outage, kind=kind.value, version=outage.version)
            number = (same.aggregate(n=Max("number"))["n"] or 0) + 1
        exception = _exception(outage)
        teller = Teller(outage, text or TEXTS[kind], facts or {}, at=at)
        notices = []
        for account in Account.objects.filter(pk__in=ids).order_by("pk"):
            deadline = deadlines.get(account.pk)
            late = is_late(deadline, at, at, at)
            notice = Notice(
                outage=outage,
                account=account,
                kind=kind.value,
                version=outage.version,
                number=number,
                deadline=deadline,
                must_acknowledge=account.continuous and kind in TO_ACKNOWLEDGE,
                created_at=at,
                by=by,
                late=late,
                override=exception if late else None,
            )
            notice.message = (said_by or {}).get(account.pk) or teller.owe(
                account,
                people.get(account.pk, []),
                key=notice.ref,
                ref=notice.ref,
                facts={"effect": effect_fact(effects.get(account.pk)), **(own or {}).get(account.pk, {})},
                deadline=deadline,
                priority=PRIORITIES[kind],
                purpose=ACKNOWLEDGE,
                until=until or max(outage.ends_at, at) + AFTERWARDS,
                must_prove=kind not in WITHOUT_PROOF,
                by=by,
            )
            notices.append(notice)
        Notice.objects.bulk_create(notices, batch_size=500)
        _note(notices, Event.OWED, by=by, at=at)
        put_on_timelines(
            outage, [notice.account_id for notice in notices], "outage.told", by=by, at=at, what=kind.value
        )
        record(
            by=by,
            at=at,
            action="outage.told",
            subject=outage,
            number=outage.number,
            kind=kind.value,
            notices=len(notices),
            late=sum(notice.late for notice in notices),
        )
    return notices


def excuse(*, outage: Outage) -> int:
    """Name the exception under which notices that were already late stand; how many got one."""
    allowed = _exception(outage)
    if allowed is None:
        return 0
    rows = Notice.objects.announcing().filter(outage=outage, late=True, override=None)
    return int(rows.update(override=allowed))


def _exception(outage: Outage) -> OutageOverride | None:
    """Return the exception from the deadline that was granted for the plan as it stands."""
    rows = OutageOverride.objects.filter(
        outage=outage, version=outage.version, rule=Guard.NOTICE_LATE.value, refused=False
    )
    found: OutageOverride | None = rows.exclude(approved_by=None).first()
    return found


def put_on_timelines(
    outage: Outage, account_ids: Iterable[int], kind: str, *, by: User | None, at: datetime, **facts: str
) -> None:
    """Put one line about an outage on the timeline of each account."""
    TimelineEntry.objects.bulk_create(
        (
            TimelineEntry(
                account_id=account_id,
                at=at,
                by=by,
                kind=kind,
                facts={"number": outage.number, **facts},
                ref=f"outage_planning.Outage:{outage.pk}",
            )
            for account_id in account_ids
        ),
        batch_size=500,
    )


def supersede(*, outage: Outage, by: User | None, at: datetime) -> int:
    """End the notices of plans that no longer hold: their links close, what has not left is taken back. How many.

    What has left cannot be taken back; it is followed by the next notice.
    """
    with transaction.atomic():
        rows = list(Notice.objects.filter(outage=outage, superseded_at=None).select_related("message"))
        for notice in rows:
            links.revoke_all(ref=notice.ref, by=by, at=at)
            take_back(notice.message, by=by, at=at)
        Notice.objects.filter(pk__in=[notice.pk for notice in rows]).update(superseded_at=at)
        _note(rows, Event.SUPERSEDED, by=by, at=at)
    return len(rows)


def take_back(message: Message, *, by: User | None, at: datetime) -> None:
    """Withdraw a message if it has not left yet; one that has left stays as it is."""
    with suppress(messages.AlreadyLeft):
        messages.withdraw(key=message.key, reason=_("The plan has changed."), by=by, at=at)


def acknowledge(
    *, notice: Notice, how: AckHow, who: str, by: User | None, at: datetime, link: CustomerLink | None = None
) -> Notice:
    """Note that the customer has the notice (签收), by link, telephone or paper; the first time counts."""
    with transaction.atomic():
        row: Notice = Notice.objects.select_for_update(of=("self",)).select_related("outage").get(pk=notice.pk)
        if link is not None:
            links.note_use(link=link, at=at)
        if row.acknowledged_at is not None:
            return row
        row.acknowledged_at, row.acknowledged_how, row.acknowledged_by = at, how.value, who[:60]
        if row.proven_at is None:
            # Who answers has it: a better proof than any receipt.
            row.proven_at, row.proven_by = at, how.value
            row.late = row.late or is_late(row.deadline, row.created_at, at, at)
        row.save(
            update_fields=["acknowledged_at", "acknowledged_how", "acknowledged_by", "proven_at", "proven_by", "late"]
        )
        _note([row], Event.ACKNOWLEDGED, by=by, at=at, note=how.value)
        put_on_timelines(row.outage, [row.account_id], "outage.acknowledged", by=by, at=at, what=how.value)
        record(by=by, at=at, action="outage.acknowledged", subject=row, account_id=row.account_id, how=how.value)
    return row


def heard(message: Message) -> None:
    """Note on the notice what became of its message; the messages call it in the transaction that ends one."""
    notice = (
        Notice.objects.select_for_update(of=("self",))
        .filter(Q(message=message) | Q(pk__in=_called_for(message)))
        .select_related("outage")
        .first()
    )
    if notice is None or message.closed_at is None:
        return
    at = message.closed_at
    if message.status == MessageState.UNREACHED:
        _note([notice], Event.UNREACHED, by=None, at=at)
    if message.status != MessageState.PROVEN:
        return
    first = (
        Delivery.objects.filter(message=message, status=DeliveryState.DELIVERED)
        .exclude(delivered_at=None)
        .order_by("delivered_at", "pk")
        .first()
    )
    if first is None or first.delivered_at is None:
        return
    if notice.proven_at is None:
        notice.proven_at, notice.proven_by = first.delivered_at, first.channel
        notice.late = notice.late or is_late(notice.deadline, notice.created_at, first.delivered_at, at)
        notice.save(update_fields=["proven_at", "proven_by", "late"])
        _note([notice], Event.PROVEN, by=None, at=at, note=first.channel)
    how = {Channel.CALL: AckHow.PHONE, Channel.PAPER: AckHow.PAPER}.get(Channel(first.channel))
    if how is not None:
        acknowledge(notice=notice, how=how, who=_who(first), by=None, at=first.delivered_at)


def _called_for(message: Message) -> list[int]:
    """Return the notice for which a call of its own was owed, to have it acknowledged."""
    prefix, _, ref = message.key.partition(" ")
    if prefix != CALL_KEY:
        return []
    return list(Notice.objects.of_ref(ref).values_list("pk", flat=True))


def _who(delivery: Delivery) -> str:
    """Return who answered the telephone or signed the paper."""
    call = CallTry.objects.filter(task__delivery=delivery, reached=True).order_by("-at").first()
    if call is not None:
        return call.answered_by
    paper = Proof.objects.filter(delivery=delivery).order_by("-at").first()
    return paper.signed_by if paper else ""


def call_to_acknowledge(*, notice: Notice, by: User | None, at: datetime) -> Message:
    """Put the customer on the call list to acknowledge a notice that it has got and not answered; once a notice."""
    with transaction.atomic():
        teller = Teller(notice.outage, TEXTS[NoticeKind(notice.kind)], {}, at=at)
        return teller.owe(
            notice.account,
            people_to_tell([notice.account_id]).get(notice.account_id, []),
            key=f"{CALL_KEY} {notice.ref}",
            ref=notice.ref,
            facts={"effect": effect_fact(queries.effects_of(notice.outage).get(notice.account_id))},
            deadline=notice.outage.starts_at,
            priority=2,
            by=by,
            only_call=True,
        )


def _note(notices: Iterable[Notice], code: Event, *, by: User | None, at: datetime, note: str = "") -> None:
    NoticeEvent.objects.bulk_create(
        (NoticeEvent(notice=notice, code=code.value, at=at, by=by, note=note) for notice in notices),
        batch_size=500,
        ignore_conflicts=True,
    )
