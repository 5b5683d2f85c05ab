"""A translation that cannot stand is refused before it reaches a page (SYS-6)."""

from pathlib import Path

import polib
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def catalogue(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import catalogue

    return catalogue


@pytest.mark.parametrize(
    "text, translation",
    [
        ("%(count)s accounts of %(unit)s", "%(unit)s的%(count)s个账户"),  # another order is fine
        ("Save", "保存"),
        ("{n} kWh", "{n} 千瓦时"),
        ("100% renewable", "100% 可再生"),
    ],
)
def test_good_translations_stand(catalogue, text, translation):
    assert catalogue.problem_with(polib.POEntry(msgid=text), translation) == ""


@pytest.mark.parametrize(
    "text, translation",
    [
        ("%(count)s accounts", "账户"),
        ("%(count)s accounts", "%(conut)s 个账户"),
        ("{n} kWh", "千瓦时"),
        ("\nSaved", "已保存"),
    ],
)
def test_bad_translations_are_refused(catalogue, text, translation):
    assert catalogue.problem_with(polib.POEntry(msgid=text), translation) != ""


def test_a_plural_may_follow_either_form(catalogue):
    entry = polib.POEntry(msgid="One account", msgid_plural="%(n)s accounts", msgstr_plural={0: ""})
    assert catalogue.problem_with(entry, "%(n)s 个账户") == ""
    assert catalogue.problem_with(entry, "账户") == ""
    assert catalogue.problem_with(entry, "%(m)s 个账户") != ""
