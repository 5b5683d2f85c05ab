"""Energy reports from order to PDF: versions, freezing, failure, batch, hostile texts (ENE-2, RELIABILITY 3.4)."""

import hashlib
import json
from datetime import date
from io import BytesIO, StringIO
from typing import TypedDict

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from kam.accounts.models import TimelineEntry
from kam.core.models import AuditEntry, Job
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.reports import tasks
from kam.reports.actions import energy as actions
from kam.reports.models import EnergyReport, ReportBatch
from kam.reports.queries.energy import energy_figures
from kam.reports.rules.lifecycle import STEPS
from tests.cast import NOW, Cast, make_cast, make_meter
from tests.reports.readings import store_plain

pytestmark = pytest.mark.django_db


class Ordered(TypedDict):
    period_from: date
    period_until: date
    language: str


JUNE: Ordered = {"period_from": date(2026, 6, 1), "period_until": date(2026, 7, 1), "language": "zh-hans"}


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    storages = settings.STORAGES
    options = {**storages["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**storages, "default": {**storages["default"], "OPTIONS": options}}


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    store_plain(make_meter(cast.account), date(2026, 5, 1), 61)
    return cast


def job_of(row: EnergyReport | ReportBatch) -> int:
    assert row.job_id is not None
    return row.job_id


def order(cast: Cast, **changes) -> EnergyReport:
    return actions.order(account=cast.account, by=cast.li, at=NOW, **{**JUNE, **changes})


def test_a_report_is_written_frozen_and_on_the_record(cast):
    report = order(cast)
    assert report.status == "WAITING"
    assert tasks.write_report(job_of(report)) == "DONE"
    report.refresh_from_db()
    assert report.status == "DRAFT"
    pdf = report.pdf.read()
    assert hashlib.sha256(pdf).hexdigest() == report.sha256
    assert report.figures == json.loads(
        json.dumps(energy_figures(cast.account, date(2026, 6, 1), date(2026, 7, 1)).as_json())
    )
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert "用电分析报告" in text
    assert cast.account.name in text
    assert f"{report.figures['energy_kwh']:,.0f}" in text
    assert TimelineEntry.objects.filter(account=cast.account, kind="report.written").count() == 1
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == [
        "report.ordered",
        "report.draft",
    ]


def test_a_task_delivered_twice_writes_one_report(cast):
    report = order(cast)
    tasks.write_report(job_of(report))
    report.refresh_from_db()
    before = report.sha256
    assert tasks.write_report(job_of(report)) == "already DONE"
    actions.write(report=report, at=NOW)
    report.refresh_from_db()
    assert report.sha256 == before
    assert report.moves.count() == 1


def test_every_order_is_a_version_of_its_own(cast):
    assert [order(cast).version, order(cast).version] == [1, 2]
    assert order(cast, language="en").version == 1


def test_a_report_that_cannot_be_written_says_why(cast):
    report = order(cast, period_from=date(2026, 1, 1))
    assert tasks.write_report(job_of(report)) == "FAILED"
    report.refresh_from_db()
    assert (report.status, report.problem) == ("FAILED", "beyond_readings")
    assert Job.objects.get(pk=job_of(report)).problem
    assert not report.pdf


@pytest.mark.parametrize("before", list(STEPS))
@pytest.mark.parametrize("after", list(STEPS))
def test_only_the_steps_of_the_table_are_taken(cast, before, after):
    report = order(cast)
    EnergyReport.objects.filter(pk=report.pk).update(status=before)
    report.refresh_from_db()
    if after in STEPS[before]:
        actions._step(report, after, by=cast.li, at=NOW)
        assert report.moves.get().to_status == after
    else:
        with pytest.raises(IllegalMove):
            actions._step(report, after, by=cast.li, at=NOW)
        assert not report.moves.exists()


def test_a_stale_report_loses(cast):
    report = order(cast)
    EnergyReport.objects.filter(pk=report.pk).update(status="DRAFT")
    first, second = (EnergyReport.objects.get(pk=report.pk) for _ in range(2))
    actions.review(report=first, by=cast.li, at=NOW)
    with pytest.raises(StaleRow):
        actions.review(report=second, by=cast.sun, at=NOW)


def test_a_batch_goes_on_after_an_account_that_fails(cast):
    store_plain(make_meter(cast.other_account), date(2026, 6, 10), 5)
    batch = actions.order_batch(unit=cast.company, by=cast.boss, at=NOW, **JUNE)
    assert tasks.write_batch(job_of(batch)) == "DONE"
    batch = ReportBatch.objects.get(pk=batch.pk)
    assert batch.problems == [{"account_no": cast.other_account.account_no, "code": "beyond_readings"}]
    assert batch.reports.filter(status="DRAFT").count() == 1


HOSTILE = [
    '<img src="http://127.0.0.1:9/a.png">',
    "<link rel=stylesheet href=http://127.0.0.1:9/a.css>",
    "<style>@import url(http://127.0.0.1:9/b.css)</style>",
    "<p style=\"background:url('http://127.0.0.1:9/c')\">",
    '<svg><image href="file:///etc/passwd"/></svg>',
    '<svg><use href="http://127.0.0.1:9/d.svg#x"/></svg>',
    '<object data="file:///etc/passwd"></object>',
    '<embed src="file:///etc/hostname">',
    '<iframe src="file:///etc/passwd"></iframe>',
    '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
    '<a rel="attachment" href="file:///etc/passwd">x</a>',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<base href="http://127.0.0.1:9/">',
    "<style>@font-face{font-family:x;src:url(file:///etc/passwd)}</style>",
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
    '<input type="image" src="http://127.0.0.1:9/e.png">',
]


def test_hostile_texts_reach_a_report_only_as_text(cast):
    """Every reference in one name; the locked renderer fails the render if any of them were a reference."""
    cast.account.name = ("".join(HOSTILE))[:120]
    cast.account.save()
    for start in range(0, len(HOSTILE), 2):
        cast.account.name = "".join(HOSTILE[start : start + 2])[:120]
        cast.account.save()
        report = order(cast)
        report.account.refresh_from_db()
        actions.write(report=report, at=NOW)
        reader = PdfReader(BytesIO(report.pdf.read()))
        text = "".join(page.extract_text() for page in reader.pages)
        assert "root:" not in text
        assert "<" in text
        assert not reader.attachments


def run(*args: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("energy_report", *args, stdout=out, stderr=err)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_prints_the_contract_and_writes_the_files(cast, tmp_path):
    pdf, xlsx = tmp_path / "r.pdf", tmp_path / "r.xlsx"
    period = ("--from", "2026-06-01", "--until", "2026-07-01")
    code, out, _ = run(
        cast.account.account_no, *period, "--lang", "en", "--pdf", str(pdf), "--xlsx", str(xlsx), "--json"
    )
    assert code == 0
    found = json.loads(out)
    assert list(found) == [
        *("account_no", "from", "until", "energy_kwh", "kvarh_lag", "kvarh_lead", "max_demand_kw"),
        *("max_demand_15min_kw", "max_demand_at", "load_factor", "power_factor", "completeness"),
        *("estimated_share", "bands", "energy_cost_yuan", "average_price_yuan", "co2_t", "advice", "months"),
    ]
    # 30 days of 10 h × 100 kW and 14 h × 20 kW
    assert found["energy_kwh"] == 38400
    assert found["max_demand_kw"] == 100
    assert found["max_demand_at"] == "2026-06-01T08:00:00+08:00"
    assert found["load_factor"] == pytest.approx(38400 / (720 * 100), abs=1e-6)
    assert found["power_factor"] == pytest.approx(1 / (1 + 0.25) ** 0.5)
    assert len(found["months"]) == 1
    assert list(found["months"][0]) == [
        *("month", "energy_kwh", "max_demand_kw", "load_factor", "power_factor", "power_factor_billed"),
        *("pf_adjustment_percent", "bands", "energy_cost_yuan"),
    ]
    assert "Energy-use analysis report" in PdfReader(pdf).pages[0].extract_text()
    sheet = openpyxl.load_workbook(xlsx).active
    assert sheet is not None
    assert sheet.max_row == 3


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("NO-SUCH", "--from", "2026-06-01", "--until", "2026-07-01"), "There is no account NO-SUCH."),
        (("3200001", "--from", "2026-07-01", "--until", "2026-06-01"), "The period ends before it begins"),
        (("3200001", "--from", "2026-04-01", "--until", "2026-06-01"), "Readings cover 2026-05-01 to 2026-07-01"),
        (("3200002", "--from", "2026-06-01", "--until", "2026-07-01"), "There are no readings"),
        (("3200001", "--from", "June", "--until", "2026-07-01"), "June is not a date"),
    ],
)
def test_bad_input_ends_with_status_2_and_one_sentence_and_writes_nothing(cast, tmp_path, args, sentence):
    files = ("--pdf", str(tmp_path / "no.pdf"), "--xlsx", str(tmp_path / "no.xlsx"))
    code, out, err = run(*args, *files, "--json")
    assert code == 2
    assert out == ""
    assert err.strip().count("\n") == 0
    assert sentence in err
    assert not (tmp_path / "no.pdf").exists()
    assert not (tmp_path / "no.xlsx").exists()


def test_a_manager_orders_looks_and_downloads(cast, django_assert_max_num_queries):
    client = Client()
    client.force_login(cast.li)
    page = client.get(reverse("reports:analysis", args=[cast.account.account_no]))
    assert page.status_code == 200
    answer = client.post(
        reverse("reports:order", args=[cast.account.account_no]),
        {"first": "2026-06-01", "last": "2026-06-30", "language": "zh-hans"},
    )
    report = EnergyReport.objects.get()
    assert answer["Location"] == reverse("reports:detail", args=[report.pk])
    assert "hx-get" in client.get(answer["Location"]).content.decode()
    tasks.write_report(job_of(report))
    with django_assert_max_num_queries(14):
        page = client.get(answer["Location"])
    pdf = client.get(reverse("reports:pdf", args=[report.pk]))
    assert pdf["Content-Disposition"].startswith("attachment")
    assert pdf["X-Content-Type-Options"] == "nosniff"
    assert client.get(reverse("reports:xlsx", args=[report.pk])).status_code == 200
    client.post(reverse("reports:review", args=[report.pk]))
    report.refresh_from_db()
    assert report.status == "REVIEWED"


def test_a_bad_period_keeps_what_was_typed(cast):
    client = Client()
    client.force_login(cast.li)
    url = reverse("reports:analysis", args=[cast.account.account_no])
    page = client.get(url, {"first": "2020-01-01", "last": "2020-01-31"}).content.decode()
    assert 'value="2020-01-01"' in page
    assert "2026-05-01" in page
    page = client.get(url, {"first": "2026-06-30", "last": "2026-06-01"}).content.decode()
    assert 'value="2026-06-30"' in page


def test_the_report_list_costs_the_same_for_many(cast, django_assert_max_num_queries):
    for _ in range(3):
        order(cast)
    client = Client()
    client.force_login(cast.sun)
    client.get(reverse("reports:list"))  # the first request of a session also writes the session
    with django_assert_max_num_queries(8):
        assert client.get(reverse("reports:list")).status_code == 200
