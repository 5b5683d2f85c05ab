"""Rules in force by date, and the audit record as a page (SYS-2)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from kam.core import actions, queries
from kam.core.models import AuditEntry, RuleValue
from kam.lib import clock
from tests.cast import NOW, TODAY, make_cast

pytestmark = pytest.mark.django_db
KEY = "reveal.per_hour"


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_cast()


def add(cast, **changes):
    facts = {
        "by": cast.admin,
        "at": NOW,
        "key": KEY,
        "value": 30,
        "valid_from": date(2027, 1, 1),
        "source": "总办〔2026〕7号",
    }
    return actions.add_rule(**{**facts, **changes})


def test_new_value_holds_from_its_day_and_the_old_one_until_then(cast):
    add(cast)
    assert queries.rule(KEY, date(2026, 12, 31)) == 50
    assert queries.rule(KEY, date(2027, 1, 1)) == 30
    assert RuleValue.objects.filter(key=KEY, valid_until=None).count() == 1
    assert AuditEntry.objects.get(action="rule.added").by == cast.admin


def test_past_is_not_changed(cast):
    add(cast)
    with pytest.raises(actions.RuleNotLater) as refused:
        add(cast, valid_from=date(2026, 6, 1))
    assert refused.value.last == date(2027, 1, 1)


@pytest.mark.parametrize("value", ["30", [30], True, {"a": 1}])
def test_value_stays_of_its_kind(cast, value):
    with pytest.raises(actions.RuleOfAnotherKind):
        add(cast, value=value)


def test_setting_up_again_does_not_bring_a_first_rule_back(cast):
    add(cast)
    actions.ensure_basics()
    assert RuleValue.objects.filter(key=KEY).count() == 2


def test_rules_page_shows_today_later_and_before(client, cast):
    add(cast, valid_from=date(2026, 3, 1), value=40)
    add(cast)
    client.force_login(cast.li)
    page = client.get(reverse("core:rules"))
    history = next(row for row in page.context["histories"] if row.key == KEY)
    assert (history.now.value, [row.value for row in history.later]) == (40, [30])
    assert [row.value for row in history.before] == [50]


def test_administrator_adds_a_value_with_its_source(client, cast):
    client.force_login(cast.admin)
    url = reverse("core:rule_add", args=[KEY])
    page = client.post(url, {"value": "many", "valid_from": "2027-01-01", "source": "x"})
    assert "value" in page.context["form"].errors
    page = client.post(url, {"value": "30", "valid_from": "1999-01-01", "source": "x"})
    assert "valid_from" in page.context["form"].errors
    page = client.post(url, {"value": "30", "valid_from": "2027-01-01", "source": ""})
    assert "source" in page.context["form"].errors
    assert client.post(url, {"value": "30", "valid_from": "2027-01-01", "source": "x"}).status_code == 302
    assert queries.rule(KEY, date(2027, 1, 1)) == 30
    assert client.get(reverse("core:rule_add", args=["no.such"])).status_code == 404


@pytest.fixture
def entries(cast):
    AuditEntry.objects.all().delete()
    actions.record(
        by=cast.li,
        at=NOW - timedelta(days=2),
        action="account.edited",
        subject=cast.account,
        account_id=cast.account.pk,
    )
    actions.record(
        by=cast.wang,
        at=NOW - timedelta(days=1),
        action="personal.revealed",
        subject=cast.account,
        account_id=cast.account.pk,
        field="phone",
    )
    actions.record(by=None, at=NOW, action="keys.rekeyed", subject="k2", counts={"a": 1})
    return cast


def shown(client, **query):
    return [line["row"].action for line in client.get(reverse("core:audit"), query).context["lines"]]


def test_audit_page_filters_by_person_account_act_and_day(client, entries):
    client.force_login(entries.auditor)
    assert shown(client) == ["keys.rekeyed", "personal.revealed", "account.edited"]
    assert shown(client, by="WANG") == ["personal.revealed"]
    assert shown(client, account="3200001") == ["personal.revealed", "account.edited"]
    assert shown(client, account="no-such") == []
    assert shown(client, action="keys.rekeyed") == ["keys.rekeyed"]
    day = str(TODAY - timedelta(days=1))
    assert shown(client, since=day, until=day) == ["personal.revealed"]
    page = client.get(reverse("core:audit")).content.decode()
    assert "3200001" in page
    assert "phone" in page


def test_auditor_of_a_district_reads_its_staff_only(client, entries):
    from kam.core.models import User

    User.objects.filter(pk=entries.auditor.pk).update(unit=entries.other_district)
    client.force_login(entries.auditor)
    assert shown(client) == []


def test_audit_page_takes_few_queries(client, entries, django_assert_max_num_queries):
    for _ in range(60):
        actions.record(by=entries.li, at=NOW, action="account.edited", subject="x", account_id=entries.account.pk)
    client.force_login(entries.auditor)
    client.get(reverse("core:audit"))  # the first request of a session also writes the session
    with django_assert_max_num_queries(8):
        client.get(reverse("core:audit"))


def test_export_is_as_filtered_safe_and_on_the_record(client, entries):
    actions.record(by=entries.li, at=NOW, action="account.edited", subject="=cmd()")
    client.force_login(entries.auditor)
    answer = client.post(reverse("core:audit_export") + "?by=li")
    text = answer.getvalue().decode("utf-8-sig")
    assert answer["Content-Disposition"] == 'attachment; filename="audit-2026-11-21.csv"'
    assert "'=cmd()" in text
    assert "3200001" in text
    assert "keys.rekeyed" not in text
    assert AuditEntry.objects.get(action="audit.exported").by == entries.auditor
