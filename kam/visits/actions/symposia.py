"""Symposia: call one, invite, hear who comes, hold it, keep minutes and material, raise requests (VIS-5)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from kam.accounts.actions import links
from kam.accounts.actions.timeline import tell
from kam.accounts.models import Account, Contact, CustomerLink
from kam.core.actions import record
from kam.core.models import Unit, User
from kam.lib import clock, lifecycle
from kam.lib.uploads import Accepted
from kam.notifications.actions.owing import owe
from kam.notifications.queries import text_for
from kam.notifications.rules.addresses import Address
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import FORM_OF
from kam.service_desk.actions.requests import take
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Source
from kam.visits.actions.telling import NoWay, ways_to, window_words
from kam.visits.models import Symposium, SymposiumFile, SymposiumGuest, SymposiumMove
from kam.visits.rules.symposium import SYMPOSIUM_STEPS, SymposiumStatus

INVITE = "symposium.invite"
PLANNED = SymposiumStatus.PLANNED


class NotPlanned(Exception):
    """The symposium has been held or is cancelled."""


def call(
    *,
    title: str,
    unit: Unit,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    agenda: str,
    by: User,
    at: datetime,
) -> Symposium:
    """Call a symposium, without guests yet."""
    with transaction.atomic():
        row: Symposium = Symposium.objects.create(
            title=title,
            unit=unit,
            organiser=by,
            starts_at=starts_at,
            ends_at=ends_at,
            place=place,
            agenda=agenda,
            created_at=at,
        )
        SymposiumMove.objects.create(symposium=row, to_status=row.status, at=at, by=by)
        record(by=by, at=at, action="symposium.called", subject=row, unit=unit.code)
    return row


def add_guests(*, symposium: Symposium, accounts: Sequence[Account], by: User, at: datetime) -> int:
    """Put accounts on the list, each with the contact that decides; how many are new. Raises `NotPlanned`."""
    with transaction.atomic():
        row = _locked(symposium)
        known = set(SymposiumGuest.objects.filter(symposium=row).values_list("account_id", flat=True))
        new = [account for account in accounts if account.pk not in known]
        order = {role: place for place, role in enumerate(Contact.Role.values)}
        for account in new:
            contacts = sorted(
                Contact.objects.filter(account=account, active=True), key=lambda one: (order[one.role], one.pk)
            )
            SymposiumGuest.objects.create(symposium=row, account=account, contact=contacts[0] if contacts else None)
        if new:
            record(by=by, at=at, action="symposium.guests_added", subject=row, accounts=[one.pk for one in new])
    return len(new)


def invite(*, symposium: Symposium, by: User, at: datetime) -> tuple[int, int]:
    """Owe everybody who was not invited yet a message with a link to answer by.

    Returns how many were invited, and how many have no contact that can be reached. Raises `NotPlanned`.
    """
    invited = unreached = 0
    with transaction.atomic():
        row = _locked(symposium)
        guests = SymposiumGuest.objects.filter(symposium=row, invited_at=None).select_related("account", "contact")
        for guest in guests.order_by("pk"):
            try:
                if guest.contact is None:
                    raise NoWay
                _owe(row, guest, guest.contact, by=by, at=at)
            except NoWay:
                unreached += 1
                continue
            guest.invited_at = at
            guest.save(update_fields=["invited_at"])
            tell(
                account=guest.account,
                by=by,
                at=at,
                kind="symposium.invited",
                subject=row,
                ref=_ref(row),
                day=clock.day_of(row.starts_at).isoformat(),
                title=row.title,
            )
            invited += 1
    return invited, unreached


def _owe(row: Symposium, guest: SymposiumGuest, contact: Contact, *, by: User, at: datetime) -> None:
    ways = ways_to(contact)
    link = links.issue(
        account=guest.account,
        contact=contact,
        purpose=INVITE,
        ref=f"visits.SymposiumGuest:{guest.pk}",
        expires_at=max(row.ends_at, at) + timedelta(hours=12),
        language=contact.language,
        by=by,
        at=at,
    )
    facts = {
        "company": settings.COMPANY_NAME or str(row.unit),
        "customer": guest.account.name,
        "title": row.title,
        "window": window_words(row.starts_at, row.ends_at, contact.language),
        "place": row.place,
        "link": links.placeholder(link),
        "phone": settings.COMPANY_PHONE,
    }
    said = {
        channel: text_for(
            key=INVITE, language=contact.language, form=FORM_OF[channel], day=clock.day_of(at), facts=facts
        )
        for channel, _ in ways
    }
    owe(
        key=f"symposium.invite:{guest.pk}",
        kind=INVITE,
        to=[Address(Channel(channel), address, said[channel].text) for channel, address in ways],
        language=contact.language,
        subject=next((one.subject for one in said.values() if one.subject), ""),
        text=said[ways[0][0]].text,
        deadline=row.starts_at if row.starts_at > at else None,
        must_prove=False,
        owner_ref=_ref(row),
        account_id=guest.account_id,
        unit_id=guest.account.unit_id,
        manager_id=guest.account.manager_id,
        by=by,
        at=at,
    )


def answer(
    *, guest: SymposiumGuest, link: CustomerLink, coming: bool, people: int | None, note: str, at: datetime
) -> SymposiumGuest:
    """Note what the customer answered; the last answer holds. Raises `NotPlanned`."""
    with transaction.atomic():
        _locked(guest.symposium)
        row: SymposiumGuest = SymposiumGuest.objects.select_for_update(of=("self",)).get(pk=guest.pk)
        row.coming = SymposiumGuest.Coming.YES if coming else SymposiumGuest.Coming.NO
        row.people, row.note, row.answered_at = (people if coming else None), note, at
        row.save(update_fields=["coming", "people", "note", "answered_at"])
        links.note_use(link=link, at=at)
        record(by=None, at=at, action="symposium.answered", subject=row, account_id=row.account_id, coming=row.coming)
    return row


def hold(*, symposium: Symposium, minutes: str, attended: Mapping[int, bool], by: User, at: datetime) -> Symposium:
    """Note that it was held: who came (guest id: yes or no) and what was said. Raises `NotPlanned`."""
    with transaction.atomic():
        row = _locked(symposium)
        _step(row, SymposiumStatus.HELD, by=by, at=at, minutes=minutes)
        for guest in SymposiumGuest.objects.filter(symposium=row).select_related("account"):
            guest.attended = attended.get(guest.pk, False)
            guest.save(update_fields=["attended"])
            if guest.attended:
                tell(
                    account=guest.account,
                    by=by,
                    at=at,
                    kind="symposium.attended",
                    subject=row,
                    ref=_ref(row),
                    day=clock.day_of(row.starts_at).isoformat(),
                    title=row.title,
                )
        record(by=by, at=at, action="symposium.held", subject=row, attended=sum(attended.values()))
    return row


def cancel(*, symposium: Symposium, reason: str, by: User, at: datetime) -> Symposium:
    """Cancel it, with the reason; its links close. Raises `NotPlanned`."""
    with transaction.atomic():
        row = _locked(symposium)
        _step(row, SymposiumStatus.CANCELLED, by=by, at=at, reason=reason, cancel_reason=reason)
        for pk in SymposiumGuest.objects.filter(symposium=row).values_list("pk", flat=True):
            links.revoke_all(ref=f"visits.SymposiumGuest:{pk}", purpose=INVITE, by=by, at=at)
        record(by=by, at=at, action="symposium.cancelled", subject=row)
    return row


def add_file(*, symposium: Symposium, accepted: Accepted, by: User, at: datetime) -> SymposiumFile:
    """Keep material that `kam.lib.uploads.accept` has checked."""
    name = default_storage.save(f"symposia/{uuid.uuid4()}{accepted.suffix}", ContentFile(accepted.data))
    with transaction.atomic():
        row: SymposiumFile = SymposiumFile.objects.create(
            symposium=symposium,
            name=accepted.name,
            file=name,
            media_type=accepted.media_type,
            sha256=accepted.sha256,
            by=by,
            at=at,
        )
        record(by=by, at=at, action="symposium.file_added", subject=symposium, sha256=row.sha256)
    return row


def raise_request(
    *, guest: SymposiumGuest, kind: str, text: str, due_day: date | None, by: User, at: datetime
) -> Request:
    """Make what a guest asked for a request of its account, with owner and deadline; the same words once."""
    ref = _ref(guest.symposium)
    with transaction.atomic():
        same: Request | None = Request.objects.filter(
            account=guest.account, source=Source.SYMPOSIUM.value, source_ref=ref, text=text
        ).first()
        if same is not None:
            return same
        return take(
            account=guest.account,
            kind=kind,
            text=text,
            source=Source.SYMPOSIUM.value,
            ref=ref,
            owner=guest.account.manager or by,
            due=datetime.combine(due_day, time(18), tzinfo=clock.zone()) if due_day else None,
            received_at=min(guest.symposium.starts_at, at),
            about=[(ref, guest.symposium.title)],
            by=by,
            at=at,
        )


def _ref(symposium: Symposium) -> str:
    return f"visits.Symposium:{symposium.pk}"


def _locked(symposium: Symposium) -> Symposium:
    row: Symposium = Symposium.objects.select_for_update(of=("self",)).select_related("unit").get(pk=symposium.pk)
    if row.status != PLANNED:
        raise NotPlanned
    return row


def _step(row: Symposium, to: SymposiumStatus, *, by: User, at: datetime, reason: str = "", **changes: str) -> None:
    lifecycle.move(
        row,
        to=to,
        table=SYMPOSIUM_STEPS,
        by=by,
        at=at,
        history=lambda one, before, after: SymposiumMove.objects.create(
            symposium=one, from_status=before, to_status=after, at=at, by=by, reason=reason
        ),
        **changes,
    )
