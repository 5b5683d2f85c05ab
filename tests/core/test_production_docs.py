"""The table of environment variables is complete: an administrator has nothing else to go by."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "kam" / "settings.py").read_text(encoding="utf-8")
READ = set(re.findall(r"""\benv(?:\.\w+)?\(\s*["'](\w+)["']""", SETTINGS))
READ |= set(re.findall(r"""\bsecret\(["'](\w+)["']""", SETTINGS))


def test_every_variable_that_settings_reads_is_in_the_table():
    table = (ROOT / "docs" / "production.md").read_text(encoding="utf-8").split("## 3.")[0].split("## 2.")[1]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)}

    assert {"DATABASE_URL", "SECRET_KEY"} <= READ, "the pattern no longer finds what settings read"
    assert READ - listed == set()
    assert listed - READ == set()
