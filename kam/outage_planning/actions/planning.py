"""Draft an outage, edit it, compute what it does, take it on step by step, move it, cancel it (DESIGN 6)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from kam.accounts.models import Account, TimelineEntry
from kam.core.actions import record
from kam.core.models import Unit, User
from kam.lib import clock, lifecycle
from kam.lib.money import to_cents
from kam.network import queries as network_queries
from kam.network.models import Line
from kam.network.rules.impact import Effect, impact
from kam.notifications.models import Message
from kam.outage_planning.actions import consulting, notices, rounds, supply
from kam.outage_planning.models import Crew, Outage, OutageImpact, OutageLine, OutageMove, OutageOverride
from kam.outage_planning.queries import planning as queries
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.consulting import Window
from kam.outage_planning.rules.energy import not_served
from kam.outage_planning.rules.guards import Guard, blocking, problems
from kam.outage_planning.rules.hurt import hurt
from kam.outage_planning.rules.lifecycle import EDITABLE, STEPS, Kind, Status
from kam.outage_planning.rules.notice import is_late
from kam.outage_planning.rules.telling import NoticeKind
from kam.outage_planning.rules.windows import out_share
from kam.outage_planning.rules.words import window_words

# Kinds whose step to ANNOUNCED writes the notices itself; load control brings its own (how much, from when).
ANNOUNCED_HERE = (Kind.PLANNED, Kind.TEMPORARY)


class GuardsRefuse(Exception):
    """Something stands against the step; `guards` says what, in the order in which it is put right."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        super().__init__(", ".join(guard.value for guard in guards))
        self.guards = tuple(guards)


class NotEditable(Exception):
    """Customers know of this outage: it is moved or cancelled, not edited."""


class ChangedMeanwhile(Exception):
    """Somebody saved the outage after the form was opened."""


class ReasonMissing(Exception):
    """A cancellation or a move that customers are told of needs a reason."""


def draft(
    *,
    kind: str,
    title: str,
    reason: str,
    unit: Unit,
    crew: Crew | None,
    lines: Sequence[Line],
    starts_at: datetime,
    ends_at: datetime,
    by: User | None,
    at: datetime,
) -> Outage:
    """Make an outage that nobody but planners knows of, and compute what it would do."""
    with transaction.atomic():
        outage = Outage.objects.create(
            number=secrets.token_hex(8),
            kind=kind,
            title=title,
            reason=reason,
            unit=unit,
            crew=crew,
            starts_at=starts_at,
            ends_at=ends_at,
            created_by=by,
            created_at=at,
        )
        outage.number = f"TD{clock.day_of(starts_at).year}-{outage.pk:05d}"
        outage.save(update_fields=["number"])
        OutageLine.objects.bulk_create(OutageLine(outage=outage, line=line) for line in lines)
        OutageMove.objects.create(outage=outage, from_status="", to_status=outage.status, at=at, by=by)
        record(by=by, at=at, action="outage.drafted", subject=outage, number=outage.number, **_facts(outage))
        compute_impacts(outage=outage, at=at)
    return outage


def edit(
    *,
    outage: Outage,
    version: int,
    kind: str,
    title: str,
    reason: str,
    unit: Unit,
    crew: Crew | None,
    lines: Sequence[Line],
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
) -> Outage:
    """Change a draft and compute anew what it would do. Raises `NotEditable`, `ChangedMeanwhile`."""
    with transaction.atomic():
        row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
        if row.status not in EDITABLE or row.kind not in ANNOUNCED_HERE:
            raise NotEditable
        if row.version != version:
            raise ChangedMeanwhile
        before = _facts(row)
        fields = {"kind": kind, "title": title, "reason": reason, "unit": unit, "crew": crew}
        for name, value in {**fields, "starts_at": starts_at, "ends_at": ends_at}.items():
            setattr(row, name, value)
        row.version += 1
        row.save()
        OutageLine.objects.filter(outage=row).delete()
        OutageLine.objects.bulk_create(OutageLine(outage=row, line=line) for line in lines)
        record(by=by, at=at, action="outage.edited", subject=row, before=before, after=_facts(row))
        compute_impacts(outage=row, at=at)
    return row


def compute_impacts(*, outage: Outage, at: datetime) -> int:
    """Write anew what the outage does to whom, with energy, revenue and hurt. Returns how many accounts.

    The estimate is from like days of the eight weeks before `at`; an account without readings has none. Who is asked
    to take less is chosen and not computed from lines (actions.load_control).
    """
    if queries.is_chosen(outage):
        Outage.objects.filter(pk=outage.pk).update(impacts_at=at)
        outage.impacts_at = at
        return OutageImpact.objects.filter(outage=outage).count()
    zone, today = clock.zone(), clock.day_of(at)
    lines = list(OutageLine.objects.filter(outage=outage).values_list("line_id", flat=True))
    found = impact(lines, network_queries.network(today, around=lines))
    customers = queries.customers(found, today)
    estimated = [account_id for account_id, customer in customers.items() if customer.like is not None]
    prices = queries.prices_of(list(Account.objects.filter(pk__in=estimated)))
    hours = (outage.ends_at - outage.starts_at).total_seconds() / 3600
    rows = []
    for account_id, customer in customers.items():
        one = customer.impact
        kwh = yuan = share = None
        if customer.like is not None:
            load = not_served(customer.like, outage.starts_at, outage.ends_at, zone, prices.get(account_id))
            part = out_share(one, outage.starts_at, outage.ends_at)
            share = load.kwh / hours / customer.like.mean_kw if customer.like.mean_kw > 0 else None
            kwh = load.kwh * part
            yuan = None if load.yuan is None else to_cents(Decimal(str(load.yuan * part)))
        score = hurt(
            one.effect, one.marks, customer.preferences, outage.starts_at, outage.ends_at, zone, load_share=share
        )
        rows.append(
            OutageImpact(
                outage=outage,
                account_id=account_id,
                effect=one.effect,
                out_minutes=None if one.effect == Effect.SUPPLY_LOST else one.out_minutes,
                lost_kva=one.lost_kva,
                marks=sorted(mark.value for mark in one.marks),
                energy_kwh=kwh,
                revenue_yuan=yuan,
                hurt=score.score,
                hurt_reasons=[
                    {"code": point.reason.value, "points": point.points, "text": point.text} for point in score.points
                ],
            )
        )
    with transaction.atomic():
        OutageImpact.objects.filter(outage=outage).delete()
        OutageImpact.objects.bulk_create(rows, batch_size=500)
        Outage.objects.filter(pk=outage.pk).update(impacts_at=at)
    outage.impacts_at = at
    return len(rows)


def advance(
    *, outage: Outage, to: Status, by: User | None, at: datetime, reason: str = "", really_at: datetime | None = None
) -> Outage:
    """Take the outage to its next status. `really_at`: when it really began or ended, where that was before `at`.

    Raises `GuardsRefuse`, `kam.lib.lifecycle.IllegalMove`, `kam.lib.lifecycle.StaleRow`.
    """
    with transaction.atomic():
        row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
        found = problems(
            queries.facts_of(row, to),
            to,
            at,
            clock.zone(),
            queries.periods(clock.day_of(at), queries.affected_ids(row)),
        )
        exceptions = granted(row)
        # The notices are written by this step, or a round owes them; the others stand against it before anything is.
        writes = to == Status.ANNOUNCED and row.kind in ANNOUNCED_HERE
        owed = writes or (to == Status.ANNOUNCED and rounds.owes(row))
        against = [guard for guard in blocking(found, exceptions) if not (owed and guard == Guard.NOTICES_MISSING)]
        if against:
            raise GuardsRefuse(against)
        if writes:
            rounds.tell_many(
                outage=row, write=lambda ids: announce_to(outage=row, accounts=ids, by=by, at=at), by=by, at=at
            )
            notices.excuse(outage=row)
        changes: dict[str, Any] = {}
        if to == Status.UNDER_WAY:
            changes |= {"actual_from": really_at or at, "promised_until": row.ends_at}
        if to == Status.RESTORED:
            changes["actual_until"] = really_at or supply.last_back_at(row) or at
        _move(row, to=to, by=by, at=at, reason=reason, **changes)
        if to == Status.CONSULTING:
            consulting.begin(outage=row, by=by, at=at)
        if to == Status.UNDER_WAY:
            supply.note_lost(outage=row)
        if to == Status.CLOSED:
            supply.write_actual(outage=row)
    return row


def announce_to(*, outage: Outage, accounts: Sequence[int], by: User | None, at: datetime) -> None:
    """Write the announcement to some of the accounts, in the caller's transaction; nobody can have two."""
    notices.tell(outage=outage, kind=NoticeKind.ANNOUNCE, accounts=accounts, number=1, by=by, at=at)


def cancel(*, outage: Outage, reason: str, by: User, at: datetime) -> Outage:
    """Cancel an outage that has not begun. Raises `ReasonMissing` once customers know of it, and `IllegalMove`."""
    with transaction.atomic():
        row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
        knowing = telling.knowing(row)
        if (knowing or row.status != Status.DRAFT) and not reason.strip():
            raise ReasonMissing
        _move(row, to=Status.CANCELLED, by=by, at=at, reason=reason, cancel_reason=reason[:300])
        consulting.end(outage=row, by=by, at=at)
        notices.supersede(outage=row, by=by, at=at)
        notices.tell(outage=row, kind=NoticeKind.CANCEL, accounts=knowing, by=by, at=at)
    return row


def recompute(*, outage: Outage, by: User, at: datetime) -> int:
    """Compute anew what an outage does; in consultation, who is affected now is asked and who no longer is, is told.

    Returns how many accounts. Raises `NotEditable` once it is agreed.
    """
    with transaction.atomic():
        row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
        if row.status not in (Status.DRAFT, Status.CONSULTING):
            raise NotEditable
        number = compute_impacts(outage=row, at=at)
        if row.status == Status.CONSULTING:
            consulting.begin(outage=row, by=by, at=at)
            _let_go(row, telling.knowing(row) - set(queries.affected_ids(row)), by=by, at=at)
    return number


def _let_go(row: Outage, accounts: set[int], *, by: User, at: datetime) -> None:
    """Tell accounts that know of the outage and are no longer affected that it is off for them."""
    if accounts:
        consulting.end(outage=row, accounts=accounts, by=by, at=at)
        notices.tell(outage=row, kind=NoticeKind.CANCEL, accounts=accounts, by=by, at=at)


def move_time(
    *, outage: Outage, version: int, starts_at: datetime, ends_at: datetime, reason: str, by: User, at: datetime
) -> Outage:
    """Give an outage that customers know of another time; the right steps begin again (OUT-10).

    A planned one goes back to AGREED where everybody affected said yes before to a window that holds the new one, else
    to CONSULTING, where only the others are asked; other kinds go to DRAFT. Whoever was told a time is told at once:
    the new one where it is agreed and in time, else that the old one no longer holds. Exceptions that were granted for
    the old time end with it. Raises `ReasonMissing`, `ChangedMeanwhile`, `NotEditable` for what is under way or over,
    and `kam.lib.lifecycle.StaleRow`.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row: Outage = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
        if row.version != version:
            raise ChangedMeanwhile
        if row.status not in (Status.CONSULTING, Status.AGREED, Status.ANNOUNCED):
            raise NotEditable
        before, was = _facts(row), Window(row.starts_at, row.ends_at)
        told, knowing = telling.told_a_time(row), telling.knowing(row)
        notices.supersede(outage=row, by=by, at=at)
        changes: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "version": row.version + 1}
        Outage.objects.filter(pk=row.pk).update(**changes)
        for name, value in changes.items():
            setattr(row, name, value)
        compute_impacts(outage=row, at=at)
        to = Status.DRAFT
        asked: dict[int, Message] = {}
        if row.kind == Kind.PLANNED:
            asked = consulting.begin(outage=row, was=was, told=told, by=by, at=at)
            to = Status.CONSULTING if asked else Status.AGREED
        if row.status == to:
            OutageMove.objects.create(
                outage=row, from_status=to, to_status=to, at=at, by=by, reason=reason[:300], facts=before
            )
        else:
            _move(row, to=to, by=by, at=at, reason=reason)
        record(by=by, at=at, action="outage.edited", subject=row, before=before, after=_facts(row), reason=reason)
        _tell_accounts(row, "outage.time_moved", by, at)
        _tell_of_move(row, was, told, asked, by=by, at=at)
        _let_go(row, knowing - set(queries.affected_ids(row)), by=by, at=at)
    return row


def _tell_of_move(
    row: Outage, was: Window, told: set[int], asked: Mapping[int, Message], *, by: User, at: datetime
) -> None:
    """Tell everybody who has a time in hand that it has changed; who is asked about the new one reads it there."""
    told &= set(queries.affected_ids(row))
    periods = queries.periods(clock.day_of(at), told)
    late = is_late(at, row.starts_at, clock.zone(), periods, Kind(row.kind))
    fixed = row.status == Status.AGREED and not late
    notices.tell(
        outage=row,
        kind=NoticeKind.MOVE if fixed else NoticeKind.POSTPONE,
        accounts=told,
        facts={"was": lambda language: window_words(was.starts_at, was.ends_at, clock.zone(), language)},
        said_by=asked,
        by=by,
        at=at,
    )


def granted(outage: Outage) -> set[str]:
    """Return the rules from which this plan, as it stands, has an exception."""
    rows = OutageOverride.objects.filter(outage=outage, version=outage.version, refused=False)
    return set(rows.exclude(approved_by=None).values_list("rule", flat=True))


def _move(row: Outage, *, to: Status, by: User | None, at: datetime, reason: str, **changes: Any) -> None:
    def history(moved: Outage, before: str, after: str) -> None:
        OutageMove.objects.create(
            outage=moved, from_status=before, to_status=after, at=at, by=by, reason=reason[:300], facts=_facts(moved)
        )

    if to in (Status.DRAFT, Status.CONSULTING, Status.AGREED, Status.RESTORED, Status.CLOSED, Status.CANCELLED):
        rounds.stop(outage=row, at=at)
    before = row.status
    table = STEPS[Kind(row.kind)]
    lifecycle.move(row, to=to.value, table=table, by=by, at=at, history=history, **changes)
    action = "outage.cancelled" if to == Status.CANCELLED else "outage.moved_on"
    record(by=by, at=at, action=action, subject=row, number=row.number, before=before, to=to.value, reason=reason)
    if before != Status.DRAFT or to != Status.CANCELLED:
        _tell_accounts(row, f"outage.{to.value.lower()}", by, at)


def _tell_accounts(outage: Outage, kind: str, by: User | None, at: datetime) -> None:
    """Put the step on the timeline of every account that it does something to."""
    facts = {
        "number": outage.number,
        "starts_at": outage.starts_at.isoformat(),
        "ends_at": outage.ends_at.isoformat(),
    }
    TimelineEntry.objects.bulk_create(
        (
            TimelineEntry(
                account_id=account_id,
                at=at,
                by=by,
                kind=kind,
                facts={**facts, "effect": effect},
                ref=f"outage_planning.Outage:{outage.pk}",
            )
            for account_id, effect in OutageImpact.objects.filter(outage=outage).values_list("account_id", "effect")
        ),
        batch_size=500,
    )


def _facts(outage: Outage) -> dict[str, Any]:
    return {
        "kind": outage.kind,
        "title": outage.title,
        "starts_at": outage.starts_at.isoformat(),
        "ends_at": outage.ends_at.isoformat(),
        "crew": outage.crew_id,
        "lines": sorted(OutageLine.objects.filter(outage=outage).values_list("line_id", flat=True)),
    }
