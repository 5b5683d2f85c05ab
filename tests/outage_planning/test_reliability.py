"""Reliability indices (OUT-8): the worked examples of DOMAIN 8.3 and DATA 12, and the two commands' contracts."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from kam.outage_planning.models import Interruption
from kam.outage_planning.rules.reliability import (
    Event,
    NobodyServed,
    daily_saidi,
    indices,
    major_days,
    sustained,
    threshold,
    without_shortage,
)
from tests.cast import make_cast

YEAR_MINUTES = 8_760 * 60
AT = datetime(2026, 3, 2, tzinfo=UTC)


def event(number: int, customers: int, minutes: float, cause: str = "", planned: bool = False) -> Event:
    return Event(str(number), AT, AT + timedelta(minutes=minutes), customers, cause, planned)


WORKED = [
    event(1, 1_200, 90, "fault"),
    event(2, 300, 240, "planned", True),
    event(3, 4_500, 35, "curtailment"),
    event(4, 80, 600, "fault"),
]


def test_the_worked_example():
    found = indices(WORKED, served=25_000, period_minutes=YEAR_MINUTES)
    assert (found.customer_interruptions, found.customer_minutes) == (6_080, 385_500)
    assert found.saidi_min == pytest.approx(15.42)
    assert found.saifi == pytest.approx(0.2432)
    assert found.caidi_min == pytest.approx(63.40, abs=0.005)
    assert found.asai == pytest.approx(0.9999707, abs=5e-8)
    rs3 = indices(without_shortage(WORKED, ["Curtailment"]), served=25_000, period_minutes=YEAR_MINUTES)
    assert rs3.asai == pytest.approx(0.9999826, abs=5e-8)


def test_the_worked_threshold_of_major_event_days():
    daily = [0.12, 0.35, 0.08, 0.60, 0.22, 1.5, 0.05, 0.3, 0.45, 0.18]
    t_med = threshold(daily)
    assert t_med == pytest.approx(3.0030, abs=5e-5)
    days = {date(2026, 1, 1) + timedelta(days=n): value for n, value in enumerate(daily)}
    assert major_days(days, t_med) == []
    assert major_days({**days, date(2026, 2, 1): 3.1}, t_med) == [date(2026, 2, 1)]
    assert threshold([0.0, 1.0]) is None


def test_only_what_lasts_over_five_minutes_counts():
    assert [one.event_id for one in sustained([event(1, 5, 5), event(2, 5, 5.01), event(3, 5, 0)])] == ["2"]


def test_restoration_in_steps_is_one_interruption_of_all_its_customers():
    steps = [event(1, 100, 30), event(1, 40, 90)]
    found = indices(steps, served=1_000, period_minutes=YEAR_MINUTES)
    assert (found.interruptions, found.customer_interruptions, found.customer_minutes) == (1, 140, 6_600)


def test_an_event_over_midnight_belongs_to_the_day_on_which_it_began():
    late = Event("1", datetime(2026, 3, 2, 23, 50, tzinfo=UTC), datetime(2026, 3, 3, 1, tzinfo=UTC), 10)
    assert daily_saidi([late], served=10, day_of=lambda at: at.date()) == {date(2026, 3, 2): 70}


def test_nobody_served_has_no_indices():
    with pytest.raises(NobodyServed):
        indices(WORKED, served=0, period_minutes=1)


def take_in(path: Path, *flags: str) -> dict[str, Any]:
    out = io.StringIO()
    names = ["--id", "id", "--start", "start", "--end", "end", "--customers", "customers"]
    call_command(
        "import_interruptions",
        str(path),
        *(flags if flags[:1] == ("--id=event",) else [*names, *flags]),
        "--json",
        stdout=out,
    )
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def reliability(*flags: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("reliability", *flags, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.mark.django_db
def test_the_nine_events_of_the_example_with_exact_seconds(real_data: Path):
    file = real_data / "outages_ieee1366_example" / "ieee1366_circuit7075.csv"
    names = ["--id=event", "--start=time_off", "--end=time_on", "--customers=customers", "--cause=event_code"]
    assert take_in(file, *names, "--planned-values", "300,700") == {
        "rows_read": 9,
        "stored": 9,
        "duplicates": 0,
        "rejected": 0,
        "rejects": [],
    }
    assert take_in(file, *names)["duplicates"] == 9
    told = reliability(
        "--from", "1994-01-01", "--until", "1995-01-01", "--customers-served", "2000", "--major-event-days"
    )
    assert (told["interruptions"], told["customer_interruptions"]) == (7, 3_215)
    assert told["customer_minutes"] == pytest.approx(172_225.667, abs=0.001)
    assert told["saifi"] == pytest.approx(1.6075)
    assert told["saidi_min"] == pytest.approx(86.1128, abs=0.01)
    assert told["caidi_min"] == pytest.approx(53.5694, abs=0.01)
    assert told["asai"] == pytest.approx(0.999836, abs=5e-7)
    assert told["planned"]["customer_interruptions"] + told["unplanned"]["customer_interruptions"] == 3_215
    assert told["major_event_days"] == []
    assert told["without_major"]["saifi"] == told["saifi"]


FILE = """id,start,end,customers,cause
A,2026-03-01 23:30,2026-03-02 00:30,100,计划
A,2026-03-01 23:30,2026-03-02 01:30,120,计划
B,2026-03-05 08:00,2026-03-05 09:00,10,雷击
B,2026-03-05 10:00,2026-03-05 10:04,10,雷击
C,2026-03-06 08:00,2026-03-06 07:00,10,雷击
D,2026-03-06 08:00,,10,雷击
E,sometime,2026-03-06 09:00,10,雷击
F,2026-03-06 08:00,2026-03-06 09:00,ten,雷击
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(FILE, encoding="utf-8-sig")
    return path


@pytest.mark.django_db
def test_one_row_an_event_and_start_and_every_refused_row_explained(file: Path):
    told = take_in(file, "--cause", "cause", "--planned-values", "计划")
    assert (told["rows_read"], told["stored"], told["duplicates"], told["rejected"]) == (8, 3, 1, 4)
    assert [(one["row"], one["column"]) for one in told["rejects"]] == [
        (6, "end"),
        (7, "end"),
        (8, "start"),
        (9, "customers"),
    ]
    first = Interruption.objects.get(event_id="A")
    assert (first.customers, first.planned) == (120, True)
    # Days are the company's: 23:30 in Shanghai is still the first of March.
    assert reliability("--from", "2026-03-01", "--until", "2026-03-02", "--customers-served", "1000")["saifi"] == 0.12


@pytest.mark.django_db
def test_the_first_end_is_kept_where_asked(file: Path):
    take_in(file, "--keep", "first")
    assert Interruption.objects.get(event_id="A").customers == 100
    assert take_in(file, "--keep", "first")["duplicates"] == 4
    take_in(file, "--keep", "last")
    assert Interruption.objects.get(event_id="A").customers == 120


@pytest.mark.django_db
def test_times_without_an_offset_are_read_in_the_zone_that_is_told(file: Path):
    take_in(file, "--timezone", "UTC")
    assert Interruption.objects.get(event_id="A").started_at == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_dates_as_spreadsheets_write_them(tmp_path: Path):
    path = tmp_path / "events.csv"
    path.write_text(
        "id,start,end,customers\n1,13/3/2026 8:05,13/3/2026 9:05,7\n2,2026年3月13日 8:05,2026/3/13 9:05,7\n"
    )
    assert take_in(path)["stored"] == 2
    assert set(Interruption.objects.values_list("started_at", flat=True)) == {datetime(2026, 3, 13, 0, 5, tzinfo=UTC)}


@pytest.mark.django_db
@pytest.mark.parametrize("flags", [("--start", "begin"), ("--timezone", "Mars/Base")])
def test_what_cannot_be_meant_is_refused_whole(file: Path, flags: tuple[str, ...]):
    with pytest.raises(CommandError) as error:
        take_in(file, *flags)
    assert error.value.returncode == 2
    assert not Interruption.objects.exists()


@pytest.mark.django_db
def test_a_period_without_interruptions_is_all_in_order():
    told = reliability(
        "--from", "2026-01-01", "--until", "2027-01-01", "--customers-served", "10", "--major-event-days"
    )
    assert (told["saidi_min"], told["caidi_min"], told["asai"], told["t_med_min"]) == (0, None, 1, None)
    with pytest.raises(CommandError):
        reliability("--from", "2026-01-01", "--until", "2026-01-01", "--customers-served", "10")


@pytest.mark.django_db
def test_the_page_and_its_workbook_show_the_same_figures(file: Path, client, django_assert_max_num_queries):
    cast = make_cast()
    take_in(file, "--cause", "cause", "--planned-values", "计划")
    client.force_login(cast.boss)
    asked = {"days_from": "2026-03-01", "days_until": "2026-04-01", "served": "1000"}
    with django_assert_max_num_queries(25):
        answer = client.get(reverse("outages:reliability"), asked)
    assert answer.context["found"].all.saifi == pytest.approx(0.13)
    assert answer.context["found"].momentary == 1
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(reverse("outages:reliability_export"), asked))))
    row = next(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert row[1:3] == (2, 130)
    assert row[5] == pytest.approx(0.13)


@pytest.mark.django_db
def test_interruptions_of_no_unit_are_for_the_whole_company_only(file: Path, client):
    cast = make_cast()
    take_in(file)
    client.force_login(cast.planner)
    asked = {"days_from": "2026-03-01", "days_until": "2026-04-01", "served": "1000"}
    assert client.get(reverse("outages:reliability"), asked).context["found"].all.interruptions == 0


@pytest.mark.django_db
def test_every_number_opens_its_list_and_names_only_the_reader_s_accounts(client):
    cast = make_cast()
    for account, minutes, planned in ((cast.account, 60, True), (cast.other_account, 90, False)):
        Interruption.objects.create(
            event_id=f"E{account.pk}",
            started_at=AT,
            ended_at=AT + timedelta(minutes=minutes),
            customers=1,
            cause="雷击",
            planned=planned,
            account=account,
            unit=cast.station,
        )
    asked = {"days_from": "2026-03-01", "days_until": "2026-04-01"}
    client.force_login(cast.wang)  # of the same station, holds neither account
    page = client.get(reverse("outages:reliability"), asked)
    assert page.context["found"].all.interruptions == 2
    assert cast.account.name not in page.content.decode()
    listed = client.get(reverse("outages:interruptions"), {**asked, "planned": "1"})
    assert [row.event_id for row in listed.context["page"].rows] == [f"E{cast.account.pk}"]
    assert cast.account.name not in listed.content.decode()
    client.force_login(cast.li)
    own = client.get(reverse("outages:reliability"), {**asked, "account": cast.account.account_no})
    # One customer served: its own hour.
    assert own.context["found"].all.saidi_min == pytest.approx(60)
    assert f"account={cast.account.account_no}" in client.get(reverse("outages:reliability"), asked).content.decode()
    strange = client.get(reverse("outages:reliability"), {**asked, "account": cast.other_account.account_no})
    assert strange.context["form"].errors["account"]
    rows = b"".join(client.get(reverse("outages:reliability_export"), {**asked, "served": "10"}))
    names = [str(row[0]) for row in openpyxl.load_workbook(io.BytesIO(rows)).worksheets[0].iter_rows(values_only=True)]
    assert any(cast.account.name in name for name in names)
    assert sum(name.startswith("2026-03") for name in names) == 2
