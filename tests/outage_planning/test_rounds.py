"""Calls and outlooks to many: decided at once, written in portions, nobody lost and nobody twice (OUT-5, OUT-7)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kam.accounts.models import Account
from kam.core.models import AuditEntry
from kam.lib.lifecycle import IllegalMove
from kam.network.models import SupplyPoint
from kam.notifications.models import Message
from kam.outage_planning.actions import load_control, milestones, outlooks, planning, portions, rounds
from kam.outage_planning.models import Notice, Outage, OutlookReader, Round
from kam.outage_planning.queries import promises, telling
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.promises import Promise, State
from tests.cast import NOW, make_account
from tests.notifications.making import make_message, make_relay
from tests.outage_planning.network import Grid, make_grid, make_outage

pytestmark = pytest.mark.django_db
MANY = 7


@pytest.fixture
def grid(monkeypatch: pytest.MonkeyPatch) -> Grid:
    monkeypatch.setattr(rounds, "PORTION", 3)
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    return make_grid()


@pytest.fixture
def many(grid: Grid) -> list[int]:
    unit = grid.cast.station
    return [make_account(account_no=f"77{n}", name=f"客户{n}", unit=unit, uscc="").pk for n in range(MANY)]


def prepared(grid: Grid, many: list[int], *, minutes: int = 45) -> Outage:
    start = NOW + timedelta(minutes=minutes)
    return load_control.prepare(
        kind=Kind.STAGGER,
        level="III",
        title="Ⅲ级",
        reason="晚峰缺口",
        unit=grid.cast.station,
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        cuts=dict.fromkeys(many, 100),
        by=grid.cast.planner,
        at=NOW,
    )


def called(grid: Grid, many: list[int], **changes: int) -> Outage:
    outage = prepared(grid, many, **changes)
    return load_control.announce(outage=outage, by=grid.cast.planner, at=NOW)


def told(outage: Outage) -> list[int]:
    return sorted(Notice.objects.filter(outage=outage).values_list("account_id", flat=True))


def test_the_decision_stands_at_once_with_the_first_messages_and_the_rest_follow(grid: Grid, many: list[int]):
    outage = called(grid, many)
    row = Round.objects.get()
    assert outage.status == Status.ANNOUNCED
    assert (row.status, row.written, row.total, row.by, row.at) == ("OPEN", 3, MANY, grid.cast.planner, NOW)
    assert portions.write_due(NOW) == 3
    assert portions.write_due(NOW) == 1
    assert portions.write_due(NOW) == 0
    row.refresh_from_db()
    assert (row.status, row.written, row.ended_at) == ("DONE", MANY, NOW)
    assert told(outage) == sorted(many)
    assert Message.objects.filter(kind="outage.stagger").count() == MANY
    assert set(Notice.objects.filter(outage=outage).values_list("number", flat=True)) == {1}
    assert all("100千瓦" in text for text in Message.objects.values_list("text", flat=True))


def test_a_portion_that_dies_leaves_nothing_behind_and_the_next_goes_on(grid: Grid, many: list[int]):
    outage = called(grid, many)
    with transaction.atomic():
        assert portions.write(Round.objects.get().pk, at=NOW) == 3
        transaction.set_rollback(True)  # what kill -9 does to a transaction
    assert (len(told(outage)), Message.objects.count(), Round.objects.get().written) == (3, 3, 3)
    while portions.write_due(NOW):
        pass
    assert told(outage) == sorted(many)


def test_the_relay_writes_and_sends_what_is_owed(grid: Grid, many: list[int]):
    outage = called(grid, many)
    for account in Account.objects.filter(pk__in=many):
        assert account.contacts.count() == 0  # nobody can be reached but by a call: it is owed all the same
    make_relay().run(once=True)
    assert told(outage) == sorted(many)
    assert Round.objects.get().status == "DONE"


def test_the_sweep_takes_up_what_stands_still_and_counts_what_is_missing(grid: Grid, many: list[int]):
    outage = called(grid, many)
    soon, late = NOW + timedelta(seconds=20), NOW + timedelta(seconds=61)
    assert portions.catch_up(at=soon) == 0
    assert telling.gaps(soon) == []
    assert [len(gap.account_ids) for gap in telling.gaps(late)] == [MANY - 3]
    assert milestones.sweep(at=late) == MANY - 3
    assert Message.objects.filter(kind="outage.gap").exists()
    assert portions.catch_up(at=late) == MANY - 3
    assert told(outage) == sorted(many)
    assert telling.gaps(late) == []


def test_an_unfinished_call_is_owed_and_in_the_end_a_promise_not_kept(grid: Grid, many: list[int]):
    outage = called(grid, many)
    until = NOW.date() + timedelta(days=2)

    def states(at: Any) -> list[State]:
        owed = promises.owed(Outage.objects.all(), NOW.date() - timedelta(days=1), until)
        return [one.state(at) for one in owed[Promise.STAGGER]]

    assert states(NOW).count(State.OPEN) == MANY
    after = outage.starts_at + timedelta(minutes=1)
    assert states(after) == [State.LATE] * MANY
    portions.catch_up(at=after)
    assert Notice.objects.filter(outage=outage, late=True).count() == MANY - 3


def test_a_call_that_has_begun_is_still_told_and_one_lifted_or_cancelled_is_not(grid: Grid, many: list[int]):
    begun, cancelled = called(grid, many), called(grid, many)
    planning.advance(outage=begun, to=Status.UNDER_WAY, by=None, at=begun.starts_at)
    assert [gap.outage_id for gap in telling.gaps(begun.starts_at)] == [begun.pk, cancelled.pk]
    planning.cancel(outage=cancelled, reason="缺口解除", by=grid.cast.planner, at=NOW)
    assert Round.objects.get(outage=cancelled).status == "STOPPED"
    while portions.write_due(begun.starts_at):
        pass
    assert told(begun) == sorted(many)
    # Who had been told hears that it is off, the others never heard of it.
    assert len(set(told(cancelled))) == 3
    assert Message.objects.filter(kind="outage.cancelled").count() == 3


@pytest.mark.parametrize("place", [1, 4])  # in the portion of the request, in one of the relay
def test_one_account_that_cannot_be_told_does_not_hold_up_the_others(grid: Grid, many: list[int], place: int):
    outage = prepared(grid, many)
    bad = sorted(many)[place]
    # Its message's key is taken by other words, which the outbox refuses.
    blocking = make_message(f"outage_planning.Notice:{outage.pk}.{bad}.1.STAGGER.1", text="别的话")
    load_control.announce(outage=outage, by=grid.cast.planner, at=NOW)
    while portions.write_due(NOW):
        pass
    row = Round.objects.get()
    assert (row.status, row.written, row.refused) == ("FAILED", MANY - 1, [{"account": bad, "problem": "KeyReused"}])
    assert told(outage) == sorted(set(many) - {bad})
    assert [gap.account_ids for gap in telling.gaps(NOW)] == [(bad,)]
    client = Client()
    client.force_login(grid.cast.planner)
    url = reverse("outages:receipts", args=[outage.pk])
    assert Account.objects.get(pk=bad).name in client.get(url).content.decode()
    assert (
        reverse("outages:tell_again", args=[outage.pk])
        in client.get(reverse("outages:outage", args=[outage.pk])).content.decode()
    )
    Message.objects.filter(pk=blocking.pk).update(key="elsewhere")
    again = client.post(reverse("outages:tell_again", args=[outage.pk]))
    assert again.status_code == 302
    client.post(reverse("outages:tell_again", args=[outage.pk]))  # a second click
    assert AuditEntry.objects.filter(action="outage.told_again").count() == 1
    portions.write_due(NOW)
    assert told(outage) == sorted(many)
    row.refresh_from_db()
    assert (row.status, row.written) == ("DONE", MANY)


def test_announcing_twice_owes_once(grid: Grid, many: list[int]):
    outage = called(grid, many)
    with pytest.raises(IllegalMove):
        load_control.announce(outage=outage, by=grid.cast.planner, at=NOW)
    assert (Round.objects.count(), len(told(outage))) == (1, 3)


def test_the_pages_show_how_far_it_is(grid: Grid, many: list[int]):
    outage = called(grid, many)
    client = Client()
    client.force_login(grid.cast.planner)
    page = client.get(reverse("outages:receipts", args=[outage.pk]))
    assert (page.context["telling"].row.written, page.context["found"].told) == (3, 3)
    assert 'hx-trigger="every 1s"' in page.content.decode()
    while portions.write_due(NOW):
        pass
    assert client.get(reverse("outages:receipts", args=[outage.pk])).context["telling"] is None


def test_an_outlook_is_for_whom_it_was_decided_and_told_in_portions(grid: Grid, many: list[int]):
    Account.objects.filter(pk__in=many).update(status=Account.Status.CONFIRMED)
    outlook = outlooks.tell(
        title="下周偏紧",
        level="IV",
        text="请安排错峰。",
        days_from=date(2026, 12, 1),
        days_until=date(2026, 12, 5),
        unit=grid.cast.station,
        scope={},
        by=grid.cast.planner,
        at=NOW,
    )
    readers = OutlookReader.objects.filter(outlook=outlook)
    total = readers.count()
    assert total >= MANY
    assert readers.exclude(message_key="").count() == 3
    # Whoever becomes one of the unit's accounts later was not meant.
    make_account(account_no="9900", unit=grid.cast.station, uscc="", status=Account.Status.CONFIRMED)
    while portions.write_due(NOW):
        pass
    assert readers.exclude(message_key="").count() == total
    assert Message.objects.filter(kind="outage.outlook").count() == total
    assert Round.objects.get().status == "DONE"


def test_a_planned_outage_of_many_is_announced_in_portions_too(grid: Grid, many: list[int]):
    for pk in many:
        SupplyPoint.objects.create(account_id=pk, name="主供", line=grid.first, kva=100)
    outage = make_outage(grid, days=40)
    Outage.objects.filter(pk=outage.pk).update(status=Status.AGREED)
    planning.advance(outage=outage, to=Status.ANNOUNCED, by=grid.cast.planner, at=NOW)
    assert len(told(outage)) == 3
    while portions.write_due(NOW):
        pass
    assert len(told(outage)) == MANY + 2
    assert set(Notice.objects.filter(outage=outage).values_list("kind", "number")) == {("ANNOUNCE", 1)}
