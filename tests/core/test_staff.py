"""Staff, units and leave: who may what, who is where, who stands in (SYS-1, ACC-3)."""

from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse

from kam.accounts.models import Account
from kam.core import actions, queries
from kam.core.models import Absence, AuditEntry, Unit, User
from kam.core.rules import Right, Role
from kam.lib import clock
from tests.cast import NOW, TODAY, make_cast, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_cast()


def edit(cast, user, **changes):
    facts = {"name": user.name, "unit": user.unit, "roles": user.roles, "active": True}
    return actions.edit_user(**{"by": cast.admin, "at": NOW, "user": user, **facts, **changes})


def test_new_member_of_staff_signs_in_with_the_start_password_and_must_change_it(client, cast):
    client.force_login(cast.admin)
    fields = {"username": "qian", "name": "钱多", "unit": cast.station.pk, "roles": ["manager", "station"]}
    page = client.post(reverse("core:user_create"), fields)
    password = page.context["password"]
    assert password in page.content.decode()
    user = User.objects.get(username="qian")
    assert user.check_password(password)
    assert user.must_change_password
    assert user.roles == {Role.MANAGER, Role.STATION}
    entry = AuditEntry.objects.get(action="staff.made")
    assert password not in entry.body
    assert client.post(reverse("core:user_create"), {**fields, "username": "QIAN"}).status_code == 200
    assert User.objects.filter(username__iexact="qian").count() == 1


def test_change_of_role_holds_from_the_next_request(client, cast):
    client.force_login(cast.li)
    assert client.get(reverse("core:staff")).status_code == 403
    edit(cast, cast.li, roles={Role.SUPERVISOR})
    assert client.get(reverse("core:staff")).status_code == 200
    edit(cast, User.objects.get(pk=cast.li.pk), active=False)
    assert client.get(reverse("core:staff")).status_code == 302


def test_edit_is_on_the_record_with_before_and_after(cast):
    edit(cast, cast.li, name="李梅", roles={Role.MANAGER, Role.CREDIT})
    entry = AuditEntry.objects.get(action="staff.edited")
    assert '"changed":{"name":["李敏","李梅"],"roles":[["manager"],["credit","manager"]]}' in entry.body
    edit(cast, User.objects.get(pk=cast.li.pk))
    assert AuditEntry.objects.filter(action="staff.edited").count() == 1  # nothing changed, nothing to record


def test_nobody_takes_their_own_right(cast):
    with pytest.raises(actions.OwnRight):
        edit(cast, cast.admin, roles={Role.EXECUTIVE})
    with pytest.raises(actions.OwnRight):
        edit(cast, cast.admin, active=False)
    second = make_user("second", "冯刚", cast.company, Role.ADMINISTRATOR)
    edit(cast, cast.admin, by=second, active=False)
    assert not User.objects.get(pk=cast.admin.pk).is_active
    with pytest.raises(actions.LastAdministrator):
        edit(cast, second, by=cast.boss, roles={Role.MANAGER})


def test_who_makes_rights_does_not_check_their_use(cast):
    with pytest.raises(actions.RolesClash):
        edit(cast, cast.auditor, roles={Role.AUDITOR, Role.ADMINISTRATOR})


def test_own_right_is_refused_in_words(client, cast):
    client.force_login(cast.admin)
    fields = {"name": "郑凯", "unit": cast.company.pk, "roles": ["executive"], "active": "on"}
    page = client.post(reverse("core:user", args=[cast.admin.pk]), fields)
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()
    assert page.context["form"]["name"].value() == "郑凯"  # nothing typed is lost


def test_lost_factor_is_taken_away_and_sessions_end(client, cast):
    TOTP.activate(cast.li, "JBSWY3DPEHPK3PXP")
    browser = client.__class__()
    browser.force_login(cast.li)
    client.force_login(cast.admin)
    assert client.post(reverse("core:user_factor", args=[cast.li.pk])).status_code == 302
    assert not Authenticator.objects.filter(user=cast.li).exists()
    assert browser.get(reverse("core:rules")).status_code == 302
    assert client.get(reverse("core:rules")).status_code == 200


def test_given_password_ends_sessions(client, cast):
    browser = client.__class__()
    browser.force_login(cast.li)
    client.force_login(cast.admin)
    page = client.post(reverse("core:user_password", args=[cast.li.pk]))
    assert User.objects.get(pk=cast.li.pk).check_password(page.context["password"])
    assert browser.get(reverse("core:rules")).status_code == 302


def test_units_are_made_in_their_place(client, cast):
    client.force_login(cast.admin)
    client.post(reverse("core:unit_create"), {"parent": cast.district.pk, "code": "S12", "name": "南湖供电所"})
    unit = Unit.objects.get(code="S12")
    assert unit.kind == Unit.Kind.STATION
    assert unit.path == f"{cast.district.path}{unit.pk}/"
    with pytest.raises(actions.UnitIsLowest):
        actions.make_unit(by=cast.admin, at=NOW, parent=unit, code="X", name="X")
    client.post(reverse("core:unit", args=[unit.pk]), {"code": "S12", "name": "南湖供电服务站"})
    assert Unit.objects.get(code="S12").name == "南湖供电服务站"
    page = client.post(reverse("core:unit_create"), {"parent": cast.district.pk, "code": "S12", "name": "又一个"})
    assert "code" in page.context["form"].errors


def test_tree_counts_people_with_all_below(cast, django_assert_num_queries):
    with django_assert_num_queries(2):
        tree = queries.unit_tree(Unit.objects.all())
    assert [(node.unit.code, node.depth, node.staff) for node in tree] == [
        ("COMPANY", 0, 11),
        ("D1", 1, 7),
        ("S11", 2, 3),
        ("D2", 1, 1),
        ("S21", 2, 1),
    ]


def test_staff_page_shows_a_supervisor_its_district_and_filters(client, cast):
    client.force_login(cast.sun)
    page = client.get(reverse("core:staff"))
    assert {row.username for row in page.context["page"].rows} == {
        "li",
        "wang",
        "liu",
        "chen",
        "planner",
        "credit",
        "sun",
    }
    rows = client.get(reverse("core:staff"), {"unit": cast.station.pk, "role": "manager"}).context["page"].rows
    assert {row.username for row in rows} == {"li", "wang"}
    rows = client.get(reverse("core:staff"), {"q": "李"}).context["page"].rows
    assert [row.username for row in rows] == ["li"]
    # Another district's unit is not among the choices, so the filter is as if it were not there.
    rows = client.get(reverse("core:staff"), {"unit": cast.other_station.pk}).context["page"].rows
    assert "zhao" not in {row.username for row in rows}


def test_staff_page_takes_few_queries_however_long_the_list(client, cast, django_assert_max_num_queries):
    for number in range(40):
        make_user(f"u{number}", f"员工{number}", cast.station, Role.STATION)
    client.force_login(cast.admin)
    client.get(reverse("core:staff"))  # the first request of a session also writes the session
    with django_assert_max_num_queries(9):
        client.get(reverse("core:staff"))


def leave(cast, **changes):
    facts = {"by": cast.li, "user": cast.li, "deputy": cast.wang, "absent_from": TODAY}
    return actions.plan_absence(**{**facts, "at": NOW, "absent_until": TODAY + timedelta(days=5), **changes})


def test_deputy_sees_the_absent_persons_accounts_and_no_longer_afterwards(cast, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert not Account.objects.visible_to(User.objects.get(pk=cast.wang.pk)).exists()
    row = leave(cast)
    assert list(Account.objects.visible_to(User.objects.get(pk=cast.wang.pk))) == [cast.account]
    actions.end_absence(by=cast.li, at=NOW, today=TODAY + timedelta(days=1), absence=row)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    assert not Account.objects.visible_to(User.objects.get(pk=cast.wang.pk)).exists()
    row.refresh_from_db()
    assert row.absent_until == TODAY + timedelta(days=1)  # what was, was
    assert AuditEntry.objects.filter(action__in=["absence.planned", "absence.ended"]).count() == 2


def test_leave_that_has_not_begun_is_taken_back(cast):
    row = leave(cast, absent_from=TODAY + timedelta(days=2))
    actions.end_absence(by=cast.li, at=NOW, today=TODAY, absence=row)
    assert not Absence.objects.exists()


def test_leave_does_not_overlap_and_a_deputy_is_there(cast):
    leave(cast)
    with pytest.raises(actions.LeaveOverlaps):
        leave(cast, absent_from=TODAY + timedelta(days=4), absent_until=TODAY + timedelta(days=9))
    with pytest.raises(actions.DeputyIsAway):
        leave(cast, user=cast.wang, deputy=cast.li, by=cast.wang)
    leave(cast, absent_from=TODAY + timedelta(days=5), absent_until=TODAY + timedelta(days=9))


def test_deputy_is_of_the_same_district_and_sees_accounts(cast):
    names = set(queries.deputies_for(cast.li).values_list("username", flat=True))
    assert names == {"wang", "liu", "chen", "planner", "credit", "sun"}
    with pytest.raises(actions.DeputyIsAway):
        leave(cast, deputy=cast.zhao)
    neighbour = make_unit("D10", "别处", Unit.Kind.DISTRICT, cast.company)
    make_user("far", "远", neighbour, Role.MANAGER)
    assert "far" not in set(queries.deputies_for(cast.li).values_list("username", flat=True))


def test_deputy_of_the_companys_own_staff_is_of_them_and_not_of_a_district(cast):
    make_user("second", "副总", cast.company, Role.EXECUTIVE)
    names = set(queries.deputies_for(cast.boss).values_list("username", flat=True))
    assert "second" in names
    assert not names & {"li", "wang", "liu", "chen", "sun", "zhao"}
    assert leave(cast, user=cast.boss, deputy=User.objects.get(username="second"), by=cast.boss).deputy.name == "副总"


def test_manager_notes_own_leave_and_nobody_elses(client, cast, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(cast.li)
    fields = {"absent_from": "2026-12-01", "last_day": "2026-12-03", "deputy": cast.wang.pk}
    page = client.post(reverse("core:absence_create"), {**fields, "user": cast.wang.pk, "deputy": cast.li.pk})
    assert page.status_code == 200
    assert not Absence.objects.exists()
    assert client.post(reverse("core:absence_create"), {**fields, "user": cast.li.pk}).status_code == 302
    assert Absence.objects.get().absent_until == date(2026, 12, 4)
    assert "2026年12月4日" in client.get(reverse("core:absences")).content.decode()


def test_supervisor_notes_leave_for_the_unit(client, cast, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(cast.sun)
    assert client.get(reverse("core:absence_create"), {"user": cast.li.pk}).context["person"] == cast.li
    fields = {"user": cast.li.pk, "deputy": cast.wang.pk, "absent_from": "2026-12-01", "last_day": "2026-12-01"}
    assert client.post(reverse("core:absence_create"), fields).status_code == 302
    # Zhao is of another district.
    page = client.post(reverse("core:absence_create"), {**fields, "user": cast.zhao.pk})
    assert page.status_code == 200
    assert Absence.objects.count() == 1


@pytest.mark.parametrize("right", [Right.STAFF_EDIT, Right.RULES_EDIT])
def test_supervisor_keeps_neither_staff_nor_rules(cast, right):
    assert not cast.sun.may(right)


def test_a_transfer_of_an_earlier_day_is_noted_by_the_page(client, cast, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(cast.admin)
    url = reverse("core:posts", args=[cast.li.pk])
    assert (
        reverse("core:posts", args=[cast.li.pk]) in client.get(reverse("core:user", args=[cast.li.pk])).content.decode()
    )
    data = {"unit": cast.other_station.pk, "roles": [Role.MANAGER.value], "since": "2026-10-01"}
    page = client.post(url, data | {"since": "2026-11-22"})
    assert page.status_code == 200
    assert page.context["form"].errors["since"]
    assert client.post(url, data)["Location"] == url
    spans = [(post.unit, post.held_from, post.held_until) for post in cast.li.posts.order_by("held_from")]
    assert spans == [
        (cast.station, date(2000, 1, 1), date(2026, 10, 1)),
        (cast.other_station, date(2026, 10, 1), None),
    ]
    assert User.objects.get(pk=cast.li.pk).unit == cast.other_station
    # Once more a month later: days before it stay as they were noted.
    client.post(url, data | {"since": "2026-11-01"})
    spans = [(post.unit, post.held_from, post.held_until) for post in cast.li.posts.order_by("held_from")]
    assert spans == [
        (cast.station, date(2000, 1, 1), date(2026, 10, 1)),
        (cast.other_station, date(2026, 10, 1), date(2026, 11, 1)),
        (cast.other_station, date(2026, 11, 1), None),
    ]
    assert AuditEntry.objects.filter(action="staff.transferred").count() == 2
