"""Rows of the made-up customers: accounts, groups, team with its history, contacts, supply points, meters, tariffs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from math import sqrt

from django.db.models import Max

from kam.accounts.actions.contacts import mail_place, phone_place
from kam.accounts.models import Account, AccountGroup, Assignment, Contact
from kam.accounts.rules.contact_text import masked_mail
from kam.billing.actions import OnTariff, assign_tariffs
from kam.billing.models import AccountTariff
from kam.core.models import User
from kam.lib import clock
from kam.lib.encryption import blind_index, encrypt
from kam.metering.actions.meters import NewMeter, add_meters
from kam.network.models import SupplyPoint
from kam.reports.actions.demo import names
from kam.reports.actions.demo.people import People, Station
from kam.reports.actions.demo.plan import GROUPS, Customer, tariff_code
from kam.reports.actions.demo.rows import insert

PRICED_FROM = date(2023, 6, 1)
_CT_RATIOS = (10, 15, 20, 30, 40, 60, 80, 100, 120, 160, 200, 240, 300, 400, 500, 600, 800)
Role, Part, Charge = Contact.Role, Assignment.Part, AccountTariff.Charge


def make_groups() -> dict[str, AccountGroup]:
    """Make the groups of companies, by name."""
    return {
        one.name: AccountGroup.objects.create(name=one.name, note=f"{len(one.codes)} 家成员企业（虚构）")
        for one in GROUPS
    }


def open_accounts(
    *, customers: Sequence[Customer], people: People, groups: dict[str, AccountGroup], today: date, at: datetime
) -> list[Account]:
    """Write the accounts of these customers with all that belongs to them; returns them in the same order."""
    accounts = insert(_account(one, people, groups, at) for one in customers)
    pairs = list(zip(customers, accounts, strict=True))
    insert(row for one, account in pairs for row in _team(one, account, people, today))
    _write_contacts(pairs, today)
    insert(row for one, account in pairs for row in _points(one, account, people.stations[one.station]))
    add_meters([row for one, account in pairs for row in _meters(one, account, people.stations[one.station])])
    assign_tariffs((_tariff(one, account) for one, account in pairs), PRICED_FROM)
    return accounts


def _account(one: Customer, people: People, groups: dict[str, AccountGroup], at: datetime) -> Account:
    station = people.stations[one.station]
    dice = one.rng(1)
    opened = at - timedelta(days=int(dice.integers(800, 2_500)), minutes=int(dice.integers(0, 480)))
    return Account(
        account_no=one.account_no,
        name=one.name,
        uscc=one.uscc,
        industry=one.industry.code,
        kind=one.industry.kind,
        address=names.address(station.district_name, dice),
        unit=station.unit,
        voltage_kv=Decimal(one.voltage_kv),
        contract_kva=Decimal(one.kva),
        importance=one.importance,
        continuous=one.industry.continuous,
        status=one.status,
        group=groups[one.group.name] if one.group else None,
        is_group_parent=one.is_parent,
        service_group=f"{station.unit.name[:-3]}服务组",
        manager=first_manager(one, people),
        representative=station.representative,
        created_at=opened,
        updated_at=opened,
        contract_until=_contract_end(one, clock.day_of(at)),
    )


def _contract_end(one: Customer, today: date) -> date | None:
    """Most contracts run for some years more, every eighth ends within a quarter, a few are open-ended."""
    dice = one.rng(14)
    if one.index % 8 == 5:
        return today + timedelta(days=int(dice.integers(12, 88)))
    return None if one.index % 11 == 0 else today + timedelta(days=int(dice.integers(200, 1_700)))


def first_manager(one: Customer, people: People) -> User:
    """Return who holds the account before the one who left hands over: those of the first manager are his."""
    at_station = people.stations[one.station].managers
    manager = at_station[one.index // 9 % len(at_station)]
    return people.left if manager is people.stations[0].managers[0] else manager


def _team(one: Customer, account: Account, people: People, today: date) -> Iterator[Assignment]:
    """Manager and representative; every fourth account has had another manager before."""
    station = people.stations[one.station]
    dice = one.rng(2)
    begun = today - timedelta(days=int(dice.integers(760, 1_400)))
    if one.index % 4 == 1:
        before = people.stations[(one.station + 1) % len(people.stations)].managers[-1]
        moved = begun + timedelta(days=int(dice.integers(90, 500)))
        yield Assignment(account=account, user=before, part=Part.MANAGER, held_from=begun, held_until=moved)
        begun = moved
    manager = first_manager(one, people)
    yield Assignment(account=account, user=manager, part=Part.MANAGER, held_from=begun)
    yield Assignment(account=account, user=station.representative, part=Part.REPRESENTATIVE, held_from=date(2024, 1, 1))


def _write_contacts(pairs: Sequence[tuple[Customer, Account]], today: date) -> None:
    """Write contacts. Phone and mail are sealed for their row's id, which therefore has to be known before."""
    ids = count((Contact.objects.aggregate(last=Max("pk"))["last"] or 0) + 1)
    insert(row for one, account in pairs for row in _contacts(one, account, ids, today))


def _contacts(one: Customer, account: Account, ids: Iterator[int], today: date) -> Iterator[Contact]:
    dice = one.rng(3)
    roles = [Role.DECISION, Role.ELECTRICAL]
    if one.index % 2 == 0:
        roles.append(Role.FINANCE)
    if one.industry.continuous or one.has_standby:
        roles.append(Role.DUTY)
    channels = list(Contact.Channel)
    for place, role in enumerate(roles):
        number, pk = one.index * 4 + place, next(ids)
        phone = names.phone(number)
        mail = names.mail(number) if role in {Role.DECISION, Role.FINANCE} else ""
        consented = today - timedelta(days=int(dice.integers(30, 900)))
        yield Contact(
            pk=pk,
            account=account,
            name="值班室" if role == Role.DUTY else names.person_name(number * 3 + 7),
            role=role,
            phone_encrypted=encrypt(phone, place=phone_place(pk)),
            phone_index=blind_index(phone),
            phone_last4=phone[-4:],
            mail_encrypted=encrypt(mail, place=mail_place(pk)),
            mail_index=blind_index(mail),
            mail_hint=masked_mail(mail),
            channel=Contact.Channel.PHONE if role == Role.DUTY else channels[int(dice.integers(len(channels)))],
            # A few have not been asked yet.
            consent_at=None if dice.random() < 0.15 else consented,
            active=role != Role.FINANCE or one.index % 14 != 0,
        )


def _point_name(one: Customer, station: Station, place: int) -> str:
    return f"{one.voltage_kv}千伏{station.unit.name[:-3]}{'甲乙'[place]}线"


def _points(one: Customer, account: Account, station: Station) -> Iterator[SupplyPoint]:
    yield SupplyPoint(account=account, name=_point_name(one, station, 0), kva=Decimal(one.kva))
    if one.has_standby:
        yield SupplyPoint(
            account=account,
            name=_point_name(one, station, 1),
            role=SupplyPoint.Role.STANDBY,
            kva=Decimal(one.kva) / 2,
        )


def _meters(one: Customer, account: Account, station: Station) -> Iterator[NewMeter]:
    """One meter, two for large customers; the multiplier is that of its transformers (CT × PT)."""
    kilovolts = float(one.voltage_kv)
    amperes = one.kva / one.meter_count / (sqrt(3) * kilovolts)
    current = next((ratio for ratio in _CT_RATIOS if ratio >= amperes / 5), _CT_RATIOS[-1])
    voltage = 1 if kilovolts < 1 else round(kilovolts * 10)
    for place in range(one.meter_count):
        yield NewMeter(
            account_id=account.pk,
            meter_no=f"44{one.index:07d}{place + 1}",
            multiplier=Decimal(current * voltage),
            supply_point=_point_name(one, station, 0),
            kva=Decimal(one.kva),
        )


def _tariff(one: Customer, account: Account) -> OnTariff:
    """Low voltage pays for energy alone; of the others some are charged by demand, where that suits them or not."""
    code = tariff_code(one)
    choice = one.index % 5
    if one.voltage_kv == "0.4" or choice < 3:
        return OnTariff(account.pk, code)
    if choice == 3:
        return OnTariff(account.pk, code, Charge.ACTUAL_DEMAND)
    return OnTariff(account.pk, code, Charge.CONTRACT_DEMAND, Decimal(round(one.kva * 0.6)))
