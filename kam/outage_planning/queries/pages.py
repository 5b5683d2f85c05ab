"""What the board and an outage's page show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from kam.accounts.models import Account
from kam.lib import clock
from kam.network import queries as network_queries
from kam.outage_planning.models import Outage, OutageImpact, OutageLine
from kam.outage_planning.queries import planning
from kam.outage_planning.queries.clashes import conflicts_of_all
from kam.outage_planning.rules.conflicts import Conflict, conflicts
from kam.outage_planning.rules.guards import Guard, problems
from kam.outage_planning.rules.lifecycle import STEPS, Kind, Status
from kam.outage_planning.rules.notice import Due, Periods, milestones, next_due

COLUMNS = (Status.DRAFT, Status.CONSULTING, Status.AGREED, Status.ANNOUNCED, Status.UNDER_WAY, Status.RESTORED)
MOST = 50
_DONE: dict[Status, frozenset[Due]] = {
    Status.CONSULTING: frozenset({Due.CONSULT}),
    Status.AGREED: frozenset({Due.CONSULT}),
    Status.ANNOUNCED: frozenset({Due.CONSULT, Due.ALARM_UNSENT, Due.NOTICE}),
    Status.UNDER_WAY: frozenset(Due),
}


@dataclass
class Card:
    """An outage on the board: what is due next, when, and whom it concerns.

    `late`: due and not done; `breaks` and `weighs`: conflicts that break a rule, and those to be weighed.
    """

    outage: Outage
    due: Due | None
    due_at: datetime | None
    late: bool
    accounts: int = 0
    worst: int = 0
    energy_kwh: float | None = None
    lines: list[str] = field(default_factory=list)
    breaks: int = 0
    weighs: int = 0


@dataclass
class Column:
    status: Status
    count: int
    cards: list[Card]

    @property
    def late(self) -> int:
        return sum(card.late for card in self.cards)

    @property
    def worst(self) -> Card | None:
        """Return the card whose deadline comes first or has been over for longest."""
        return min((card for card in self.cards if card.due_at), key=_due_at, default=None)


def _due_at(card: Card) -> datetime:
    return card.due_at or card.outage.starts_at


def board(outages: QuerySet[Any], now: datetime) -> list[Column]:
    """Return the open outages by status, what is due first on top, the fifty earliest of each. Some thirty queries."""
    counts = dict(outages.order_by().values("status").annotate(n=Count("pk")).values_list("status", "n"))
    earliest = Window(RowNumber(), partition_by=F("status"), order_by=["starts_at", "pk"])
    every = list(outages.filter(status__in=COLUMNS).annotate(place=earliest).filter(place__lte=MOST).order_by("place"))
    rows = {status: [row for row in every if row.status == status] for status in COLUMNS}
    found = {card.outage.pk: card for card in cards(every, now)}
    ahead = [row for row in every if row.status in planning.OPEN_STATUSES]
    for pk, clashes in conflicts_of_all(ahead, now).items():
        found[pk].breaks = sum(one.breaks for one in clashes)
        found[pk].weighs = len(clashes) - found[pk].breaks
    ordered = {status: sorted((found[row.pk] for row in of), key=_due_at) for status, of in rows.items()}
    return [Column(status, counts.get(status.value, 0), ordered[status]) for status in COLUMNS]


def cards(outages: Sequence[Outage], now: datetime) -> list[Card]:
    """Return outages with what is due next and whom they concern, in the order given. Three queries."""
    ids = [row.pk for row in outages]
    sums = {
        row["outage_id"]: row
        for row in OutageImpact.objects.filter(outage_id__in=ids)
        .order_by()
        .values("outage_id")
        .annotate(n=Count("pk"), worst=Max("effect"), kwh=Sum("energy_kwh"))
    }
    names: dict[int, list[str]] = defaultdict(list)
    for outage_id, name in OutageLine.objects.filter(outage_id__in=ids).values_list("outage_id", "line__name"):
        names[outage_id].append(name)
    periods = planning.periods(clock.day_of(now))
    found = []
    for row in outages:
        due = next_of(row, periods)
        told = sums.get(row.pk, {"n": 0, "worst": 0, "kwh": None})
        found.append(
            Card(
                outage=row,
                due=due[0] if due else None,
                due_at=due[1] if due else None,
                late=due is not None and due[1] < now,
                accounts=told["n"],
                worst=told["worst"] or 0,
                energy_kwh=told["kwh"],
                lines=names[row.pk],
            )
        )
    return found


def weight_of(outage: Outage) -> dict[str, Any]:
    """Return the kWh not served and the points of hurt of an outage as it lies, to hold other times against."""
    return OutageImpact.objects.filter(outage=outage).aggregate(kwh=Sum("energy_kwh"), hurt=Sum("hurt"))


def next_of(outage: Outage, periods: Periods) -> tuple[Due, datetime] | None:
    """Return what is due next for an outage; nothing once supply is back."""
    status = Status(outage.status)
    if status == Status.UNDER_WAY:
        return Due.BACK, outage.ends_at
    if status in (Status.RESTORED, Status.CLOSED, Status.CANCELLED):
        return None
    when = milestones(outage.starts_at, clock.zone(), periods, Kind(outage.kind))
    return next_due(_DONE.get(status, frozenset()), when)


@dataclass(frozen=True)
class OutagePage:
    """Everything about one outage but the impacts, which are listed by what the reader may see."""

    next_status: Status | None
    guards: list[Guard]
    conflicts: list[Conflict]
    deadlines: list[tuple[Due, datetime]]
    accounts: int
    energy_kwh: float | None
    estimated: int
    revenue_yuan: Any
    lines: list[OutageLine]
    numbers: dict[int, str]
    names: dict[int, str]


def outage_page(outage: Outage, now: datetime) -> OutagePage:
    """Gather what an outage's page shows. Some thirty queries, whatever the outage's size."""
    day = clock.day_of(now)
    ids = planning.affected_ids(outage)
    periods = planning.periods(day, ids)
    lines = list(OutageLine.objects.filter(outage=outage).select_related("line").order_by("line__code"))
    found = conflicts_of(outage, now) if outage.status in planning.OPEN_STATUSES else []
    following = next_status(outage)
    sums = OutageImpact.objects.filter(outage=outage).aggregate(
        kwh=Sum("energy_kwh"), yuan=Sum("revenue_yuan"), known=Count("energy_kwh")
    )
    others = {pk for one in found for pk in one.other_ids}
    concerned = {pk for one in found for pk in one.account_ids[:20]}
    return OutagePage(
        next_status=following,
        guards=_against(outage, following, now, periods) if following else [],
        conflicts=found,
        deadlines=milestones(outage.starts_at, clock.zone(), periods, Kind(outage.kind)),
        accounts=len(ids),
        energy_kwh=sums["kwh"],
        estimated=sums["known"],
        revenue_yuan=sums["yuan"],
        lines=lines,
        numbers=dict(Outage.objects.filter(pk__in=others).values_list("pk", "number")),
        names=dict(Account.objects.filter(pk__in=concerned).values_list("pk", "name")),
    )


def _against(outage: Outage, following: Status, now: datetime, periods: Periods) -> list[Guard]:
    """Return what stands against the next step; notices that the step itself writes do not."""
    found = problems(planning.facts_of(outage, following), following, now, clock.zone(), periods)
    return [guard for guard in found if not (guard == Guard.NOTICES_MISSING and following == Status.ANNOUNCED)]


def next_status(outage: Outage) -> Status | None:
    """Return the status that an outage goes to if all goes well."""
    after = STEPS[Kind(outage.kind)][outage.status]
    order = list(Status)
    onward = [Status(one) for one in after if order.index(Status(one)) > order.index(Status(outage.status))]
    return min((one for one in onward if one != Status.CANCELLED), key=order.index, default=None)


def conflicts_of(outage: Outage, now: datetime) -> list[Conflict]:
    """Return what an outage runs into as it is planned."""
    zone = clock.zone()
    (plan,) = planning.plans(Outage.objects.filter(pk=outage.pk))
    first = plan.starts_at.astimezone(zone).date()
    last = plan.ends_at.astimezone(zone).date() + timedelta(days=1)
    network = network_queries.network(clock.day_of(now), around=plan.lines)
    against = planning.context(network, clock.day_of(now), plan.effects, first, last)
    return conflicts(plan, planning.other_plans(first, last, without=[outage.pk]), against)
