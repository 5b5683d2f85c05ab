"""Numbers and days as people and programs write them: whatever comes, no page breaks on it."""

from datetime import date

import pytest
from django import forms
from django.core.management import get_commands, load_command_class
from django.urls import reverse

from kam.lib.typed import DayField, MomentField, day, whole
from tests.cast import make_cast


@pytest.mark.parametrize(
    "text, number",
    [("0", 0), ("17", 17), (17, 17), ("9" * 18, 10**18 - 1)]
    + [(bad, None) for bad in ("", None, "-1", "1.5", "²", "٣", "１", "9" * 19, " 1", "1e3")],
)
def test_whole(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(
    "text, found",
    [("2026-01-31", date(2026, 1, 31)), ("2026-02-30", None), ("0001-01-01", None), ("9999-12-31", None), ("", None)],
)
def test_day(text, found):
    assert day(text) == found


@pytest.mark.parametrize("field", [DayField(), MomentField()])
@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "1949-12-31"])
def test_days_that_cannot_be_reckoned_with_are_refused_with_a_sentence(field, text):
    with pytest.raises(forms.ValidationError, match="1950"):
        field.clean(text)


@pytest.mark.parametrize(
    "line",
    [
        "aging --at 0001-01-01",
        "demo --seed-date 9999-12-31",
        "energy_report 1 --from 0001-01-01 --until 2026-01-01",
        "grade 1 --at 9999-12-31",
        "late_risk --train-until 0001-01-01 --test-until 2026-01-01",
        "penalty 1 --at 0001-01-01",
        "penalty 1 --at 9999-12-31",
        "promises --from 0001-01-01 --until 2026-01-01",
        "reconcile --month 0000-01",
        "reconcile --month 9999-12",
        "regrade --at 9999-12-31",
        "reliability --from 0001-01-01 --until 2026-01-01 --customers-served 1",
        "visit_quota --at 9999-12-31",
    ],
)
def test_commands_refuse_days_at_the_ends_of_the_calendar(line, capsys):
    name, *arguments = line.split()
    command = load_command_class(get_commands()[name], name)
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", name, *arguments])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "2199" in told
    assert "Traceback" not in told


QUERIES = [
    ("accounts:list", [], {"group": "²"}),
    ("core:absence_create", [], {"user": "²"}),
    ("outages:reliability", [], {"line": "²", "unit": "²"}),
    ("reports:analysis", ["3200001"], {"first": "2026-01-01", "last": "9999-12-31"}),
    ("reports:load_charts", ["3200001"], {"from": "0001-01-01", "until": "9999-12-31"}),
    ("desk:promises", [], {"days_from": "0001-01-01", "days_until": "9999-12-31"}),
    ("visits:list", [], {"manager": "²", "credit": "user:²", "from": "0001-01-01"}),
    ("credit:tiers", [], {"as_of": "0001-01-01", "manager": "²"}),
    ("billing:receivables", [], {"age": "²-9999999999999"}),
]


@pytest.mark.django_db
@pytest.mark.parametrize("name, args, query", QUERIES)
def test_hostile_addresses_are_answered(client, name, args, query):
    cast = make_cast()
    client.force_login(cast.sun)
    assert client.get(reverse(name, args=args), query).status_code in (200, 404)


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{"until": "9999-12-31"}, {"since": "0001-01-01"}])
def test_hostile_days_of_the_record_are_answered(client, query):
    cast = make_cast()
    client.force_login(cast.auditor)
    assert client.get(reverse("core:audit"), query).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["²", "9" * 5000])
def test_hostile_versions_are_a_conflict_and_no_failure(client, version):
    cast = make_cast()
    client.force_login(cast.sun)
    url = reverse("accounts:edit", args=["3200001"])
    fields = client.get(url).context["form"].initial
    posted = {name: getattr(value, "pk", value) or "" for name, value in fields.items()}
    answer = client.post(url, posted | {"name": "别名", "version": version, "seen": "[" * 100_000})
    assert answer.status_code == 200
