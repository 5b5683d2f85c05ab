"""Doubles: the later request becomes part of the earlier one, and can be taken out again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kam.accounts.actions.timeline import tell as tell_timeline
from kam.core.models import User
from kam.service_desk.actions import deadlines
from kam.service_desk.actions.requests import ref_of
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import OPEN


class NotDoubles(Exception):
    """Doubles are two open requests of one account, of which neither is part of another."""


class NotMerged(Exception):
    """This request is part of no other."""


def merge(*, one: Request, other: Request, by: User, at: datetime) -> Request:
    """Make the later of two requests part of the earlier one, whose promises count from its own time; return that one.

    Nothing is copied: texts, notes and files are shown with the earlier one as long as they are merged.
    Raises `NotDoubles`.
    """
    with transaction.atomic():
        rows = list(
            Request.objects.select_for_update(of=("self",))
            .select_related("account")
            .filter(pk__in=[one.pk, other.pk])
            .order_by("received_at", "pk")
        )
        if len(rows) != 2 or rows[0].account_id != rows[1].account_id or not all(_mergeable(row) for row in rows):
            raise NotDoubles
        kept: Request = rows[0]
        double: Request = rows[1]
        # What was merged into the later one goes along: no chains.
        Request.objects.filter(merged_into=double).update(merged_into=kept)
        Request.objects.filter(pk=double.pk).update(merged_into=kept)
        tell_timeline(
            account=kept.account,
            by=by,
            at=at,
            kind="request.merged",
            subject=double,
            ref=ref_of(kept),
            number=double.number,
            request_kind=double.kind,
            into=kept.number,
        )
    return kept


def _mergeable(row: Request) -> bool:
    return row.merged_into_id is None and row.status in OPEN


def unmerge(*, request: Request, by: User, at: datetime) -> Request:
    """Take a double out again; it goes on where it was, with its own promises. Raises `NotMerged`."""
    with transaction.atomic():
        row: Request = Request.objects.select_for_update(of=("self",)).select_related("account").get(pk=request.pk)
        if row.merged_into_id is None:
            raise NotMerged
        into = Request.objects.get(pk=row.merged_into_id)
        row.merged_into = None
        row.save(update_fields=["merged_into"])
        deadlines.refresh(row)
        tell_timeline(
            account=row.account,
            by=by,
            at=at,
            kind="request.unmerged",
            subject=row,
            ref=ref_of(row),
            number=row.number,
            request_kind=row.kind,
            into=into.number,
        )
    return row
