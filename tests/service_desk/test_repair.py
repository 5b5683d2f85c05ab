"""Crews: the nearest free one, there and finished on the spot; the promise is judged by those (SRV-2, SRV-8)."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kam.core.models import AuditEntry
from kam.lib.lifecycle import IllegalMove
from kam.notifications.models import Message
from kam.outage_planning.models import Crew
from kam.service_desk.actions import repair
from kam.service_desk.models import CrewPost, FieldJob, Request
from kam.service_desk.queries import crews
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import HOUR, answered, dues, take

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)


def make_crew(cast: Cast, code: str = "QX1", latitude: float = 34.60, **changes) -> Crew:
    fields = {
        "crew": None,
        "name": f"抢修{code}",
        "unit": cast.station,
        "base": "东湖路 1 号",
        "longitude": 119.20,
        "on_duty": True,
        "members": [cast.station_staff],
        "by": cast.station_staff,
        "at": NOW,
    }
    return repair.save_crew(**{"code": code, "latitude": latitude, **fields, **changes})


def fault(cast: Cast, **changes) -> Request:
    fields = {"kind": "FAULT", "text": "全厂停电", "latitude": 34.65, "longitude": 119.20, "by": cast.chen}
    return take(cast, **{**fields, **changes})


def test_the_nearest_free_crew_is_proposed_first(cast):
    near, far, busy, off = (
        make_crew(cast, "NEAR", 34.64),
        make_crew(cast, "FAR", 34.40),
        make_crew(cast, "BUSY", 34.65),
        make_crew(cast, "OFF", 34.65, on_duty=False),
    )
    repair.send(request=fault(cast), crew=busy, by=cast.chen, at=NOW)
    found = crews.nearest(CrewPost.objects.all(), fault(cast), NOW)
    assert [one.post.crew for one in found] == [near, far, busy]
    assert found[0].km == pytest.approx(1.11, abs=0.01)
    assert found[1].km == pytest.approx(27.8, abs=0.1)
    assert off not in [one.post.crew for one in found]
    # Where a crew was lately goes before its base; where it was yesterday does not.
    CrewPost.objects.filter(crew=far).update(last_latitude=34.651, last_longitude=119.20, last_at=NOW - HOUR)
    assert crews.nearest(CrewPost.objects.all(), fault(cast), NOW)[0].post.crew == far
    CrewPost.objects.filter(crew=far).update(last_at=NOW - timedelta(days=1))
    assert crews.nearest(CrewPost.objects.all(), fault(cast), NOW)[0].post.crew == near


def test_a_crew_is_at_one_job_and_a_request_has_one_crew(cast):
    one, other, row = make_crew(cast), make_crew(cast, "QX2"), fault(cast)
    job = repair.send(request=row, crew=one, by=cast.chen, at=NOW)
    assert job.distance_km == pytest.approx(5.56, abs=0.01)
    assert Message.objects.filter(kind="request.sent_out").count() == 1
    with pytest.raises(repair.CrewBusy):
        repair.send(request=fault(cast), crew=one, by=cast.chen, at=NOW)
    with pytest.raises(repair.AlreadySent):
        repair.send(request=row, crew=other, by=cast.chen, at=NOW)
    repair.call_off(job=job, reason="另派", by=cast.chen, at=NOW)
    repair.send(request=row, crew=other, by=cast.chen, at=NOW)
    with pytest.raises(IllegalMove):
        repair.send(request=answered(cast, kind="FAULT", text="x"), crew=one, by=cast.chen, at=NOW)


@pytest.mark.parametrize(("minutes", "kept"), [(30, True), (31, False)])
def test_the_promise_is_judged_by_what_is_recorded_on_the_spot(cast, minutes, kept):
    row = fault(cast)
    job = repair.send(request=row, crew=make_crew(cast), by=cast.chen, at=NOW)
    with pytest.raises(repair.NotInCrew):
        repair.arrive(job=job, latitude=None, longitude=None, by=cast.li, at=NOW)
    with pytest.raises(repair.NotThere):
        repair.finish(job=job, cause="a", result="b", latitude=None, longitude=None, by=cast.station_staff, at=NOW)
    there = NOW + minutes * MINUTE
    repair.arrive(job=job, latitude=34.65, longitude=119.2, by=cast.station_staff, at=there)
    arrival = dues(row)["ARRIVE"]
    assert (arrival.met_at, there <= arrival.due_at) == (there, kept)
    with pytest.raises(repair.NotThere):
        repair.arrive(job=job, latitude=None, longitude=None, by=cast.station_staff, at=there)
    done = NOW + 2 * HOUR
    repair.finish(
        job=job,
        cause="跌落式熔断器熔断",
        result="更换熔丝",
        latitude=34.65,
        longitude=119.2,
        by=cast.station_staff,
        at=done,
    )
    assert dues(row)["RESTORE"].met_at == done
    post = CrewPost.objects.get(crew=job.crew)
    assert (post.last_latitude, post.last_at) == (34.65, done)
    assert Message.objects.filter(kind="request.repaired").count() == 1


def test_in_the_country_restoring_counts_from_the_arrival(cast):
    row = fault(cast, place="COUNTRY")
    assert "RESTORE" not in dues(row)
    job = repair.send(request=row, crew=make_crew(cast), by=cast.chen, at=NOW)
    repair.arrive(job=job, latitude=None, longitude=None, by=cast.station_staff, at=NOW + HOUR)
    assert dues(row)["RESTORE"].due_at == NOW + 5 * HOUR


def test_by_the_pages_from_sending_to_supply_back(cast):
    crew, row = make_crew(cast), fault(cast)
    desk, telephone = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"})
    desk.force_login(cast.chen)
    telephone.force_login(cast.station_staff)
    page = desk.get(reverse("desk:dispatch", args=[row.pk])).content.decode()
    assert "5.6 km" in page
    desk.post(reverse("desk:dispatch", args=[row.pk]), {"crew": crew.pk})
    job = FieldJob.objects.get()
    assert "We are there" in telephone.get(reverse("desk:job", args=[job.pk])).content.decode()
    telephone.post(reverse("desk:arrive", args=[job.pk]), {"latitude": "34.65", "longitude": "119.2"})
    page = telephone.post(reverse("desk:finish", args=[job.pk]), {"cause": "", "result": "更换熔丝"}).content.decode()
    assert "更换熔丝" in page  # nothing typed is lost
    telephone.post(reverse("desk:finish", args=[job.pk]), {"cause": "熔断", "result": "更换熔丝"})
    job.refresh_from_db()
    assert (job.arrived_latitude, job.finished_latitude, job.finished_by) == (34.65, None, cast.station_staff)


# ---- on the telephone, without a network


def test_what_a_telephone_sends_twice_is_recorded_once_and_at_its_own_time(cast):
    row = fault(cast)
    job = repair.send(request=row, crew=make_crew(cast), by=cast.chen, at=NOW)
    there = {"job": job, "latitude": 34.65, "longitude": 119.2, "by": cast.station_staff}
    mark, later = uuid.uuid4(), NOW + 3 * HOUR
    for _ in range(2):
        repair.arrive(**there, uid=mark, told_at=NOW + 20 * MINUTE, at=later)
    assert dues(row)["ARRIVE"].met_at == NOW + 20 * MINUTE
    with pytest.raises(repair.NotThere):
        repair.arrive(**there, uid=uuid.uuid4(), told_at=NOW + 10 * MINUTE, at=later)
    done = uuid.uuid4()
    for _ in range(2):
        repair.finish(**there, cause="熔断器", result="更换", uid=done, told_at=NOW + HOUR, at=later)
    job.refresh_from_db()
    assert (job.arrived_at, job.finished_at) == (NOW + 20 * MINUTE, NOW + HOUR)
    records = AuditEntry.objects.filter(action__in=["request.crew_there", "request.crew_finished"])
    bodies = records.order_by("seq").values_list("body", flat=True)
    assert [time in body for time, body in zip(("T02:20", "T03:00"), bodies, strict=True)] == [True, True]
    assert Message.objects.filter(kind="request.repaired").count() == 1


@pytest.mark.parametrize(
    "minutes, taken", [(20, 20), (-1, 180), (181, 180), (None, 180)], ids=["told", "too early", "ahead", "untold"]
)
def test_the_time_of_a_telephone_counts_between_the_sending_and_now(minutes, taken):
    told = None if minutes is None else NOW + minutes * MINUTE
    assert repair.believed(told, since=NOW, at=NOW + 3 * HOUR) == NOW + taken * MINUTE
    assert repair.believed(NOW, since=NOW, at=NOW + timedelta(days=8)) == NOW + timedelta(days=8)


def test_a_conflict_is_told_to_the_telephone_and_nothing_is_written_over(cast):
    job = repair.send(request=fault(cast), crew=make_crew(cast), by=cast.chen, at=NOW)
    phone = Client(headers={"accept-language": "en", "X-Phone": "1"})
    phone.force_login(cast.station_staff)
    data = {"uid": str(uuid.uuid4()), "told_at": (NOW - MINUTE).isoformat(), "latitude": "", "longitude": ""}
    url = reverse("desk:arrive", args=[job.pk])
    assert [phone.post(url, data).status_code for _ in range(2)] == [201, 201]
    answer = phone.post(url, data | {"uid": str(uuid.uuid4())})
    assert answer.status_code == 409
    assert "data-problem" in answer.content.decode()
    finish = reverse("desk:finish", args=[job.pk])
    assert "form-errors" in phone.post(finish, {"uid": str(uuid.uuid4())}).content.decode()
    repair.call_off(job=job, reason="另派", by=cast.chen, at=NOW)
    assert phone.post(finish, {"cause": "x", "result": "已修复"}).status_code == 409
    job.refresh_from_db()
    assert job.finished_at is None


def test_the_telephone_takes_the_jobs_of_its_crews_along(cast, django_assert_max_num_queries):
    mine = repair.send(request=fault(cast), crew=make_crew(cast), by=cast.chen, at=NOW)
    other = repair.send(request=fault(cast), crew=make_crew(cast, "QX2", members=[]), by=cast.chen, at=NOW)
    phone = Client(headers={"accept-language": "en"})
    phone.force_login(cast.station_staff)
    told = phone.get(reverse("desk:field_pack")).json()
    assert told["paths"] == [reverse("desk:field"), reverse("desk:job", args=[mine.pk])]
    assert told["scopes"] == ["/requests/field/", "/requests/jobs/"]
    assert len(base64.b64decode(told["keys"][told["current"]])) == 32
    with django_assert_max_num_queries(8):
        page = phone.get(reverse("desk:field")).content.decode()
    assert reverse("desk:job", args=[mine.pk]) in page
    assert reverse("desk:job", args=[other.pk]) not in page
