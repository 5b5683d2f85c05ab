"""What stands on the audit record is said in words, not in codes (SYS-2); so is what a message is about (SYS-4)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kam.core.models import AUDIT_LABELS
from kam.notifications.templatetags.kam_notifications import TITLES

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def named() -> Iterator[tuple[str, str]]:
    """Each code given as `action=` or `kind=` in an action, with the function that takes it."""
    for path in [*ROOT.glob("kam/*/actions/**/*.py"), *ROOT.glob("kam/*/actions.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            for given in call.keywords:
                value = given.value.value if isinstance(given.value, ast.Constant) else None
                if given.arg in ("action", "kind") and isinstance(value, str) and CODE.fullmatch(value):
                    yield ast.unparse(call.func).rpartition(".")[2], value


def test_every_action_that_is_recorded_has_words():
    recorded = {code for taker, code in named() if taker != "owe"}
    # A line of the timeline alone; the audit record says it step by step (report.draft, report.reviewed).
    told_only = {"report.written"}
    assert sorted(recorded - told_only - set(AUDIT_LABELS)) == []
    assert len(recorded) > 40  # the search itself still finds them


def test_every_kind_of_message_that_is_owed_has_words():
    owed = {code for taker, code in named() if taker == "owe"}
    assert sorted(owed - set(TITLES)) == []
