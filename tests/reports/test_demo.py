"""The demonstration company: the same on every machine, complete, and never in production."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from stdnum.cn import uscc

from kam.accounts.models import Account, AccountGroup, Assignment, Contact, SearchEntry, TimelineEntry
from kam.accounts.queries.search import search
from kam.billing.models import AccountTariff
from kam.core.actions import verify
from kam.core.models import Absence, IntakeBatch, Unit, User
from kam.core.rules import Role
from kam.lib.encryption import decrypt
from kam.metering.models import LoadDay, Meter, MonthUse
from kam.metering.rules.daykinds import DayKind, kind_of
from kam.metering.rules.marks import Quality
from kam.reports.actions.demo import company, names, people, plan
from kam.reports.actions.demo.faults import add_faults
from kam.reports.actions.demo.industries import INDUSTRIES, INSTITUTIONS
from kam.reports.actions.demo.load import load_of
from kam.reports.actions.demo.weather import season

TODAY = date(2026, 11, 21)
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")

pytestmark = pytest.mark.django_db


def build(count: int = 12) -> company.Built | None:
    return company.build(count=count, with_readings=None, first=date(2026, 9, 22), today=TODAY, zone=SHANGHAI, at=AT)


def digest() -> str:
    """Hash what was built, by what people know it by: ids differ from one database to the next."""
    made = hashlib.sha256()

    def add(rows: Any) -> None:
        for row in rows:
            made.update(repr(row).encode())

    add(Unit.objects.order_by("code").values_list("code", "name", "parent__code"))
    add(User.objects.order_by("username").values_list("username", "name", "unit__code", "password", "groups__name"))
    fields = ("account_no", "name", "uscc", "industry", "address", "contract_kva", "manager__username", "created_at")
    add(Account.objects.order_by("account_no").values_list(*fields))
    held = ("account__account_no", "part", "user__username", "held_from", "held_until")
    add(Assignment.objects.order_by(*held).values_list(*held))
    for contact in Contact.objects.order_by("account__account_no", "phone_last4"):
        phone = decrypt(contact.phone_encrypted, place=f"accounts.contact.phone.{contact.pk}")
        add([(contact.name, contact.role, phone, contact.mail_hint, contact.consent_at)])
    tariffs = ("account__account_no", "code", "charge", "contract_demand_kw")
    add(AccountTariff.objects.order_by("account__account_no").values_list(*tariffs))
    entries = ("account__account_no", "at", "kind")
    add(TimelineEntry.objects.order_by(*entries).values_list(*entries))
    for day in LoadDay.objects.order_by("meter__meter_no", "day").select_related("meter"):
        add([(day.meter.meter_no, day.day, bytes(day.kwh), bytes(day.kvarh_lag or b""), bytes(day.quality))])
    return made.hexdigest()


def test_it_is_the_same_every_time() -> None:
    hashes = []
    for _ in range(2):
        with transaction.atomic():
            build()
            hashes.append(digest())
            transaction.set_rollback(True)
    assert hashes[0] == hashes[1]


def test_a_second_build_changes_nothing() -> None:
    built = build()
    assert built is not None
    assert (built.accounts, built.with_readings) == (12, 12)
    before = digest()
    assert build(20) is None
    assert digest() == before


def test_every_role_has_a_login_that_works() -> None:
    build()
    assert {login.role for login in people.LOGINS} == set(Role)
    for login in people.LOGINS:
        user = User.objects.get(username=login.username)
        assert user.roles == {login.role}
    assert User.objects.get(username="limin").check_password(people.PASSWORD)


def test_the_company_has_what_its_pages_show() -> None:
    build()
    assert Unit.objects.filter(kind=Unit.Kind.DISTRICT).count() == 3
    assert Unit.objects.filter(kind=Unit.Kind.STATION).count() == 9
    assert Account.objects.count() == 12
    assert Account.objects.filter(kind=Account.Kind.GOVERNMENT).exists()
    assert Account.objects.filter(continuous=True).exists()
    assert AccountGroup.objects.filter(accounts__isnull=False).exists()
    assert Meter.objects.count() > 12  # large ones have two
    assert Assignment.objects.exclude(held_until=None).filter(user__username="tangbin").exists()
    assert not Account.objects.filter(manager__username="tangbin").exists()
    assert TimelineEntry.objects.filter(kind="team.handed_over").exists()
    assert verify().ok
    assert Assignment.objects.filter(held_until=None, part=Assignment.Part.MANAGER).count() == 12
    assert Absence.objects.on(TODAY).filter(deputy__username="limin").exists()
    assert set(Account.objects.values_list("tariffs__code", flat=True)) <= {"GD-GZ-LV", "GD-10", "GD-110", "GD-220"}
    assert MonthUse.objects.count() == 12 * 3  # September in part, October, November
    assert SearchEntry.objects.filter(kind=SearchEntry.Kind.METER).count() == Meter.objects.count()


def test_accounts_are_found_by_what_people_type() -> None:
    build()
    boss = User.objects.get(username="zhengguo")
    first = Account.objects.order_by("account_no")[0]
    for text in ("海盛", "jhshs", first.account_no[-5:]):
        assert first.pk in {hit.account.pk for hit in search(boss, text)}, text


def test_readings_are_marked_as_made_up_and_carry_faults_that_the_checks_found() -> None:
    build()
    assert not LoadDay.objects.filter(batch=None).exists()
    assert all("虚构" in batch.file_name for batch in IntakeBatch.objects.all())
    seen = Quality.GOOD
    for day in LoadDay.objects.only("quality"):
        for mark in set(bytes(day.quality)):
            seen |= Quality(mark)
    assert seen & Quality.MISSING
    assert seen & Quality.ESTIMATED
    assert seen & Quality.DEAD


@pytest.mark.parametrize(("register", "number"), [("91", 1_000), ("12", 1_005), ("11", 99_999)])
def test_credit_codes_pass_both_checks(register: str, number: int) -> None:
    code = names.credit_code(register, number)
    assert uscc.is_valid(code)
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(w * int(c, 36) for w, c in zip(weights, code[8:16], strict=True))
    assert code[16] == "0123456789X"[-total % 11]


def test_the_first_hundred_and_twenty_are_all_different_and_of_every_kind() -> None:
    customers = [plan.customer(index, 9) for index in range(120)]
    assert len({one.name for one in customers}) == len({one.uscc for one in customers}) == 120
    assert {one.industry.code for one in customers} >= {industry.code for industry in INDUSTRIES}
    assert {one.name for one in customers} >= {place.name for place in INSTITUTIONS}
    assert {one.industry.kind for one in customers} == set(Account.Kind)
    assert {one.importance for one in customers} == set(Account.Importance)
    assert {one.status for one in customers} == set(Account.Status)
    assert {one.station for one in customers} == set(range(9))


def test_load_follows_the_trade() -> None:
    """A one-shift works rests on Sunday, a continuous one does not; nobody works through Spring Festival but some."""
    span = season(date(2026, 1, 1), 120)
    customers = {one.industry.shape.value: one for one in (plan.customer(index, 9) for index in range(60))}
    working = [kind_of(day) is DayKind.WORKDAY and rush == 1 for day, rush in zip(span.days, span.bustle, strict=True)]
    festival = [rush == 0 for rush in span.bustle]
    share = {}
    for shape in ("one_shift", "three_shifts", "continuous", "hospital"):
        daily = load_of(customers[shape], span).kwh.sum(axis=1)
        share[shape] = daily[festival].mean() / daily[working].mean()
    assert share["one_shift"] < share["three_shifts"] < share["hospital"] < share["continuous"]
    assert share["one_shift"] < 0.35
    assert share["continuous"] > 0.9


def test_an_outage_leaves_zeros_and_a_lost_terminal_leaves_gaps() -> None:
    span = season(date(2026, 7, 1), 140)
    interrupted, silent = plan.customer(8, 9), plan.customer(5, 9)
    load = load_of(interrupted, span)
    assert (load.kwh > 0).all()
    add_faults(load, interrupted, span)
    assert ((load.kwh == 0) & (load.lag == 0)).sum() >= 12
    load = load_of(silent, span)
    add_faults(load, silent, span)
    assert (load.kwh != load.kwh).sum() == 42


def test_it_is_refused_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("demo")
    assert not company.exists()


def test_the_command_prints_one_login_for_each_role() -> None:
    out = StringIO()
    call_command("demo", "--accounts", "3", "--days", "5", "--seed-date", "2026-11-21", stdout=out)
    call_command("demo", "--print-logins", stdout=out)
    text = out.getvalue()
    assert all(login.username in text for login in people.LOGINS)
    assert people.PASSWORD in text
