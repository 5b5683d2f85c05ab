"""What stands in a person's calendar: each app hands in what it has, and only what that person may see."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kam.core.models import CalendarFeed, User
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.ics import Event

BACK = timedelta(days=90)
AHEAD = timedelta(days=400)
MOST = 2000

# Both get a user and a period `[since, until)`, and return what happens in it that the user may see today.
Events = Callable[[User, datetime, datetime], Iterable[Event]]
EventsOf = Callable[[User, int, datetime, datetime], Iterable[Event]]


@dataclass(frozen=True)
class Source:
    """One kind of entry in everybody's own calendar. `label`: what it is, as My calendar says it."""

    label: str | Promise
    right: Right
    events: Events


@dataclass(frozen=True)
class Subject:
    """A kind of thing that has a calendar of its own. `name` returns None where the user does not see that thing."""

    label: str | Promise
    right: Right
    name: Callable[[User, int], str | None]
    events: EventsOf


SOURCES: dict[str, Source] = {}
SUBJECTS: dict[str, Subject] = {}


def register_source(key: str, *, label: str | Promise, right: Right, events: Events) -> None:
    """Put a kind of entry into everybody's own calendar; apps call it when they start (AppConfig.ready)."""
    SOURCES[key] = Source(label, right, events)


def register_subject(
    key: str, *, label: str | Promise, right: Right, name: Callable[[User, int], str | None], events: EventsOf
) -> None:
    """Let things of a kind have a calendar of their own, whose scope is "key:id"."""
    SUBJECTS[key] = Subject(label, right, name, events)


def hash_of(token: str) -> str:
    """Return what the database keeps of an address. 128 random bits need neither salt nor slowness."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_at(token: str) -> CalendarFeed | None:
    """Return the calendar at a private address; None where there is none, or none any more."""
    rows = CalendarFeed.objects.select_related("owner__unit").filter(revoked_at=None, owner__is_active=True)
    return rows.filter(token_hash=hash_of(token)).first()


def sources_of(user: User) -> list[Source]:
    """Return the kinds of entries that the user's own calendar holds."""
    return [source for source in SOURCES.values() if user.may(source.right)]


def name_of(user: User, scope: str) -> str | None:
    """Return what a calendar of `scope` is called; None where the user may not see what it is about (any more)."""
    if not scope:
        return _("My calendar")
    found = _subject(user, scope)
    if found is None:
        return None
    subject, pk = found
    name = subject.name(user, pk)
    return None if name is None else f"{subject.label} {name}"


def events_of(feed: CalendarFeed, at: datetime) -> list[Event]:
    """Return what stands in the calendar at `at`, by what its owner may see then; the nearest 2,000 in time."""
    user, since, until = feed.owner, at - BACK, at + AHEAD
    events: list[Event] = []
    if not feed.scope:
        for source in sources_of(user):
            events += source.events(user, since, until)
    elif (found := _subject(user, feed.scope)) is not None:
        subject, pk = found
        events += subject.events(user, pk, since, until)
    nearest = sorted(events, key=lambda event: abs(_instant(event) - at))[:MOST]
    return sorted(nearest, key=lambda event: (_instant(event), event.uid))


def _instant(event: Event) -> datetime:
    if isinstance(event.starts, datetime):
        return event.starts
    return datetime.combine(event.starts, time(), tzinfo=clock.zone())


def _subject(user: User, scope: str) -> tuple[Subject, int] | None:
    key, _, number = scope.partition(":")
    subject = SUBJECTS.get(key)
    if subject is None or not number.isdecimal() or len(number) > 18 or not user.may(subject.right):
        return None
    return subject, int(number)
