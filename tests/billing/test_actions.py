"""Accounts on tariffs by date (ENE-1, SYS-5)."""

from datetime import date
from decimal import Decimal

import pytest

from kam.accounts.models import TimelineEntry
from kam.billing import actions
from kam.billing.models import AccountTariff, Tariff
from kam.billing.queries import price_table, tariff_lookup
from kam.billing.rules.tables import GD_LOW_VOLTAGE, TARIFFS
from kam.core.models import AuditEntry
from kam.metering.models import AccountCalendar
from tests.cast import NOW, Cast, make_account, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_tariffs_of_the_tables_are_loaded_whole_and_once() -> None:
    actions.ensure_tariffs()
    assert Tariff.objects.count() == len(TARIFFS)
    prices = price_table(Tariff.objects.get(code="GD-GZ-LV"))
    assert prices.prices == GD_LOW_VOLTAGE.energy.prices
    assert prices.funds_yuan_kwh == Decimal("0.02766875")


def test_account_without_tariff_uses_the_default_and_says_so(cast: Cast) -> None:
    lookup = tariff_lookup(cast.account)
    tariff = lookup.tariff(date(2018, 7, 1))
    assert tariff is not None
    assert tariff.code == "GD-GZ-LV"
    assert [told["code"] for told in lookup.assumptions(date(2018, 7, 1))] == ["default_tariff", "tariff_later"]


def test_tariff_brings_its_calendar_and_leaves_a_trace(cast: Cast) -> None:
    actions.assign_tariff(account=cast.account, code="JS-10", valid_from=date(2026, 1, 1), by=cast.li, at=NOW)
    actions.assign_tariff(
        account=cast.account,
        code="SD-110",
        valid_from=date(2026, 9, 1),
        by=cast.li,
        at=NOW,
        charge=AccountTariff.Charge.CONTRACT_DEMAND,
        contract_demand_kw=Decimal(800),
    )
    rows = AccountTariff.objects.filter(account=cast.account).order_by("valid_from")
    assert [(row.code, row.valid_until) for row in rows] == [("JS-10", date(2026, 9, 1)), ("SD-110", None)]
    assert list(
        AccountCalendar.objects.filter(account=cast.account).order_by("valid_from").values_list("code", flat=True)
    ) == ["JS", "SD"]
    row = tariff_lookup(cast.account).assignment(date(2026, 9, 1))
    assert row is not None
    assert (row.charge, row.contract_demand_kw) == ("CONTRACT_DEMAND", Decimal(800))
    assert TimelineEntry.objects.filter(account=cast.account, kind="tariff.assigned").count() == 2
    assert AuditEntry.objects.filter(action="tariff.assigned", account_id=cast.account.pk).count() == 2


def test_same_tariff_again_changes_nothing_and_leaves_no_trace(cast: Cast) -> None:
    for _ in range(2):
        actions.assign_tariff(account=cast.account, code="GD-10", valid_from=date(2026, 1, 1), by=None, at=NOW)
    assert AccountTariff.objects.count() == 1
    assert TimelineEntry.objects.filter(kind="tariff.assigned").count() == 1


def test_unknown_tariff_is_refused(cast: Cast) -> None:
    with pytest.raises(actions.UnknownTariff):
        actions.assign_tariff(account=cast.account, code="NO", valid_from=date(2026, 1, 1), by=None, at=NOW)


def test_many_accounts_at_once_cost_a_bounded_number_of_queries(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    accounts = [make_account(account_no=f"9{n:06d}", unit=cast.station, uscc="") for n in range(60)]
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        changed = actions.assign_tariffs([actions.OnTariff(a.pk, "GD-10") for a in accounts], date(2026, 1, 1))
    assert changed == 60


def test_new_version_ends_the_one_before(cast: Cast) -> None:
    before = Tariff.objects.get(code="GD-10")
    new = Tariff(
        code="GD-10",
        name=before.name,
        basis=before.basis,
        calendar_code="GD",
        prices=before.prices,
        capacity_yuan_kva=Decimal(23),
        valid_from=date(2027, 1, 1),
        source="公司",
    )
    actions.add_version(tariff=new, by=cast.admin, at=NOW)
    before.refresh_from_db()
    assert before.valid_until == date(2027, 1, 1)
