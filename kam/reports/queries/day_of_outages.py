"""What outages under way ask of a person today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kam.core.models import User
from kam.core.rules import Right
from kam.lib import clock
from kam.outage_planning.models import LostPoint, Notice, Outage
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.reports.queries.day_items import Group, Item

MOST = 8
_CALLS = [Kind.STAGGER.value, Kind.LIMIT.value]


def outage_groups(user: User, at: datetime) -> Iterator[Group]:
    """Return what has run over, goes on, should have begun, waits to be closed, is not confirmed; five queries."""
    if user.may(Right.OUTAGES_SEE):
        yield Group(_("Customers without supply now"), _without_supply(user, at))
    if user.may(Right.OUTAGES_RUN):
        yield from _under_way(user, at)
    if user.may(Right.OUTAGES_PLAN):
        yield Group(_("Calls for less load, not confirmed by everybody"), _calls(user))


def _without_supply(user: User, at: datetime) -> list[Item]:
    waiting = LostPoint.objects.visible_to(user).filter(step=None, outage__status=Status.UNDER_WAY)
    rows = waiting.select_related("account", "outage").order_by("outage__ends_at", "account__name", "pk")[: 4 * MOST]
    found: dict[int, Item] = {}
    for row in rows:
        until = row.outage.ends_at.astimezone(clock.zone())
        words = _("supply was due %(at)s") if row.outage.ends_at < at else _("supply expected %(at)s")
        why = words % {"at": f"{until:%m-%d %H:%M}"}
        url = reverse("outages:outage", args=[row.outage_id])
        found.setdefault(row.account_id, Item(row.account.name, why, url, "late"))
    return list(found.values())[:MOST]


def _under_way(user: User, at: datetime) -> Iterator[Group]:
    started = Q(status=Status.ANNOUNCED, starts_at__lte=at)
    rows = list(
        Outage.objects.visible_to(user)
        .filter(Q(status__in=[Status.UNDER_WAY, Status.RESTORED]) | started)
        .exclude(kind__in=_CALLS)
        .order_by("ends_at", "pk")[: 6 * MOST]
    )
    going = [row for row in rows if row.status == Status.UNDER_WAY]
    over = [row for row in going if row.ends_at < at]
    begins = [row for row in rows if row.status == Status.ANNOUNCED]
    yield Group(
        _("Outages that have run over"),
        [_item(row, _("supply was due %(at)s"), row.ends_at, "late") for row in over[:MOST]],
    )
    yield Group(
        _("Outages to begin"),
        [_item(row, _("was to begin %(at)s"), row.starts_at, "soon") for row in begins[:MOST]],
    )
    yield Group(
        _("Outages under way"),
        [_item(row, _("until %(at)s"), row.ends_at, "info") for row in going if row.ends_at >= at][:MOST],
    )
    if user.may(Right.OUTAGES_PLAN):
        back = [row for row in rows if row.status == Status.RESTORED]
        yield Group(
            _("Restored, to be closed"),
            [_item(row, _("back since %(at)s"), row.actual_until or row.ends_at, "soon") for row in back[:MOST]],
        )


def _item(row: Outage, words: str, at: datetime, tone: str) -> Item:
    when = at.astimezone(clock.zone())
    return Item(row.title, words % {"at": f"{when:%m-%d %H:%M}"}, reverse("outages:site", args=[row.pk]), tone)


def _calls(user: User) -> list[Item]:
    live = Outage.objects.visible_to(user).filter(kind__in=_CALLS, status__in=[Status.ANNOUNCED, Status.UNDER_WAY])
    silent = dict(
        Notice.objects.current()
        .filter(outage__in=live.values("pk"), acknowledged_at=None)
        .order_by()
        .values("outage_id")
        .annotate(n=Count("pk"))
        .values_list("outage_id", "n")
    )
    rows = live.filter(pk__in=silent).order_by("starts_at", "pk")[:MOST]
    return [
        Item(
            row.title,
            ngettext("%(n)s not confirmed", "%(n)s not confirmed", silent[row.pk]) % {"n": silent[row.pk]},
            reverse("outages:receipts", args=[row.pk]),
            "soon",
        )
        for row in rows
    ]
