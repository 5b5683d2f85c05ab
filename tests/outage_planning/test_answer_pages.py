"""The planner's and the representative's pages about answers and notices (OUT-1, OUT-2, OUT-3)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kam.outage_planning.actions import consulting, planning
from kam.outage_planning.models import Answer, Consultation, ConsultationTry, Notice, Outage
from kam.outage_planning.rules.consulting import Said, Through, Window
from kam.outage_planning.rules.lifecycle import Status
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid() -> Grid:
    return make_grid()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(grid: Grid) -> tuple[Outage, Consultation]:
    outage = planning.advance(outage=make_outage(grid), to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    return outage, Consultation.objects.get(outage=outage, account=grid.cast.account)


def test_a_representative_notes_an_answer_from_the_telephone(grid: Grid):
    _, row = asked(grid)
    client = signed_in(grid.cast.chen)
    url = reverse("outages:answer_note", args=[row.pk])
    bad = client.post(url, {"said": "OBJECT", "through": "PHONE", "comment": "下周再问"})
    assert set(bad.context["answer_form"].errors) == {"answered_by", "reason"}
    assert "下周再问" in bad.content.decode()
    given = {"said": "OBJECT", "through": "PHONE", "answered_by": "钱工", "reason": "出口订单"}
    assert client.post(url, given).status_code == 302
    answer = Answer.objects.get()
    assert (answer.said, answer.through, answer.by) == ("OBJECT", "PHONE", grid.cast.chen)
    assert client.post(url, {**given, "through": "LINK"}).context["answer_form"].errors["through"]
    # Who only looks may not.
    assert signed_in(grid.cast.credit).post(url, given).status_code == 403


def test_a_try_is_documented(grid: Grid):
    _, row = asked(grid)
    client = signed_in(grid.cast.chen)
    url = reverse("outages:answer_try", args=[row.pk])
    given = {"how": "PHONE", "tried_at": "2026-11-21T11:00", "result": "NOT_REACHED", "note": "无人接听"}
    assert "tried_at" in client.post(url, given).context["try_form"].errors
    assert "tried_at" in client.post(url, {**given, "tried_at": "2026-11-20T09:00"}).context["try_form"].errors
    assert client.post(url, {**given, "tried_at": "2026-11-21T10:00"}).status_code == 302
    assert ConsultationTry.objects.get().note == "无人接听"
    page = client.get(reverse("outages:consultation", args=[row.pk])).content.decode()
    assert "有效催复 0/2 次" in page


def test_the_planner_compares_settles_fixes_and_announces(grid: Grid, django_assert_max_num_queries):
    outage, row = asked(grid)
    other = Window(outage.starts_at + timedelta(days=3), outage.ends_at + timedelta(days=3))
    consulting.answer(
        consultation=row, said=Said.OTHER, windows=[other], through=Through.PHONE, by=grid.cast.chen, at=NOW
    )
    client = signed_in(grid.cast.planner)
    page_url = reverse("outages:outage", args=[outage.pk])
    with django_assert_max_num_queries(60):
        text = client.get(page_url).content.decode()
    assert "2027年1月3日(周日) 10:00-18:00" in text
    assert "?starts_at=2027-01-03T10%3A00&amp;ends_at=2027-01-03T18%3A00" in text
    assert "1 户待协调" in text
    # The other customer's answer is not this planner's to see; it counts all the same.
    assert grid.cast.other_account.name not in text
    move = client.get(reverse("outages:move", args=[outage.pk]) + "?starts_at=2027-01-03T10:00")
    assert 'value="2027-01-03T10:00"' in move.content.decode()
    settle = reverse("outages:answer_settle", args=[row.pk])
    assert client.post(settle, {"reason": ""}).context["settle_form"].errors
    assert client.post(settle, {"reason": "班组当日不可用"}).status_code == 302
    agree = reverse("outages:agree", args=[outage.pk])
    assert "尚有受影响客户没有答复" in client.post(agree, follow=True).content.decode()
    Consultation.objects.filter(account=grid.cast.other_account).update(status="SILENT")
    assert client.post(agree).status_code == 302
    assert "发出 2 份停电通知" in client.get(page_url).content.decode()
    announce = reverse("outages:announce", args=[outage.pk])
    assert "已向 2 个客户发出" in client.post(announce, follow=True).content.decode()
    assert client.post(announce, follow=True).status_code == 200
    assert Notice.objects.count() == 2


def test_an_acknowledgement_is_noted_on_the_outages_page(grid: Grid):
    outage = make_outage(grid, kind="TEMPORARY")
    planning.advance(outage=outage, to=Status.ANNOUNCED, by=grid.cast.planner, at=NOW)
    notice = Notice.objects.get(account=grid.cast.account)
    client = signed_in(grid.cast.chen)
    url = reverse("outages:acknowledge", args=[notice.pk])
    client.post(url, {"how": "PHONE", "who": ""})
    assert Notice.objects.get(pk=notice.pk).acknowledged_at is None
    text = client.post(url, {"how": "PHONE", "who": "值班员老周"}, follow=True).content.decode()
    assert "值班员老周" in text
    assert Notice.objects.get(pk=notice.pk).acknowledged_how == "PHONE"


def test_the_list_of_answers_is_bounded(grid: Grid, django_assert_max_num_queries):
    asked(grid)
    client = signed_in(grid.cast.chen)
    # Three of them keep the session going.
    with django_assert_max_num_queries(9):
        page = client.get(reverse("outages:answers"))
    assert [row.account_id for row in page.context["page"].rows] == [grid.cast.account.pk]
    assert not client.get(reverse("outages:answers") + "?status=OBJECTED").context["page"].rows
    assert client.get(reverse("outages:answers") + "?status=nonsense").status_code == 200
