"""Production plans and when an outage hurts most and least (ACC-6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from kam.accounts.models import OutagePreference, ProductionPlan, TimelineEntry
from kam.accounts.queries.production import preferences_of
from kam.accounts.rules.preferences import Preference, minutes_within
from kam.core.models import AuditEntry
from tests.cast import make_cast

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("preference", "minutes"),
    [
        (Preference(True), 600),
        (Preference(True, weekdays=frozenset({2})), 600),  # 1 December 2026 is a Tuesday
        (Preference(True, weekdays=frozenset({3})), 0),
        (Preference(True, from_minute=12 * 60, until_minute=13 * 60), 60),
        (Preference(True, from_minute=17 * 60, until_minute=9 * 60), 120),  # over midnight: 8 to 9, and 17 to 18
        (Preference(True, days_from=date(2026, 12, 2)), 0),
        (Preference(True, days_until=date(2026, 12, 2)), 600),
    ],
)
def test_minutes_of_an_outage_that_lie_in_the_hours(preference: Preference, minutes: float):
    assert minutes_within(preference, at("2026-12-01 08:00"), at("2026-12-01 18:00"), SHANGHAI) == minutes


def test_a_day_with_a_clock_change_has_the_hours_it_has():
    berlin = ZoneInfo("Europe/Berlin")
    start = at("2026-10-25 00:00", berlin)
    assert minutes_within(Preference(True), start, start + timedelta(days=2), berlin) == 2 * 1440


@pytest.mark.django_db
def test_hours_are_noted_weighed_and_on_the_record(client):
    cast = make_cast()
    client.force_login(cast.li)
    url = reverse("accounts:preference_create", args=[cast.account.account_no])
    given = {"level": "MOST", "weekdays": ["1", "2"], "from_time": "08:00", "until_time": "00:00", "reason": "炼钢班次"}
    assert client.post(url, {**given, "until_time": "08:00"}).context["form"].errors["until_time"]
    assert client.post(url, given).status_code == 302
    row = OutagePreference.objects.get()
    assert (row.weekdays, row.from_minute, row.until_minute) == ([1, 2], 480, 1440)
    (found,) = preferences_of([cast.account.pk])[cast.account.pk]
    assert found == Preference(True, frozenset({1, 2}), 480, 1440, None, None, "炼钢班次")
    assert TimelineEntry.objects.filter(account=cast.account, kind="production.preference_noted").count() == 1
    page = client.get(reverse("accounts:production", args=[cast.account.account_no])).content.decode()
    assert "08:00–24:00" in page
    client.post(reverse("accounts:preference_drop", args=[cast.account.account_no, row.pk]))
    assert not OutagePreference.objects.exists()
    assert "炼钢班次" in AuditEntry.objects.get(action="production.preference_dropped").body


@pytest.mark.django_db
def test_a_plan_of_the_works_standing_still_is_a_good_time_for_an_outage(client):
    cast = make_cast()
    client.force_login(cast.li)
    given = {
        "horizon": "NEAR",
        "days_from": "2027-02-01",
        "days_until": "2027-02-15",
        "bearing": "STOP",
        "text": "年度检修",
    }
    url = reverse("accounts:plan_create", args=[cast.account.account_no])
    assert client.post(url, {**given, "days_until": "2027-01-01"}).context["form"].errors["days_until"]
    assert client.post(url, given).status_code == 302
    assert ProductionPlan.objects.get().horizon == "NEAR"
    (found,) = preferences_of([cast.account.pk])[cast.account.pk]
    assert (found.most, found.days_from, found.reason) == (False, date(2027, 2, 1), "年度检修")
