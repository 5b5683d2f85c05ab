"""What the documents promise about files is what the code knows: every problem code and every column is named."""

from pathlib import Path

import pytest

from kam.metering.rules import readings
from kam.reports.rules import account_rows, unusual

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    "codes",
    [
        set(account_rows.COLUMNS),
        {problem.value for problem in account_rows.Problem},
        set(readings.REJECT_CODES),
        set(readings.UNREADABLE_CODES),
    ],
    ids=["columns of accounts", "problems of accounts", "problems of readings", "problems of files"],
)
def test_import_document_names_every_code(codes: set[str]) -> None:
    assert codes
    text = (DOCS / "import.md").read_text(encoding="utf-8")
    assert {code for code in codes if f"`{code}`" not in text} == set()


def test_every_kind_of_finding_is_explained() -> None:
    """The table of findings has a row for each code, jumps and high days two in one."""
    text = (DOCS / "report.md").read_text(encoding="utf-8")
    words = {
        unusual.Code.ABOVE_CONTRACT: "above contracted capacity",
        unusual.Code.DEAD: "dead meter",
        unusual.Code.FROZEN: "frozen value",
        unusual.Code.POOR_POWER_FACTOR: "poor power factor",
        unusual.Code.PEAK_DAY: "peak day",
        unusual.Code.MONTH_DROP: "month's drop",
        unusual.Code.JUMP_UP: "jump up",
        unusual.Code.JUMP_DOWN: "jump down",
        unusual.Code.NIGHT_HIGH: "night high",
        unusual.Code.OFF_DAY_HIGH: "day off high",
        unusual.Code.OFF_DAYS_HIGH: "days off high",
    }
    assert set(words) == set(unusual.Code)
    assert [word for word in words.values() if word not in text] == []
