"""What the queue page, the call list and the bell show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, IntegerField, Min, When

from kam.core.models import User
from kam.notifications.models import CallTask, Delivery, InboxItem, Message, OfMessageQuerySet
from kam.notifications.rules.states import DeliveryState, MessageState


@dataclass(frozen=True)
class QueueFigures:
    """The queue at a glance, within what one user sees. Counts stop nowhere: they are of what is under way only."""

    pending: int
    oldest_seconds: float | None  # since the oldest pending delivery could have gone
    unknown: int
    failed: int  # refused or given up, of messages still open
    calls: int
    at_risk: int  # open with less than a day to the deadline
    nearest_deadline: datetime | None
    late: int  # open although the deadline is over


def queue_figures(*, user: User, at: datetime) -> QueueFigures:
    """Return the figures. Seven small queries on partial indexes."""
    rows = Delivery.objects.visible_to(user)
    pending = rows.filter(status=DeliveryState.PENDING)
    oldest = pending.filter(not_before__lte=at).aggregate(at=Min("opened_at"))["at"]
    open_ones = Message.objects.visible_to(user).filter(status=MessageState.OPEN, deadline__isnull=False)
    return QueueFigures(
        pending=pending.count(),
        oldest_seconds=(at - oldest).total_seconds() if oldest else None,
        unknown=rows.filter(status=DeliveryState.UNKNOWN).count(),
        failed=rows.filter(
            status__in=[DeliveryState.FAILED, DeliveryState.DEAD], message__status=MessageState.OPEN
        ).count(),
        calls=CallTask.objects.visible_to(user).filter(done_at=None).count(),
        at_risk=open_ones.filter(deadline__gt=at, deadline__lte=at + timedelta(days=1)).count(),
        nearest_deadline=open_ones.filter(deadline__gt=at).aggregate(at=Min("deadline"))["at"],
        late=open_ones.filter(deadline__lte=at).count(),
    )


def next_calls(*, rows: OfMessageQuerySet, at: datetime) -> OfMessageQuerySet:
    """Return open tasks in the order in which to do them: those that may be called now, by deadline, then the rest."""
    # A Case and no bare comparison: an empty instant would sort differently on the two databases.
    later = Case(When(call_again_at__gt=at, then=1), default=0, output_field=IntegerField())
    ordered: OfMessageQuerySet = (
        rows.filter(done_at=None)
        .annotate(later=later)
        .select_related("message", "delivery", "taken_by")
        .order_by("later", F("due_at").asc(nulls_last=True), "pk")
    )
    return ordered


def unread(user: User) -> int:
    """Return how many messages in the app the user has not read, up to a hundred."""
    return InboxItem.objects.filter(user=user, read_at=None)[:100].count()
