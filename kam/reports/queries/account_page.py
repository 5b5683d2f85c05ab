"""The account's page (360°): everything of one account, each block once, in at most 25 queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery

from kam.accounts.actions.contacts import phone_place
from kam.accounts.models import Account, Assignment, Contact, TimelineEntry
from kam.accounts.rules.contact_text import masked_phone
from kam.billing.models import AccountTariff, Tariff
from kam.billing.queries.pages import MoneyBrief, money_brief
from kam.core.models import User
from kam.core.rules import Right
from kam.lib import encryption
from kam.metering.models import MonthUse
from kam.metering.queries import readings_span, span_in, spans
from kam.network.models import SupplyPoint
from kam.notifications.models import Delivery
from kam.outage_planning.queries.of_account import AccountOutages, outages_of
from kam.reports.models import EnergyReport
from kam.service_desk.queries.of_account import AccountRequests, requests_of
from kam.visits.models import Visit
from kam.visits.queries.of_account import visits_of

TIMELINE, REPORTS, HISTORY = 15, 5, 6


@dataclass(frozen=True)
class MonthRow:
    """One month of this year beside last year's; kWh None where there are no readings."""

    month: date
    kwh: float | None
    before_kwh: float | None
    max_kw: float | None
    power_factor: float | None

    @property
    def change(self) -> float | None:
        if self.kwh is None or not self.before_kwh:
            return None
        return self.kwh / self.before_kwh - 1


@dataclass(frozen=True)
class Bar:
    """One bar of the small chart, in the units of its view box (600 × 140)."""

    x: float
    y: float
    height: float
    now: bool


@dataclass(frozen=True)
class Energy:
    """This year against last, month by month, and the sums over the months that both years have."""

    year: int
    months: list[MonthRow]
    kwh: float
    comparable_kwh: float
    before_kwh: float
    max_kw: float | None
    bars: list[Bar]
    span: tuple[date, date] | None

    @property
    def change(self) -> float | None:
        return self.comparable_kwh / self.before_kwh - 1 if self.before_kwh else None


@dataclass(frozen=True)
class AccountPage:
    """What the page shows. `next_step` is a code: "team", "meter", "readings", "report" or "" (nothing is owed)."""

    account: Account
    history: list[Assignment]
    planned: list[Assignment]
    contacts: list[tuple[Contact, str]]
    points: list[SupplyPoint]
    tariff: AccountTariff | None
    tariff_name: str
    energy: Energy
    reports: list[EnergyReport]
    messages: list[Delivery]
    outages: AccountOutages
    visits: list[Visit]
    requests: AccountRequests
    timeline: list[TimelineEntry]
    more_timeline: bool
    names: dict[int, str]
    next_step: str
    money: MoneyBrief | None  # None where the reader has no right to it

    @property
    def capacity_used(self) -> float | None:
        if not self.energy.max_kw or not self.account.contract_kva:
            return None
        return self.energy.max_kw / float(self.account.contract_kva)


def account_page(account: Account, *, user: User, today: date) -> AccountPage:
    """Gather the blocks of `account`, which must come with unit, manager, representative and group."""
    assignments = list(
        Assignment.objects.filter(account=account).select_related("user").order_by("-held_from", "-pk")[:20]
    )
    contacts = list(Contact.objects.filter(account=account).order_by("-active", "role", "pk")[:50])
    points = list(SupplyPoint.objects.filter(account=account).prefetch_related("meters").order_by("role", "name")[:50])
    reports = list(EnergyReport.objects.filter(account=account).defer("figures").order_by("-at")[:REPORTS])
    entries = list(
        TimelineEntry.objects.readable_by(user)
        .filter(account=account)
        .select_related("by")
        .order_by("-at", "-pk")[: TIMELINE + 1]
    )
    named = Tariff.objects.in_force(today).filter(code=OuterRef("code")).order_by("pk").values("name")[:1]
    tariff = AccountTariff.objects.filter(account=account, valid_until=None).annotate(named=Subquery(named)).first()
    energy = energy_of(account, today=today)
    return AccountPage(
        account=account,
        history=[row for row in assignments if row.held_from <= today][:HISTORY],
        planned=[row for row in assignments if row.held_from > today],
        contacts=[(contact, shown_phone(contact)) for contact in contacts],
        points=points,
        tariff=tariff,
        tariff_name=(tariff.named or "") if tariff else "",
        energy=energy,
        reports=reports,
        messages=messages_of(account, user),
        outages=outages_of(account, today=today),
        visits=visits_of(account),
        requests=requests_of(account),
        timeline=entries[:TIMELINE],
        more_timeline=len(entries) > TIMELINE,
        names=names_in(entries, [row.user for row in assignments] + [row.by for row in entries if row.by]),
        next_step=_next_step(account, points, energy, reports, today),
        money=money_brief(account, today) if user.may(Right.MONEY_SEE) else None,
    )


def messages_of(account: Account, user: User) -> list[Delivery]:
    """Return the latest deliveries of messages to the account; who sees the account sees them."""
    rows = (
        Delivery.objects.visible_to(user)
        .filter(message__account_id=account.pk)
        .exclude(status__in=["WAITING", "SPARED"])
    )
    return list(rows.select_related("message").order_by("-message_id", "place")[:REPORTS])


def shown_phone(contact: Contact) -> str:
    """Return the masked number (138****5678); only the last digits where its key is gone."""
    try:
        return masked_phone(encryption.decrypt(contact.phone_encrypted, place=phone_place(contact.pk)))
    except encryption.Undecipherable:
        return f"****{contact.phone_last4}"


def names_in(entries: Iterable[TimelineEntry], known: Iterable[User] = ()) -> dict[int, str]:
    """Return the names of the staff whom the entries' facts point at; who is `known` is not read again."""
    names = {user.pk: str(user) for user in known}
    ids = {entry.facts.get(key) for entry in entries for key in ("to", "before")}
    wanted = [pk for pk in ids if isinstance(pk, int) and pk not in names]
    return names | {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)} if wanted else names


def energy_of(account: Account, *, today: date) -> Energy:
    """Return this year's months beside last year's, from the figures prepared at import."""
    rows = {
        row.month: row
        for row in MonthUse.objects.filter(
            account=account, month__gte=date(today.year - 1, 1, 1), month__lt=date(today.year + 1, 1, 1)
        )
        .only("account_id", "month", "kwh", "max_kw", "power_factor")
        .annotate(**spans(account))
    }
    months = []
    for number in range(1, 13):
        now, before = rows.get(date(today.year, number, 1)), rows.get(date(today.year - 1, number, 1))
        months.append(
            MonthRow(
                date(today.year, number, 1),
                now.kwh if now else None,
                before.kwh if before else None,
                now.max_kw if now else None,
                now.power_factor if now else None,
            )
        )
    # The running month is not yet comparable with a whole one.
    whole = [row for row in months if row.kwh is not None and row.month < today.replace(day=1)]
    return Energy(
        year=today.year,
        months=months,
        kwh=sum(row.kwh or 0 for row in months),
        comparable_kwh=sum(row.kwh or 0 for row in whole if row.before_kwh),
        before_kwh=sum(row.before_kwh or 0 for row in whole),
        max_kw=max((row.max_kw for row in months if row.max_kw is not None), default=None),
        bars=bars(months),
        # Every row carries the span; an account without a month of late may still have old readings.
        span=span_in(next(iter(rows.values()))) if rows else readings_span(account),
    )


def bars(months: Sequence[MonthRow], *, width: float = 600, height: float = 120) -> list[Bar]:
    """Lay out two bars a month, last year's left of this year's, from zero."""
    top = max((value for row in months for value in (row.kwh, row.before_kwh) if value), default=0)
    if not top:
        return []
    slot = width / 12
    found = []
    for index, row in enumerate(months):
        for offset, value in ((0, row.before_kwh), (1, row.kwh)):
            if value:
                tall = value / top * height
                x = index * slot + 6 + offset * (slot / 2 - 5)
                found.append(Bar(round(x, 1), round(height - tall, 1), round(tall, 1), bool(offset)))
    return found


def _next_step(
    account: Account, points: list[SupplyPoint], energy: Energy, reports: list[EnergyReport], today: date
) -> str:
    if account.manager_id is None:
        return "team"
    if not any(list(point.meters.all()) for point in points):
        return "meter"
    if energy.span is None:
        return "readings"
    first = today.replace(day=1)
    last_month = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    written: set[Any] = {report.period_until for report in reports}
    return "" if any(until > last_month for until in written) else "report"
