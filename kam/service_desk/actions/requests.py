"""Take a request, give it to an owner, answer it, hear from the customer, close it, open it again (DESIGN 6)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from kam.accounts.actions.timeline import tell as tell_timeline
from kam.accounts.models import Account, Contact
from kam.accounts.rules.contact_text import normal_phone
from kam.core.actions import note_reveal, record
from kam.core.models import User
from kam.lib import clock, encryption, lifecycle
from kam.service_desk.actions import deadlines
from kam.service_desk.actions.telling import tell
from kam.service_desk.models import Note, Request, RequestMove, RequestRef
from kam.service_desk.rules.lifecycle import STEPS, TO_ANSWER, Kind, Status
from kam.service_desk.rules.promises import Base, Place, Step


class AnswerMissing(Exception):
    """A request is answered in words."""


class ReasonMissing(Exception):
    """Opening a request again needs the reason that the customer gave."""


class IsDouble(Exception):
    """The request was merged into another: that one goes on."""


def phone_place(pk: int) -> str:
    """Return what binds an encrypted phone to its row."""
    return f"service_desk.request.phone.{pk}"


def take(
    *,
    account: Account,
    kind: str,
    text: str,
    source: str,
    ref: str = "",
    by: User | None,
    at: datetime,
    owner: User | None = None,
    due: datetime | None = None,
    title: str = "",
    contact: Contact | None = None,
    caller_name: str = "",
    phone: str = "",
    place: str = "",
    site: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    received_at: datetime | None = None,
    supply: str = "",
    about: Sequence[tuple[str, str]] = (),
) -> Request:
    """Take a request; whoever takes it first stays answerable to the end (首问负责制).

    `ref`: where it came from, as "visits.Visit:5"; `about`: what it concerns, (reference, what it is called).
    `owner`: who is to deal with it, else `by`; with neither it is new and waits for somebody. `due`: by when the
    customer was told that it is answered, beside what is promised to everybody. `received_at`: when the customer
    said it, where that was before `at`.
    """
    chosen = Kind(kind)
    with transaction.atomic():
        row = Request.objects.create(
            number=secrets.token_hex(8),
            kind=chosen.value,
            account=account,
            contact=contact,
            caller_name=caller_name[:60],
            title=(title.strip() or short(text))[:120],
            text=text,
            source=source,
            source_ref=ref,
            place=place or (Place.TOWN.value if chosen == Kind.FAULT else ""),
            site=site or (account.address if chosen in (Kind.FAULT, Kind.APPLICATION) else ""),
            latitude=latitude if latitude is not None else at_site(account.latitude, chosen),
            longitude=longitude if longitude is not None else at_site(account.longitude, chosen),
            received_at=received_at or at,
            created_at=at,
        )
        row.number = f"SQ{clock.day_of(row.received_at).year}-{row.pk:06d}"
        normal = normal_phone(phone)
        row.phone_encrypted = encryption.encrypt(normal, place=phone_place(row.pk))
        row.phone_index = encryption.blind_index(normal)
        row.phone_last4 = normal[-4:] if len(normal) >= 7 else ""
        row.save(update_fields=["number", "phone_encrypted", "phone_index", "phone_last4"])
        RequestMove.objects.create(request=row, from_status="", to_status=row.status, at=at, by=by)
        RequestRef.objects.bulk_create(RequestRef(request=row, ref=one, text=called[:120]) for one, called in about)
        tell_timeline(
            account=account,
            by=by,
            at=at,
            kind="request.taken",
            subject=row,
            ref=ref_of(row),
            number=row.number,
            request_kind=row.kind,
            source=source,
        )
        deadlines.begin(row, base=Base.RECEIVED, begun_at=row.received_at, supply=supply)
        if due is not None:
            deadlines.agree(row, step=Step.ANSWER, due_at=due, at=at)
        if owner is not None or by is not None:
            _give(row, owner or by, by=by, at=at)
    return row


def at_site(degrees: Decimal | None, kind: Kind) -> float | None:
    """Return where the customer is, for what somebody has to go to."""
    return float(degrees) if degrees is not None and kind in (Kind.FAULT, Kind.APPLICATION) else None


def short(text: str) -> str:
    """Return the first words of a text as a title."""
    first = " ".join(text.split())
    for stop in "。！？!?;；":
        first = first.split(stop)[0]
    return first[:60]


def ref_of(request: Request) -> str:
    """Return how timeline, messages and other apps point at a request."""
    return f"service_desk.Request:{request.pk}"


def locked(request: Request) -> Request:
    """Return the request, locked until the transaction ends. Raises `IsDouble`."""
    row: Request = Request.objects.select_for_update(of=("self",)).select_related("account", "owner").get(pk=request.pk)
    if row.merged_into_id is not None:
        raise IsDouble
    return row


def move(row: Request, to: Status, *, by: User | None, at: datetime, reason: str = "", **changes: Any) -> None:
    """Move a locked request and leave its history. Raises `IllegalMove`, `StaleRow`."""

    def history(moved: Request, before: str, after: str) -> None:
        RequestMove.objects.create(
            request=moved, from_status=before, to_status=after, at=at, by=by, reason=reason[:300]
        )

    lifecycle.move(row, to=to.value, table=STEPS, by=by, at=at, history=history, **changes)


def _give(row: Request, owner: User | None, *, by: User | None, at: datetime) -> None:
    assert owner is not None
    first = row.first_owner or by or owner
    move(row, Status.ASSIGNED, by=by, at=at, owner=owner, first_owner=first)
    record(
        by=by,
        at=at,
        action="request.assigned",
        subject=row,
        account_id=row.account_id,
        number=row.number,
        owner=owner.pk,
        first_owner=first.pk,
    )
    if owner == by:
        _in_hand(row, by=by, at=at)
    else:
        tell(owner, "assigned", row, by=by, at=at, key=at.isoformat())


def _in_hand(row: Request, *, by: User | None, at: datetime) -> None:
    move(row, Status.IN_HAND, by=by, at=at, in_hand_at=at)
    deadlines.meet(row, Step.ACCEPT, at)
    record(by=by, at=at, action="request.in_hand", subject=row, account_id=row.account_id, number=row.number)


def assign(*, request: Request, owner: User, by: User, at: datetime) -> Request:
    """Give a new or reopened request to an owner. Raises `IllegalMove`, `StaleRow`, `IsDouble`."""
    with transaction.atomic():
        row = locked(request)
        _give(row, owner, by=by, at=at)
    return row


def take_in_hand(*, request: Request, by: User, at: datetime) -> Request:
    """The owner begins; of a new request, `by` becomes its owner. Raises `IllegalMove`, `StaleRow`, `IsDouble`."""
    with transaction.atomic():
        row = locked(request)
        if row.status == Status.NEW or row.owner_id is None:
            _give(row, by, by=by, at=at)
        else:
            _in_hand(row, by=by, at=at)
    return row


def note(*, request: Request, kind: str, text: str, by: User | None, at: datetime) -> Note:
    """Note what was done or heard; having spoken to the customer meets that promise."""
    with transaction.atomic():
        row = locked(request)
        written = Note.objects.create(request=row, kind=kind, text=text, by=by, at=at)
        if kind == Note.Kind.CONTACT:
            if row.contacted_at is None:
                row.contacted_at = at
                row.save(update_fields=["contacted_at"])
            deadlines.meet(row, Step.CONTACT, at)
        if kind == Note.Kind.CUSTOMER:
            tell(row.owner, "customer_said", row, by=by, at=at, key=str(written.pk))
        record(
            by=by, at=at, action="request.noted", subject=row, account_id=row.account_id, number=row.number, kind=kind
        )
    return written


def answer(*, request: Request, text: str, by: User | None, at: datetime) -> Request:
    """Answer a request; the customer is then called back. Raises `AnswerMissing`, `IllegalMove`, `StaleRow`."""
    if not text.strip():
        raise AnswerMissing
    with transaction.atomic():
        row = locked(request)
        if row.status in (Status.ASSIGNED, Status.REOPENED):
            _in_hand(row, by=by, at=at)
        move(row, Status.ANSWERED, by=by, at=at, answer=text.strip(), answered_at=at)
        for step in (Step.ANSWER, Step.CONTACT):
            deadlines.meet(row, step, at)
        deadlines.begin(row, base=Base.ANSWERED, begun_at=at)
        tell_timeline(
            account=row.account,
            by=by,
            at=at,
            kind="request.answered",
            subject=row,
            ref=ref_of(row),
            number=row.number,
            request_kind=row.kind,
        )
    return row


def reopen(*, request: Request, reason: str, by: User | None, at: datetime) -> Request:
    """Open a request again because the customer is not content; promises are given anew.

    Raises `ReasonMissing`, `IllegalMove`, `StaleRow`, `IsDouble`.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked(request)
        reopened(row, reason=reason, by=by, at=at)
    return row


def reopened(row: Request, *, reason: str, by: User | None, at: datetime) -> None:
    """Open a locked request again; in the caller's transaction."""
    move(row, Status.REOPENED, by=by, at=at, reason=reason, round=row.round + 1, closed_at=None)
    deadlines.begin(row, base=Base.RECEIVED, begun_at=at)
    tell_timeline(
        account=row.account,
        by=by,
        at=at,
        kind="request.reopened",
        subject=row,
        ref=ref_of(row),
        number=row.number,
        request_kind=row.kind,
    )
    for user in {row.owner, row.first_owner}:
        tell(user, "reopened", row, by=by, at=at, key=str(row.round))


def is_to_answer(request: Request) -> bool:
    """Tell whether the owner still has to find an answer."""
    return request.status in TO_ANSWER


def reveal(*, request: Request, by: User, at: datetime) -> str:
    """Return the caller's number in full, after the look is on the record. Raises `core.actions.RevealRefused`."""
    note_reveal(
        by=by, at=at, subject=request, account_id=request.account_id, field="phone", reason=f"request {request.number}"
    )
    return encryption.decrypt(request.phone_encrypted, place=phone_place(request.pk))


def put_on_map(*, request: Request, latitude: float, longitude: float, by: User, at: datetime) -> Request:
    """Say where it is, so that the nearest crew is found. Raises `IsDouble`."""
    with transaction.atomic():
        row = locked(request)
        row.latitude, row.longitude = latitude, longitude
        row.save(update_fields=["latitude", "longitude"])
        record(by=by, at=at, action="request.placed", subject=row, account_id=row.account_id, number=row.number)
    return row
