"""Pages of an outage under way, of faults, calls and outlooks, and the customer's page of an outlook (OUT-5, OUT-7)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kam.accounts.actions import links
from kam.accounts.models import CustomerLink, TimelineEntry
from kam.core.models import AuditEntry
from kam.lib import clock
from kam.outage_planning.actions import execution, planning
from kam.outage_planning.models import Interruption, LostPoint, Notice, Outage, OutageImpact, Outlook, OutlookReader
from kam.outage_planning.rules.lifecycle import Status
from kam.reports.queries.day import day_of
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db


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


def local(at: Any) -> str:
    return f"{at.astimezone(clock.zone()):%Y-%m-%dT%H:%M}"


def announced(grid: Grid) -> Outage:
    outage = make_outage(grid, kind="TEMPORARY", days=2, hours=4)
    return planning.advance(outage=outage, to=Status.ANNOUNCED, by=grid.cast.planner, at=NOW)


def test_the_person_on_site_begins_restores_in_steps_and_the_planner_closes(grid: Grid, clock_at: Any):
    outage = announced(grid)
    crew = signed_in(grid.cast.station_staff)
    site = reverse("outages:site", args=[outage.pk])
    start = outage.starts_at
    clock_at(start + timedelta(minutes=5))
    late = crew.post(reverse("outages:begin", args=[outage.pk]), {"really_at": local(start + timedelta(hours=1))})
    assert late.context["problem"]
    assert crew.post(reverse("outages:begin", args=[outage.pk]), {"really_at": local(start)})["Location"] == site
    page = crew.get(site)
    (line,) = page.context["lines"]
    # Zhao's point is counted and not named.
    assert (line.waiting, line.unseen) == (2, 1)
    assert grid.cast.other_account.name not in page.content.decode()
    restore = reverse("outages:restore", args=[outage.pk])
    clock_at(start + timedelta(hours=1))
    crew, planner = signed_in(grid.cast.station_staff), signed_in(grid.cast.planner)  # an hour ends a session
    given = {"back_at": local(start + timedelta(minutes=50)), "note": "甲段"}
    assert crew.post(restore, given).context["problem"]
    mine = LostPoint.objects.get(account=grid.cast.account)
    assert crew.post(restore, {**given, "points": [mine.pk]}).status_code == 302
    assert crew.get(site).context["waiting"] == 1
    # The line stands for what of it the reader does not see.
    assert crew.post(restore, {**given, "lines": [grid.first.pk]}).status_code == 302
    outage.refresh_from_db()
    assert outage.status == Status.RESTORED
    close = reverse("outages:close", args=[outage.pk])
    assert crew.post(close).status_code == 403
    assert planner.post(close, {"note": "一切正常"}).status_code == 302
    result = planner.get(reverse("outages:result", args=[outage.pk]))
    assert result.context["found"].actual_minutes == 50
    assert Interruption.objects.filter(outage=outage).count() == 2


def test_an_overrun_is_red_on_the_page_on_the_board_and_at_home(grid: Grid, clock_at: Any):
    outage = announced(grid)
    execution.begin(outage=outage, really_at=outage.starts_at, by=grid.cast.planner, at=outage.starts_at)
    clock_at(outage.ends_at + timedelta(minutes=1))
    planner = signed_in(grid.cast.planner)
    assert planner.get(reverse("outages:site", args=[outage.pk])).context["overrun"]
    board = planner.get(reverse("outages:board"))
    assert board.context["columns"][4].cards[0].late
    titles = [group.title for group in day_of(grid.cast.planner, outage.ends_at + timedelta(minutes=1)).groups]
    assert len(titles) >= 2
    extend = reverse("outages:extend", args=[outage.pk])
    assert planner.post(extend, {"extend-ends_at": "", "extend-reason": ""}).context["extend_form"].errors
    given = {"extend-ends_at": local(outage.ends_at + timedelta(hours=2)), "extend-reason": "备件未到"}
    assert planner.post(extend, given).status_code == 302
    assert not planner.get(reverse("outages:site", args=[outage.pk])).context["overrun"]


def test_a_fault_by_its_form_and_its_news(grid: Grid, clock_at: Any):
    planner = signed_in(grid.cast.planner)
    given = {
        "lines": [grid.first.pk],
        "cause": "雷击",
        "began_at": local(NOW - timedelta(minutes=10)),
        "expected_at": local(NOW + timedelta(hours=2)),
        "unit": grid.cast.station.pk,
    }
    bad = planner.post(reverse("outages:fault"), {**given, "lines": [], "expected_at": given["began_at"]})
    assert set(bad.context["form"].errors) == {"lines", "expected_at"}
    assert planner.post(reverse("outages:fault"), given).status_code == 302
    outage = Outage.objects.get(kind="FAULT")
    assert (outage.status, outage.cause, outage.title) == (Status.UNDER_WAY, "雷击", "东湖甲线：雷击")
    news = reverse("outages:news", args=[outage.pk])
    assert planner.post(news, {"news-text": "", "news-expected_at": ""}).context["news_form"].errors
    told = {"news-text": "已隔离故障段", "news-expected_at": local(NOW + timedelta(hours=3))}
    assert planner.post(news, told).status_code == 302
    assert Notice.objects.filter(outage=outage).count() == 4


def call(grid: Grid, **changes: Any) -> dict[str, Any]:
    start = NOW + timedelta(minutes=45)
    return {
        "kind": "STAGGER",
        "level": "II",
        "starts_at": local(start),
        "ends_at": local(start + timedelta(hours=2)),
        "unit": grid.cast.station.pk,
        "lines": [grid.first.pk],
        "total_kw": "900",
        **changes,
    }


def test_a_call_is_looked_at_first_and_then_told_with_one_click(grid: Grid):
    planner, url = signed_in(grid.cast.planner), reverse("outages:call")
    look = planner.post(url, {**call(grid), "look": "1"})
    # Only what the planner sees is called: Zhao's account hangs on the line too.
    assert look.context["scope"].cuts == {grid.cast.account.pk: 900}
    assert not Outage.objects.exists()
    answer = planner.post(url, call(grid))
    outage = Outage.objects.get()
    assert answer["Location"] == reverse("outages:receipts", args=[outage.pk])
    assert outage.status == Status.ANNOUNCED
    page = planner.get(answer["Location"])
    assert page.context["live"]
    assert b"every 5s" in page.content
    part = planner.get(answer["Location"], headers={"HX-Request": "true"})
    assert b"<html" not in part.content


def test_a_call_by_a_table_explains_every_row_it_does_not_take(grid: Grid):
    planner, url = signed_in(grid.cast.planner), reverse("outages:call")
    table = f"户号,压减千瓦\n{grid.cast.account.account_no},500\n99,5\n{grid.cast.account.account_no},7\n1,viel\n"

    def sent(**changes: Any) -> Any:
        file = SimpleUploadedFile("cut.csv", table.encode(), "text/csv")
        return planner.post(url, {**call(grid, lines=[], total_kw=""), "file": file, **changes})

    scope = sent().context["scope"]
    assert scope.unknown == ["99"]
    assert [(one.row, one.code) for one in scope.bad] == [(4, "twice"), (5, "no_kw")]
    assert sent(anyway="1").status_code == 302
    assert list(OutageImpact.objects.values_list("cut_kw", flat=True)) == [500]
    both = SimpleUploadedFile("cut.csv", table.encode(), "text/csv")
    assert planner.post(url, {**call(grid), "file": both}).context["form"].errors["file"]
    empty = SimpleUploadedFile("cut.csv", b"a,b\n1,2\n", "text/csv")
    assert planner.post(url, {**call(grid, lines=[]), "file": empty}).context["form"].errors["file"]


def test_a_call_that_would_be_late_waits_for_a_second_person(grid: Grid):
    planner = signed_in(grid.cast.planner)
    start = NOW + timedelta(minutes=10)
    answer = planner.post(
        reverse("outages:call"), call(grid, starts_at=local(start), ends_at=local(start + timedelta(hours=1)))
    )
    outage = Outage.objects.get()
    assert answer["Location"] == reverse("outages:outage", args=[outage.pk])
    assert outage.status == Status.DRAFT
    assert not Notice.objects.exists()


def outlook(grid: Grid, **changes: Any) -> dict[str, Any]:
    return {
        "title": "下周晚峰偏紧",
        "level": "IV",
        "text": "请提前安排生产。",
        "days_from": "2026-11-23",
        "days_until": "2026-11-28",
        "unit": grid.cast.district.pk,
        **changes,
    }


def test_an_outlook_is_told_to_its_scope_and_read_by_link(grid: Grid):
    planner = signed_in(grid.cast.planner)
    url = reverse("outages:outlook_create")
    assert planner.post(url, outlook(grid, least_kva="99999")).context["form"].errors
    assert planner.post(url, outlook(grid, lines=[grid.first.pk])).status_code == 302
    made = Outlook.objects.get()
    (reader,) = OutlookReader.objects.all()
    assert reader.account == grid.cast.account
    assert TimelineEntry.objects.filter(kind="outlook.told").count() == 1
    link = CustomerLink.objects.first() or links.issue(
        account=reader.account,
        purpose="outage.outlook",
        ref=f"outage_planning.Outlook:{made.pk}",
        expires_at=NOW + timedelta(days=9),
        by=None,
        at=NOW,
    )
    customer = Client()
    address = "/" + links.address_of(link).split("/", 3)[3]
    assert "请提前安排生产" in customer.get(address).content.decode()
    reader.refresh_from_db()
    assert reader.read_at is None
    for _ in range(2):
        assert customer.post(address).status_code == 200
    reader.refresh_from_db()
    assert reader.read_at == NOW
    assert AuditEntry.objects.filter(action="outlook.read").count() == 1
    assert customer.get(address + "more").status_code == 404
    page = planner.get(reverse("outages:outlook", args=[made.pk]))
    assert (page.context["found"].told, page.context["found"].read) == (1, 1)
    assert planner.get(reverse("outages:outlooks")).context["page"].rows[0].read == 1
