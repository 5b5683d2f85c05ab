"""Every promise about outages of a period, with what it was owed to and how it was kept (SRV-9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from django.db.models import Min, Q, QuerySet

from kam.accounts.models import Account
from kam.lib import clock
from kam.lib.intervals import day_start
from kam.network.rules.impact import Effect
from kam.notifications.rules.states import Channel, DeliveryState
from kam.outage_planning.models import Consultation, Notice, Outage, OutageImpact, OutageOverride
from kam.outage_planning.queries import planning
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.notice import consultation_latest, latest_notice
from kam.outage_planning.rules.promises import WAIVED_BY, Owed, Promise, Tally, explained_by, tally
from kam.outage_planning.rules.telling import NoticeKind

EXPLAINED_MINUTES = 30
_TOLD_AS = {
    Kind.PLANNED: Promise.NOTICE,
    Kind.TEMPORARY: Promise.TEMPORARY,
    Kind.LIMIT: Promise.TEMPORARY,
    Kind.STAGGER: Promise.STAGGER,
}
_Key = tuple[int, int]  # outage, account


def figures(day: date) -> dict[Promise, str]:
    """Return the figure that each promise is held against on `day`, with its unit; none where it has none."""
    held = planning.periods(day)
    table: Mapping[str, Any] = planning.rule_here("outage.max_per_year", day, {})
    minutes = planning.rule_here("outage.fault.explained_minutes", day, EXPLAINED_MINUTES)
    return {
        Promise.CONSULTED: f"{held.consultation_days} d",
        Promise.NOTICE: f"{held.notice_days} d",
        Promise.TEMPORARY: f"{held.temporary_hours:g} h, {held.limit_hours:g} h",
        Promise.STAGGER: f"{held.stagger_minutes:g} min",
        Promise.OFTEN: ", ".join(
            f"≥ {kv} kV: {limit}" for kv, limit in sorted(table.items(), key=lambda at: float(at[0]))
        ),
        Promise.FAULT: f"{float(minutes):g} min",
    }


def outages_in(outages: QuerySet[Any], days_from: date, days_until: date) -> QuerySet[Any]:
    """Return the outages that begin in `[days_from, days_until)` and about which something is promised."""
    zone = clock.zone()
    begun = outages.filter(starts_at__gte=day_start(days_from, zone), starts_at__lt=day_start(days_until, zone))
    return begun.exclude(status__in=[Status.DRAFT, Status.CANCELLED])


def tallies(owed: Mapping[Promise, Iterable[Owed]], now: datetime) -> list[Tally]:
    """Return how each promise was kept, in their order."""
    return [tally(promise, owed.get(promise, ()), now) for promise in Promise]


def owed(outages: QuerySet[Any], days_from: date, days_until: date) -> dict[Promise, list[Owed]]:
    """Return everything that is promised about these outages. Some ten queries, whatever their number.

    A promise belongs to the period in which its outage begins. A notice is given when its first proof is there; a
    fault is explained when the word has left the house (a gateway has taken it) or a proof says that it arrived.
    """
    rows = {row.pk: row for row in outages_in(outages, days_from, days_until).order_by("starts_at", "pk")}
    if not rows:
        return {}
    impacts = list(
        OutageImpact.objects.filter(outage__in=rows)
        .order_by("outage_id", "account_id")
        .values_list("outage_id", "account_id", "effect", "account__continuous")
    )
    day, zone = days_from, clock.zone()
    usual = planning.periods(day)
    asked = _asked(rows)
    told = _told(rows)
    waived = _waived(rows)
    explained = _explained(rows)
    minutes = float(planning.rule_here("outage.fault.explained_minutes", day, EXPLAINED_MINUTES))
    own = {pk: planning.periods(day, [pk]) for pk in planning.with_own_periods(day, {row[1] for row in impacts})}
    found: dict[Promise, list[Owed]] = defaultdict(list)

    def owe(promise: Promise, outage_id: int, account_id: int | None, due: datetime, done: datetime | None) -> None:
        guard = WAIVED_BY.get(promise)
        found[promise].append(
            Owed(promise, outage_id, account_id, due, done, guard is not None and (outage_id, guard.value) in waived)
        )

    for outage_id, account_id, _, continuous in impacts:
        row = rows[outage_id]
        kind = Kind(row.kind)
        if kind == Kind.FAULT:
            begun = row.actual_from or row.starts_at
            done = explained.get((outage_id, account_id))
            after = None if done is None else (done - begun).total_seconds() / 60
            found[Promise.FAULT].append(
                Owed(Promise.FAULT, outage_id, account_id, explained_by(begun, minutes), done, minutes=after)
            )
            continue
        periods = own.get(account_id, usual)
        if kind == Kind.PLANNED:
            by_consulting = consultation_latest(row.starts_at, zone, periods)
            owe(Promise.CONSULTED, outage_id, account_id, by_consulting, asked.get((outage_id, account_id)))
        notice = told.get((outage_id, account_id))
        due = (notice[0] if notice else None) or latest_notice(row.starts_at, zone, periods, kind)
        if due is not None:
            owe(_TOLD_AS[kind], outage_id, account_id, due, notice[1] if notice else None)
        if continuous and kind == Kind.PLANNED:
            owe(Promise.ACKNOWLEDGED, outage_id, account_id, row.starts_at, notice[2] if notice else None)
    for row in rows.values():
        if row.kind in (Kind.PLANNED, Kind.TEMPORARY) and row.actual_from is not None:
            owe(Promise.RESTORED, row.pk, None, row.promised_until or row.ends_at, row.actual_until)
    found[Promise.OFTEN] = _often(rows, impacts, day)
    return dict(found)


def _asked(rows: Mapping[int, Outage]) -> dict[_Key, datetime]:
    """First time that each account was asked."""
    asked = Consultation.objects.filter(outage__in=rows).order_by().values("outage_id", "account_id")
    return {(one["outage_id"], one["account_id"]): one["at"] for one in asked.annotate(at=Min("asked_at"))}


def _told(rows: Mapping[int, Outage]) -> dict[_Key, tuple[datetime | None, datetime | None, datetime | None]]:
    """Deadline, first proof and acknowledgement of the notice of each account, of the plan as it stands."""
    notices = Notice.objects.announcing().filter(outage__in=rows).order_by("-number", "-pk")
    fields = ("outage_id", "account_id", "deadline", "proven_at", "acknowledged_at")
    return {(outage, account): (due, done, seen) for outage, account, due, done, seen in notices.values_list(*fields)}


def _explained(rows: Mapping[int, Outage]) -> dict[_Key, datetime]:
    """First proof, or first time that a gateway took the word, by account; what was only written is not there."""
    notices = Notice.objects.filter(outage__in=rows, kind=NoticeKind.FAULT.value).order_by()
    gone = Q(
        message__deliveries__status__in=[DeliveryState.SENT.value, DeliveryState.DELIVERED.value],
        message__deliveries__channel__in=[Channel.SMS.value, Channel.MAIL.value, Channel.CHAT.value],
    )
    first = notices.values("outage_id", "account_id").annotate(
        proven=Min("proven_at"), sent=Min("message__deliveries__sent_at", filter=gone)
    )
    found = {}
    for one in first:
        known = [at for at in (one["proven"], one["sent"]) if at is not None]
        if known:
            found[one["outage_id"], one["account_id"]] = min(known)
    return found


def _waived(rows: Mapping[int, Outage]) -> set[tuple[int, str]]:
    granted = OutageOverride.objects.filter(outage__in=rows, refused=False).exclude(approved_by=None)
    return {
        (pk, rule)
        for pk, rule, version in granted.values_list("outage_id", "rule", "version")
        if version == rows[pk].version
    }


def _often(rows: Mapping[int, Outage], impacts: Iterable[tuple[Any, ...]], day: date) -> list[Owed]:
    """Return for each planned outage and account whether it is within the number allowed in its year.

    Outages that meet in time are one (一停多用).
    """
    wanted = [
        (outage, account)
        for outage, account, effect, _ in impacts
        if effect >= Effect.SHORT_CHANGEOVER and rows[outage].kind == Kind.PLANNED
    ]
    accounts = sorted({account for _, account in wanted})
    limits: dict[int, int] = {}
    for start in range(0, len(accounts), 500):
        limits |= planning.yearly_limits(Account.objects.filter(pk__in=accounts[start : start + 500]), day)
    zone = clock.zone()
    years = {rows[outage].starts_at.astimezone(zone).year for outage, _ in wanted}
    if not years:
        return []
    begin = datetime.combine(date(min(years), 1, 1), time(), tzinfo=zone)
    end = datetime.combine(date(max(years) + 1, 1, 1), time(), tzinfo=zone)
    others = (
        OutageImpact.objects.filter(
            outage__kind=Kind.PLANNED,
            outage__starts_at__gte=begin,
            outage__starts_at__lt=end,
            effect__gte=Effect.SHORT_CHANGEOVER,
        )
        .exclude(outage__status__in=[Status.DRAFT, Status.CANCELLED])
        .filter(account__in=OutageImpact.objects.filter(outage__in=rows).values("account_id"))
        .order_by("account_id", "outage__starts_at", "outage_id")
        .values_list("account_id", "outage_id", "outage__starts_at", "outage__ends_at")
    )
    number: dict[_Key, int] = {}
    last: tuple[int, int, datetime] | None = None  # account, year, until when its latest interruption lasts
    count = 0
    for account, outage, starts_at, ends_at in others.iterator(chunk_size=2_000):
        year = starts_at.astimezone(zone).year
        if last is None or (account, year) != last[:2]:
            count, last = 1, (account, year, ends_at)
        elif starts_at < last[2]:
            last = (account, year, max(last[2], ends_at))
        else:
            count, last = count + 1, (account, year, ends_at)
        number[outage, account] = count
    found = []
    for outage, account in wanted:
        limit = limits.get(account)
        if limit is not None:
            at = rows[outage].starts_at
            done = at if number.get((outage, account), 1) <= limit else None
            found.append(Owed(Promise.OFTEN, outage, account, at, done))
    return found
