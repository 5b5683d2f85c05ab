"""Visits as calendar programs show them: a person's own, and the customer's copy."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kam.core.models import User
from kam.core.queries.calendar import MOST
from kam.lib import ics
from kam.lib.ics import Event, Invitation, State
from kam.notifications.rules.files import File
from kam.visits.models import Purpose, Visit, VisitParticipant
from kam.visits.rules.lifecycle import Status

STATES = {Status.PLANNED: State.TENTATIVE, Status.CANCELLED: State.CANCELLED}


def visits(user: User, since: datetime, until: datetime) -> list[Event]:
    """Return the visits that `user` leads or takes part in. One query."""
    mine = VisitParticipant.objects.filter(user=user).values("visit_id")
    rows = Visit.objects.visible_to(user).filter(Q(pk__in=mine) | Q(manager=user))
    near = rows.filter(starts_at__lt=until, ends_at__gt=since).exclude(status=Status.MISSED)
    told = near.annotate(steps=Count("moves"), moved_at=Max("moves__at")).select_related("account")
    return [_event(row) for row in told.order_by("-starts_at", "-pk")[:MOST]]


def _event(row: Visit) -> Event:
    title = _("Visit: %(name)s") if row.status != Status.CANCELLED else _("Cancelled visit: %(name)s")
    changed = [at for at in (row.created_at, row.moved_at) if at is not None]  # type: ignore[attr-defined]
    purpose = str(Purpose(row.purpose).label)
    told = [f"{purpose} {row.note}".strip(), row.get_status_display(), row.cancel_reason]
    return Event(
        uid=f"visit-{row.pk}",
        title=title % {"name": row.account.name},
        starts=row.starts_at,
        ends=row.ends_at,
        changed_at=max(changed),
        # Both only grow: one with every edit and move of the time, one with every step.
        sequence=row.version + row.steps,  # type: ignore[attr-defined]
        state=STATES.get(Status(row.status), State.CONFIRMED),
        text="\n".join(line for line in told if line),
        place=row.place or row.account.address,
        path=reverse("visits:visit", args=[row.pk]),
        category=purpose,
        busy=True,
    )


def event_for_customer(visit: Visit) -> Event:
    """Return the entry for the customer's own calendar; nothing internal is in it."""
    company = settings.COMPANY_NAME or str(visit.account.unit)
    cancelled = visit.status == Status.CANCELLED
    words = _("Cancelled: visit of %(company)s") if cancelled else _("Visit of %(company)s")
    return Event(
        uid=f"visit-{visit.pk}",
        title=words % {"company": company},
        starts=visit.starts_at,
        ends=visit.ends_at,
        changed_at=visit.told_at or visit.created_at,
        sequence=visit.version,
        state=STATES.get(Status(visit.status), State.CONFIRMED),
        text=f"{visit.manager} {visit.note or Purpose(visit.purpose).label}".strip(),
        place=visit.place or visit.account.address,
        busy=True,
    )


def invitation_to(visit: Visit, mail: str, name: str) -> File:
    """Return the file that puts a visit into the calendar of who reads `mail`, moves it there, or takes it out.

    Its uid is that of the entry on the customer's page; the sequence grows with every move and with the end.
    """
    event = event_for_customer(visit)
    sender, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    content = ics.write(
        [event],
        name=event.title,
        zone=settings.TIME_ZONE,
        site=settings.PUBLIC_URL,
        domain=urlsplit(settings.PUBLIC_URL).hostname or "kam",
        invitation=Invitation(
            organizer=address,
            organizer_name=settings.COMPANY_NAME or sender or str(visit.account.unit),
            attendee=mail,
            attendee_name=name,
        ),
    )
    return File("visit.ics", f"text/calendar; method={ics.method([event])}", content)
