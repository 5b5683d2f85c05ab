"""By when each account must be told, what texts say of an outage, and how far its notices are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from kam.accounts.models import Account, CustomerLink
from kam.core.queries import company_name
from kam.lib import clock
from kam.network.rules.impact import Effect
from kam.outage_planning.models import Consultation, Notice, Outage, OutageImpact, OutageLine, Outlook, Round
from kam.outage_planning.queries import planning
from kam.outage_planning.rules.consulting import State
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.notice import latest_notice
from kam.outage_planning.rules.telling import TELLING, NoticeKind
from kam.outage_planning.rules.words import clock_words, moment_words, window_words

WRITTEN_WITHIN = timedelta(seconds=60)  # OUT-5: everybody is told within a minute


def deadlines(outage: Outage, account_ids: Iterable[int], day: date) -> dict[int, datetime | None]:
    """Return until when each account must be told of the outage as it stands; a contract may ask for longer.

    Three queries, whatever the number of accounts.
    """
    zone, kind = clock.zone(), Kind(outage.kind)
    ids = list(account_ids)
    usual = latest_notice(outage.starts_at, zone, planning.periods(day), kind)
    found: dict[int, datetime | None] = dict.fromkeys(ids, usual)
    for account_id in planning.with_own_periods(day, ids):
        found[account_id] = latest_notice(outage.starts_at, zone, planning.periods(day, [account_id]), kind)
    return found


def effect_words(effect: int, out_minutes: float | None, language: str) -> str:
    """Say to a customer what an outage does to it."""
    with override(language):
        if effect == Effect.SUPPLY_LOST:
            return _("no supply the whole time")
        if effect == Effect.SHORT_CHANGEOVER:
            if out_minutes is not None and out_minutes < 1:
                return _("a short break of some seconds, then supply from the other source")
            return _("a break of about %(n)s minutes, then supply from the other source") % {
                "n": f"{out_minutes or 0:g}"
            }
        if effect == Effect.LOAD_CUT:
            return _("supply stays, you are asked to take less")
        return _("supply stays, from one source only")


def company_words(language: str) -> str:
    """Name the company as its customers know it."""
    with override(language):
        return company_name() or _("Power supply company")


def facts_for(outage: Outage, language: str) -> dict[str, str]:
    """Return what every text about an outage may say, in one language. Two queries."""
    zone = clock.zone()
    names = list(
        OutageLine.objects.filter(outage=outage).order_by("line__code").values_list("line__name", flat=True)[:4]
    )
    shown = ("、" if language.startswith("zh") else ", ").join(names[:3])
    with override(language):
        if len(names) > 3:
            shown = _("%(lines)s and others") % {"lines": shown}
        reason = outage.reason.strip() or _("maintenance")
    return {
        "company": company_words(language),
        "phone": settings.COMPANY_PHONE,
        "lines": shown,
        "reason": reason,
        "window": window_words(outage.starts_at, outage.ends_at, zone, language),
        "expected": clock_words(outage.ends_at, zone),
        "restored": moment_words(outage.actual_until or outage.ends_at, zone, language),
    }


def knowing(outage: Outage) -> set[int]:
    """Return the accounts that were asked about this outage or told of it, and not told since that it is off."""
    asked = Consultation.objects.filter(outage=outage).exclude(status=State.ENDED.value)
    found = set(asked.values_list("account_id", flat=True))
    kinds = [kind.value for kind in (*TELLING, NoticeKind.CANCEL)]
    last: dict[int, str] = {}
    rows = Notice.objects.filter(outage=outage, kind__in=kinds).order_by("created_at", "pk")
    for account_id, kind in rows.values_list("account_id", "kind"):
        last[account_id] = kind
    return found | {account_id for account_id, kind in last.items() if kind != NoticeKind.CANCEL}


def told_a_time(outage: Outage) -> set[int]:
    """Return the accounts that have in hand a notice of when the outage is, of a plan that has not been called off."""
    rows = Notice.objects.filter(outage=outage, superseded_at=None, kind__in=[kind.value for kind in TELLING])
    return set(rows.values_list("account_id", flat=True))


def told_now(outage: Outage) -> int:
    """Return how many accounts have been told of the outage as it stands."""
    return Notice.objects.announcing().filter(outage=outage).count()


def of_link(link: CustomerLink) -> Notice | None:
    """Return the notice that a signed link is about; None where it is none of the link's account."""
    row: Notice | None = (
        Notice.objects.of_ref(link.ref).filter(account=link.account_id).select_related("outage").first()
    )
    return row


def untold(outage: Outage) -> list[int]:
    """Return the affected accounts that have not been told of the outage as it stands."""
    told = set(Notice.objects.announcing().filter(outage=outage).values_list("account_id", flat=True))
    return [pk for pk in planning.affected_ids(outage) if pk not in told]


@dataclass(frozen=True)
class Progress:
    """How far the writing of messages to many is; `refused` names those that could not be written."""

    row: Round
    refused: list[tuple[Account, str]]
    elsewhere: int  # refused accounts out of the reader's reach


def progress_of(row: Round | None, accounts: QuerySet[Account]) -> Progress | None:
    """Return how far a round is, None once everybody has a message; `accounts` are those that the reader may see."""
    if row is None or row.status == Round.Status.DONE:
        return None
    problems = {int(one["account"]): str(one["problem"]) for one in row.refused}
    seen = list(accounts.filter(pk__in=list(problems)[:200]).order_by("name", "pk")) if problems else []
    return Progress(row, [(account, problems[account.pk]) for account in seen], len(problems) - len(seen))


def round_of(outage: Outage) -> Round | None:
    """Return the round that owes messages about the outage as it stands; None where nothing was decided."""
    row: Round | None = Round.objects.filter(outage=outage, version=outage.version).select_related("by").first()
    return row


def round_of_outlook(outlook: Outlook) -> Round | None:
    """Return the round that owes the messages of an outlook; None for one told before there were rounds."""
    row: Round | None = Round.objects.filter(outlook=outlook).select_related("by").first()
    return row


@dataclass(frozen=True)
class Gap:
    """An announced outage and the accounts it affects that were never told: it must not exist."""

    outage_id: int
    number: str
    account_ids: tuple[int, ...]


def gaps(at: datetime) -> list[Gap]:
    """Return announced outages with affected accounts that have no notice (RELIABILITY 3.1). One query.

    A call whose round began less than a minute ago is being written and is no gap yet; one under way stays one.
    """
    told = Notice.objects.announcing().filter(outage=OuterRef("outage"), account=OuterRef("account"))
    announced = Q(outage__status=Status.ANNOUNCED.value) | Q(
        outage__status=Status.UNDER_WAY.value, cut_kw__isnull=False
    )
    fresh = Round.objects.owed().filter(outage=OuterRef("outage"), at__gt=at - WRITTEN_WITHIN)
    rows = (
        OutageImpact.objects.filter(announced, ~Exists(told), ~Exists(fresh))
        .order_by("outage_id", "account_id")
        .values_list("outage_id", "outage__number", "account_id")
    )
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for outage_id, number, account_id in rows:
        found[outage_id, number].append(account_id)
    return [Gap(pk, number, tuple(ids)) for (pk, number), ids in found.items()]


@dataclass(frozen=True)
class Proofs:
    """The notices of an outage as its page shows them, and what of them is still open."""

    rows: list[Notice]
    unproven: int
    unacknowledged: int
    late: int


def proofs(notices: Any) -> Proofs:
    """Return notices (a queryset of what the reader may see) with their account and message, the worst first."""
    rows: list[Notice] = list(
        notices.select_related("account", "message", "override").order_by(
            "superseded_at", "-created_at", "account__name"
        )[:200]
    )
    live = [row for row in rows if row.superseded_at is None]
    return Proofs(
        rows=rows,
        unproven=sum(row.proven_at is None for row in live),
        unacknowledged=sum(row.must_acknowledge and row.acknowledged_at is None for row in live),
        late=sum(row.late for row in live),
    )


def minutes_out(row: Consultation) -> float | None:
    """Return how long the account is out, as it is computed now; None: as long as the outage. One query."""
    found: float | None = (
        OutageImpact.objects.filter(outage=row.outage_id, account=row.account_id)
        .values_list("out_minutes", flat=True)
        .first()
    )
    return found


def effects_of(outage: Outage) -> Mapping[int, tuple[int, float | None]]:
    """Return (effect, minutes out) of each affected account. One query."""
    rows = OutageImpact.objects.filter(outage=outage).values_list("account_id", "effect", "out_minutes")
    return {account_id: (effect, minutes) for account_id, effect, minutes in rows}
