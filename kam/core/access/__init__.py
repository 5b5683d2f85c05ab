"""The door: who is asking, what they may, which rows they reach, and the frame around every page."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kam.core.models import User
from kam.core.rules import Right

Row = TypeVar("Row", bound=models.Model)
Rows: TypeAlias = models.QuerySet[Row] | models.Manager[Row]


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in (LoginRequiredMiddleware saw to it)."""

    user: User
    htmx: Any


def listed(request: HttpRequest, queryset: Rows[Row], right: Right) -> models.QuerySet[Row]:
    """Return what `request.user` may see of `queryset`; 403 without `right`. The only way from a view to many rows."""
    check(request, right)
    visible: models.QuerySet[Row] = queryset.visible_to(request.user)  # type: ignore[union-attr]
    return visible


def fetch(request: HttpRequest, queryset: Rows[Row], right: Right, **lookup: Any) -> Row:
    """Return the one row, 404 where it is absent or out of scope, 403 where it is seen but `right` is lacking.

    The only way from a view to one row (DESIGN D10).
    """
    user = staff(request)
    row: Row | None = queryset.visible_to(user).filter(**lookup).first()  # type: ignore[union-attr]
    if row is None:
        raise Http404
    check(request, right)
    return row


def own(request: HttpRequest, queryset: models.QuerySet[Row], **lookup: Any) -> Row:
    """Return the one row that is the user's own (a job, a file, a saved view), which needs no right; else 404."""
    row: Row | None = queryset.visible_to(staff(request)).filter(**lookup).first()  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def check(request: HttpRequest, right: Right) -> None:
    """Raise `PermissionDenied` unless the user has `right`."""
    if not staff(request).may(right):
        raise PermissionDenied(right.value)


def staff(request: HttpRequest) -> User:
    """Return the signed-in user."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


# ---- the frame of a page ---------------------------------------------------------------------------------------


class MenuItem(NamedTuple):
    label: str | Promise
    url_name: str
    icon: str
    right: Right | None
    section: str


# Groups in the order of a working day: what is to do, the customers, their outages, their money, the house.
MENU: tuple[tuple[str | Promise, tuple[MenuItem, ...]], ...] = (
    (
        "",
        (
            MenuItem(_("My day"), "home", "home", None, ""),
            MenuItem(_("Requests"), "desk:queue", "headset", Right.REQUESTS_SEE, "requests"),
            MenuItem(_("Call list"), "notifications:calls", "phone", Right.NOTIFY_ACT, "calls"),
            MenuItem(_("Messages"), "notifications:queue", "mail-forward", Right.NOTIFY_SEE, "messages"),
        ),
    ),
    (
        _("Customers"),
        (
            MenuItem(_("Key accounts"), "accounts:list", "building-factory-2", Right.ACCOUNTS_SEE, "accounts"),
            MenuItem(_("Visits"), "visits:list", "walk", Right.VISITS_SEE, "visits"),
            MenuItem(_("Groups"), "reports:groups", "sitemap", Right.ACCOUNTS_SEE, "groups"),
            MenuItem(_("Service promises"), "desk:promises", "certificate", Right.REQUESTS_SEE, "promises"),
            MenuItem(_("Energy reports"), "reports:list", "report-analytics", Right.REPORTS_SEE, "reports"),
            MenuItem(_("Load readings"), "metering:batches", "activity", Right.READINGS_SEE, "readings"),
        ),
    ),
    (
        _("Supply and outages"),
        (
            MenuItem(_("Outages"), "outages:board", "plug-off", Right.OUTAGES_SEE, "outages"),
            MenuItem(_("Reliability"), "outages:reliability", "chart-line", Right.RELIABILITY_SEE, "reliability"),
            MenuItem(_("Network"), "network:tree", "hierarchy-3", Right.NETWORK_SEE, "network"),
        ),
    ),
    (
        _("Money"),
        (
            MenuItem(_("Credit tiers"), "credit:tiers", "chart-histogram", Right.TIERS_SEE, "tiers"),
            MenuItem(_("Credit"), "credit:work", "award", Right.CREDIT_SEE, "credit"),
            MenuItem(_("Receivables"), "billing:receivables", "coin-yuan", Right.MONEY_SEE, "money"),
            MenuItem(_("Tariffs"), "billing:tariffs", "receipt-yuan", Right.TARIFFS_SEE, "tariffs"),
            MenuItem(_("Time-of-use calendars"), "metering:calendars", "clock-hour-8", Right.TARIFFS_SEE, "calendars"),
        ),
    ),
    (
        _("Administration"),
        (
            MenuItem(_("Staff and units"), "core:staff", "users", Right.STAFF_SEE, "staff"),
            MenuItem(_("Leave and deputies"), "core:absences", "beach", Right.ABSENCE_EDIT, "absences"),
            MenuItem(_("Rules in force"), "core:rules", "scale", Right.RULES_SEE, "rules"),
            MenuItem(_("Other systems"), "desk:tokens", "plug-connected", Right.TOKENS_EDIT, "tokens"),
            MenuItem(_("Chat robots"), "notifications:robots", "robot", Right.ROBOTS_EDIT, "robots"),
            MenuItem(_("State of the system"), "status", "heartbeat", Right.STATUS_SEE, "status"),
            MenuItem(_("Audit record"), "core:audit", "shield-check", Right.AUDIT_SEE, "audit"),
        ),
    ),
)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give templates the menu of the user's roles, where they are in it, and the company's name."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"company_name": settings.COMPANY_NAME, "company_phone": settings.COMPANY_PHONE}
    menu = []
    for title, items in MENU:
        seen = [
            {"label": item.label, "url": reverse(item.url_name), "icon": item.icon, "section": item.section}
            for item in items
            if item.right is None or user.may(item.right)
        ]
        if seen:
            menu.append({"title": title, "items": seen})
    return {
        "menu": menu,
        "company_name": settings.COMPANY_NAME,
        "company_phone": settings.COMPANY_PHONE,
        "may": {right.name: user.may(right) for right in Right},
    }
