"""What an account's page shows of outages (ACC-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from kam.accounts.models import Account, OutagePreference
from kam.outage_planning.models import Consultation, Interruption, Notice, OutageImpact
from kam.outage_planning.queries.reliability import events_in
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.rules.reliability import sustained

MOST = 5


@dataclass(frozen=True)
class AccountOutages:
    """Outages to come, latest past ones, interruptions of a year, and when an outage hurts."""

    ahead: list[OutageImpact]
    past: list[OutageImpact]
    interruptions: int
    minutes: float
    preferences: list[OutagePreference]
    # By outage to come: what the account said to it as it is planned now, and the notice that it has of that plan.
    consultations: dict[int, Consultation]
    notices: dict[int, Notice]


def outages_of(account: Account, *, today: date) -> AccountOutages:
    """Return what is known of an account's outages; drafts are the planners' own. Five queries."""
    impacts = OutageImpact.objects.filter(account=account).select_related("outage").exclude(outage__status=Status.DRAFT)
    latest = list(impacts.order_by("-outage__starts_at")[: 4 * MOST])
    over = {Status.CLOSED, Status.CANCELLED, Status.RESTORED}
    events = sustained(
        events_in(Interruption.objects.filter(account=account), today - timedelta(days=365), today + timedelta(days=1))
    )
    ahead = [row for row in reversed(latest) if row.outage.status not in over][:MOST]
    ids = [row.outage_id for row in ahead]
    told = {
        row.outage_id: row for row in Notice.objects.announcing().filter(account=account, outage__in=ids).order_by("pk")
    }
    # What was announced is agreed; who was told is not asked any more.
    open_ids = [pk for pk in ids if pk not in told]
    asked = Consultation.objects.filter(account=account, outage__in=open_ids, version=F("outage__version"))
    return AccountOutages(
        ahead=ahead,
        consultations={row.outage_id: row for row in asked},
        notices=told,
        past=[row for row in latest if row.outage.status in over][:MOST],
        interruptions=len(events),
        minutes=sum(event.minutes for event in events),
        preferences=list(OutagePreference.objects.filter(account=account).order_by("level", "id")[:MOST]),
    )
