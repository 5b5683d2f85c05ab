"""Peak staggering and limits (有序用电): who is asked to take how much less, told at once, lifted again (OUT-5)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kam.core.actions import record
from kam.core.models import Unit, User
from kam.lib import clock
from kam.network.rules.impact import Effect
from kam.outage_planning.actions import notices, planning, rounds
from kam.outage_planning.models import Outage, OutageImpact, OutageMove
from kam.outage_planning.queries.load_control import cuts_of, level_words
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
    """Decide that everybody is told whom a temporary outage, a staggering or a limit concerns, and announce it.

    One transaction: the announcement, the round that owes a message to each account, and the first portion of them;
    the relay writes the others within seconds (`portions`). Raises `planning.GuardsRefuse` where it comes too late and
    no second person has granted that, and nobody is told.
    """
    if not cuts_of(outage):
        return planning.advance(outage=outage, to=Status.ANNOUNCED, by=by, at=at)  # which tells them itself
    with transaction.atomic():
        # Nobody else writes about it, or moves it, until this has ended.
        row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
        rounds.tell_many(outage=row, write=lambda ids: tell(outage=row, accounts=ids, by=by, at=at), by=by, at=at)
        return planning.advance(outage=row, to=Status.ANNOUNCED, by=by, at=at)


def tell(*, outage: Outage, accounts: Sequence[int], by: User | None, at: datetime) -> None:
    """Write the notices of a call to some of its accounts, each with its own kilowatts, in the caller's transaction.

    All portions of one call carry the same number, so that nobody can have two.
    """
    kind = Kind(outage.kind)
    chosen = cuts_of(outage)
    notices.tell(
        outage=outage,
        kind=ANNOUNCED_AS[kind],
        accounts=accounts,
        text=LIMIT if kind == Kind.LIMIT else "",
        facts={"level": lambda language: level_words(outage.level, language)},
        own={pk: {"cut_kw": f"{chosen[pk]:,}"} for pk in accounts if pk in chosen},
        number=1,
        by=by,
        at=at,
    )
