"""The whole story of a planned outage in a real browser, and a move after it was announced (OUT-1, 2, 3, 10).

Draft, consultation, one customer agrees by link, one proposes another time, one stays silent, agreed, announced,
acknowledged, restored, closed. The clock is moved by the test.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from playwright.sync_api import expect

from kam.accounts.actions import contacts
from kam.accounts.actions.search_index import reindex
from kam.network.models import Line, SupplyPoint
from kam.outage_planning.actions import planning
from kam.outage_planning.models import Consultation, Notice, Outage
from kam.outage_planning.rules.lifecycle import Status
from tests.browser import company
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.steps import customers_page, press
from tests.cast import NOW, Cast, make_account, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Clock:
    """What time it is in the story."""

    def __init__(self) -> None:
        self.at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    caches["shared"].clear()
    clock = Clock()
    monkeypatch.setattr("kam.lib.clock.now", clock)
    return clock


@pytest.fixture
def cast(site: Site, clock: Clock) -> Cast:
    with site.still():
        cast = make_cast()
        line = company.on_a_line(cast)
        cast.account.continuous = True
        cast.account.save()
        others = [
            make_account(account_no=no, name=name, unit=cast.station, manager=cast.li, uscc="")
            for no, name in (("3200011", "东湖水泵厂"), ("3200012", "东湖冷库"))
        ]
        for account in others:
            SupplyPoint.objects.create(account=account, name="主供", line=line, kva=800)
        for account in (cast.account, *others):
            contacts.add(account=account, name="钱工", phone="13800000001", by=cast.li, at=NOW)
        reindex()
    return cast


def test_from_the_first_question_to_the_end(site: Site, cast: Cast, clock: Clock) -> None:
    planner = site.window(cast.planner)
    with site.still():
        line = Line.objects.get()
    planner.goto(reverse("outages:create") + f"?line={line.pk}")
    planner.fill("[name=title]", "更换12号杆")
    planner.fill("[name=reason]", "电杆老化")
    with planner.expect_navigation():
        planner.locator("main form button.btn-primary").last.click()
    press(planner, re.compile("3"))
    with site.still():
        outage = Outage.objects.get()
        assert outage.status == Status.CONSULTING

    # One agrees by link, one proposes another time, one stays silent.
    agrees = customers_page(site, cast.account.name, "outage.consult")
    expect(agrees.get_by_role("heading", level=1)).to_have_text("这个时间停电，可以吗？")
    press(agrees, "同意这个时间")
    expect(agrees.get_by_text("您同意这个时间。")).to_be_visible()
    counters = customers_page(site, "东湖水泵厂", "outage.consult")
    counters.get_by_text("希望改个时间").click()
    counters.fill("[name=from_1]", "2027-01-03T08:00")
    counters.fill("[name=until_1]", "2027-01-03T16:00")
    press(counters, "提交这些时间")
    expect(counters.get_by_text("您提出其他时间")).to_be_visible()

    # The answer period is over: the representative finds it on her day, and tries twice.
    clock.at = NOW + 7 * DAY + HOUR
    for hours in (0, 3):
        clock.at += hours * HOUR
        caller = site.window(cast.chen)  # a sign-in does not outlive the days of this story
        caller.goto("/")
        caller.get_by_role("link", name=re.compile("东湖冷库")).first.click()
        caller.locator("#id_try_note").fill("无人接听")
        press(caller, "记录这次催复")
    expect(caller.get_by_text("未答复现视为已协调")).to_be_visible()

    # The planner sees all answers side by side, settles the counter-proposal, fixes the time and announces it.
    planner = site.window(cast.planner)
    planner.goto(reverse("outages:outage", args=[outage.pk]))
    expect(planner.get_by_role("region", name="客户意见").first).to_contain_text("2027年1月3日(周日) 8:00-16:00")
    planner.get_by_role("link", name="协调", exact=True).click()
    planner.locator("#id_settle_reason").fill("班组当日另有任务，已电话说明")
    press(planner, "协调完毕，维持时间")
    press(planner, "确定这个时间")
    press(planner, "发出 3 份停电通知")
    expect(planner.get_by_text("1 户连续生产客户未签收")).to_be_visible()

    # The continuous producer acknowledges by its link.
    acknowledges = customers_page(site, cast.account.name, "outage.acknowledge")
    press(acknowledges, "已收到通知，将做好安排")
    expect(acknowledges.get_by_text("您已确认收到本通知")).to_be_visible()

    # On the day: dead, back everywhere, closed.
    with site.still():
        clock.at = Outage.objects.get().starts_at
    planner = site.window(cast.planner)
    planner.goto(reverse("outages:site", args=[outage.pk]))
    with planner.expect_navigation():
        planner.locator("form[action$='/begin/'] button").click()
    clock.at += 6 * HOUR
    planner = site.window(cast.planner)
    planner.goto(reverse("outages:site", args=[outage.pk]))
    with planner.expect_navigation():
        planner.locator("button[name=everywhere]").click()
    with planner.expect_navigation():
        planner.locator("form[action$='/close/'] button").click()
    with site.still():
        assert Outage.objects.get().status == Status.CLOSED
        assert Notice.objects.filter(kind="ALL_CLEAR").count() == 3
        told = Notice.objects.get(account=cast.account, kind="ANNOUNCE")
        assert (told.acknowledged_how, told.late) == ("LINK", False)


def test_a_move_after_the_announcement_asks_and_tells_again(site: Site, cast: Cast, clock: Clock) -> None:
    with site.still():
        start = NOW + 40 * DAY
        outage = planning.draft(
            kind="PLANNED",
            title="更换12号杆",
            reason="电杆老化",
            unit=cast.station,
            crew=None,
            lines=[Line.objects.get()],
            starts_at=start,
            ends_at=start + 8 * HOUR,
            by=cast.planner,
            at=NOW,
        )
        planning.advance(outage=outage, to=Status.CONSULTING, by=cast.planner, at=NOW)
        Consultation.objects.update(status="SILENT")
        planning.advance(outage=outage, to=Status.AGREED, by=cast.planner, at=NOW)
        planning.advance(outage=outage, to=Status.ANNOUNCED, by=cast.planner, at=NOW)
    old = customers_page(site, cast.account.name, "outage.acknowledge")
    expect(old.get_by_role("heading", level=1)).to_have_text("停电通知")

    planner = site.window(cast.planner)
    planner.goto(reverse("outages:move", args=[outage.pk]))
    planner.fill("[name=starts_at]", "2027-01-07T08:00")
    planner.fill("[name=ends_at]", "2027-01-07T16:00")
    planner.fill("[name=reason]", "材料未到货")
    with planner.expect_navigation():
        planner.locator(".kam-savebar button").click()
    expect(planner.locator(".kam-chip").first).to_have_text("协商中")
    expect(planner.get_by_role("region", name="停电告知与签收").first).to_contain_text("延期")

    with site.refusing():
        old.reload()
        expect(old.get_by_role("heading", level=1)).not_to_have_text("停电通知")
    again = customers_page(site, cast.account.name, "outage.consult")
    expect(again.locator(".kam-facts")).to_contain_text("2027年1月7日(周四) 8:00-16:00")
    press(again, "同意这个时间")
    with site.still():
        assert Notice.objects.filter(kind="POSTPONE").count() == 3
