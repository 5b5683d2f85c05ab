"""The outage calendar in a real browser: the panel beside, a draft dragged and put by keyboard (OUT-1; UX "calendar").

Whatever the security policy refuses fails the test: the calendar's library may write no styles of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from kam.lib import clock
from kam.outage_planning.models import Outage, ProtectedPeriod
from tests.browser.axe import faults
from tests.browser.conftest import PATIENCE_MS, Site
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def grid(site: Site) -> Grid:
    with site.still():
        return make_grid()


def middle_of_month() -> date:
    """A day far enough ahead that no promise of time is broken, in the middle of a month."""
    return (clock.today() + timedelta(days=75)).replace(day=12)


def drafted(site: Site, grid: Grid, day: date) -> Outage:
    with site.still():
        ProtectedPeriod.objects.create(
            name="高考保供电", unit=grid.cast.district, days_from=day.replace(day=20), days_until=day.replace(day=21)
        )
        outage = make_outage(grid)
        start = outage.starts_at.replace(year=day.year, month=day.month, day=day.day)
        Outage.objects.filter(pk=outage.pk).update(starts_at=start, ends_at=start + timedelta(hours=8))
        outage.refresh_from_db()
        return outage


def opened(site: Site, grid: Grid, outage: Outage, **window: int) -> Page:
    page = site.window(grid.cast.planner, **window)  # type: ignore[arg-type]
    page.goto(reverse("outages:calendar") + f"?at={clock.day_of(outage.starts_at)}")
    expect(page.locator("#calendar .kam-ev")).to_have_count(1)
    return page


def day_in(page: Page, day: date) -> Locator:
    return page.locator(f"#calendar [data-date='{day}']").first


def drag(page: Page, to: Locator) -> None:
    # Waits until the event stands still: after a move the calendar draws it anew.
    page.locator("#calendar .kam-ev").hover(position={"x": 12, "y": 8})
    place = to.bounding_box()
    assert place is not None
    page.mouse.down()
    page.mouse.move(place["x"] + 30, place["y"] + place["height"] / 2, steps=10)
    page.mouse.up()


def day_of(site: Site, outage: Outage) -> date:
    with site.still():
        outage.refresh_from_db()
        return clock.day_of(outage.starts_at)


def test_a_draft_is_dragged_and_asks_before_a_promise_is_broken(site: Site, grid: Grid) -> None:
    day = middle_of_month()
    outage = drafted(site, grid, day)
    page = opened(site, grid, outage)
    drag(page, day_in(page, day.replace(day=14)))
    expect(page.locator("#calendar-said")).to_contain_text("草稿已改到新的时间")
    expect(page.locator("#calendar-panel h2")).to_have_text(outage.title)
    assert day_of(site, outage) == day.replace(day=14)

    drag(page, day_in(page, day.replace(day=20)))
    dialog = page.locator("#calendar-ask")
    expect(dialog).to_contain_text("高考保供电")
    dialog.get_by_role("button", name="保持原来的时间").click()
    expect(dialog).to_be_hidden()
    assert day_of(site, outage) == day.replace(day=14)

    drag(page, day_in(page, day.replace(day=20)))
    expect(dialog).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/place/")):
        dialog.get_by_role("button", name="仍然改到这个时间").click()
    expect(page.locator("#calendar-said")).to_contain_text("草稿已改到新的时间")
    assert day_of(site, outage) == day.replace(day=20)


def test_the_keyboard_does_the_same(site: Site, grid: Grid) -> None:
    day = middle_of_month()
    outage = drafted(site, grid, day)
    page = opened(site, grid, outage, width=390)
    page.locator("#calendar .kam-ev").focus()
    page.keyboard.press("Enter")
    panel = page.locator("#calendar-panel")
    expect(panel.locator("h2")).to_have_text(outage.title)
    panel.locator("[name=starts_at]").fill(f"{day.replace(day=20)}T09:00")
    panel.locator("[name=ends_at]").fill(f"{day.replace(day=20)}T12:00")
    panel.locator("button").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#calendar-ask")
    expect(dialog).to_contain_text("高考保供电")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert day_of(site, outage) == day
    panel.locator("[name=starts_at]").fill(f"{day.replace(day=15)}T09:00")
    panel.locator("[name=ends_at]").fill(f"{day.replace(day=15)}T12:00")
    with page.expect_response(lambda answer: answer.url.endswith("/place/")):
        panel.locator("button").click()
    expect(page.locator("#calendar-said")).to_contain_text("草稿已改到新的时间")
    assert day_of(site, outage) == day.replace(day=15)


def test_a_reader_drags_nothing_and_no_script_is_needed(site: Site, grid: Grid) -> None:
    day = middle_of_month()
    outage = drafted(site, grid, day)
    page = site.window(grid.cast.li)
    address = reverse("outages:calendar") + f"?at={day}"
    page.goto(address)
    drag(page, day_in(page, day.replace(day=14)))
    assert day_of(site, outage) == day

    plain = site.window(grid.cast.planner, scripts=False)
    plain.goto(address)
    expect(plain.locator(".kam-cal-month a.kam-ev")).to_contain_text(outage.title)
    plain.locator(".kam-cal-month a.kam-ev").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text(outage.title)


@pytest.mark.parametrize(
    "window",
    [{"width": 1280, "language": "zh-hans", "scheme": "light"}, {"width": 390, "language": "en", "scheme": "dark"}],
    ids=["wide, Chinese, light", "narrow, English, dark"],
)
def test_axe_finds_nothing_in_any_view(site: Site, grid: Grid, window: dict[str, Any]) -> None:
    day = middle_of_month()
    outage = drafted(site, grid, day)
    with site.still():
        make_outage(grid, kind="FAULT", days=1)
        page = site.window(grid.cast.planner, **window)
    found = []
    for view in ("month", "week", "lines", "stations"):
        page.goto(reverse("outages:calendar") + f"?at={day}&view={view}")
        entry = page.locator(".kam-cal-main .kam-ev:visible").first
        entry.click()
        expect(page.locator("#calendar-panel h2")).to_have_text(outage.title)
        found += [f"{view}: {fault}" for fault in faults(page)]
    page.goto(reverse("outages:board"))
    found += [f"board: {fault}" for fault in faults(page)]
    page.goto(reverse("core:my_calendar"))
    page.locator("main .btn-primary").click()
    expect(page.locator("#address")).to_be_focused()
    found += [f"my calendar: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)
