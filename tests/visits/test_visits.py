"""A visit from plan to review: its history, what the customer is told and answers, what is written down (VIS-2, 3)."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from kam.accounts.actions import links
from kam.accounts.actions.contacts import add
from kam.accounts.models import CustomerLink, TimelineEntry
from kam.core.models import AuditEntry
from kam.lib.lifecycle import IllegalMove
from kam.notifications.actions.files import content_of
from kam.notifications.models import Message, MessageFile
from kam.service_desk.models import Request
from kam.visits.actions import answers, log, on_the_spot, planning, reviewing, telling
from kam.visits.actions.base import ChangedMeanwhile, NotOpen
from kam.visits.models import Visit, VisitParticipant
from tests.cast import NOW, TODAY, make_cast
from tests.visits.making import entry, hour, made, planned

pytestmark = pytest.mark.django_db
SOON = date(2026, 12, 8)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def contact(cast):
    return add(account=cast.account, name="何工", phone="13800005678", channel="SMS", by=cast.li, at=NOW)


def kinds(visit: Visit) -> list[str]:
    return list(TimelineEntry.objects.filter(account=visit.account).order_by("pk").values_list("kind", flat=True))


def test_a_plan_stands_on_the_timeline_and_is_made_once(cast):
    uid = uuid.uuid4()
    first, second = (planned(cast.account, cast.li, SOON, cast.wang, uid=uid) for _ in range(2))
    assert first == second
    assert kinds(first) == ["visit.planned"]
    assert set(first.participants.values_list("user__username", flat=True)) == {"li", "wang"}


def test_a_series_skips_its_exceptions_and_one_of_it_moves_alone(cast):
    series = planning.plan_series(
        account=cast.account,
        manager=cast.li,
        purpose="ROUTINE",
        note="",
        starts_at=hour(date(2026, 12, 1)),
        ends_at=hour(date(2026, 12, 1), 10),
        step="WEEKS",
        every=1,
        until_day=date(2027, 1, 6),
        exceptions=[date(2026, 12, 29)],
        by=cast.li,
        at=NOW,
    )
    days = [visit.day for visit in series.visits.order_by("day")]
    assert days == [date(2026, 12, day) for day in (1, 8, 15, 22)] + [date(2027, 1, 5)]
    one = series.visits.get(day=date(2026, 12, 8))
    planning.move(
        visit=one,
        version=one.version,
        starts_at=hour(date(2026, 12, 9)),
        ends_at=hour(date(2026, 12, 9), 10),
        reason="",
        by=cast.li,
        at=NOW,
    )
    one.refresh_from_db()
    assert (one.day, one.series_day) == (date(2026, 12, 9), date(2026, 12, 8))
    assert series.visits.filter(day=date(2026, 12, 15)).exists()
    assert one.moves.latest("pk").facts["before"].startswith("2026-12-08T09:00")


def test_who_was_told_is_told_of_a_move_and_of_the_end(cast, contact):
    visit = planned(cast.account, cast.li, SOON)
    first = telling.tell_customer(visit=visit, contact=contact, by=cast.li, at=NOW)
    later = {"starts_at": hour(SOON, 14), "ends_at": hour(SOON, 15), "by": cast.li, "at": NOW}
    with pytest.raises(planning.ReasonMissing):
        planning.move(visit=visit, version=None, reason=" ", **later)
    visit = planning.move(visit=visit, version=visit.version, reason="客户停产", **later)
    with pytest.raises(ChangedMeanwhile):
        planning.move(visit=visit, version=1, reason="又改", **{**later, "starts_at": hour(SOON, 13)})
    planning.cancel(visit=visit, reason="改由电话联系", by=cast.li, at=NOW + timedelta(hours=1))
    texts = Message.objects.order_by("pk").values_list("kind", "text")
    assert [kind for kind, _ in texts] == ["visit.proposed", "visit.moved", "visit.cancelled"]
    assert "12月8日" in texts[1][1]
    assert "14:00-15:00" in texts[1][1]
    assert not CustomerLink.objects.filter(revoked_at=None).exists()
    first.refresh_from_db()
    assert first.revoked_at is not None
    with pytest.raises(NotOpen):
        planning.move(visit=visit, version=None, reason="晚了", **later)
    assert kinds(visit) == ["contact.added", "visit.planned", "visit.moved", "visit.cancelled"]


def test_the_mail_carries_an_invitation_that_moves_and_is_taken_back(cast, settings):
    """One uid, a sequence that grows, REQUEST and at the end CANCEL; nothing of it lies open in the database."""
    settings.PUBLIC_URL, settings.DEFAULT_FROM_EMAIL = "https://kam.example.cn", "供电公司 <kam@example.cn>"
    contact = add(account=cast.account, name="周工", mail="zhou@example.cn", by=cast.li, at=NOW)
    visit = planned(cast.account, cast.li, SOON)
    telling.tell_customer(visit=visit, contact=contact, by=cast.li, at=NOW)
    times = {"starts_at": hour(SOON, 14), "ends_at": hour(SOON, 15)}
    planning.move(visit=visit, version=None, reason="客户停产", by=cast.li, at=NOW, **times)
    planning.cancel(visit=visit, reason="改由电话联系", by=cast.li, at=NOW)
    files = list(MessageFile.objects.order_by("pk"))
    assert [one.media_type.partition("=")[2] for one in files] == ["REQUEST", "REQUEST", "CANCEL"]
    assert not any("zhou@" in one.content_encrypted for one in files)
    calendars: list[Any] = [Calendar.from_ical(content_of(one)) for one in files]
    assert [str(one["method"]) for one in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    entries: list[Any] = [one.walk("VEVENT")[0] for one in calendars]
    assert {str(one["uid"]) for one in entries} == {f"visit-{visit.pk}@kam.example.cn"}
    assert [one["sequence"] for one in entries] == [1, 2, 3]
    assert [str(one["status"]) for one in entries] == ["TENTATIVE", "TENTATIVE", "CANCELLED"]
    assert [one["dtstart"].dt for one in entries] == [hour(SOON, 9), hour(SOON, 14), hour(SOON, 14)]
    assert {str(one["organizer"]) for one in entries} == {"mailto:kam@example.cn"}
    assert {str(one["attendee"]) for one in entries} == {"mailto:zhou@example.cn"}


def test_who_has_no_mail_gets_the_link_alone(cast):
    contact = add(account=cast.account, name="周工", phone="13800001234", by=cast.li, at=NOW)
    telling.tell_customer(visit=planned(cast.account, cast.li, SOON), contact=contact, by=cast.li, at=NOW)
    assert Message.objects.count() == 1
    assert not MessageFile.objects.exists()


def test_a_contact_without_phone_and_mail_cannot_be_told(cast):
    nobody = add(account=cast.account, name="门卫", by=cast.li, at=NOW)
    with pytest.raises(telling.NoWay):
        telling.tell_customer(visit=planned(cast.account, cast.li, SOON), contact=nobody, by=cast.li, at=NOW)


def test_the_customer_confirms_by_link_and_changes_their_mind(cast, contact):
    visit = planned(cast.account, cast.li, date(2027, 12, 8))
    link = telling.tell_customer(visit=visit, contact=contact, by=cast.li, at=NOW)
    address = links.address_of(link).removeprefix("http://127.0.0.1:8000")
    client = Client()
    page = client.get(address)
    assert page.status_code == 200
    assert Visit.objects.get().status == "PLANNED"  # looking changes nothing
    for _ in range(2):
        assert client.post(address, {"answer": "suits"}).status_code == 200
    visit.refresh_from_db()
    assert (visit.status, visit.answer) == ("CONFIRMED", "CONFIRMED")
    assert kinds(visit).count("visit.confirmed") == 1
    client.post(address, {"answer": "propose", "starts_at": "2027-12-09T10:00", "note": "上午要停产检修"})
    visit.refresh_from_db()
    assert (visit.status, visit.answer) == ("PLANNED", "PROPOSED")
    planning.accept(visit=visit, by=cast.li, at=NOW)
    visit.refresh_from_db()
    assert (visit.status, visit.day) == ("CONFIRMED", date(2027, 12, 9))
    assert Message.objects.filter(kind="visit.confirmed").count() == 1


def test_the_customer_saves_the_visit_to_a_calendar(cast, contact):
    pytest.importorskip("icalendar")
    link = telling.tell_customer(
        visit=planned(cast.account, cast.li, date(2027, 12, 8)), contact=contact, by=cast.li, at=NOW
    )
    address = links.address_of(link).removeprefix("http://127.0.0.1:8000")
    calendar = Client().get(f"{address}calendar.ics")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in calendar.content
    assert "何工".encode() not in calendar.content


def test_a_proposal_in_the_past_is_refused_in_words(cast, contact):
    visit = planned(cast.account, cast.li, date(2027, 12, 8))
    link = telling.tell_customer(visit=visit, contact=contact, by=cast.li, at=NOW)
    address = links.address_of(link).removeprefix("http://127.0.0.1:8000")
    answer = Client().post(address, {"answer": "propose", "starts_at": "2020-01-01T10:00", "note": "x"})
    assert "这个时间已过" in answer.content.decode()
    assert Visit.objects.get().answer == ""


def test_an_entry_is_stored_once_and_another_is_a_conflict(cast):
    visit = planned(cast.account, cast.li, TODAY)
    note = entry(TODAY, topics={"PRICE": "电价看不懂", "OTHER": " "}, satisfaction=4, others=["赵总"])
    for _ in range(2):
        log.log(visit=visit, entry=note, by=cast.li, at=NOW)
    with pytest.raises(log.LoggedAlready):
        log.log(visit=visit, entry=entry(TODAY), by=cast.wang, at=NOW)
    visit.refresh_from_db()
    assert (visit.status, visit.satisfaction) == ("DONE", 4)
    assert [(topic.topic, topic.text) for topic in visit.topics.all()] == [("PRICE", "电价看不懂")]
    assert VisitParticipant.objects.filter(visit=visit, name="赵总").count() == 1
    assert kinds(visit) == ["visit.planned", "visit.logged"]


def test_an_unplanned_visit_is_stored_once(cast):
    note = entry(TODAY)
    first, second = (
        log.log_unplanned(account=cast.account, manager=cast.li, entry=note, by=cast.li, at=NOW) for _ in range(2)
    )
    assert first == second
    assert (first.status, first.day) == ("DONE", TODAY)
    with pytest.raises(log.NotYet):
        log.log_unplanned(
            account=cast.account, manager=cast.li, entry=entry(TODAY + timedelta(days=1)), by=cast.li, at=NOW
        )


def test_the_arrival_has_a_place_only_by_consent_and_only_the_first(cast):
    cast.account.latitude, cast.account.longitude = 34.6, 119.2
    cast.account.save()
    visit = planned(cast.account, cast.li, TODAY)
    before = NOW - timedelta(hours=1)
    near = on_the_spot.Place(34.601, 119.2, 20)
    on_the_spot.arrive(visit=visit, arrived_at=before, place=near, by=cast.li, at=NOW)
    on_the_spot.arrive(visit=visit, arrived_at=NOW, place=None, by=cast.li, at=NOW)
    visit.refresh_from_db()
    assert (visit.arrived_at, visit.distance_m) == (before, 111)  # a thousandth of a degree of latitude
    other = planned(cast.account, cast.li, TODAY)
    on_the_spot.arrive(visit=other, arrived_at=NOW + timedelta(days=2), place=None, by=cast.li, at=NOW)
    other.refresh_from_db()
    assert (other.arrived_at, other.latitude) == (NOW, None)  # a telephone that is ahead is not believed


def test_a_supervisor_reviews_or_asks_back_and_nobody_reviews_their_own(cast):
    visit = made(cast.account, cast.li, date(2026, 11, 20))
    with pytest.raises(reviewing.SamePerson):
        reviewing.review(visit=visit, by=cast.li, at=NOW)
    reviewing.ask_back(visit=visit, question="客户为何不满意?", by=cast.sun, at=NOW)
    reviewing.reply(visit=visit, text="电价调整未提前告知", by=cast.li, at=NOW)
    assert [one.kind for one in Message.objects.order_by("pk")] == ["visit.asked", "visit.replied"]
    visit = reviewing.review(visit=visit, by=cast.sun, at=NOW)
    assert (visit.status, visit.reviewed_by) == ("REVIEWED", cast.sun)
    with pytest.raises(IllegalMove):
        reviewing.review(visit=visit, by=cast.sun, at=NOW)
    with pytest.raises(NotOpen):
        log.correct(visit=visit, version=visit.version, entry=entry(TODAY), by=cast.li, at=NOW)


def test_what_was_asked_for_is_one_request_with_owner_and_deadline(cast):
    visit = made(cast.account, cast.li, date(2026, 11, 20))
    asked = {"kind": "QUESTION", "text": "分时电价怎么算", "due_day": date(2026, 11, 27), "owner": cast.li}
    for _ in range(2):
        reviewing.raise_request(visit=visit, by=cast.li, at=NOW, **asked)
    request = Request.objects.get()
    assert (request.account, request.owner, request.source) == (cast.account, cast.li, "VISIT")
    assert request.source_ref == f"visits.Visit:{visit.pk}"
    assert request.deadlines.exists()
    with pytest.raises(NotOpen):
        reviewing.raise_request(visit=planned(cast.account, cast.li, SOON), by=cast.li, at=NOW, **asked)


def test_every_step_is_on_the_audit_record(cast, contact):
    visit = planned(cast.account, cast.li, TODAY)
    link = telling.tell_customer(visit=visit, contact=contact, by=cast.li, at=NOW)
    answers.suits(visit=visit, link=link, at=NOW)
    on_the_spot.arrive(visit=visit, arrived_at=None, place=None, by=cast.li, at=NOW)
    log.log(visit=visit, entry=entry(TODAY, next_step="送电价说明", next_step_day=SOON), by=cast.li, at=NOW)
    reviewing.finish_next_step(visit=visit, by=cast.li, at=NOW)
    reviewing.review(visit=visit, by=cast.sun, at=NOW)
    told = AuditEntry.objects.filter(action__startswith="visit.").order_by("seq").values_list("action", flat=True)
    assert list(told) == [
        f"visit.{step}" for step in ("planned", "told", "confirmed", "arrived", "logged", "followed_up", "reviewed")
    ]
    assert [move.to_status for move in visit.moves.order_by("pk")] == ["PLANNED", "CONFIRMED", "DONE", "REVIEWED"]


def test_the_customers_page_is_gone_with_the_visit_and_for_other_purposes(cast, contact):
    visit = planned(cast.account, cast.li, date(2027, 12, 8))
    link = telling.tell_customer(visit=visit, contact=contact, by=cast.li, at=NOW)
    CustomerLink.objects.filter(pk=link.pk).update(ref="visits.Visit:999999")
    assert Client().get(reverse("customer", args=[links.token_of(link)])).status_code == 404
