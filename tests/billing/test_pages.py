"""Pages of tariffs (ENE-1, SYS-5)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kam.billing import actions
from kam.billing.models import Tariff
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client.force_login(cast.admin)
    return client


def test_list_shows_todays_prices_and_counts_only_what_is_seen(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    for account in (cast.account, cast.other_account):
        actions.assign_tariff(account=account, code="GD-10", valid_from=date(2026, 1, 1), by=None, at=NOW)
    client.force_login(cast.li)
    with django_assert_max_num_queries(9):  # three of them write the session of the first page after sign-in
        page = client.get(reverse("billing:tariffs"))
    row = next(row for row in page.context["tariffs"] if row.tariff.code == "GD-10")
    assert row.accounts == 1
    assert row.prices[1] == Decimal("1.08166875")
    accounts = client.get(reverse("billing:tariff", args=["GD-10"])).context["page"].rows
    assert [one.account for one in accounts] == [cast.account]


def tariff_data(**changes: str) -> dict[str, str]:
    data = {
        "name": "广东两部制 1-10（20）千伏",
        "valid_from": "2027-01-01",
        "basis": "TWO_PART",
        "calendar_code": "GD",
        "price_peak": "1.10",
        "price_flat": "0.65",
        "price_valley": "0.27",
        "funds_yuan_kwh": "0.02766875",
        "capacity_yuan_kva": "23",
        "demand_yuan_kw": "36.5",
        "power_factor_standard": "0.90",
        "source": "价格公告",
    }
    return data | changes


def test_new_version_holds_from_its_day(admin: Client) -> None:
    admin.post(reverse("billing:tariff_add", args=["GD-10"]), tariff_data())
    row = Tariff.objects.get(code="GD-10", valid_from=date(2027, 1, 1))
    assert row.prices == {"peak": "1.10", "flat": "0.65", "valley": "0.27"}
    assert row.power_factor_standard == Decimal("0.90")
    page = admin.get(reverse("billing:tariff", args=["GD-10"]))
    assert [version.tariff.valid_from.year for version in page.context["versions"]] == [2027, 2023]
    assert [version.now for version in page.context["versions"]] == [False, True]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_peak": "", "price_flat": "", "price_valley": ""}, "__all__"),
        ({"capacity_yuan_kva": "", "demand_yuan_kw": ""}, "capacity_yuan_kva"),
        ({"valid_from": "2023-06-01"}, "valid_from"),
        ({"price_peak": "-1"}, "price_peak"),
        ({"source": ""}, "source"),
    ],
)
def test_bad_version_is_refused(admin: Client, changes: dict[str, str], field: str) -> None:
    answer = admin.post(reverse("billing:tariff_add", args=["GD-10"]), tariff_data(**changes))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert Tariff.objects.filter(code="GD-10").count() == 1
