"""Equipment of an account: when it is due, how that follows from its tests, its pages, and what visits make of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kam.accounts.actions import profile
from kam.accounts.models import Account, TimelineEntry
from kam.core.models import AuditEntry, RuleValue
from kam.equipment import actions
from kam.equipment.models import Equipment, EquipmentTest
from kam.equipment.queries import due_of, with_equipment
from kam.equipment.rules import months_later, next_due
from kam.lib import clock
from kam.visits.queries.proposals import proposals
from kam.visits.queries.sheet import sheet_of
from kam.visits.rules.reasons import Reason
from tests.cast import NOW, TODAY, Cast, make_cast
from tests.visits.making import planned


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_cast()


def add(cast: Cast, **changes) -> Equipment:
    fields: dict[str, Any] = dict.fromkeys(actions.FIELDS, "")
    fields |= {"kind": "TRANSFORMER", "name": "1号变压器", "installed_on": None, "months": None, "tested_on": None}
    return actions.add(account=cast.account, fields={**fields, **changes}, by=cast.li, at=NOW)


# ---- rules


@pytest.mark.parametrize(
    "day, months, later",
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 21), 36, date(2029, 11, 21)),
    ],
)
def test_so_many_months_later(day, months, later):
    assert months_later(day, months) == later


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
def test_later_by_months_never_leaves_the_month_meant(day, months):
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


def test_it_is_due_from_the_later_of_use_and_test():
    known: dict[str, Any] = {"installed_on": date(2024, 5, 1), "months": 24}
    assert next_due(tested_on=None, **known) == date(2026, 5, 1)
    assert next_due(tested_on=date(2025, 3, 1), **known) == date(2027, 3, 1)
    assert next_due(tested_on=date(2020, 3, 1), **known) == date(2026, 5, 1)
    assert next_due(installed_on=None, tested_on=None, months=24) is None
    assert next_due(installed_on=date(2024, 5, 1), tested_on=None, months=None) is None


# ---- actions


@pytest.mark.django_db
def test_the_companys_months_hold_where_none_are_given(cast):
    assert add(cast, tested_on=date(2024, 1, 10)).due_on == date(2027, 1, 10)  # 36 for transformers
    assert add(cast, kind="ARRESTER", tested_on=date(2026, 3, 1)).due_on == date(2027, 3, 1)
    assert add(cast, tested_on=date(2024, 1, 10), months=12).due_on == date(2025, 1, 10)
    assert add(cast, kind="OTHER", tested_on=date(2024, 1, 10)).due_on is None
    RuleValue.objects.filter(key="equipment.test_months").update(value={"TRANSFORMER": 12})
    assert add(cast, tested_on=date(2024, 1, 10)).due_on == date(2025, 1, 10)


@pytest.mark.django_db
def test_a_test_moves_the_day_and_stands_on_record(cast):
    row = add(cast, tested_on=date(2023, 1, 10))
    facts = {"equipment": row, "tester": "电力试验所", "note": "", "by": cast.li, "at": NOW}
    actions.note_test(day=date(2026, 11, 20), result="PASSED", **facts)
    row.refresh_from_db()
    assert (row.tested_on, row.due_on) == (date(2026, 11, 20), date(2029, 11, 20))
    # An older one that is noted late, and one that failed, do not put it off.
    actions.note_test(day=date(2025, 1, 1), result="PASSED", **facts)
    actions.note_test(day=date(2026, 11, 21), result="FAILED", **facts)
    row.refresh_from_db()
    assert row.due_on == date(2029, 11, 20)
    assert EquipmentTest.objects.count() == 3
    with pytest.raises(actions.NotYet):
        actions.note_test(day=date(2026, 11, 22), result="PASSED", **facts)
    kinds = TimelineEntry.objects.filter(account=cast.account).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["equipment.added", *["equipment.tested"] * 3]
    assert AuditEntry.objects.filter(action="equipment.tested").count() == 3


@pytest.mark.django_db
def test_a_stale_form_loses_and_what_is_out_of_use_is_not_due(cast):
    row = add(cast, tested_on=date(2020, 1, 1))
    fields = {name: getattr(row, name) for name in actions.FIELDS}
    facts = {"equipment": row, "by": cast.li, "at": NOW}
    actions.edit(version=1, fields=fields | {"name": "2号变压器"}, **facts)
    with pytest.raises(actions.ChangedMeanwhile):
        actions.edit(version=1, fields=fields | {"name": "3号变压器"}, **facts)
    assert [one.name for one in due_of(cast.account, today=TODAY)] == ["2号变压器"]
    actions.remove(day=TODAY, **facts)
    assert due_of(cast.account, today=TODAY) == []
    for act in (
        lambda: actions.remove(day=TODAY, **facts),
        lambda: actions.note_test(day=TODAY, result="PASSED", tester="", note="", **facts),
        lambda: actions.edit(version=3, fields=fields, **facts),
    ):
        with pytest.raises(actions.OutOfUse):
            act()


# ---- pages


@pytest.mark.django_db
def test_noted_tested_and_taken_out_by_the_pages(cast, client):
    client.force_login(cast.li)
    new = reverse("equipment:create", args=["3200001"])
    page = client.post(new, {"kind": "CABLE", "name": "", "tested_on": "2026-11-22"}).content.decode()
    assert "form-errors" in page
    assert 'value="2026-11-22"' in page
    client.post(new, {"kind": "CABLE", "name": "进线电缆", "installed_on": "2020-06-01", "months": ""})
    row = Equipment.objects.get()
    assert row.due_on == date(2023, 6, 1)
    assert "进线电缆" in client.get(reverse("equipment:of_account", args=["3200001"])).content.decode()
    assert "进线电缆" in client.get(reverse("equipment:due")).content.decode()
    client.post(
        reverse("equipment:tested", args=[row.pk]), {"day": "2026-11-20", "result": "DEFECT", "note": "终端头渗油"}
    )
    assert "终端头渗油" in client.get(reverse("equipment:page", args=[row.pk])).content.decode()
    assert "进线电缆" not in client.get(reverse("equipment:due")).content.decode()
    edited = {"kind": "CABLE", "name": "1号进线电缆", "installed_on": "2020-06-01", "version": "1"}
    assert client.post(reverse("equipment:edit", args=[row.pk]), edited).status_code == 200  # stale
    assert client.post(reverse("equipment:edit", args=[row.pk]), edited | {"version": "2"}).status_code == 302
    client.post(reverse("equipment:remove", args=[row.pk]), {"day": "2026-11-21"})
    row.refresh_from_db()
    assert (row.name, row.removed_on) == ("1号进线电缆", TODAY)


@pytest.mark.django_db
def test_lists_cost_the_same_for_many(cast, client, django_assert_max_num_queries):
    for number in range(30):
        add(cast, name=f"{number}号", tested_on=date(2020, 1, 1))
    client.force_login(cast.li)
    for url in (reverse("equipment:due"), reverse("equipment:of_account", args=["3200001"])):
        client.get(url)
        with django_assert_max_num_queries(8):
            client.get(url)
    counted: Any = with_equipment(Account.objects.all()).order_by("account_no")
    assert list(counted.values_list("equipment_count", "equipment_due_on")) == [(30, date(2023, 1, 1)), (0, None)]


# ---- what visits make of it


@pytest.mark.django_db
def test_due_equipment_and_the_end_of_the_contract_are_on_the_sheet_and_reasons_for_a_visit(cast):
    add(cast, tested_on=date(2023, 12, 20))  # due 20 December 2026, in thirty days
    add(cast, name="新开关柜", kind="SWITCHGEAR", tested_on=date(2026, 6, 1))
    cast.account = profile.edit(
        account_id=cast.account.pk,
        version=cast.account.version,
        fields={"contract_until": date(2027, 1, 31)},
        by=cast.li,
        at=NOW,
    )
    [proposal] = proposals(Account.objects.filter(pk=cast.account.pk), None, reader=cast.li, at=NOW)
    why = {one.reason: one.fact for one in proposal.reasons}
    assert why[Reason.EQUIPMENT] == "2026-12-20"
    assert why[Reason.CONTRACT] == "2027-01-31"
    sheet = sheet_of(planned(cast.account, cast.li, date(2026, 12, 1)), reader=cast.li, today=TODAY)
    assert [one.name for one in sheet.equipment] == ["1号变压器"]
    # Each reason is a dated rule: weight 0 switches it off.
    RuleValue.objects.filter(key__in=["visits.reason.equipment", "visits.reason.contract"]).update(value={"weight": 0})
    found = proposals(Account.objects.filter(pk=cast.account.pk), None, reader=cast.li, at=NOW)
    assert not {one.reason for row in found for one in row.reasons} & {Reason.EQUIPMENT, Reason.CONTRACT}
    assert TimelineEntry.objects.filter(kind="account.edited").count() == 1
