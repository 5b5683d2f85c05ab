"""Personal data: sealed, re-keyed without a stop, every look counted and on the record (RELIABILITY S8, S9, 3.7)."""

import base64
import io
import json
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command

from kam.accounts.models import Contact
from kam.core import actions
from kam.core.models import AuditEntry, RuleValue
from kam.lib import encryption
from tests.cast import NOW, make_cast

pytestmark = pytest.mark.django_db
OLD = "k1:" + base64.b64encode(b"1" * 32).decode()
NEW = "k2:" + base64.b64encode(b"2" * 32).decode()


def place(pk):
    return f"accounts.contact.phone.{pk}"


@pytest.fixture
def sealed(settings, monkeypatch):
    settings.FIELD_KEYS = OLD
    cast = make_cast()
    rows = []
    for number in range(7):
        row = Contact.objects.create(account=cast.account, name="王工")
        row.phone_encrypted = encryption.encrypt(f"1380000000{number}", place=place(row.pk))
        row.save()
        rows.append(row)
    TOTP.activate(cast.li, "JBSWY3DPEHPK3PXP")
    own = actions.SEALED[:1]
    monkeypatch.setattr("kam.core.actions.personal.SEALED", own)
    actions.seal("accounts.Contact", "phone_encrypted", place)
    actions.seal("accounts.Contact", "phone_encrypted", place)
    assert len(own) == 2
    return rows


def rekey(*arguments):
    out = io.StringIO()
    call_command("rekey", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_everything_is_written_anew_with_the_first_key(sealed, settings):
    settings.FIELD_KEYS = f"{NEW}\n{OLD}"
    told = rekey("--batch", "3")
    assert told == {"key": "k2", "changed": {"mfa.Authenticator.data": 1, "accounts.Contact.phone_encrypted": 7}}
    settings.FIELD_KEYS = NEW  # the old key may go now
    for number, row in enumerate(sealed):
        row.refresh_from_db()
        assert encryption.decrypt(row.phone_encrypted, place=place(row.pk)) == f"1380000000{number}"
    secret = Authenticator.objects.get().data["secret"]
    assert encryption.decrypt(secret, place=actions.FACTOR_PLACE) == "JBSWY3DPEHPK3PXP"
    assert rekey()["changed"]["accounts.Contact.phone_encrypted"] == 0
    assert AuditEntry.objects.filter(action="keys.rekeyed").count() == 1


def test_value_of_a_lost_key_stops_with_one_sentence(sealed, settings):
    from django.core.management.base import CommandError

    settings.FIELD_KEYS = NEW
    with pytest.raises(CommandError, match="keep the key"):
        rekey()


def test_moved_ciphertext_is_refused(sealed):
    with pytest.raises(encryption.Undecipherable):
        encryption.decrypt(sealed[0].phone_encrypted, place=place(sealed[1].pk))


def look(cast, **changes):
    facts = {"by": cast.li, "at": NOW, "subject": cast.account, "account_id": cast.account.pk, "field": "phone"}
    return actions.note_reveal(**{**facts, "reason": "停电通知", **changes})


def test_look_is_on_the_record_without_personal_data():
    cast = make_cast()
    entry = look(cast, reason="客户 13812345678 来电, li@example.cn")
    assert entry.action == actions.REVEALED
    assert entry.account_id == cast.account.pk
    body = json.loads(entry.body)
    assert body["facts"]["field"] == "phone"
    assert "13812345678" not in entry.body
    assert "li@example.cn" not in entry.body


def test_looks_over_the_rules_limit_are_refused_and_recorded():
    cast = make_cast()
    RuleValue.objects.filter(key="reveal.per_hour").update(value=3)
    for minute in range(3):
        look(cast, at=NOW + timedelta(minutes=minute))
    with pytest.raises(actions.RevealRefused) as refused:
        look(cast, at=NOW + timedelta(minutes=59))
    assert refused.value.limit == 3
    assert AuditEntry.objects.filter(action=actions.REVEAL_REFUSED, by=cast.li).count() == 1
    look(cast, by=cast.wang, at=NOW + timedelta(minutes=59))  # another person's count is another
    look(cast, at=NOW + timedelta(minutes=61))
