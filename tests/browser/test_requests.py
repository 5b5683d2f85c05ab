"""A request from the call to the customer's rating, in a real browser (SRV-1, SRV-2, SRV-6)."""

from __future__ import annotations

import re

import pytest
from django.core.cache import caches
from django.urls import reverse
from playwright.sync_api import expect

from kam.accounts.actions import contacts
from kam.accounts.actions.search_index import reindex
from kam.service_desk.models import CallBack, Rating, Request
from tests.browser.axe import faults
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.steps import customers_page, press
from tests.cast import NOW, Cast, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)
NUMBER = "13812345678"
ASKED = "上月力调电费为什么多了三千元？请给个说法。"
TITLE = "上月力调电费为什么多了三千元"  # its first sentence
ANSWER = "10月功率因数0.86，低于0.90，力调电费按2.0%加收。投入第二组电容后即可恢复。"


@pytest.fixture
def cast(site: Site, monkeypatch: pytest.MonkeyPatch) -> Cast:
    caches["shared"].clear()
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    with site.still():
        cast = make_cast()
        contacts.add(account=cast.account, name="钱工", phone=NUMBER, by=cast.li, at=NOW)
        reindex()
    return cast


def test_from_a_call_to_the_rating_of_the_customer(site: Site, cast: Cast) -> None:
    # The call: the number finds the account and who calls; the words are written down and taken by keyboard.
    found = []
    desk = site.window(cast.chen)
    desk.goto(reverse("desk:desk"))
    desk.locator("#desk-q").fill("138 1234 5678")
    press(desk, "查找来电客户")
    found += faults(desk)
    expect(desk.get_by_role("button", name=cast.account.name)).to_be_focused()
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(desk.locator("#id_kind")).to_be_focused()
    expect(desk.locator("#id_contact option:checked")).to_contain_text("钱工")
    found += faults(desk)
    desk.locator("#id_owner").select_option(label=cast.li.name)
    desk.locator("#id_text").fill(ASKED)
    with desk.expect_navigation():
        desk.locator("#id_text").press("Control+Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text(TITLE)
    with site.still():
        row = Request.objects.get()
        assert (row.first_owner, row.owner, row.source) == (cast.chen, cast.li, "HOTLINE")

    # It stands in the owner's queue; he takes it in hand and answers, and the page to rate goes out with that.
    owner = site.window(cast.li)
    owner.goto(reverse("desk:queue"))
    owner.get_by_role("link", name=TITLE).click()
    press(owner, "我来接单")
    owner.locator("#answer_answer").fill(ANSWER)
    press(owner, "答复并请客户评价")
    expect(owner.get_by_role("heading", name="回访客户")).to_be_visible()

    # The customer reads the answer on a telephone; without stars nothing is sent; then rates it.
    customer = customers_page(site, cast.account.name, "service.rating")
    expect(customer.get_by_text(ANSWER)).to_be_visible()
    found += faults(customer)
    press(customer, re.compile("^满意$"))
    expect(customer.get_by_role("alert")).to_be_visible()
    found += faults(customer)
    customer.get_by_label("4 ★").check()
    customer.locator("#id_words").fill("讲得清楚")
    press(customer, re.compile("^满意$"))
    expect(customer.get_by_text(f"您对 {row.number} 表示满意，评价 4 星")).to_be_visible()
    found += faults(customer)

    # Nobody had to do anything more: it is closed, with the rating on its page, and the link opens nothing.
    owner.reload()
    expect(owner.locator(".kam-chip").first).to_have_text("已办结")
    expect(owner.get_by_role("region", name="答复").first).to_contain_text("讲得清楚")
    expect(owner.locator(".kam-timeline")).to_contain_text("客户满意")
    with site.refusing():
        customer.goto(customer.url)
        expect(customer.get_by_text(row.number)).to_have_count(0)
    with site.still():
        rating = Rating.objects.get(request=row)
        assert (rating.stars, rating.way) == (4, CallBack.Way.LINK)
        row.refresh_from_db()
        assert (row.status, row.closed_at) == ("CLOSED", NOW)
    assert not found, "\n".join(found)
