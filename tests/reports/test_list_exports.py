"""Lists are taken along as they are shown: filters kept, within reach only, on the record (SYS-5, SYS-2)."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from kam.accounts.models import Account, AccountGroup
from kam.core.models import AuditEntry, IntakeBatch
from kam.outage_planning.models import Outage
from kam.reports.models import EnergyReport
from tests.access.rows import MAKES
from tests.cast import NOW, Cast, make_cast
from tests.notifications.making import make_message
from tests.service_desk.making import take
from tests.visits.making import planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for name, account in (("=海盛集团", cast.account), ("西山集团", cast.other_account)):
        group = AccountGroup.objects.create(name=name)
        Account.objects.filter(pk=account.pk).update(group=group)
        facts = {"language": "zh-hans", "version": 1, "at": NOW, "by": cast.li, "status": "DRAFT"}
        EnergyReport.objects.create(
            account=account, period_from=date(2026, 6, 1), period_until=date(2026, 7, 1), **facts
        )
    counts = {"intervals_stored": 96, "missing": 1, "estimated": 1, "rows_rejected": 0}
    IntakeBatch.objects.create(kind="READINGS", status="DONE", file_name="a.csv", at=NOW, by=cast.li, counts=counts)
    return cast


def rows_of(user: Any, name: str, query: str = "") -> list[list[str]]:
    client = Client()
    client.force_login(user)
    answer: Any = client.post(reverse(name) + query, {"format": "csv"})
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_groups_in_reach_with_their_totals_and_no_formula(cast):
    head, *rows = rows_of(cast.sun, "reports:groups_export")
    assert len(head) == 4
    assert [row[:2] for row in rows] == [["'=海盛集团", "1"]]
    assert Decimal(rows[0][2]) == cast.account.contract_kva
    assert len(rows_of(cast.boss, "reports:groups_export")) == 3
    assert [row[0] for row in rows_of(cast.boss, "reports:groups_export", "?q=西山")[1:]] == ["西山集团"]
    assert AuditEntry.objects.filter(action="list.exported", by=cast.boss).count() == 2


def test_reports_as_filtered(cast):
    rows = rows_of(cast.boss, "reports:list_export", "?q=3200002")[1:]
    assert [row[:4] for row in rows] == [["3200002", cast.other_account.name, "2026-06-01", "2026-06-30"]]
    assert len(rows_of(cast.boss, "reports:list_export", "?status=SENT")) == 1
    assert [row[0] for row in rows_of(cast.li, "reports:list_export")[1:]] == ["3200001"]


def test_files_of_readings(cast):
    (row,) = rows_of(cast.li, "metering:batches_export")[1:]
    assert (row[0], row[4:]) == ("a.csv", ["96", "1", "1", "0"])
    assert len(rows_of(cast.zhao, "metering:batches_export")) == 1


def test_staff_requests_visits_outages_and_messages_as_filtered(cast):
    number = take(cast).number
    planned(cast.account, cast.li, date(2026, 6, 4))
    make_message(account=cast.account)
    (which, *_more) = MAKES["outage"](cast)
    Outage.objects.filter(**which).update(status="CLOSED")
    staff = rows_of(cast.admin, "core:staff_export", "?q=李敏")[1:]
    assert [row[:2] for row in staff] == [[cast.li.name, "li"]]
    for name, found in (
        ("desk:export", number),
        ("visits:export", "3200001"),
        ("outages:past_export", Outage.objects.get(**which).number),
        ("notifications:queue_export", "3200001"),
    ):
        (row,) = rows_of(cast.sun, name, "?show=all")[1:]
        assert found in row
        assert rows_of(cast.zhao, name, "?show=all")[1:] == []


def test_a_workbook_and_no_other_format(cast):
    client = Client()
    client.force_login(cast.boss)
    answer: Any = client.post(reverse("reports:groups_export"), {"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.getvalue())).worksheets[0]
    assert sheet["B2"].value == 1
    assert client.post(reverse("reports:groups_export"), {"format": "exe"}).status_code == 404


def test_who_may_not_export_is_not_offered_it(cast):
    client = Client()
    for user, offered in ((cast.sun, True), (cast.planner, False)):
        client.force_login(user)
        assert (reverse("reports:groups_export") in client.get(reverse("reports:groups")).content.decode()) == offered
