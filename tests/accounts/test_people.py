"""Contacts (encrypted, masked, revealed on the record) and teams (history, handover, a day to come)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from kam.accounts.actions import contacts, team
from kam.accounts.models import Account, Assignment, Contact, TimelineEntry
from kam.core.actions import RevealRefused
from kam.core.models import AuditEntry, RuleValue
from kam.lib import clock, encryption
from tests.cast import NOW, TODAY, make_account

PHONE = "13812345678"


@pytest.fixture
def contact(cast) -> Contact:
    return contacts.add(account=cast.account, name="钱学军", phone=PHONE, mail="Qian@Example.cn", by=cast.li, at=NOW)


def everything_stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Contact._meta.db_table}")
        stored = str(cursor.fetchall())
    return stored + str(list(AuditEntry.objects.values())) + str(list(TimelineEntry.objects.values()))


def test_phone_and_mail_are_nowhere_in_plain_text(contact):
    assert PHONE not in everything_stored()
    assert "qian@example" not in everything_stored().lower()
    assert (contact.phone_last4, contact.mail_hint) == ("5678", "q***@example.cn")


def test_a_moved_number_does_not_open(cast, contact):
    other = contacts.add(account=cast.account, name="另一人", by=cast.li, at=NOW)
    with pytest.raises(encryption.Undecipherable):
        encryption.decrypt(contact.phone_encrypted, place=contacts.phone_place(other.pk))


def test_reveal_needs_reason_right_and_scope(cast, contact, client):
    url = reverse("accounts:contact_reveal", args=[cast.account.account_no, contact.pk])
    client.force_login(cast.li)
    assert client.get(url).status_code == 405
    answer = client.post(url, {"field": "phone", "reason": ""})
    assert PHONE not in answer.content.decode()
    answer = client.post(url, {"field": "phone", "reason": "通知停电"})
    assert PHONE in answer.content.decode()
    assert AuditEntry.objects.filter(action="personal.revealed", by=cast.li, account_id=cast.account.pk).count() == 1
    client.force_login(cast.auditor)
    assert client.post(url, {"field": "phone", "reason": "好奇看看"}).status_code == 403
    client.force_login(cast.zhao)
    assert client.post(url, {"field": "phone", "reason": "好奇看看"}).status_code == 404


def test_reveal_has_a_limit(cast, contact):
    RuleValue.objects.filter(key="reveal.per_hour").update(value=1)
    now = clock.now()
    assert contacts.reveal(contact=contact, field="mail", reason="对账单", by=cast.li, at=now) == "qian@example.cn"
    with pytest.raises(RevealRefused):
        contacts.reveal(contact=contact, field="phone", reason="对账单", by=cast.li, at=now)


def test_an_edit_keeps_what_it_does_not_show(cast, contact, client):
    client.force_login(cast.li)
    url = reverse("accounts:contact_edit", args=[cast.account.account_no, contact.pk])
    page = client.get(url).content.decode()
    assert PHONE not in page
    fields = {"name": "钱学军", "role": "ELECTRICAL", "channel": "SMS", "language": "zh-hans", "version": 1}
    assert client.post(url, fields).status_code == 302
    row = Contact.objects.get()
    assert (row.role, row.phone_last4, row.version) == ("ELECTRICAL", "5678", 2)
    assert client.post(url, fields).status_code == 200  # the version of the first edit
    assert client.post(url, {**fields, "version": 2, "drop_phone": "on"}).status_code == 302
    assert Contact.objects.get().phone_encrypted == ""


def test_contact_pages_make_and_rest(cast, client):
    client.force_login(cast.li)
    url = reverse("accounts:contact_create", args=[cast.account.account_no])
    fields = {"name": "孙工", "role": "DUTY", "channel": "PHONE", "language": "zh-hans", "phone": "12"}
    assert "phone" in client.post(url, fields).context["form"].errors
    assert client.post(url, {**fields, "phone": "0512-65123456"}).status_code == 302
    row = Contact.objects.get()
    client.post(reverse("accounts:contact_active", args=[cast.account.account_no, row.pk]), {"active": "0"})
    assert not Contact.objects.get().active


def test_assignment_keeps_history(cast):
    team.assign(account=cast.account, part="MANAGER", user=cast.wang, held_from=TODAY, by=cast.sun, at=NOW)
    rows = list(Assignment.objects.order_by("held_from").values_list("user__username", "held_from", "held_until"))
    mine = [row for row in rows if row[0] in ("li", "wang")]
    assert mine == [("li", date(2024, 1, 1), TODAY), ("wang", TODAY, None)]
    assert Account.objects.get(pk=cast.account.pk).manager == cast.wang
    with pytest.raises(team.SamePerson):
        team.assign(account=cast.account, part="MANAGER", user=cast.wang, held_from=TODAY, by=cast.sun, at=NOW)
    with pytest.raises(team.BeganLater):
        team.assign(account=cast.account, part="MANAGER", user=cast.li, held_from=date(2026, 1, 1), by=cast.sun, at=NOW)


def test_a_day_to_come_takes_effect_on_that_day_and_once(cast):
    day = TODAY + timedelta(days=10)
    team.assign(account=cast.account, part="MANAGER", user=cast.wang, held_from=day, by=cast.sun, at=NOW)
    assert Account.objects.get(pk=cast.account.pk).manager == cast.li
    assert team.take_effect(at=NOW) == 0
    assert team.take_effect(at=NOW + timedelta(days=12)) == 1  # a missed run is made up for
    assert Account.objects.get(pk=cast.account.pk).manager == cast.wang
    assert team.take_effect(at=NOW + timedelta(days=12)) == 0


def test_a_planned_change_is_dropped_by_a_newer_one(cast):
    day = TODAY + timedelta(days=10)
    team.assign(account=cast.account, part="MANAGER", user=cast.wang, held_from=day, by=cast.sun, at=NOW)
    team.assign(account=cast.account, part="MANAGER", user=None, held_from=TODAY, by=cast.sun, at=NOW)
    rows = list(Assignment.objects.filter(account=cast.account).values_list("user__username", "held_until"))
    assert rows == [("li", TODAY)]
    assert Account.objects.get(pk=cast.account.pk).manager is None


def test_handover_previews_then_moves_all_in_reach(cast, client):
    make_account(account_no="3200003", name="东湖第二水厂", unit=cast.station, manager=cast.li, uscc="")
    far = make_account(account_no="3200004", name="西山石料厂", unit=cast.other_station, manager=cast.li, uscc="")
    client.force_login(cast.sun)
    url = reverse("accounts:handover")
    fields = {"giver": cast.li.pk, "taker": cast.wang.pk, "part": "MANAGER", "held_from": f"{clock.today()}"}
    page = client.post(url, {**fields, "step": "preview"})
    assert (len(page.context["preview"].account_ids), page.context["preview"].stay) == (2, 1)
    assert Account.objects.filter(manager=cast.wang).count() == 0
    assert client.post(url, {**fields, "step": "confirm"}).status_code == 302
    assert Account.objects.filter(manager=cast.wang).count() == 2
    far.refresh_from_db()
    assert far.manager == cast.li
    assert TimelineEntry.objects.filter(kind="team.handed_over").count() == 2
    entry = AuditEntry.objects.get(action="team.handed_over")
    assert '"count":2' in entry.body
    client.force_login(cast.li)
    assert client.get(url).status_code == 403


def test_team_page(cast, client):
    client.force_login(cast.sun)
    url = reverse("accounts:team", args=[cast.account.account_no])
    assert client.get(url).status_code == 200
    fields = {"part": "REPRESENTATIVE", "user": cast.chen.pk, "held_from": f"{clock.today()}"}
    assert client.post(url, fields).status_code == 302
    assert Account.objects.get(pk=cast.account.pk).representative == cast.chen
