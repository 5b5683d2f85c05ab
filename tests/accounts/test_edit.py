"""Make and edit an account: two editors lose nothing, a wrong check character warns and may be kept."""

from decimal import Decimal

import pytest
from django.urls import reverse

from kam.accounts.actions import reindex
from kam.accounts.models import Account, Assignment, TimelineEntry
from kam.accounts.queries.search import search
from kam.core.models import AuditEntry


def posted(account, **changes):
    fields = {
        "version": account.version,
        "name": account.name,
        "uscc": account.uscc,
        "industry": account.industry,
        "kind": account.kind,
        "unit": account.unit_id,
        "voltage_kv": "10",
        "contract_kva": "2000",
        "importance": account.importance,
        "status": account.status,
    }
    return {**fields, **changes}


def edit_url(cast):
    return reverse("accounts:edit", args=[cast.account.account_no])


def test_an_edit_is_told_and_indexed(cast, client):
    reindex()
    client.force_login(cast.li)
    response = client.post(edit_url(cast), posted(cast.account, name="东湖不锈钢有限公司", contract_kva="2500"))
    assert response.status_code == 302
    account = Account.objects.get(pk=cast.account.pk)
    assert (account.name, account.contract_kva, account.version) == ("东湖不锈钢有限公司", Decimal(2500), 2)
    entry = TimelineEntry.objects.get(kind="account.edited")
    assert entry.facts["changes"]["contract_kva"] == ["2000", "2500"]
    assert AuditEntry.objects.filter(action="account.edited", account_id=account.pk).count() == 1
    assert [hit.account for hit in search(cast.boss, "不锈")] == [account]
    assert search(cast.boss, "特钢") == []


def test_nothing_changed_writes_nothing(cast, client):
    client.force_login(cast.li)
    client.post(edit_url(cast), posted(cast.account))
    assert Account.objects.get(pk=cast.account.pk).version == 1
    assert not TimelineEntry.objects.exists()


def test_the_second_editor_sees_both_and_chooses(cast, client):
    client.force_login(cast.li)
    first = posted(cast.account, contract_kva="2500", address="东湖路 1 号")
    second = posted(cast.account, contract_kva="3150", note="要求更名")
    assert client.post(edit_url(cast), first).status_code == 302
    answer = client.post(edit_url(cast), second)
    assert answer.status_code == 200
    differ = {one["name"]: (one["theirs"], one["mine"]) for one in answer.context["conflicts"]}
    assert differ == {
        "contract_kva": ("2500.00", "3150"),
        "address": ("东湖路 1 号", "–"),
        "note": ("–", "要求更名"),
    }
    assert answer.context["version"] == 2
    assert Account.objects.get(pk=cast.account.pk).contract_kva == Decimal(2500)
    chosen = {**second, "version": 2, "keep_contract_kva": "mine", "keep_address": "theirs", "keep_note": "mine"}
    assert client.post(edit_url(cast), chosen).status_code == 302
    account = Account.objects.get(pk=cast.account.pk)
    assert (account.contract_kva, account.address, account.note) == (Decimal(3150), "东湖路 1 号", "要求更名")


def test_what_the_second_editor_did_not_touch_is_not_set_back(cast, client):
    client.force_login(cast.li)
    seen = client.get(edit_url(cast)).context["seen"]
    client.post(edit_url(cast), posted(cast.account, address="东湖路 1 号", contract_kva="2500"))
    answer = client.post(edit_url(cast), {**posted(cast.account, note="要求更名", contract_kva="3150"), "seen": seen})
    untouched = {one["name"]: one["untouched"] for one in answer.context["conflicts"]}
    assert untouched == {"address": True, "contract_kva": False, "note": False}
    page = answer.content.decode()
    assert 'name="keep_address" value="theirs" checked' in page
    assert 'name="keep_contract_kva" value="mine" checked' in page


@pytest.mark.parametrize("seen", ["", "{", "[]", "7"])
def test_a_form_without_what_was_seen_asks_all_the_same(cast, client, seen):
    client.force_login(cast.li)
    client.post(edit_url(cast), posted(cast.account, address="东湖路 1 号"))
    answer = client.post(edit_url(cast), {**posted(cast.account), "seen": seen})
    assert [one["untouched"] for one in answer.context["conflicts"]] == [False]


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"uscc": "91350211M00013FA1N"}, "uscc"),  # wrong check character, not kept
        ({"uscc": "9111000060003IOZSV"}, "uscc"),
        ({"industry": "9900"}, "industry"),
        ({"name": " "}, "name"),
        ({"contract_kva": "-1"}, "contract_kva"),
        ({"unit": "999999"}, "unit"),
    ],
)
def test_what_is_wrong_stands_at_its_field(cast, client, changes, field):
    client.force_login(cast.li)
    answer = client.post(edit_url(cast), posted(cast.account, **changes))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors


def test_a_wrong_check_character_may_be_kept(cast, client):
    client.force_login(cast.li)
    changes = posted(cast.account, uscc="91350211m00013fa1n", uscc_kept="on")
    assert client.post(edit_url(cast), changes).status_code == 302
    account = Account.objects.get(pk=cast.account.pk)
    assert (account.uscc, account.uscc_kept) == ("91350211M00013FA1N", True)


def test_a_unit_out_of_reach_cannot_be_chosen(cast, client):
    client.force_login(cast.li)
    answer = client.post(edit_url(cast), posted(cast.account, unit=cast.other_station.pk))
    assert "unit" in answer.context["form"].errors


def test_who_makes_an_account_holds_it(cast, client):
    client.force_login(cast.wang)
    fields = posted(cast.account, account_no="3200099", uscc="", name="新城数据中心")
    assert client.post(reverse("accounts:create"), fields).status_code == 302
    account = Account.objects.get(account_no="3200099")
    assert account.manager == cast.wang
    assert Assignment.objects.get(account=account).user == cast.wang
    assert search(cast.wang, "xcsj")[0].account == account
    answer = client.post(reverse("accounts:create"), fields)
    assert "account_no" in answer.context["form"].errors


@pytest.mark.parametrize("who, status", [("wang", 404), ("zhao", 404), ("planner", 403), ("admin", 404), ("chen", 200)])
def test_who_may_edit(cast, client, who, status):
    client.force_login(getattr(cast, who))
    assert client.get(edit_url(cast)).status_code == status
