"""The door for other systems: tokens, idempotency keys, what it says and what it does not."""

import json
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import resolve, reverse

from kam.core.actions import tokens
from kam.core.models import ApiToken
from kam.service_desk.models import Request
from tests.access.table import PUBLIC
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import HOUR

pytestmark = pytest.mark.django_db
BODY = {"account_no": "3200001", "kind": "FAULT", "text": "全厂停电", "place": "TOWN"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    caches["shared"].clear()


@pytest.fixture
def token(cast) -> str:
    return tokens.make(name="95598", by=cast.admin, at=NOW)[1]


def hand_in(token: str, body: Any, **headers: str):
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"authorization": f"Bearer {token}", **headers}
    return Client().post(reverse("api_requests"), text, content_type="application/json", headers=headers)


def test_a_request_is_handed_in_and_waits_for_somebody(cast, token):
    answer = hand_in(token, BODY | {"received_at": (NOW - HOUR / 4).isoformat(), "phone": "13800001234"})
    assert answer.status_code == 201
    row = Request.objects.get()
    assert (row.status, row.source, row.account) == ("NEW", "API", cast.account)
    assert row.received_at == NOW - HOUR / 4
    shown = answer.json()
    assert shown["number"] == row.number
    assert "13800001234" not in answer.content.decode()
    assert cast.account.name not in answer.content.decode()


def test_the_same_key_gives_the_same_request(token):
    one = hand_in(token, BODY, **{"idempotency-key": "k1"})
    again = hand_in(token, BODY, **{"idempotency-key": "k1"})
    assert (one.status_code, again.status_code) == (201, 200)
    assert one.json()["number"] == again.json()["number"]
    assert hand_in(token, BODY | {"text": "别的"}, **{"idempotency-key": "k1"}).status_code == 409
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    "body, status, code",
    [
        ("{", 400, "not_json"),
        ("[]", 400, "not_an_object"),
        (BODY | {"extra": 1}, 422, "unknown_fields"),
        (BODY | {"kind": "APPLICATION"}, 422, "fields"),
        (BODY | {"account_no": "0"}, 422, "fields"),
        (BODY | {"text": ""}, 422, "fields"),
        (BODY | {"latitude": 91}, 422, "fields"),
        (BODY | {"received_at": "2026-11-21T10:00:00"}, 422, "fields"),
        (BODY | {"received_at": "2036-11-21T10:00:00+08:00"}, 422, "fields"),
        (json.dumps(BODY | {"text": "a" * 65_000}), 413, "too_large"),
    ],
)
def test_what_is_wrong_is_said(token, body, status, code):
    answer = hand_in(token, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Request.objects.exists()


def test_without_a_token_in_force_nothing_opens(cast, token):
    assert Client().post(reverse("api_requests"), "{}", content_type="application/json").status_code == 401
    assert hand_in("kam_wrong", BODY).status_code == 401
    tokens.revoke(token=ApiToken.objects.get(), by=cast.admin, at=NOW)
    assert hand_in(token, BODY).status_code == 401
    assert not Request.objects.exists()


def test_guesses_at_tokens_are_counted(cast):
    for _ in range(60):
        assert hand_in("kam_wrong", BODY).status_code == 401
    assert hand_in("kam_wrong", BODY).status_code == 429


def test_a_system_reads_only_what_it_handed_in(cast, token):
    number = hand_in(token, BODY).json()["number"]
    other = tokens.make(name="OA", by=cast.admin, at=NOW)[1]
    url = reverse("api_request", args=[number])
    assert Client().get(url, headers={"authorization": f"Bearer {token}"}).json()["status"] == "NEW"
    assert Client().get(url, headers={"authorization": f"Bearer {other}"}).status_code == 404
    assert Client().get(url).status_code == 401


def test_the_description_says_what_the_door_answers(token):
    described = Client().get(reverse("api_openapi")).json()
    assert described["openapi"].startswith("3.")
    shown = described["components"]["schemas"]["Request"]["properties"]
    assert set(hand_in(token, BODY).json()) == set(shown)
    taken = described["components"]["schemas"]["RequestIn"]
    assert set(taken["required"]) <= set(taken["properties"])
    for path in described["paths"]:
        assert resolve(path.replace("{number}", "x")).url_name in PUBLIC


def test_a_token_is_shown_once_and_kept_as_a_hash(cast):
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.admin)
    page = client.post(reverse("desk:tokens"), {"name": "95598"}).content.decode()
    text = page.split('kam-secret mb-0">')[1].split("<")[0]
    assert hand_in(text, BODY).status_code == 201
    assert text not in client.get(reverse("desk:tokens")).content.decode()
    assert ApiToken.objects.get().token_hash != text
    assert "Another system has this name." in client.post(reverse("desk:tokens"), {"name": "95598"}).content.decode()
