"""A form that is sent twice is taken once (RELIABILITY 3.9, R14)."""

import threading

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.urls import reverse

from kam.accounts.models import Contact
from kam.core.access import once
from tests.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def own_cache(settings, tmp_path):
    """Keep what is noted away from the data folder."""
    place = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path / "once"}
    settings.CACHES = {**settings.CACHES, "once": place}


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def signed_in(cast: Cast) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.li)
    return client


def filled(client: Client, cast: Cast, name: str = "孙工") -> tuple[str, dict[str, str]]:
    """Open the form of a new contact and fill it, as a browser does."""
    url = reverse("accounts:contact_create", args=[cast.account.account_no])
    token = str(client.get(url).context["csrf_token"])
    return url, {
        "csrfmiddlewaretoken": token,
        "name": name,
        "role": "DECISION",
        "channel": "PHONE",
        "language": "zh-hans",
        "phone": "13812345678",
    }


def test_the_same_form_twice_is_one_row_and_one_answer(cast):
    client = signed_in(cast)
    url, given = filled(client, cast)
    first, second = client.post(url, given), client.post(url, given)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Contact.objects.filter(account=cast.account).count() == 1


def test_another_page_or_other_words_are_another_form(cast):
    client = signed_in(cast)
    url, given = filled(client, cast)
    client.post(url, given)
    client.post(url, {**given, "name": "李工"})
    client.post(*filled(client, cast))
    assert Contact.objects.filter(account=cast.account).count() == 3


def test_a_form_with_an_error_may_be_sent_again(cast):
    client = signed_in(cast)
    url, given = filled(client, cast, name="")
    assert [client.post(url, given).status_code for _ in range(2)] == [200, 200]
    assert not Contact.objects.filter(account=cast.account).exists()


def test_a_forged_form_is_refused_and_leaves_no_note(cast, monkeypatch):
    client = signed_in(cast)
    url, given = filled(client, cast)
    forged = {**given, "csrfmiddlewaretoken": "x" * 64}
    assert [client.post(url, forged).status_code for _ in range(2)] == [403, 403]


def test_one_that_takes_long_is_not_done_twice(cast, monkeypatch):
    monkeypatch.setattr(once, "PATIENCE_SECONDS", 0.1)
    client = signed_in(cast)
    url, given = filled(client, cast)
    monkeypatch.setattr(once, "_take", lambda key: caches["once"].set(key, once.RUNNING, 60))
    assert client.post(url, given).status_code == 409
    assert not Contact.objects.filter(account=cast.account).exists()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_one_row():
    cast = make_cast()
    client = signed_in(cast)
    url, given = filled(client, cast)
    cookies, places = client.cookies, []

    def send() -> None:
        mine = Client(enforce_csrf_checks=True)
        mine.cookies = cookies
        places.append(mine.post(url, given)["Location"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == 8
    assert len(set(places)) == 1
    assert Contact.objects.filter(account=cast.account).count() == 1
