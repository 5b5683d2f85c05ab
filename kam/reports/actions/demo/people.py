"""The made-up company's units and staff: three districts, nine stations, somebody in every role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from kam.core.actions import COMPANY_CODE
from kam.core.models import Absence, Unit, User
from kam.core.rules import Role
from kam.reports.actions.demo import names

COMPANY_NAME = f"{names.CITY}供电公司"
PASSWORD = "jianghai-demo-2026"
# code, name, what its addresses say, stations
DISTRICTS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("LJ", "临江供电分公司", "临江区", (("LJ1", "城中供电所"), ("LJ2", "港口供电所"), ("LJ3", "东郊供电所"))),
    (
        "BH",
        "滨海供电分公司",
        "滨海区",
        (("BH1", "高新区供电所"), ("BH2", "湾头供电所"), ("BH3", "沙嘴供电所")),
    ),
    ("YF", "云峰供电分公司", "云峰县", (("YF1", "石桥供电所"), ("YF2", "青溪供电所"), ("YF3", "高坡供电所"))),
)
MANAGERS_AT_LEAST = 12
MANAGERS_AT_MOST = 400
ACCOUNTS_OF_A_MANAGER = 250


@dataclass
class Station:
    """A supply station with what the accounts at it need to know."""

    unit: Unit
    district_name: str
    managers: list[User]
    representative: User
    staff: User


@dataclass
class People:
    """Who works for the company. `left` is the manager who handed over and whose login is closed."""

    stations: list[Station]
    left: User
    supervisor: User
    administrator: User


@dataclass(frozen=True)
class Login:
    """One login to try a role with; `path` is the page to begin at."""

    role: Role
    username: str
    url_name: str


LOGINS = (
    Login(Role.MANAGER, "limin", "home"),
    Login(Role.REPRESENTATIVE, "chenjing", "desk:queue"),
    Login(Role.STATION, "station1", "metering:batches"),
    Login(Role.PLANNER, "zhoutao", "outages:board"),
    Login(Role.CREDIT, "wuxia", "billing:receivables"),
    Login(Role.SUPERVISOR, "sunlei", "home"),
    Login(Role.EXECUTIVE, "zhengguo", "credit:tiers"),
    Login(Role.AUDITOR, "xuping", "core:audit"),
    Login(Role.ADMINISTRATOR, "admin", "core:staff"),
)
_NAMED_MANAGERS = (("limin", "李敏"), ("wangfang", "王芳"), ("zhaoqiang", "赵强"), ("liuyang", "刘洋"))


def hire(*, accounts: int, today: date) -> People:
    """Make units, users with their roles, and leave.

    All logins share one password, hashed once: hashing is slow by design.
    """
    password = make_password(PASSWORD, salt="jianghaidemo")
    groups = {group.name: group for group in Group.objects.all()}
    users: list[User] = []
    roles: list[Role] = []

    def employ(username: str, name: str, unit: Unit, role: Role, *, active: bool = True) -> User:
        user = User(username=username, name=name, unit=unit, password=password, is_active=active)
        users.append(user)
        roles.append(role)
        return user

    company = Unit.objects.get(code=COMPANY_CODE)
    company.name = COMPANY_NAME
    company.save(update_fields=["name"])
    supervisor = employ("sunlei", "孙磊", company, Role.SUPERVISOR)
    employ("zhoutao", "周涛", company, Role.PLANNER)
    employ("wuxia", "吴霞", company, Role.CREDIT)
    employ("zhengguo", "郑国平", company, Role.EXECUTIVE)
    employ("xuping", "徐萍", company, Role.AUDITOR)
    administrator = employ("admin", "系统管理员", company, Role.ADMINISTRATOR)

    stations: list[Station] = []
    representatives = iter((("chenjing", "陈静"), ("huanglei", "黄蕾"), ("hejun", "何俊")))
    for code, name, district_name, below in DISTRICTS:
        district = _unit(code, name, Unit.Kind.DISTRICT, company)
        representative = employ(*next(representatives), district, Role.REPRESENTATIVE)
        for station_code, station_name in below:
            station = _unit(station_code, station_name, Unit.Kind.STATION, district)
            number = len(stations) + 1
            staff = employ(f"station{number}", names.person_name(500 + number), station, Role.STATION)
            stations.append(Station(station, district_name, [], representative, staff))
    wanted = min(max(MANAGERS_AT_LEAST, accounts // ACCOUNTS_OF_A_MANAGER), MANAGERS_AT_MOST)
    for number, (username, name) in zip(range(wanted), _manager_names(), strict=False):
        at = stations[number % len(stations)]
        at.managers.append(employ(username, name, at.unit, Role.MANAGER))
    left = employ("tangbin", "唐斌", stations[0].unit, Role.MANAGER, active=False)

    User.objects.bulk_create(users)
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=user.pk, group_id=groups[role.value].pk)
        for user, role in zip(users, roles, strict=True)
    )
    _leave(stations, today)
    return People(stations, left, supervisor, administrator)


def _unit(code: str, name: str, kind: Unit.Kind, parent: Unit) -> Unit:
    unit = Unit.objects.create(code=code, name=name, kind=kind, parent=parent)
    unit.path = f"{parent.path}{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def _manager_names() -> Iterator[tuple[str, str]]:
    yield from _NAMED_MANAGERS
    number = len(_NAMED_MANAGERS)
    while True:
        number += 1
        yield f"manager{number}", names.person_name(number)


def _leave(stations: list[Station], today: date) -> None:
    """Somebody is away today with Li Min as deputy, somebody will be, and somebody was."""
    first = stations[0].managers[0]
    others = [station.managers[0] for station in stations[1:4]]
    days = ((-3, 4), (20, 31), (-60, -50))
    Absence.objects.bulk_create(
        Absence(
            user=other,
            deputy=first,
            absent_from=today + timedelta(days=begin),
            absent_until=today + timedelta(days=end),
        )
        for other, (begin, end) in zip(others, days, strict=True)
    )
