"""Signed pages: what a customer sees and says; GET changes nothing, every failure is one page (RELIABILITY 3.8, S7)."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from kam.accounts.actions import contacts, links
from kam.accounts.models import CustomerLink
from kam.core.models import AuditEntry
from kam.outage_planning.actions import notices, planning
from kam.outage_planning.models import Answer, Consultation, ConsultationMove, Notice, NoticeEvent
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.rules.telling import NoticeKind
from tests.cast import NOW
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid() -> Grid:
    caches["shared"].clear()
    grid = make_grid()
    contacts.add(account=grid.cast.account, name="钱工", phone="13800000001", by=grid.cast.li, at=NOW)
    return grid


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_moment(monkeypatch, NOW)


def at_the_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: at)


def path_of(link: CustomerLink) -> str:
    return "/c/" + links.token_of(link) + "/"


def asked(grid: Grid) -> tuple[Consultation, str]:
    planning.advance(outage=make_outage(grid), to=Status.CONSULTING, by=grid.cast.planner, at=NOW)
    row = Consultation.objects.get(account=grid.cast.account)
    return row, path_of(CustomerLink.objects.get(account=grid.cast.account))


def everything() -> list[int]:
    models: Any = (Answer, ConsultationMove, NoticeEvent, AuditEntry, Consultation, Notice)
    return [model.objects.count() for model in models]


def post(path: str, **given: Any) -> HttpResponse:
    return Client().post(path, given)  # type: ignore[return-value]


def test_the_page_asks_in_one_sentence_and_get_changes_nothing(grid: Grid):
    _, path = asked(grid)
    before = everything()
    page = Client().get(path)
    text = page.content.decode()
    assert "2026年12月31日(周四) 10:00-18:00" in text
    assert "因电杆老化，我们拟停运 东湖甲线" in text
    assert "短时停电数秒" in text
    assert "同意这个时间" in text
    assert "西山水泥" not in text
    assert Client().head(path).status_code == 200
    assert everything() == before
    assert CustomerLink.objects.get(account=grid.cast.account).used_at is None
    assert "May your supply go off then?" in Client().get(path + "?lang=en").content.decode()


def test_one_button_agrees_and_the_page_repeats_the_answer(grid: Grid):
    row, path = asked(grid)
    assert post(path, said="AGREE", key="k1").status_code == 302
    assert "您同意这个时间" in Client().get(path).content.decode()
    answer = Answer.objects.get()
    assert (answer.through, answer.answered_by, answer.by) == ("LINK", "钱工", None)
    # Sent twice: one answer. Another form: another answer, and both are kept.
    post(path, said="AGREE", key="k1")
    assert Answer.objects.count() == 1
    post(path, said="OBJECT", reason="出口订单交期", key="k2")
    row.refresh_from_db()
    assert (row.status, row.answers.count()) == ("OBJECTED", 2)
    assert CustomerLink.objects.get(account=grid.cast.account).used_at == NOW


def test_other_times_and_a_paper_are_sent(grid: Grid):
    row, path = asked(grid)
    bad = post(path, said="OTHER", from_1="2027-01-03T10:00", until_1="2027-01-03T09:00", comment="锅炉检修", key="k")
    text = bad.content.decode()
    assert "结束时间须晚于开始时间" in text
    assert "锅炉检修" in text
    assert "2027-01-03T09:00" in text
    assert not Answer.objects.exists()
    picture = BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    given = {"said": "OTHER", "from_1": "2027-01-03T10:00", "until_1": "2027-01-03T18:00", "key": "k"}
    post(path, **given, attachment=SimpleUploadedFile("计划.png", picture.getvalue()), answered_by="王工")
    answer = Answer.objects.get()
    assert answer.windows == [{"from": "2027-01-03T10:00:00+08:00", "until": "2027-01-03T18:00:00+08:00"}]
    assert (answer.attachment_name, answer.attachment.read(2), answer.answered_by) == ("计划.jpg", b"\xff\xd8", "王工")
    assert "2027年1月3日(周日) 10:00-18:00" in Client().get(path).content.decode()
    client = Client()
    client.force_login(grid.cast.chen)
    download = client.get(f"/outages/answers/file/{answer.pk}/")
    assert "attachment" in download["Content-Disposition"]
    refused = post(path, **given | {"key": "k3"}, attachment=SimpleUploadedFile("x.html", b"<script>"))
    assert refused.context["form"].errors.as_data()["attachment"][0].code == "kind"  # type: ignore[attr-defined]


@pytest.mark.parametrize("said", ["", "MAYBE"])
def test_nonsense_is_no_answer(grid: Grid, said: str):
    _, path = asked(grid)
    assert post(path, said=said).status_code == 200
    assert not Answer.objects.exists()


def test_every_failure_is_one_page_and_changes_nothing(grid: Grid, monkeypatch: pytest.MonkeyPatch):
    row, path = asked(grid)
    link = CustomerLink.objects.get(account=grid.cast.account)

    def issue(**changes: Any) -> CustomerLink:
        given: dict[str, Any] = {
            "account": grid.cast.account,
            "purpose": "outage.consult",
            "ref": row.ref,
            "expires_at": NOW + timedelta(days=30),
            "by": None,
            "at": NOW,
        }
        return links.issue(**given | changes)

    revoked = issue()
    links.revoke(link=revoked, by=None, at=NOW)
    paths = [
        path_of(revoked),
        path_of(issue(purpose="outage.acknowledge")),  # another purpose than what it is about
        path_of(issue(ref="outage_planning.Consultation:999999")),
        path_of(issue(ref="outage_planning.Consultation:x")),
        path_of(issue(account=grid.cast.other_account)),  # another customer's question
        path + "more",
        "/c/AAAAAAAAAAAAAAAAAAAAAA/",
    ]
    before = everything()
    at_the_moment(monkeypatch, link.expires_at)
    answers = [Client().get(one) for one in (path, *paths)] + [post(one, said="AGREE") for one in (path, *paths)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert everything() == before


def test_an_answer_after_the_time_is_fixed_is_not_taken_and_says_so(grid: Grid):
    row, path = asked(grid)
    Consultation.objects.update(status="AGREED")
    planning.advance(outage=row.outage, to=Status.AGREED, by=grid.cast.planner, at=NOW)
    answer = post(path, said="OBJECT", reason="出口订单")
    assert "这次答复没有收下" in answer.content.decode()
    assert not Answer.objects.exists()
    assert "停电时间已经确定" in Client().get(path).content.decode()


def test_a_move_closes_the_old_link(grid: Grid):
    row, path = asked(grid)
    planning.move_time(
        outage=row.outage,
        version=1,
        starts_at=row.starts_at + timedelta(days=2),
        ends_at=row.ends_at + timedelta(days=2),
        reason="客户要求",
        by=grid.cast.planner,
        at=NOW,
    )
    assert Client().get(path).status_code == 404
    new = CustomerLink.objects.filter(account=grid.cast.account, revoked_at=None).get()
    assert "2027年1月2日" in Client().get(path_of(new)).content.decode()


def test_a_notice_is_acknowledged_by_its_button_alone(grid: Grid):
    grid.cast.account.continuous = True
    grid.cast.account.save()
    outage = make_outage(grid)
    notices.tell(outage=outage, kind=NoticeKind.ANNOUNCE, by=grid.cast.planner, at=NOW)
    path = path_of(CustomerLink.objects.get(account=grid.cast.account))
    before = everything()
    text = Client().get(path).content.decode()
    assert "2026年12月31日(周四) 10:00-18:00" in text
    assert "已收到通知，将做好安排" in text
    assert everything() == before
    assert post(path, who="钱工程师").status_code == 302
    notice = Notice.objects.get(account=grid.cast.account)
    assert (notice.acknowledged_how, notice.acknowledged_by, notice.proven_by) == ("LINK", "钱工程师", "LINK")
    post(path, who="别人")
    assert Notice.objects.get(pk=notice.pk).acknowledged_by == "钱工程师"
    assert "您已确认收到本通知" in Client().get(path).content.decode()
