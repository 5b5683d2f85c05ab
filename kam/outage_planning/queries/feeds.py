"""Outages as a calendar program shows them: a person's own, and those of one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kam.core.models import User
from kam.core.queries.calendar import MOST
from kam.core.rules import Right
from kam.lib.ics import Event, State
from kam.network.models import Line
from kam.outage_planning.models import Outage, OutageImpact, OutageLine, OutageMove
from kam.outage_planning.rules.lifecycle import Status

NAMED = 5
UNSURE = {Status.DRAFT, Status.CONSULTING}


def outages(user: User, since: datetime, until: datetime) -> list[Event]:
    """Return the outages that `user` may see. Five queries, however many."""
    return _events(user, Outage.objects.visible_to(user), since, until)


def outages_of_line(user: User, line_id: int, since: datetime, until: datetime) -> list[Event]:
    """Return the outages of one line and of what feeds it, as far as `user` sees them."""
    rows = Outage.objects.visible_to(user).filter(pk__in=_of_line(line_id))
    return _events(user, rows, since, until)


def line_name(user: User, line_id: int) -> str | None:
    """Return what a line is called; None where the user does not see it."""
    line = Line.objects.visible_to(user).filter(pk=line_id).first()
    return None if line is None else str(line)


def _of_line(line_id: int) -> QuerySet[OutageLine, int]:
    chain: list[int] = []
    at: int | None = line_id
    while at is not None and at not in chain:
        chain.append(at)
        at = Line.objects.filter(pk=at).values_list("parent_id", flat=True).first()
    return OutageLine.objects.filter(line_id__in=chain).values_list("outage_id", flat=True)


def known_to(user: User, rows: QuerySet[Outage]) -> QuerySet[Outage]:
    """Leave out the planners' own drafts, which bind nobody; one that others knew of before stays in."""
    if user.may(Right.OUTAGES_PLAN):
        return rows
    steps = OutageMove.objects.filter(outage=OuterRef("pk")).exclude(to_status__in=[Status.DRAFT, Status.CANCELLED])
    return rows.filter(Q(Exists(steps)))


def _events(user: User, rows: QuerySet[Outage], since: datetime, until: datetime) -> list[Event]:
    near = known_to(user, rows).filter(starts_at__lt=until, ends_at__gt=since)
    told = near.annotate(steps=Count("moves"), moved_at=Max("moves__at")).select_related("unit", "crew")
    found = list(told.order_by("-starts_at", "-pk")[:MOST])
    lines, names = _lines_of(found), _names_of(user, found)
    return [_event(row, lines[row.pk], names[row.pk]) for row in found]


def _lines_of(rows: Iterable[Outage]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    pairs = OutageLine.objects.filter(outage__in=[row.pk for row in rows]).order_by("line__code")
    for pk, name in pairs.values_list("outage_id", "line__name"):
        found[pk].append(name)
    return found


def _names_of(user: User, rows: Iterable[Outage]) -> dict[int, list[str]]:
    """Return the affected accounts within the user's own reach, worst first."""
    found: dict[int, list[str]] = defaultdict(list)
    impacts = OutageImpact.objects.visible_to(user).filter(outage__in=[row.pk for row in rows])
    for pk, name in impacts.order_by("-effect", "-hurt", "pk").values_list("outage_id", "account__name"):
        found[pk].append(name)
    return found


def _event(row: Outage, lines: list[str], names: list[str]) -> Event:
    status = Status(row.status)
    state = State.CANCELLED if status == Status.CANCELLED else State.TENTATIVE if status in UNSURE else State.CONFIRMED
    title = _("%(status)s: %(lines)s, %(title)s") if lines else _("%(status)s: %(title)s")
    starts = row.actual_from or row.starts_at
    changed = [at for at in (row.created_at, row.impacts_at, row.moved_at) if at is not None]  # type: ignore[attr-defined]
    return Event(
        uid=f"outage-{row.pk}",
        title=title % {"status": row.get_status_display(), "lines": _(", ").join(lines[:3]), "title": row.title},
        starts=starts,
        ends=max(row.actual_until or row.ends_at, starts),
        changed_at=max(changed),
        # Both only grow: one with every edit and move of the time, one with every step.
        sequence=row.version + row.steps,  # type: ignore[attr-defined]
        state=state,
        text="\n".join(_text(row, names)),
        place=_(", ").join(lines),
        path=reverse("outages:outage", args=[row.pk]),
        category=str(row.get_kind_display()),
    )


def _text(row: Outage, names: list[str]) -> list[str]:
    told = [f"{row.number} {row.get_kind_display()}", row.reason]
    if row.crew:
        told.append(_("Crew: %(name)s") % {"name": row.crew})
    if names:
        who = _(", ").join(names[:NAMED])
        if len(names) > NAMED:
            who = _("%(who)s and %(n)s more") % {"who": who, "n": len(names) - NAMED}
        said = ngettext("%(n)s key account: %(who)s", "%(n)s key accounts: %(who)s", len(names))
        told.append(said % {"n": len(names), "who": who})
    if row.cancel_reason:
        told.append(_("Cancelled because: %(reason)s") % {"reason": row.cancel_reason})
    return [line for line in told if line]
