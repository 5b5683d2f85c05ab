"""How well promises are kept: the command's contract, the page, the list behind each number (SRV-9)."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from kam.service_desk.actions import merging, office, requests
from kam.service_desk.models import Deadline, Promise
from kam.service_desk.queries import kept
from kam.service_desk.rules.promises import Given, Verdict, scores
from tests.cast import NOW, TODAY, Cast, make_cast
from tests.service_desk.making import DAY, HOUR, dues, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)


def told(capsys, *args: str) -> dict[str, Any]:
    call_command("promises", "--from", "2026-11-01", "--until", "2026-12-01", *args, "--json")
    return {row["promise"]: row for row in json.loads(capsys.readouterr().out)}


def three_complaints(cast: Cast) -> None:
    """One kept, one late, one open of `complaint.contact` (24 hours)."""
    kept_one = take(cast, kind="COMPLAINT", text="a", at=NOW - 2 * DAY)
    requests.note(request=kept_one, kind="CONTACT", text="已联系", by=cast.li, at=NOW - DAY - HOUR)
    take(cast, kind="COMPLAINT", text="b", at=NOW - 2 * DAY)
    take(cast, kind="COMPLAINT", text="c", at=NOW - HOUR)


def test_the_contract(cast, capsys):
    three_complaints(cast)
    found = told(capsys)
    assert found["complaint.contact"] == {
        "promise": "complaint.contact",
        "owed": 3,
        "kept": 1,
        "late": 1,
        "open": 1,
        "share_kept": 0.5,
    }
    # What nobody was given is said too.
    assert found["fault.arrive.town"] == {
        "promise": "fault.arrive.town",
        "owed": 0,
        "kept": 0,
        "late": 0,
        "open": 0,
        "share_kept": None,
    }


def test_a_unit_counts_with_all_below_it(cast, capsys):
    three_complaints(cast)
    take(cast, kind="COMPLAINT", text="d", account=cast.other_account, by=cast.zhao)
    assert told(capsys)["complaint.contact"]["owed"] == 4
    assert told(capsys, "--unit", "D1")["complaint.contact"]["owed"] == 3
    assert told(capsys, "--unit", "S21")["complaint.contact"]["owed"] == 1
    with pytest.raises(CommandError, match="no unit|没有单位"):
        told(capsys, "--unit", "NONE")


def test_days_are_the_companys_and_the_period_is_half_open(cast, capsys):
    take(cast, kind="COMPLAINT", text="a", at=NOW.replace(day=30, hour=15, minute=59))
    take(cast, kind="COMPLAINT", text="b", at=NOW.replace(day=30, hour=16))  # 1 December, 00:00 in Shanghai
    assert told(capsys)["complaint.contact"]["owed"] == 1
    with pytest.raises(CommandError):
        call_command("promises", "--from", "2026-12-01", "--until", "2026-12-01", "--json")


def test_doubles_and_agreed_dates_are_no_promises_of_their_own(cast, capsys):
    one = take(cast, kind="COMPLAINT", text="a", due=NOW + HOUR)
    merging.merge(one=one, other=take(cast, kind="COMPLAINT", text="b"), by=cast.li, at=NOW)
    assert told(capsys)["complaint.contact"]["owed"] == 1
    assert told(capsys)["complaint.answer"]["owed"] == 1


def test_the_lists_behind_the_numbers_are_as_long_as_the_numbers(cast):
    three_complaints(cast)
    paused = take(cast, kind="COMPLAINT", text="p", at=NOW - 20 * DAY)
    Deadline.objects.filter(request=paused).update(stood_still=True)
    rows = kept.given_in(Deadline.objects.all(), date(2026, 10, 1), TODAY + timedelta(days=1))
    for score in kept.scores_of(rows, NOW):
        mine = rows.filter(promise__code=score.code)
        counts = {verdict: kept.of_verdict(mine, verdict, NOW).count() for verdict in Verdict}
        assert counts == {Verdict.KEPT: score.kept, Verdict.LATE: score.late, Verdict.OPEN: score.open}
    again = scores(
        [Given(*row) for row in rows.values_list("promise__code", "due_at", "met_at", "stood_still")],
        set(Promise.objects.values_list("code", flat=True)),
        NOW,
    )
    assert kept.scores_of(rows, NOW) == again


def test_the_page_and_the_list_of_one_promise(cast):
    three_complaints(cast)
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.sun)
    page = client.get(reverse("desk:promises")).content.decode()
    assert "50.0 %" in page
    url = reverse("desk:promise", args=["complaint.contact"])
    assert client.get(url + "?verdict=late").content.decode().count("data-row ") == 1
    assert client.get(url).content.decode().count("data-row ") == 3
    assert "24 hours" in client.get(url).content.decode()
    assert client.get(reverse("desk:promise", args=["no.such"])).status_code == 404
    # Nothing of another district.
    client.force_login(cast.zhao)
    assert client.get(url).content.decode().count("data-row ") == 0
    assert (
        "must end after it begins"
        in client.get(reverse("desk:promises") + "?days_from=2026-11-02&days_until=2026-11-01").content.decode()
    )


def test_a_new_figure_holds_from_its_day_and_changes_nothing_that_was_promised(cast):
    before = take(cast, kind="COMPLAINT", text="a")
    row = Promise.objects.get(code="complaint.contact")
    with pytest.raises(office.FigureNotLater):
        office.add_figure(promise=row, figure=60, valid_from=date(2000, 1, 1), source="x", by=cast.admin, at=NOW)
    office.add_figure(
        promise=row, figure=60, valid_from=TODAY + timedelta(days=1), source="公司 1 号文", by=cast.admin, at=NOW
    )
    assert dues(before)["CONTACT"].due_at == NOW + DAY
    assert dues(take(cast, kind="COMPLAINT", text="b"))["CONTACT"].due_at == NOW + DAY
    later = take(cast, kind="COMPLAINT", text="c", at=NOW + DAY)
    assert dues(later)["CONTACT"].due_at == NOW + DAY + HOUR
