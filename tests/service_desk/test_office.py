"""Behind the desk: steps of applications and figures of promises as dated rows."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from kam.core.models import AuditEntry
from kam.service_desk.models import ApplicationTemplate, Promise
from kam.service_desk.rules.applications import STEPS, Kind, Problem, problems
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import HOUR
from tests.service_desk.test_applications import apply
from tests.service_desk.test_pages import signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW + HOUR)


def filled(template: ApplicationTemplate, **changes: Any) -> dict[str, Any]:
    """The form as it comes, with another day and source."""
    data: dict[str, Any] = {"valid_from": "2027-01-01", "source": "公司通知 2026-31"}
    for number in range(1, 15):
        step = template.steps[number - 1] if number <= len(template.steps) else {"code": "", "side": "SUPPLIER"}
        data |= {f"step_{number}": step["code"], f"side_{number}": step["side"], f"own_{number}": ""}
    for one in template.documents:
        data[f"document_{one['code']}"] = "1" if one["needed"] else "0"
    return {**data, **changes}


@pytest.mark.parametrize(
    "codes, sides, found",
    [
        ([], [], [Problem.NONE]),
        (["survey"], ["SUPPLIER"], [Problem.FIRST]),
        (["accept"], ["CUSTOMER"], [Problem.FIRST]),
        (["accept", "settle", "settle"], ["SUPPLIER"] * 3, [Problem.TWICE]),
        (["accept", "scheme", "survey"], ["SUPPLIER"] * 3, [Problem.ORDER]),
        (["accept", "choose_scheme"], ["SUPPLIER", "CUSTOMER"], [Problem.CUSTOMER]),
        (["accept", "scheme", "choose_scheme"], ["SUPPLIER"] * 3, [Problem.CUSTOMER]),
        (["accept", "加装表计", "settle"], ["SUPPLIER"] * 3, []),
    ],
)
def test_what_keeps_steps_from_holding(codes, sides, found):
    assert problems(codes, sides) == found


@pytest.mark.parametrize("kind", list(Kind))
def test_the_first_templates_hold(kind):
    assert problems([code for code, _ in STEPS[kind]], [side for _, side in STEPS[kind]]) == []


def test_other_steps_hold_from_a_day_and_applications_under_way_keep_theirs(cast):
    going = apply(cast, kind="SUSPENSION", supply="CHANGE")
    before = ApplicationTemplate.objects.get(kind="SUSPENSION")
    client = signed_in(cast.sun)
    url = reverse("desk:template_add", args=[before.pk])
    assert "Change from a day on" in text_of(client.get(reverse("desk:templates")))
    assert client.get(url).status_code == 200
    data = filled(before, step_3="+", own_3="停电封表", paper_1="停产证明", needed_1="1")
    assert client.post(url, data)["Location"] == reverse("desk:templates")
    before.refresh_from_db()
    made = ApplicationTemplate.objects.get(kind="SUSPENSION", valid_until=None)
    assert (before.valid_until, made.valid_from) == (date(2027, 1, 1), date(2027, 1, 1))
    assert [step["code"] for step in made.steps] == ["accept", "survey", "停电封表", "settle"]
    assert {"code": "停产证明", "needed": True} in made.documents
    assert [step.code for step in going.steps.order_by("pk")] == ["accept", "survey", "seal", "settle"]
    assert ApplicationTemplate.objects.in_force(date(2026, 12, 31)).get(kind="SUSPENSION") == before
    assert AuditEntry.objects.filter(action="application.template_added").count() == 1
    assert "停电封表" in text_of(client.get(reverse("desk:templates")))
    # The form of what was added comes back filled with it.
    assert 'value="停电封表"' in text_of(client.get(reverse("desk:template_add", args=[made.pk])))


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"step_1": "survey", "step_2": "accept"}, "It begins with a step of the company"),
        ({"step_2": "+"}, "Name the step"),
        ({"valid_from": "2000-01-01"}, "must begin after the latest one"),
        ({"source": ""}, "Please look at this again"),
    ],
)
def test_what_cannot_hold_is_told_and_nothing_typed_is_lost(cast, changes, said):
    row = ApplicationTemplate.objects.get(kind="SUSPENSION")
    page = text_of(
        signed_in(cast.sun).post(reverse("desk:template_add", args=[row.pk]), filled(row, own_4="记一下", **changes))
    )
    assert said in page
    assert 'value="记一下"' in page
    assert ApplicationTemplate.objects.filter(kind="SUSPENSION").count() == 1


def test_the_administration_finds_every_figure_and_adds_one(cast):
    client = signed_in(cast.admin)
    assert reverse("desk:figures") in text_of(client.get(reverse("core:rules")))
    row = Promise.objects.get(code="complaint.answer", province="")
    assert reverse("desk:figure_add", args=[row.pk]) in text_of(client.get(reverse("desk:figures")))
    data = {"figure": "3", "valid_from": "2027-01-01", "source": "公司通知 2026-30"}
    assert client.post(reverse("desk:figure_add", args=[row.pk]), data)["Location"] == reverse("desk:figures")
    assert "2027-01-01" in text_of(client.get(reverse("desk:figures")))
    assert reverse("desk:figure_add", args=[row.pk]) not in text_of(signed_in(cast.sun).get(reverse("desk:figures")))


def test_the_two_pages_of_promises_lead_to_each_other(cast):
    client = signed_in(cast.sun)
    assert reverse("outages:promises") in text_of(client.get(reverse("desk:promises")))
    assert reverse("desk:promises") in text_of(client.get(reverse("outages:promises")))
