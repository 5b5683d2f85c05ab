"""What outages to come ask of a person today, by role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kam.core.models import User
from kam.core.rules import Role
from kam.core.templatetags.kam import left
from kam.lib import clock
from kam.outage_planning.models import Consultation, Notice
from kam.outage_planning.queries import due
from kam.outage_planning.templatetags.outages import guard_words
from kam.reports.queries.day_items import Group, Item

MOST = 8
# Days before the start: the call list, the supervisor (DESIGN 6).
CALL_DAYS, SUPERVISOR_DAYS = 5, 3


def plan_groups(user: User, at: datetime) -> Iterator[Group]:
    """Return what outages ask of `user` today; nothing for roles that have no part in them."""
    roles = user.roles
    if Role.SUPERVISOR in roles:
        rows = due.to_decide(user)[:MOST]
        yield Group(_("Exceptions to decide"), [_exception(row) for row in rows], reverse("outages:board"))
        late = due.unacknowledged(user, at, SUPERVISOR_DAYS)[:MOST]
        yield Group(_("Not acknowledged, and the outage is near"), [_notice(row) for row in late])
    if Role.PLANNER in roles:
        settle = due.to_settle(user)[:MOST]
        more = reverse("outages:answers")
        yield Group(_("Answers to settle"), [_answer(row, row.get_status_display()) for row in settle], more)
        yield Group(_("Notices at risk"), [*_unsent(user, at), *_unproven(user, at)], reverse("outages:board"))
    if Role.REPRESENTATIVE in roles or Role.PLANNER in roles:
        tries = due.to_try(user, at)[:MOST]
        more = reverse("outages:answers") + "?status=ASKED"
        yield Group(_("Silent after the answer period: try twice"), [_silent(row) for row in tries], more)
    if Role.REPRESENTATIVE in roles:
        calls = due.unacknowledged(user, at, CALL_DAYS)[:MOST]
        yield Group(_("Continuous producers to call"), [_notice(row) for row in calls], reverse("notifications:calls"))
    if Role.MANAGER in roles:
        waiting = due.unanswered(user)[:MOST]
        more = reverse("outages:answers") + "?status=ASKED"
        yield Group(_("Customers of yours that have not answered"), [_waiting(row, at) for row in waiting], more)


def _exception(row: Any) -> Item:
    why = f"{guard_words(row.rule)} {row.proposed_by}"
    return Item(f"{row.outage.number} {row.outage.title}", why, reverse("outages:outage", args=[row.outage_id]), "soon")


def _answer(row: Consultation, why: str, tone: str = "soon") -> Item:
    text = f"{row.account.name} · {row.outage.number}"
    return Item(text, str(why), reverse("outages:consultation", args=[row.pk]), tone)


def _silent(row: Consultation) -> Item:
    return _answer(row, _("asked until %(day)s") % {"day": f"{row.answer_by.astimezone(clock.zone()):%m-%d}"}, "late")


def _waiting(row: Consultation, at: datetime) -> Item:
    return _answer(row, left(row.answer_by), "late" if row.answer_by <= at else "soon")


def _notice(row: Notice) -> Item:
    text = f"{row.account.name} · {row.outage.number}"
    return Item(text, left(row.outage.starts_at), reverse("outages:outage", args=[row.outage_id]), "late")


def _unsent(user: User, at: datetime) -> list[Item]:
    return [
        Item(
            f"{outage.number} {outage.title}",
            _("notices not sent, %(left)s") % {"left": left(latest)},
            reverse("outages:outage", args=[outage.pk]),
            "late" if latest <= at else "soon",
        )
        for outage, latest in due.unsent(user, at, MOST)
    ]


def _unproven(user: User, at: datetime) -> list[Item]:
    return [
        Item(
            f"{row.account.name} · {row.outage.number}",
            _("no proof, %(left)s") % {"left": left(row.deadline)},
            reverse("notifications:message", args=[row.message_id]),
            "late",
        )
        for row in due.unproven(user, at)[:MOST]
    ]
