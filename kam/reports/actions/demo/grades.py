"""The made-up company's credit: grades of two years, people's corrections, a case on the supply, the tiers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from kam.accounts.models import Account
from kam.billing.actions import ledger
from kam.billing.models import Bill, MoneyNotice
from kam.billing.queries.asking import demandable
from kam.billing.rules.asking import Kind
from kam.core.models import User
from kam.credit.actions import corrections, grading, measures, risk, supply, tiers
from kam.credit.models import CreditGrade, GradingRun, Measure, Position, Standing, SupplyCase, TierDay
from kam.credit.queries import supply as rules
from kam.credit.queries.allowed import allowed
from kam.credit.queries.histories import scheme_on
from kam.credit.rules.history import FactKind, months_before
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.supply import first_cut
from kam.lib import clock

MONTHS = 24
DEBT = Decimal("68420.50")


def write_credit(*, accounts: Sequence[Account], by: User, second: User, today: date, at: datetime) -> int:
    """Grade two years month by month as it would have been, then let people do their part; returns how many grades."""
    if not accounts or not Bill.objects.exists():
        return 0
    debtor = _debtor(accounts)
    _old_debt(debtor, today)
    _note_facts(accounts, by, today)
    ids = [account.pk for account in accounts]
    first = today.replace(day=1)
    days = [months_before(first, back) for back in range(MONTHS - 1, -1, -1)]
    for day in days:
        _grade(day, ids, by, confirm=day < first)
        tiers.prepare(as_of=day, at=_noon(day))
    risk.learn(at=at)
    risk.score_open(at=at)
    _corrections(accounts, by=by, second=second, today=today, at=at)
    _measures(accounts, by=by, second=second, at=at)
    _case(debtor, by=by, second=second, today=today)
    tiers.prepare(as_of=today, at=at)
    return CreditGrade.objects.count()


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)


def _grade(day: date, ids: list[int], by: User, *, confirm: bool) -> None:
    at = _noon(day)
    grading.regrade(as_of=day, by=None, at=at, account_ids=ids, cause=GradingRun.Cause.SCHEDULE)
    if confirm:
        waiting = list(CreditGrade.objects.filter(as_of=day, status="PROPOSED"))
        grading.confirm_falls(grades=waiting, by=by, at=at + timedelta(hours=5))


def _debtor(accounts: Sequence[Account]) -> Account:
    """Return the account whose case is told: it pays late most of the time, and is no important user."""
    late = [account for place, account in enumerate(accounts) if place % 11 == 4] or list(accounts)
    plain = [account for account in late if account.importance == Account.Importance.NONE]
    return (plain or late)[0]


def _old_debt(account: Account, today: date) -> None:
    """Let it owe for 45 days, whatever day it is."""
    opened = ledger.first_open_day() or date.min
    issued = max(today - timedelta(days=65), opened)
    ledger.issue_bill(
        account=account,
        number=f"BS{account.account_no}-{issued:%Y%m}",
        period_from=months_before(issued, 1),
        period_until=issued,
        issued_on=issued,
        due_on=today - timedelta(days=45),
        amount=DEBT,
        source=Bill.Source.IMPORTED,
        by=None,
        at=_noon(issued),
    )


def _note_facts(accounts: Sequence[Account], by: User, today: date) -> None:
    """Note an illegal use of last year, a defect that was mended, and a sign from a court."""
    stories = (
        (6, FactKind.ILLEGAL_USE, 420, 1, "用电检查结果通知书 2025-031", "私自增容 200 kVA,已补交并整改"),
        (9, FactKind.DEFECT, 160, 1, "安全检查记录 2026-118", "配电室消防器材过期"),
        (13, FactKind.OUTSIDE, 40, 2, "中国执行信息公开网", "被列为被执行人,标的 320 万元"),
    )
    for place, kind, days, weight, source, note in stories:
        if place < len(accounts):
            day = today - timedelta(days=days)
            fact = corrections.note_fact(
                account=accounts[place],
                kind=kind.value,
                day=day,
                weight=weight,
                source=source,
                note=note,
                by=by,
                at=_noon(day),
            )
            if kind == FactKind.DEFECT:
                corrections.mend_fact(
                    fact=fact, day=day + timedelta(days=30), by=by, at=_noon(day + timedelta(days=30))
                )


def _with_grade(accounts: Sequence[Account], grades: Sequence[str]) -> list[Account]:
    held = dict(Standing.objects.filter(account__in=accounts).values_list("account_id", "grade"))
    return [account for account in accounts if held.get(account.pk) in grades]


def _corrections(accounts: Sequence[Account], *, by: User, second: User, today: date, at: datetime) -> None:
    """One override in force, one that waits; one objection that waits for its answer."""
    middling = _with_grade(accounts, ["A", "B"])
    for account, days, granted in zip(middling[:2], (60, 90), (True, False), strict=False):
        row = corrections.propose_override(
            account=account,
            grade="AA" if granted else "A",
            reason="集团担保函已生效,回款有保障" if granted else "新厂投产,缴费周期调整中",
            valid_from=today,
            valid_until=today + timedelta(days=days),
            by=by,
            at=at,
        )
        if granted:
            corrections.decide_override(override=row, grant=True, by=second, at=at)
    for account in middling[2:3]:
        grade = CreditGrade.objects.in_force().filter(account=account).latest("as_of")
        corrections.contest(
            grade=grade,
            said_by="刘会计",
            text="9 月账单因贵公司改号当日未能入账,我单位当天已转出,请核实后不计逾期。",
            at=at - timedelta(days=2),
        )


def _measures(accounts: Sequence[Account], *, by: User, second: User, at: datetime) -> None:
    """Benefits for the best, terms for the worst."""
    since = at - timedelta(days=120)
    wanted = (
        (["AAA", "AA"], MeasureKind.GREEN_CHANNEL, "", "业扩项目较多,按绿色通道办理"),
        (["AAA", "AA"], MeasureKind.NO_DEPOSIT, "", "连续两年按期缴费"),
        (["B"], MeasureKind.FIXED_DATES, "补充协议 2026-17", "每月 10、20、月末分三次划拨"),
        (["C", "D"], MeasureKind.STRICT_PENALTY, "", "多次逾期,严格计收违约金"),
        (["C", "D"], MeasureKind.PREPAYMENT, "购电制协议 2026-05", "逾期反复发生,改为预购电"),
    )
    for place, (grades, kind, agreement, reason) in enumerate(wanted):
        fitting = _with_grade(accounts, grades)
        for account in fitting[place : place + 1]:
            row = measures.propose(account=account, kind=kind, reason=reason, agreement=agreement, by=by, at=since)
            if kind != MeasureKind.PREPAYMENT:  # this one waits for its second person
                measures.decide(measure=row, grant=True, reason="", by=second, at=since + timedelta(hours=3))
    _what_came_in(accounts, by=by, second=second)


def _what_came_in(accounts: Sequence[Account], *, by: User, second: User) -> None:
    """Two who owed half a year ago were put on fixed dates then, and have paid since."""
    days = list(TierDay.objects.order_by("-as_of").values_list("as_of", flat=True)[:7])
    late = Position.objects.filter(as_of=days[-1], account__in=accounts, overdue__gt=0).order_by("-overdue", "pk")
    for row in late.select_related("account")[:2]:
        at = _noon(row.as_of)
        if MeasureKind.FIXED_DATES not in allowed(row.account, scheme_on(row.as_of)):
            continue
        one = measures.propose(
            account=row.account,
            kind=MeasureKind.FIXED_DATES,
            reason="逾期后协商按期划拨",
            agreement="补充协议 2026-08",
            by=by,
            at=at,
        )
        measures.decide(measure=one, grant=True, reason="", by=second, at=at + timedelta(hours=2))
        Measure.objects.filter(pk=one.pk).update(owed_at_start=row.overdue)


def _case(account: Account, *, by: User, second: User, today: date) -> None:
    """A case that stands at the notice: demanded, submitted, approved, the notice given and proven."""
    begun = _noon(today - timedelta(days=12))
    case = supply.open_case(account=account, kind=MeasureKind.DISCONNECT, by=by, at=begun)
    if demandable(account.pk, today, overdue=True) <= 0:
        return
    supply.demand(case=case, by=by, at=begun + timedelta(minutes=10))
    demand = MoneyNotice.objects.filter(account=account, kind=Kind.DEMAND.value)
    demand.filter(proven_at=None).update(proven_at=begun + timedelta(hours=2))
    case = supply.demanded(case=case, by=by, at=begun + timedelta(hours=3))
    case = supply.submit(case=case, reason="逾期 30 日以上,经催交仍未缴清", by=by, at=begun + timedelta(days=1))
    case = supply.approve(case=case, grant=True, reason="同意", by=second, at=begun + timedelta(days=1, hours=4))
    told = begun + timedelta(days=9)
    period = rules.periods(today)
    when = first_cut(told + timedelta(hours=3), clock.zone(), period, rules.workday)
    case = supply.give_notice(case=case, cut_at=when, by=by, at=told)
    SupplyCase.objects.filter(pk=case.pk).update(notice_proven_at=told + timedelta(hours=2))
