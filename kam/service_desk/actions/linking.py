"""What a request is about: linked by hand to an outage, a bill, a meter, a visit, and unlinked with the reason."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from kam.accounts.actions.timeline import tell as tell_timeline
from kam.core.models import User
from kam.service_desk.actions.requests import ReasonMissing, locked, ref_of
from kam.service_desk.models import Request, RequestRef


class LinkedAlready(Exception):
    """The request is linked to this already."""


class NotLinked(Exception):
    """The link was taken off before."""


def link(*, request: Request, ref: str, text: str, by: User, at: datetime) -> RequestRef:
    """Note that a request is about `ref` ("billing.Bill:5"), called `text` today.

    Raises `LinkedAlready`, `IsDouble`.
    """
    with transaction.atomic():
        row = locked(request)
        try:
            with transaction.atomic():
                made = RequestRef.objects.create(request=row, ref=ref, text=text[:120], by=by, at=at)
        except IntegrityError as refused:
            raise LinkedAlready from refused
        _tell(row, "request.linked", made, by=by, at=at)
    return made


def unlink(*, link: RequestRef, reason: str, by: User, at: datetime) -> RequestRef:
    """Take a link off; that it was there, and why it went, stays. Raises `ReasonMissing`, `NotLinked`, `IsDouble`."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked(link.request)
        ended = {"ended_at": at, "ended_by": by, "ended_reason": reason.strip()[:300]}
        if not RequestRef.objects.filter(pk=link.pk, ended_at=None).update(**ended):
            raise NotLinked
        link.refresh_from_db()
        _tell(row, "request.unlinked", link, by=by, at=at, reason=link.ended_reason)
    return link


def _tell(row: Request, kind: str, link: RequestRef, *, by: User, at: datetime, **facts: str) -> None:
    tell_timeline(
        account=row.account,
        by=by,
        at=at,
        kind=kind,
        subject=row,
        ref=ref_of(row),
        number=row.number,
        request_kind=row.kind,
        thing=link.text,
        thing_ref=link.ref,
        **facts,
    )
