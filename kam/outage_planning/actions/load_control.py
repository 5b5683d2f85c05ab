"""Peak staggering and limits (有序用电): who is asked to take how much less, told at once, lifted again (OUT-5)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.lib import clock
from kam.network.rules.impact import Effect
from kam.outage_planning.actions import notices, planning
from kam.outage_planning.models import Outage, OutageImpact, OutageMove
from kam.outage_planning.queries.load_control import cuts_of, level_words
from kam.outage_planning.queries.telling import untold
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.telling import ANNOUNCED_AS
from kam.outage_planning.rules.texts_under_way import LIMIT


class NobodyChosen(Exception):
    """A call needs at least one account that is to take less."""


def prepare(
    *,
    kind: Kind,
    level: str,
    title: str,
    reason: str,
    unit: Unit,
    starts_at: datetime,
    ends_at: datetime,
    cuts: Mapping[int, int],
    by: User | None,
    at: datetime,
) -> Outage:
    """Write a call with the kW that each account (by id) is to take less; nobody is told yet. Raises `NobodyChosen`."""
    chosen = {pk: kw for pk, kw in cuts.items() if kw > 0}
    if not chosen:
        raise NobodyChosen
    hours = (ends_at - starts_at).total_seconds() / 3600
    with transaction.atomic():
        outage = Outage.objects.create(
            number=secrets.token_hex(8),
            kind=kind.value,
            level=level,
            title=title,
            reason=reason,
            unit=unit,
            starts_at=starts_at,
            ends_at=ends_at,
            impacts_at=at,
            created_by=by,
            created_at=at,
        )
        outage.number = f"YX{clock.day_of(starts_at).year}-{outage.pk:05d}"
        outage.save(update_fields=["number"])
        OutageImpact.objects.bulk_create(
            (
                OutageImpact(
                    outage=outage,
                    account_id=pk,
                    effect=Effect.LOAD_CUT,
                    out_minutes=0,
                    cut_kw=kw,
                    energy_kwh=kw * hours,
                )
                for pk, kw in sorted(chosen.items())
            ),
            batch_size=500,
        )
        OutageMove.objects.create(outage=outage, from_status="", to_status=outage.status, at=at, by=by)
        record(
            by=by,
            at=at,
            action="outage.called",
            subject=outage,
            number=outage.number,
            kind=kind.value,
            level=level,
            accounts=len(chosen),
            kw=sum(chosen.values()),
        )
    return outage


def announce(*, outage: Outage, by: User | None, at: datetime) -> Outage:
    """Tell everybody whom a temporary outage, a staggering or a limit concerns, and announce it, in one transaction.

    Raises `planning.GuardsRefuse` where it comes too late and no second person has granted that, and nobody is told.
    """
    kind = Kind(outage.kind)
    chosen = cuts_of(outage)
    if not chosen:
        return planning.advance(outage=outage, to=Status.ANNOUNCED, by=by, at=at)  # which tells them itself
    with transaction.atomic():
        notices.tell(
            outage=outage,
            kind=ANNOUNCED_AS[kind],
            accounts=untold(outage),
            text=LIMIT if kind == Kind.LIMIT else "",
            facts={"level": lambda language: level_words(outage.level, language)},
            own={pk: {"cut_kw": f"{kw:,}"} for pk, kw in chosen.items()},
            by=by,
            at=at,
        )
        return planning.advance(outage=outage, to=Status.ANNOUNCED, by=by, at=at)
