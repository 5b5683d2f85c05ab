"""Supply goes and comes back: which points, in which step, and what that came to when the outage is closed (OUT-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from kam.accounts.models import Account
from kam.outage_planning.models import Interruption, LostPoint, Outage, OutageImpact, OutageLine
from kam.outage_planning.queries import supply as queries
from kam.outage_planning.queries.together import with_others
from kam.outage_planning.rules.lifecycle import Kind


def note_lost(*, outage: Outage) -> int:
    """Write which supply points are dead from now on. Returns how many; safe to repeat."""
    rows = queries.dead_points(outage).values_list("pk", "account_id", "line_id")
    made = LostPoint.objects.bulk_create(
        (
            LostPoint(outage=outage, point_id=pk, account_id=account, line_id=line)
            for pk, account, line in rows.iterator(chunk_size=2_000)
        ),
        batch_size=500,
        ignore_conflicts=True,
    )
    return len(made)


def last_back_at(outage: Outage) -> datetime | None:
    """Return when the last supply point came back; None where none was dead."""
    found: datetime | None = outage.restorations.aggregate(at=Max("at"))["at"]
    return found


def write_actual(*, outage: Outage) -> None:
    """Write what each account really went through, and its interruption for reliability; once, however often called."""
    end = outage.actual_until or outage.ends_at
    found = queries.outs(outage)
    energy = queries.energy_of(found, outage.actual_from or outage.starts_at, end)
    impacts = list(OutageImpact.objects.filter(outage=outage))
    for one in impacts:
        out = found.get(one.account_id)
        one.out_from = None if out is None else out.starts_at
        one.out_until = None if out is None else min(out.ends_at or end, end)
        one.actual_kwh = energy.get(one.account_id)
    OutageImpact.objects.bulk_update(impacts, ["out_from", "out_until", "actual_kwh"], batch_size=200)
    line = OutageLine.objects.filter(outage=outage).order_by("pk").values_list("line_id", flat=True).first()
    lines = dict(LostPoint.objects.filter(outage=outage).order_by("-pk").values_list("account_id", "line_id"))
    Interruption.objects.filter(outage=outage).delete()
    # Not from the impacts: who was connected after they were computed was without supply too.
    units = dict(Account.objects.filter(pk__in=found).values_list("pk", "unit_id"))
    Interruption.objects.bulk_create(
        (
            Interruption(
                event_id=f"outage:{outage.number}",
                started_at=out.starts_at,
                ended_at=min(out.ends_at or end, end),
                customers=1,
                cause=outage.cause or outage.kind,
                planned=outage.kind == Kind.PLANNED,
                account_id=pk,
                line_id=lines.get(pk, line),
                unit_id=units[pk],
                outage=outage,
            )
            for pk, out in found.items()
        ),
        batch_size=500,
    )
    _write_together(outage)


def _write_together(outage: Outage) -> None:
    """Write what this outage and others at the same time did together, once, whichever of them is closed first."""
    found = with_others(outage)
    if not found:
        return
    involved = Outage.objects.in_bulk({pk for outs in found.values() for one in outs for pk in one.outage_ids})
    units = dict(Account.objects.filter(pk__in=found).values_list("pk", "unit_id"))
    rows = []
    for account, outs in found.items():
        for one in outs:
            members = [involved[pk] for pk in sorted(one.outage_ids)]
            later = involved[one.later]
            lost = LostPoint.objects.filter(outage=later, account_id=account).order_by("pk").first()
            rows.append(
                Interruption(
                    event_id=_event_of(members),
                    started_at=one.starts_at,
                    ended_at=one.ends_at,
                    customers=1,
                    cause=later.cause or later.kind,
                    planned=all(member.kind == Kind.PLANNED for member in members),
                    account_id=account,
                    line_id=lost.line_id if lost is not None else None,
                    unit_id=units[account],
                    outage=later,
                )
            )
            OutageImpact.objects.filter(outage=later, account_id=account, out_from=None).update(
                out_from=one.starts_at, out_until=one.ends_at
            )
    for event_id in {row.event_id for row in rows}:
        Interruption.objects.filter(event_id=event_id, account__in=list(found)).delete()
    Interruption.objects.bulk_create(rows, batch_size=500)


def _event_of(outages: Sequence[Outage]) -> str:
    """Name an event of several outages by their rows, which fits however many they are."""
    return ("outages:" + "+".join(str(one.pk) for one in outages))[:80]
