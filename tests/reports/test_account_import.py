"""Accounts from files: every problem told, one transaction, counts that add up, undo (ACC-1, SYS-5)."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import Workbook

from kam.accounts.actions import contacts, team
from kam.accounts.models import Account, Assignment, ProductionPlan, TimelineEntry
from kam.accounts.queries.search import search
from kam.billing.actions import ensure_tariffs
from kam.billing.models import AccountTariff, Tariff
from kam.core.models import AuditEntry, IntakeBatch, Job
from kam.metering.actions.calendars import ensure_calendars
from kam.metering.models import AccountCalendar, Meter
from kam.reports.actions import account_import
from kam.reports.rules.account_rows import COLUMNS, MissingColumns, layout, parse
from kam.reports.tasks import check_accounts, import_accounts, undo_accounts
from kam.visits.models import Visit
from tests.cast import NOW, Cast, make_cast
from tests.visits.making import planned

HEAD = ",".join(COLUMNS)
GOOD = "4400001,江海特钢有限公司,91350100M000100Y43,3120,工业,35,12500,一级,是,S11,li,{tariff},JH0001,15,3500"


@pytest.fixture
def cast(db, settings, tmp_path) -> Cast:
    made = make_cast()
    ensure_calendars()
    ensure_tariffs()
    return made


@pytest.fixture
def tariff(cast) -> str:
    return Tariff.objects.exclude(calendar_code="").order_by("code")[0].code


def run(path, *flags) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_accounts", str(path), "--json", *flags, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def write(tmp_path, *rows, head=HEAD, encoding="utf-8", name="a.csv"):
    path = tmp_path / name
    path.write_bytes("\r\n".join([head, *rows]).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_whole_row(cast, tariff, tmp_path, encoding):
    told = run(write(tmp_path, GOOD.format(tariff=tariff), encoding=encoding))
    assert told == {"rows_read": 1, "created": 1, "updated": 0, "rejected": 0, "rejects": []}
    account = Account.objects.get(account_no="4400001")
    assert (account.name, account.kind, account.importance) == ("江海特钢有限公司", "INDUSTRIAL", "FIRST")
    assert (account.voltage_kv, account.contract_kva, account.continuous) == (Decimal(35), Decimal(12500), True)
    assert (account.unit, account.manager) == (cast.station, cast.li)
    assert Assignment.objects.get(account=account).user == cast.li
    meter = Meter.objects.get(account=account)
    assert (meter.meter_no, meter.interval_minutes, meter.multiplier) == ("JH0001", 15, Decimal(3500))
    assert AccountTariff.objects.get(account=account).code == tariff
    assert AccountCalendar.objects.filter(account=account, valid_until=None).exists()
    assert TimelineEntry.objects.get(account=account).kind == "account.created"
    assert AuditEntry.objects.filter(action="accounts.imported").count() == 1
    for text in ("jhtg", "特钢有限", "JH0001", "4400001"):
        assert account in [hit.account for hit in search(cast.boss, text)]


def test_only_number_and_name_in_any_order_and_language(cast, tmp_path):
    assert run(write(tmp_path, "甲厂,A-1", head="户名,户号"))["created"] == 1
    assert run(write(tmp_path, "B-1,Works B,备注", head="Account Number,Customer,Remark"))["created"] == 1
    account = Account.objects.get(account_no="A-1")
    assert (account.unit, account.manager, account.kind) == (cast.company, None, "INDUSTRIAL")


def test_workbook_with_numbers(cast, tmp_path):
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["户号", "户名", "容量(kVA)", "倍率", "表号", "连续性生产"])
    sheet.append([4400001, "江海特钢", 1250.5, 200, 123456, "非连续性生产"])
    book.save(tmp_path / "a.xlsx")
    assert run(tmp_path / "a.xlsx")["created"] == 1
    account = Account.objects.get(account_no="4400001")
    assert (account.contract_kva, account.continuous) == (Decimal("1250.5"), False)
    assert account.meters.get().meter_no == "123456"


@pytest.mark.parametrize(
    "column, value, problem",
    [
        ("account_no", "", "missing"),
        ("account_no", "9" * 33, "too_long"),
        ("account_no", "44 01", "bad_text"),
        ("name", "", "missing"),
        ("name", "长" * 121, "too_long"),
        ("uscc", "9111000060003IOZSV", "uscc_malformed"),
        ("industry", "9900", "unknown_industry"),
        ("industry", "钢铁", "unknown_industry"),
        ("kind", "民用", "bad_choice"),
        ("voltage_kv", "十", "bad_number"),
        ("voltage_kv", "0", "out_of_range"),
        ("contract_kva", "-5", "out_of_range"),
        ("contract_kva", "nan", "bad_number"),
        ("contract_kva", "1e99", "out_of_range"),
        ("contract_kva", "12.345", "bad_number"),
        ("importance", "三级", "bad_choice"),
        ("continuous", "也许", "bad_choice"),
        ("unit", "S99", "unknown_unit"),
        ("manager", "nobody", "unknown_manager"),
        ("tariff", "XX", "unknown_tariff"),
        ("meter_no", "表 1", "bad_text"),
        ("interval_minutes", "7", "out_of_range"),
        ("multiplier", "0", "out_of_range"),
    ],
)
def test_each_problem_is_told_by_row_and_column_and_the_others_go_in(cast, tariff, tmp_path, column, value, problem):
    cells = dict(zip(COLUMNS, GOOD.format(tariff=tariff).split(","), strict=True))
    bad = ",".join({**cells, column: value}.values())
    good = GOOD.format(tariff=tariff).replace("4400001", "4400002").replace("JH0001", "JH0002")
    told = run(write(tmp_path, bad, good))
    assert told["rejects"] == [{"row": 2, "column": column, "problem": problem}]
    assert (told["rows_read"], told["created"], told["updated"], told["rejected"]) == (2, 1, 0, 1)
    assert list(Account.objects.filter(account_no__startswith="44").values_list("account_no", flat=True)) == ["4400002"]


@pytest.mark.parametrize(
    "code, uscc, kept, other",
    [
        ("91350211M00013FA1N", "91350211M00013FA1N", True, ""),
        ("350100123456789", "", False, "350100123456789"),
    ],
)
def test_a_wrong_check_character_or_another_identifier_only_warns(cast, tmp_path, code, uscc, kept, other):
    assert run(write(tmp_path, f"4400001,甲厂,{code}", head="account_no,name,uscc"))["created"] == 1
    account = Account.objects.get(account_no="4400001")
    assert (account.uscc, account.uscc_kept, account.other_id) == (uscc, kept, other)


def test_duplicates_and_second_meters(cast, tmp_path):
    head = "account_no,name,meter_no"
    rows = ["44,甲厂,M1", "44,甲厂,M2", "44,甲厂,M1", "44,乙厂,M3", "45,丙厂,M2", "46,丁厂,"]
    told = run(write(tmp_path, *rows, head=head))
    assert (told["rows_read"], told["created"], told["updated"], told["rejected"]) == (6, 2, 1, 3)
    assert [(one["row"], one["column"], one["problem"]) for one in told["rejects"]] == [
        (4, "account_no", "duplicate"),
        (5, "account_no", "duplicate"),
        (6, "meter_no", "duplicate"),
    ]
    assert set(Meter.objects.values_list("meter_no", flat=True)) == {"M1", "M2"}


def test_a_meter_of_another_account_is_refused(cast, tmp_path):
    run(write(tmp_path, "44,甲厂,M1", head="account_no,name,meter_no"))
    told = run(write(tmp_path, "45,乙厂,M1", head="account_no,name,meter_no"))
    assert told["rejects"] == [{"row": 2, "column": "meter_no", "problem": "meter_taken"}]


def test_update_by_number_leaves_empty_cells_alone_and_twice_changes_nothing(cast, tariff, tmp_path):
    path = write(tmp_path, GOOD.format(tariff=tariff))
    run(path)
    versions = dict(Account.objects.values_list("account_no", "version"))
    counts = TimelineEntry.objects.count(), Meter.objects.count(), AccountTariff.objects.count()
    assert run(path) == {"rows_read": 1, "created": 0, "updated": 1, "rejected": 0, "rejects": []}
    assert dict(Account.objects.values_list("account_no", "version")) == versions
    assert (TimelineEntry.objects.count(), Meter.objects.count(), AccountTariff.objects.count()) == counts
    run(write(tmp_path, "4400001,江海不锈钢有限公司,20000,zhao", head="account_no,name,contract_kva,manager"))
    account = Account.objects.get(account_no="4400001")
    assert (account.name, account.contract_kva, account.uscc) == (
        "江海不锈钢有限公司",
        Decimal(20000),
        "91350100M000100Y43",
    )
    assert (account.manager, account.version) == (cast.zhao, 2)
    assert [hit.account for hit in search(cast.boss, "不锈")] == [account]


def test_a_look_writes_nothing(cast, tmp_path):
    before = Account.objects.count(), AuditEntry.objects.count()
    assert run(write(tmp_path, "44,甲厂", head="account_no,name"), "--dry-run")["created"] == 1
    assert (Account.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02\x03" * 50, b"a,b\n1,2\n", b"account_no,account_no,name\n1,1,x\n", b"PK\x03\x04zzzz"]
)
def test_an_unreadable_file_is_one_sentence_and_status_2(cast, tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as error:
        run(path)
    assert error.value.returncode == 2
    assert "\n" not in str(error.value)
    with pytest.raises(CommandError):
        run(tmp_path / "absent.csv")


def test_headers():
    assert layout(["户名", "\ufeff户号".strip("\ufeff"), "电压等级(kV)"]) == {
        "name": 0,
        "account_no": 1,
        "voltage_kv": 2,
    }
    with pytest.raises(MissingColumns):
        layout(["户名"])


def test_numbers_with_units_and_separators():
    row = parse(2, ["1", "x", "10kV", "12,500 kVA"], {"account_no": 0, "name": 1, "voltage_kv": 2, "contract_kva": 3})
    assert (row.fields["voltage_kv"], row.fields["contract_kva"]) == (Decimal(10), Decimal(12500))
    assert not row.remarks


# ---- pages ----


def send(client, content: str, name="a.csv"):
    return client.post(reverse("reports:account_imports"), {"file": SimpleUploadedFile(name, content.encode())})


def job_of(batch: IntakeBatch) -> int:
    assert batch.job_id is not None
    return batch.job_id


def taken(client, user, content: str) -> IntakeBatch:
    client.force_login(user)
    answer = send(client, content)
    batch = IntakeBatch.objects.get(pk=answer.url.strip("/").split("/")[-1])
    client.post(reverse("reports:account_import_start", args=[batch.pk]))
    batch.refresh_from_db()
    assert import_accounts(job_of(batch)) == "DONE"
    batch.refresh_from_db()
    return batch


@pytest.fixture
def no_files():
    yield
    for batch in IntakeBatch.objects.all():
        for name in (batch.file.name, batch.rejects_file.name, batch.undo.get("file")):
            if name:
                default_storage.delete(name)


def test_preview_then_job_then_rejects_to_send_again(cast, client, no_files):
    content = "户号,户名,重要等级\n44,甲厂,一级\n45,乙厂,三级\n46,,二级\n"
    client.force_login(cast.sun)
    answer = send(client, content)
    page = client.get(answer.url)
    assert page.context["counts"]["rejected"] == 2
    assert not Account.objects.filter(account_no="44").exists()
    batch = IntakeBatch.objects.get()
    start = reverse("reports:account_import_start", args=[batch.pk])
    client.post(start)
    client.post(start)  # a second click
    assert Job.objects.filter(kind="kam.reports.tasks.import_accounts").count() == 1
    batch.refresh_from_db()
    assert import_accounts(job_of(batch)) == "DONE"
    assert import_accounts(job_of(batch)).startswith("already")
    batch.refresh_from_db()
    assert (batch.status, batch.counts["created"], batch.counts["rejected"]) == ("DONE", 1, 2)
    assert Account.objects.get(account_no="44").unit == cast.district
    file = client.get(reverse("reports:account_import_rejects", args=[batch.pk, "csv"]))
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows] == ["户号", "45", "46"]
    again = text.replace("三级", "二级").replace("46,", "46,丙厂")
    assert taken(client, cast.sun, again).counts["created"] == 2


def test_the_same_file_twice_changes_nothing(cast, client, no_files):
    content = "户号,户名\n44,甲厂\n"
    taken(client, cast.sun, content)
    answer = send(client, content)
    assert answer.status_code == 200
    assert "file" in answer.context["form"].errors
    assert IntakeBatch.objects.count() == 1


def test_a_district_cannot_reach_into_another(cast, client, no_files):
    batch = taken(
        client, cast.sun, "户号,户名,供电所,客户经理\n3200002,改名,,\n44,甲厂,S21,\n45,乙厂,S11,zhao\n46,丙厂,S11,li\n"
    )
    assert [one["problem"] for one in batch.rejects] == ["out_of_reach", "unknown_unit", "unknown_manager"]
    assert Account.objects.get(account_no="3200002").name == "西山水泥有限公司"


@pytest.mark.parametrize("who", ["li", "chen", "auditor", "admin"])
def test_who_may_not_import(cast, client, who):
    client.force_login(getattr(cast, who))
    assert client.get(reverse("reports:account_imports")).status_code == 403


def test_undo_returns_what_nobody_touched(cast, client, tariff, no_files):
    content = (
        "户号,户名,容量,客户经理,电价,表号\n"
        f"3200001,改名特钢有限公司,3000,wang,{tariff},MNEW\n44,甲厂,100,li,{tariff},M44\n45,乙厂,200,,,\n46,丙厂,300,,,\n"
    )
    batch = taken(client, cast.sun, content)
    assert batch.counts["created"] == 3
    Account.objects.filter(account_no="45").update(version=2)
    contacts.add(account=Account.objects.get(account_no="46"), name="某人", by=cast.sun, at=NOW)
    Account.objects.filter(account_no="3200001").update(contract_kva=9999)
    url = reverse("reports:account_import_undo", args=[batch.pk])
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302  # ordered once
    batch.refresh_from_db()
    assert batch.status == "DONE"
    assert undo_accounts(job_of(batch)) == "DONE"
    batch.refresh_from_db()
    assert batch.status == "UNDONE"
    assert (batch.undo["removed"], batch.undo["restored"], batch.undo["kept"]) == (1, 1, 3)
    because = {(one["account_no"], one["because"]) for one in batch.undo["kept_because"]}
    assert because == {("45", "edited"), ("46", "contacts"), ("3200001", "changed:contract_kva")}
    account = Account.objects.get(account_no="3200001")
    assert (account.name, account.contract_kva, account.manager) == ("连云港东湖特钢有限公司", Decimal(9999), cast.li)
    assert not AccountTariff.objects.filter(account=account, valid_until=None).exists()
    assert not Meter.objects.filter(meter_no__in=["MNEW", "M44"]).exists()
    assert not Account.objects.filter(account_no="44").exists()
    assert [row.user for row in Assignment.objects.filter(account=account, held_until=None)] == [cast.li]
    assert client.post(url).status_code == 302
    assert AuditEntry.objects.filter(action="accounts.import_undone").count() == 1
    page = client.get(reverse("reports:account_import", args=[batch.pk])).content.decode()
    assert "自导入后已有人修改" in page
    assert "合同容量" in page


def test_undo_keeps_whatever_anybody_built_on(cast, client, no_files):
    batch = taken(client, cast.sun, "户号,户名,表号\n51,甲厂,M51\n52,乙厂,\n53,丙厂,\n54,丁厂,\n")
    accounts = {row.account_no: row for row in Account.objects.filter(account_no__startswith="5")}
    planned(accounts["51"], cast.li, date(2026, 12, 1))
    ProductionPlan.objects.create(account=accounts["52"], horizon="NEAR", days_from=date(2026, 12, 1), text="检修停产")
    team.assign(account=accounts["53"], part="MANAGER", user=cast.li, held_from=date(2026, 12, 1), by=cast.sun, at=NOW)
    told = account_import.undo(batch=batch, by=cast.sun, at=NOW)
    assert (told["removed"], told["kept"]) == (1, 3)
    assert {(one["account_no"], one["because"]) for one in told["kept_because"]} == {
        ("51", "more"),
        ("52", "more"),
        ("53", "edited"),
    }
    assert Visit.objects.count() == ProductionPlan.objects.count() == 1
    assert Account.objects.filter(account_no__startswith="5").count() == 3


def test_long_files_are_looked_at_in_the_background(cast, client, monkeypatch, no_files):
    monkeypatch.setattr("kam.core.actions.sent_files.AT_ONCE_BYTES", 10)
    client.force_login(cast.sun)
    answer = send(client, "户号,户名\n44,甲厂\n")
    batch = IntakeBatch.objects.get()
    assert client.get(answer.url).status_code == 200
    assert batch.counts == {}
    assert check_accounts(job_of(batch)) == "DONE"
    assert client.get(answer.url).context["counts"]["created"] == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_example_file_can_be_taken_in(cast, client, tmp_path, kind, language):
    client.force_login(cast.sun)
    client.cookies["django_language"] = language
    file = client.get(reverse("reports:account_import_example", args=[kind]))
    path = tmp_path / f"example.{kind}"
    path.write_bytes(b"".join(file.streaming_content))
    assert run(path)["created"] == 2


@pytest.mark.parametrize(
    "text, day",
    [
        ("2027-12-31", date(2027, 12, 31)),
        ("2027/1/5", date(2027, 1, 5)),
        ("２０２７年３月１日", date(2027, 3, 1)),
        ("20270630", date(2027, 6, 30)),
        ("2027-12-31 00:00:00", date(2027, 12, 31)),
    ],
)
def test_the_end_of_the_contract_is_an_optional_column(text, day):
    assert "contract_until" not in COLUMNS  # files of the agreed form need not have it
    for name in ("contract_until", "供用电合同到期日"):
        row = parse(2, ["1", "甲厂", text], layout(["account_no", "name", name]))
        assert row.fields["contract_until"] == day
        assert not row.remarks
    assert "contract_until" not in parse(2, ["1", "甲厂", ""], layout(["account_no", "name", "合同到期日"])).fields
    bad = parse(2, ["1", "甲厂", "2027-02-30"], layout(["account_no", "name", "合同到期日"]))
    assert [(one.column, one.problem.value) for one in bad.remarks] == [("contract_until", "bad_day")]


def test_an_imported_end_of_the_contract_is_taken_back_with_its_import(cast, client, no_files):
    taken(client, cast.sun, "户号,户名,合同到期日\n44,甲厂,2027-01-01\n")
    batch = taken(client, cast.sun, "户号,户名,合同到期日\n44,甲厂,2028年1月1日\n")
    account = Account.objects.get(account_no="44")
    assert account.contract_until == date(2028, 1, 1)
    account_import.undo(batch=batch, by=cast.sun, at=NOW)
    account.refresh_from_db()
    assert account.contract_until == date(2027, 1, 1)
