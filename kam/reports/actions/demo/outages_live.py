"""What goes on right now in the made-up company: an outage restored in part, one that has run over, a fault, a call."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kam.accounts.models import Account
from kam.core.models import Unit, User
from kam.network.models import Line
from kam.outage_planning.actions import execution, faults, load_control, notices, outlooks, planning, watching
from kam.outage_planning.models import LostPoint, Notice, Outage, OutlookReader
from kam.outage_planning.queries.load_control import shares
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.telling import AckHow
from kam.reports.actions.demo.outages_agreed import arrive

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def run_outages(*, by: User, today: date, at: datetime) -> int:
    """Make what is under way, and what is over since some days; returns how many outages and calls."""
    # Branches, so that no two of these outages take the same customer out.
    branches = Line.objects.filter(parent__isnull=False, supply_points__isnull=False).distinct()
    lines = list(branches.order_by("-code").select_related("unit")[:5])
    if len(lines) < 5:  # a company of a few accounts has nothing to show
        return 0
    partly, over, faulty, early, late = lines
    _partly_restored(_temporary(partly, "更换跌落式熔断器", at - 2 * HOUR, 5, by), by=by, at=at)
    _begun(_temporary(over, "处理电缆中间头", at - 5 * HOUR, 4, by), by=by)
    watching.alarm_overruns(at=at)
    _with_news(faulty, by=by, at=at)
    _closed(_temporary(early, "消除刀闸发热", at - timedelta(days=6), 4, by), minutes=205, by=by)
    _closed(_temporary(late, "更换避雷器", at - timedelta(days=3), 3, by), minutes=215, by=by)
    _call(partly.unit, by=by, at=at)
    _outlook(partly.unit, by=by, today=today, at=at - timedelta(days=1))
    return 6


def _temporary(line: Line, works: str, start: datetime, hours: int, by: User) -> Outage:
    """A temporary outage that was announced thirty hours before it began, and confirmed by most."""
    told = start - 30 * HOUR
    outage = planning.draft(
        kind=Kind.TEMPORARY.value,
        title=f"{line.name}{works}",
        reason="消除设备缺陷",
        unit=line.unit,
        crew=None,
        lines=[line],
        starts_at=start,
        ends_at=start + hours * HOUR,
        by=by,
        at=told - HOUR,
    )
    outage = planning.advance(outage=outage, to=Status.ANNOUNCED, by=by, at=told)
    _confirm(outage, every=4, after=25 * MINUTE)
    return outage


def _confirm(outage: Outage, *, every: int, after: timedelta) -> None:
    """Let all but every so many-th confirm by link; continuous producers always do."""
    for place, notice in enumerate(Notice.objects.filter(outage=outage).select_related("account").order_by("pk"), 1):
        if place % every or notice.must_acknowledge:
            seen = notice.created_at + after + place * MINUTE
            notices.acknowledge(notice=notice, how=AckHow.LINK, who="", by=None, at=seen)


def _begun(outage: Outage, *, by: User) -> Outage:
    return execution.begin(outage=outage, really_at=outage.starts_at, by=by, at=outage.starts_at)


def _partly_restored(outage: Outage, *, by: User, at: datetime) -> None:
    outage = _begun(outage, by=by)
    points = list(LostPoint.objects.filter(outage=outage).order_by("pk").values_list("pk", flat=True))
    back = at - 40 * MINUTE
    if len(points) > 1:
        half = points[: len(points) // 2]
        execution.restore(outage=outage, points=half, back_at=back, note="甲段先行送电", by=by, at=back)


def _closed(outage: Outage, *, minutes: int, by: User) -> None:
    outage = _begun(outage, by=by)
    end = outage.starts_at + minutes * MINUTE
    points = list(LostPoint.objects.filter(outage=outage).order_by("pk").values_list("pk", flat=True))
    if len(points) > 1:
        first = end - 45 * MINUTE
        execution.restore(outage=outage, points=points[:1], back_at=first, note="", by=by, at=first)
    execution.restore(outage=outage, points=None, back_at=end, note="", by=by, at=end)
    execution.close(outage=outage, by=by, at=end + HOUR)


def _with_news(line: Line, *, by: User, at: datetime) -> None:
    outage = faults.report(
        title=f"{line.name}：外力破坏",
        cause="外力破坏",
        reason="施工挖断电缆",
        unit=line.unit,
        lines=[line],
        began_at=at - 70 * MINUTE,
        expected_at=at + 50 * MINUTE,
        by=by,
        at=at - 62 * MINUTE,
    )
    arrive(outage)
    faults.news(
        outage=outage, text="故障点已找到，正在制作电缆头", expected_at=at + 80 * MINUTE, by=by, at=at - 20 * MINUTE
    )


def _call(unit: Unit, *, by: User, at: datetime) -> None:
    accounts = Account.objects.filter(unit=unit, status=Account.Status.CONFIRMED)
    outage = load_control.prepare(
        kind=Kind.STAGGER,
        level="III",
        title="晚高峰错峰 Ⅲ级，压减3,000千瓦",
        reason="晚高峰电力缺口",
        unit=unit,
        starts_at=at + 10 * MINUTE,
        ends_at=at + 130 * MINUTE,
        cuts=shares(accounts, 3_000),
        by=by,
        at=at - 39 * MINUTE,
    )
    outage = load_control.announce(outage=outage, by=by, at=at - 38 * MINUTE)
    _confirm(outage, every=3, after=MINUTE)


def _outlook(unit: Unit, *, by: User, today: date, at: datetime) -> None:
    outlook = outlooks.tell(
        title="下周晚高峰局部偏紧",
        level="IV",
        text="受寒潮影响，预计下周一至周五 17:00—20:00 全市最大负荷接近供电能力，局部可能启动Ⅳ级有序用电。"
        "请提前安排可错峰的生产班次，检查自备应急电源。",
        days_from=today + timedelta(days=3),
        days_until=today + timedelta(days=8),
        unit=unit.parent or unit,
        scope={"least_kva": 1_000},
        by=by,
        at=at,
    )
    for place, reader in enumerate(OutlookReader.objects.filter(outlook=outlook).order_by("pk"), 1):
        if place % 5 in (1, 2, 4):
            outlooks.read(reader=reader, link=None, by=None, at=at + place * 7 * MINUTE)
