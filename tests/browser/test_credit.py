"""Credit in a real browser: a scheme released by two; a matrix cell down to a bill; cut, paid, reconnected."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.module_loading import import_string
from playwright.sync_api import expect

from kam.accounts.actions import contacts
from kam.billing.models import MoneyNotice
from kam.core.models import Job
from kam.credit.actions import supply, tiers
from kam.credit.actions.grading import confirm_falls, regrade
from kam.credit.models import CreditGrade, CreditRuleSet, SupplyCase
from kam.credit.queries.supply import periods, workday
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.supply import first_cut
from kam.lib import clock
from tests.browser.conftest import PATIENCE_MS, Site
from tests.cast import NOW, Cast, make_cast
from tests.credit.money import make_bill, make_months

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def cast(site: Site) -> Cast:
    with site.still():
        return make_cast()


def test_a_scheme_is_changed_tried_and_released_by_two(site: Site, cast: Cast) -> None:
    with site.still():
        make_months(cast.account, 12)
        wuhan = CreditRuleSet.objects.get(code="WUHAN")
    page = site.window(cast.credit)
    page.goto(reverse("credit:scheme", args=[wuhan.pk]))
    page.get_by_role("button", name="据此起草新版本").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("WUHAN 2")
    page.get_by_label("按期缴费率", exact=True).fill("39")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator("#form-errors")).to_contain_text("99")  # the points no longer add up to 100
    page.get_by_label("按期缴费率", exact=True).fill("40")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("button", name="对全部客户试算").click()
    expect(page.locator(".kam-job")).to_be_visible()
    with site.still():
        job = Job.objects.get(kind="kam.credit.tasks.try_scheme")
        import_string(job.kind)(job.pk)
    page.reload()
    expect(page.locator("#h-trial")).to_be_visible()
    page.get_by_role("button", name="提请发布").click()
    expect(page.get_by_text("已提请,由另一人发布。")).to_be_visible()
    expect(page.get_by_role("button", name="发布:")).to_have_count(0)  # not the one who proposed it

    second = site.window(cast.sun)
    second.goto(reverse("credit:work"))
    second.get_by_role("link", name="WUHAN 2").click()
    second.get_by_role("button", name="发布:").click()
    expect(second.get_by_text("方案已发布。")).to_be_visible()
    with site.still():
        row = CreditRuleSet.objects.get(code="WUHAN", version=2)
        assert (row.status, row.proposed_by, row.released_by) == ("RELEASED", cast.credit, cast.sun)


def test_from_a_cell_of_the_matrix_down_to_a_bill(site: Site, cast: Cast) -> None:
    with site.still():
        make_months(cast.account, 12, last=date(2026, 8, 20))
        make_months(cast.other_account, 12)
        for day in (date(2026, 9, 1), date(2026, 11, 1)):
            if day.month == 11:
                late = make_bill(cast.account, date(2026, 9, 20))
            regrade(as_of=day, by=None, at=NOW)
            confirm_falls(grades=list(CreditGrade.objects.filter(status="PROPOSED")), by=cast.credit, at=NOW)
            tiers.prepare(as_of=day, at=NOW)
    page = site.window(cast.boss)
    page.goto("/")
    page.get_by_role("link", name="信用分层").first.click()
    cell = page.get_by_role("link", name="A → C: 1").or_(page.get_by_role("link", name="AAA → C: 1"))
    cell.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026-09-01")
    page.get_by_role("link", name=cast.account.name).click()
    expect(page.get_by_role("heading", name="等级构成")).to_be_visible()
    page.get_by_role("link", name=late.number).first.click()
    expect(page.locator("main")).to_contain_text(late.number)
    assert page.url.endswith(reverse("billing:bill", args=[late.pk]))


def cut_off(cast: Cast) -> SupplyCase:
    """A case cut some days ago, step by step at hours that were allowed."""
    now = clock.now()
    begun = datetime.combine((now - timedelta(days=40)).date(), datetime.min.time(), tzinfo=UTC) + timedelta(hours=2)
    contacts.add(account=cast.account, name="王会计", role="FINANCE", phone="19900000001", by=cast.sun, at=begun)
    make_bill(cast.account, begun.date() - timedelta(days=45), amount="85000.00")
    case = supply.open_case(account=cast.account, kind=MeasureKind.DISCONNECT, by=cast.credit, at=begun)
    supply.demand(case=case, by=cast.credit, at=begun)
    MoneyNotice.objects.filter(account=cast.account).update(proven_at=begun + timedelta(hours=1))
    case = supply.demanded(case=case, by=cast.credit, at=begun + timedelta(hours=2))
    case = supply.submit(case=case, reason="多次催交", by=cast.credit, at=begun + timedelta(hours=3))
    case = supply.approve(case=case, grant=True, reason="", by=cast.sun, at=begun + timedelta(hours=4))
    told = begun + timedelta(hours=5)
    when = first_cut(told + timedelta(hours=1), clock.zone(), periods(clock.today()), workday)
    case = supply.give_notice(case=case, cut_at=when, by=cast.credit, at=told)
    SupplyCase.objects.filter(pk=case.pk).update(notice_proven_at=told + timedelta(hours=1))
    case = supply.warn(case=case, told_to="王会计", by=cast.credit, at=when - timedelta(minutes=35))
    return supply.cut(case=case, by=cast.credit, at=when)


def test_measures_paid_reconnected(site: Site, cast: Cast) -> None:
    with site.still():
        case = cut_off(cast)
    page = site.window(cast.credit)
    page.goto(reverse("credit:case", args=[case.pk]))
    expect(page.locator("li[aria-current=step]")).to_have_text("已停电")
    expect(page.get_by_role("button", name="登记:已复电")).to_have_count(0)
    page.goto(reverse("billing:pay", args=[cast.account.account_no]))
    page.locator("[name=amount]").fill("85000.00")
    if page.locator("[name=channel]").count():
        page.locator("[name=channel]").first.select_option("BANK")
    page.locator("main form[method=post] button:not([type=button])").last.click()
    page.goto(reverse("credit:case", args=[case.pk]))
    expect(page.locator("li[aria-current=step]")).to_have_text("已缴清,待复电")
    expect(page.get_by_text("最迟复电时间")).to_be_visible()
    expect(page.get_by_text("还有 23 小时")).to_be_visible()
    page.get_by_role("button", name="登记:已复电").click()
    expect(page.locator("li[aria-current=step]")).to_contain_text("已复电")
    with site.still():
        case.refresh_from_db()
        assert case.status == "RECONNECTED"
        assert case.collected == 85000
