"""Early warning counts what customers say: more calls than usual, complaints (SRV-5)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kam.core.models import RuleValue
from kam.credit.actions import risk
from kam.credit.models import EarlyWarning
from kam.service_desk.models import Request
from kam.service_desk.queries.warning import complaints, more_calls
from tests.cast import NOW, TODAY, Cast, make_cast
from tests.credit.money import make_months
from tests.service_desk.making import DAY, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    return make_cast()


def calls(cast: Cast, days_ago: list[int], **changes) -> list[Request]:
    return [take(cast, at=NOW - days * DAY, text=f"第{days}天前的问题", **changes) for days in days_ago]


def test_calls_are_compared_with_what_is_usual(cast: Cast):
    ids = [cast.account.pk, cast.other_account.pk]
    calls(cast, [1, 5, 20])
    assert more_calls(ids, TODAY) == {}  # three are not four
    rows = calls(cast, [29])
    found = more_calls(ids, TODAY)
    assert set(found) == {cast.account.pk}
    assert (found[cast.account.pk].now, found[cast.account.pk].then, found[cast.account.pk].weight) == (4, 0.0, 30.0)
    assert found[cast.account.pk].evidence[-1] == (rows[0].pk, rows[0].number)
    # Thirty in the year before are two and a half in thirty days: four are not twice that.
    calls(cast, list(range(31, 331, 10)))
    assert more_calls(ids, TODAY) == {}


def test_what_staff_noted_is_no_call_and_a_merged_one_is_one(cast: Cast):
    calls(cast, [1, 2, 3, 4], source="VISIT")
    assert more_calls([cast.account.pk], TODAY) == {}
    first, *doubles = calls(cast, [5, 6, 7, 8])
    assert more_calls([cast.account.pk], TODAY)
    Request.objects.filter(pk=doubles[0].pk).update(merged_into=first)
    assert more_calls([cast.account.pk], TODAY) == {}


def test_two_complaints_in_ninety_days_however_they_came(cast: Cast):
    calls(cast, [89], kind="COMPLAINT", source="VISIT")
    assert complaints([cast.account.pk], TODAY) == {}
    calls(cast, [2, 90], kind="COMPLAINT")
    found = complaints([cast.account.pk], TODAY)[cast.account.pk]
    assert (found.now, found.then, found.weight) == (2, 90.0, 30.0)


def test_what_is_much_is_a_dated_rule(cast: Cast):
    calls(cast, [2], kind="COMPLAINT")
    assert complaints([cast.account.pk], TODAY) == {}
    RuleValue.objects.create(
        key="desk.warn_complaints", value={"days": 90, "least": 1}, valid_from=date(2026, 11, 1), source="主任会议"
    )
    assert complaints([cast.account.pk], TODAY)
    assert complaints([cast.account.pk], date(2026, 10, 31)) == {}


def test_they_stand_on_the_warning_list_with_their_requests(cast: Cast, django_assert_max_num_queries):
    make_months(cast.account, 6)
    first, second = calls(cast, [3, 9], kind="COMPLAINT")
    assert risk.warn_early(at=NOW) == 1
    warned = EarlyWarning.objects.get()
    assert warned.reasons == [["COMPLAINTS", 2, 90.0, [[first.pk, first.number], [second.pk, second.number]]]]
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.credit)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("credit:warnings")).content.decode()
    assert "2 complaints in 90 days" in page
    assert reverse("desk:request", args=[first.pk]) in page
    account = client.get(reverse("credit:account", args=["3200001"])).content.decode()
    assert "2 complaints in 90 days" in account
    assert reverse("desk:request", args=[second.pk]) in account
    assert "2 complaints" in client.get(reverse("credit:work")).content.decode()
    assert risk.warn_early(at=NOW + timedelta(days=100)) == 0
