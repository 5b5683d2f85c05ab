"""Business applications (业扩): steps, documents, survey by appointment, schemes, the customer's page (SRV-3)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kam.accounts.actions import links
from kam.accounts.models import CustomerLink
from kam.notifications.models import Message
from kam.service_desk.actions import applications, requests
from kam.service_desk.models import Application, ApplicationDocument, Appointment, Request
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import DAY, HOUR, answered, dues, make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW + HOUR)


def apply(cast: Cast, **changes: Any) -> Application:
    fields: dict[str, Any] = {
        "kind": "MORE_CAPACITY",
        "supply": "HV_SINGLE",
        "text": "新增一条轧线",
        "source": "VISIT",
        "kva_before": Decimal(2000),
        "kva_wanted": Decimal(3150),
        "wanted_from": date(2027, 3, 1),
        "wanted_until": None,
        "contact": None,
        "by": cast.li,
        "at": NOW,
    }
    return applications.apply(**{"account": cast.account, **fields, **changes})


def finish(row: Application, code: str, cast: Cast, at=NOW + HOUR) -> None:
    applications.finish_step(application=row, code=code, note="", by=cast.li, at=at)


def accept_all(row: Application, cast: Cast) -> None:
    for paper in row.documents.filter(needed=True):
        applications.give_document(document=paper, attachment=None, by=cast.li, at=NOW)
        applications.judge_document(document=paper, accepted=True, note="", by=cast.li, at=NOW)


def survey(row: Application, cast: Cast) -> Appointment:
    ahead, _sent = applications.propose(
        application=row, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, surveyor=cast.station_staff, by=cast.li, at=NOW
    )
    return applications.note_survey(
        appointment=ahead, finding="具备接入条件", latitude=34.6, longitude=119.2, by=cast.station_staff, at=NOW + DAY
    )


def scheme(row: Application, cast: Cast, title: str = "方案一"):
    return applications.add_scheme(
        application=row,
        title=title,
        line=None,
        voltage_kv=Decimal(10),
        kva=Decimal(3150),
        metering="高供高计",
        cost_yuan=Decimal("380000"),
        workdays=20,
        text="",
        by=cast.li,
        at=NOW + DAY,
    )


def page_of(row: Application) -> tuple[Client, str]:
    link = CustomerLink.objects.filter(purpose="service.progress", revoked_at=None).latest("pk")
    return Client(), links.address_of(link).split("/", 3)[3].join(["/", ""])


def test_an_application_is_a_request_with_the_steps_and_papers_of_its_kind(cast):
    row = apply(cast)
    assert row.request.title == "增容 3150 kVA"
    assert [step.code for step in row.steps.order_by("place")][:4] == ["accept", "survey", "scheme", "choose_scheme"]
    promise = dues(row.request)["CONNECT"].promise
    assert promise is not None
    assert promise.code == "application.connect.hv_single"
    assert apply(cast, kind="NAME_CHANGE", supply="CHANGE", kva_wanted=None).documents.filter(needed=True).count() == 3


def test_it_is_accepted_with_all_its_papers_and_the_missing_ones_are_told_at_once(cast):
    row = apply(cast)
    with pytest.raises(applications.DocumentsMissing) as missing:
        finish(row, "accept", cast)
    assert missing.value.codes == ["application_form", "identity", "load_list"]
    paper = row.documents.get(code="identity")
    with pytest.raises(applications.NotOpen):
        applications.judge_document(document=paper, accepted=True, note="", by=cast.li, at=NOW)
    accept_all(row, cast)
    finish(row, "accept", cast)
    with pytest.raises(applications.NotOpen):
        finish(row, "accept", cast)
    with pytest.raises(applications.NotOpen):
        finish(row, "connect", cast)


def test_the_companys_clock_stands_while_the_customer_has_its_turn(cast):
    row = apply(cast)
    accept_all(row, cast)
    finish(row, "accept", cast)
    with pytest.raises(applications.SurveyMissing):
        finish(row, "survey", cast)
    survey(row, cast)
    assert (row.request.latitude, Request.objects.get(pk=row.request_id).latitude) == (None, 34.6)
    finish(row, "survey", cast)
    with pytest.raises(applications.SchemeMissing):
        finish(row, "scheme", cast)
    one = scheme(row, cast)
    before = dues(row.request)["CONNECT"].due_at
    # Monday 23 November 10:00 the schemes are told; the customer chooses on Friday 27 at 10:00: four workdays.
    monday = NOW + 2 * DAY
    finish(row, "scheme", cast, at=monday)
    assert dues(row.request)["CONNECT"].stood_still
    assert Request.objects.get(pk=row.request_id).paused
    applications.choose_scheme(scheme=one, by=cast.li, at=monday + 4 * DAY)
    # The next step, the design, is the customer's too.
    assert dues(row.request)["CONNECT"].stood_still
    finish(row, "design", cast, at=monday + 4 * DAY)
    after = dues(row.request)["CONNECT"]
    assert not after.stood_still
    assert after.due_at == before + timedelta(days=6)  # four workdays later, over one weekend
    assert row.steps.get(code="choose_scheme").done_at == monday + 4 * DAY


def test_finished_it_is_answered_like_any_request(cast):
    row = apply(cast, kind="TARIFF_CHANGE", supply="CHANGE", kva_wanted=None)
    accept_all(row, cast)
    finish(row, "accept", cast)
    survey(row, cast)
    finish(row, "survey", cast)
    finish(row, "settle", cast, at=NOW + 3 * DAY)
    assert dues(row.request)["CONNECT"].met_at == NOW + 3 * DAY
    assert requests.answer(request=row.request, text="已改类。", by=cast.li, at=NOW + 3 * DAY).status == "ANSWERED"


def test_one_scheme_is_chosen(cast):
    row = apply(cast)
    one, other = scheme(row, cast), scheme(row, cast, "方案二")
    applications.choose_scheme(scheme=one, by=cast.li, at=NOW + DAY)
    with pytest.raises(applications.NotOpen):
        applications.choose_scheme(scheme=other, by=cast.li, at=NOW + DAY)
    with pytest.raises(applications.NotOpen):
        scheme(row, cast, "方案三")


def test_an_appointment_that_moves_stays_on_record(cast):
    row = apply(cast, contact=make_contact(cast))
    first, sent = applications.propose(
        application=row, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, surveyor=cast.station_staff, by=cast.li, at=NOW
    )
    assert sent
    assert "11月22日10:00-11:00" in Message.objects.get(kind="service.survey").text
    applications.propose(
        application=row, starts_at=NOW + 2 * DAY, ends_at=NOW + 2 * DAY + HOUR, surveyor=cast.li, by=cast.li, at=NOW
    )
    first.refresh_from_db()
    assert first.status == "MOVED"
    with pytest.raises(applications.NotOpen):
        applications.answer_appointment(appointment=first, agreed=True, words="", link=None, by=None, at=NOW)


# ---- the customer's pages


def test_the_customer_follows_confirms_and_chooses_by_the_page(cast):
    row = apply(cast, contact=make_contact(cast, language="en"))
    applications.propose(
        application=row, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, surveyor=cast.station_staff, by=cast.li, at=NOW
    )
    client, url = page_of(row)
    page = client.get(url).content.decode()
    assert "That suits us" in page
    assert Appointment.objects.get().status == "PROPOSED"  # GET changes nothing
    ahead = str(Appointment.objects.get().pk)
    assert (
        "Please write which times suit you"
        in client.post(url, {"what": "decline", "appointment": ahead}).content.decode()
    )
    assert client.post(url, {"what": "agree", "appointment": ahead}).status_code == 302
    assert Appointment.objects.get().status == "CONFIRMED"
    one = scheme(row, cast)
    client.post(url, {"what": "choose", "scheme": str(one.pk)})
    one.refresh_from_db()
    assert one.chosen_at is not None
    assert one.chosen_by is None


def test_the_page_takes_papers_and_refuses_what_could_do_harm(cast, tmp_path):
    row = apply(cast, contact=make_contact(cast, language="en"))
    applications.send_progress(application=row, by=cast.li, at=NOW)
    client, url = page_of(row)
    paper = str(row.documents.get(code="identity").pk)
    bad, good = tmp_path / "x.html", tmp_path / "licence.txt"
    bad.write_text("<script>")
    good.write_text("营业执照")
    with bad.open("rb") as file:
        said = client.post(url, {"what": "document", "document": paper, "file": file}).content.decode()
    assert "Files of this kind are not taken" in said
    with good.open("rb") as file:
        assert client.post(url, {"what": "document", "document": paper, "file": file}).status_code == 302
    given = ApplicationDocument.objects.get(pk=paper).attachment
    assert given is not None
    assert given.name == "licence.txt"


def test_a_page_answers_only_for_its_own_application(cast):
    mine = apply(cast, contact=make_contact(cast))
    other = apply(cast, account=cast.other_account, by=cast.zhao)
    foreign = scheme(other, cast)
    applications.send_progress(application=mine, by=cast.li, at=NOW)
    client, url = page_of(mine)
    assert client.post(url, {"what": "choose", "scheme": str(foreign.pk)}).status_code == 200
    foreign.refresh_from_db()
    assert foreign.chosen_at is None
    assert cast.other_account.name not in client.get(url).content.decode()
    # A new page closes the one before.
    applications.send_progress(application=mine, by=cast.li, at=NOW + HOUR)
    assert client.get(url).status_code == 404


def test_the_customer_rates_on_the_page(cast):
    from kam.service_desk.actions import call_backs

    row = answered(cast, contact=make_contact(cast, language="en"))
    call_backs.ask_by_link(request=row, by=cast.li, at=NOW + HOUR)
    link = CustomerLink.objects.get(purpose="service.rating")
    client, url = Client(), "/" + links.address_of(link).split("/", 3)[3]
    assert "抄表无误" in client.get(url).content.decode()
    assert "Please choose one to five stars." in client.post(url, {"content": "1"}).content.decode()
    assert "4 of 5 stars" in client.post(url, {"content": "1", "stars": "4"}).content.decode()
    row.refresh_from_db()
    assert row.status == "CLOSED"
    assert client.get(url).status_code == 404  # closed with the request


def test_by_the_forms(cast):
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.li)
    url = reverse("desk:apply", args=[cast.account.account_no])
    page = client.post(url, {"kind": "MORE_CAPACITY", "text": "扩产"}).content.decode()
    assert "Say how much capacity is wanted." in page
    assert "扩产" in page
    suspension = {"kind": "SUSPENSION", "text": "检修", "wanted_from": "2026-12-01", "wanted_until": "2026-12-05"}
    assert "15 days or more" in client.post(url, suspension).content.decode()
    client.post(url, suspension | {"wanted_until": "2026-12-20"})
    row = Application.objects.get()
    assert row.supply == "CHANGE"
    page = client.post(reverse("desk:step", args=[row.pk]), {"code": "accept"}).content.decode()
    assert "business licence or other identity" in page
