"""Exceptions from a rule: one person asks with a reason, another grants or refuses; counted as a promise not kept."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from kam.core.actions import record
from kam.core.models import User
from kam.outage_planning.models import Outage, OutageOverride
from kam.outage_planning.rules.guards import WAIVABLE, Guard


class NotWaivable(Exception):
    """Nobody can make an exception from this."""


class AskedAlready(Exception):
    """The exception was asked for, or granted, before."""


class SamePerson(Exception):
    """Who asked for an exception does not grant it."""


class Decided(Exception):
    """The exception was granted or refused before, or the plan has changed since."""


def propose(*, outage: Outage, rule: Guard, reason: str, by: User, at: datetime) -> OutageOverride:
    """Ask for an exception for the plan as it stands. Raises `NotWaivable`, `AskedAlready`."""
    if rule not in WAIVABLE:
        raise NotWaivable(rule.value)
    try:
        with transaction.atomic():
            row = OutageOverride.objects.create(
                outage=outage, rule=rule.value, reason=reason, version=outage.version, proposed_by=by, proposed_at=at
            )
            record(by=by, at=at, action="outage.override_proposed", subject=outage, rule=rule.value, reason=reason)
    except IntegrityError as error:
        raise AskedAlready from error
    return row


def decide(*, override: OutageOverride, grant: bool, by: User, at: datetime) -> OutageOverride:
    """Grant or refuse an exception. Raises `SamePerson`, `Decided`."""
    with transaction.atomic():
        row: OutageOverride = (
            OutageOverride.objects.select_for_update(of=("self",)).select_related("outage").get(pk=override.pk)
        )
        if row.proposed_by_id == by.pk:
            raise SamePerson
        if row.approved_by_id is not None or row.refused or row.version != row.outage.version:
            raise Decided
        row.refused = not grant
        row.approved_by, row.approved_at = by, at
        row.save(update_fields=["refused", "approved_by", "approved_at"])
        action = f"outage.override_{'approved' if grant else 'refused'}"
        record(by=by, at=at, action=action, subject=row.outage, rule=row.rule, reason=row.reason)
    return row
