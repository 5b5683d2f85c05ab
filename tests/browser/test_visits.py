"""A series of visits in a real browser, one of its dates moved (VIS-2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from playwright.sync_api import Page, expect

from kam.visits.models import Visit
from tests.browser.axe import faults
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.steps import press
from tests.cast import NOW, Cast, make_account, make_cast
from tests.visits.making import hour, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)
QUARTER = hour(date(2026, 11, 25), 9) + timedelta(minutes=15)


@pytest.fixture
def cast(site: Site, monkeypatch: pytest.MonkeyPatch) -> Cast:
    caches["shared"].clear()
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    with site.still():
        return make_cast()


def days(site: Site) -> list[date]:
    with site.still():
        return list(Visit.objects.order_by("series_day").values_list("day", flat=True))


def rows(page: Page) -> list[str]:
    return page.locator("table[data-rows] tbody tr td:nth-child(2)").all_inner_texts()


def test_one_date_of_a_series_is_moved_and_the_others_stay(site: Site, cast: Cast) -> None:
    page = site.window(cast.li)
    page.goto(reverse("visits:plan", args=[cast.account.account_no]))
    page.locator("#id_starts_at").fill("2026-12-01T09:00")
    page.locator("#id_step").select_option("WEEKS")
    # What a series needs is asked for, and nothing typed is lost.
    press(page, "列入计划")
    expect(page.locator("#id_starts_at")).to_have_value("2026-12-01T09:00")
    page.locator("#id_every").fill("2")
    page.locator("#id_until_day").fill("2027-01-27")
    page.locator("#id_exceptions").fill("2026-12-29")
    press(page, "列入计划")
    expect(page.get_by_text("已列入 4 次走访")).to_be_visible()
    before = [date(2026, 12, 1), date(2026, 12, 15), date(2027, 1, 12), date(2027, 1, 26)]
    assert days(site) == before
    shown = rows(page)
    assert len(shown) == 4

    page.locator("table[data-rows] tbody a").nth(1).click()
    page.get_by_role("link", name="改期").click()
    expect(page.get_by_text("定期走访之一，其余不变")).to_be_visible()
    page.locator("#id_starts_at").fill("2026-12-17T14:30")
    page.locator("#id_reason").fill("客户年底盘点")
    press(page, "改期")
    expect(page.get_by_text("走访已改期，原时间留在历史中。")).to_be_visible()
    history = page.get_by_role("region", name="历史")
    expect(history).to_contain_text("2026年12月15日(周二) 09:00 → 2026年12月17日(周四) 14:30")
    expect(history).to_contain_text("李敏 客户年底盘点")
    expect(page.locator(".kam-dl")).to_contain_text("原定 2026-12-15")

    page.goto(f"{reverse('visits:list')}?q={cast.account.account_no}")
    after = rows(page)
    assert [after[0], *after[2:]] == [shown[0], *shown[2:]]
    assert "12月17日" in after[1]
    assert days(site) == [before[0], date(2026, 12, 17), *before[2:]]

    # In the calendar it stands on its new day and no longer on the old one.
    page.goto(reverse("visits:calendar") + "?at=2026-12-01")
    expect(page.locator("#calendar .kam-ev")).to_have_count(2)
    expect(page.locator("#calendar [data-date='2026-12-17'] .kam-ev")).to_have_count(1)

    # Dragged there, it moves by itself as well; nobody was told of it yet, so nothing is asked.
    page.locator("#calendar [data-date='2026-12-17'] .kam-ev").hover(position={"x": 12, "y": 8})
    to = page.locator("#calendar [data-date='2026-12-18']").first.bounding_box()
    assert to is not None
    page.mouse.down()
    page.mouse.move(to["x"] + 30, to["y"] + to["height"] / 2, steps=10)
    page.mouse.up()
    expect(page.locator("#calendar-said")).to_contain_text("走访已改期")
    expect(page.locator("#calendar [data-date='2026-12-18'] .kam-ev")).to_have_count(1)
    assert days(site) == [before[0], date(2026, 12, 18), *before[2:]]


def test_visits_at_the_same_hour_are_wide_enough_for_a_finger(site: Site, cast: Cast) -> None:
    with site.still():
        for number in range(5):
            account = make_account(
                account_no=f"321000{number}", name=f"东湖{number}厂", unit=cast.station, manager=cast.li
            )
            planned(account, cast.li, date(2026, 11, 24), starts_at=hour(date(2026, 11, 24), 9))
            planned(account, cast.li, date(2026, 11, 25), starts_at=hour(date(2026, 11, 25), 9), ends_at=QUARTER)
    page = site.window(cast.sun)
    page.goto(reverse("visits:calendar") + "?at=2026-11-24&view=week&team=1")
    page.locator("#calendar .kam-ev:visible").first.wait_for()
    sizes = page.locator("#calendar .kam-ev:visible").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map((one) => [one.width, one.height])"
    )
    assert min(min(size) for size in sizes) >= 24, sizes
    assert not faults(page)
