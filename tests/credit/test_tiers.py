"""Executives' tiers from prepared figures; who may see grades, on every door; the clock's own work (CRE-3, ACC-10)."""

import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from kam.accounts.actions import export
from kam.billing.models import Bill
from kam.core.models import AuditEntry
from kam.credit.actions import events, tiers
from kam.credit.actions.grading import confirm_falls, regrade
from kam.credit.models import (
    CreditGrade,
    ExpectedCash,
    GradeContest,
    GradingRun,
    ManagerFigure,
    Position,
    Standing,
    TierFigure,
    TierMove,
)
from kam.credit.rules.tiers import concentration, movement
from kam.credit.rules.tiers import tiers as tier_rows
from tests.access.credit import MAKES
from tests.cast import NOW, TODAY, make_cast
from tests.credit.money import make_bill, make_months, pay

pytestmark = pytest.mark.django_db
SEP, NOV = date(2026, 9, 1), date(2026, 11, 1)


# ---- rules -------------------------------------------------------------------------------------------------------


def test_shares_add_up_and_grades_of_older_schemes_come_last():
    sums = {
        "A": (3, Decimal("10"), Decimal("4"), Decimal("60")),
        "C": (1, Decimal("30"), Decimal("12"), Decimal("40")),
        "X": (1, Decimal("0"), Decimal("0"), Decimal("0")),
    }
    rows = tier_rows(sums, ("A", "B", "C"))
    assert [one.grade for one in rows] == ["A", "B", "C", "X"]
    assert [one.overdue_share for one in rows] == [0.25, 0.0, 0.75, 0.0]
    assert sum(one.sales_share for one in rows) == pytest.approx(1)


def test_movement_counts_rises_falls_and_who_came_or_went():
    found = movement({("A", "C"): 2, ("C", "A"): 1, ("A", "A"): 5, ("", "A"): 3, ("C", ""): 1}, ("A", "C"))
    assert (found.risen, found.fallen, found.stayed) == (1, 2, 5)
    assert found.grades == ("A", "C", "")
    assert found.rows == ((5, 2, 0), (1, 0, 1), (3, 0, 0))


def test_concentration():
    found = concentration([Decimal(50), Decimal(30), Decimal(10)], Decimal(100), top=2)
    assert (found.top, found.share, found.half) == (2, 0.8, 1)
    assert concentration([], Decimal(0)).share == 0


# ---- prepared figures --------------------------------------------------------------------------------------------


def two_days(cast):
    """Both accounts graded in September and November; Li's falls to C and owes 10,000 since 20 September."""
    make_months(cast.account, 12, last=date(2026, 8, 20))
    make_months(cast.other_account, 12)
    regrade(as_of=SEP, by=None, at=NOW)
    tiers.prepare(as_of=SEP, at=NOW)
    make_bill(cast.account, date(2026, 9, 20))
    regrade(as_of=NOV, by=None, at=NOW)
    confirm_falls(grades=list(CreditGrade.objects.filter(status="PROPOSED")), by=cast.credit, at=NOW)
    tiers.prepare(as_of=NOV, at=NOW)
    return cast


def test_positions_know_what_was_open_on_the_day():
    cast = two_days(make_cast())
    september = Position.objects.get(as_of=SEP, account=cast.account)
    november = Position.objects.get(as_of=NOV, account=cast.account)
    assert (september.receivable, september.overdue) == (Decimal("0.00"), Decimal("0.00"))
    assert (november.grade, november.receivable, november.overdue) == (
        "C",
        Decimal("10000.00"),
        Decimal("10000.00"),
    )
    # Twelve months before 1 November: issued from 2 November 2025 on.
    issued = Bill.objects.filter(account=cast.account, issued_on__gt=date(2025, 11, 1), issued_on__lte=NOV)
    assert november.sales == sum(one.amount for one in issued)


def test_sums_and_movement_are_the_positions_added_up_and_the_same_twice():
    cast = two_days(make_cast())

    def everything():
        return [
            sorted(map(str, model.objects.values_list(*fields)))
            for model, fields in (
                (TierFigure, ("as_of", "unit_id", "section", "grade", "accounts", "overdue", "sales")),
                (ManagerFigure, ("as_of", "manager_id", "grade", "accounts", "overdue")),
                (TierMove, ("begin", "end", "from_grade", "to_grade", "accounts")),
            )
        ]

    tiers.prepare(as_of=SEP, at=NOW)  # the bill of 31 August was not known when it was prepared first
    tiers.prepare(as_of=NOV, at=NOW)
    first = everything()
    tiers.prepare(as_of=SEP, at=NOW)
    tiers.prepare(as_of=NOV, at=NOW)
    assert everything() == first
    assert sum(row.accounts for row in TierFigure.objects.filter(as_of=NOV)) == 2
    moves = {(row.from_grade, row.to_grade): row.accounts for row in TierMove.objects.all()}
    was = Position.objects.get(as_of=SEP, account=cast.account).grade
    assert moves[was, "C"] == 1


def test_an_account_that_left_is_in_the_matrix_as_gone():
    cast = two_days(make_cast())
    cast.other_account.status = "LEFT"
    cast.other_account.save()
    tiers.prepare(as_of=NOV, at=NOW)
    assert TierMove.objects.filter(to_grade="").count() == 1


def test_expected_cash_is_what_is_open_less_what_is_contested():
    cast = two_days(make_cast())
    make_bill(cast.account, date(2026, 12, 10), amount="500.00")
    row = make_bill(cast.account, date(2026, 12, 11), amount="300.00")
    Bill.objects.filter(pk=row.pk).update(contested_amount=Decimal("300.00"))
    tiers.prepare(as_of=TODAY, at=NOW)
    assert sum(one.expected for one in ExpectedCash.objects.all()) == Decimal("10500.00")
    assert sum(one.due for one in ExpectedCash.objects.all()) == Decimal("10500.00")


# ---- the page ----------------------------------------------------------------------------------------------------


def test_every_number_opens_its_list(client):
    cast = two_days(make_cast())
    client.force_login(cast.boss)
    page = client.get(reverse("credit:tiers"), {"as_of": "2026-11-01"})
    assert page.context["page"].overdue_sum == Decimal("10000.00")
    text = page.content.decode()
    assert "→ C: 1" in text
    found = client.get(reverse("credit:tier_list"), {"as_of": "2026-11-01", "grade": "C"}).content.decode()
    assert cast.account.name in found
    assert cast.other_account.name not in found
    was = Position.objects.get(as_of=SEP, account=cast.account).grade
    cell = {"as_of": "2026-11-01", "before": "2026-09-01", "from": was, "grade": "C"}
    assert cast.account.name in client.get(reverse("credit:tier_list"), cell).content.decode()
    assert cast.account.name not in client.get(reverse("credit:tier_list"), cell | {"grade": "A"}).content.decode()


def test_a_supervisor_sees_the_own_district_alone(client):
    cast = two_days(make_cast())
    client.force_login(cast.sun)
    page = client.get(reverse("credit:tiers"), {"as_of": "2026-11-01"}).context["page"]
    assert page.accounts == 1
    assert [part.name for part in page.units] == [cast.station.name]
    everything = client.get(reverse("credit:tier_list"), {"as_of": "2026-11-01"}).content.decode()
    assert cast.other_account.name not in everything


def test_a_pair_of_days_that_was_not_prepared_is_counted_all_the_same(client):
    cast = two_days(make_cast())
    client.force_login(cast.boss)
    query = {"as_of": "2026-11-01", "before": "2026-09-01"}
    prepared = client.get(reverse("credit:tiers"), query).context["page"].movement
    TierMove.objects.all().delete()
    assert client.get(reverse("credit:tiers"), query).context["page"].movement == prepared


def test_the_page_reads_prepared_figures_in_few_queries(client):
    cast = two_days(make_cast())
    client.force_login(cast.boss)
    client.get(reverse("credit:tiers"))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get(reverse("credit:tiers"))
    assert len(seen) <= 25
    for name in (
        "credit:work",
        "credit:grades",
        "credit:warnings",
        "credit:risk",
        "credit:tier_list",
        "credit:schemes",
    ):
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse(name))
        assert len(seen) <= (20 if name == "credit:work" else 8), name
    with CaptureQueriesContext(connection) as seen:
        client.get(reverse("credit:account", args=[cast.account.account_no]))
    assert len(seen) <= 25


def test_the_board_gets_two_pages_and_a_workbook(client):
    cast = two_days(make_cast())
    client.force_login(cast.boss)
    answer = client.get(reverse("credit:tiers_pdf"))
    body = b"".join(answer.streaming_content)
    assert body.startswith(b"%PDF")
    told = subprocess.run(["pdfinfo", "-"], input=body, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Pages:\s+2\n", told)
    book = load_workbook(BytesIO(b"".join(client.get(reverse("credit:tiers_xlsx")).streaming_content)))
    names = [row[1].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert cast.station.name in names
    assert AuditEntry.objects.filter(action="credit.exported").count() == 2


# ---- field rights: grades on every door --------------------------------------------------------------------------


def test_who_may_not_see_grades_sees_none_in_list_filter_view_and_file(client):
    """The planner sees accounts, and no grade: not as a column, a filter, a saved view, a file, a timeline."""
    cast = two_days(make_cast())
    assert Standing.objects.filter(grade="C").count() == 1
    query = {"cols": ["account_no", "credit_grade"], "credit_grade": "C"}
    client.force_login(cast.planner)
    page = client.get(reverse("accounts:list"), query)
    assert "信用等级" not in page.content.decode()
    assert len(page.context["rows"]) == 1  # the filter does not narrow, so it cannot be asked either
    other = client.get(reverse("accounts:list"), query | {"credit_grade": "AAA"})
    assert len(other.context["rows"]) == 1
    account = client.get(reverse("reports:account", args=[cast.account.account_no])).content.decode()
    assert "h-credit" not in account
    assert "信用等级" not in account
    timeline = client.get(reverse("reports:account_timeline", args=[cast.account.account_no])).content.decode()
    assert "信用等级" not in timeline

    client.force_login(cast.credit)
    page = client.get(reverse("accounts:list"), query)
    assert "信用等级" in page.content.decode()
    assert [row.account_no for row, _cells in page.context["rows"]] == [cast.account.account_no]
    assert client.get(reverse("accounts:list"), query | {"credit_grade": "AAA"}).context["rows"] == []
    account = client.get(reverse("reports:account", args=[cast.account.account_no])).content.decode()
    assert "h-credit" in account


def test_a_file_holds_the_grade_for_who_may_see_it_and_for_nobody_else():
    cast = two_days(make_cast())
    order = export.Order(criteria={"credit_grade": "C"}, columns=["account_no", "credit_grade"])

    def lines(user):
        file = BytesIO()
        export.write(file, by=user, at=NOW, order=order, kind="csv")
        return file.getvalue().decode("utf-8-sig").splitlines()

    assert lines(cast.credit)[1].endswith(",C")
    told = lines(cast.planner)
    assert "信用等级" not in told[0]
    assert len(told) == 2  # all accounts in reach: the grade does not narrow


def test_the_account_page_stays_within_its_queries(client):
    cast = two_days(make_cast())
    client.force_login(cast.sun)
    client.get(reverse("reports:account", args=[cast.account.account_no]))
    with CaptureQueriesContext(connection) as seen:
        page = client.get(reverse("reports:account", args=[cast.account.account_no])).content.decode()
    assert len(seen) <= 25
    assert "按周预计" in page  # cash expected of the open bills


def test_the_credit_page_stays_within_its_queries(client):
    cast = two_days(make_cast())
    make_bill(cast.account, date(2026, 11, 10))
    for of in ("conduct", "other_grade", "measure", "case"):
        MAKES[of](cast)
    grade = CreditGrade.objects.filter(account=cast.account).latest("as_of")
    GradeContest.objects.create(account=cast.account, grade=grade, said_by="王", text="不对", at=NOW)
    client.force_login(cast.sun)
    url = reverse("credit:account", args=[cast.account.account_no])
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        client.get(url)
    assert len(seen) <= 25


def test_managers_are_counted_within_the_section_that_is_chosen(client):
    cast = two_days(make_cast())
    client.force_login(cast.boss)
    whole = client.get(reverse("credit:tiers")).context["page"]
    section = next(one.key for one in whole.sections if one.accounts)
    part = client.get(reverse("credit:tiers"), {"industry": section}).context["page"]
    assert sum(one.accounts for one in part.managers) == part.accounts
    none = client.get(reverse("credit:tiers"), {"industry": "A"}).context["page"]
    assert none.managers == []


# ---- the clock's own work ----------------------------------------------------------------------------------------


def test_graded_on_schedule_once_and_then_on_events():
    cast = make_cast()
    make_months(cast.account, 12)
    at = datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert events.grade_due(at=at)["graded"] == 2  # the first of the month was due
    assert GradingRun.objects.get().as_of == NOV
    assert events.grade_due(at=at + timedelta(minutes=15))["graded"] == 0
    make_bill(cast.account, date(2026, 11, 10))
    found = events.touched_since(at, TODAY)
    assert found == set() or found == {cast.account.pk}
    pay(cast.account, Decimal("10000.00"), date(2026, 11, 21))
    later = datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert events.grade_due(at=later)["graded"] == 1
    assert GradingRun.objects.latest("pk").cause == "EVENT"


def test_a_night_prepares_once():
    cast = make_cast()
    make_months(cast.account, 7)
    early = datetime(2026, 11, 20, 17, tzinfo=UTC)  # one o'clock in Shanghai
    assert events.nightly(at=early) == {}
    told = events.nightly(at=NOW)
    assert told["prepared"] == 2
    assert events.nightly(at=NOW + timedelta(hours=1)) == {}
