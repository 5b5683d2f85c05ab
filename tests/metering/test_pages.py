"""Pages of readings, meters and calendars (ENE-1, ENE-2): what a person sees, does, and is kept from."""

import gzip
from datetime import date
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kam.core.models import IntakeBatch, Job
from kam.metering import tasks
from kam.metering.actions.store import store_days
from kam.metering.models import LoadDay, Meter, TouCalendar
from tests.cast import NOW, Cast, make_cast, make_meter
from tests.metering.test_import_readings import quarter_hours
from tests.metering.test_store import FIRST, make_batch, make_day, make_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def meter(cast: Cast) -> Meter:
    return make_meter(cast.account, meter_no="M1")


@pytest.fixture
def li(cast: Cast, client: Client) -> Client:
    client.force_login(cast.li)
    return client


def make_file(name: str = "three.csv", rows: list[str] | None = None) -> SimpleUploadedFile:
    rows = rows or [f"{at},{1 + n / 100:.2f}" for n, at in enumerate(quarter_hours("2026-03-02", 96 * 3))]
    return SimpleUploadedFile(name, ("time,kWh\n" + "\n".join(rows) + "\n").encode(), "text/csv")


def send(client: Client, file: SimpleUploadedFile, **told: str) -> Any:
    return client.post(reverse("metering:upload"), {"file": file, "meter_no": "M1", **told})


def test_file_is_looked_at_and_nothing_is_stored(li: Client, meter: Meter) -> None:
    answer = send(li, make_file())
    batch = IntakeBatch.objects.get()
    assert answer["Location"] == reverse("metering:batch", args=[batch.pk])
    assert (batch.status, batch.counts["intervals_stored"]) == ("PREVIEW", 288)
    assert not LoadDay.objects.exists()
    page = li.get(answer["Location"]).content.decode()
    assert "288" in page
    assert "time" in page
    assert page.count("<polyline") == 2


def test_taking_in_goes_on_in_the_background_and_tells_what_came(li: Client, meter: Meter) -> None:
    send(li, make_file())
    batch = IntakeBatch.objects.get()
    li.post(reverse("metering:take_in", args=[batch.pk]))
    li.post(reverse("metering:take_in", args=[batch.pk]))  # a second click is one job
    job = Job.objects.get()
    assert tasks.take_in(job.pk) == "DONE"
    assert LoadDay.objects.filter(meter=meter).count() == 3
    batch.refresh_from_db()
    assert (batch.status, batch.counts["months"][0]["intervals"]) == ("DONE", 288)
    assert "2026-03" in li.get(reverse("metering:batch", args=[batch.pk])).content.decode()
    assert tasks.take_in(job.pk) == "already DONE"


def test_file_that_cannot_be_read_comes_back_with_the_reason(li: Client, meter: Meter) -> None:
    answer = send(li, SimpleUploadedFile("empty.csv", b"no table here", "text/csv"))
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]
    assert not IntakeBatch.objects.exists()


def test_large_file_is_looked_at_in_the_background(li: Client, meter: Meter, monkeypatch: Any) -> None:
    monkeypatch.setattr("kam.metering.actions.batches.LOOK_AT_ONCE_BYTES", 10)
    send(li, make_file())
    batch = IntakeBatch.objects.get()
    assert (batch.status, batch.counts) == ("WAITING", {})
    assert batch.job is not None
    assert tasks.look(batch.job.pk) == "DONE"
    batch.refresh_from_db()
    assert (batch.status, batch.counts["intervals_stored"]) == ("PREVIEW", 288)


def test_meter_of_another_account_manager_cannot_be_filled(cast: Cast, li: Client, meter: Meter) -> None:
    make_meter(cast.other_account, meter_no="M9")
    answer = li.post(reverse("metering:upload"), {"file": make_file(), "meter_no": "M9"})
    assert answer.context["form"].errors["meter_no"]
    rows = [f"M9,{at},1.{n:03d}" for n, at in enumerate(quarter_hours("2026-03-02", 96))]
    named = SimpleUploadedFile("named.csv", ("meter,time,kWh\n" + "\n".join(rows) + "\n").encode(), "text/csv")
    answer = li.post(reverse("metering:upload"), {"file": named, "meter_no": ""})
    assert answer.context["form"].errors["meter_no"]
    assert not IntakeBatch.objects.exists()


def test_thrown_away_file_leaves_nothing(li: Client, meter: Meter, django_capture_on_commit_callbacks: Any) -> None:
    send(li, make_file())
    batch = IntakeBatch.objects.get()
    path = batch.file.path
    with django_capture_on_commit_callbacks(execute=True):
        li.post(reverse("metering:drop", args=[batch.pk]))
    assert not IntakeBatch.objects.exists()
    with pytest.raises(FileNotFoundError), open(path):
        pass


def test_file_and_rejects_come_only_as_attachments(li: Client, meter: Meter) -> None:
    rows = [f"{at},1.{n:03d}" for n, at in enumerate(quarter_hours("2026-03-02", 96))]
    rows[5] = "2026-03-02 01:15:00,=cmd()"
    send(li, make_file("x.html", rows))
    batch = IntakeBatch.objects.get()
    file = li.get(reverse("metering:file", args=[batch.pk]))
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Type"] == "application/octet-stream"
    assert "x.html" not in str(batch.file.name)
    rejects = li.get(reverse("metering:rejects", args=[batch.pk])).content.decode("utf-8-sig")
    assert "'=cmd()" in rejects


def test_hints_are_used(li: Client, meter: Meter) -> None:
    send(li, make_file(), unit="kw", stamps="end", timezone="Europe/Berlin")
    batch = IntakeBatch.objects.get()
    assert batch.counts["first"] == "2026-03-02T06:45:00+08:00"


def test_too_large_a_file_is_refused(li: Client, meter: Meter, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100
    assert send(li, make_file()).context["form"].errors["file"]


def test_packed_file_is_taken_too(li: Client, meter: Meter) -> None:
    packed = SimpleUploadedFile("three.csv.gz", gzip.compress(make_file().read()), "application/gzip")
    send(li, packed)
    assert IntakeBatch.objects.get().counts["intervals_stored"] == 288


def test_list_of_files_costs_few_queries(li: Client, cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        make_batch(by=cast.li, file_name=f"{number}.csv", counts={"intervals_stored": number})
    with django_assert_max_num_queries(8):
        page = li.get(reverse("metering:batches"))
    assert len(page.content) < 100_000


def test_meter_page_shows_each_day_by_its_worst(li: Client, meter: Meter, django_assert_max_num_queries: Any) -> None:
    days = make_days(365, first=date(2026, 1, 1))
    days[40].kwh[3] = np.nan
    store_days(meter=meter, days=days, batch=None, at=NOW)
    store_days(meter=meter, days=[make_day(FIRST, 3.0)], batch=make_batch(), at=NOW)
    with django_assert_max_num_queries(12):
        page = li.get(reverse("metering:meter", args=[meter.pk]))
    html = page.content.decode()
    assert (html.count("kam-cell q-gaps"), html.count("kam-cell q-full")) == (2, 365)  # with the legend
    assert len(page.content) < 100_000
    assert page.context["corrections"][0].day == FIRST


def test_day_page_shows_what_was_there_before(li: Client, meter: Meter) -> None:
    store_days(meter=meter, days=make_days(1), batch=make_batch(), at=NOW)
    better = make_day(FIRST)
    better.kwh[10:12] = 9.0
    store_days(meter=meter, days=[better], batch=make_batch(file_name="b.csv"), at=NOW)
    page = li.get(reverse("metering:meter_day", args=[meter.pk, FIRST.isoformat()]))
    (earlier,) = page.context["detail"].earlier
    assert (earlier.intervals_changed, earlier.energy_kwh) == (2, pytest.approx(192))
    assert page.context["detail"].energy_kwh == pytest.approx(192 + 14)
    assert li.get(reverse("metering:meter_day", args=[meter.pk, "2026-99-99"])).status_code == 404


def test_calendars_are_drawn_with_their_overlaps(li: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        assert li.get(reverse("metering:calendars")).status_code == 200
    page = li.get(reverse("metering:calendar", args=["SD"]))
    drawn = page.context["versions"][0]
    assert len(drawn.strips) == 5
    assert drawn.overlaps
    assert not drawn.gaps


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client.force_login(cast.admin)
    return client


def calendar_data(**changes: str) -> dict[str, str]:
    data = {
        "name": "广东工商业分时时段",
        "valid_from": "2027-01-01",
        "source": "粤发改价格〔2026〕9号",
        "periods": "平 | 全年 | 每天 | 00:00-24:00\n尖 | 7-9月 | 工作日 | 11:00-12:00\n深谷 | | 春节 | 12:00-14:00",
    }
    return data | changes


def test_new_version_of_a_calendar_holds_from_its_day(admin: Client) -> None:
    admin.post(reverse("metering:calendar_add", args=["GD"]), calendar_data())
    row = TouCalendar.objects.get(code="GD", valid_from=date(2027, 1, 1))
    assert row.bands.count() == 3
    assert row.bands.get(band="sharp").kinds == ["workday"]
    assert row.bands.get(band="deep_valley").holidays == ["spring_festival"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"periods": "平 | 全年 | 每天 | 02:00-24:00"}, "periods"),
        ({"periods": "暖 | 全年 | 每天 | 02:00-24:00"}, "periods"),
        ({"periods": "平 | 13月 | 每天 | 00:00-24:00"}, "periods"),
        ({"periods": "平 | 全年 | 每天 | 00:00-25:00"}, "periods"),
        ({"valid_from": "2021-10-01"}, "valid_from"),
        ({"source": ""}, "source"),
    ],
)
def test_bad_version_of_a_calendar_is_refused_and_says_where(
    admin: Client, changes: dict[str, str], field: str
) -> None:
    answer = admin.post(reverse("metering:calendar_add", args=["GD"]), calendar_data(**changes))
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert TouCalendar.objects.filter(code="GD").count() == 1
