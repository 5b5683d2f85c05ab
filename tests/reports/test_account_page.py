"""The account's page: every block, within reach only, in at most 25 queries (ACC-10)."""

from datetime import date

import pytest
from django.urls import reverse

from kam.accounts.actions import contacts, team
from kam.accounts.models import Account, AccountGroup, TimelineEntry
from kam.lib import clock
from kam.metering.models import MonthUse
from kam.outage_planning.models import Outage, OutageImpact
from kam.reports.queries.account_page import MonthRow, account_page, bars
from tests.access import telling
from tests.access.rows import MAKES
from tests.cast import NOW, Cast, make_account, make_cast, make_meter
from tests.service_desk.making import HOUR, take
from tests.visits.making import planned


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def full(cast: Cast) -> Cast:
    year = clock.today().year
    make_meter(cast.account)
    make_meter(cast.account, meter_no="M2")
    for number in range(8):
        contacts.add(account=cast.account, name=f"联系人{number}", phone=f"1381234567{number}", by=cast.li, at=NOW)
    team.assign(
        account=cast.account, part="REPRESENTATIVE", user=cast.chen, held_from=clock.today(), by=cast.sun, at=NOW
    )
    for month in range(1, 13):
        for one in (year - 1, year):
            MonthUse.objects.create(
                account=cast.account, month=date(one, month, 1), kwh=1000.0 * month + one % 100, max_kw=500
            )
    return cast


@pytest.fixture
def busy(full: Cast) -> Cast:
    """Everything at once: an outage announced, another in consultation, a plan, requests, a visit, a case."""
    (own, _other, *_absent) = MAKES["outage"](full)
    Outage.objects.filter(**own).update(status="CONSULTING")
    telling.consultations(full, [own["pk"], Outage.objects.exclude(pk=own["pk"]).get().pk])
    told = Outage.objects.create(
        number="TD3",
        title="检修",
        unit=full.station,
        status="ANNOUNCED",
        starts_at=NOW,
        ends_at=NOW + HOUR,
        created_at=NOW,
    )
    telling.notices(full, [told.pk, Outage.objects.get(number="TD2").pk])
    for pk in (own["pk"], told.pk):
        OutageImpact.objects.create(outage_id=pk, account=full.account, effect=3)
    for of in ("payment_plan", "measure", "case"):
        MAKES[of](full)
    take(full)
    planned(full.account, full.li, clock.today())
    TimelineEntry.objects.create(
        account=full.account, at=NOW, by=full.credit, kind="account.handed_over", facts={"to": full.planner.pk}
    )
    return full


@pytest.mark.parametrize("who", ["li", "sun", "boss"])
def test_the_busiest_page_takes_25_queries(busy, client, django_assert_max_num_queries, who):
    client.force_login(getattr(busy, who))
    url = reverse("reports:account", args=[busy.account.account_no])
    client.get(url)
    with django_assert_max_num_queries(25):
        page = client.get(url).content.decode()
    for text in ("TD1", "检修", "电费怎么涨了这么多"):
        assert text in page


@pytest.mark.parametrize("who", ["li", "sun", "boss"])
def test_page_shows_all_in_25_queries(full, client, django_assert_max_num_queries, who):
    client.force_login(getattr(full, who))
    url = reverse("reports:account", args=[full.account.account_no])
    client.get(url)
    with django_assert_max_num_queries(25):
        response = client.get(url)
    page = response.content.decode()
    for text in ("连云港东湖特钢有限公司", "91350100M000100Y43", "M3200001", "M2", "李敏", "陈静", "联系人3"):
        assert text in page
    assert "138****5673" in page
    assert "13812345673" not in page
    assert len(response.content) < 100_000


@pytest.mark.parametrize("who, status", [("wang", 404), ("zhao", 404), ("auditor", 200), ("admin", 404)])
@pytest.mark.parametrize("name", ["reports:account", "reports:account_timeline"])
def test_who_sees_it(cast, client, who, status, name):
    client.force_login(getattr(cast, who))
    assert client.get(reverse(name, args=[cast.account.account_no])).status_code == status
    assert client.get(reverse(name, args=["0000000"])).status_code == 404


def test_next_step_is_what_is_owed_first(cast):
    today = date(2026, 11, 21)
    account = Account.objects.select_related("unit", "manager").get(pk=cast.account.pk)
    assert account_page(account, user=cast.sun, today=today).next_step == "meter"
    make_meter(cast.account)
    assert account_page(account, user=cast.sun, today=today).next_step == "readings"
    account.manager = None
    assert account_page(account, user=cast.sun, today=today).next_step == "team"


def test_this_year_is_compared_over_whole_months(full):
    year = clock.today().year
    page = account_page(full.account, user=full.sun, today=date(year, 4, 10))
    assert page.energy.comparable_kwh == sum(1000.0 * m + year % 100 for m in (1, 2, 3))
    assert page.energy.before_kwh == sum(1000.0 * m + (year - 1) % 100 for m in (1, 2, 3))
    assert page.capacity_used == 0.25


def test_bars_start_at_zero_and_fit():
    months = [MonthRow(date(2026, m, 1), 100.0 * m, 50.0 * m if m > 6 else None, None, None) for m in range(1, 13)]
    found = bars(months)
    assert len(found) == 18
    assert all(round(bar.y + bar.height, 1) == 120 for bar in found)
    assert max(bar.height for bar in found) == 120
    assert max(bar.x for bar in found) + 19 <= 600
    assert bars([MonthRow(date(2026, 1, 1), None, None, None, None)]) == []


def test_groups_add_up_what_the_reader_sees(full, client, django_assert_max_num_queries):
    group = AccountGroup.objects.create(name="江海集团")
    Account.objects.filter(pk=full.account.pk).update(group=group, is_group_parent=True)
    Account.objects.filter(pk=full.other_account.pk).update(group=group)
    make_account(account_no="3200009", name="东湖轧钢厂", unit=full.station, group=group, uscc="", contract_kva=500)
    client.force_login(full.boss)
    url = reverse("reports:group", args=[group.pk])
    client.get(url)
    with django_assert_max_num_queries(12):
        totals = client.get(url).context["totals"]
    year = clock.today().year
    assert (totals.accounts, totals.capacity_kva, totals.kwh) == (3, 4500, 78000.0 + 12 * (year % 100))
    client.force_login(full.zhao)
    assert client.get(url).context["totals"].accounts == 1
    client.force_login(full.wang)
    assert client.get(url).status_code == 404
    client.force_login(full.sun)
    client.get(reverse("reports:groups"))
    with django_assert_max_num_queries(8):
        page = client.get(reverse("reports:groups"))
    assert page.context["rows"][0][1].accounts == 2


def test_group_pages_make_and_rename(cast, client):
    client.force_login(cast.sun)
    assert client.post(reverse("accounts:group_create"), {"name": "江海集团"}).status_code == 302
    group = AccountGroup.objects.get()
    answer = client.post(reverse("accounts:group_create"), {"name": "江海集团"})
    assert "name" in answer.context["form"].errors
    assert client.post(reverse("accounts:group_edit", args=[group.pk]), {"name": "江海控股"}).status_code == 302
    assert AccountGroup.objects.get().name == "江海控股"


def test_money_on_the_timeline_is_for_who_may_see_it(cast, client):
    TimelineEntry.objects.create(
        account=cast.account, at=clock.now(), kind="payment.posted", facts={"amount": "4321.50"}
    )
    for who, seen in (("li", True), ("credit", True), ("planner", False), ("station_staff", False)):
        client.force_login(getattr(cast, who))
        for url in (
            reverse("reports:account", args=[cast.account.account_no]),
            reverse("reports:account_timeline", args=[cast.account.account_no]),
            reverse("home"),
        ):
            assert ("4,321.50" in client.get(url).content.decode()) is seen, (who, url)
