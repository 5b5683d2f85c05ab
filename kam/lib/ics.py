"""Write a calendar that other programs subscribe to (RFC 5545), so that the four that people use read it alike.

Instants are written in UTC, which every program turns into its reader's zone and which needs no table of zones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How sure an entry is."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Event:
    """One entry of a calendar.

    `uid` stays the same for ever and names its kind ("outage-17"); `sequence` grows with every change. `starts` and
    `ends` are both aware instants, or both days of which the last is not in it any more. A cancelled entry stays in
    the calendar with its state, or programs that saw it before would keep it; Outlook shows it like any other, so its
    title has to say so too. `path` leads to its page.
    """

    uid: str
    title: str
    starts: datetime | date
    ends: datetime | date
    changed_at: datetime
    sequence: int = 0
    state: State = State.CONFIRMED
    text: str = ""
    place: str = ""
    path: str = ""
    category: str = ""
    busy: bool = False  # whether its owner cannot be elsewhere meanwhile


@dataclass(frozen=True)
class Invitation:
    """Who asks whom, by mail (RFC 5546). No answer is asked for by mail: the text has a link to answer by."""

    organizer: str  # mail addresses
    organizer_name: str
    attendee: str
    attendee_name: str


def write(
    events: Iterable[Event], *, name: str, zone: str, site: str, domain: str, invitation: Invitation | None = None
) -> bytes:
    """Return the calendar's text. `site`: what goes before the paths; `domain`: makes the uids unique in the world.

    The same events give the same bytes, so that a program that asks again can be told that nothing has changed.
    `invitation`: it asks one person (METHOD:REQUEST) or, where all its events are cancelled, takes that back.
    """
    events = list(events)
    from icalendar import Calendar  # only feeds need it, and it takes its time to load

    calendar = Calendar()
    calendar.add("prodid", "-//KAM//Key accounts//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method(events) if invitation else "PUBLISH")
    if invitation is None:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("x-wr-timezone", zone)
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    for event in events:
        entry = _entry(event, site, domain)
        if invitation is not None:
            _address(entry, invitation)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def method(events: Iterable[Event]) -> str:
    """Return what an invitation does: it asks for the time, or takes it back."""
    return "CANCEL" if all(event.state == State.CANCELLED for event in events) else "REQUEST"


def _address(entry: Any, invitation: Invitation) -> None:
    organizer = {"CN": invitation.organizer_name}
    entry.add("organizer", f"mailto:{invitation.organizer}", parameters=organizer)
    attendee = {
        "CN": invitation.attendee_name,
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE",
    }
    entry.add("attendee", f"mailto:{invitation.attendee}", parameters=attendee)


def _entry(event: Event, site: str, domain: str) -> Any:
    from icalendar import Event as Entry

    entry = Entry()
    entry.add("uid", f"{event.uid}@{domain}")
    # Without a request to answer, the stamp is when this version of the entry was made (RFC 5545, 3.8.7.2).
    entry.add("dtstamp", _utc(event.changed_at))
    entry.add("last-modified", _utc(event.changed_at))
    entry.add("sequence", event.sequence)
    entry.add("dtstart", _utc(event.starts))
    entry.add("dtend", _utc(event.ends))
    entry.add("summary", event.title)
    entry.add("status", event.state.value)
    entry.add("transp", "OPAQUE" if event.busy and event.state != State.CANCELLED else "TRANSPARENT")
    entry.add("class", "PRIVATE")
    for field, value in (("description", event.text), ("location", event.place)):
        if value:
            entry.add(field, value)
    if event.category:
        entry.add("categories", [event.category])
    if event.path:
        entry.add("url", site.rstrip("/") + event.path)
    return entry


def _utc(at: datetime | date) -> datetime | date:
    return at.astimezone(UTC).replace(microsecond=0) if isinstance(at, datetime) else at
