"""What outages to come ask of each role on its day (UX: what needs me comes first)."""

from datetime import timedelta

import pytest
from django.test import Client

from kam.outage_planning.actions import consulting, overrides, planning
from kam.outage_planning.models import Consultation
from kam.outage_planning.rules.consulting import Said, Through
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Status
from kam.reports.queries.day_of_plans import plan_groups
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def grid() -> Grid:
    return make_grid()


def titles(user, at) -> dict[str, list[str]]:
    return {group.title: [item.text for item in group.items] for group in plan_groups(user, at) if group.items}


def test_each_role_finds_its_part(grid: Grid, monkeypatch: pytest.MonkeyPatch):
    cast = grid.cast
    cast.account.continuous = True
    cast.account.save()
    outage = planning.advance(outage=make_outage(grid), to=Status.CONSULTING, by=cast.planner, at=NOW)
    row = Consultation.objects.get(account=cast.account)
    thing = f"{cast.account.name} · {outage.number}"
    assert titles(cast.li, NOW) == {"您的客户尚未答复": [thing]}
    assert titles(cast.wang, NOW) == {}
    assert titles(cast.chen, NOW) == {}
    assert titles(cast.chen, NOW + 8 * DAY) == {"期满未答复：需催复两次": [thing]}
    home = Client()
    home.force_login(cast.chen)
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW + 8 * DAY)
    assert thing in home.get("/").content.decode()
    consulting.answer(
        consultation=row, said=Said.OBJECT, reason="交期", through=Through.PHONE, by=cast.chen, at=NOW + DAY
    )
    assert titles(cast.planner, NOW) == {"待协调的客户意见": [thing]}
    Consultation.objects.update(status="AGREED")
    planning.advance(outage=outage, to=Status.AGREED, by=cast.planner, at=NOW)
    assert titles(cast.planner, NOW) == {}
    near = outage.starts_at - 8 * DAY
    assert titles(cast.planner, near) == {"有逾期风险的停电通知": [f"{outage.number} {outage.title}"]}
    overrides.propose(outage=outage, rule=Guard.NOTICE_LATE, reason="抢险", by=cast.planner, at=near)
    assert titles(cast.sun, near) == {"待批准的例外": [f"{outage.number} {outage.title}"]}
    planning.advance(outage=outage, to=Status.ANNOUNCED, by=cast.planner, at=near)
    assert titles(cast.chen, outage.starts_at - 4 * DAY) == {"待电话签收的连续生产客户": [thing]}
    assert "临近停电仍未签收" in titles(cast.sun, outage.starts_at - 2 * DAY)
    assert titles(cast.planner, outage.starts_at - 6 * DAY)["有逾期风险的停电通知"] == [thing]


def test_the_accounts_page_tells_what_it_said_and_whether_it_knows(grid: Grid, monkeypatch: pytest.MonkeyPatch):
    cast = grid.cast
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    client = Client()
    client.force_login(cast.li)
    outage = planning.advance(outage=make_outage(grid), to=Status.CONSULTING, by=cast.planner, at=NOW)
    page = f"/accounts/{cast.account.account_no}/"
    assert "尚未答复" in client.get(page).content.decode()
    Consultation.objects.update(status="AGREED")
    planning.advance(outage=outage, to=Status.AGREED, by=cast.planner, at=NOW)
    planning.advance(outage=outage, to=Status.ANNOUNCED, by=cast.planner, at=NOW)
    text = client.get(page).content.decode()
    assert "通知无送达证明" in text
    assert f"停电 {outage.number}：已告知停电时间" in text
