"""What people do from end to end, in a real browser (ACC-1, ACC-5, ENE-1, ENE-2; UX "Access").

The worker's part is played by the test: it runs the tasks that the pages have asked for.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.module_loading import import_string
from playwright.sync_api import Page, expect

from kam.accounts.actions.search_index import reindex
from kam.accounts.models import Account
from kam.core.models import Job, User
from kam.metering.models import LoadDay
from kam.reports.models import EnergyReport
from tests.browser import company
from tests.browser.conftest import PATIENCE_MS, Site, elsewhere
from tests.cast import PASSWORD, Cast, make_cast, make_meter

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def cast(site: Site) -> Cast:
    with site.still():
        cast = make_cast()
        reindex()
    return cast


def sign_in(site: Site, page: Page, user: User) -> None:
    """Go in by the sign-in page."""
    with site.still():
        user.set_password(PASSWORD)
        user.save()
    page.goto("/")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="登录").click()


def do_waiting_jobs(site: Site) -> list[str]:
    """Do what the worker would do, and return how each job ended."""
    with site.still():
        jobs = list(Job.objects.filter(status=Job.Status.WAITING).order_by("pk"))
        return elsewhere(lambda: [import_string(job.kind)(job.pk) for job in jobs])


def test_find_an_account_and_edit_it_beside_another_editor(site: Site, cast: Cast) -> None:
    page = site.window()
    sign_in(site, page, cast.li)
    search = page.locator("#global-search")
    hit = page.locator("#search-results").get_by_role("link", name=cast.account.name)
    for text in ("东湖", "特钢", "lygdh"):
        search.fill("")
        expect(page.locator("#search-results")).not_to_contain_text(cast.account.name)
        search.press_sequentially(text)
        expect(hit).to_be_visible()
    hit.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(cast.account.name)

    page.get_by_role("link", name="编辑").click()
    page.fill("[name=address]", "海州区东湖路 1 号")
    other = site.window(cast.sun)
    other.goto(reverse("accounts:edit", args=[cast.account.account_no]))
    other.fill("[name=address]", "海州区东湖路 2 号")
    other.fill("[name=note]", "门卫电话在值班室")
    with other.expect_navigation():
        other.get_by_role("button", name="保存").click()

    with page.expect_navigation():
        page.get_by_role("button", name="保存").click()
    both = page.locator("#form-errors")
    expect(both).to_contain_text("海州区东湖路 1 号")
    expect(both).to_contain_text("海州区东湖路 2 号")
    both.get_by_role("row", name="备注").get_by_role("radio").first.check()
    with page.expect_navigation():
        page.get_by_role("button", name="保存").click()
    with site.still():
        cast.account.refresh_from_db()
        assert cast.account.address == "海州区东湖路 1 号"
        assert cast.account.note == "门卫电话在值班室"


def test_take_a_file_of_accounts_in(site: Site, cast: Cast, tmp_path: Path) -> None:
    page = site.window(cast.sun)
    page.goto(reverse("reports:account_imports"))
    page.set_input_files("[name=file]", company.save(tmp_path, "客户.csv", company.ROWS))
    with page.expect_navigation():
        page.locator("main form .btn-primary").click()
    problems = page.locator("#h-problems + *")
    expect(problems).to_contain_text("3")  # the row's number
    with site.still():
        assert not Account.objects.filter(account_no="3200101").exists()
    with page.expect_navigation():
        page.locator(".kam-actions .btn-primary").click()
    assert do_waiting_jobs(site) == ["DONE"]
    undo = page.locator(".kam-actions .btn-outline-danger")
    expect(undo).to_be_visible()  # the page learned of it by itself
    assert [box.inner_text() for box in page.locator(".kam-figure b").all()] == ["2", "1", "0", "1"]
    with page.expect_download() as download:
        page.locator(".kam-figure a").click()
    rejected = download.value.path().read_text(encoding="utf-8-sig")
    assert "3200102" in rejected
    assert "3200101" not in rejected
    with site.still():
        assert Account.objects.get(account_no="3200101").manager == cast.li


def test_from_a_file_of_readings_to_the_pdf(site: Site, cast: Cast, tmp_path: Path) -> None:
    with site.still():
        meter = make_meter(cast.account)
    page = site.window(cast.li)
    page.goto(reverse("metering:upload"))
    page.set_input_files("[name=file]", company.save(tmp_path, "六月.csv", company.readings_csv("2026-06-01", 30)))
    page.fill("[name=meter_no]", meter.meter_no)
    with page.expect_navigation():
        page.locator("main form .btn-primary").click()
    expect(page.locator(".kam-figure b").first).to_have_text("2,880")
    with page.expect_navigation():
        page.locator(".kam-actions .btn-primary").click()
    assert do_waiting_jobs(site) == ["DONE"]
    with site.still():
        assert LoadDay.objects.filter(meter=meter).count() == 30

    page.goto(reverse("reports:account", args=[cast.account.account_no]))
    page.locator(".kam-actions .btn-primary").click()
    for box in page.locator("[data-chart], [data-chart-url]").all():
        expect(box.locator("canvas").first).to_be_visible()
    page.fill("#order_first", "2026-06-01")
    page.fill("#order_last", "2026-06-30")
    with page.expect_navigation():
        page.locator("#order .btn-primary").click()
    assert do_waiting_jobs(site) == ["DONE"]
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    with site.still():
        report = EnergyReport.objects.get()
        assert report.period_until == date(2026, 7, 1)
        assert download.value.path().read_bytes() == report.pdf.read()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def test_everything_reads_and_submits_without_scripts_on_a_phone(site: Site, cast: Cast) -> None:
    page = site.window(width=390, scripts=False)
    sign_in(site, page, cast.li)
    page.locator(".kam-menu > summary").click()
    page.get_by_role("link", name="大客户", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("大客户")
    page.fill("main [name=q]", "无此客户")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("main")).not_to_contain_text(cast.account.name)
    page.goto(reverse("accounts:list") + "?q=东湖特钢")
    expect(page.get_by_role("link", name=cast.account.name)).to_be_visible()
    page.goto(reverse("accounts:create"))
    page.fill("[name=account_no]", "3200900")
    page.fill("[name=name]", "海州纺织有限公司")
    page.locator("main form .btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("海州纺织有限公司")
    page.fill("#global-search", "纺织")
    page.press("#global-search", "Enter")
    expect(page.locator("main").get_by_role("link", name="海州纺织有限公司")).to_be_visible()
    with site.still():
        assert Account.objects.get(account_no="3200900").manager == cast.li


def focused(page: Page) -> dict[str, str]:
    """Tell what has the focus, and how it shows."""
    found: dict[str, str] = page.evaluate(
        """() => { const e = document.activeElement, s = getComputedStyle(e);
                   return {id: e.id, href: e.getAttribute("href") || "", outline: s.outlineStyle + s.outlineWidth}; }"""
    )
    return found


def test_the_keyboard_alone_is_enough(site: Site, cast: Cast) -> None:
    with site.still():
        company.furnish(cast)
    page = site.window(cast.li)
    page.goto(reverse("accounts:list"))
    page.keyboard.press("Tab")
    assert focused(page)["href"] == "#main"
    assert page.locator(".skip-link").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert focused(page)["id"] == "main"
    page.keyboard.press("/")
    assert focused(page)["id"] == "global-search"
    page.keyboard.press("j")
    expect(page.locator("#global-search")).to_have_value("j")  # typed, not taken for a command
    page.fill("#global-search", "东湖")
    hits = page.locator("#search-results a[data-row]")
    hits.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert focused(page)["href"] == hits.nth(1).get_attribute("href")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page)["id"] == "global-search"
    page.evaluate("document.activeElement.blur()")
    rows = [row.get_attribute("href") for row in page.locator("[data-rows] a[data-row]").all()]
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert focused(page)["href"] == rows[row]
    assert focused(page)["outline"] == "solid3px"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search(rf"{rows[1]}$", page.url)
