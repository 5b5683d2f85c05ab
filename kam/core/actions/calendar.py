"""Private calendar addresses: made, made anew, revoked. Only a hash of the address is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kam.core.actions.audit import record
from kam.core.models import CalendarFeed, User
from kam.core.queries.calendar import hash_of

READ_EVERY = timedelta(minutes=15)


def make_feed(*, scope: str, by: User, at: datetime) -> tuple[CalendarFeed, str]:
    """Give a person a calendar address, once to be read here; one of the same scope given before ends with it."""
    token = secrets.token_urlsafe(16)
    with transaction.atomic():
        # Two clicks at once wait for each other, so that one address is left.
        User.objects.select_for_update().get(pk=by.pk)
        for feed in CalendarFeed.objects.filter(owner=by, scope=scope, revoked_at=None):
            _revoke(feed, by, at)
        feed = CalendarFeed.objects.create(owner=by, scope=scope, token_hash=hash_of(token), made_at=at)
        record(by=by, at=at, action="calendar.address_made", subject=feed, scope=scope)
    return feed, token


def revoke_feed(*, feed: CalendarFeed, by: User, at: datetime) -> None:
    """End a calendar address at once. Safe to repeat."""
    with transaction.atomic():
        row = CalendarFeed.objects.select_for_update().get(pk=feed.pk)
        if row.revoked_at is None:
            _revoke(row, by, at)


def _revoke(feed: CalendarFeed, by: User, at: datetime) -> None:
    feed.revoked_at = at
    feed.save(update_fields=["revoked_at"])
    record(by=by, at=at, action="calendar.address_revoked", subject=feed, scope=feed.scope)


def note_read(*, feed: CalendarFeed, at: datetime) -> None:
    """Note that a program has read the calendar, at most every 15 minutes: its owner sees whether anybody does."""
    due = Q(read_at=None) | Q(read_at__lt=at - READ_EVERY)
    CalendarFeed.objects.filter(due, pk=feed.pk).update(read_at=at)
