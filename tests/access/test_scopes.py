"""What the scopes hide whose rows no address opens one by one, so that the table cannot notice their loss (SYS-1)."""

from datetime import date

import pytest

from kam.accounts.models import TimelineEntry
from kam.billing.models import MonthClose
from kam.outage_planning.models import Crew, Round
from kam.service_desk.models import CrewPost, MailIn
from tests.access.rows import outage, outlook
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_the_timeline_of_an_account_is_for_who_sees_the_account(cast):
    for account in (cast.account, cast.other_account):
        TimelineEntry.objects.create(account=account, at=NOW, kind="account.created")
    seen = {
        user.username: set(TimelineEntry.objects.visible_to(user).values_list("account_id", flat=True))
        for user in (cast.li, cast.wang, cast.zhao, cast.admin)
    }
    assert seen == {"li": {cast.account.pk}, "wang": set(), "zhao": {cast.other_account.pk}, "admin": set()}


def test_a_closed_month_is_for_who_sees_the_whole_company(cast):
    MonthClose.objects.create(month=date(2026, 10, 1), at=NOW)
    seen = [MonthClose.objects.visible_to(user).count() for user in (cast.boss, cast.sun, cast.li, cast.admin)]
    assert seen == [1, 0, 0, 0]


def test_mail_of_a_customer_is_for_who_sees_the_customer(cast):
    for account in (cast.account, cast.other_account):
        MailIn.objects.create(message_id=account.account_no, at=NOW, account=account)
    seen = [MailIn.objects.visible_to(user).count() for user in (cast.li, cast.wang, cast.sun, cast.boss, cast.admin)]
    assert seen == [1, 0, 1, 2, 0]


def test_whom_a_call_or_an_outlook_was_to_reach_is_for_who_sees_it(cast):
    own, other, _absent = outage(cast)
    for place in (own, other):
        Round.objects.create(outage_id=place["pk"], total=1, at=NOW, moved_at=NOW)
    station, strange, _absent = outlook(cast)
    for place in (station, strange):
        Round.objects.create(outlook_id=place["pk"], total=1, at=NOW, moved_at=NOW)
    sun = list(Round.objects.visible_to(cast.sun).values_list("outage_id", "outlook_id"))
    assert sorted(sun, key=str) == sorted([(own["pk"], None), (None, station["pk"])], key=str)
    seen = [Round.objects.visible_to(user).count() for user in (cast.boss, cast.admin)]
    assert seen == [4, 0]


def test_where_a_crew_is_is_for_its_unit_and_all_above(cast):
    for unit in (cast.station, cast.other_station):
        crew = Crew.objects.create(code=unit.code, name=unit.name, unit=unit)
        CrewPost.objects.create(crew=crew, base_latitude=30.0, base_longitude=120.0)
    assert CrewPost.objects.visible_to(cast.sun).count() == 1
    assert CrewPost.objects.visible_to(cast.boss).count() == 2
