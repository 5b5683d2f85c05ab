"""What stands on the audit record is said in words, not in codes (SYS-2)."""

import re
from pathlib import Path

from kam.core.models import AUDIT_LABELS

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"""\b(?:action|kind)="([a-z]+\.[a-z_]+)\"""")


def test_every_action_that_is_recorded_has_words():
    sources = [path.read_text(encoding="utf-8") for path in ROOT.glob("kam/*/actions/**/*.py")]
    sources += [path.read_text(encoding="utf-8") for path in ROOT.glob("kam/*/actions.py")]
    recorded = {name for source in sources for name in NAMED.findall(source)}
    # A line of the timeline alone; the audit record says it step by step (report.draft, report.reviewed).
    told_only = {"report.written"}
    assert sorted(recorded - told_only - set(AUDIT_LABELS)) == []
