"""Whom to visit next, with the reasons; a fixed number of queries, each bounded (VIS-6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, Min, QuerySet

from kam.accounts.models import Account
from kam.core.models import RuleValue, User
from kam.core.rules import Right
from kam.credit.models import CreditGrade
from kam.credit.queries.histories import orders
from kam.credit.rules.scheme import fell
from kam.equipment.queries import first_due
from kam.lib import clock
from kam.metering.models import MonthUse
from kam.outage_planning.models import OutageImpact
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Kind as RequestKind
from kam.visits.models import Visit, VisitCredit
from kam.visits.queries.company import unseen
from kam.visits.queries.quota import managers
from kam.visits.rules.place import Point, route
from kam.visits.rules.reasons import Found, Reason, score, unseen_strength

EACH = 200  # so many accounts at most for each reason; the best of them are shown
SHOWN = 40


@dataclass(frozen=True)
class Proposal:
    """One account that should be visited, and why. `seen`: the last visit."""

    account: Account
    score: float
    reasons: list[Found]
    seen: date | None

    @property
    def place(self) -> Point | None:
        one = self.account
        if one.latitude is None or one.longitude is None:
            return None
        return float(one.latitude), float(one.longitude)


@dataclass(frozen=True)
class District:
    """Proposals of one district, in the order in which to drive to them."""

    name: str
    rows: list[Proposal]


def figures(day: date) -> dict[Reason, dict[str, float]]:
    """Return weight and limits of each reason in force on `day`; one whose weight is 0 is switched off."""
    rows = RuleValue.objects.in_force(day).filter(key__startswith="visits.reason.").order_by("valid_from")
    known = {f"visits.reason.{reason.value}": reason for reason in Reason}
    return {known[row.key]: row.value for row in rows if row.key in known}


def proposals(accounts: QuerySet[Account], manager: User | None, *, reader: User, at: datetime) -> list[Proposal]:
    """Return whom to visit next among `accounts`, the most urgent first; without those a visit is planned to.

    `manager`: whose quota is looked at; `reader`: who is told, and of grades only by right. A dozen queries.
    """
    today = clock.day_of(at)
    rules = figures(today)
    mine = accounts.filter(status=Account.Status.CONFIRMED).order_by()
    ids = mine.values("pk")
    found: dict[int, list[Found]] = defaultdict(list)

    def asks(reason: Reason) -> bool:
        return float(rules.get(reason, {}).get("weight", 0)) > 0

    if asks(Reason.COMPLAINT):
        rows = Request.objects.open().filter(account__in=ids, kind=RequestKind.COMPLAINT.value)
        for pk, since in rows.values_list("account_id").annotate(since=Min("received_at")).order_by("since")[:EACH]:
            found[pk].append(Found(Reason.COMPLAINT, 1.0, clock.day_of(since).isoformat()))
    if asks(Reason.STEP):
        due = Visit.objects.counting().filter(account__in=ids, next_step_done_at=None, next_step_day__lte=today)
        for pk, day in due.values_list("account_id").annotate(day=Min("next_step_day")).order_by("day")[:EACH]:
            found[pk].append(Found(Reason.STEP, 1.0, day.isoformat()))
    if asks(Reason.GRADE) and reader.may(Right.CREDIT_SEE):
        _grades(ids, found)
    if asks(Reason.OUTAGE):
        ahead = at + timedelta(days=float(rules[Reason.OUTAGE].get("days", 45)))
        impacts = OutageImpact.objects.filter(
            account__in=ids, outage__starts_at__gt=at, outage__starts_at__lt=ahead
        ).exclude(outage__status__in=["DRAFT", "CANCELLED", "CLOSED"])
        first = impacts.values_list("account_id").annotate(first=Min("outage__starts_at")).order_by("first")
        for pk, starts_at in first[:EACH]:
            found[pk].append(Found(Reason.OUTAGE, 1.0, clock.day_of(starts_at).isoformat()))
    if asks(Reason.CONTRACT):
        within = today + timedelta(days=float(rules[Reason.CONTRACT].get("days", 90)))
        ends = mine.filter(contract_until__gte=today, contract_until__lt=within).order_by("contract_until", "pk")
        for pk, end in ends.values_list("pk", "contract_until")[:EACH]:
            found[pk].append(Found(Reason.CONTRACT, 1.0, f"{end}"))
    if asks(Reason.EQUIPMENT):
        within = today + timedelta(days=float(rules[Reason.EQUIPMENT].get("days", 60)))
        for pk, day, _count in first_due(ids, until=within, most=EACH):
            found[pk].append(Found(Reason.EQUIPMENT, 1.0, day.isoformat()))
    if asks(Reason.USE):
        _use(ids, float(rules[Reason.USE].get("drop", 0.2)), today, found)
    if asks(Reason.UNSEEN):
        after = int(rules[Reason.UNSEEN].get("days", 90))
        for row in unseen(mine, today, days=after)[:EACH]:
            days = (today - row.seen).days if row.seen else None  # type: ignore[attr-defined]
            found[row.pk].append(Found(Reason.UNSEEN, unseen_strength(days, after), str(days or "")))
    if asks(Reason.VIP):
        for pk in mine.filter(importance__in=["SPECIAL", "FIRST"]).values_list("pk", flat=True)[:EACH]:
            found[pk].append(Found(Reason.VIP, 1.0))
    if asks(Reason.QUOTA) and manager is not None and found:
        standing = managers(today, day_over=False, users=User.objects.filter(pk=manager.pk))
        owed = standing[0].quarter.to_plan if standing else 0
        for reasons in found.values():
            if owed:
                reasons.append(Found(Reason.QUOTA, 1.0, str(owed)))
    return _ranked(found, rules, today)


def _grades(ids: Any, found: dict[int, list[Found]]) -> None:
    rows = CreditGrade.objects.in_force().filter(account__in=ids).exclude(previous="").exclude(previous=F("grade"))
    order = orders()
    fields = ("account_id", "grade", "previous", "rule_set_id")
    for pk, grade, previous, scheme in rows.order_by("-as_of", "pk").values_list(*fields)[:EACH]:
        # Only the latest of an account counts.
        if fell(order.get(scheme, ()), previous, grade) and all(one.reason != Reason.GRADE for one in found[pk]):
            found[pk].append(Found(Reason.GRADE, 1.0, f"{previous} → {grade}"))


def _use(ids: Any, drop: float, today: date, found: dict[int, list[Found]]) -> None:
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    before = month.replace(year=month.year - 1)
    rows = MonthUse.objects.filter(account__in=ids, month__in=[month, before])
    kwh: dict[int, dict[date, float]] = defaultdict(dict)
    for pk, of, value in rows.values_list("account_id", "month", "kwh")[: 2 * 5_000]:
        kwh[pk][of] = value
    for pk, values in kwh.items():
        if values.get(before) and month in values and values[month] / values[before] < 1 - drop:
            found[pk].append(Found(Reason.USE, 1.0, f"{values[month] / values[before] - 1:.0%}"))


def _ranked(found: dict[int, list[Found]], rules: dict[Reason, dict[str, float]], today: date) -> list[Proposal]:
    weights = {reason: float(rule.get("weight", 0)) for reason, rule in rules.items()}
    planned = set(
        Visit.objects.open().filter(account__in=list(found), day__gte=today).values_list("account", flat=True)
    )
    scored = sorted(
        ((score(reasons, weights), pk) for pk, reasons in found.items() if pk not in planned and reasons),
        key=lambda pair: (-pair[0], pair[1]),
    )[:SHOWN]
    chosen = [pk for _, pk in scored]
    rows = Account.objects.select_related("unit__parent", "manager").in_bulk(chosen)
    seen = dict(
        VisitCredit.objects.filter(account__in=chosen, day__lte=today)
        .values_list("account_id")
        .annotate(last=Max("day"))
    )
    return [
        Proposal(
            rows[pk],
            points,
            sorted(found[pk], key=lambda one: -weights.get(one.reason, 0.0) * one.strength),
            seen.get(pk),
        )
        for points, pk in scored
    ]


def by_district(rows: list[Proposal]) -> list[District]:
    """Group proposals by district, the one with the most urgent first; within it in the order of a short drive."""
    groups: dict[str, list[Proposal]] = {}
    for row in rows:
        unit = row.account.unit
        groups.setdefault(str(unit.parent or unit), []).append(row)
    return [District(name, [own[index] for index in route([one.place for one in own])]) for name, own in groups.items()]
