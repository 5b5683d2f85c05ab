"""The made-up company's outages: crews, guarded days, bad hours, drafts, and two years of interruptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kam.accounts.models import Account, OutagePreference, ProductionPlan
from kam.core.models import User
from kam.network.models import Line
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Crew, Interruption, ProtectedPeriod
from kam.outage_planning.rules.lifecycle import Status
from kam.reports.actions.demo.people import Station
from kam.reports.actions.demo.plan import SEED

_WORKS = ("更换绝缘子", "更换12号杆", "开关柜检修", "电缆头处理", "新用户接火")
# kind, days from today, hours, whether the consultation has begun
_PLANNED = (
    ("PLANNED", 33, 8, False),
    ("PLANNED", 40, 9, True),
    ("PLANNED", 41, 6, False),
    ("PLANNED", 55, 10, False),
    ("PLANNED", 22, 5, False),
    ("TEMPORARY", 3, 3, False),
)
# cause, whether planned, how often in two years, minutes at least and at most
_CAUSES = (
    ("计划检修", True, 26, 120, 420),
    ("雷击", False, 14, 20, 160),
    ("外力破坏", False, 11, 40, 240),
    ("设备故障", False, 17, 15, 200),
    ("用户故障出门", False, 9, 8, 60),
    ("限电", False, 3, 60, 120),
)
_TOLD: tuple[tuple[str, list[int], int, int, str], ...] = (
    ("MOST", [1, 2, 3, 4, 5], 480, 1_200, "三班满产，早中班不能停"),
    ("MOST", [], 0, 1_440, "电炉连续浇铸，停电会报废炉衬"),
    ("LEAST", [7], 0, 1_440, "周日设备检修，停电影响小"),
)


def plan_outages(*, stations: Sequence[Station], by: User, today: date, zone: ZoneInfo, at: datetime) -> int:
    """Note crews, guarded days and hours, and draft outages; returns how many."""
    crews = [
        Crew.objects.create(code=f"BZ{number}", name=f"检修{'一二三'[number - 1]}班", unit=station.unit)
        for number, station in enumerate(stations[:3], 1)
    ]
    company = stations[0].unit
    while company.parent is not None:
        company = company.parent
    begin = date(today.year + 1, 2, 5)
    ProtectedPeriod.objects.create(
        name="春节保供电",
        unit=company,
        days_from=begin,
        days_until=begin + timedelta(days=8),
        source="公司保供电方案（虚构）",
    )
    _note_hours(today)
    lines = list(Line.objects.filter(substation__isnull=False, voltage_kv=10).order_by("code")[: len(_PLANNED)])
    made = []
    for place, ((kind, days, hours, asked), line) in enumerate(zip(_PLANNED, lines, strict=False)):
        start = datetime.combine(today + timedelta(days=days), time(8), tzinfo=zone)
        outage = planning.draft(
            kind=kind,
            title=f"{line.name}{_WORKS[place % len(_WORKS)]}",
            reason="设备到期检修，消除隐患",
            unit=line.unit,
            crew=crews[place % len(crews)],
            lines=[line],
            starts_at=start,
            ends_at=start + timedelta(hours=hours),
            by=by,
            at=at,
        )
        made.append(outage)
        if asked:
            planning.advance(outage=outage, to=Status.CONSULTING, by=by, at=at)
    return len(made)


def _note_hours(today: date) -> None:
    accounts = list(Account.objects.filter(continuous=True).order_by("pk")[:6])
    for place, account in enumerate(accounts):
        level, weekdays, start, end, reason = _TOLD[place % len(_TOLD)]
        OutagePreference.objects.create(
            account=account, level=level, weekdays=weekdays, from_minute=start, until_minute=end, reason=reason
        )
    for account in accounts[:2]:
        ProductionPlan.objects.create(
            account=account,
            horizon=ProductionPlan.Horizon.NEAR,
            days_from=today + timedelta(days=50),
            days_until=today + timedelta(days=58),
            bearing="STOP",
            text="年度停产检修",
        )
        ProductionPlan.objects.create(
            account=account,
            horizon=ProductionPlan.Horizon.MID,
            days_from=today + timedelta(days=200),
            load_change_kw=2_000,
            text="新增一条生产线，负荷增加",
        )


def write_interruptions(*, stations: Sequence[Station], today: date, zone: ZoneInfo) -> int:
    """Write two years of interruptions on the company's lines, so that reliability has a history. Returns how many."""
    dice = np.random.default_rng([SEED, 77])
    lines = list(Line.objects.filter(unit__in=[station.unit for station in stations]).order_by("code"))
    rows: list[Interruption] = []
    for cause, planned, times, least, most in _CAUSES:
        for _ in range(times):
            line = lines[int(dice.integers(len(lines)))]
            day = today - timedelta(days=int(dice.integers(1, 730)))
            hour = 8 if planned else int(dice.integers(0, 24))
            start = datetime.combine(day, time(hour, int(dice.integers(0, 60))), tzinfo=zone)
            rows.append(
                Interruption(
                    event_id=f"DEMO-{len(rows) + 1:04d}",
                    started_at=start,
                    ended_at=start + timedelta(minutes=int(dice.integers(least, most))),
                    customers=int(dice.integers(1, 7)),
                    cause=cause,
                    planned=planned,
                    line=line,
                    unit_id=line.unit_id,
                )
            )
    Interruption.objects.bulk_create(rows)
    return len(rows)
