"""What the company's figures say against a plain recount of the visits (VIS-1, VIS-4)."""

import json
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam.core.actions import add_rule, edit_user, make_user, transfer
from kam.core.models import Absence, Job, Unit, User
from kam.core.rules import Role
from kam.visits.actions import log, planning
from kam.visits.actions.credits import tally_anew
from kam.visits.models import Visit, VisitCredit, VisitTally
from kam.visits.queries import quota
from kam.visits.rules.quota import Status, quarter_of, whole, year_of
from kam.visits.tasks import recount_posts
from tests.cast import NOW, Cast, make_cast
from tests.visits.making import entry, hour, made, planned

pytestmark = pytest.mark.django_db
EVENING = 20


@pytest.fixture
def cast():
    return make_cast()


def contract(at: date, *args: str):
    out = StringIO()
    call_command("visit_quota", "--at", at.isoformat(), "--json", *args, stdout=out)
    return {row["subject"]: row for row in json.loads(out.getvalue())}


def test_the_contract(cast):
    made(cast.account, cast.li, date(2026, 10, 9))
    made(cast.account, cast.li, date(2026, 3, 2))
    planned(cast.account, cast.li, date(2026, 12, 8))
    found = contract(date(2026, 11, 21))
    assert found["li"] == {
        "subject": "li",
        "kind": "manager",
        "year": {"required": 10, "made": 2, "planned": 1},
        "quarter": {"required": 3, "made": 1, "planned": 1},
        "status": "at_risk",
    }
    assert found["S11"] == {
        "subject": "S11",
        "kind": "station",
        "year": {"required": 5, "made": 2, "planned": 1},
        "quarter": {"required": 0, "made": 1, "planned": 1},
        "status": "at_risk",
    }
    assert sorted(found) == ["S11", "S21", "li", "wang", "zhao"]  # nobody else is a manager
    assert contract(date(2026, 11, 21), "--user", "li") == {"li": found["li"]}


def test_an_unknown_user_is_said(cast):
    with pytest.raises(CommandError):
        contract(date(2026, 11, 21), "--user", "nobody")


def test_several_visits_a_day_to_one_account_are_one(cast):
    day = date(2026, 10, 9)
    for _ in range(3):
        made(cast.account, cast.li, day)
    made(cast.other_account, cast.li, day)
    assert contract(day)["li"]["year"]["made"] == 2
    assert contract(day)["S11"]["year"]["made"] == 2


def test_two_managers_at_one_visit_each_have_it_and_their_station_once(cast):
    day = date(2026, 10, 9)
    made(cast.account, cast.li, day, cast.wang, cast.zhao, cast.station_staff)
    found = contract(day)
    assert [found[name]["year"]["made"] for name in ("li", "wang", "zhao", "S11", "S21")] == [1, 1, 1, 1, 1]


def test_a_visit_counts_on_the_day_it_took_place(cast):
    visit = planned(cast.account, cast.li, date(2026, 9, 30))
    log.log(visit=visit, entry=entry(date(2026, 10, 2)), by=cast.li, at=hour(date(2026, 10, 3)))
    assert contract(date(2026, 9, 30))["li"]["quarter"]["made"] == 0
    assert contract(date(2026, 10, 2))["li"]["quarter"]["made"] == 1


def test_a_leap_day_and_the_year_end_belong_to_their_quarters(cast):
    made(cast.account, cast.li, date(2024, 2, 29))
    made(cast.account, cast.li, date(2024, 12, 31))
    made(cast.account, cast.li, date(2025, 1, 1))
    found = [contract(day)["li"] for day in (date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1))]
    assert [(one["year"]["made"], one["quarter"]["made"]) for one in found] == [(1, 1), (2, 1), (1, 1)]


def test_what_is_planned_for_a_day_already_made_is_not_counted_twice(cast):
    day = date(2026, 10, 9)
    made(cast.account, cast.li, day)
    planned(cast.account, cast.li, day)
    planned(cast.account, cast.li, day + timedelta(days=1))
    planned(cast.account, cast.li, day + timedelta(days=1))
    assert contract(day)["li"]["year"] == {"required": 10, "made": 1, "planned": 1}


def test_cancelled_and_missed_visits_count_nowhere(cast):
    day = date(2026, 10, 9)
    planning.cancel(visit=planned(cast.account, cast.li, day), reason="客户停产", by=cast.li, at=hour(day))
    planned(cast.account, cast.li, date(2026, 10, 1))
    assert planning.miss_what_is_over(at=hour(date(2026, 10, 12)), grace_days=7) == 1
    assert contract(date(2026, 10, 12))["li"]["year"] == {"required": 10, "made": 0, "planned": 0}


def test_a_new_quota_holds_from_its_day(cast):
    add_rule(
        by=cast.admin,
        at=hour(date(2026, 6, 1)),
        key="visits.quota.manager",
        value={"year": 20, "quarter": 6},
        valid_from=date(2026, 7, 1),
        source="公司走访制度 2026 修订",
    )
    found = contract(date(2026, 11, 21))["li"]
    assert (found["year"]["required"], found["quarter"]["required"]) == (15, 6)  # 181 days of 10, 184 of 20: 15.04
    assert contract(date(2026, 5, 1))["li"]["quarter"]["required"] == 3


def test_entry_transfer_and_leave_scale_by_days_and_say_so(cast):
    new = make_user(
        by=cast.admin,
        at=hour(date(2026, 7, 1)),
        username="neu",
        name="新人",
        unit=cast.station,
        roles=[Role.MANAGER],
        password="x" * 12,
    )
    edit_user(
        by=cast.admin,
        at=hour(date(2026, 4, 1)),
        user=cast.wang,
        name="王芳",
        unit=cast.station,
        roles=[Role.STATION],
        active=True,
    )
    Absence.objects.create(user=cast.li, deputy=new, absent_from=date(2026, 8, 1), absent_until=date(2026, 11, 1))
    found = contract(date(2026, 11, 21))
    # 184 of 365 days: 5.04; until 31 March, 90 days: 2.47; without 92 days of leave: 7.48, and 61 of 92 days: 1.99
    assert [found[name]["year"]["required"] for name in ("neu", "wang", "li")] == [5, 2, 7]
    assert [found[name]["quarter"]["required"] for name in ("neu", "wang", "li")] == [3, 0, 2]
    out = StringIO()
    call_command("visit_quota", "--at", "2026-11-21", "--user", "neu", stdout=out)
    assert "184 of 365 days on duty, 5.04" in out.getvalue()


def test_visits_to_accounts_by_class_are_asked_for_where_switched_on(cast):
    cast.account.importance = "FIRST"
    cast.account.created_at = hour(date(2025, 1, 1))
    cast.account.save()
    assert not [row for row in contract(date(2026, 11, 21)).values() if row["kind"] == "account"]
    add_rule(
        by=cast.admin,
        at=hour(date(2025, 12, 1)),
        key="visits.quota.account",
        value={"FIRST": 4},
        valid_from=date(2026, 1, 1),
        source="公司走访制度",
    )
    for day in (date(2026, 3, 1), date(2026, 3, 1), date(2026, 5, 1)):
        made(cast.account, cast.li, day, cast.wang)
    planned(cast.account, cast.li, date(2026, 12, 1))
    rows = [row for row in contract(date(2026, 11, 21)).values() if row["kind"] == "account"]
    assert rows == [
        {
            "subject": cast.account.account_no,
            "kind": "account",
            "year": {"required": 4, "made": 2, "planned": 1},
            "quarter": {"required": 0, "made": 0, "planned": 1},
            "status": "at_risk",
        }
    ]


def test_the_queries_do_not_grow_with_people_and_visits(cast, django_assert_num_queries):
    made(cast.account, cast.li, date(2026, 10, 9), cast.wang, cast.zhao)
    planned(cast.account, cast.li, date(2026, 12, 9), cast.wang)
    with django_assert_num_queries(10):
        quota.managers(date(2026, 11, 21), day_over=False, users=User.objects.all())
    with django_assert_num_queries(10):
        quota.stations(date(2026, 11, 21), day_over=False, units=Unit.objects.all())


def test_a_correction_moves_what_counts(cast):
    visit = made(cast.account, cast.li, date(2026, 10, 9), cast.wang)
    assert visit.log_uid
    again = log.Entry(uid=visit.log_uid, day=date(2026, 9, 28), purpose="ENERGY", colleagues=[cast.zhao])
    log.correct(visit=visit, version=visit.version, entry=again, by=cast.li, at=hour(date(2026, 10, 10)))
    found = contract(date(2026, 10, 10))
    assert [found[name]["year"]["made"] for name in ("li", "wang", "zhao")] == [1, 0, 1]
    assert found["li"]["quarter"]["made"] == 0


# ---- any mixture, against a walk over the rows ------------------------------------------------------------------

FIRST = date(2023, 10, 1)
DAYS = st.integers(0, 520).map(lambda n: FIRST + timedelta(days=n))  # over a leap day and two year ends
PEOPLE = st.lists(st.sampled_from(["li", "wang", "zhao", "station_staff"]), min_size=1, max_size=3, unique=True)
FATES = st.sampled_from(["made", "made", "made", "planned", "cancelled", "moved"])
VISITS = st.lists(st.tuples(PEOPLE, st.sampled_from(["account", "other_account"]), DAYS, FATES), max_size=9)


def plain_recount(cast: Cast, at: date, moved_on: date):
    """Walk over every visit and every day, slowly: what `visit_quota` must say."""
    on_day: dict[tuple[str, date], set[tuple[int, str]]] = defaultdict(set)
    for visit in Visit.objects.all():
        kind = "made" if visit.status in ("DONE", "REVIEWED") else "open" if visit.status == "PLANNED" else ""
        for part in visit.participants.filter(side="OURS"):
            name = part.user.username
            unit = "S21" if name == "zhao" or (name == "wang" and visit.day >= moved_on) else "S11"
            if kind and name != "liu":
                on_day[name, visit.day].add((visit.account_id, kind))
            if kind:
                on_day[unit, visit.day].add((visit.account_id, kind))
    told = {}
    for subject, per in (("li", (10, 3)), ("wang", (10, 3)), ("zhao", (10, 3)), ("S11", (5, 0)), ("S21", (5, 0))):
        figures = []
        for period, count in ((year_of(at), per[0]), (quarter_of(at), per[1])):
            made_ = planned_ = 0
            exact = Fraction(0)
            for n in range(period.days):
                day = period.start + timedelta(days=n)
                exact += Fraction(count, period.days)
                seen = on_day[subject, day]
                done = {account for account, kind in seen if kind == "made"}
                made_ += len(done) if day <= at else 0
                if day >= at:
                    planned_ += len({account for account, kind in seen if kind == "open"} - done)
                    planned_ += len(done) if day > at else 0
            figures.append({"required": whole(exact), "made": made_, "planned": planned_})
        told[subject] = figures
    return told


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits=VISITS, at=DAYS, moved_on=DAYS)
def test_any_mixture_of_visits_counts_as_a_plain_walk_does(cast, visits, at, moved_on):
    with transaction.atomic():
        edit_user(
            by=cast.admin,
            at=hour(moved_on),
            user=cast.wang,
            name="王芳",
            unit=cast.other_station,
            roles=[Role.MANAGER],
            active=True,
        )
        for people, account, day, fate in visits:
            first, *others = (getattr(cast, name) for name in people)
            visit = planned(getattr(cast, account), first, day, *others)
            if fate == "made":
                log.log(visit=visit, entry=entry(day, *others), by=first, at=hour(day, EVENING))
            elif fate == "cancelled":
                planning.cancel(visit=visit, reason="客户停产", by=first, at=hour(day))
            elif fate == "moved":
                later = day + timedelta(days=40)
                planning.move(
                    visit=visit,
                    version=visit.version,
                    starts_at=hour(later),
                    ends_at=hour(later, 10),
                    reason="客户改期",
                    by=first,
                    at=hour(day),
                )
        found = contract(at)
        kept = set(VisitTally.objects.exclude(made=0).values_list("user_id", "unit_id", "month", "made"))
        tally_anew()
        assert kept == set(VisitTally.objects.values_list("user_id", "unit_id", "month", "made"))
        told = {subject: [found[subject]["year"], found[subject]["quarter"]] for subject in found}
        assert told == plain_recount(cast, at, moved_on)
        assert all(Status(row["status"]) for row in found.values())
        transaction.set_rollback(True)


def test_counts_are_written_with_the_visit_and_name_it(cast):
    visit = made(cast.account, cast.li, date(2026, 10, 9))
    credits = VisitCredit.objects.order_by("user_id")
    assert {(one.visit_id, one.user_id, one.unit_id) for one in credits} == {
        (visit.pk, cast.li.pk, cast.station.pk),
        (visit.pk, None, cast.station.pk),
    }


def test_a_transfer_of_an_earlier_day_has_its_visits_counted_anew_by_a_job(cast):
    for day in (date(2026, 9, 1), date(2026, 10, 6), date(2026, 11, 3)):
        made(cast.account, cast.li, day)
    transfer(
        by=cast.admin, at=NOW, user=cast.li, unit=cast.other_station, roles=[Role.MANAGER], since=date(2026, 10, 1)
    )
    job = Job.objects.get(kind="kam.visits.tasks.recount_posts")
    assert set(VisitCredit.objects.filter(user=cast.li).values_list("unit", flat=True)) == {cast.station.pk}
    assert recount_posts(job.pk) == "DONE"
    counted = dict(VisitCredit.objects.filter(user=cast.li).values_list("day", "unit"))
    assert counted == {
        date(2026, 9, 1): cast.station.pk,
        date(2026, 10, 6): cast.other_station.pk,
        date(2026, 11, 3): cast.other_station.pk,
    }
    tallies = VisitTally.objects.filter(user=cast.li, made__gt=0).values_list("month", "unit")
    assert dict(tallies) == {day.replace(day=1): unit for day, unit in counted.items()}
