"""The audit chain finds every edit, deletion, reorder and cut (RELIABILITY S10)."""

import io
import json
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from kam.core import actions, tasks
from kam.core.models import AuditEntry, AuditHead
from tests.cast import NOW, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    cast = make_cast()
    for number in range(20):
        actions.record(by=cast.li, at=NOW, action="account.edited", subject=cast.account, account_id=7, step=number)
    return [row.seq for row in AuditEntry.objects.order_by("seq")]


def run(*arguments):
    out = io.StringIO()
    status: object = 0
    try:
        call_command("verify_audit", "--json", *arguments, stdout=out)
    except SystemExit as end:
        status = end.code
    return status, json.loads(out.getvalue())


def test_whole_chain(chain):
    status, told = run()
    assert status == 0
    assert told["ok"]
    assert told["entries"] == len(chain)
    assert told["problems"] == []


def test_the_zone_in_which_an_instant_is_given_makes_no_difference():
    cast = make_cast()
    for zone in ("Asia/Shanghai", "America/New_York"):
        actions.record(by=cast.li, at=NOW.astimezone(ZoneInfo(zone)), action="account.edited", subject=cast.account)
    assert run()[0] == 0
    assert len({json.loads(row.body)["at"] for row in AuditEntry.objects.all()}) == 1


def test_edit_is_found_at_its_row(chain):
    seq = chain[7]
    row = AuditEntry.objects.get(seq=seq)
    AuditEntry.objects.filter(seq=seq).update(body=row.body.replace("edited", "looked"))
    status, told = run()
    assert status == 1
    assert {problem["seq"] for problem in told["problems"]} == {seq}


def test_column_that_contradicts_its_body_is_found(chain):
    AuditEntry.objects.filter(seq=chain[3]).update(action="account.seen")
    status, told = run()
    assert status == 1
    assert told["problems"] == [{"seq": chain[3], "problem": "its columns say something else than its body"}]


def test_deletion_is_found(chain):
    AuditEntry.objects.filter(seq=chain[7]).delete()
    status, told = run()
    assert status == 1
    assert told["problems"][0]["seq"] == chain[8]


def test_reorder_is_found(chain):
    first, second = AuditEntry.objects.get(seq=chain[5]), AuditEntry.objects.get(seq=chain[6])
    for row, other in ((first, second), (second, first)):
        AuditEntry.objects.filter(pk=row.pk).update(body=other.body)
    assert run()[0] == 1


def test_cut_tail_is_found_by_the_head_and_with_the_head_by_the_anchor(chain):
    anchor = actions.anchor_text()
    assert run("--anchor", anchor)[0] == 0
    AuditEntry.objects.filter(seq__gt=chain[-4]).delete()
    assert run()[0] == 1
    last = AuditEntry.objects.latest("seq")
    AuditHead.objects.update(seq=last.seq, hash=last.hash)
    assert run()[0] == 0  # invisible from inside
    status, told = run("--anchor", anchor)
    assert status == 1
    assert told["problems"][0]["problem"] == "the anchored entry is gone or another"


def test_another_key_cannot_forge(chain, settings):
    settings.AUDIT_KEY = "somebody-else"
    assert run()[0] == 1


def test_anchor_reaches_the_log_unharmed(chain, caplog):
    from kam.lib.logs import redact

    with caplog.at_level("INFO", logger="kam.core.tasks"):
        tasks.note_anchor()
    line = redact(caplog.messages[-1])
    seq, _, digest = line.removeprefix("audit anchor ").partition(":")
    head = AuditHead.objects.get()
    assert (int(seq), digest.replace(":", "")) == (head.seq, head.hash)


def test_entry_goes_with_the_change_that_fails():
    make_cast()
    before = AuditHead.objects.get().seq

    def change():
        with transaction.atomic():
            actions.record(by=None, at=NOW, action="x", subject="y")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert AuditHead.objects.get().seq == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="row locks; SQLite has one writer anyway")
def test_eight_writers_do_not_fork_the_chain():
    import threading

    def write():
        for _ in range(10):
            actions.record(by=None, at=NOW, action="x", subject="y")
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = actions.verify()
    assert verdict.ok
    assert verdict.entries == 80
