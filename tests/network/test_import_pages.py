"""The network from a file, by page: every problem told first, one job, rejects to send again (OUT-4, SYS-5)."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kam.core.models import AuditEntry, IntakeBatch, Job
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.tasks import check_network, import_network
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db

FILE = """类型,编号,名称,电压等级,变电站,上级线路,运维单位,户号,线路,供电方式,切换方式,容量
变电站,BD1,东湖变,110,,,,,,,,
线路,XL1,东湖甲线,10,BD1,,东湖供电所,,,,,
供电点,,一号配电室,,,,,3200001,XL1,主供,无,2000
线路,XL9,远方线,10,BD9,,,,,,,
供电点,,别人的点,,,,,3200002,XL1,主供,,
"""


@pytest.fixture
def cast() -> Any:
    yield make_cast()
    for batch in IntakeBatch.objects.all():
        for name in (batch.file.name, batch.rejects_file.name):
            if name:
                default_storage.delete(name)


@pytest.fixture
def planner(cast: Cast, client: Client) -> Client:
    client.force_login(cast.planner)
    return client


def send(client: Client, content: str, name: str = "net.csv") -> Any:
    return client.post(reverse("network:imports"), {"file": SimpleUploadedFile(name, content.encode())})


def taken(client: Client, content: str) -> IntakeBatch:
    url = send(client, content).url
    batch = IntakeBatch.objects.get(pk=url.strip("/").split("/")[-1])
    client.post(reverse("network:import_start", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.job_id is not None
    assert import_network(batch.job_id) == "DONE"
    batch.refresh_from_db()
    return batch


def test_preview_then_one_job_then_the_rejects_corrected(cast: Cast, planner: Client):
    answer = send(planner, FILE)
    page = planner.get(answer.url)
    assert [(one["row"], one["column"], one["problem"]) for one in page.context["rejects"]] == [
        (5, "substation", "unknown_substation"),
        (6, "account_no", "unknown_account"),  # of a district that is not the planner's
    ]
    assert page.context["counts"]["to_write"] == 3
    assert not Substation.objects.exists()
    batch = IntakeBatch.objects.get()
    start = reverse("network:import_start", args=[batch.pk])
    planner.post(start)
    planner.post(start)  # a second click
    assert Job.objects.filter(kind="kam.network.tasks.import_network").count() == 1
    batch.refresh_from_db()
    assert import_network(batch.job_id) == "DONE"  # type: ignore[arg-type]
    assert import_network(batch.job_id).startswith("already")  # type: ignore[arg-type]
    assert Substation.objects.get(code="BD1").unit == cast.district  # the sender's unit where the file names none
    assert SupplyPoint.objects.get(name="一号配电室").line == Line.objects.get(code="XL1")
    assert AuditEntry.objects.filter(action="network.taken_in").count() == 1
    file = planner.get(reverse("network:import_rejects", args=[batch.pk, "csv"]))
    text = b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert [(row[0], row[2], row[-1]) for row in rows] == [
        ("类型", "名称", "problem"),
        ("线路", "远方线", "substation: unknown_substation"),
        ("供电点", "别人的点", "account_no: unknown_account"),
    ]
    again = taken(planner, text.replace("BD9", "BD1"))
    assert (again.counts["lines"]["created"], again.counts["rejected"]) == (1, 1)


def test_a_file_that_went_in_whole_is_refused_the_second_time(planner: Client):
    content = "kind,code,name,voltage_kv\nsubstation,B1,东湖变,110\n"
    taken(planner, content)
    answer = send(planner, content)
    assert "file" in answer.context["form"].errors
    assert IntakeBatch.objects.count() == 1


def test_what_another_unit_runs_is_neither_changed_nor_tied_to(cast: Cast, planner: Client):
    other = cast.other_account.unit
    Substation.objects.create(code="B2", name="西山变", unit=other, voltage_kv=110)
    Line.objects.create(code="L2", name="西山线", unit=other, voltage_kv=10)
    batch = taken(
        planner,
        "kind,code,name,voltage_kv,parent,substation,unit\n"
        "substation,B2,改名变,110,,,\n"
        "line,L2,改名线,10,,,\n"
        "line,L3,支线,10,L2,,\n"
        f"line,L4,线,10,,,{other.code}\n"
        "line,L5,线,10,,B2,\n",
    )
    assert [(one["row"], one["problem"]) for one in batch.rejects] == [
        (2, "out_of_reach"),
        (3, "out_of_reach"),
        (4, "unknown_line"),
        (5, "unknown_unit"),
        (6, "unknown_substation"),
    ]
    assert Substation.objects.get(code="B2").name == "西山变"
    assert Line.objects.get(code="L2").name == "西山线"


def test_an_empty_cell_leaves_what_is_stored(planner: Client):
    taken(planner, FILE)
    taken(
        planner,
        "kind,code,name,voltage_kv,account_no\nline,XL1,东湖甲线(改),10,\nsupply_point,,一号配电室,,3200001\n",
    )
    line, point = Line.objects.get(code="XL1"), SupplyPoint.objects.get(name="一号配电室")
    assert (line.name, line.substation_id, line.unit.name) == (
        "东湖甲线(改)",
        Substation.objects.get().pk,
        "东湖供电所",
    )
    assert (point.line, point.role, point.kva) == (line, "MAIN", Decimal(2000))


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "\x00\x01" * 50])
def test_what_is_no_table_of_the_network_is_refused_at_the_field(planner: Client, content: str):
    answer = send(planner, content)
    assert answer.status_code == 200
    assert "file" in answer.context["form"].errors
    assert not IntakeBatch.objects.exists()


def test_long_files_are_looked_at_in_the_background(planner: Client, monkeypatch):
    monkeypatch.setattr("kam.core.actions.sent_files.AT_ONCE_BYTES", 10)
    answer = send(planner, FILE)
    batch = IntakeBatch.objects.get()
    assert planner.get(answer.url).status_code == 200
    assert batch.job_id is not None
    assert check_network(batch.job_id) == "DONE"
    assert planner.get(answer.url).context["counts"]["rejected"] == 2


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_example_can_be_taken_in(cast: Cast, planner: Client, kind: str, language: str):
    planner.cookies["django_language"] = language
    file = planner.get(reverse("network:import_example", args=[kind]))
    content = b"".join(file.streaming_content)  # type: ignore[attr-defined]
    answer: Any = planner.post(reverse("network:imports"), {"file": SimpleUploadedFile(f"e.{kind}", content)})
    counts = planner.get(answer.url).context["counts"]
    assert (counts["to_write"], counts["rejected"]) == (4, 0)


def test_the_list_of_files_asks_little(planner: Client, django_assert_max_num_queries):
    for number in range(5):
        send(planner, f"kind,code,name,voltage_kv\nsubstation,B{number},变,110\n")
    with django_assert_max_num_queries(10):
        assert len(planner.get(reverse("network:imports")).context["page"].rows) == 5
