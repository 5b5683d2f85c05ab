"""What customers' requests ask of a person today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kam.accounts.models import own_manager_ids
from kam.core.models import User
from kam.core.rules import Right, Role
from kam.reports.queries.day_items import Group, Item
from kam.service_desk.models import Request
from kam.service_desk.queries.crews import my_jobs
from kam.service_desk.queries.queue import asked_of
from kam.service_desk.rules.lifecycle import Status
from kam.service_desk.templatetags.service_desk import due_class, step_words, time_left

MOST = 8


def request_groups(user: User, at: datetime) -> Iterator[Group]:
    """Return what colleagues ask, my crew's jobs, my requests by what is due, what is late; six queries at most."""
    if not user.may(Right.REQUESTS_SEE):
        return
    queue = reverse("desk:queue")
    if user.may(Right.REQUESTS_WORK):
        asked = asked_of(user)
        items = [
            Item(one.request.title, _("%(name)s hands it over") % {"name": one.giver}, _url(one.request), "soon")
            for one in asked.handovers
        ]
        items += [Item(one.request.title, one.ask, _url(one.request), "soon") for one in asked.parts]
        yield Group(_("Colleagues ask you"), items[:MOST], queue)
        if Role.STATION in user.roles:
            jobs = my_jobs(user)[:MOST]
            yield Group(
                _("Your crew is sent to"),
                [Item(job.request.title, job.request.site, reverse("desk:job", args=[job.pk]), "late") for job in jobs],
                reverse("desk:crews"),
            )
        mine = _open(user).filter(owner_id__in=own_manager_ids(user)).exclude(next_due_at=None)
        yield Group(_("Your requests"), [_item(row, at) for row in mine[:MOST]], queue)
        waiting = _open(user).filter(Q(status=Status.NEW) | Q(status=Status.REOPENED))
        if user.roles & {Role.REPRESENTATIVE, Role.SUPERVISOR, Role.STATION, Role.MANAGER}:
            yield Group(
                _("Requests that nobody has in hand"),
                [_item(row, at) for row in waiting[:MOST]],
                f"{queue}?show=new",
            )
    if Role.SUPERVISOR in user.roles:
        late = _open(user).filter(next_due_at__lte=at).exclude(owner_id=user.pk)
        yield Group(_("Late requests of your unit"), [_item(row, at) for row in late[:MOST]], f"{queue}?show=late")


def _open(user: User) -> Any:
    rows = Request.objects.visible_to(user).filter(merged_into=None).exclude(status=Status.CLOSED)
    return rows.select_related("account", "owner").order_by(F("next_due_at").asc(nulls_last=True), "pk")


def _url(row: Request) -> str:
    return reverse("desk:request", args=[row.pk])


def _item(row: Request, at: datetime) -> Item:
    why = f"{step_words(row.next_step)} · {time_left(row.next_due_at, at)}" if row.next_due_at else ""
    tone = due_class(row.next_due_at, at) or "info"
    return Item(f"{row.title} · {row.account.name}", why or row.get_status_display(), _url(row), tone)
