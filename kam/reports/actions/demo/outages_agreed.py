"""The made-up company's outages between draft and closed: answers of every kind, silence, notices proven and late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count

from kam.accounts.models import OutagePreference
from kam.core.models import User
from kam.network.models import Line
from kam.notifications import actions as messages
from kam.notifications.models import Delivery
from kam.notifications.rules.states import DeliveryState
from kam.outage_planning.actions import consulting, execution, notices, overrides, planning
from kam.outage_planning.models import Consultation, Notice, Outage
from kam.outage_planning.rules.consulting import Said, State, Through, TryHow, TryResult, Window
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.telling import AckHow

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_USED = 6  # lines that drafts lie on (outages.py)
_WORKS = (
    "更换主变侧隔离开关",
    "架空线改电缆",
    "柱上开关轮换",
    "环网柜消缺",
    "导线更换",
    "配合市政迁改",
    "断路器预防性试验",
)


class _Stage:
    """Who acts, and when it is, while outages are taken to where they stand today."""

    def __init__(
        self, planner: User, caller: User, supervisor: User, today: date, zone: ZoneInfo, at: datetime
    ) -> None:
        self.planner, self.caller, self.supervisor = planner, caller, supervisor
        self.today, self.zone, self.at = today, zone, at

    def draft(self, line: Line, works: str, *, days: int, hours: int, asked_days_ago: int) -> Outage:
        start = datetime.combine(self.today + timedelta(days=days), time(8), tzinfo=self.zone)
        return planning.draft(
            kind=Kind.PLANNED.value,
            title=f"{line.name}{works}",
            reason=works,
            unit=line.unit,
            crew=None,
            lines=[line],
            starts_at=start,
            ends_at=start + hours * HOUR,
            by=self.planner,
            at=self.at - asked_days_ago * DAY - 2 * HOUR,
        )

    def ask(self, outage: Outage, days_ago: int) -> list[Consultation]:
        planning.advance(outage=outage, to=Status.CONSULTING, by=self.planner, at=self.at - days_ago * DAY)
        arrive(outage)
        return list(Consultation.objects.filter(outage=outage).select_related("account", "outage").order_by("pk"))

    def agree(self, rows: Sequence[Consultation], days_ago: float) -> None:
        for place, row in enumerate(rows):
            through = (Through.LINK, Through.LINK, Through.PHONE)[place % 3]
            at = min(self.at - days_ago * DAY + place * 37 * MINUTE, row.answer_by)
            by = self.caller if through == Through.PHONE else None
            consulting.answer(consultation=row, said=Said.AGREE, through=through, answered_by="值班员", by=by, at=at)

    def agreed(self, line: Line, works: str, *, days: int, hours: int, asked_days_ago: int) -> Outage:
        outage = self.draft(line, works, days=days, hours=hours, asked_days_ago=asked_days_ago)
        self.agree(self.ask(outage, asked_days_ago), asked_days_ago - 3)
        at = self.at - (asked_days_ago - 5) * DAY
        return planning.advance(outage=outage, to=Status.AGREED, by=self.planner, at=at)


def agree_outages(*, planner: User, caller: User, supervisor: User, today: date, zone: ZoneInfo, at: datetime) -> int:
    """Make outages in consultation, agreed, announced, announced late, closed and cancelled; returns how many."""
    lines = list(
        Line.objects.filter(substation__isnull=False, voltage_kv=10)
        .annotate(points=Count("supply_points"))
        .filter(points__gt=0)
        .select_related("unit")
        .order_by("code")[_USED : _USED + len(_WORKS)]
    )
    if len(lines) < len(_WORKS):  # a company of a few accounts has nothing to show
        return 0
    stage = _Stage(planner, caller, supervisor, today, zone, at)
    _with_answers(stage, lines[0], _WORKS[0])
    _with_silence(stage, lines[1], _WORKS[1])
    stage.agreed(lines[2], _WORKS[2], days=11, hours=6, asked_days_ago=25)
    _announced(stage, lines[3], _WORKS[3])
    _announced_late(stage, lines[4], _WORKS[4])
    _closed(stage, lines[5], _WORKS[5])
    # Over for longer: one in time, one told late, one whose supply came back late.
    _closed(stage, lines[2], "绝缘子清扫", days=-16)
    _closed(stage, lines[3], "导线压接管处缺陷处理", days=-23, notice_days=6)
    _closed(stage, lines[0], "柱上开关更换", days=-30, over_minutes=45)
    cancelled = stage.draft(lines[6], _WORKS[6], days=34, hours=5, asked_days_ago=2)
    stage.ask(cancelled, 2)
    planning.cancel(outage=cancelled, reason="改为带电作业，不再停电", by=planner, at=at - DAY)
    return len(_WORKS) + 3


def arrive(outage: Outage) -> None:
    """Have what was owed about the outage so far arrive within minutes, as a gateway would tell."""
    rows = Delivery.objects.filter(
        message__owner_ref=f"outage_planning.Outage:{outage.pk}",
        place=1,
        status=DeliveryState.PENDING,
        channel__in=["SMS", "MAIL"],
    ).select_related("message")
    for place, row in enumerate(rows.order_by("pk")):
        receipt = messages.Receipt(str(row.idempotency_key), f"demo-{row.pk}", "delivered", "", "demo")
        messages.record_receipt(receipt=receipt, at=row.message.created_at + (2 + place) * MINUTE)


def _with_answers(stage: _Stage, line: Line, works: str) -> None:
    """In consultation for five days: other times, an objection, agreement, and some who have not answered."""
    outage = stage.draft(line, works, days=36, hours=8, asked_days_ago=5)
    rows = stage.ask(outage, 5)
    for row in rows[3:4]:
        _hurts(row, 8 * 60, 10 * 60, "早班开机升温，停电会报废在制品")
    said = stage.at - 3 * DAY
    if rows:
        windows = [Window(outage.starts_at + n * DAY, outage.ends_at + n * DAY + HOUR) for n in (2, 4)]
        consulting.answer(
            consultation=rows[0],
            said=Said.OTHER,
            windows=windows,
            comment="这两天设备检修，停电影响小",
            through=Through.LINK,
            answered_by="设备部",
            by=None,
            at=said,
        )
    if len(rows) > 3:
        consulting.answer(
            consultation=rows[1],
            said=Said.OBJECT,
            reason="当日为出口订单交期，产线不能停",
            through=Through.PHONE,
            answered_by="生产调度",
            by=stage.caller,
            at=said + DAY,
        )
    stage.agree(rows[2:-1], 4)


def _with_silence(stage: _Stage, line: Line, works: str) -> None:
    """Asked ten days ago: all agree but one, for whom the answer period is over and one try is documented."""
    rows = stage.ask(stage.draft(line, works, days=38, hours=6, asked_days_ago=10), 10)
    stage.agree(rows[:-1], 7)
    for row in rows[:1]:
        _hurts(row, 12 * 60, 13 * 60, "中午供餐，冷库不能停")
    if rows and rows[-1].status == State.ASKED:
        consulting.note_try(
            consultation=rows[-1],
            how=TryHow.PHONE,
            tried_at=stage.at - 2 * DAY,
            whom="电工班",
            result=TryResult.NOT_REACHED,
            note="两个号码均无人接听",
            by=stage.caller,
            at=stage.at - 2 * DAY,
        )


def _hurts(row: Consultation, start: int, end: int, reason: str) -> None:
    """Note the hours in which an outage hurts who was asked most."""
    OutagePreference.objects.create(
        account=row.account, level="MOST", weekdays=[], from_minute=start, until_minute=end, reason=reason
    )


def _announced(stage: _Stage, line: Line, works: str) -> None:
    """Told eleven days before, four days left: most have acknowledged, not the last one."""
    outage = stage.agreed(line, works, days=4, hours=8, asked_days_ago=32)
    told = stage.at - 7 * DAY
    planning.advance(outage=outage, to=Status.ANNOUNCED, by=stage.planner, at=told)
    arrive(outage)
    rows = list(Notice.objects.filter(outage=outage).order_by("-must_acknowledge", "pk"))
    for place, notice in enumerate(rows[1:]):
        how = (AckHow.LINK, AckHow.PHONE)[place % 2]
        by = stage.caller if how == AckHow.PHONE else None
        notices.acknowledge(notice=notice, how=how, who="运行值班", by=by, at=told + (3 + place) * HOUR)


def _announced_late(stage: _Stage, line: Line, works: str) -> None:
    """Announced six days before, by an exception that a second person granted: a promise not kept."""
    outage = stage.agreed(line, works, days=6, hours=4, asked_days_ago=33)
    asked = overrides.propose(
        outage=outage, rule=Guard.NOTICE_LATE, reason="导线断股，须在寒潮前处理", by=stage.planner, at=stage.at - DAY
    )
    overrides.decide(override=asked, grant=True, by=stage.supervisor, at=stage.at - 20 * HOUR)
    planning.advance(outage=outage, to=Status.ANNOUNCED, by=stage.planner, at=stage.at - 19 * HOUR)
    arrive(outage)


def _closed(
    stage: _Stage, line: Line, works: str, *, days: int = -9, notice_days: int = 9, over_minutes: int = -20
) -> None:
    """A planned outage from first question to the end: agreed, told, acknowledged, over.

    Told less than seven days before, it stands under an exception; `over_minutes` after its end supply is back.
    """
    outage = stage.agreed(line, works, days=days, hours=6, asked_days_ago=39 - days)
    told = outage.starts_at - notice_days * DAY
    if notice_days < 8:
        asked = overrides.propose(
            outage=outage, rule=Guard.NOTICE_LATE, reason="缺陷发展较快，须提前处理", by=stage.planner, at=told - DAY
        )
        overrides.decide(override=asked, grant=True, by=stage.supervisor, at=told - HOUR)
    outage = planning.advance(outage=outage, to=Status.ANNOUNCED, by=stage.planner, at=told)
    arrive(outage)
    for notice in Notice.objects.filter(outage=outage):
        notices.acknowledge(notice=notice, how=AckHow.LINK, who="运行值班", by=None, at=told + 2 * HOUR)
    outage = execution.begin(outage=outage, really_at=outage.starts_at, by=stage.planner, at=outage.starts_at)
    end = outage.ends_at + over_minutes * MINUTE
    execution.restore(outage=outage, points=None, back_at=end, note="", by=stage.planner, at=end)
    execution.close(outage=outage, by=stage.planner, at=end + HOUR)
