"""The list: filters, order, columns, views, export; bounded in rows, queries and bytes."""

import csv
import io

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from openpyxl import load_workbook

from kam.accounts.actions import export, reindex
from kam.accounts.actions.search_index import put
from kam.accounts.models import Account, AccountGroup
from kam.accounts.queries import account_list
from kam.core.models import AuditEntry, SavedView
from tests.cast import NOW

URL = "/accounts/"


@pytest.fixture
def many(cast):
    group = AccountGroup.objects.create(name="江海集团")
    Account.objects.bulk_create(
        Account(
            account_no=f"33{i:05d}",
            name=f"江海第{i:03d}机械有限公司",
            unit=cast.station,
            manager=cast.li if i % 2 else None,
            industry="3411" if i % 3 else "8411",
            kind="INDUSTRIAL" if i % 3 else "WELFARE",
            voltage_kv="10" if i % 5 else "35",
            contract_kva=100 * i,
            importance="FIRST" if i % 10 == 0 else "NONE",
            continuous=i % 7 == 0,
            group=group if i % 4 == 0 else None,
            created_at=NOW,
            updated_at=NOW,
        )
        for i in range(120)
    )
    reindex()
    cast.group = group
    return cast


def shown(client, **query) -> list[str]:
    response = client.get(URL, query)
    assert response.status_code == 200
    return [row.account_no for row, _cells in response.context["rows"]]


@pytest.mark.parametrize(
    "query, count",
    [
        ({}, 121),
        ({"importance": "FIRST"}, 12),
        ({"kind": "WELFARE"}, 40),
        ({"section": "C"}, 81),
        ({"section": "Q"}, 40),
        ({"voltage": "35"}, 24),
        ({"continuous": "1"}, 18),
        ({"continuous": "0"}, 103),
        ({"kva_from": "5000", "kva_until": "6000"}, 10),
        ({"manager": "0"}, 60),
        ({"q": "机械"}, 120),
        ({"q": "特钢"}, 1),
        ({"q": "jhd011"}, 1),
        ({"q": "3300011"}, 1),
        ({"q": "机械", "importance": "FIRST"}, 12),
        ({"status": "LEFT"}, 0),
        ({"kva_from": "abc"}, 121),
        ({"page": "x"}, 121),
    ],
)
def test_filters(many, client, query, count):
    client.force_login(many.sun)
    response = client.get(URL, query)
    assert response.context["page"].count == count


def test_group_and_unit_filters(many, client):
    client.force_login(many.boss)
    assert client.get(URL, {"group": many.group.pk}).context["page"].count == 30
    assert client.get(URL, {"unit": many.district.pk}).context["page"].count == 121
    assert client.get(URL, {"unit": many.other_station.pk}).context["page"].count == 1
    assert client.get(URL, {"manager": many.li.pk}).context["page"].count == 61


@pytest.mark.parametrize("sort", ["name", "account_no", "contract_kva", "voltage_kv", "industry", "importance"])
def test_order_both_ways_is_whole_and_without_repeats(many, client, sort):
    client.force_login(many.sun)
    up = [number for page in (1, 2, 3) for number in shown(client, sort=sort, page=page)]
    down = [number for page in (1, 2, 3) for number in shown(client, sort=f"-{sort}", page=page)]
    assert len(set(up)) == 121
    assert up == down[::-1]


def test_unknown_order_is_by_name(many, client):
    client.force_login(many.sun)
    assert shown(client, sort="note") == shown(client, sort="name")


@pytest.mark.parametrize("who", ["boss", "sun", "station_staff", "li"])
@pytest.mark.parametrize("query", [{}, {"q": "机械", "importance": "FIRST"}, {"q": "公司", "sort": "-contract_kva"}])
def test_eight_queries_and_less_than_100_kb(many, client, django_assert_max_num_queries, who, query):
    client.force_login(getattr(many, who))
    client.get(URL, query)
    with django_assert_max_num_queries(8):
        response = client.get(URL, query)
    assert len(response.content) < 100_000


@pytest.mark.parametrize("who", ["boss", "sun", "station_staff", "li"])
@pytest.mark.parametrize("page", ["1", "2", "9", "x"])
def test_a_text_that_very_many_carry_is_counted_all_the_same(
    many, client, django_assert_max_num_queries, monkeypatch, who, page
):
    client.force_login(getattr(many, who))
    found = client.get(URL, {"q": "机械", "page": page}).context["page"]
    monkeypatch.setattr(account_list, "FEW", 5)
    client.get(URL)
    # A page beyond the last is found by its count, and costs the two queries of that.
    with django_assert_max_num_queries(8 if page != "9" else 10):
        common = client.get(URL, {"q": "机械", "page": page}).context["page"]
    assert [row.pk for row in common.rows] == [row.pk for row in found.rows]
    assert (common.number, common.count, common.capped) == (found.number, found.count, found.capped)
    assert common.rows


def test_scope(many, client):
    client.force_login(many.zhao)
    assert shown(client) == ["3200002"]
    client.force_login(many.li)
    assert client.get(URL).context["page"].count == 61
    client.force_login(many.admin)
    assert client.get(URL).status_code == 403


def test_views_are_kept_and_dropped(many, client):
    client.force_login(many.sun)
    query = "importance=FIRST&sort=-contract_kva&evil=1"
    client.post(reverse("accounts:view_save"), {"name": "重要用户", "query": query})
    view = SavedView.objects.get()
    assert view.query == "importance=FIRST&sort=-contract_kva"
    page = client.get(f"{URL}?{view.query}")
    assert page.context["view_now"] == view.pk
    client.force_login(many.boss)
    assert client.post(reverse("accounts:view_drop", args=[view.pk])).status_code == 404
    client.force_login(many.sun)
    client.post(reverse("accounts:view_drop", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_export_is_the_list_as_shown(many, client):
    client.force_login(many.sun)
    Account.objects.filter(account_no="3300010").update(name='=HYPERLINK("x")江海')
    query = "importance=FIRST&cols=account_no&cols=contract_kva&sort=-contract_kva"
    response = client.post(reverse("accounts:export"), {"query": query, "format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 13
    assert [row[1] for row in rows[1:3]] == ["3300110", "3300100"]
    assert all(not row[0].startswith("=") for row in rows)
    assert AuditEntry.objects.filter(action="accounts.exported", by=many.sun).count() == 1
    response = client.post(reverse("accounts:export"), {"query": query, "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    assert sheet.max_row == 13
    assert sheet["C2"].value == 11000
    assert sheet["A12"].data_type == "s"


def test_export_needs_the_right_and_keeps_the_scope(many, client):
    client.force_login(many.station_staff)
    assert client.post(reverse("accounts:export"), {"format": "csv"}).status_code == 403
    client.force_login(many.zhao)
    response = client.post(reverse("accounts:export"), {"format": "csv"})
    assert len(b"".join(response.streaming_content).decode().splitlines()) == 2


def test_a_long_list_is_written_in_the_background_for_its_owner(many, client, monkeypatch, settings, tmp_path):
    monkeypatch.setattr(export, "AT_ONCE", 10)
    client.force_login(many.sun)
    answer = client.post(reverse("accounts:export"), {"query": "kva_from=100", "format": "csv"})
    job_id = int(answer.url.strip("/").split("/")[-1])
    assert client.get(answer.url).status_code == 200
    assert client.get(reverse("accounts:export_file", args=[job_id])).status_code == 404
    from kam.accounts.tasks import export as task

    assert task(job_id) == "DONE"
    file = client.get(reverse("accounts:export_file", args=[job_id]))
    assert len(b"".join(file.streaming_content).splitlines()) == 121
    client.force_login(many.boss)
    assert client.get(reverse("accounts:export_file", args=[job_id])).status_code == 404
    from kam.core.models import Job

    default_storage.delete(Job.objects.get(pk=job_id).result["file"])


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("text, count", [("机械", 120), ("jhd011", 1), ("JH-77", 1), ("00", 121), ("没有的", 0)])
def test_common_and_rare_texts_are_answered_alike(many, client, monkeypatch, few, text, count):
    monkeypatch.setattr(account_list, "FEW", few)
    put(account=many.account, kind="METER", ref="1", text="JH-7700")
    client.force_login(many.sun)
    assert client.get(URL, {"q": text}).context["page"].count == count
