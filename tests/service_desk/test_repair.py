"""Crews: the nearest free one, there and finished on the spot; the promise is judged by those (SRV-2, SRV-8)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

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
