"""Private calendar addresses: what they show, to whom, and when they stop (SYS-1, OUT-10)."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from kam.core import actions
from kam.core.models import AuditEntry, CalendarFeed, User
from kam.core.queries import calendar as queries
from kam.core.rules import Right
from kam.lib import ics
from kam.lib.logs import redact
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    shared = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path / "cache"}
    settings.CACHES = settings.CACHES | {"shared": shared}


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that hands in one entry for who may see accounts, and calendars of things numbered below ten."""

    def events(user: User, since: datetime, until: datetime) -> list[ics.Event]:
        return [ics.Event("visit-1", f"走访 {user.name}", date(2026, 12, 1), date(2026, 12, 2), NOW)]

    def of(user: User, pk: int, since: datetime, until: datetime) -> list[ics.Event]:
        return [ics.Event(f"thing-{pk}", "一件事", NOW, NOW + timedelta(hours=1), NOW)]

    monkeypatch.setattr(queries, "SOURCES", {})
    monkeypatch.setattr(queries, "SUBJECTS", {})
    queries.register_source("visits", label="走访", right=Right.ACCOUNTS_SEE, events=events)
    queries.register_subject(
        "thing", label="关于", right=Right.ACCOUNTS_SEE, name=lambda user, pk: str(pk) if pk < 10 else None, events=of
    )


def make_address(user: User, scope: str = "") -> str:
    _, token = actions.make_feed(scope=scope, by=user, at=NOW)
    return reverse("calendar_feed", kwargs={"token": token})


def read(address: str, **headers: str) -> Any:
    return Client().get(address, headers=headers)


def entries(address: str) -> list[Any]:
    answer = read(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.mark.usefixtures("visits")
def test_an_address_needs_no_sign_in_and_shows_what_its_owner_may_see(cast: Cast):
    [entry] = entries(make_address(cast.li))
    assert (entry["SUMMARY"], entry.decoded("DTSTART")) == ("走访 李敏", date(2026, 12, 1))
    # An administrator sees no customers, so nothing stands in the calendar.
    assert entries(make_address(cast.admin)) == []


@pytest.mark.usefixtures("visits")
def test_only_a_hash_is_kept_and_a_new_address_ends_the_old_one(cast: Cast):
    first = make_address(cast.li)
    second = make_address(cast.li)
    token = second.split("/")[-1].removesuffix(".ics")
    assert token not in str(list(CalendarFeed.objects.values()))
    assert read(first).status_code == 404
    assert read(second).status_code == 200
    actions.revoke_feed(feed=CalendarFeed.objects.get(revoked_at=None), by=cast.li, at=NOW)
    assert read(second).status_code == 404
    codes = AuditEntry.objects.filter(action__startswith="calendar.").values_list("action", flat=True)
    assert sorted(codes) == ["calendar.address_made"] * 2 + ["calendar.address_revoked"] * 2
    assert not any(token in body for body in AuditEntry.objects.values_list("body", flat=True))


@pytest.mark.usefixtures("visits")
def test_a_right_taken_away_or_a_person_who_leaves_takes_effect_at_once(cast: Cast):
    address = make_address(cast.li)
    thing = make_address(cast.li, "thing:3")
    assert len(entries(thing)) == 1
    cast.li.groups.clear()
    assert entries(address) == []
    assert read(thing).status_code == 404
    User.objects.filter(pk=cast.li.pk).update(is_active=False)
    assert read(address).status_code == 404


def test_every_failure_is_the_same_page(cast: Cast):
    address = make_address(cast.li)
    actions.revoke_feed(feed=CalendarFeed.objects.get(), by=cast.li, at=NOW)
    revoked, unknown = read(address), read(reverse("calendar_feed", kwargs={"token": "x" * 22}))
    assert revoked.status_code == unknown.status_code == 404
    told = [re.sub(rb'"X-CSRFToken": "\w+"', b"", answer.content) for answer in (revoked, unknown)]
    assert told[0] == told[1]


@pytest.mark.usefixtures("visits")
def test_guessing_and_too_much_asking_are_slowed_down(cast: Cast):
    address = make_address(cast.li)
    wrong = reverse("calendar_feed", kwargs={"token": "x" * 22})
    assert [read(wrong).status_code for _ in range(21)] == [404] * 20 + [429]
    assert read(wrong)["Retry-After"] == "3600"
    # Who has an address is not kept out by somebody who guesses from the same office.
    assert [read(address).status_code for _ in range(121)] == [200] * 120 + [429]


@pytest.mark.usefixtures("visits")
def test_a_program_that_asks_again_is_told_that_nothing_has_changed(cast: Cast):
    address = make_address(cast.li)
    first = read(address)
    assert read(address, if_none_match=first["ETag"]).status_code == 304
    assert CalendarFeed.objects.get().read_at == NOW


@pytest.mark.usefixtures("visits")
def test_ones_own_page_makes_shows_once_renews_and_revokes(cast: Cast):
    client = Client()
    client.force_login(cast.li)
    page = reverse("core:my_calendar")
    answer = client.post(reverse("core:feed_make"))
    address = answer.context["address"]
    assert address in answer.content.decode()
    assert len(entries(address.removeprefix("http://testserver"))) == 1
    assert address not in client.get(page).content.decode()
    assert "关于 3" in client.get(page, {"scope": "thing:3"}).content.decode()
    assert client.get(page, {"scope": "thing:33"}).context["wanted"] is None
    for scope in ("thing:33", "thing:x", "nothing:1", "thing:" + "9" * 30):
        assert client.post(reverse("core:feed_make"), {"scope": scope}).status_code == 404
    client.post(reverse("core:feed_make"), {"scope": "thing:3"})
    assert [feed.scope for feed, _ in client.get(page).context["feeds"]] == ["", "thing:3"]
    feed = CalendarFeed.objects.get(scope="thing:3")
    client.post(reverse("core:feed_revoke", args=[feed.pk]))
    assert [feed.scope for feed, _ in client.get(page).context["feeds"]] == [""]


def test_what_is_written_is_read_back_whole():
    at = datetime(2026, 11, 21, 2, 0, 5, 123, tzinfo=UTC)
    title = "停电通知;线路,分支 “东钢线”" * 8
    event = ics.Event(
        uid="outage-1",
        title=title,
        starts=at,
        ends=at + timedelta(hours=8),
        changed_at=at,
        sequence=7,
        state=ics.State.CANCELLED,
        text="一行\n二行",
        place="东湖线",
        path="/outages/1/",
        category="计划检修",
        busy=True,
    )
    text = ics.write([event], name="我的日历", zone="Asia/Shanghai", site="https://kam.example/", domain="d.kam")
    assert text == ics.write(
        [event], name="我的日历", zone="Asia/Shanghai", site="https://kam.example/", domain="d.kam"
    )
    # Lines end with CR LF and have at most 75 bytes, or Outlook and others stop reading (RFC 5545, 3.1).
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    assert b"\n" not in text.replace(b"\r\n", b"")
    back = Calendar.from_ical(text)
    assert (back["METHOD"], back["VERSION"], back["X-WR-TIMEZONE"]) == ("PUBLISH", "2.0", "Asia/Shanghai")
    [entry] = back.walk("VEVENT")
    assert (entry["UID"], entry["SUMMARY"], entry["DESCRIPTION"]) == ("outage-1@d.kam", title, "一行\n二行")
    assert (entry["SEQUENCE"], entry["STATUS"], entry["TRANSP"]) == (7, "CANCELLED", "TRANSPARENT")
    assert entry.decoded("DTSTART") == at.replace(microsecond=0)
    assert entry.decoded("DTEND") - entry.decoded("DTSTART") == timedelta(hours=8)
    assert entry.decoded("LAST-MODIFIED") == entry.decoded("DTSTAMP") == at.replace(microsecond=0)
    assert (entry["URL"], entry["LOCATION"]) == ("https://kam.example/outages/1/", "东湖线")
    assert b"DTSTART:20261121T020005Z" in text


def test_logs_do_not_tell_the_address():
    assert redact("Not Found: /feed/AbC_-12345678901234567.ics") == "Not Found: /feed/[redacted].ics"
    assert redact("Not Found: /c/AbC_-12345678901234567/") == "Not Found: /c/[redacted]/"
    assert redact("Not Found: /c/") == "Not Found: /c/"
