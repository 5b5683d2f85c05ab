"""Credit in a real browser: a scheme released by two; a matrix cell down to a bill."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils.module_loading import import_string
from playwright.sync_api import expect

from kam.core.models import Job
from kam.credit.actions import tiers
from kam.credit.actions.grading import confirm_falls, regrade
from kam.credit.models import CreditGrade, CreditRuleSet
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
