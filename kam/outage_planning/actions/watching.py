"""What time itself does to outages under way: overruns are told, calls for less load begin and end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kam.core.models import User
from kam.core.rules import Role
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.notifications import actions as messages
from kam.notifications import queries as texts
from kam.notifications.rules.states import Channel
from kam.notifications.rules.texts import Form
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Outage, OutageImpact
from kam.outage_planning.queries import supply as queries
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.texts_under_way import OVERRUN
from kam.outage_planning.rules.words import moment_words

MOST = 500


def alarm_overruns(*, at: datetime) -> int:
    """Tell planner and supervisor in the app of each outage whose end has passed without supply; once for each end.

    Returns how many messages are owed now. Safe to repeat.
    """
    rows = Outage.objects.filter(status=Status.UNDER_WAY, ends_at__lt=at).exclude(kind__in=[Kind.STAGGER, Kind.LIMIT])
    told = 0
    for outage in rows.select_related("unit", "created_by").order_by("ends_at", "pk")[:MOST]:
        with transaction.atomic():
            told += sum(_tell(outage, user, at) for user in _responsible(outage))
    return told


def _tell(outage: Outage, user: User, at: datetime) -> bool:
    key = f"overrun {outage.pk} {outage.ends_at.isoformat()} {user.pk}"
    if texts.proof_of(key=key) is not None:
        return False
    facts = {
        "number": outage.number,
        "title": outage.title,
        "was": moment_words(outage.ends_at, clock.zone(), user.language),
        "waiting": str(queries.still_dead(outage)),
    }
    day = clock.day_of(at)
    short = texts.text_for(key=OVERRUN, language=user.language, form=Form.SHORT, day=day, facts=facts)
    long = texts.text_for(key=OVERRUN, language=user.language, form=Form.LONG, day=day, facts=facts)
    messages.owe(
        key=key,
        kind=OVERRUN,
        to=[messages.Address(Channel.APP, str(user.pk))],
        language=user.language,
        subject=long.subject,
        text=short.text,
        deadline=None,
        priority=1,
        owner_ref=f"outage_planning.Outage:{outage.pk}",
        unit_id=outage.unit_id,
        must_prove=False,
        by=None,
        at=at,
    )
    return True


def _responsible(outage: Outage) -> list[User]:
    """Return who planned it and the supervisors above it; the planners above it where nobody planned it."""
    roles = (Role.SUPERVISOR,) if outage.created_by is not None else (Role.SUPERVISOR, Role.PLANNER)
    above = [
        user
        for user in User.objects.holding(*roles).filter(is_active=True).select_related("unit")
        if user.unit is not None and outage.unit.path.startswith(user.unit.path)
    ]
    own = [outage.created_by] if outage.created_by is not None and outage.created_by.is_active else []
    return list({user.pk: user for user in [*own, *above]}.values())


def run_calls(*, at: datetime) -> int:
    """Begin the calls for less load whose time has come and end those whose time is over. Returns how many steps."""
    chosen = OutageImpact.objects.filter(cut_kw__isnull=False).values("outage_id")
    calls = Outage.objects.filter(kind__in=[Kind.STAGGER, Kind.LIMIT], pk__in=chosen)
    steps = 0
    for outage in calls.filter(status=Status.ANNOUNCED, starts_at__lte=at).order_by("pk")[:MOST]:
        steps += _step(outage, Status.UNDER_WAY, outage.starts_at, at)
    for outage in calls.filter(status=Status.UNDER_WAY, ends_at__lte=at).order_by("pk")[:MOST]:
        steps += _step(outage, Status.RESTORED, outage.ends_at, at)
    for outage in calls.filter(status=Status.RESTORED).order_by("pk")[:MOST]:
        steps += _step(outage, Status.CLOSED, at, at)
    return steps


def _step(outage: Outage, to: Status, really_at: datetime, at: datetime) -> bool:
    try:
        planning.advance(outage=outage, to=to, by=None, at=at, really_at=really_at)
    except (planning.GuardsRefuse, IllegalMove, StaleRow):
        return False  # a person decides; the board shows it as late
    return True
