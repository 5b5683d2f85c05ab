"""Nobody sees or does what is not theirs, at any address (SYS-1, RELIABILITY S1 and 3.3)."""

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.access.matrix import Line, differences, lines, url_names
from tests.access.rows import MAKES
from tests.access.table import PUBLIC, SIGN
from tests.cast import make_cast

pytestmark = pytest.mark.django_db
LINES = lines()


def test_every_address_is_in_the_table_once():
    listed = [line.name for line in LINES] + sorted(PUBLIC | SIGN)
    assert sorted(set(url_names()) - set(listed)) == [], "add these to tests/access/table.py"
    assert sorted(set(listed) - set(url_names())) == [], "these are gone: take them out of tests/access/table.py"
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_answers(line: Line):
    assert differences(line, make_cast()) == []


def test_who_is_not_signed_in_gets_the_sign_in_page():
    cast, sign_in, wrong = make_cast(), reverse("account_login"), []
    for line in LINES:
        with transaction.atomic():
            kwargs = MAKES[line.of](cast)[0] if line.of != "-" else {}
            for method in line.methods:
                url = reverse(line.name, kwargs=kwargs)
                answer = Client().get(url) if method == "GET" else Client().post(url)
                if answer.status_code != 302 or not answer["Location"].startswith(sign_in):
                    wrong.append(f"{line.name} {method}: {answer.status_code}")
            transaction.set_rollback(True)
    assert wrong == []


@pytest.mark.parametrize("name", sorted(SIGN))
def test_pages_about_ones_own_access_need_a_sign_in(name):
    answer = Client().get(reverse(name))
    assert answer.status_code == 302


def scopes() -> list[type]:
    """Every query set that limits what a user sees."""
    found = {type(model._default_manager.all()) for model in apps.get_models()}
    mine = {kind for kind in found if kind.__module__.startswith("kam.") and "visible_to" in kind.__dict__}
    return sorted(mine, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


FOR_EVERYBODY = {"RuleValueQuerySet", "TariffQuerySet", "TouCalendarQuerySet"}
# Only ever added up, never opened one by one: tests/outage_planning/test_reliability.py shows what its scope hides.
FOR_EVERYBODY |= {"InterruptionQuerySet", "OfUnitFiguresQuerySet"}
# The company's own texts and figures: a right opens them, no scope.
FOR_EVERYBODY |= {"ApplicationTemplateQuerySet", "CannedTextQuerySet", "PromiseQuerySet", "ApiTokenQuerySet"}
# Shown beside other rows and never opened one by one: test_scopes.py shows what their scopes hide.
ELSEWHERE = {"TimelineQuerySet", "MonthCloseQuerySet", "MailInQuerySet", "OfCrewQuerySet", "AuditEntryQuerySet"}
ELSEWHERE |= {"RoundQuerySet"}


# These hold for everybody, so there is no scope to drop; an auditor of a district is in tests/core/test_records.py.
@pytest.mark.parametrize("kind", [kind for kind in scopes() if kind.__name__ not in FOR_EVERYBODY | ELSEWHERE])
def test_dropping_one_scope_is_noticed(kind, monkeypatch):
    monkeypatch.setattr(kind, "visible_to", lambda self, user: self)
    cast = make_cast()
    # One address for each kind of row, the own app's first, before any second one: most are noticed there.
    app = kind.__module__.split(".")[1]
    first = {line.of: line.name for line in reversed(LINES)}
    ordered = sorted(LINES, key=lambda line: (line.name != first[line.of], not line.name.startswith(app)))
    assert any(differences(line, cast, strangers=True) for line in ordered), (
        f"no line of the table notices when {kind.__name__} lets everything through"
    )
