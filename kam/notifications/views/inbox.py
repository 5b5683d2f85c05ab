"""Messages to oneself, in the app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.lib import clock
from kam.lib.pages import page_of
from kam.notifications import actions, queries
from kam.notifications.models import InboxItem


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What was told me, latest first."""
    rows = InboxItem.objects.visible_to(access.staff(request)).select_related("delivery__message").order_by("-pk")
    return render(
        request, "notifications/inbox.html", {"page": page_of(rows, request.GET.get("page")), "section": "inbox"}
    )


@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """How many I have not read: what the bell asks for."""
    return render(request, "notifications/inbox_count.html", {"unread": queries.unread(access.staff(request))})


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """I have read it."""
    item = access.own(request, InboxItem.objects.select_related("delivery"), pk=pk)
    actions.read_item(delivery=item.delivery, at=clock.now())
    return redirect("notifications:inbox")
