"""Ways round the notice: early starts, posts past the pages, moves, cancellations, customers that nobody can reach."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kam.accounts.actions import contacts, links
from kam.accounts.models import CustomerLink
from kam.lib import clock
from kam.network.models import SupplyPoint
from kam.notifications.models import CallTask, Message
from kam.outage_planning.actions import consulting, execution, notices, planning
from kam.outage_planning.models import Consultation, Notice, Outage
from kam.outage_planning.rules.consulting import Said, Through
from kam.outage_planning.rules.guards import Guard
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.rules.telling import AckHow
from tests.cast import NOW, make_account
from tests.notifications.making import make_relay
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def grid() -> Grid:
    return make_grid()


@pytest.fixture(autouse=True)
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(at: Any) -> None:
        monkeypatch.setattr("kam.lib.clock.now", lambda: at)

    to(NOW)
    return to


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def agreed(grid: Grid, *, days: float = 40) -> Outage:
    outage = make_outage(grid, days=days)
    outage = planning.advance(outage=outage, to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    for row in Consultation.objects.filter(outage=outage):
        consulting.answer(consultation=row, said=Said.AGREE, through=Through.LINK, by=None, at=NOW)
    return planning.advance(outage=outage, to=Status.AGREED, by=grid.cast.planner, at=NOW)


def announced(grid: Grid, **changes: float) -> Outage:
    outage = agreed(grid, **changes)
    return planning.advance(outage=outage, to=Status.ANNOUNCED, by=grid.cast.planner, at=NOW)


def test_a_late_announcement_is_refused_whichever_address_it_is_sent_to(grid: Grid, clock_at: Any):
    outage = agreed(grid)
    clock_at(outage.starts_at - 6 * DAY)
    planner = signed_in(grid.cast.planner)
    for name in ("outages:announce", "outages:begin"):
        planner.post(reverse(name, args=[outage.pk]), {"really_at": f"{clock.now():%Y-%m-%dT%H:%M}"})
    outage.refresh_from_db()
    assert outage.status == Status.AGREED
    assert not Notice.objects.exists()


def test_it_does_not_begin_before_the_time_that_customers_were_told(grid: Grid, clock_at: Any):
    outage = announced(grid)
    for notice in Notice.objects.all():
        notices.acknowledge(notice=notice, how=AckHow.LINK, who="", by=None, at=NOW)
    early = outage.starts_at - timedelta(minutes=1)
    with pytest.raises(execution.TooEarly):
        execution.begin(outage=outage, really_at=early, by=grid.cast.planner, at=early)
    clock_at(early)
    local = f"{early.astimezone(clock.zone()):%Y-%m-%dT%H:%M}"
    page = signed_in(grid.cast.planner).post(reverse("outages:begin", args=[outage.pk]), {"really_at": local})
    assert page.context["problem"]
    assert execution.begin(
        outage=outage, really_at=outage.starts_at, by=grid.cast.planner, at=outage.starts_at
    ).status == (Status.UNDER_WAY)


@pytest.mark.parametrize("kind", ["FAULT", "STAGGER", "LIMIT"])
def test_a_plan_is_not_drafted_as_what_needs_no_notice(grid: Grid, kind: str):
    start = NOW + DAY
    sent = {
        "kind": kind,
        "title": "换杆",
        "lines": [grid.first.pk],
        "unit": grid.cast.station.pk,
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M}",
    }
    answer = signed_in(grid.cast.planner).post(reverse("outages:create"), sent)
    assert "kind" in answer.context["form"].errors
    assert not Outage.objects.exists()


def test_supply_does_not_go_off_while_somebody_has_not_been_told(grid: Grid):
    outage = announced(grid)
    late = make_account(account_no="8800", name="后来受影响的客户", unit=grid.cast.station, uscc="")
    outage.impacts.create(account=late, effect=3)
    with pytest.raises(planning.GuardsRefuse) as refused:
        execution.begin(outage=outage, really_at=outage.starts_at, by=grid.cast.planner, at=outage.starts_at)
    assert Guard.NOTICES_MISSING in refused.value.guards


def test_a_move_after_announcement_finds_the_account_that_was_connected_meanwhile(grid: Grid):
    outage = announced(grid)
    new = make_account(account_no="8801", name="新接入客户", unit=grid.cast.station, uscc="")
    SupplyPoint.objects.create(account=new, name="主供", line=grid.first, kva=500)
    start = outage.starts_at + 3 * DAY
    moved = planning.move_time(
        outage=outage,
        version=outage.version,
        starts_at=start,
        ends_at=start + timedelta(hours=8),
        reason="天气",
        by=grid.cast.planner,
        at=NOW + DAY,
    )
    assert moved.status == Status.CONSULTING
    asked = Consultation.objects.filter(outage=outage, version=moved.version, status="ASKED")
    assert set(asked.values_list("account_id", flat=True)) >= {new.pk}
    with pytest.raises(planning.GuardsRefuse):
        planning.advance(outage=moved, to=Status.AGREED, by=grid.cast.planner, at=NOW + DAY)


def test_a_cancellation_takes_back_what_has_not_left_and_follows_what_has(grid: Grid):
    contacts.add(account=grid.cast.account, name="王工", phone="13800000001", channel="SMS", by=None, at=NOW)
    outage = announced(grid)
    first = Message.objects.get(kind="outage.announced", account_id=grid.cast.account.pk)
    pending = Message.objects.get(kind="outage.announced", account_id=grid.cast.other_account.pk)
    first.deliveries.filter(place=1).update(status="SENT", sent_at=NOW)
    planning.cancel(outage=outage, reason="改为带电作业", by=grid.cast.planner, at=NOW + timedelta(minutes=1))
    first.refresh_from_db()
    pending.refresh_from_db()
    assert (first.status, pending.status) == ("OPEN", "WITHDRAWN")
    assert set(Message.objects.filter(kind="outage.cancelled").values_list("account_id", flat=True)) == {
        grid.cast.account.pk,
        grid.cast.other_account.pk,
    }


@pytest.mark.parametrize("mail", ["", "duty@example.cn"])
def test_a_customer_without_a_telephone_is_written_to_or_put_on_the_call_list_never_dropped(grid: Grid, mail: str):
    contacts.add(account=grid.cast.account, name="王工", phone="", mail=mail, channel="SMS", by=None, at=NOW)
    outage = announced(grid)
    message = Message.objects.get(kind="outage.announced", account_id=grid.cast.account.pk)
    ways = list(message.deliveries.order_by("place").values_list("channel", flat=True))
    assert ways == (["MAIL", "CALL"] if mail else ["CALL"])
    make_relay().run(once=True)
    if not mail:
        task = CallTask.objects.get(message=message)
        page = signed_in(grid.cast.planner).get(reverse("notifications:call", args=[task.pk]))
        assert page.status_code == 200
    assert Notice.objects.filter(outage=outage).count() == 2


def test_links_of_others_of_old_plans_and_past_their_time_open_the_same_nothing(grid: Grid, client: Client):
    outage = announced(grid)
    notice = Notice.objects.get(account=grid.cast.account)
    link = CustomerLink.objects.get(ref=notice.ref)
    facts: dict[str, Any] = {"account": grid.cast.other_account, "purpose": link.purpose, "ref": notice.ref, "by": None}
    foreign = links.issue(**facts, expires_at=NOW + 50 * DAY, language="zh-hans", contact=None, at=NOW)
    over = links.issue(
        **{**facts, "account": grid.cast.account},
        expires_at=NOW - DAY,
        language="zh-hans",
        contact=None,
        at=NOW - 2 * DAY,
    )
    answers = [client.post(links.address_of(one), {"who": "某人"}).status_code for one in (foreign, over)]
    planning.cancel(outage=outage, reason="改期", by=grid.cast.planner, at=NOW)
    link.refresh_from_db()
    assert answers == [404, 404]
    assert link.revoked_at is not None
    assert not Notice.objects.exclude(acknowledged_at=None).exists()
