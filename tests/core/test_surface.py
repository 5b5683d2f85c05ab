"""What every answer carries and what no log line may: headers, health, logs (RELIABILITY S3, S8, R11, 3.9)."""

import io
import json
import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, OperationalError, connection
from django.urls import reverse

from kam.core import queries
from kam.lib import clock, logs
from tests.cast import make_cast

CANARIES = ("欧阳金丝雀", "13812345678", "138 1234 5678", "canary@example.cn", "021-58765432")


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def log(monkeypatch):
    """What the product's own handler writes."""
    handlers = [h for h in logging.getLogger().handlers if isinstance(h.formatter, logs.JsonLine)]
    assert handlers, "the JSON handler is not in place"
    stream = io.StringIO()
    monkeypatch.setattr(handlers[0], "stream", stream)
    return stream


def fail(*args):
    raise ValueError("row of " + ", ".join(CANARIES))


PAGES = ["home", "account_login", "core:rules", "core:absences", "account_change_password", "mfa_index"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_carries_the_headers(client, cast, name):
    if name != "account_login":
        cast.li.password = "md5$salt$0"
        cast.li.save()
        client.force_login(cast.li)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Request-Id"]


def test_pages_of_errors_carry_them_too(client, cast, monkeypatch):
    client.force_login(cast.li)
    client.raise_request_exception = False
    monkeypatch.setattr(clock, "today", fail)
    for url, status in (("/nowhere", 404), (reverse("core:staff"), 403), (reverse("core:rules"), 500)):
        answer = client.get(url)
        assert answer.status_code == status
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-store"


def test_cookies_keep_to_themselves(client, cast, settings):
    client.get(reverse("account_login"))
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_no_canary_in_the_logs_or_on_the_page_of_an_error(client, cast, log, monkeypatch):
    client.force_login(cast.li)
    client.raise_request_exception = False
    monkeypatch.setattr(clock, "today", fail)
    answer = client.get(reverse("core:rules"), HTTP_X_REQUEST_ID="abcdef-123456")
    assert answer.status_code == 500
    page, lines = answer.content.decode(), log.getvalue()
    assert "abcdef-123456" in page
    for canary in CANARIES:
        assert canary not in page
        assert canary not in lines
    line = json.loads(lines.strip().splitlines()[-1])
    assert line["level"] == "ERROR"
    assert line["request_id"] == "abcdef-123456"
    assert "ValueError" in line["traceback"]
    assert "test_surface.py" in line["traceback"]


@pytest.mark.parametrize(
    "text",
    [
        "call 13812345678 now",
        "call +86 138-1234-5678",
        "to canary@example.cn",
        "q=canary%40example.cn",
        "{'phone': '5876'}",
        "password=hunter2x",
        "tel 021-58765432",
    ],
)
def test_patterns_are_redacted(text):
    told = logs.redact(text)
    for part in ("1234", "canary", "5876", "hunter2x"):
        assert part not in told


def test_figures_and_account_numbers_are_left_alone():
    assert logs.redact("account 3200001 959636.71 kWh at 2018-11-22T09:30") == (
        "account 3200001 959636.71 kWh at 2018-11-22T09:30"
    )


def test_one_line_whatever_the_message_holds(log):
    logging.getLogger("kam.test").warning("first\nsecond %s", '{"level": "FORGED"}\r\n')
    lines = log.getvalue().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["level"] == "WARNING"


def test_a_strangers_request_id_is_not_taken(client, cast):
    answer = client.get("/live", HTTP_X_REQUEST_ID="x\nforged: 1")
    assert answer["X-Request-Id"].isalnum()


def test_live_needs_no_database(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/live").json() == {"live": True}


def test_ready_writes_and_reads_back(client, db):
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})
    assert queries.heartbeat_age("web", clock.now()) is not None


def test_ready_says_no_when_the_database_is_gone(client, db, monkeypatch):
    def gone(*args, **kwargs):
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "database"})


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a server that does not answer")
def test_unreachable_server_is_given_up_within_two_seconds(settings):
    assert int(settings.DATABASES["default"]["OPTIONS"]["connect_timeout"]) <= 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's one writer")
def test_ready_does_not_wait_for_a_long_writer(tmp_path, settings):
    """A second process holds the write lock: 503 within 2 s, not after the page's 20 s."""
    import os
    import sqlite3
    import subprocess
    import sys
    import time

    path = tmp_path / "kam.sqlite3"
    env = {**os.environ, "DATABASE_URL": "", "KAM_DATA_DIR": str(tmp_path), "KAM_PLAIN_STATIC": "1"}
    script = (
        "import django, time; django.setup()\n"
        "from django.core.management import call_command; from django.test import Client\n"
        "call_command('migrate', verbosity=0)\n"
        "c = Client(); assert c.get('/ready').status_code == 200\n"
        "print('up', flush=True); input()\n"
        "t = time.monotonic(); a = c.get('/ready'); print(a.status_code, time.monotonic() - t, flush=True)\n"
    )
    env["DJANGO_SETTINGS_MODULE"] = "kam.settings"
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().strip() == "up"
    writer = sqlite3.connect(path)
    writer.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    process.stdin.write("go\n")
    process.stdin.flush()
    status, seconds = process.stdout.readline().split()
    writer.rollback()
    process.wait(timeout=30)
    assert status == "503"
    assert float(seconds) < 2
    assert time.monotonic() - started < 5


def test_error_page_stands_without_a_database(rf, monkeypatch):
    from kam.core import views

    class Nobody:
        @property
        def is_authenticated(self):
            raise DatabaseError("gone")

    request = rf.get("/")
    request.user = Nobody()
    answer = views.broken(request)
    assert answer.status_code == 500
    assert "<h1" in answer.content.decode()


def test_a_database_that_is_busy_asks_to_come_again(rf, db):
    from kam.core import views

    request = rf.post("/accounts/new/")
    request.user = AnonymousUser()
    try:
        raise OperationalError("database is locked")
    except OperationalError:
        answer = views.broken(request)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "大文件" in answer.content.decode()


def test_database_is_as_asked(db):
    assert queries.sqlite_library_faults() == []
    assert queries.database_faults() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's pragmas")
def test_a_setting_that_did_not_hold_is_named():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    try:
        assert queries.database_faults() == ["The database's synchronous is 0, not 2."]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's setting")
def test_production_does_not_run_on_a_server_that_forgets(db, settings):
    settings.PRODUCTION = True
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        assert queries.database_faults() == ["The database's synchronous_commit is off, not on."]
        cursor.execute("SET LOCAL synchronous_commit = on")
        assert queries.database_faults() == []


def test_production_without_keys_is_refused(settings):
    from kam.core.apps import check_keys

    settings.PRODUCTION = True
    settings.FIELD_KEYS, settings.INDEX_KEY, settings.AUDIT_KEY = "k1:c2hvcnQ=", "x" * 40, "x" * 40
    settings.SECRET_KEY = "y" * 50
    assert {message.id for message in check_keys()} == {"kam.E004", "kam.E006"}
