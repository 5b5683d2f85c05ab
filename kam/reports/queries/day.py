"""What needs a person today, by role, with what exists so far; every number with the list it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from kam.accounts.models import Account, TimelineEntry
from kam.billing.models import PaymentPlan
from kam.billing.queries.pages import work_for
from kam.core.models import AuditEntry, IntakeBatch, Job, User
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import CAP
from kam.metering.models import LoadDay, MonthUse
from kam.reports.models import EnergyReport
from kam.reports.queries.account_page import names_in
from kam.reports.queries.day_items import Group, Item
from kam.reports.queries.day_of_outages import outage_groups
from kam.reports.queries.day_of_plans import plan_groups
from kam.reports.queries.day_of_requests import request_groups
from kam.reports.queries.day_of_visits import visit_groups
from kam.visits.queries.work import own_standing

MOST = 8
SILENT_DAYS = 3


@dataclass(frozen=True)
class Figure:
    """A number with what it means and the list behind it."""

    label: str
    value: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Day:
    """My day: work first, then figures, then what happened."""

    today: date
    groups: list[Group]
    figures: list[Figure] = field(default_factory=list)
    news: list[TimelineEntry] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)


def day_of(user: User, at: datetime) -> Day:
    """Return the day of `user`; a dozen bounded queries at most."""
    today = clock.day_of(at)
    groups = [group for group in _groups(user, today, at) if group.items]
    sees = user.may(Right.ACCOUNTS_SEE)
    news = (
        list(
            TimelineEntry.objects.visible_to(user)
            .filter(at__gte=at - timedelta(days=30))
            .select_related("account", "by")
            .order_by("-at", "-id")[:10]
        )
        if sees
        else []
    )
    return Day(today, groups, _figures(user, today) if sees else [], news, names_in(news))


def _groups(user: User, today: date, at: datetime) -> Iterator[Group]:
    yield Group(_("Did not work"), [_failed(job) for job in _failed_jobs(user, at)])
    yield from request_groups(user, at)
    yield from outage_groups(user, at)
    yield from plan_groups(user, at)
    if user.may(Right.VISITS_SEE):
        yield from visit_groups(user, today)
    if user.may(Right.REPORTS_REVIEW):
        drafts = EnergyReport.objects.visible_to(user).filter(status=EnergyReport.Status.DRAFT)
        rows = drafts.select_related("account").defer("figures").order_by("id")[:MOST]
        yield Group(_("Reports to review"), [_draft(row) for row in rows], reverse("reports:list") + "?status=DRAFT")
    if user.may(Right.READINGS_IMPORT):
        batches = IntakeBatch.objects.visible_to(user).filter(
            kind=IntakeBatch.Kind.READINGS, status=IntakeBatch.Status.PREVIEW, at__gte=at - timedelta(days=30)
        )
        yield Group(
            _("Files looked at but not taken in"),
            [Item(row.file_name, _("preview"), reverse("metering:batches"), "soon") for row in batches[:MOST]],
            reverse("metering:batches"),
        )
    if user.may(Right.READINGS_SEE):
        yield Group(_("Readings that stopped"), [_silent(row, today) for row in _silent_accounts(user, today)])
        yield from _unusual(user, today)
    if user.may(Right.MONEY_POST) or user.may(Right.MONEY_APPROVE):
        yield from _money(user, today)
    if user.may(Right.AUDIT_SEE):
        reveals = AuditEntry.objects.filter(action__contains="reveal", at__gte=at - timedelta(days=7))
        looks = reveals.select_related("by").order_by("-seq")[:MOST]
        yield Group(
            _("Personal data looked at, last 7 days"),
            [Item(str(row.by or ""), f"{clock.day_of(row.at):%m-%d}", reverse("core:audit")) for row in looks],
            reverse("core:audit"),
        )
    if user.may(Right.STAFF_EDIT):
        lost = User.objects.filter(Q(unit=None) | Q(groups=None), is_active=True).distinct().order_by("username")
        yield Group(
            _("Staff without a unit or role"),
            [Item(str(row), row.username, reverse("core:staff"), "soon") for row in lost[:MOST]],
            reverse("core:staff"),
        )


def _money(user: User, today: date) -> Iterator[Group]:
    """What waits about money; the receivables page has all of it."""
    work, more = work_for(user, today), reverse("billing:receivables")
    yield Group(
        _("Broken payment plans"),
        [
            Item(plan.account.name, _("¥ %(sum)s missing") % {"sum": f"{watch.missing:,.2f}"}, _plan_url(plan), "late")
            for plan, watch in work.broken
        ],
        reverse("billing:plans") + "?status=BROKEN",
    )
    if user.may(Right.MONEY_APPROVE):
        decide = [(plan.account.name, plan.total, _plan_url(plan)) for plan in work.plans_to_decide]
        decide += [
            (row.bill.account.name, row.amount, reverse("billing:bill", args=[row.bill_id])) for row in work.write_offs
        ]
        yield Group(
            _("Plans and write-offs to decide"), [Item(who, f"¥ {sum_:,.2f}", url, "soon") for who, sum_, url in decide]
        )
    yield Group(
        _("Bills more than 30 days late"),
        [
            Item(
                row["account__name"],
                f"¥ {row['opened']:,.2f}",
                reverse("billing:account", args=[row["account__account_no"]]),
                "late",
            )
            for row in work.very_late
        ],
        more + "?age=31-",
    )
    yield Group(
        _("Prepaid accounts running low"),
        [
            Item(row.account.name, str(row.get_level_display()), reverse("billing:prepaid", args=[row.pk]), "soon")
            for row in work.prepaid
        ],
        reverse("billing:prepaid_list"),
    )
    if work.bank_lines and user.may(Right.MONEY_POST):
        yield Group(
            _("Payments of a bank"),
            [Item(_("payers that are not certain"), str(work.bank_lines), reverse("billing:bank"), "soon")],
            reverse("billing:bank"),
        )


def _plan_url(plan: PaymentPlan) -> str:
    return reverse("billing:plan", args=[plan.pk])


def _failed_jobs(user: User, at: datetime) -> Any:
    failed = Job.objects.visible_to(user).filter(status=Job.Status.FAILED, ended_at__gte=at - timedelta(days=2))
    return failed.order_by("-id")[:MOST]


def _failed(job: Job) -> Item:
    return Item(job.problem or _("It failed"), f"{job.created_at:%m-%d}", reverse("core:job", args=[job.pk]), "late")


def _draft(report: EnergyReport) -> Item:
    period = f"{report.period_from} – {report.period_until - timedelta(days=1)}"
    return Item(report.account.name, period, reverse("reports:detail", args=[report.pk]), "soon")


def _silent_accounts(user: User, today: date) -> list[Account]:
    """Accounts that had readings in the last two months and none in the last days."""
    newest = LoadDay.objects.filter(meter__account=OuterRef("pk")).order_by("-day").values("day")[:1]
    recent = MonthUse.objects.visible_to(user).filter(month__gte=(today - timedelta(days=62)).replace(day=1))
    ids = list(recent.order_by("account_id").values_list("account_id", flat=True).distinct()[:300])
    rows = Account.objects.filter(pk__in=ids).annotate(newest=Subquery(newest))
    return list(rows.filter(newest__lt=today - timedelta(days=SILENT_DAYS)).order_by("newest", "pk")[:MOST])


def _silent(account: Any, today: date) -> Item:
    days = (today - account.newest).days
    why = _("last reading %(day)s, %(n)s days ago") % {"day": account.newest.isoformat(), "n": days}
    return Item(account.name, why, reverse("reports:analysis", args=[account.account_no]), "late")


def _unusual(user: User, today: date) -> Iterator[Group]:
    """What last month's prepared figures show: demand above the contract, poor power factor."""
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    uses = MonthUse.objects.visible_to(user).filter(month=month).select_related("account")
    above = uses.filter(max_kw__gt=F("account__contract_kva")).order_by("-max_kw", "pk")[:MOST]
    yield Group(
        _("More than contracted last month"),
        [
            _of_use(use, f"{use.max_kw:,.0f} kW / {use.account.contract_kva:,.0f} kVA", "late")
            for use in above
            if use.max_kw is not None
        ],
    )
    poor = uses.filter(power_factor__lt=0.895).order_by("power_factor", "pk")[:MOST]
    yield Group(
        _("Poor power factor last month"),
        [_of_use(use, f"{use.power_factor:.2f}", "soon") for use in poor if use.power_factor is not None],
    )


def _of_use(use: MonthUse, why: str, tone: str) -> Item:
    return Item(use.account.name, why, reverse("reports:analysis", args=[use.account.account_no]), tone)


def _figures(user: User, today: date) -> list[Figure]:
    accounts = Account.objects.visible_to(user).filter(status=Account.Status.CONFIRMED)
    count = accounts.order_by()[: CAP + 1].count()
    shown = f"{CAP:,}+" if count > CAP else f"{count:,}"
    found = [Figure(_("key accounts"), shown, "", reverse("accounts:list"))]
    standing = own_standing(user, today)
    if standing is not None:
        note = _("%(made)s of %(required)s this year") % {
            "made": standing.year.made,
            "required": standing.year.required,
        }
        value = f"{standing.quarter.made} / {standing.quarter.required}"
        found.append(Figure(_("visits this quarter"), value, note, reverse("visits:quota")))
    month = MonthUse.objects.visible_to(user).filter(month__lt=today.replace(day=1)).aggregate(m=Max("month"))["m"]
    if month is None:
        return found
    sums = dict(
        MonthUse.objects.visible_to(user)
        .filter(month__in=[month, month.replace(year=month.year - 1)])
        .values_list("month")
        .annotate(kwh=Sum("kwh"))
    )
    now, before = sums.get(month, 0.0), sums.get(month.replace(year=month.year - 1))
    note = ""
    if before:
        note = _("%(change)s on the year before") % {"change": f"{(now / before - 1) * 100:+.1f} %"}
    found.append(Figure(_("energy, GWh, %(month)s") % {"month": f"{month:%Y-%m}"}, f"{now / 1e6:,.2f}", note))
    waiting = EnergyReport.objects.visible_to(user).filter(status=EnergyReport.Status.DRAFT)
    found.append(
        Figure(
            _("reports to review"),
            f"{waiting.order_by()[: CAP + 1].count():,}",
            "",
            reverse("reports:list") + "?status=DRAFT",
        )
    )
    return found
