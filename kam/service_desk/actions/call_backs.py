"""Hear from the customer whether the answer is good, by telephone or signed page; only then a request closes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from kam.accounts.actions import links
from kam.accounts.actions.timeline import tell as tell_timeline
from kam.accounts.models import CustomerLink
from kam.core.actions import record
from kam.core.models import User
from kam.core.queries import rule
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove
from kam.service_desk.actions import deadlines
from kam.service_desk.actions.customers import say
from kam.service_desk.actions.requests import locked, move, ref_of, reopened
from kam.service_desk.models import CallBack, Rating, Request
from kam.service_desk.rules.lifecycle import Status
from kam.service_desk.rules.promises import Step

PURPOSE = "service.rating"


class StarsMissing(Exception):
    """Who is content also rates, 1 to 5."""


class WordsMissing(Exception):
    """Who is not content says why; else nothing can be put right."""


class TriedTooLittle(Exception):
    """A request closes unheard only after enough tries on different days."""

    def __init__(self, tries: int, needed: int) -> None:
        super().__init__(tries, needed)
        self.tries, self.needed = tries, needed


def note_call(
    *,
    request: Request,
    reached: bool,
    content: bool | None,
    stars: int | None,
    words: str,
    by: User,
    at: datetime,
) -> CallBack:
    """Note one call: not reached, content with a rating, or not content, which opens the request again.

    Raises `StarsMissing`, `WordsMissing`, `IllegalMove` for what is not answered, `StaleRow`, `IsDouble`.
    """
    with transaction.atomic():
        row = locked(request)
        if row.status != Status.ANSWERED:
            raise IllegalMove(row.status)
        if not reached:
            tried = CallBack.objects.create(
                request=row, round=row.round, way=CallBack.Way.PHONE, reached=False, words=words[:500], by=by, at=at
            )
            facts = {"number": row.number, "reached": False}
            record(by=by, at=at, action="request.called_back", subject=row, account_id=row.account_id, **facts)
            return tried
        return _heard(row, CallBack.Way.PHONE, content=bool(content), stars=stars, words=words, by=by, at=at)


def answer_by_link(
    *, link: CustomerLink, request: Request, content: bool, stars: int | None, words: str, at: datetime
) -> bool:
    """Take what the customer says on the signed page. False where it was said before, or is no longer asked.

    The same answer sent twice is one. Raises `StarsMissing`, `WordsMissing`.
    """
    with transaction.atomic():
        row = locked(request)
        if row.status != Status.ANSWERED:
            return False
        _heard(row, CallBack.Way.LINK, content=content, stars=stars, words=words, by=None, at=at)
        links.note_use(link=link, at=at)
    return True


def _heard(
    row: Request, way: CallBack.Way, *, content: bool, stars: int | None, words: str, by: User | None, at: datetime
) -> CallBack:
    if content and stars is None:
        raise StarsMissing
    if not content and not words.strip():
        raise WordsMissing
    heard = CallBack.objects.create(
        request=row, round=row.round, way=way, reached=True, content=content, words=words[:500], by=by, at=at
    )
    if stars is not None:
        Rating.objects.create(request=row, round=row.round, stars=stars, words=words[:500], way=way, by=by, at=at)
    facts = {"number": row.number, "reached": True, "content": content, "stars": stars, "way": way.value}
    record(by=by, at=at, action="request.called_back", subject=row, account_id=row.account_id, **facts)
    deadlines.meet(row, Step.CALL_BACK, at)
    if content:
        move(row, Status.CALLED_BACK, by=by, at=at)
        _close(row, by=by, at=at)
    else:
        reopened(row, reason=words, by=by, at=at)
    return heard


def close_unheard(*, request: Request, reason: str, by: User, at: datetime) -> Request:
    """Close an answered request whose customer was not reached on enough different days.

    Raises `TriedTooLittle`, `IllegalMove`, `StaleRow`, `IsDouble`.
    """
    needed = int(rule("desk.call_back_tries", clock.day_of(at)))
    with transaction.atomic():
        row = locked(request)
        tried = CallBack.objects.filter(request=row, round=row.round, reached=False).values_list("at", flat=True)
        days = {clock.day_of(one) for one in tried}
        if len(days) < needed:
            raise TriedTooLittle(len(days), needed)
        move(row, Status.CALLED_BACK, by=by, at=at, reason=reason)
        deadlines.meet(row, Step.CALL_BACK, at)
        _close(row, by=by, at=at, reason=reason)
    return row


def _close(row: Request, *, by: User | None, at: datetime, reason: str = "") -> None:
    move(row, Status.CLOSED, by=by, at=at, reason=reason, closed_at=at)
    links.revoke_all(ref=ref_of(row), purpose=PURPOSE, by=by, at=at)
    tell_timeline(
        account=row.account,
        by=by,
        at=at,
        kind="request.closed",
        subject=row,
        ref=ref_of(row),
        number=row.number,
        request_kind=row.kind,
    )


def ask_by_link(*, request: Request, by: User | None, at: datetime) -> bool:
    """Send the customer a signed page to rate the answer. False where nobody can be written to.

    Raises `IllegalMove` for what is not answered, `IsDouble`.
    """
    with transaction.atomic():
        row = locked(request)
        if row.status != Status.ANSWERED:
            raise IllegalMove(row.status)
        days = int(rule("desk.link_days", clock.day_of(at)))
        sent = say(
            row,
            text="service.rating",
            purpose=PURPOSE,
            expires_at=at + timedelta(days=days),
            key=f"round-{row.round}",
            by=by,
            at=at,
        )
        facts = {"number": row.number, "sent": sent}
        record(by=by, at=at, action="request.link_sent", subject=row, account_id=row.account_id, **facts)
    return sent
