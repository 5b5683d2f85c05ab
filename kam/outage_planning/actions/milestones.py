"""What time itself does to plans and notices: alarms, calls, the supervisor, what is late, what must not be missing.

Everything is read from the database's state: what fell due while nothing ran is done by the next run, once
(RELIABILITY R6, 3.1).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from kam.core.models import User
from kam.core.rules import Role
from kam.lib import clock
from kam.notifications import actions as messages
from kam.notifications import queries as texts
from kam.notifications.rules.states import Channel, MessageState
from kam.notifications.rules.texts import Form
from kam.outage_planning.actions import consulting, notices
from kam.outage_planning.models import Notice, NoticeEvent, Outage
from kam.outage_planning.queries import telling as queries
from kam.outage_planning.queries.planning import periods
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.notice import Due, milestones
from kam.outage_planning.rules.telling import Event, due_events
from kam.outage_planning.rules.words import moment_words

log = logging.getLogger(__name__)
MOST = 2000
SUPERVISED = "outage.unacknowledged"
UNSENT = "outage.unsent"
GAP = "outage.gap"


def look_after(*, at: datetime) -> str:
    """Do what is due before outages at `at`; a short text. Safe to repeat, and to run late."""
    reminded = consulting.remind(at=at)
    unsent = alarm_unsent(at=at)
    steps = follow_notices(at=at)
    return f"reminded {reminded}, unsent {unsent}, notices {steps}"


def alarm_unsent(*, at: datetime) -> int:
    """Tell who plans them of agreed outages whose notices are not sent nine days before (T-9 d). Returns how many."""
    told = 0
    rows = Outage.objects.filter(status=Status.AGREED.value, kind=Kind.PLANNED.value, starts_at__gt=at)
    for outage in rows.select_related("unit", "created_by").order_by("starts_at", "pk")[:MOST]:
        when = dict(milestones(outage.starts_at, clock.zone(), periods(clock.day_of(at)), Kind.PLANNED))
        if at >= when[Due.ALARM_UNSENT]:
            people = [outage.created_by] if outage.created_by else _above(outage, Role.PLANNER)
            told += _tell(outage, people, UNSENT, {"deadline": when[Due.NOTICE]}, at=at)
    return told


def follow_notices(*, at: datetime) -> int:
    """Take notices of outages to come one step further where it is due: call, call again, the supervisor, late.

    Returns how many steps were done.
    """
    open_ones = Q(proven_at=None) | Q(must_acknowledge=True, acknowledged_at=None)
    rows = (
        Notice.objects.announcing()
        .filter(open_ones, outage__status=Status.ANNOUNCED.value)
        .select_related("outage", "outage__unit", "account", "message")
        .order_by("deadline", "pk")[:MOST]
    )
    done: dict[int, set[str]] = {}
    for notice_id, code in NoticeEvent.objects.filter(notice__in=[row.pk for row in rows]).values_list(
        "notice", "code"
    ):
        done.setdefault(notice_id, set()).add(code)
    steps = 0
    for notice in rows:
        due = due_events(
            kind=Kind(notice.outage.kind),
            starts_at=notice.outage.starts_at,
            deadline=notice.deadline,
            proven=notice.proven_at is not None,
            unacknowledged=notice.must_acknowledge and notice.acknowledged_at is None,
            now=at,
        )
        for event in due:
            if event.value not in done.get(notice.pk, ()):
                steps += _take(notice, event, at)
    return steps


def _take(notice: Notice, event: Event, at: datetime) -> int:
    with transaction.atomic():
        created = NoticeEvent.objects.get_or_create(notice=notice, code=event.value, defaults={"at": at})[1]
        if not created:
            return 0
        if event == Event.LATE:
            Notice.objects.filter(pk=notice.pk).update(late=True)
        elif event == Event.CALL_UNPROVED:
            _call(notice, at)
        elif event == Event.CALL_UNACKNOWLEDGED:
            if notice.message.status == MessageState.PROVEN:
                notices.call_to_acknowledge(notice=notice, by=None, at=at)
            else:
                _call(notice, at)
        elif event == Event.SUPERVISOR:
            facts = {"customer": notice.account.name}
            _tell(notice.outage, _above(notice.outage, Role.SUPERVISOR), SUPERVISED, facts, at=at, about=notice.ref)
    return 1


def _call(notice: Notice, at: datetime) -> None:
    # Proven or withdrawn since it was read: there is nothing to call about.
    with suppress(messages.MessageClosed):
        messages.hand_to_call_list(message=notice.message, reason="", by=None, at=at)


def sweep(*, at: datetime) -> int:
    """Look for announced outages with affected accounts that were never told; there must be none. Returns how many.

    Found ones are an error in the log and an alarm in the app of planners and supervisors above the outage.
    """
    found = queries.gaps(at)
    for gap in found:
        log.error("outage %s is announced and %s accounts have no notice", gap.number, len(gap.account_ids))
        outage = Outage.objects.select_related("unit").get(pk=gap.outage_id)
        with transaction.atomic():
            people = _above(outage, Role.PLANNER, Role.SUPERVISOR)
            _tell(outage, people, GAP, {"n": str(len(gap.account_ids))}, at=at)
    return sum(len(gap.account_ids) for gap in found)


def _above(outage: Outage, *roles: Role) -> list[User]:
    """Return the active holders of these roles in the outage's unit and above it."""
    rows = User.objects.holding(*roles).filter(is_active=True).select_related("unit").order_by("pk")
    return [user for user in rows if user.unit is not None and outage.unit.path.startswith(user.unit.path)]


def _tell(
    outage: Outage,
    people: Iterable[User],
    text: str,
    facts: Mapping[str, str | datetime],
    *,
    at: datetime,
    about: str = "",
) -> int:
    """Tell members of staff in the app, each once about one plan (and one notice); how many are told now."""
    told = 0
    for user in people:
        key = f"{text} {about or outage.pk} v{outage.version} {user.pk}"
        if texts.proof_of(key=key) is not None:
            continue
        said = {
            name: moment_words(fact, clock.zone(), user.language) if isinstance(fact, datetime) else fact
            for name, fact in facts.items()
        }
        places = {
            **said,
            "number": outage.number,
            "title": outage.title,
            "when": moment_words(outage.starts_at, clock.zone(), user.language),
        }
        day = clock.day_of(at)
        short, long = (
            texts.text_for(key=text, language=user.language, form=form, day=day, facts=places)
            for form in (Form.SHORT, Form.LONG)
        )
        messages.owe(
            key=key,
            kind=text,
            to=[messages.Address(Channel.APP, str(user.pk))],
            language=user.language,
            subject=long.subject,
            text=short.text,
            deadline=None,
            priority=2,
            owner_ref=f"outage_planning.Outage:{outage.pk}",
            unit_id=outage.unit_id,
            must_prove=False,
            by=None,
            at=at,
        )
        told += 1
    return told
