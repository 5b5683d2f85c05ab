"""A debt from the bill to the end, through the pages: paid in part, penalty, plan, broken, cut, paid, reconnected.

The clock is moved by the test; what the gateway and the relay do is done by hand (CRE-1, 2, 4; DOMAIN 1.4, 1.5).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import caches
from django.urls import reverse
from playwright.sync_api import Page, expect

from kam.accounts.actions import contacts
from kam.billing import tasks
from kam.billing.models import Bill, PaymentPlan
from kam.credit.actions import supply
from kam.credit.models import SupplyCase
from kam.notifications.actions import hooks, sending
from kam.notifications.models import Message
from kam.notifications.rules.states import Channel, MessageState
from tests.browser import company
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.steps import press
from tests.cast import Cast, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=PATIENCE_MS)
BILLS = "户号,账单号,出账日期,最后交费日,应收电费\n3200001,DF202608,2026-09-05,2026-09-25,100000.00\n"


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """An instant of the company's zone (UTC+8)."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


class Clock:
    at: datetime = at(11, 23)

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
        contacts.add(
            account=cast.account, name="王会计", role="FINANCE", phone="19900000001", by=cast.sun, at=at(11, 1)
        )
    return cast


def proven(kind: str, moment: datetime) -> None:
    """What the gateway's receipt does."""
    message = Message.objects.filter(kind=kind).latest("pk")
    Message.objects.filter(pk=message.pk).update(status=MessageState.PROVEN, closed_at=moment)
    message.refresh_from_db()
    hooks.tell(message)


def worded(page: Page, step: str, word: str, button: str) -> None:
    """Fill the line of a step and press its button."""
    page.locator(f"#step-{step}").fill(word)
    press(page, button)


def test_from_the_bill_to_the_reconnection(site: Site, cast: Cast, clock: Clock, tmp_path: Path) -> None:
    # The bill comes in a file of the billing system.
    page = site.window(cast.credit)
    page.goto(reverse("billing:bill_files"))
    page.set_input_files("[type=file]", company.save(tmp_path, "账单.csv", BILLS))
    press(page, "导入账单")
    with site.still():
        bill = Bill.objects.get(number="DF202608")

    # Two fifths were paid three days ago; the penalty is derived: 100,000 for 56 days, 60,000 for 3, at 0.2 %.
    page.goto(reverse("billing:account", args=[cast.account.account_no]))
    page.get_by_role("link", name="收费", exact=True).click()
    page.locator("[name=amount]").fill("40000.00")
    page.locator("[name=received_on]").fill("2026-11-20")
    press(page, "入账")
    page.goto(reverse("billing:account", args=[cast.account.account_no]))
    expect(page.locator(".kam-figures")).to_contain_text("60,000.00")
    expect(page.locator(".kam-figures")).to_contain_text("11,560.00")

    # A plan for the rest: proposed by the officer, put in force by the supervisor.
    page.get_by_role("link", name="制定分期").click()
    for name, value in (("days", "3"), ("shares", "100"), ("rounds", "2"), ("reason", "货款月初到账")):
        page.locator(f"[name={name}]").fill(value)
    press(page, "试算")
    press(page, "提交第二人审批")
    with site.still():
        plan = PaymentPlan.objects.get()
    second = site.window(cast.sun)
    second.goto(reverse("billing:plan", args=[plan.pk]))
    press(second, "批准生效")

    # The first instalment does not come: the hourly look finds it, and the plan's page leads to what follows.
    clock.at = at(12, 7)
    with site.still():
        tasks.run(clock.at)
    page = site.window(cast.credit)
    page.goto(reverse("billing:plan", args=[plan.pk]))
    expect(page.get_by_role("alert")).to_contain_text("30,000.00")
    page.get_by_role("alert").get_by_role("link").click()
    press(page, "启动停电程序")

    # Demand, approval, notice, each proven or decided by another.
    press(page, "发送催交通知")
    with site.still():
        proven("money.demand", at(12, 7, 10, 5))
    page.reload()
    press(page, "确认催交记录")
    worded(page, "submit", "分期协议违约,多次催交未缴", "提交审批")
    with site.still():
        case = SupplyCase.objects.get()
    second = site.window(cast.sun)
    second.goto(reverse("credit:case", args=[case.pk]))
    worded(second, "approve", "同意", "批准")
    page.reload()
    press(page, "送达停电通知书")
    with site.still():
        proven("credit.cut_notice", at(12, 7, 11))
        cut_at = SupplyCase.objects.get().cut_at
        assert cut_at == at(12, 15)

    # On the day the call is on the list; it is taken there, and the case moves by it.
    clock.at = at(12, 15, 8, 40)
    with site.still():
        assert supply.watch(at=clock.at)["called"] == 1
        [claim] = sending.claim(channel=Channel.CALL, owner="t", room=1, per_second=None, at=clock.at)
        sending.do_here(claim, owner="t", at=clock.at)
    page = site.window(cast.credit)
    page.goto(reverse("credit:case", args=[case.pk]))
    expect(page.get_by_role("button", name="登记:现已停电")).to_have_count(0)
    expect(page.get_by_text("须在 09:30 前拨打")).to_be_visible()
    page.goto(reverse("notifications:calls"))
    page.get_by_role("link", name=re.compile("停电前再次通知")).first.click()
    expect(page.locator(".kam-script")).to_contain_text("60,000.00元")
    press(page, "我来打：显示号码")
    page.locator("[name=answered_by]").fill("王会计")
    page.locator("[name=reached]").first.check()
    press(page, "记录通话")
    page.goto(reverse("credit:case", args=[case.pk]))
    expect(page.locator("li[aria-current=step]")).to_have_text("停电前已再次通知")
    expect(page.get_by_role("button", name="登记:现已停电")).to_have_count(0)  # not before the time told
    clock.at = at(12, 15, 10, 1)
    page = site.window(cast.credit)  # a sign-in ends after half an hour without use
    page.goto(reverse("credit:case", args=[case.pk]))
    press(page, "登记:现已停电")
    expect(page.locator("li[aria-current=step]")).to_have_text("已停电")

    # Paid the next morning: the clock to reconnect runs by itself; the supply is back; the penalty is charged.
    clock.at = at(12, 16, 9)
    page = site.window(cast.credit)
    page.goto(reverse("credit:case", args=[case.pk]))
    page.get_by_role("link", name="收费", exact=True).click()
    page.locator("[name=amount]").fill("60000.00")
    press(page, "入账")
    page.goto(reverse("credit:case", args=[case.pk]))
    expect(page.locator("li[aria-current=step]")).to_have_text("已缴清,待复电")
    expect(page.get_by_text("最迟复电时间")).to_be_visible()
    expect(page.get_by_text("还有 24 小时")).to_be_visible()
    press(page, "登记:已复电")
    expect(page.locator("li[aria-current=step]")).to_contain_text("已复电")
    page.get_by_role("link", name="账单与收费").click()
    # 56 days of 100,000 and 26 days of 60,000.
    press(page, "计收 ¥ 14,320.00")
    expect(page.get_by_text("已计收电费违约金 ¥ 14,320.00。")).to_be_visible()
    with site.still():
        case.refresh_from_db()
        bill.refresh_from_db()
        assert case.status == "RECONNECTED"
        assert case.collected == 60000
        assert bill.penalties.get().amount == 14320
