"""What rules need to judge an outage: periods in force, other plans, customers with their load and their hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from kam.accounts.models import Account
from kam.accounts.queries.production import preferences_of
from kam.billing.queries import price_table, tariff_lookup
from kam.core.models import RuleValue, Unit
from kam.lib import clock
from kam.metering.queries import CalendarLookup, account_profiles, calendar_lookups
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.metering.rules.tou import BANDS, Band
from kam.network.models import Line
from kam.network.rules.impact import Effect, Impact, Network
from kam.outage_planning.models import (
    AccountPeriod,
    Consultation,
    LostPoint,
    Notice,
    Outage,
    OutageImpact,
    OutageLine,
    ProtectedPeriod,
)
from kam.outage_planning.rules.conflicts import Context, Plan, Protected
from kam.outage_planning.rules.consulting import DONE
from kam.outage_planning.rules.energy import Floats, LikeDays, PricesOf, like_days
from kam.outage_planning.rules.guards import Facts
from kam.outage_planning.rules.lifecycle import OPEN, Kind, Status
from kam.outage_planning.rules.notice import Periods
from kam.outage_planning.rules.windows import Customer

LIKE_WEEKS = 8
_CHUNK = 200
# Rule → field of `Periods`; the longer is the stricter.
_PERIODS = {
    "outage.consultation_days": "consultation_days",
    "outage.answer_days": "answer_days",
    "outage.planned.notice_days": "notice_days",
    "outage.temporary.notice_hours": "temporary_hours",
    "outage.limit.notice_hours": "limit_hours",
    "outage.stagger.notice_minutes": "stagger_minutes",
}


def rules_here(day: date) -> dict[str, Any]:
    """Return all rules about outages in force on `day`, by key. One query, however many.

    The province's row (`key@HA`) goes before the national one (DOMAIN 0.2).
    """
    rows = RuleValue.objects.in_force(day).filter(Q(key__startswith="outage.") | Q(key="company.province"))
    found = dict(rows.order_by("valid_from").values_list("key", "value"))
    mark = f"@{found.pop('company.province', '')}"
    here = {key: value for key, value in found.items() if "@" not in key}
    return here | {key.removesuffix(mark): value for key, value in found.items() if key.endswith(mark)}


def rule_here(key: str, day: date, otherwise: Any = None) -> Any:
    """Return one rule about outages in force on `day`."""
    return rules_here(day).get(key, otherwise)


def periods(day: date, account_ids: Iterable[int] = ()) -> Periods:
    """Return the periods in force on `day`; a contract of one of the accounts may only make them longer."""
    usual = Periods()
    here = rules_here(day)
    found = {field: here.get(key, getattr(usual, field)) for key, field in _PERIODS.items()}
    for row in _contracts(day, account_ids).filter(key__in=_PERIODS):
        field = _PERIODS[row.key]
        found[field] = max(found[field], row.value)
    return Periods(**found)


def with_own_periods(day: date, account_ids: Iterable[int]) -> set[int]:
    """Return those of the accounts whose contract fixes a period. One query."""
    return set(_contracts(day, account_ids).filter(key__in=_PERIODS).values_list("account_id", flat=True))


def _contracts(day: date, account_ids: Iterable[int]) -> QuerySet[AccountPeriod]:
    held = Q(valid_until=None) | Q(valid_until__gt=day)
    rows: QuerySet[AccountPeriod] = AccountPeriod.objects.filter(
        held, valid_from__lte=day, account_id__in=list(account_ids)
    )
    return rows


def yearly_limits(accounts: QuerySet[Account], day: date) -> dict[int, int]:
    """Return how many planned outages a year each account may have, by its voltage and its contract. Three queries."""
    table = {float(volts): int(limit) for volts, limit in rule_here("outage.max_per_year", day, {}).items()}
    if not table:
        return {}
    found: dict[int, int] = {}
    for pk, kilovolts in accounts.values_list("pk", "voltage_kv"):
        at_least = [volts for volts in table if kilovolts is not None and volts <= float(kilovolts)]
        # Below the lowest level of the table its limit holds too: nobody is to be out more often than at 10 kV.
        found[pk] = table[max(at_least, default=min(table))]
    for row in _contracts(day, found).filter(key="outage.max_per_year"):
        found[row.account_id] = int(row.value)
    return found


def plan_of(outage: Outage, lines: Iterable[int], effects: Mapping[int, Effect], stations: Iterable[int]) -> Plan:
    """Return a stored outage as rules take it."""
    return Plan(
        outage_id=outage.pk,
        starts_at=outage.actual_from or outage.starts_at,
        ends_at=max(outage.actual_until or outage.ends_at, (outage.actual_from or outage.starts_at)),
        lines=frozenset(lines),
        effects=dict(effects),
        crew_id=outage.crew_id,
        stations=frozenset(stations),
        is_planned=outage.kind == Kind.PLANNED,
    )


def plans(outages: QuerySet[Any]) -> list[Plan]:
    """Return stored outages as rules take them. Three queries."""
    rows = list(outages)
    ids = [row.pk for row in rows]
    lines: dict[int, list[int]] = defaultdict(list)
    stations: dict[int, set[int]] = defaultdict(set)
    for outage_id, line_id, unit_id in OutageLine.objects.filter(outage_id__in=ids).values_list(
        "outage_id", "line_id", "line__unit_id"
    ):
        lines[outage_id].append(line_id)
        stations[outage_id].add(unit_id)
    effects: dict[int, dict[int, Effect]] = defaultdict(dict)
    for outage_id, account_id, effect in OutageImpact.objects.filter(outage_id__in=ids).values_list(
        "outage_id", "account_id", "effect"
    ):
        effects[outage_id][account_id] = Effect(effect)
    return [plan_of(row, lines[row.pk], effects[row.pk], stations[row.pk]) for row in rows]


def other_plans(days_from: date, days_until: date, *, without: Iterable[int] = ()) -> list[Plan]:
    """Return what counts beside an outage of this time: all of its years that are not cancelled, drafts left out.

    A draft binds nobody; two drafts that run into each other are told when one of them goes on.
    """
    zone = clock.zone()
    begin = datetime.combine(date(days_from.year, 1, 1), time(), tzinfo=zone)
    end = datetime.combine(date(days_until.year + 1, 1, 1), time(), tzinfo=zone)
    rows = Outage.objects.exclude(status__in=[Status.DRAFT, Status.CANCELLED]).exclude(pk__in=list(without))
    return plans(rows.filter(starts_at__lt=end, ends_at__gt=begin))


def context(network: Network, day: date, accounts: Iterable[int], days_from: date, days_until: date) -> Context:
    """Return what an outage of these accounts and days is held against. Some ten queries."""
    ids = list(accounts)
    limits: dict[int, int] = {}
    for start in range(0, len(ids), 500):
        limits |= yearly_limits(Account.objects.filter(pk__in=ids[start : start + 500]), day)
    units = list(Unit.objects.values_list("pk", "path"))
    guarded = ProtectedPeriod.objects.filter(days_from__lt=days_until, days_until__gt=days_from).select_related("unit")
    return Context(
        zone=clock.zone(),
        network=network,
        yearly_limits=limits,
        protected=[
            Protected(
                row.name,
                frozenset(pk for pk, path in units if path.startswith(row.unit.path)),
                row.days_from,
                row.days_until,
            )
            for row in guarded
        ],
        preferences=preferences_of(ids),
        station_most=int(rule_here("outage.station.max_at_once", day, 3)),
        is_holiday=lambda one: kind_of(one) == DayKind.HOLIDAY,
    )


def customers(impacts: Mapping[int, Impact], day: date) -> dict[int, Customer]:
    """Return the affected accounts with their like days (the eight weeks before `day`) and their hours."""
    told = preferences_of(impacts)
    likes = likes_of(impacts, day)
    return {pk: Customer(found, likes.get(pk), told.get(pk, ())) for pk, found in impacts.items()}


def likes_of(account_ids: Iterable[int], day: date) -> dict[int, LikeDays]:
    """Return the load of each account on workdays, rest days and holidays of the eight weeks before `day`."""
    ids = list(account_ids)
    found: dict[int, LikeDays] = {}
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        profiles = account_profiles(part, day - timedelta(weeks=LIKE_WEEKS), day)
        for pk, profile in profiles.items():
            like = like_days(profile)
            if like is not None:
                found[pk] = like
    return found


def prices_of(accounts: Sequence[Account]) -> dict[int, PricesOf]:
    """Return what each account pays for a kWh in the quarter hours of a day; without a tariff nothing is told."""
    calendars = calendar_lookups(account.pk for account in accounts)
    found: dict[int, PricesOf] = {}
    for account in accounts:
        lookup = tariff_lookup(account)

        def prices(day: date, lookup: Any = lookup, calendar_on: CalendarLookup = calendars[account.pk]) -> Floats:
            tariff, calendar = lookup.tariff(day), calendar_on(day)
            by_band = {band: float(price) for band, price in price_table(tariff).prices.items()}
            mean = by_band.get(Band.FLAT, float(np.mean(list(by_band.values()))))
            if calendar is None:
                return np.full(96, mean)
            table = np.array([by_band.get(band, mean) for band in BANDS] + [mean])
            return table[np.minimum(calendar.minutes_of(day)[::15].astype(np.intp), len(BANDS))]

        tariff = lookup.tariff(clock.today())
        if tariff is not None and tariff.prices:
            found[account.pk] = prices
    return found


def facts_of(outage: Outage, to: Status) -> Facts:
    """Return what guards look at before the step `to`: counts of affected accounts, of the plan as it stands."""
    return Facts(
        kind=Kind(outage.kind),
        starts_at=outage.starts_at,
        has_lines=is_chosen(outage) or OutageLine.objects.filter(outage=outage).exists(),
        impacts_current=outage.impacts_at is not None,
        unanswered=_unanswered(outage) if to == Status.AGREED else 0,
        asked_at=_asked_at(outage) if to == Status.AGREED else None,
        without_notice=_without_notice(outage) if to in (Status.ANNOUNCED, Status.UNDER_WAY) else 0,
        unacknowledged=_unacknowledged(outage) if to == Status.UNDER_WAY else 0,
        unrestored=LostPoint.objects.filter(outage=outage, step=None).count() if to == Status.RESTORED else 0,
    )


def _unacknowledged(outage: Outage) -> int:
    """Count continuous producers that have not acknowledged; a call for less load does not wait for them."""
    return 0 if is_chosen(outage) else Notice.objects.unacknowledged().filter(outage=outage).count()


def _unanswered(outage: Outage) -> int:
    done = Consultation.objects.filter(
        outage=outage,
        version=outage.version,
        account=OuterRef("account"),
        status__in=[state.value for state in DONE],
    )
    return OutageImpact.objects.filter(~Exists(done), outage=outage).count()


def _asked_at(outage: Outage) -> datetime | None:
    """Return when the plan as it stands was first put to somebody who had not agreed to it before."""
    rows = Consultation.objects.filter(outage=outage, version=outage.version, carried_from=None)
    return rows.order_by("asked_at").values_list("asked_at", flat=True).first()


def _without_notice(outage: Outage) -> int:
    told = Notice.objects.announcing().filter(outage=outage, account=OuterRef("account"))
    return OutageImpact.objects.filter(~Exists(told), outage=outage).count()


def is_chosen(outage: Outage) -> bool:
    """Tell whether the accounts were chosen, each with the kW that it is to take less, and not found by lines."""
    chosen = outage.kind in (Kind.STAGGER, Kind.LIMIT)
    return chosen and OutageImpact.objects.filter(outage=outage, cut_kw__isnull=False).exists()


def affected_ids(outage: Outage) -> list[int]:
    """Return the accounts that an outage does something to."""
    return list(OutageImpact.objects.filter(outage=outage).values_list("account_id", flat=True))


def stations_of(line_ids: Iterable[int]) -> frozenset[int]:
    """Return who runs these lines."""
    return frozenset(Line.objects.filter(pk__in=list(line_ids)).values_list("unit_id", flat=True))


OPEN_STATUSES = [status.value for status in OPEN]
