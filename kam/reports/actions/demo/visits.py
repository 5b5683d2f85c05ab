"""The made-up company's visits: a year of them for each manager, some of whom are behind, and what comes next."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from kam.accounts.models import Account, Contact, TimelineEntry
from kam.core.models import User
from kam.reports.actions.demo.people import Station
from kam.reports.actions.demo.plan import SEED
from kam.visits.actions import planning, reviewing, symposia
from kam.visits.actions.credits import recount
from kam.visits.models import Visit, VisitMove, VisitParticipant, VisitTopic

# Visits a year for one manager after another: most keep the quota of ten, some do not.
_A_YEAR = (13, 11, 12, 5, 14, 10, 12, 11, 4, 13, 10, 12)
_SAID: tuple[tuple[str, str, str], ...] = (
    ("ROUTINE", "SUPPLY", "近期供电正常，希望检修停电提前协商，避开月底交货。"),
    ("ENERGY", "ENERGY", "讲解上月用电分析报告，尖峰占比偏高，建议把球磨安排到谷段。"),
    ("ROUTINE", "PRICE", "询问分时电价调整，已说明新时段，客户准备调整班次。"),
    ("SAFETY", "EQUIPMENT", "查看配电室，一处电缆沟积水，客户答应一周内处理。"),
    ("CAPACITY", "PRODUCTION", "明年二季度计划新增一条产线，增加负荷约 800 千瓦。"),
    ("PAYMENT", "PRICE", "核对电费账单，对力调电费有疑问，已当场说明。"),
    ("OUTAGE", "SUPPLY", "商定计划检修安排在周日，客户当天安排设备保养。"),
    ("ROUTINE", "SERVICE", "对服务满意，希望停电通知同时发给值班室。"),
)
_NEXT = ("送用电分析报告", "答复分时电价测算", "协调检修时间", "复查配电室整改")
# Around a town on the coast; every account lies within some kilometres of its station.
_CENTRE = (32.0, 121.6)


def place_accounts(accounts: Sequence[Account]) -> None:
    """Give accounts a place on the map, each near its station."""
    for account in accounts:
        dice = np.random.default_rng([SEED, 88, account.pk])
        station = np.random.default_rng([SEED, 87, account.unit_id])
        latitude = _CENTRE[0] + float(station.uniform(-0.25, 0.25)) + float(dice.normal(0, 0.02))
        longitude = _CENTRE[1] + float(station.uniform(-0.3, 0.3)) + float(dice.normal(0, 0.025))
        account.latitude, account.longitude = Decimal(f"{latitude:.6f}"), Decimal(f"{longitude:.6f}")
    Account.objects.bulk_update(accounts, ["latitude", "longitude"], batch_size=500)


def make_visits(
    *, stations: Sequence[Station], accounts: Sequence[Account], by: User, today: date, zone: ZoneInfo, at: datetime
) -> int:
    """Write the past year of visits, and plan the next weeks. Returns how many."""
    held: dict[int, list[Account]] = {}
    for account in accounts:
        if account.manager_id is not None and account.status == Account.Status.CONFIRMED:
            held.setdefault(account.manager_id, []).append(account)
    managers = [manager for station in stations for manager in station.managers if manager.pk in held]
    made: list[tuple[Visit, str, str]] = []
    for place, manager in enumerate(managers):
        staff = next(station.staff for station in stations if manager in station.managers)
        made += _past(manager, staff, held[manager.pk], place, today, zone, by)
    _store(made, by, at)
    for manager in managers:
        _plan(manager, held[manager.pk], today, zone, at)
    if managers:
        _symposium(managers[0], held[managers[0].pk], today, zone, at)
        ask_for_something(at)
    return len(made)


def _past(
    manager: User, staff: User, accounts: list[Account], place: int, today: date, zone: ZoneInfo, by: User
) -> list[tuple[Visit, str, str]]:
    dice = np.random.default_rng([SEED, 89, place])
    found = []
    count = _A_YEAR[place % len(_A_YEAR)]
    for number in range(count):
        back = 3 + round((number + float(dice.random()) * 0.6) * 362 / count)
        day = today - timedelta(days=back)
        day -= timedelta(days=max(day.weekday() - 4, 0))
        purpose, topic, said = _SAID[(place * 3 + number) % len(_SAID)]
        account = accounts[(number * 2 + int(dice.integers(2))) % len(accounts)]
        start = datetime.combine(day, time(9 + number % 7), tzinfo=zone)
        reviewed = back > 12
        step_due = day + timedelta(days=10)
        visit = Visit(
            uid=uuid.uuid5(uuid.NAMESPACE_OID, f"demo-visit-{place}-{number}"),
            log_uid=uuid.uuid5(uuid.NAMESPACE_OID, f"demo-log-{place}-{number}"),
            account=account,
            manager=manager,
            status="REVIEWED" if reviewed else "DONE",
            purpose=purpose,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            day=day,
            arrived_at=start + timedelta(minutes=int(dice.integers(-5, 12))),
            distance_m=int(dice.integers(8, 140)),
            latitude=account.latitude,
            longitude=account.longitude,
            accuracy_m=15,
            logged_at=start + timedelta(hours=2),
            satisfaction=int(dice.choice([3, 4, 4, 5, 5])),
            next_step=_NEXT[number % len(_NEXT)] if number % 3 == 0 else "",
            next_step_day=step_due if number % 3 == 0 else None,
            next_step_done_at=start + timedelta(days=6) if number % 3 == 0 and number else None,
            reviewed_by=by if reviewed else None,
            reviewed_at=start + timedelta(days=2) if reviewed else None,
            created_by=manager,
            created_at=start - timedelta(days=5),
        )
        visit.with_staff = staff if number % 4 == 1 else None  # type: ignore[attr-defined]
        found.append((visit, topic, said))
    return found


def _store(made: Sequence[tuple[Visit, str, str]], by: User, at: datetime) -> None:
    Visit.objects.bulk_create([visit for visit, _, _ in made])
    contacts: dict[int, Contact] = {}
    for contact in Contact.objects.filter(account__in={visit.account_id for visit, _, _ in made}).order_by("-pk"):
        contacts[contact.account_id] = contact
    people = []
    for visit, _, _ in made:
        people.append(VisitParticipant(visit=visit, side="OURS", user=visit.manager))
        staff = visit.with_staff  # type: ignore[attr-defined]
        if staff is not None:
            people.append(VisitParticipant(visit=visit, side="OURS", user=staff))
        met = contacts.get(visit.account_id)
        if met is not None:
            people.append(VisitParticipant(visit=visit, side="THEIRS", contact=met, name=met.name))
    VisitParticipant.objects.bulk_create(people)
    VisitTopic.objects.bulk_create(VisitTopic(visit=visit, topic=topic, text=said) for visit, topic, said in made)
    moves = []
    for visit, _, _ in made:
        steps = [("", "PLANNED", visit.created_at, visit.manager), ("PLANNED", "DONE", visit.logged_at, visit.manager)]
        if visit.reviewed_at:
            steps.append(("DONE", "REVIEWED", visit.reviewed_at, by))
        moves += [
            VisitMove(visit=visit, from_status=before, to_status=after, at=when or at, by=who)
            for before, after, when, who in steps
        ]
    VisitMove.objects.bulk_create(moves)
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            account_id=visit.account_id,
            at=visit.logged_at or at,
            by=visit.manager,
            kind="visit.logged",
            facts={"day": visit.day.isoformat(), "purpose": visit.purpose, "satisfaction": visit.satisfaction},
            ref=f"visits.Visit:{visit.pk}",
        )
        for visit, _, _ in made
    )
    recount({(visit.account_id, visit.day) for visit, _, _ in made})


def _plan(manager: User, accounts: list[Account], today: date, zone: ZoneInfo, at: datetime) -> None:
    """Plan two visits ahead, one of which the customer has agreed to, and leave one to be written down."""
    for number, (days, hour) in enumerate(((-1, 10), (1, 9), (5, 14))):
        day = today + timedelta(days=days)
        day += timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 and days > 0 else 0)
        start = datetime.combine(day, time(hour), tzinfo=zone)
        visit = planning.plan(
            account=accounts[(number * 3 + 1) % len(accounts)],
            manager=manager,
            purpose=_SAID[number][0],
            note="",
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            by=manager,
            at=at - timedelta(days=3),
        )
        if number == 1:
            planning.confirm(visit=visit, by=manager, at=at)


def _symposium(manager: User, accounts: list[Account], today: date, zone: ZoneInfo, at: datetime) -> None:
    unit = manager.unit
    assert unit is not None
    for days, title in ((-40, "迎峰度夏用电座谈会"), (18, "分时电价政策座谈会")):
        start = datetime.combine(today + timedelta(days=days), time(14), tzinfo=zone)
        called_at = min(at, start) - timedelta(days=12)
        row = symposia.call(
            title=title,
            unit=unit,
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            place="公司三楼会议室",
            agenda="一、政策介绍\n二、企业发言\n三、答疑",
            by=manager,
            at=called_at,
        )
        symposia.add_guests(symposium=row, accounts=accounts[:6], by=manager, at=called_at)
        if days < 0:
            came = {guest.pk: place < 4 for place, guest in enumerate(row.guests.order_by("pk"))}
            minutes = "四家企业参加。主要关注：错峰安排提前通知、分时电价测算。会后逐户答复。"
            symposia.hold(symposium=row, minutes=minutes, attended=came, by=manager, at=start + timedelta(hours=3))
            guest = row.guests.select_related("symposium", "account__manager").order_by("pk")[0]
            symposia.raise_request(
                guest=guest, kind="QUESTION", text="希望提前一周告知错峰安排", due_day=None, by=manager, at=at
            )


def ask_for_something(at: datetime) -> None:
    """Let what a customer said on the latest visit be a request, and one visit be asked about."""
    latest = Visit.objects.filter(status="DONE").select_related("manager", "account").order_by("-day", "pk").first()
    supervisor = User.objects.filter(username="sunlei").first()
    if latest is None or supervisor is None:
        return
    reviewing.raise_request(
        visit=latest,
        kind="QUESTION",
        text="请测算调整班次后的电费",
        due_day=None,
        owner=latest.manager,
        by=latest.manager,
        at=at,
    )
    reviewing.ask_back(visit=latest, question="客户是否同意调整班次？", by=supervisor, at=at)
