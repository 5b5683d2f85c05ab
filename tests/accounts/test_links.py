"""Signed links for customers: what opens them, what does not, and what is stored of them (RELIABILITY 3.8, S7)."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from kam.accounts.access import PAGES
from kam.accounts.actions import links
from kam.accounts.models import CustomerLink
from kam.core.models import AuditEntry
from kam.lib import clock
from kam.lib.logs import redact
from kam.notifications.actions import hooks
from kam.notifications.templatetags.kam_notifications import shown

REF = "outage_planning.Consultation:5"


@pytest.fixture(autouse=True)
def page(monkeypatch):
    """A page of the test's own, which tells whom it greets."""

    def view(request, link, rest):
        return HttpResponse(f"{request.method} {link.account.account_no} {rest} {request.LANGUAGE_CODE}")

    monkeypatch.setitem(PAGES, "test.page", view)
    caches["shared"].clear()


def issue(cast, **changes) -> CustomerLink:
    now = clock.now()
    given = {
        "account": cast.account,
        "purpose": "test.page",
        "ref": REF,
        "expires_at": now + timedelta(days=7),
        "by": cast.li,
        "at": now,
    }
    return links.issue(**{**given, **changes})


def path_of(link: CustomerLink) -> str:
    return links.address_of(link).removeprefix("http://127.0.0.1:8000")


def test_a_customer_opens_the_page_without_signing_in(cast):
    answer = Client().get(path_of(issue(cast)) + "calendar.ics")
    assert answer.content.decode() == f"GET {cast.account.account_no} calendar.ics zh-hans"
    assert answer["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer["Cache-Control"]


def test_the_page_speaks_the_contacts_language_until_another_is_asked_for(cast):
    path = path_of(issue(cast, language="en"))
    assert Client().get(path).content.decode().endswith(" en")
    assert Client().get(path + "?lang=zh-hans").content.decode().endswith(" zh-hans")


def test_every_failure_shows_the_same_page(cast):
    now = clock.now()
    expired = issue(cast, at=now - timedelta(days=9), expires_at=now - timedelta(days=1))
    revoked = issue(cast)
    links.revoke(link=revoked, by=cast.li, at=now)
    other = issue(cast, purpose="no.such.page")
    paths = [path_of(expired), path_of(revoked), path_of(other), "/c/AAAAAAAAAAAAAAAAAAAAAA/"]
    answers = [Client().get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer["Referrer-Policy"] for answer in answers} == {"strict-origin"}


def test_nothing_stored_opens_the_page(cast):
    link = issue(cast)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {CustomerLink._meta.db_table}")
        stored = str(cursor.fetchall())
    assert links.token_of(link) not in stored
    assert len(links.token_of(link)) == 22


def test_the_address_is_filled_in_while_sending_and_not_shown_to_staff(cast):
    link = issue(cast)
    text = f"请答复：{links.placeholder(link)}"
    assert hooks.filled(text) == f"请答复：{links.address_of(link)}"
    assert "⟦" not in shown(text)
    assert links.token_of(link) not in text
    assert hooks.filled("⟦link:999999999⟧") == "⟦link:999999999⟧"


def test_closing_the_links_of_a_thing_closes_all_and_is_on_the_record(cast):
    first, second, elsewhere = issue(cast), issue(cast), issue(cast, ref="outage_planning.Consultation:6")
    now = clock.now()
    assert links.revoke_all(ref=REF, purpose="test.page", by=cast.li, at=now) == 2
    assert links.revoke_all(ref=REF, purpose="test.page", by=cast.li, at=now) == 0
    assert Client().get(path_of(first)).status_code == Client().get(path_of(second)).status_code == 404
    assert Client().get(path_of(elsewhere)).status_code == 200
    assert AuditEntry.objects.filter(action="link.revoked").count() == 1


def test_an_answer_needs_the_token_against_forgery(cast):
    assert Client(enforce_csrf_checks=True).post(path_of(issue(cast))).status_code == 403


def test_who_guesses_is_shut_out_for_the_hour_and_told_nothing_new(cast):
    path = path_of(issue(cast))
    client = Client()
    for number in range(20):
        assert client.get(f"/c/guess{number:017d}/").status_code == 404
    assert client.get(path).status_code == 404
    assert Client(REMOTE_ADDR="10.0.0.9").get(path).status_code == 200
    assert AuditEntry.objects.filter(action="link.guessed").count() == 1


def test_old_links_are_no_guesses(cast):
    now = clock.now()
    old = path_of(issue(cast, at=now - timedelta(days=9), expires_at=now - timedelta(days=1)))
    client = Client()
    for _ in range(25):
        client.get(old)
    assert client.get(path_of(issue(cast))).status_code == 200


def test_no_log_line_holds_a_token(cast):
    path = path_of(issue(cast))
    assert redact(f"Not Found: {path}") == "Not Found: /c/[redacted]/"
