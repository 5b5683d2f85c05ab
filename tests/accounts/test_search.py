"""The search: any two characters, initials, numbers, contacts, phones; only what the reader may see (SYS-1)."""

import pytest
from django.urls import reverse

from kam.accounts.actions import contacts, reindex
from kam.accounts.actions.search_index import put, tidy
from kam.accounts.models import SearchEntry
from kam.accounts.queries.search import matching_ids, search
from tests.cast import NOW


@pytest.fixture
def indexed(cast):
    reindex()
    put(account=cast.account, kind=SearchEntry.Kind.METER, ref="1", text="JH-00012345")
    contacts.add(account=cast.account, name="钱学军", phone="138 1234 5678", by=cast.sun, at=NOW)
    return cast


@pytest.mark.parametrize(
    "text, kind",
    [
        ("东湖特", "NAME"),
        ("特钢", "NAME"),
        ("连云港东湖特钢有限公司", "NAME"),
        ("lygdh", "INITIALS"),
        ("3200001", "NUMBER"),
        ("00001", "NUMBER"),
        ("M000100Y", "USCC"),
        ("jh-000123", "METER"),
        ("012345", "METER"),
        ("学军", "CONTACT"),
        ("138-1234-5678", "PHONE"),
        ("+86 13812345678", "PHONE"),
    ],
)
@pytest.mark.parametrize("who", ["boss", "sun", "station_staff", "li"])
def test_an_account_is_found_by_all_that_it_carries(indexed, who, text, kind):
    hits = search(getattr(indexed, who), text)
    assert [(hit.account, hit.kind) for hit in hits] == [(indexed.account, kind)]


@pytest.mark.parametrize("who", ["wang", "zhao", "admin"])
@pytest.mark.parametrize("text", ["东湖", "lygdh", "3200001", "M000100Y", "012345", "学军", "13812345678"])
def test_nobody_finds_what_is_not_theirs(indexed, who, text):
    assert search(getattr(indexed, who), text) == []


def test_exact_comes_before_beginning_and_inside(cast):
    names = {"B": "东湖特钢", "C": "东湖特钢铸造", "A": "新东湖特钢"}
    for number, name in names.items():
        cast.other_account.pk = None
        cast.other_account.account_no, cast.other_account.name = number, name
        cast.other_account.save(force_insert=True)
    reindex()
    assert [hit.account.account_no for hit in search(cast.boss, "东湖特钢")] == ["B", "C", "A", "3200001"]


@pytest.mark.parametrize("text", ["", "钢", " ", "%", "__", "\"'", "* OR *", "\x00\x00", "a' OR 1=1 --"])
def test_too_little_or_hostile_text_finds_nothing(indexed, text):
    assert search(indexed.boss, text) == []


def test_common_texts_are_not_listed_whole(indexed):
    assert matching_ids(indexed.boss, "有限", at_most=1) is None
    assert matching_ids(indexed.boss, "特钢", at_most=5) == {indexed.account.pk}


def test_a_resting_contact_is_not_found(indexed):
    contact = indexed.account.contacts.get()
    contacts.set_active(contact=contact, active=False, by=indexed.sun, at=NOW)
    assert search(indexed.boss, "学军") == []
    assert search(indexed.boss, "13812345678") == []


def test_reindexing_changes_nothing(indexed):
    before = list(SearchEntry.objects.order_by("account", "kind", "ref").values_list("kind", "ref", "text", "grams"))
    assert reindex() == 2
    after = list(SearchEntry.objects.order_by("account", "kind", "ref").values_list("kind", "ref", "text", "grams"))
    assert after == before
    assert search(indexed.boss, "012345")[0].account == indexed.account


def test_page_and_drop_down(indexed, client, django_assert_max_num_queries):
    client.force_login(indexed.sun)
    url = reverse("accounts:search")
    client.get(url)
    with django_assert_max_num_queries(8):
        page = client.get(url, {"q": "东湖"})
    assert "连云港东湖特钢有限公司" in page.content.decode()
    assert "<h1>" in page.content.decode()
    part = client.get(url, {"q": "13812345678"}, headers={"HX-Request": "true"})
    assert "<h1>" not in part.content.decode()
    assert "连云港东湖特钢有限公司" in part.content.decode()
    assert "13812345678" not in part.content.decode()


def test_the_index_finds_the_same_after_it_forgot_what_was_taken_out(indexed):
    before = [hit.account.account_no for hit in search(indexed.boss, "特钢")]
    tidy()
    assert [hit.account.account_no for hit in search(indexed.boss, "特钢")] == before != []
