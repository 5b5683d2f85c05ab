"""The cast: Li (李) manages the account, Wang is at the same station, Zhao in another district, Sun supervises, Zhou is
the executive, Wu audits, Zheng administers. Plain make_* functions with fixed values."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from kam.accounts.models import Account, Assignment
from kam.core.models import Unit, User
from kam.core.rules import Role
from kam.metering.models import Meter
from kam.network.models import SupplyPoint

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, a Saturday
TODAY = date(2026, 11, 21)
PASSWORD = "correct-horse-battery"


def make_unit(code: str, name: str, kind: str, parent: Unit) -> Unit:
    unit = Unit.objects.create(code=code, name=name, kind=kind, parent=parent)
    unit.path = f"{parent.path}{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def make_user(username: str, name: str, unit: Unit | None, *roles: Role) -> User:
    user = User(username=username, name=name, unit=unit)
    # Hashing is slow by design, and most tests use force_login.
    user.set_unusable_password()
    user.save()
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return User.objects.get(pk=user.pk)


@dataclass
class Cast:
    company: Unit
    district: Unit
    station: Unit
    other_district: Unit
    other_station: Unit
    li: User  # account manager at `station`, holds `account`
    wang: User  # account manager at the same station, holds nothing of Li's
    station_staff: User  # 供电所 at `station`
    zhao: User  # account manager in the other district
    chen: User  # service representative of the district
    planner: User
    credit: User
    sun: User  # supervisor of the district
    boss: User  # executive, whole company
    auditor: User
    admin: User
    account: Account  # Li's
    other_account: Account  # Zhao's, in the other district


def make_cast() -> Cast:
    company = Unit.objects.get(code="COMPANY")
    district = make_unit("D1", "城东供电分公司", Unit.Kind.DISTRICT, company)
    station = make_unit("S11", "东湖供电所", Unit.Kind.STATION, district)
    other_district = make_unit("D2", "城西供电分公司", Unit.Kind.DISTRICT, company)
    other_station = make_unit("S21", "西山供电所", Unit.Kind.STATION, other_district)
    li = make_user("li", "李敏", station, Role.MANAGER)
    zhao = make_user("zhao", "赵强", other_station, Role.MANAGER)
    return Cast(
        company=company,
        district=district,
        station=station,
        other_district=other_district,
        other_station=other_station,
        li=li,
        wang=make_user("wang", "王芳", station, Role.MANAGER),
        station_staff=make_user("liu", "刘洋", station, Role.STATION),
        zhao=zhao,
        chen=make_user("chen", "陈静", district, Role.REPRESENTATIVE),
        planner=make_user("planner", "何平", district, Role.PLANNER),
        credit=make_user("credit", "郭亮", district, Role.CREDIT),
        sun=make_user("sun", "孙丽", district, Role.SUPERVISOR),
        boss=make_user("boss", "周伟", company, Role.EXECUTIVE),
        auditor=make_user("auditor", "吴霞", company, Role.AUDITOR),
        admin=make_user("admin", "郑凯", company, Role.ADMINISTRATOR),
        account=make_account(unit=station, manager=li),
        other_account=make_account(
            account_no="3200002", name="西山水泥有限公司", unit=other_station, manager=zhao, uscc=""
        ),
    )


def make_account(**changes: Any) -> Account:
    """Li's steel works unless told otherwise: 10 kV, 2,000 kVA."""
    fields: dict[str, Any] = {
        "account_no": "3200001",
        "name": "连云港东湖特钢有限公司",
        "uscc": "91350100M000100Y43",
        "industry": "3120",
        "voltage_kv": Decimal("10"),
        "contract_kva": Decimal("2000"),
        "created_at": NOW,
        "updated_at": NOW,
    }
    account = Account.objects.create(**{**fields, **changes})
    if account.manager:
        Assignment.objects.create(
            account=account, user=account.manager, part=Assignment.Part.MANAGER, held_from=date(2024, 1, 1)
        )
    return account


def make_meter(account: Account, **changes: Any) -> Meter:
    point, _ = SupplyPoint.objects.get_or_create(account=account, name="1", defaults={"kva": account.contract_kva})
    fields: dict[str, Any] = {"meter_no": f"M{account.account_no}", "interval_minutes": 15}
    return Meter.objects.create(account=account, supply_point=point, **{**fields, **changes})
