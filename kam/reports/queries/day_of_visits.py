"""What of visits needs a person today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from kam.core.models import User
from kam.core.templatetags.kam import left
from kam.lib import clock
from kam.reports.queries.day_items import Group, Item
from kam.visits.models import Visit
from kam.visits.queries.work import work_of


def visit_groups(user: User, today: date) -> Iterator[Group]:
    """Return own visits by what is to be done with them, and those to review. Three queries."""
    work = work_of(user, today)
    all_open = reverse("visits:list")
    yield Group(
        _("Visits to write down"),
        [
            Item(one.account.name, left(one.day), reverse("visits:phone_log", args=[one.uid]), "late")
            for one in work.late
        ],
        reverse("visits:phone"),
    )
    yield Group(
        _("The customer proposes another time"),
        [_visit(one, f"{one.proposed_at:%m-%d}" if one.proposed_at else "", "soon") for one in work.proposed],
        all_open,
    )
    yield Group(
        _("Visits today and tomorrow"),
        [_visit(one, f"{left(one.day)} {one.starts_at.astimezone(clock.zone()):%H:%M}", "info") for one in work.soon],
        reverse("visits:phone"),
    )
    yield Group(
        _("Promised after a visit"),
        [
            Item(
                f"{one.account.name} · {one.next_step}",
                left(one.next_step_day),
                reverse("visits:visit", args=[one.pk]),
                "late" if one.next_step_day and one.next_step_day < today else "soon",
            )
            for one in work.steps
        ],
        all_open,
    )
    yield Group(
        _("Visits to review"),
        [_visit(one, f"{one.manager} · {one.day:%m-%d}", "soon") for one in work.review],
        all_open + "?show=review",
    )


def _visit(visit: Visit, why: str, tone: str) -> Item:
    return Item(visit.account.name, why, reverse("visits:visit", args=[visit.pk]), tone)
