"""Ask affected customers, take their answers, document tries, settle (OUT-1; DESIGN 6)."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from kam.accounts.actions import links
from kam.accounts.actions.reaching import Reachable, people_to_tell
from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, CustomerLink
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock
from kam.lib.lifecycle import move
from kam.lib.uploads import Accepted
from kam.notifications.models import Message
from kam.outage_planning.actions import notices
from kam.outage_planning.actions.wording import Facts, Teller, effect_fact
from kam.outage_planning.models import Answer, Consultation, ConsultationMove, ConsultationTry, Outage
from kam.outage_planning.queries import consulting as queries
from kam.outage_planning.queries import planning, telling
from kam.outage_planning.rules.consulting import (
    STATE_OF,
    STATES,
    TO_SETTLE,
    Said,
    State,
    Through,
    TryHow,
    TryResult,
    Window,
    answer_until,
    is_silent,
    reminders_due,
)
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.rules.words import window_words

CONSULT = "outage.consult"  # purpose of the link, and key of the text
SETTLED = "outage.settled"
MOST_WINDOWS = 5


class TooLate(Exception):
    """The time is fixed, moved or cancelled, or the period for answers by link is over."""


class Incomplete(Exception):
    """Other times need at least one, at most five, each in the future; an objection needs its reason."""


class AnsweredAlready(Exception):
    """The customer has answered: there is nothing to try for."""


class ImpossibleTime(Exception):
    """Before the customer was asked, or in the future."""


class NothingToSettle(Exception):
    """No counter-proposal or objection waits here."""


class ReasonMissing(Exception):
    """Settling needs a reason that stays on record."""


def begin(
    *, outage: Outage, by: User | None, at: datetime, was: Window | None = None, told: Iterable[int] = ()
) -> dict[int, Message]:
    """Ask every affected account that was not yet asked about the plan as it stands; messages by account.

    Who said yes before to a window that holds this one is not asked again: its answer is carried over. `was`: the time
    told before to the accounts of `told`, whose question says so. Questions about earlier plans end.
    """
    with transaction.atomic():
        end(outage=outage, before=outage.version, by=by, at=at)
        # One that ended because the account was affected no more is not an answer now that it is again.
        asked = Consultation.objects.filter(outage=outage, version=outage.version).exclude(status=State.ENDED)
        known = set(asked.values_list("account", flat=True))
        effects = {pk: found for pk, found in telling.effects_of(outage).items() if pk not in known}
        yes = queries.agreed_before(outage, effects)
        window = Window(outage.starts_at, outage.ends_at)
        days = planning.periods(clock.day_of(at), effects).answer_days
        answer_by = answer_until(at, outage.starts_at, days)
        accounts = Account.objects.filter(pk__in=effects).order_by("pk")
        people = people_to_tell(effects)
        asker = _Asker(outage, set(told), was, answer_by, by, at)
        sent = {}
        for account in accounts:
            holding = next((one for one in yes.get(account.pk, ()) if one.window.holds(window)), None)
            reach = people.get(account.pk, [])
            row = Consultation.objects.create(
                outage=outage,
                account=account,
                version=outage.version,
                status=(State.AGREED if holding else State.ASKED).value,
                starts_at=outage.starts_at,
                ends_at=outage.ends_at,
                effect=effects[account.pk][0],
                asked_at=at,
                answer_by=answer_by,
                contact=reach[0].contact if reach else None,
                language=reach[0].language if reach else "zh-hans",
                agreed_from=holding.window.starts_at if holding else None,
                agreed_until=holding.window.ends_at if holding else None,
                carried_from_id=holding.consultation_id if holding else None,
            )
            ConsultationMove.objects.create(consultation=row, from_status="", to_status=row.status, at=at, by=by)
            if holding is None:
                sent[account.pk] = asker.ask(row, account, reach, effects[account.pk])
            _say(row, "CARRIED" if holding else "ASKED", by=by, at=at)
    return sent


class _Asker:
    """Owes the questions of one round, in the wording for who hears of it first and for who was told a time."""

    def __init__(
        self, outage: Outage, told: set[int], was: Window | None, answer_by: datetime, by: User | None, at: datetime
    ) -> None:
        self.told, self.answer_by, self.by, self.at = told if was else set(), answer_by, by, at
        facts: Facts = {"answer_by": answer_by}
        self.first = Teller(outage, CONSULT, facts, at=at)
        if was is not None:
            zone = clock.zone()
            facts = {**facts, "was": lambda language: window_words(was.starts_at, was.ends_at, zone, language)}
        self.again = Teller(outage, "outage.consult_again", facts, at=at)

    def ask(
        self, row: Consultation, account: Account, people: Sequence[Reachable], effect: tuple[int, float | None]
    ) -> Message:
        teller = self.again if account.pk in self.told else self.first
        return teller.owe(
            account,
            people,
            key=f"ask {row.ref}",
            ref=row.ref,
            facts={"effect": effect_fact(effect)},
            deadline=self.answer_by,
            priority=5,
            purpose=CONSULT,
            until=self.answer_by,
            by=self.by,
        )


def answer(
    *,
    consultation: Consultation,
    said: Said,
    windows: Sequence[Window] = (),
    reason: str = "",
    comment: str = "",
    attachment: Accepted | None = None,
    through: Through,
    answered_by: str = "",
    by: User | None,
    at: datetime,
    key: str = "",
    link: CustomerLink | None = None,
) -> Answer:
    """Take one answer; the last one before the cut-off counts and all are kept. The same `key` is the same answer.

    By link until the end of the answer period; from a call or a visit as long as the outage is in consultation.
    Raises `TooLate`, `Incomplete`.
    """
    key = key or secrets.token_hex(16)
    with transaction.atomic():
        row = _locked(consultation)
        before: Answer | None = Answer.objects.filter(key=key, consultation=row).first()
        if before is not None:
            return before
        if not is_open(row, at) or (through == Through.LINK and at > row.answer_by):
            raise TooLate
        proper = 0 < len(windows) <= MOST_WINDOWS and all(at < one.starts_at < one.ends_at for one in windows)
        if (said == Said.OTHER and not proper) or (said == Said.OBJECT and not reason.strip()):
            raise Incomplete
        found = Answer.objects.create(
            consultation=row,
            said=said.value,
            windows=[
                {"from": one.starts_at.isoformat(), "until": one.ends_at.isoformat()}
                for one in (windows if said == Said.OTHER else ())
            ],
            reason=reason.strip()[:300],
            comment=comment.strip()[:2000],
            # A name that says nothing and that nobody can guess, outside the web root.
            attachment=default_storage.save(f"answers/{uuid.uuid4()}{attachment.suffix}", ContentFile(attachment.data))
            if attachment
            else "",
            attachment_name=attachment.name if attachment else "",
            attachment_sha256=attachment.sha256 if attachment else "",
            through=through.value,
            answered_by=answered_by.strip()[:60],
            by=by,
            at=at,
            key=key,
        )
        if link is not None:
            links.note_use(link=link, at=at)
        if row.status != STATE_OF[said]:
            agreed = said == Said.AGREE
            _move(
                row,
                STATE_OF[said],
                by=by,
                at=at,
                agreed_from=row.starts_at if agreed else None,
                agreed_until=row.ends_at if agreed else None,
                settled_by=None,
                settled_at=None,
                settled_reason="",
            )
        tell(
            account=row.account,
            by=by,
            at=at,
            kind="outage.answered",
            subject=found,
            ref=f"outage_planning.Outage:{row.outage_id}",
            number=row.outage.number,
            what=said.value,
            through=through.value,
        )
    return found


def is_open(row: Consultation, at: datetime) -> bool:
    """Tell whether an answer still changes something: the plan asked about is the one in consultation."""
    outage = row.outage
    current = row.version == outage.version and row.status != State.ENDED
    return current and outage.status == Status.CONSULTING and at < outage.starts_at


def note_try(
    *,
    consultation: Consultation,
    how: TryHow,
    tried_at: datetime,
    whom: str,
    result: TryResult,
    note: str,
    by: User,
    at: datetime,
) -> ConsultationTry:
    """Document a try to get an answer. With enough of them after the answer period, silence counts as settled.

    Raises `AnsweredAlready`, `TooLate`, `ImpossibleTime`.
    """
    with transaction.atomic():
        row = _locked(consultation)
        if not is_open(row, at):
            raise TooLate
        if row.status not in (State.ASKED, State.SILENT):
            raise AnsweredAlready
        if not row.asked_at <= tried_at <= at:
            raise ImpossibleTime
        found = ConsultationTry.objects.create(
            consultation=row,
            how=how.value,
            at=tried_at,
            by=by,
            whom=whom[:60],
            result=result.value,
            note=note[:300],
            noted_at=at,
        )
        tell(
            account=row.account,
            by=by,
            at=at,
            kind="outage.tried",
            subject=found,
            ref=f"outage_planning.Outage:{row.outage_id}",
            number=row.outage.number,
            what=result.value,
            how=how.value,
        )
        tries = list(row.tries.values_list("at", flat=True))
        least, apart = queries.try_rules(clock.day_of(at))
        if row.status == State.ASKED and is_silent(tries, row.answer_by, at, least=least, apart=apart):
            _move(row, State.SILENT, by=None, at=at)
            _say(row, "SILENT", by=None, at=at)
    return found


def settle(*, consultation: Consultation, reason: str, by: User, at: datetime) -> Consultation:
    """Settle a counter-proposal or an objection: the proposed time stays, and the customer is told why at once.

    Where the customer's own time is better, the outage is moved there instead (`planning.move_time`). Raises
    `ReasonMissing`, `NothingToSettle`.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = _locked(consultation)
        if row.status not in TO_SETTLE or not is_open(row, at):
            raise NothingToSettle
        _move(
            row, State.SETTLED, by=by, at=at, reason=reason, settled_by=by, settled_at=at, settled_reason=reason[:300]
        )
        _say(row, "SETTLED", by=by, at=at)
        _tell_settled(row, reason.strip(), by=by, at=at)
    return row


def _tell_settled(row: Consultation, reason: str, *, by: User, at: datetime) -> None:
    """Owe the customer the word that its own time, or its objection, could not be followed, and why."""
    number = ConsultationMove.objects.filter(consultation=row, to_status=State.SETTLED.value).count()
    Teller(row.outage, SETTLED, {"text": reason.rstrip("。.")}, at=at).owe(
        row.account,
        people_to_tell([row.account_id]).get(row.account_id, []),
        key=f"settled {number} {row.ref}",
        ref=row.ref,
        facts={},
        deadline=row.outage.starts_at,
        priority=4,
        must_prove=False,
        by=by,
    )


def end(
    *,
    outage: Outage,
    by: User | None,
    at: datetime,
    before: int | None = None,
    accounts: Iterable[int] | None = None,
) -> list[int]:
    """End questions that no longer stand: of plans before version `before`, of `accounts`, or all. Which accounts.

    Their links close and what has not left is taken back.
    """
    with transaction.atomic():
        rows = Consultation.objects.select_for_update(of=("self",)).filter(outage=outage).exclude(status=State.ENDED)
        if before is not None:
            rows = rows.filter(version__lt=before)
        if accounts is not None:
            rows = rows.filter(account_id__in=list(accounts))
        ended = []
        for row in rows.order_by("pk"):
            _move(row, State.ENDED, by=by, at=at)
            links.revoke_all(ref=row.ref, by=by, at=at)
            for message in Message.objects.filter(account_id=row.account_id, key__in=_keys(row), status="OPEN"):
                notices.take_back(message, by=by, at=at)
            ended.append(row.account_id)
    return ended


def remind(*, at: datetime) -> int:
    """Remind who has not answered, before the answer period ends. Returns how many; safe to repeat."""
    days = queries.reminder_days(clock.day_of(at))
    waiting = Consultation.objects.filter(
        status=State.ASKED, answer_by__gt=at, answer_by__lte=at + timedelta(days=max(days, default=0))
    )
    sent = 0
    for row in waiting.select_related("outage", "account").order_by("answer_by", "pk")[:500]:
        due = reminders_due(row.asked_at, row.answer_by, at, days)
        if len(due) > row.reminders and is_open(row, at):
            sent += _remind(row, len(due), at)
    return sent


def _remind(consultation: Consultation, number: int, at: datetime) -> int:
    with transaction.atomic():
        row = _locked(consultation)
        if row.status != State.ASKED or row.reminders >= number:
            return 0
        teller = Teller(row.outage, "outage.consult_reminder", {"answer_by": row.answer_by}, at=at)
        teller.owe(
            row.account,
            people_to_tell([row.account_id]).get(row.account_id, []),
            key=f"remind {number} {row.ref}",
            ref=row.ref,
            facts={},
            deadline=row.answer_by,
            priority=5,
            purpose=CONSULT,
            until=row.answer_by,
            by=None,
        )
        # Several that fell due while nothing ran are one reminder.
        Consultation.objects.filter(pk=row.pk).update(reminders=number, reminded_at=at)
        _say(row, "REMINDED", by=None, at=at)
    return 1


def _keys(row: Consultation) -> list[str]:
    settled = ConsultationMove.objects.filter(consultation=row, to_status=State.SETTLED.value).count()
    return [
        f"ask {row.ref}",
        *(f"remind {number} {row.ref}" for number in range(1, row.reminders + 1)),
        *(f"settled {number} {row.ref}" for number in range(1, settled + 1)),
    ]


def _locked(consultation: Consultation) -> Consultation:
    row: Consultation = (
        Consultation.objects.select_for_update(of=("self",)).select_related("outage", "account").get(pk=consultation.pk)
    )
    return row


def _move(row: Consultation, to: State, *, by: User | None, at: datetime, reason: str = "", **changes: object) -> None:
    def history(moved: Consultation, before: str, after: str) -> None:
        ConsultationMove.objects.create(
            consultation=moved, from_status=before, to_status=after, at=at, by=by, reason=reason[:300]
        )

    move(row, to=to.value, table=STATES, by=by, at=at, history=history, **changes)
    record(
        by=by,
        at=at,
        action="outage.consultation",
        subject=row,
        account_id=row.account_id,
        number=row.outage.number,
        to=to.value,
        reason=reason,
    )


def _say(row: Consultation, what: str, *, by: User | None, at: datetime) -> None:
    notices.put_on_timelines(row.outage, [row.account_id], "outage.consulted", by=by, at=at, what=what)
